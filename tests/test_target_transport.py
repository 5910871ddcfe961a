"""Each defect of tests/target_transport.py shows, and the sound target does not show it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pytest_readiness.probes import tls
from pytest_readiness.probes.ports import listening
from pytest_readiness.probes.websocket import knock, url_of
from tests.servers import certificate
from tests.target import target
from tests.target_transport import CIPHERS, DEFECTS, LISTED, MARKUP, SERVED


if TYPE_CHECKING:
    from pathlib import Path


CERTIFICATES = {
    # variant: OpenSSL's verdict, days of life, certificates sent, key
    "expired": (10, 89, 1, "EC"),
    "future": (9, 88, 1, "EC"),
    "dies-in-days": (0, 90, 1, "EC"),
    "ends-soon": (0, 90, 1, "EC"),
    "other-host": (64, 90, 1, "EC"),
    "untrusted": (18, 90, 1, "EC"),
    "chain-cut": (20, 90, 1, "EC"),
    "small-key": (66, 90, 1, "RSA"),
    "short-lived": (0, 6, 1, "EC"),
    "with-chain": (0, 90, 2, "EC"),
    "rsa": (0, 90, 1, "RSA"),
}
IN_THE_CLEAR = {
    # variant: what the page and the API answer over plain http; url stands for the target's own
    "": ((400, ""), (400, "")),
    "served": ((200, ""), (200, "")),
    "api-only": ((301, "https://{host}/"), (200, "")),
    "redirect-to-http": ((301, "http://{host}/"), (301, "http://{host}/")),
    "redirect-elsewhere": ((301, "https://www.example.com/"),) * 2,
    "redirect": ((301, "https://{host}/"), (400, "")),
}
SHOWS, HIDES = "shows", "hides"
QUERIES = {
    # variant: introspection by POST, by GET, 20 aliases, 6 in a batch, 12 levels
    "sound": (HIDES, HIDES, False, False, False),
    "shallow": (SHOWS, HIDES, False, False, False),
    "for-users": (HIDES, HIDES, False, False, False),
    "introspection": (SHOWS, HIDES, False, False, False),
    "filtered": (HIDES, HIDES, False, False, False),
    "by-get": (HIDES, SHOWS, False, False, False),
    "aliases": (SHOWS, HIDES, True, False, False),
    "batches": (SHOWS, HIDES, False, True, False),
    "depth": (SHOWS, HIDES, False, False, True),
    "careless": (HIDES, HIDES, True, True, True),
}
OWN, NONE, FOREIGN, LOOKALIKE, NULL = "own", "", "https://attacker.example", "lookalike", "null"
OPEN_FOR = {
    "checked": {OWN, NONE},
    "closed-later": {OWN, NONE},
    "checked-by-script": {OWN, NONE},
    "for-headers": set[str](),
    "cookie-checked": set[str](),
    "cookie": set[str](),
    "any-origin": {OWN, NONE, FOREIGN, LOOKALIKE, NULL},
    "by-script": {OWN, NONE, FOREIGN, LOOKALIKE, NULL},
    "prefix": {OWN, LOOKALIKE},
    "null": {OWN, NONE, NULL},
}
PORTS = {
    # variant: whether others reach it, status at /
    "metrics": (False, 200),
    "debugger": (False, 404),
    "api": (False, 200),
    "silent": (False, 0),
    "local": (True, 200),
    "with-login": (False, 401),
}


def test_every_variant_has_its_proof() -> None:
    proofs: dict[str, Any] = {
        "certificate": CERTIFICATES,
        "cleartext-http": {name: told for name, told in IN_THE_CLEAR.items() if name},
        "directory-listing": LISTED,
        "obsolete-tls": ("1.0", "1.1"),
        "page-with": MARKUP,
        "second-listener": PORTS,
        "weak-cipher": CIPHERS,
        "with-graphql": QUERIES,
        "with-websocket": OPEN_FOR,
    }
    assert {name: {*told} for name, told in proofs.items()} == {
        name: {*variants} for name, variants in DEFECTS.items()
    }


@pytest.mark.parametrize("variant", CERTIFICATES)
def test_the_certificate_is_as_its_name_says(variant: str, tmp_path: Path) -> None:
    own = certificate(tmp_path)
    with target({f"certificate:{variant}"}, certificate=own) as server:
        seen = tls.presented(tls.Endpoint.of(server.url), trusted=(str(own),))
    told = (seen.code, (seen.ends - seen.begins).days, seen.sent, seen.key[0])
    assert told == CERTIFICATES[variant]


@pytest.mark.parametrize("variant", IN_THE_CLEAR)
def test_plain_http_gets_what_the_defect_says(variant: str, tmp_path: Path) -> None:
    defects = {f"cleartext-http:{variant}"} if variant else set[str]()
    with target(defects, certificate=certificate(tmp_path)) as server:
        host = server.url.partition("://")[2]
        answers = [
            requests.get(f"http://{host}{path}", allow_redirects=False, timeout=5)
            for path in ("/", "/api/health")
        ]
    seen = [(each.status_code, each.headers.get("Location", "")) for each in answers]
    assert seen == [(status, to.format(host=host)) for status, to in IN_THE_CLEAR[variant]]


@pytest.mark.parametrize(
    ("defect", "versions"), [("", []), ("1.0", [0x0301, 0x0302]), ("1.1", [0x0302])]
)
def test_old_versions_are_spoken(defect: str, versions: list[int], tmp_path: Path) -> None:
    defects = {f"obsolete-tls:{defect}"} if defect else set[str]()
    with target(defects, certificate=certificate(tmp_path)) as server:
        endpoint = tls.Endpoint.of(server.url)
        old = (tls.SSL_3, tls.TLS_1_0, tls.TLS_1_1)
        asked = {version: tls.ask(endpoint, version, tls.SUITES).version for version in old}
    assert [version for version, got in asked.items() if got == version] == versions


@pytest.mark.parametrize("variant", CIPHERS)
def test_weak_suites_are_offered(variant: str, tmp_path: Path) -> None:
    wanted = CIPHERS[variant].removesuffix(":@SECLEVEL=0").rpartition(":")[2]
    suite = [number for number, name in tls.SUITES.items() if name == wanted]
    own = certificate(tmp_path)
    for defects, found in ((set[str](), []), ({f"weak-cipher:{variant}"}, suite)):
        with target(defects, certificate=own) as server:
            endpoint = tls.Endpoint.of(server.url)
            assert tls.offered(endpoint, tls.TLS_1_2, suite, most=1) == (found, True)


@pytest.mark.parametrize("variant", MARKUP)
def test_the_page_has_it_in_its_head(variant: str) -> None:
    with target({f"page-with:{variant}"}) as server:
        page = requests.get(f"{server.url}/", timeout=5).text
        assert MARKUP[variant].replace("{url}", server.url) in page
        if variant in SERVED:
            path, kind, body, headers = SERVED[variant]
            answer = requests.get(f"{server.url}{path}", timeout=5)
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
            assert answer.text == body
            assert headers.items() <= answer.headers.items()


@pytest.mark.parametrize("variant", LISTED)
def test_folders_are_served(variant: str) -> None:
    path, kind, body, _ = LISTED[variant]
    with target() as server:
        assert requests.get(f"{server.url}{path}", timeout=5).status_code == 404
    with target({f"directory-listing:{variant}"}) as server:
        answer = requests.get(f"{server.url}{path}", timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"], answer.text) == (200, kind, body)


@pytest.mark.parametrize("variant", QUERIES)
def test_graphql_answers_as_the_defect_says(variant: str) -> None:
    with target({f"with-graphql:{variant}"}) as server:
        url = f"{server.url}/graphql"

        def sent(query: str) -> Any:
            return requests.post(url, json={"query": query}, timeout=5).json()

        schema = "{__schema{queryType{name}}}"
        got = requests.get(url, params={"query": schema}, timeout=5).json()
        batch = requests.post(url, json=[{"query": "{version}"}] * 6, timeout=5).json()
        seen = (
            SHOWS if sent(schema).get("data") else HIDES,
            SHOWS if got.get("data") else HIDES,
            "data" in sent(f"{{{' '.join(f'a{n}:version' for n in range(20))}}}"),
            isinstance(batch, list),
            "data" in sent(f"{{me{'{friend' * 10}{{name}}{'}' * 10}}}"),
        )
        plain = sent("{__typename}")
    assert seen == QUERIES[variant]
    assert ("data" in plain) == (variant != "for-users")


def test_a_filter_on_the_text_is_passed_by_a_space() -> None:
    with target({"with-graphql:filtered"}) as server:
        answer = requests.post(
            f"{server.url}/graphql", json={"query": "{__schema {queryType{name}}}"}, timeout=5
        )
    assert answer.json()["data"]


@pytest.mark.parametrize("variant", OPEN_FOR)
def test_websockets_open_for_whom_the_defect_says(variant: str) -> None:
    with target({f"with-websocket:{variant}"}) as server:
        path = "/live/feed" if variant.endswith("by-script") else "/ws"
        origins = {OWN: server.url, LOOKALIKE: "http://127.0.0.1.attacker.example"}
        seen = {
            origin
            for origin in (OWN, NONE, FOREIGN, LOOKALIKE, NULL)
            if knock(
                url_of(server.url, path),
                origin=origins.get(origin, origin),
                headers={},
                linger=0.1,
            ).stays
        }
        named = path in requests.get(f"{server.url}/", timeout=5).text
    assert seen == OPEN_FOR[variant]
    assert named == variant.endswith("by-script")


@pytest.mark.parametrize("variant", PORTS)
def test_a_second_port_is_open(variant: str) -> None:
    command = [sys.executable, "-m", "tests.target", "--defect", f"second-listener:{variant}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        until_answered = (listening(process.pid) for _ in range(2000))
        first, second = next(ports for ports in until_answered if len(ports) == 2)
        other = second if first.is_local and not second.is_local else first
        status = 0
        if variant == "local":
            answers = [requests.get(port.url, timeout=5) for port in (first, second)]
            status = max(each.status_code for each in answers)
        elif variant != "silent":
            status = requests.get(other.url, timeout=5).status_code
        process.terminate()
    assert (other.is_local, status) == PORTS[variant]
