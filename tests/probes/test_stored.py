"""Rows of a database that hold a given text."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.probes import stored
from pytest_readiness.probes.stored import Row


if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> str:
    """URL of a file with two accounts."""
    with sqlite3.connect(tmp_path / "a b.db") as connection:
        connection.execute('CREATE TABLE "us""ers" (id INTEGER, mail TEXT, hash BLOB, n INTEGER)')
        rows = [(1, "ada@example.com", b"$2b$", 7), (2, "eve@example.com", b"\xff\xfe", 8)]
        connection.executemany('INSERT INTO "us""ers" VALUES (?, ?, ?, ?)', rows)
    return f"sqlite+aiosqlite:///{tmp_path}/a%20b.db"


def test_a_row_is_found_by_a_value_of_any_column(database: str) -> None:
    found = stored.rows_with(database, {"ada@example.com", "nobody"})
    assert found == [Row('us"ers', {"mail": "ada@example.com", "hash": "$2b$"})]


def test_bytes_that_are_no_text_are_left_out(database: str) -> None:
    assert stored.rows_with(database, ["eve@example.com"])[0].values == {"mail": "eve@example.com"}


def test_a_file_that_is_not_there_has_no_rows(tmp_path: Path) -> None:
    assert stored.rows_with(f"sqlite:///{tmp_path}/none.db", ["ada"]) == []
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    ("url", "readable"),
    [
        ("sqlite:////tmp/x.db", True),
        ("sqlite://", False),
        ("postgresql+asyncpg://u@127.0.0.1:5432/x", True),
        ("postgres://u@localhost/x", True),
        ("postgresql://u@db.example.com/x", False),
        ("mysql://u@localhost/x", False),
        ("redis://localhost", False),
        ("words", False),
    ],
)
def test_only_files_and_postgres_of_this_machine_are_read(url: str, readable: bool) -> None:
    assert stored.is_readable(url) is readable
