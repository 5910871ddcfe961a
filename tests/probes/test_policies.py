"""Headers as browsers and caches read them."""

from __future__ import annotations

import pytest

from pytest_readiness.probes.policies import (
    Hsts,
    caching,
    cookie,
    frame_options,
    hsts,
    referrer_policy,
)


YEAR = 31_536_000
PAST, FUTURE = "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01-Jan-2999 00:00:00 GMT"


@pytest.mark.parametrize(
    ("values", "policy"),
    [
        ([], None),
        (["max-age=31536000; includeSubDomains"], Hsts(YEAR, subdomains=True)),
        (['MAX-AGE = "31536000" ;; preload'], Hsts(YEAR, subdomains=False)),
        (["max-age=0"], Hsts(0, subdomains=False)),
        (["max-age=31536000", "max-age=0"], Hsts(YEAR, subdomains=False)),
        (["max-age=1; max-age=2"], None),
        (["includeSubDomains"], None),
        (["max-age=a year"], None),
        (["max-age=-1"], None),
    ],
)
def test_hsts(values: list[str], policy: Hsts | None) -> None:
    assert hsts(values) == policy


@pytest.mark.parametrize(
    ("values", "order"),
    [
        ([], ""),
        (["DENY"], "deny"),
        (["SameOrigin"], "sameorigin"),
        (["SAMEORIGIN", "SAMEORIGIN"], "sameorigin"),
        (["SAMEORIGIN, DENY"], "deny"),
        (["ALLOWALL"], ""),
        (["ALLOW-FROM https://a.example"], ""),
    ],
)
def test_frame_options(values: list[str], order: str) -> None:
    assert frame_options(values) == order


@pytest.mark.parametrize(
    ("values", "policy"),
    [
        ([], ""),
        (["no-referrer"], "no-referrer"),
        (["no-referrer, strict-origin-when-cross-origin"], "strict-origin-when-cross-origin"),
        (["no-referrer", "a-policy-to-come"], "no-referrer"),
        (["never"], ""),
    ],
)
def test_referrer_policy(values: list[str], policy: str) -> None:
    assert referrer_policy(values) == policy


@pytest.mark.parametrize(
    ("control", "expires", "shared", "nobody"),
    [
        ("no-store", "", False, True),
        ("private, no-store", "", False, True),
        ("No-Store, max-age=0, must-revalidate", FUTURE, False, True),
        ("public", "", True, False),
        ("public, no-store", "", False, True),
        ("max-age=60", "", True, False),
        ("max-age=0", FUTURE, False, False),
        ("max-age=60, s-maxage=0", "", False, False),
        ("private, max-age=60", "", False, False),
        ('private="set-cookie"', "", False, False),
        ("no-cache", "", False, False),
        ("", FUTURE, True, False),
        ("", PAST, False, False),
        ("", "0", False, False),
        ("", "", False, False),
    ],
)
def test_who_may_keep_an_answer(control: str, expires: str, shared: bool, nobody: bool) -> None:
    seen = caching([control], expires)
    assert (seen.shared, seen.kept_by_nobody) == (shared, nobody)


def test_an_answer_that_says_nothing() -> None:
    assert caching([]).silent
    assert not caching([], pragma="no-cache").silent
    assert not caching(["no-cache"]).silent


def test_a_cookie_with_everything() -> None:
    seen = cookie("sid=abc=; Path=/; secure; HTTPONLY; SameSite=Lax; Max-Age=60")
    assert seen is not None
    assert (seen.name, seen.value) == ("sid", "abc=")
    assert (seen.secure, seen.http_only, seen.same_site) == (True, True, "lax")
    assert not seen.removed
    assert "abc" not in repr(seen)


@pytest.mark.parametrize(
    ("header", "removed"),
    [
        (f"a=b; Expires={PAST}", True),
        (f"a=b; Expires={FUTURE}", False),
        (f"a=b; Expires={PAST}; Max-Age=60", False),
        ("a=b; Max-Age=0", True),
        ("a=b; Max-Age=soon", False),
        ("a=b; Expires=whenever", False),
    ],
)
def test_a_cookie_that_is_taken_away(header: str, removed: bool) -> None:
    seen = cookie(header)
    assert seen is not None
    assert seen.removed is removed


@pytest.mark.parametrize("header", ["", "secure", "=value", "; HttpOnly"])
def test_what_sets_no_cookie(header: str) -> None:
    assert cookie(header) is None


def test_a_value_may_speak_of_attributes() -> None:
    seen = cookie("note=secure-httponly; SameSite=odd")
    assert seen is not None
    assert not seen.secure
    assert not seen.http_only
    assert seen.same_site == ""
