"""Each switch of ``tests/target_inputs.py`` shows, and the sound API does not show it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness.probes.listener import listening
from tests.target import chosen
from tests.target_inputs import DEFECTS
from tests.test_target import SOUND_DAY, Visitor, ordinary_day, visit


if TYPE_CHECKING:
    from collections.abc import Callable


ITEMS = "POST /api/items"
AWAY = {
    "url": "https://evil.example/",
    "slashes": "//evil.example/",
    "backslash": "/\\evil.example/",
}
MARK = "<b id=mark>'"


def asked_for(visitor: Visitor) -> list[str]:
    """Spellings of our listener that the server asks, in whatever input takes an address."""
    with listening({}) as ours:
        port = ours.url.rpartition(":")[2]
        for host in ("127.0.0.1", "127.1"):
            address = f"http://{host}:{port}/{host}"
            visitor.ask("GET /api/preview", params={"source": address})
            visitor.ask("POST /api/previews", json={"url": address})
            visitor.ask("POST /api/orders", json={"name": "lamp", "callback": address})
        until = time.monotonic() + 1
        while len(ours.asked) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        return sorted(path[1:] for path in ours.asked)


def fetched(visitor: Visitor) -> tuple[list[str], int]:
    """What is asked for, and how an ordinary address is answered."""
    found = asked_for(visitor)
    return found, visitor.status("POST /api/previews", json={"url": "https://example.com/"})


def sent_to(visitor: Visitor) -> dict[str, str]:
    """Where each spelling of another host leads: Location, or what a page says."""
    found = {}
    for name, value in AWAY.items():
        for request, key in (("GET /go", "return_to"), ("GET /login", "next")):
            answer = visitor.ask(request, params={key: value})
            if answer.status_code == 302:
                found[name] = answer.headers["Location"].replace(visitor.running.url, "")
            elif answer.status_code == 200:
                found[name] = "meta" if "<meta http-equiv" in answer.text else "text"
    return found


def entities(visitor: Visitor) -> dict[str, Any]:
    """What each kind of document gets: the text that is read, or the status."""
    token = visitor.access()
    found: dict[str, Any] = {}
    with listening({}) as ours:
        documents = {
            "plain": "<n>a</n>",
            "internal": '<!DOCTYPE n [<!ENTITY e "b">]><n>&e;</n>',
            "file": '<!DOCTYPE n [<!ENTITY e SYSTEM "file:///etc/hosts">]><n>&e;</n>',
            "dtd": '<!DOCTYPE n SYSTEM "file:///etc/hosts"><n>a</n>',
            "url": f'<!DOCTYPE n [<!ENTITY e SYSTEM "{ours.url}/x">]><n>&e;</n>',
            "words": "<n>file:///etc/hosts</n>",
        }
        for name, text in documents.items():
            xml = {"data": text, "headers": {"Content-Type": "application/xml"}}
            for request, more in (
                ("POST /api/notes", xml),
                ("POST /api/feeds", {"json": {"xml": text}}),
                (ITEMS, {**xml, "token": token}),
            ):
                answer = visitor.ask(request, **more)
                if answer.status_code not in {404, 415}:
                    read = answer.json().get("text", answer.json().get("name"))
                    kept = read if read is None or "localhost" not in read else "the file"
                    found[name] = kept if answer.ok else answer.status_code
        found["asked"] = bool(ours.asked)
    return found


RESOLVES_ALL = {
    "plain": "a",
    "internal": "b",
    "file": "the file",
    "dtd": 400,
    "url": "0",
    "words": "file:///etc/hosts",
    "asked": True,
}
RESOLVES_NOTHING = {**RESOLVES_ALL, "file": "", "dtd": "a", "url": "", "asked": False}
REFUSES = {**RESOLVES_NOTHING, "internal": 400, "file": 400, "dtd": 400, "url": 400}
SILENT = {"asked": False}


def shown(visitor: Visitor) -> tuple[str, str, bool, str]:
    """Type of the page, what has become of a mark in it, whether it is kept, and its policy."""
    token = visitor.access()
    answer = visitor.ask("GET /search", token, params={"q": MARK})
    if answer.status_code == 404:
        answer = visitor.ask(f"GET /{MARK}")
    how = "raw" if MARK in answer.text else "quote" if "mark&gt;'" in answer.text else "escaped"
    how = how if "mark" in answer.text else "absent"
    how = "script" if "&lt;b id=mark>'" in answer.text else how
    kind = answer.headers["Content-Type"].partition(";")[0]
    policy = answer.headers["Content-Security-Policy"].partition(";")[0]
    return kind, how, "Content-Disposition" in answer.headers, policy


NOT_SHOWN = ("application/problem+json", "absent", False, "default-src 'none'")
INLINE = "script-src 'unsafe-inline'"


def taken(visitor: Visitor) -> list[str]:
    """Bodies and queries that break a rule, and what they get."""
    token = visitor.access()
    tries: dict[str, tuple[str, dict[str, Any]]] = {
        "type": (ITEMS, {"json": {"name": {}, "note": "x"}}),
        "length": (ITEMS, {"json": {"name": "x" * 201, "note": "x"}}),
        "missing": (ITEMS, {"json": {"note": "x"}}),
        "query": ("GET /api/items", {"params": {"limit": "many"}}),
    }
    answers = {name: visitor.ask(one, token, **more) for name, (one, more) in tries.items()}
    return [
        f"{name} {answer.status_code}{' said' if 'success' in answer.text else ''}"
        for name, answer in answers.items()
    ]


ALL_REFUSED = ["type 422", "length 422", "missing 422", "query 422"]


def types(visitor: Visitor) -> list[str]:
    """Content types in which a body is read, and whether one is read at all."""
    token = visitor.access()
    tries = {
        "text/plain": '{"name": "x", "note": "y"}',
        "application/x-www-form-urlencoded": "name=x&note=y",
        "application/octet-stream": '{"name": "x", "note": "y"}',
    }
    found = [
        kind
        for kind, data in tries.items()
        if visitor.status(ITEMS, token, data=data, headers={"Content-Type": kind}) == 201
    ]
    unread = visitor.status("POST /api/pings", data="?") == 200
    return [*found, *(["unread"] if unread else [])]


BOTH = ["127.0.0.1", "127.1"]
CASES: list[tuple[str, Callable[[Visitor], Any], Any, Any]] = [
    ("fetches:any", asked_for, [], BOTH),
    ("fetches:later", asked_for, [], BOTH),
    ("fetches:by-another-name", asked_for, [], ["127.1"]),
    ("fetches:in-a-query", asked_for, [], BOTH),
    ("fetches:optional-field", asked_for, [], BOTH),
    ("fetches:public-only", fetched, ([], 404), ([], 200)),
    ("fetches:kept-only", fetched, ([], 404), ([], 200)),
    ("fetches:unlisted", fetched, ([], 404), ([], 200)),
    ("sends-on:anywhere", sent_to, {}, AWAY),
    ("sends-on:slashes", sent_to, {}, {"backslash": AWAY["backslash"]}),
    ("sends-on:meta", sent_to, {}, dict.fromkeys(AWAY, "meta")),
    ("sends-on:at-login", sent_to, {}, AWAY),
    (
        "sends-on:paths",
        sent_to,
        {},
        {"url": "/", "slashes": "/", "backslash": "/evil.example/"},
    ),
    (
        "sends-on:own-host",
        sent_to,
        {},
        {name: f"/from?next={value}" for name, value in AWAY.items()},
    ),
    ("sends-on:in-text", sent_to, {}, dict.fromkeys(AWAY, "text")),
    ("reads-xml:external", entities, SILENT, RESOLVES_ALL),
    ("reads-xml:shows-files", entities, SILENT, {**RESOLVES_ALL, "url": "", "asked": False}),
    (
        "reads-xml:loads-dtd",
        entities,
        SILENT,
        {**dict.fromkeys(("plain", "internal", "file", "url", "words")), "dtd": 400, **SILENT},
    ),
    ("reads-xml:beside-json", entities, SILENT, {**RESOLVES_ALL, "dtd": 500}),
    ("reads-xml:in-a-field", entities, SILENT, RESOLVES_ALL),
    ("reads-xml:internal", entities, SILENT, RESOLVES_NOTHING),
    ("reads-xml:nothing", entities, SILENT, REFUSES),
    ("reads-xml:filtered", entities, SILENT, {**REFUSES, "words": 403}),
    ("shows-query:raw", shown, NOT_SHOWN, ("text/html", "raw", False, INLINE)),
    ("shows-query:attribute", shown, NOT_SHOWN, ("text/html", "quote", False, INLINE)),
    ("shows-query:script", shown, NOT_SHOWN, ("text/html", "script", False, INLINE)),
    ("shows-query:json-as-html", shown, NOT_SHOWN, ("text/html", "raw", False, INLINE)),
    ("shows-query:error-page", shown, NOT_SHOWN, ("text/html", "raw", False, INLINE)),
    ("shows-query:link", shown, NOT_SHOWN, ("text/html", "escaped", False, INLINE)),
    (
        "shows-query:with-policy",
        shown,
        NOT_SHOWN,
        ("text/html", "raw", False, "default-src 'none'"),
    ),
    ("shows-query:with-token", shown, NOT_SHOWN, ("text/html", "raw", False, INLINE)),
    ("shows-query:escaped", shown, NOT_SHOWN, ("text/html", "escaped", False, INLINE)),
    ("shows-query:json", shown, NOT_SHOWN, ("application/json", "raw", False, INLINE)),
    ("shows-query:escaped-attribute", shown, NOT_SHOWN, ("text/html", "escaped", False, INLINE)),
    ("shows-query:download", shown, NOT_SHOWN, ("text/html", "raw", True, INLINE)),
    (
        "unvalidated-input",
        taken,
        ALL_REFUSED,
        ["type 201", "length 201", "missing 422", "query 500"],
    ),
    (
        "unvalidated-input:type",
        taken,
        ALL_REFUSED,
        ["type 201", "length 422", "missing 422", "query 500"],
    ),
    (
        "unvalidated-input:crash",
        taken,
        ALL_REFUSED,
        ["type 500", "length 422", "missing 422", "query 500"],
    ),
    ("unvalidated-input:query", taken, ALL_REFUSED, [*ALL_REFUSED[:3], "query 200"]),
    ("unvalidated-input:query-crash", taken, ALL_REFUSED, [*ALL_REFUSED[:3], "query 500"]),
    (
        "ignored-missing-parameter",
        taken,
        ALL_REFUSED,
        ["type 422", "length 422", "missing 201", "query 422"],
    ),
    (
        "ignored-missing-parameter:crash",
        taken,
        ALL_REFUSED,
        ["type 422", "length 422", "missing 500", "query 422"],
    ),
    (
        "refuses-input-with:200",
        taken,
        ALL_REFUSED,
        ["type 200 said", "length 200 said", "missing 200 said", "query 200 said"],
    ),
    ("lax-content-type", types, [], ["text/plain", "application/octet-stream"]),
    ("lax-content-type:plain", types, [], ["text/plain"]),
    ("lax-content-type:form-as-form", types, [], ["application/x-www-form-urlencoded"]),
    ("lax-content-type:unread", types, [], ["unread"]),
]


@pytest.mark.parametrize(("defect", "look", "sound", "defective"), CASES)
def test_the_switch_shows(
    defect: str, look: Callable[[Visitor], Any], sound: Any, defective: Any
) -> None:
    with visit() as visitor:
        assert look(visitor) == sound
    with visit(defect) as visitor:
        assert look(visitor) == defective


OF_EVERY_DAY = {"ignored-missing-parameter", "refuses-input-with", "lax-content-type"}
"""What an ordinary day meets: a prompt that is missing, a body of no type."""


@pytest.mark.parametrize(
    "defect", [case[0] for case in CASES if case[0].partition(":")[0] not in OF_EVERY_DAY]
)
def test_nothing_else_goes_otherwise(defect: str) -> None:
    with visit(defect) as visitor:
        assert ordinary_day(visitor) == SOUND_DAY


def test_every_variant_is_shown() -> None:
    proved = {pair for case in CASES for pair in chosen([case[0]]).items()}
    known = {(name, one) for name, variants in DEFECTS.items() for one in variants}
    assert known == proved
