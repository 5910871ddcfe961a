# ruff: noqa: T201 - leaking is what it is for
"""Checks that leak wherever a check can: copied into an inner run by ``test_leaks``.

The secrets come from a file outside of the audited folder. Nothing here may be in ``tests`` as a
test: only the inner runs collect it.
"""

import dataclasses
import json
import logging
import os
import sys
import warnings
from pathlib import Path

import pytest

from pytest_readiness import (
    P1,
    Domain,
    Phase,
    check,
    fail,
    not_applicable,
    suite,
    unverified,
    warn,
)


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)

PLANTED = json.loads(Path(os.environ["PLANTED"]).read_text(encoding="utf-8"))
SECRETS = PLANTED["secrets"]
FORMS = PLANTED["forms"]
"""For each secret the texts that carry it."""

each = pytest.mark.parametrize("n", range(len(SECRETS)))
log = logging.getLogger("leaking")


def leak(n):
    """Leave it in everything that is captured."""
    for text in FORMS[n]:
        print(text)
        print(text, file=sys.stderr)
        log.warning("seen: %s", text)
        log.error(text)


@dataclasses.dataclass
class Holder:
    name: str
    value: object


@check("leaks-when-passing", P1)
@each
def test_passing(n, record_property):
    """It is quiet."""
    leak(n)
    for place, text in enumerate(FORMS[n]):
        record_property(f"text-{place}", text)
    record_property("list", [SECRETS[n], {"k": SECRETS[n]}])
    record_property("object", Holder("x", SECRETS[n]))


@check("leaks-in-assertions", P1)
@pytest.mark.parametrize("how", range(9))
@each
def test_asserting(n, how):
    """It is quiet."""
    secret, got = SECRETS[n], "something else"
    beside = ["a", secret, {"deep": secret}]
    if how == 0:
        assert got == secret
    elif how == 1:
        assert {"a": 1, "b": secret} == {"a": 1, "b": got}
    elif how == 2:
        assert ["x" * 50, secret, secret] == ["x" * 50, got]
    elif how == 3:
        assert "y" * 120 + secret + "z" * 120 == "y" * 120 + got + "z" * 120
    elif how == 4:
        assert secret not in f"before {secret} after"
    elif how == 5:
        assert Holder("a", secret) == Holder("a", got)
    elif how == 6:
        assert secret.encode() == got.encode()
    elif how == 7:
        assert secret[:-2] + "__" == secret
    else:
        assert beside == [got] * 40, "\n".join(FORMS[n])


@check("leaks-in-errors", P1)
@pytest.mark.parametrize("how", range(5))
@each
def test_raising(n, how):
    """It is quiet."""
    secret = SECRETS[n]
    every = "\n".join(FORMS[n])
    if how == 0:
        raise RuntimeError(every)
    if how == 1:
        try:
            {}[secret]
        except KeyError as error:
            raise ValueError(f"bad value {secret!r}") from error
    if how == 2:
        error = OSError("with notes")
        error.add_note(every)
        raise error
    if how == 3:
        raise ExceptionGroup(f"group {secret}", [ValueError(secret), TypeError(secret)])
    json.loads(secret + "!")
    int(secret)


@check("leaks-in-words", P1)
@pytest.mark.parametrize("how", range(7))
@each
def test_saying(n, how):
    """It is quiet."""
    every = " ".join(FORMS[n])
    if how == 0:
        warn(every)
        warn(SECRETS[n])
    elif how == 1:
        fail(every)
    elif how == 2:
        unverified(every)
    elif how == 3:
        not_applicable(every)
    elif how == 4:
        pytest.skip(every)
    elif how == 5:
        pytest.xfail(every)
    else:
        pytest.fail(every)


@check("leaks-in-marks", P1)
@pytest.mark.parametrize(
    "n",
    [
        pytest.param(n, marks=pytest.mark.xfail(reason=SECRETS[n], strict=False))
        for n in range(len(SECRETS))
    ],
)
def test_marked(n):
    """It is quiet."""
    assert n < 0


@check("leaks-in-warnings", P1)
@each
def test_warning(n):
    """It is quiet."""
    for text in FORMS[n]:
        warnings.warn(text, UserWarning, stacklevel=1)
    warnings.warn(DeprecationWarning({"key": SECRETS[n]}), stacklevel=1)


@pytest.fixture
def broken(n):
    leak(n)
    raise ConnectionError(FORMS[n])


@pytest.fixture
def dirty(n):
    yield
    leak(n)
    raise ConnectionError(FORMS[n])


@check("leaks-in-fixtures", P1)
@each
def test_unprepared(n, broken):
    """It is quiet."""


@check("leaks-in-teardown", P1)
@each
def test_uncleaned(n, dirty):
    """It is quiet."""


@check("leaks-in-ids", P1)
@pytest.mark.parametrize("key", [*SECRETS, *(secret.encode() for secret in SECRETS)])
def test_named(key):
    """It is quiet."""
    assert key is None


@check("leaks-in-subtests", P1)
@each
def test_parts(n, subtests):
    """It is quiet."""
    with subtests.test(msg=SECRETS[n], key=SECRETS[n]):
        leak(n)
        raise ValueError(SECRETS[n])


@check("leaks-in-extras", P1)
@each
def test_extras(n, extras):
    """It is quiet."""
    from pytest_html import extras as html

    extras.append(html.text(SECRETS[n], name="note"))
    extras.append(html.html(f"<div>{SECRETS[n]}</div>"))
    extras.append(html.json({"key": SECRETS[n]}))
    assert n < 0


@check("leaks-in-exchanges", P1)
@each
def test_exchanging(n, api, target):
    """It is quiet."""
    secret = SECRETS[n]
    api.post("/echo", json={"note": secret, "password": secret}, headers={"X-Note": "a"})
    api.post("/echo", data={"note": secret, "token": secret})
    api.get("/echo", params={"note": secret, "access_token": secret})
    api.get("/echo", token=secret.encode("ascii", "ignore").decode().split("\n")[0] or "a")
    fail("\n".join(target.output()[-20:]))


def test_ordinary_one():
    """No check, and no less discreet."""
    leak(0)
    assert SECRETS[1] == FORMS[0]
