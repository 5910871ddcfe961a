"""Routes of ``tests/target.py`` whose inputs are read as code, and sound ones that look like it.

Each exists only when its switch is on; its variant says what becomes of the input.
"""

from __future__ import annotations

import html
import random
import re
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment


if TYPE_CHECKING:
    from collections.abc import Callable

    Reply = tuple[int, str, str]
    """Status, type and body."""

VARIANTS: dict[str, tuple[str, ...]] = {
    "injectable-login": ("comment",),
    "with-files": (
        "sound",  # the ones before "joined" are traps
        "with-accounts-in-its-text",
        "refusing",
        "joined",
        "stripped-once",
    ),
    "with-greeting": ("sound", "adding-up", "templated", "embedded-ruby"),  # the first two: traps
    "with-lookup": (
        "sound",  # the ones before "shell" are traps
        "slow",
        "echoing",
        "shell",
        "quoted",
        "silent",
        "evaluated",
    ),
    "with-search": (
        "sound",  # the ones before "told" are traps
        "doubling-quotes",
        "refusing-quotes",
        "slow",
        "about-databases",
        "running-sql",
        "told",
        "told-in-200",
        "hidden",
        "unseen",
        "numbered",
    ),
}
_BY_NAME = "SELECT name FROM items WHERE name = '{}'"
_BY_NUMBER = "SELECT name FROM items WHERE id = {}"
_LOGIN = "SELECT name FROM users WHERE name = '{}' AND password = '{}'"
LATE = 2.2
"""Seconds that a slow route now and then needs, though nobody asked it to."""


def search(variant: str, text: str) -> Reply:
    """Look a text up in a database."""
    if variant == "slow" and text != "lamp" and random.random() < 0.3:
        time.sleep(LATE)
    if variant == "refusing-quotes" and re.search("['\"]", text):
        return 400, "application/json", '{"error": "characters that are not allowed"}'
    table = sqlite3.connect(":memory:")
    table.execute("CREATE TABLE items (id INTEGER, name TEXT)")
    table.executemany("INSERT INTO items VALUES (?, ?)", [(1, "lamp"), (2, "desk"), (3, "chair")])
    try:
        return _searched(table, variant, text)
    except sqlite3.Error as error:
        if variant in {"hidden", "numbered"}:
            return 200, "application/json", '{"items": []}'
        if variant == "unseen":
            return 200, "application/json", '{"noted": true}'
        if variant == "told":
            return 500, "text/plain", f"sqlite3.OperationalError: {error}"
        return 200, "text/html", f"<p>sqlite3.OperationalError: {html.escape(str(error))}</p>"
    finally:
        table.close()


def _searched(table: sqlite3.Connection, variant: str, text: str) -> Reply:
    match variant:
        case "running-sql":
            rows = table.execute(text).fetchall()
        case "doubling-quotes":
            doubled = text.replace("'", "''")
            rows = table.execute(_BY_NAME.format(doubled)).fetchall()
        case "told" | "told-in-200" | "hidden" | "unseen":
            rows = table.execute(_BY_NAME.format(text)).fetchall()
        case "numbered":
            rows = table.execute(_BY_NUMBER.format(text)).fetchall()
        case _:
            rows = table.execute("SELECT name FROM items WHERE name = ?", [text]).fetchall()
    if variant == "unseen":
        return 200, "application/json", '{"noted": true}'
    about = (
        "<p>sqlite3.OperationalError: near &quot;x&quot;: syntax error, and what to do about it</p>"
        if variant == "about-databases"
        else ""
    )
    found = html.escape(", ".join(str(each[0]) for each in rows))
    return 200, "text/html", f"<h1>Results for {html.escape(text)}</h1>{about}<p>{found}</p>"


def lookup(variant: str, text: str) -> Reply:
    """Look the address of a host up: here, print its name."""
    match variant:
        case "slow" if text != "localhost" and random.random() < 0.3:
            time.sleep(LATE)
        case "shell" | "silent":
            said = _run(f"echo address of {text}")
            return 200, "text/plain", said if variant == "shell" else "done"
        case "quoted":
            return 200, "text/plain", _run(f"echo 'address of {text}'")
        case "evaluated":
            try:
                return 200, "text/plain", str(eval(text, {}))  # noqa: S307 - it is the defect
            except Exception:  # noqa: BLE001
                return 200, "text/plain", "no expression"
        case "echoing":
            return 200, "text/html", f"<p>{html.escape(text)}</p><p>{text.upper()}</p>"
    said = subprocess.run(["echo", "address of", text], capture_output=True, check=True)
    return 200, "text/plain", said.stdout.decode(errors="replace")


def _run(command: str) -> str:
    said = subprocess.run(command, shell=True, capture_output=True, check=False)  # noqa: S602 - the defect
    return said.stdout.decode(errors="replace")


def files(variant: str, text: str) -> Reply:
    """Show a file of a folder."""
    if variant == "with-accounts-in-its-text":
        shown = "<pre>root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/bin/sh</pre>"
        return 200, "text/html", f"<p>no file {html.escape(text)}; a line of accounts:</p>{shown}"
    if variant == "refusing" and ".." in text:
        return 403, "text/html", "<h1>Request blocked</h1>"
    folder = Path(__file__).parent
    name = text.replace("../", "") if variant == "stripped-once" else text
    name = name.lstrip("/") if variant == "stripped-once" else name
    path = folder / name
    if variant not in {"joined", "stripped-once"} and not path.resolve().is_relative_to(folder):
        return 404, "application/json", '{"error": "no such file"}'
    if not path.is_file():
        shown = "welcome" if text == "welcome" else "no such file"
        return 200 if text == "welcome" else 404, "text/plain", shown
    return 200, "text/plain", path.read_text(encoding="utf-8", errors="replace")


def greeting(variant: str, text: str) -> Reply:
    """Greet somebody."""
    match variant:
        case "templated":
            try:
                said = Environment(autoescape=True).from_string(f"Hello {text}!").render()
            except Exception:  # noqa: BLE001 - what it is does not matter
                return 500, "text/plain", "something went wrong"
            return 200, "text/html", said
        case "embedded-ruby":
            worked = re.sub(r"<%= (\d+)\*(\d+) %>", lambda m: str(int(m[1]) * int(m[2])), text)
            return 200, "text/html", f"Hello {worked}!"
        case "adding-up":
            sums = re.findall(r"(\d+)\*(\d+)", text)
            told = ", ".join(f"{a} times {b} is {int(a) * int(b)}" for a, b in sums)
            return 200, "text/html", f"Hello {html.escape(text)}! {told}"
    return 200, "text/html", f"Hello {html.escape(text)}! {{{{ 7*7 }}}}"


ROUTES: dict[str, tuple[str, str, str, Callable[[str, str], Reply]]] = {
    # switch: path, name of its query parameter, a valid value, and what answers
    "with-search": ("/api/search", "q", "lamp", search),
    "with-lookup": ("/api/lookup", "host", "localhost", lookup),
    "with-files": ("/api/files", "name", "welcome", files),
    "with-greeting": ("/api/greeting", "name", "Ada", greeting),
}


EXAMPLES = {"running-sql": "SELECT 1", "numbered": "1.0", "evaluated": "1 + 1"}
"""A valid value of the variants that take another one."""


def lets_in(name: str, password: str, names: list[str]) -> str:
    """Name of the user that a login with a statement of its own lets in; empty for nobody."""
    table = sqlite3.connect(":memory:")
    table.execute("CREATE TABLE users (name TEXT, password TEXT)")
    table.executemany("INSERT INTO users VALUES (?, 'a hash')", [(each,) for each in names])
    try:
        row = table.execute(_LOGIN.format(name, password)).fetchone()
    except (sqlite3.Error, sqlite3.Warning):
        return ""
    finally:
        table.close()
    return str(row[0]) if row else ""
