"""What an answer shows of a server's insides."""

from __future__ import annotations

import re


PATTERNS = (
    ("a Python traceback", re.compile(r"Traceback \(most recent call last\)")),
    (
        "a path on the server",
        re.compile(r"File \"/[^\"]+\", line \d+|/site-packages/|/node_modules/"),
    ),
    ("a Java stack trace", re.compile(r"^\s+at [\w$.]+\([\w$]+\.java:\d+\)", re.MULTILINE)),
    ("a JavaScript stack trace", re.compile(r"^\s+at .+ \(?/.+\.[jt]s:\d+:\d+\)?", re.MULTILINE)),
    ("a Ruby or PHP stack trace", re.compile(r"\.rb:\d+:in `|\.php on line \d+")),
    ("a Go panic", re.compile(r"goroutine \d+ \[running\]")),
    (
        "an error of the database",
        re.compile(
            r"sqlalchemy\.exc\.|psycopg\d?\.errors|sqlite3\.\w+Error|ORA-\d{5}|SQLSTATE\[|"
            r"You have an error in your SQL syntax|PG::\w+Error"
        ),
    ),
    (
        "a debugger",
        re.compile(r"Werkzeug Debugger|__debugger__|EVALEX = true|DEBUG = True|Whoops\\Exception"),
    ),
)


def leaks_in(text: str) -> str:
    """Name the first kind of leak in a text with the place where it stands; empty without one."""
    for name, pattern in PATTERNS:
        if found := pattern.search(text):
            excerpt = " ".join(text[found.start() : found.end() + 60].split())
            return f"{name}: {excerpt!r}"
    return ""
