"""The history of the schema. ``HEAD`` is its newest revision; a test keeps it so."""

HEAD = "0002"
