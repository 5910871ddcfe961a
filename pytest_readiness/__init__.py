"""Is this web or LLM API ready for production? Checks answer, with evidence."""
