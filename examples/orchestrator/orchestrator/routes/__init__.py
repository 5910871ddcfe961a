"""The HTTP surface, one router per subject."""
