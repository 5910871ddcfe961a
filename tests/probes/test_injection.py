"""Attacks, their twins, and what an answer shows."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess

import pytest

from pytest_readiness.probes import injection
from pytest_readiness.probes.injection import CODE, DELAYS, FIRST_TEMPLATES, MORE_TEMPLATES


@pytest.mark.parametrize(
    "spelled",
    [
        "x'\"",
        "x&#x27;&quot;",
        "x&#39;&#34;",
        "x%27%22",
        "x'\\\"",
        "x\\u0027\\u0022",
        "X'\"",
    ],
)
def test_what_was_sent_is_taken_out_however_it_is_spelled(spelled: str) -> None:
    assert injection.without(f"no {spelled} here", "x'\"") == "no  here"


def test_what_varies_by_itself_is_alike() -> None:
    one = "at 2026-01-31T12:00:00Z id 0123456789abcdef took 1.25"
    other = "at 2027-11-30 08:10:59.5+02:00 id fedcba9876543210 took 20.5"
    assert injection.without(one, "q") == injection.without(other, "q")
    assert injection.without("3 items", "q") != injection.without("4 items", "q")


@pytest.mark.parametrize(
    ("text", "database"),
    [
        ('near "x": syntax error', "SQLite"),
        ("unrecognized token: &quot;'", "SQLite"),
        ('{"e": "near \\"x\\": syntax error"}', "SQLite"),
        ('ERROR: syntax error at or near "x"', "PostgreSQL"),
        ("unterminated quoted string at or near", "PostgreSQL"),
        ("You have an error in your SQL syntax; check the manual", "MySQL"),
        ("Unclosed quotation mark after the character string 'x'.", "SQL Server"),
        ("ORA-01756: quoted string not properly terminated", "Oracle"),
    ],
)
def test_errors_of_databases(text: str, database: str) -> None:
    assert {name for name, _ in injection.sql_errors(text)} == {database}


@pytest.mark.parametrize(
    "text",
    [
        "sqlite3.connect('x') opens a database",
        'fts5: near "x": syntax error',
        'invalid input syntax for type integer: "x"',
        "The syntax of SQL is easy",
    ],
)
def test_what_is_no_error_of_a_statement(text: str) -> None:
    assert injection.sql_errors(text) == set()


@pytest.fixture
def items() -> sqlite3.Connection:
    table = sqlite3.connect(":memory:")
    table.execute("CREATE TABLE items (id INTEGER, name TEXT)")
    table.executemany("INSERT INTO items VALUES (?, ?)", [(1, "lamp"), (2, "desk")])
    return table


@pytest.mark.parametrize(
    ("word", "holds", "rows"),
    [("AND", True, 1), ("AND", False, 0), ("OR", True, 2), ("OR", False, 1)],
)
@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_conditions_do_in_a_statement_what_they_say(
    items: sqlite3.Connection, word: str, holds: bool, rows: int, turn: int
) -> None:
    text = injection.condition("lamp", word, holds=holds, quoted=True, turn=turn)
    number = injection.condition("1", word, holds=holds, quoted=False, turn=turn)
    found = items.execute(f"SELECT * FROM items WHERE name = '{text}'").fetchall()  # noqa: S608
    numbered = items.execute(f"SELECT * FROM items WHERE id = {number}").fetchall()  # noqa: S608
    assert (len(found), len(numbered)) == (rows, rows)
    data = items.execute("SELECT * FROM items WHERE name = ?", [text]).fetchall()
    assert data == []
    items.close()


@pytest.mark.parametrize("quote", ["'", '"'])
def test_unpaired_quotes_break_a_statement_and_paired_ones_do_not(
    items: sqlite3.Connection, quote: str
) -> None:
    def ask(value: str) -> list[tuple[int, str]]:
        return items.execute(f"SELECT * FROM items WHERE name = {quote}{value}{quote}").fetchall()  # noqa: S608

    assert ask("lamp" + injection.EVEN) == []
    with pytest.raises(sqlite3.OperationalError) as raised:
        ask("lamp" + injection.ODD)
    assert injection.sql_errors(str(raised.value))
    items.close()


def test_a_delay_leaves_the_statement_as_it_was(items: sqlite3.Connection) -> None:
    sqlite = next(each for each in DELAYS if each.database == "SQLite")
    for long in (1, 1000):
        text, number = (
            sqlite.value(start, long, quoted=start == "lamp") for start in ("lamp", "1")
        )
        statement = f"SELECT id FROM items WHERE name = '{text}' AND id = {number}"  # noqa: S608
        assert items.execute(statement).fetchall() == [(1,)]
    items.close()


@pytest.mark.parametrize("delay", DELAYS, ids=lambda each: each.database)
def test_the_twin_of_a_delay_differs_by_the_delay_alone(delay: injection.Delay) -> None:
    late, at_once = (delay.value("x", long, quoted=True) for long in (3, 0))
    assert late != at_once
    assert re.sub(r"\d+", "N", late) == re.sub(r"\d+", "N", at_once)


def test_databases_that_a_repository_speaks_of() -> None:
    assert injection.databases_named(["psycopg[binary]==3.2", "x"]) == {"PostgreSQL"}
    assert injection.databases_named(["import sqlite3", "DATABASE_URL=mysql://h/d"]) == {
        "SQLite",
        "MySQL",
    }
    assert injection.databases_named(["requests==2"]) == set()


@pytest.mark.skipif(not shutil.which("cksum"), reason="there is no cksum here")
@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_a_shell_prints_the_checksum(quote: str) -> None:
    word = injection.CANARIES[0]
    printed = [
        subprocess.run(  # noqa: S602 - it is what a shell does that is looked at
            f"echo {quote}{value}{quote}", shell=True, capture_output=True, text=True, check=False
        ).stdout
        for value in (*injection.commands("x", word, 0), injection.inert_command("x", word))
    ]
    *attacks, twin = [injection.checksum(word) in each for each in printed]
    assert any(attacks)
    assert not twin


def test_python_prints_its_result() -> None:
    python = next(each for each in CODE if each.language == "Python")
    assert str(eval(python.value("a word"))) == python.gives("a word")  # noqa: S307 - of our own


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node here")
def test_javascript_prints_its_result() -> None:
    javascript = next(each for each in CODE if each.language == "JavaScript")
    said = subprocess.run(
        ["node", "-p", javascript.value("a word")], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == javascript.gives("a word")


ACCOUNTS = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"


@pytest.mark.parametrize(
    "text", [ACCOUNTS, ACCOUNTS.replace("\n", "\\n"), f"<pre>{ACCOUNTS}</pre>"]
)
def test_the_file_of_accounts_is_recognised(text: str) -> None:
    assert len(injection.accounts(text)) == 2


@pytest.mark.parametrize(
    "text", ["", "root:x:1:1", "/../etc/passwd", "daemon:x:1:1:d:/usr:/bin/sh"]
)
def test_other_texts_are_no_file_of_accounts(text: str) -> None:
    assert injection.accounts(text) == ()


@pytest.mark.parametrize("path", [True, False])
def test_each_way_to_a_file_has_its_twin(path: bool) -> None:
    ways, twins = (
        [*injection.traversals("x", name, path=path, thorough=True)]
        for name in (injection.ACCOUNTS_FILE, injection.MISSING)
    )
    assert len(ways) == len(twins) == len(set(ways) - set(twins))


@pytest.mark.parametrize("syntax", [*FIRST_TEMPLATES, *MORE_TEMPLATES], ids=lambda one: one.engines)
def test_results_of_templates_cannot_be_echoed(syntax: injection.Syntax) -> None:
    for turn in (0, 1):
        assert not syntax.is_worked_out(syntax.value(turn), turn)
        assert syntax.is_worked_out(f"so {syntax.gives(turn)}", turn)
        assert syntax.is_worked_out(f"so {int(syntax.gives(turn)):,}", turn)
    assert syntax.gives(0) != syntax.gives(1)
    assert syntax.bare() in syntax.value()


def test_each_engine_has_a_result_of_its_own() -> None:
    every = [*FIRST_TEMPLATES, *MORE_TEMPLATES]
    assert len({each.gives() for each in every}) == len(every)
    assert [*injection.products(every, every[2].gives())] == [every[2]]
