"""Words in the source that let somebody in."""

from __future__ import annotations

import textwrap

import pytest

from pytest_readiness.probes import written_doors
from pytest_readiness.probes.origins import Tracer
from pytest_readiness.probes.program import Program


def doors(body: str, name: str = "login") -> list[written_doors.Door]:
    text = f"OWN = 'letmein'\ndef {name}():\n" + textwrap.indent(textwrap.dedent(body), "    ")
    program = Program({"a.py": text})
    module = program.module("a.py")
    assert module is not None
    return list(written_doors.find(module, Tracer(program, past_comparisons=True)))


GIVEN = "token = request.headers.get('Authorization')\n"


@pytest.mark.parametrize(
    "body",
    [
        f"{GIVEN}if token == 'Bearer qa-team-7731':\n    return admin",
        f"{GIVEN}if token != 'qa-team-7731':\n    abort(401)",
        f"{GIVEN}if token in ('qa-team-7731', 'qa-team-7732'):\n    return admin",
        f"{GIVEN}return token == 'qa-team-7731' or check(token)",
        "if request.form['password'] == OWN:\n    return admin",
        "if compare_digest(request.json['api_key'], 'qa-team-7731'):\n    return admin",
        "if 'X-Bypass-Auth' in request.headers:\n    return admin",
        "if request.META.get('HTTP_X_TEST_USER'):\n    return admin",
    ],
)
def test_a_door(body: str) -> None:
    (door,) = doors(body)
    assert "7731" not in door.what
    assert not door.guarded


def test_a_setting_guards_it() -> None:
    (door,) = doors(f"{GIVEN}if settings.testing and token == 'qa-team-7731':\n    return admin")
    assert door.guarded


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (f"{GIVEN}if token == os.environ['TOKEN']:\n    return admin", "login"),
        (f"{GIVEN}if token in ('', 'null', 'undefined'):\n    abort(401)", "login"),
        ("if request.form['token_type'] == 'refresh_token':\n    return admin", "login"),
        ("if request.form['password'] == 'password':\n    raise ValueError", "register"),
        ("return request.form['password'] != OWN", "is_weak_password"),
        ("if token == 'SELECT':\n    return 1", "lex"),
        (
            "if request.headers.get('X-Internal-Token') == settings.own:\n    return 1",
            "authenticate",
        ),
        ("if request.headers.get('X-Impersonate-User') and admin:\n    return 1", "current_user"),
        ("if request.headers.get('X-Debug-Id'):\n    log(1)", "index"),
        ("if request.headers.get('X-Requested-With') == 'XMLHttpRequest':\n    x = 1", "login"),
    ],
)
def test_no_door(body: str, name: str) -> None:
    assert doors(body, name) == []
