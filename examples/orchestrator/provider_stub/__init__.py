"""An OpenAI-compatible provider for work without a network: it answers from the prompt itself."""
