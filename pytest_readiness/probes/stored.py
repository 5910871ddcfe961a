"""Rows of a database that hold a given text; read only, whatever their tables are."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_TABLES: Final = 200
_MOST_ROWS: Final = 5
_SECONDS: Final = 5


@dataclass(frozen=True)
class Row:
    """One row."""

    table: str
    values: Mapping[str, str] = field(repr=False)
    """Text by column; bytes are read as UTF-8, what is no text is left out."""


def is_readable(url: str) -> bool:
    """Whether a URL names a database that may be read: a file, or PostgreSQL on this machine."""
    parts = urlsplit(url)
    scheme = parts.scheme.partition("+")[0]
    if scheme == "sqlite":
        return parts.path not in {"", "/"}
    return scheme in {"postgres", "postgresql"} and parts.hostname in _HERE


def rows_with(url: str, texts: Iterable[str]) -> list[Row]:
    """Rows of any table, one of whose columns is one of these texts; none of a missing file."""
    wanted = sorted(texts)
    if urlsplit(url).scheme.partition("+")[0] == "sqlite":
        path = _file(url)
        return list(_of_sqlite(path, wanted)) if path.is_file() else []
    return list(_of_postgres(url, wanted))


def _file(url: str) -> Path:
    """``sqlite:////tmp/x.db`` and ``sqlite:///x.db``, as SQLAlchemy has them."""
    return Path(unquote(urlsplit(url).path.removeprefix("/")) or "/")


def _of_sqlite(path: Path, wanted: list[str]) -> Iterator[Row]:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=_SECONDS)) as database:
        named = "SELECT name FROM sqlite_master WHERE type = 'table' LIMIT ?"
        for (table,) in database.execute(named, (_MOST_TABLES,)).fetchall():
            quoted = table.replace('"', '""')
            described = database.execute(f'PRAGMA table_info("{quoted}")').fetchall()
            columns = [str(one[1]) for one in described]
            if columns:
                condition, marks = _condition(columns, wanted, "?")
                query = f'SELECT * FROM "{quoted}" WHERE {condition} LIMIT {_MOST_ROWS}'  # noqa: S608 - quoted
                for values in database.execute(query, marks).fetchall():
                    yield Row(table, _texts(columns, values))


def _of_postgres(url: str, wanted: list[str]) -> Iterator[Row]:
    import psycopg
    from psycopg import sql

    scheme, rest = url.split("://", 1)
    plain = f"{scheme.partition('+')[0]}://{rest}"
    with psycopg.connect(plain, connect_timeout=_SECONDS, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = on")
        listed = connection.execute(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
            " ORDER BY table_schema, table_name, ordinal_position"
        ).fetchall()
        tables: dict[tuple[str, str], list[str]] = {}
        for schema, table, column in listed:
            tables.setdefault((schema, table), []).append(column)
        for (schema, table), columns in [*tables.items()][:_MOST_TABLES]:
            parts = [
                sql.SQL("{}::text = ANY(%s)").format(sql.Identifier(column)) for column in columns
            ]
            query = sql.SQL("SELECT * FROM {} WHERE {} LIMIT {}").format(
                sql.Identifier(schema, table), sql.SQL(" OR ").join(parts), sql.Literal(_MOST_ROWS)
            )
            for values in connection.execute(query, [wanted] * len(columns)).fetchall():
                yield Row(table, _texts(columns, values))


def _condition(columns: list[str], wanted: list[str], mark: str) -> tuple[str, list[str]]:
    """SQL that is true where one of the columns is one of the texts, and its arguments."""
    marks = ", ".join([mark] * len(wanted))
    named = ('"' + column.replace('"', '""') + '"' for column in columns)
    return " OR ".join(f"{name} IN ({marks})" for name in named), wanted * len(columns)


def _texts(columns: Iterable[str], values: Iterable[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column, value in zip(columns, values, strict=False):
        if isinstance(value, bytes | memoryview):
            with contextlib.suppress(UnicodeDecodeError):
                found[column] = bytes(value).decode()
        elif isinstance(value, str):
            found[column] = value
    return found
