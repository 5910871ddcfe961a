"""One API in front of several language models: ask them all, combine what they say."""

__version__ = "0.1.0"
