"""The specimen itself is sound, and each of its defects changes what it says and nothing else."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import requests
from jose import jws, jwt

from pytest_readiness.probes.jwt import resigned as forge
from pytest_readiness.probes.keys import new_pair, public_keys_in
from pytest_readiness.probes.listener import listening
from tests import (
    target_auth,
    target_graphql,
    target_injection,
    target_inputs,
    target_limits,
    target_secrets,
    target_transport,
)
from tests.target import (
    ADMIN,
    DEFAULTS,
    DEFECTS,
    GUESSABLE,
    HEADERS,
    LOGINS_A_MINUTE,
    MOST_WRONG,
    REQUESTS_A_MINUTE,
    SERVED,
    Server,
    chosen,
    encode,
    signature,
    target,
)


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSWORD = "a long enough secret"  # noqa: S105 - of nobody
SPELLINGS = ("none", "None", "NONE", "nOnE")


class Visitor:
    """A client that knows where this API looks for its token."""

    def __init__(self, running: Server) -> None:
        self.running = running
        self.session = requests.Session()
        self.session.trust_env = False
        self.headers: dict[str, str] = {}

    def ask(self, request: str, token: str | None = None, **more: Any) -> requests.Response:
        method, _, path = request.partition(" ")
        more["headers"] = {**self.headers, **more.get("headers", {})}
        if token is not None:
            match self.running.defects.get("token-in"):
                case "cookie":
                    more["headers"]["Cookie"] = f"access_token={token}"
                case "X-Token":
                    more["headers"]["X-Token"] = token
                case "query":
                    more["params"] = {"access_token": token}
                case _:
                    scheme = self.running.defects.get("token-prefix", "Bearer")
                    value = token if scheme == "none" else f"{scheme} {token}"
                    more["headers"]["Authorization"] = value
        more = {"timeout": 5, "allow_redirects": False} | more
        return self.session.request(method, self.running.url + path, **more)

    def status(self, request: str, token: str | None = None, **more: Any) -> int:
        return self.ask(request, token, **more).status_code

    def tokens(self, username: str = "ada", password: str = PASSWORD) -> dict[str, Any]:
        credentials = {"username": username, "password": password}
        self.ask("POST /api/auth/register", json=credentials)
        return self.ask("POST /api/auth/login", json=credentials).json()

    def access(self, username: str = "ada") -> str:
        return self.tokens(username)["access_token"]

    def claims(self) -> dict[str, Any]:
        return jwt.get_unverified_claims(self.access())


@contextlib.contextmanager
def visit(*defects: str, **more: Any) -> Iterator[Visitor]:
    with target(defects, **more) as running:
        visitor = Visitor(running)
        with visitor.session:
            yield visitor


def ordinary_day(visitor: Visitor) -> dict[str, Any]:
    """Use everything once, as clients do, and return what came of each step."""
    ask, credentials = visitor.status, {"username": "eve", "password": PASSWORD}
    day: dict[str, Any] = {"register": ask("POST /api/auth/register", json=credentials)}
    login = visitor.ask("POST /api/auth/login", json=credentials)
    token, item = login.json()["access_token"], {"name": "lamp"}
    day |= {
        "login": login.status_code,
        "wrong password": ask("POST /api/auth/login", json=credentials | {"password": "no"}),
        "me": ask("GET /api/users/me", token),
        "rename": ask("PATCH /api/users/me", token, json={"display_name": "Eve"}),
        "nobody": ask("GET /api/users/me"),
        "broken token": ask("GET /api/users/me", "broken"),
        "admin function": ask("GET /api/admin/users", token),
    }
    created = visitor.ask("POST /api/items", token, json=item)
    one = f"/api/items/{created.json().get('id', 'none')}"
    day |= {
        "create": created.status_code,
        "read": ask(f"GET {one}", token),
        "replace": ask(f"PUT {one}", token, json=item),
        "list": ask("GET /api/items?limit=5", token),
        "list as nobody": ask("GET /api/items"),
        "delete": ask(f"DELETE {one}", token),
        "gone": ask(f"GET {one}", token),
        "analyze": ask("POST /api/analyze", token, json={"prompt": "What is 2 + 3?"}),
        "no prompt": ask("POST /api/analyze", token, json={}),
        "no JSON": ask("POST /api/analyze", token, data="{", headers={"Content-Type": JSON}),
        "no JSON type": ask("POST /api/analyze", token, data="{}"),
        "too large": ask("POST /api/analyze", token, json={"prompt": "x" * 70_000}),
        "health": ask("GET /api/health"),
        "ready": ask("GET /api/health/ready"),
        "metrics": ask("GET /metrics"),
        "openapi": ask("GET /openapi.json"),
        "page": ask("GET /"),
        "unknown": ask("GET /api/unknown"),
        "wrong method": ask("PUT /api/health"),
        "preflight": ask("OPTIONS /api/items", headers={"Origin": "https://app.example.com"}),
    }
    pair = visitor.tokens("eve")
    renewed = visitor.ask(
        "POST /api/auth/refresh", json={"refresh_token": pair["refresh_token"]}
    ).json()
    day["renewed"] = ask("GET /api/users/me", renewed.get("access_token", "none"))
    day["logout"] = ask("POST /api/auth/logout", token)
    day["after logout"] = ask("GET /api/users/me", token)
    day["leave"] = ask("DELETE /api/users/me", renewed.get("access_token", "none"))
    return day


JSON = "application/json"
SOUND_DAY = dict.fromkeys(["register", "create"], 201)
SOUND_DAY |= {"login": 200, "wrong password": 401, "me": 200, "rename": 200, "nobody": 401}
SOUND_DAY |= {"broken token": 401, "admin function": 403, "read": 200, "replace": 200, "list": 200}
SOUND_DAY |= {"list as nobody": 401, "delete": 204, "gone": 404, "analyze": 200, "no prompt": 422}
SOUND_DAY |= {"no JSON": 400, "no JSON type": 415, "too large": 413, "health": 200, "ready": 200}
SOUND_DAY |= {"metrics": 200, "openapi": 200, "page": 200, "unknown": 404, "wrong method": 405}
SOUND_DAY |= {"preflight": 204, "renewed": 200, "logout": 204, "after logout": 401, "leave": 204}
NO_PROOF = ("nobody", "broken token", "list as nobody", "after logout")  # steps without a token


# --- looks: each answers one question about a running target


def unsigned_accepted(visitor: Visitor) -> list[str]:
    forged = {alg: encode(visitor.claims(), "", alg) for alg in SPELLINGS}
    return [alg for alg in SPELLINGS if visitor.status("GET /api/users/me", forged[alg]) == 200]


def tampered_accepted(visitor: Visitor) -> bool:
    forged = jwt.encode(visitor.claims(), "not the secret", algorithm="HS256")
    return visitor.status("GET /api/users/me", forged) == 200


def expired_accepted(visitor: Visitor) -> bool:
    claims, now = visitor.claims(), int(time.time())
    control = encode(claims, visitor.running.secret)
    assert visitor.status("GET /api/users/me", control) == 200
    old = encode(claims | {"nbf": now - 900, "exp": now - 60}, visitor.running.secret)
    return visitor.status("GET /api/users/me", old) == 200


def wrongly_accepted(visitor: Visitor) -> list[str]:
    """Which wrong claim of a token that is well signed is accepted."""
    claims, later = visitor.claims(), int(time.time()) + 900
    wrong = {"iss": "x", "aud": "x", "nbf": later}
    forged = {n: encode(claims | {n: v}, visitor.running.secret) for n, v in wrong.items()}
    return [name for name in wrong if visitor.status("GET /api/users/me", forged[name]) == 200]


def own_key_accepted(visitor: Visitor) -> list[str]:
    """By which header a key of ours is taken, and whether it is fetched."""
    pair = new_pair()
    documents = {"/jwks": json.dumps({"keys": [pair.jwk]}), "/pem": pair.certificate}
    with listening(documents) as listener:
        headers: dict[str, Any] = {"jwk": pair.jwk, "x5c": pair.x5c}
        headers |= {"jku": f"{listener.url}/jwks", "x5u": f"{listener.url}/pem"}
        claims = visitor.claims()
        accepted = [
            name
            for name, value in headers.items()
            if visitor.status(
                "GET /api/users/me",
                jwt.encode(claims, pair.private, algorithm="RS256", headers={name: value}),
            )
            == 200
        ]
        return [*accepted, *listener.asked]


def odd_key_ids_accepted(visitor: Visitor) -> list[str]:
    odd = {"/dev/null": "", "x' UNION SELECT 'ours'-- -": "ours"}
    claims = visitor.claims()
    return [
        kid
        for kid, key in odd.items()
        if visitor.status(
            "GET /api/users/me", jws.sign(claims, key, headers={"kid": kid}, algorithm="HS256")
        )
        == 200
    ]


def confused(visitor: Visitor) -> tuple[str, bool]:
    """The algorithm of its tokens, and whether its public key is taken for a secret."""
    token = visitor.access()
    published = visitor.ask("GET /.well-known/jwks.json").text
    forged = [forge(token, key, "HS256") for key in public_keys_in(published)]
    taken = [visitor.status("GET /api/users/me", one) for one in forged]
    return str(jwt.get_unverified_header(token)["alg"]), 200 in taken


def key_published(visitor: Visitor) -> list[str]:
    paths = ["/.well-known/jwks.json", "/.well-known/openid-configuration", "/public.pem"]
    return [path for path in paths if visitor.status(f"GET {path}") == 200]


def refreshed(visitor: Visitor) -> list[int]:
    """Use a refresh token, its successor if there is one, the first again; else it twice."""
    request, first = "POST /api/auth/refresh", visitor.tokens()["refresh_token"]
    answer = visitor.ask(request, json={"refresh_token": first})
    second = answer.json().get("refresh_token", first)
    after = [visitor.status(request, json={"refresh_token": token}) for token in (second, first)]
    return [answer.status_code, *after]


def refreshed_twice(visitor: Visitor) -> int:
    """Use a refresh token twice in a row."""
    request, first = "POST /api/auth/refresh", visitor.tokens()["refresh_token"]
    visitor.ask(request, json={"refresh_token": first})
    return visitor.status(request, json={"refresh_token": first})


def wrong_logins(visitor: Visitor) -> tuple[bool, tuple[int, int]]:
    """Whether a wrong password and an unknown name get the same text, and their statuses."""
    visitor.access()
    request = "POST /api/auth/login"
    wrong = visitor.ask(request, json={"username": "ada", "password": "no"})
    unknown = visitor.ask(request, json={"username": "nobody", "password": "no"})
    texts = [answer.json()["detail"] for answer in (wrong, unknown)]
    return texts[0] == texts[1], (wrong.status_code, unknown.status_code)


def defaults_accepted(visitor: Visitor) -> list[str]:
    return [
        username
        for username, password in DEFAULTS.values()
        if visitor.status("POST /api/auth/login", json={"username": username, "password": password})
        == 200
    ]


def after_wrong_passwords(visitor: Visitor) -> int:
    """What the right password gets after a few wrong ones."""
    visitor.access()
    request, wrong = "POST /api/auth/login", {"username": "ada", "password": "no"}
    for _ in range(MOST_WRONG + 1):
        visitor.ask(request, json=wrong)
    return visitor.status(request, json={"username": "ada", "password": PASSWORD})


def named_limit(visitor: Visitor) -> tuple[int, str | None]:
    """What one login too many gets, and the limit that its answer names."""
    wrong = {"username": "nobody", "password": "no"}
    answers = [visitor.ask("POST /api/auth/login", json=wrong) for _ in range(LOGINS_A_MINUTE + 1)]
    return answers[-1].status_code, answers[-1].headers.get("X-RateLimit-Limit")


def refresh_accepted(visitor: Visitor) -> bool:
    return visitor.status("GET /api/users/me", visitor.tokens()["refresh_token"]) == 200


def scripts_of_the_page(visitor: Visitor) -> int:
    return visitor.ask("GET /").text.count("<script")


def accepted_without_proof(visitor: Visitor) -> list[int]:
    return [visitor.status("GET /api/users/me", token) for token in (None, "x", "a.b.c")]


def items_for_nobody(visitor: Visitor) -> tuple[int, int]:
    visitor.ask("POST /api/items", visitor.access(), json={"name": "lamp"})
    answer = visitor.ask("GET /api/items")
    return answer.status_code, len(answer.json().get("items", []))


def foreign_item(visitor: Visitor) -> tuple[int, int]:
    mine = visitor.ask("POST /api/items", visitor.access(), json={"name": "lamp"}).json()["id"]
    other = visitor.access("bob")
    assert visitor.status(f"GET /api/items/{mine}", visitor.access()) == 200
    read = visitor.status(f"GET /api/items/{mine}", other)
    return read, visitor.status(f"PUT /api/items/{mine}", other, json={"name": "mine"})


def listed_item(visitor: Visitor) -> tuple[list[str], int]:
    """What the answer to making an item tells, and how many the list then has."""
    token = visitor.access()
    told = visitor.ask("POST /api/items", token, json={"name": "lamp"}).json()
    return sorted(told), visitor.ask("GET /api/items", token).json()["total"]


def item_for_nobody(visitor: Visitor) -> tuple[int, int]:
    item = visitor.ask("POST /api/items", visitor.access(), json={"name": "lamp"}).json()["id"]
    return visitor.status(f"GET /api/items/{item}"), visitor.status(f"DELETE /api/items/{item}")


def denials(visitor: Visitor) -> tuple[int, int]:
    """What a user gets at an administrator's function and at another user's item."""
    mine = visitor.ask("POST /api/items", visitor.access(), json={"name": "lamp"}).json()["id"]
    other = visitor.access("bob")
    return visitor.status("GET /api/admin/users", other), visitor.status(
        f"GET /api/items/{mine}", other
    )


def unknown_field(visitor: Visitor) -> int:
    return visitor.status("POST /api/items", visitor.access(), json={"name": "lamp", "x": 1})


def user_at_admin_function(visitor: Visitor) -> tuple[int, int]:
    admin = visitor.tokens(**ADMIN)["access_token"]
    request = "GET /api/admin/users"
    return visitor.status(request, admin), visitor.status(request, visitor.access())


def roles_taken(visitor: Visitor) -> list[str]:
    credentials = {"username": "bob", "password": PASSWORD, "role": "admin"}
    roles = [visitor.ask("POST /api/auth/register", json=credentials).json()["role"]]
    token = visitor.access()
    visitor.ask("PATCH /api/users/me", token, json={"role": "admin"})
    return [*roles, visitor.ask("GET /api/users/me", token).json()["role"]]


ORIGINS = {
    "ours": "https://app.example.com",
    "evil": "https://evil.example",
    "null": "null",
    "prefix": "https://app.example.com.evil.example",
    "suffix": "https://evilapp.example.com",
    "subdomain": "https://any.app.example.com",
    "http": "http://app.example.com",
}


def origins_allowed(visitor: Visitor) -> set[str]:
    """The origins that may read: on the real answer, with a cookie, and on the preflight."""
    allowed = set()
    ways = {
        "": ("GET", {}),
        " with cookie": ("GET", {"Cookie": "session=x"}),
        " preflight": ("OPTIONS", {"Access-Control-Request-Method": "GET"}),
    }
    for name, origin in ORIGINS.items():
        for way, (method, headers) in ways.items():
            answer = visitor.ask(
                f"{method} /api/available-models", headers={"Origin": origin, **headers}
            )
            assert "Origin" in answer.headers["Vary"]
            if answer.headers.get("Access-Control-Allow-Origin") in (origin, "*"):
                assert answer.headers["Access-Control-Allow-Credentials"] == "true"
                allowed.add(name + way)
    return allowed


def each_way(*names: str) -> set[str]:
    return {name + way for name in names for way in ("", " with cookie", " preflight")}


def two_answers(visitor: Visitor) -> tuple[list[str], list[int]]:
    prompts, token = ("What is 2 + 3?", "Why is the sky blue at noon?"), visitor.access()
    answers = [visitor.ask("POST /api/analyze", token, json={"prompt": p}).json() for p in prompts]
    return [a["answer"] for a in answers], [a["usage"]["prompt_tokens"] for a in answers]


def unprotected(visitor: Visitor) -> list[str]:
    """Which kinds of answer lack the security headers."""
    kinds = {"api": "/api/health", "page": "/", "errors": "/unknown"}
    wanted = {"X-Content-Type-Options", "X-Frame-Options", "Content-Security-Policy"}
    return [
        kind for kind, path in kinds.items() if not wanted <= {*visitor.ask(f"GET {path}").headers}
    ]


def disclosed(visitor: Visitor) -> list[str]:
    headers = visitor.ask("GET /api/health").headers
    return [name for name in ("Server", "X-Powered-By") if re.search(r"\d", headers.get(name, ""))]


def login_cache_control(visitor: Visitor) -> str:
    credentials = {"username": "ada", "password": PASSWORD}
    visitor.ask("POST /api/auth/register", json=credentials)
    return visitor.ask("POST /api/auth/login", json=credentials).headers["Cache-Control"]


def cookie_lacks(visitor: Visitor) -> list[str]:
    cookie = visitor.ask("GET /").headers["Set-Cookie"].split("; ")
    assert cookie[0].startswith("session=")
    return [name for name in ("Secure", "HttpOnly", "SameSite=Lax") if name not in cookie]


def how_cookies_are_set(visitor: Visitor) -> tuple[bool, bool, bool, bool]:
    """Secure or not by what a proxy says, another cookie beside it, and one of the login."""
    plain = visitor.ask("GET /").headers.get("Set-Cookie", "")
    proxied = visitor.ask("GET /", headers={"X-Forwarded-Proto": "https", "Cookie": ""})
    visitor.tokens()
    login = {"username": "ada", "password": PASSWORD}
    answer = visitor.ask("POST /api/auth/login", json=login)
    return (
        "Secure" in plain,
        "Secure" in proxied.headers.get("Set-Cookie", ""),
        "theme" in plain,
        "access=" in answer.headers.get("Set-Cookie", ""),
    )


def where_the_policy_stands(visitor: Visitor) -> tuple[bool, bool]:
    answer = visitor.ask("GET /")
    named = "default-src" in answer.headers["Content-Security-Policy"]
    return named, "http-equiv" in answer.text


def health_and_ready(visitor: Visitor) -> tuple[int, str, int]:
    answer = visitor.ask("GET /api/health")
    return answer.status_code, answer.json()["status"], visitor.status("GET /api/health/ready")


def health_with_and_without_token(visitor: Visitor) -> tuple[int, int]:
    request = "GET /api/health"
    return visitor.status(request, visitor.access()), visitor.status(request)


def breaches(visitor: Visitor) -> str:
    """How the answer of the models differs from what OpenAPI declares."""
    document = visitor.ask("GET /openapi.json").json()
    answer = visitor.ask("GET /api/available-models")
    declared = document["paths"]["/api/available-models"]["get"]["responses"]
    if str(answer.status_code) not in declared:
        return "status"
    shape = document["components"]["schemas"]["Models"]
    error = jsonschema.Draft202012Validator(shape).iter_errors(answer.json())
    return next((str(e.validator) for e in error), "")


def journey(visitor: Visitor) -> tuple[int, int]:
    token = visitor.access()
    before = visitor.status("GET /api/users/me", token)
    visitor.ask("POST /api/auth/logout", token)
    return before, visitor.status("GET /api/users/me", token)


def forced_error(visitor: Visitor) -> tuple[int, bool]:
    headers = {"Content-Type": JSON}
    answer = visitor.ask("POST /api/auth/login", data="{", headers=headers)
    return answer.status_code, "Traceback" in answer.text and "target.py" in answer.text


def signed_with(visitor: Visitor) -> str:
    """The key of its tokens, where it is one of those that are guessed."""
    message, _, signed = visitor.access().rpartition(".")
    return next((key for key in GUESSABLE.values() if signature(message, key) == signed), "")


def forced_lookup(visitor: Visitor) -> tuple[int, bool]:
    answer = visitor.ask("GET /api/items/lamp%27", visitor.access())
    return answer.status_code, "Traceback" in answer.text


def metrics_page(visitor: Visitor) -> int:
    return visitor.status("GET /metrics")


def health_type(visitor: Visitor) -> str:
    return visitor.ask("GET /api/health").headers["Content-Type"].partition(";")[0]


def left_after_wiping(visitor: Visitor) -> tuple[int, int]:
    return visitor.status("GET /api/wipe-all"), len(visitor.running.users)


def console(visitor: Visitor) -> tuple[int, bool]:
    answer = visitor.ask("GET /console")
    return answer.status_code, "EVALEX" in answer.text


def unknown_path(visitor: Visitor) -> tuple[int, str, str | None]:
    answer = visitor.ask("GET /.env")
    kind = answer.headers["Content-Type"].split(";")[0]
    return answer.status_code, kind, answer.headers.get("Location")


def refused_as(visitor: Visitor) -> tuple[int, bool, int]:
    answer = visitor.ask("GET /api/users/me", "broken")
    unsuccessful = answer.json().get("success") is False
    return answer.status_code, unsuccessful, visitor.status("GET /api/users/me", visitor.access())


def token_places(visitor: Visitor) -> set[str]:
    """Where a valid token opens the door."""
    token = visitor.access()
    places: dict[str, dict[str, Any]] = {
        "Bearer": {"headers": {"Authorization": f"Bearer {token}"}},
        "Token": {"headers": {"Authorization": f"Token {token}"}},
        "none": {"headers": {"Authorization": token}},
        "X-Token": {"headers": {"X-Token": token}},
        "cookie": {"headers": {"Cookie": f"access_token={token}"}},
        "query": {"params": {"access_token": token}},
    }
    request = "GET /api/users/me"
    return {place for place, how in places.items() if visitor.status(request, **how) == 200}


def token_parts(visitor: Visitor) -> int:
    return len(visitor.access().split("."))


def counter_moves(visitor: Visitor) -> bool:
    counts = []
    for _ in range(2):
        visitor.ask("GET /api/health")
        lines = visitor.ask("GET /metrics").text
        counts.append(re.search(r'path="/api/health",status="200"\} (\d+)', lines)[1])
    return int(counts[1]) == int(counts[0]) + 1


def burst(visitor: Visitor) -> list[tuple[int, bool]]:
    """One login more than allowed, then one with another claimed address."""
    wrong = {"json": {"username": "nobody", "password": "wrong"}}
    answers = [visitor.ask("POST /api/auth/login", **wrong) for _ in range(LOGINS_A_MINUTE + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {401}
    spoofed = visitor.ask("POST /api/auth/login", headers={"X-Forwarded-For": "192.0.2.7"}, **wrong)
    return [(a.status_code, "Retry-After" in a.headers) for a in (answers[-1], spoofed)]


def alive_after_malformed_token(visitor: Visitor) -> bool:
    assert visitor.status("GET /api/users/me", visitor.access()) == 200
    with contextlib.suppress(requests.ConnectionError):
        visitor.ask("GET /api/users/me", "not.a.token")
    try:
        return visitor.status("GET /api/health") == 200
    except requests.ConnectionError:
        return False


def transport(visitor: Visitor) -> str:
    """What happens to a careful client: a second, 64 KiB, no redirect, no decompression."""
    assert visitor.status("GET /api/health") == 200
    connection = http.client.HTTPConnection("127.0.0.1", visitor.running.port, timeout=1)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/api/available-models")
            answer = connection.getresponse()
        except TimeoutError:
            return "no answer"
        except ConnectionResetError:
            return "reset"
        with answer:
            return body_of(answer)


def body_of(answer: http.client.HTTPResponse) -> str:
    if answer.status == 302:
        return f"to {re.sub(r':[0-9]+', '', answer.headers['Location'])}"
    if answer.headers["Content-Encoding"] == "gzip":
        unpacked = zlib.decompressobj(wbits=31).decompress(answer.read(2**12))
        pages = int(answer.headers["Content-Length"]) // 2**10
        return "bomb" if len(unpacked) * pages >= 2**29 else "compressed"
    body, deadline = b"", time.monotonic() + 0.5
    while time.monotonic() < deadline and len(body) < 2**16:
        if not (part := answer.read1(2**12)):
            break
        body += part
    if answer.headers["Transfer-Encoding"] == "chunked" and len(body) >= 2**16:
        return "endless"
    if len(body) < int(answer.headers["Content-Length"]):
        return "slow"
    try:
        return "JSON" if json.loads(body.decode()) else "empty"
    except UnicodeDecodeError:
        return "not UTF-8"


# --- the proofs


@dataclass(frozen=True)
class Proof:
    defect: str
    look: Callable[[Visitor], Any]
    sound: Any
    defective: Any
    day: dict[str, Any]  # the steps of an ordinary day that go otherwise

    def __str__(self) -> str:
        return self.defect


def proof(
    defect: str, look: Callable[[Visitor], Any], sound: Any, defective: Any, **day: Any
) -> Proof:
    return Proof(defect, look, sound, defective, {k.replace("_", " "): v for k, v in day.items()})


def headers_differ(variant: str, path: str, wanted: dict[str, str]) -> Proof:
    """Whether the answer of this path has exactly the headers of the variant."""

    def shown(visitor: Visitor) -> bool:
        answer = visitor.ask(f"GET {'/' if path == '*' else path}")
        return all(answer.headers.get(name, "") == value for name, value in wanted.items())

    return proof(f"headers:{variant}", shown, False, True)


def something_is_served(variant: str, path: str, status: int, _kind: str, text: str) -> Proof:
    def shown(visitor: Visitor) -> tuple[int, bool]:
        answer = visitor.ask(f"GET {path.replace('*', '/nowhere')}")
        return answer.status_code, answer.content == text.encode()

    day = {"unknown": status} if path == "*" else {}
    return proof(f"serves:{variant}", shown, (404, False), (status, True), **day)


def traced(visitor: Visitor) -> tuple[int, bool, bool]:
    answer = visitor.ask("TRACE /", headers={"X-Mark": "a mark"})
    return answer.status_code, "Allow" in answer.headers, "a mark" in answer.text


ALL_BUT_NONE = ["None", "NONE", "nOnE"]
LIMITED, UNLIMITED = (429, True), (401, False)
OURS = each_way("ours")
REAL = (["5", "You ask about blue, noon, sky."], [5, 7])
MOCK = "This is a mock response. The analysis was successful."
NOT_FOUND = (404, "application/problem+json", None)
KINDS = ["api", "page", "errors"]
ATTRIBUTES = ["Secure", "HttpOnly", "SameSite=Lax"]


def refused(status: int) -> dict[str, int]:
    return dict.fromkeys(["wrong_password", *(s.replace(" ", "_") for s in NO_PROOF)], status)


def login_without_password(visitor: Visitor) -> Any:
    visitor.ask("POST /api/auth/register", json={"username": "ada", "password": PASSWORD})
    body = {"username": "ada' -- ", "password": "another secret"}
    return visitor.status("POST /api/auth/login", json=body)


def with_input(switch: str, variant: str) -> Proof:
    """The route is there, and takes its valid value."""
    path, name, usual, _ = target_injection.ROUTES[switch]
    example = target_injection.EXAMPLES.get(variant, usual)

    def look(visitor: Visitor) -> Any:
        return visitor.status(f"GET {path}", visitor.access(), params={name: example})

    return proof(f"{switch}:{variant}", look, 404, 200)


def foreign_account_changed(visitor: Visitor) -> tuple[int, int]:
    """Status of setting somebody else's password and name."""
    tokens, other = visitor.access(), visitor.access("bob")
    account = f"/api/users/{visitor.ask('GET /api/users/me', tokens).json()['id']}"
    password = visitor.status(f"PUT {account}/password", other, json={"password": "a new secret"})
    return password, visitor.status(f"PATCH {account}", other, json={"display_name": "Bob"})


def own_account_changed(visitor: Visitor) -> int:
    token = visitor.access()
    account = visitor.ask("GET /api/users/me", token).json()["id"]
    return visitor.status(f"PATCH /api/users/{account}", token, json={"display_name": "Ada"})


def password_of_the_team(visitor: Visitor) -> str:
    users = visitor.ask("GET /api/team", visitor.access()).json().get("users", [{}])
    return users[0].get("password", "")[:4]


def me_with_a_wrong_token(visitor: Visitor) -> int:
    visitor.access()
    return visitor.status("GET /api/users/me", "broken")


def item_of_nobody(visitor: Visitor) -> int:
    visitor.access()
    return visitor.status("POST /api/items", json={"name": "lamp"})


def removal_by_nobody(visitor: Visitor) -> int:
    visitor.access()
    return visitor.status("DELETE /api/items/7d20")


PROOFS = [
    proof("account-routes", own_account_changed, 404, 200),
    proof("shows-passwords", password_of_the_team, "", "corr"),
    proof("shows-passwords:hash", password_of_the_team, "", "$2b$"),
    proof("shows-passwords:masked", password_of_the_team, "", "****"),
    proof(
        "unauthenticated-operation:broken",
        me_with_a_wrong_token,
        401,
        200,
        broken_token=200,
        after_logout=200,
    ),
    proof("unauthenticated-operation:write", item_of_nobody, 401, 201),
    proof("unauthenticated-operation:remove", removal_by_nobody, 401, 204),
    proof("broken-page", scripts_of_the_page, 0, 1),
    proof("jwt-alg-none", unsigned_accepted, [], list(SPELLINGS)),
    *(proof(f"jwt-alg-none:{a}-only", unsigned_accepted, [], [a]) for a in SPELLINGS),
    proof("jwt-alg-none:except-none", unsigned_accepted, [], ALL_BUT_NONE),
    proof("jwt-signature-unchecked", tampered_accepted, False, True),
    proof("jwt-expiry-unchecked", expired_accepted, False, True),
    proof("jwt-expiry-unchecked:nbf", wrongly_accepted, [], ["nbf"]),
    proof("jwt-audience-unchecked", wrongly_accepted, [], ["iss", "aud"]),
    proof("jwt-audience-unchecked:iss", wrongly_accepted, [], ["iss"]),
    proof("jwt-audience-unchecked:aud", wrongly_accepted, [], ["aud"]),
    proof("jwt-embedded-key", own_key_accepted, [], ["jwk"]),
    proof("jwt-embedded-key:x5c", own_key_accepted, [], ["x5c"]),
    proof("jwt-foreign-key-url", own_key_accepted, [], ["jku", "/jwks"]),
    proof("jwt-foreign-key-url:x5u", own_key_accepted, [], ["x5u", "/pem"]),
    proof("jwt-foreign-key-url:fetched-only", own_key_accepted, [], ["/jwks"]),
    proof("jwt-key-id-injection", odd_key_ids_accepted, [], ["/dev/null"]),
    proof("jwt-key-id-injection:sql", odd_key_ids_accepted, [], ["x' UNION SELECT 'ours'-- -"]),
    proof("jwt-key-confusion", confused, ("HS256", False), ("RS256", True)),
    proof("rs256-tokens", confused, ("HS256", False), ("RS256", False)),
    proof("rs256-tokens:discovery", key_published, [], ["/.well-known/openid-configuration"]),
    proof("rs256-tokens:pem", key_published, [], ["/public.pem"]),
    proof("replayable-refresh-token", refreshed, [200, 200, 401], [200, 200, 200]),
    proof("replayable-refresh-token:kept", refreshed, [200, 200, 401], [200, 200, 200]),
    proof("refresh-grace", refreshed_twice, 401, 200),
    proof("account-enumeration", wrong_logins, (True, (401, 401)), (False, (401, 401))),
    proof("account-enumeration:status", wrong_logins, (True, (401, 401)), (True, (401, 404))),
    proof("default-credentials", defaults_accepted, [], ["root"]),
    proof("default-credentials:documented", defaults_accepted, [], ["ada"]),
    proof("locks-accounts", after_wrong_passwords, 200, 401),
    proof("guessable-signing-key", signed_with, "", "supersecret"),
    *(
        proof(f"guessable-signing-key:{variant}", signed_with, "", key)
        for variant, key in GUESSABLE.items()
        if variant != "listed"
    ),
    proof("refresh-token-as-access", refresh_accepted, False, True),
    proof(
        "auth-disabled",
        accepted_without_proof,
        [401] * 3,
        [200] * 3,
        **dict.fromkeys([s.replace(" ", "_") for s in NO_PROOF], 200),
    ),
    proof("unauthenticated-operation", items_for_nobody, (401, 0), (200, 1), list_as_nobody=200),
    proof("broken-object-authorization", foreign_item, (404, 404), (200, 200)),
    proof("broken-object-authorization:read", foreign_item, (404, 404), (200, 404)),
    proof("broken-object-authorization:write", foreign_item, (404, 404), (404, 200)),
    proof(
        "broken-function-authorization",
        user_at_admin_function,
        (200, 403),
        (200, 200),
        admin_function=200,
    ),
    proof("mass-assignment", roles_taken, ["user"] * 2, ["admin"] * 2),
    proof("mass-assignment:register", roles_taken, ["user"] * 2, ["admin", "user"]),
    proof("mass-assignment:change", roles_taken, ["user"] * 2, ["user", "admin"]),
    proof("strict-bodies", unknown_field, 201, 422),
    proof(
        "silent-creation",
        listed_item,
        (["id", "name", "note", "owner"], 1),
        (["message"], 1),
        **dict.fromkeys(["read", "replace", "delete"], 404),
    ),
    proof("public-items", item_for_nobody, (401, 401), (200, 401)),
    proof("deny-with", denials, (403, 404), (403, 403), gone=403),
    proof("deny-with:200", denials, (403, 404), (200, 200), gone=200, admin_function=200),
    proof("permissive-cors", origins_allowed, OURS, each_way(*ORIGINS)),
    proof(
        "permissive-cors:reflect-with-cookie-only",
        origins_allowed,
        OURS,
        OURS | {f"{name} with cookie" for name in ORIGINS},
    ),
    proof(
        "permissive-cors:preflight-only",
        origins_allowed,
        OURS,
        OURS | {f"{name} preflight" for name in ORIGINS},
    ),
    proof(
        "permissive-cors:actual-only",
        origins_allowed,
        OURS,
        each_way(*ORIGINS) - {f"{name} preflight" for name in ORIGINS if name != "ours"},
    ),
    proof("permissive-cors:null", origins_allowed, OURS, each_way("ours", "null")),
    proof("permissive-cors:star", origins_allowed, OURS, each_way(*ORIGINS)),
    proof("permissive-cors:prefix", origins_allowed, OURS, each_way("ours", "prefix")),
    proof(
        "permissive-cors:suffix",
        origins_allowed,
        OURS,
        each_way("ours", "suffix", "subdomain", "http"),
    ),
    proof("permissive-cors:subdomain", origins_allowed, OURS, each_way("ours", "subdomain")),
    proof("permissive-cors:http", origins_allowed, OURS, each_way("ours", "http")),
    proof("mock-mode-on", two_answers, REAL, ([MOCK, MOCK], [100, 100])),
    proof(
        "mock-mode-on:echo",
        two_answers,
        REAL,
        (
            ["Mock analysis of: What is 2 + 3?", "Mock analysis of: Why is the sky blue at noon?"],
            [100, 100],
        ),
    ),
    proof("missing-security-headers", unprotected, [], KINDS),
    *(proof(f"missing-security-headers:{kind}", unprotected, [], [kind]) for kind in KINDS),
    proof("version-disclosure", disclosed, [], ["Server", "X-Powered-By"]),
    proof("cacheable-credentials", login_cache_control, "no-store", "public, max-age=3600"),
    proof("insecure-session-cookie", cookie_lacks, [], ATTRIBUTES),
    *(proof(f"insecure-session-cookie:{name}", cookie_lacks, [], [name]) for name in ATTRIBUTES),
    proof(
        "session-cookie",
        how_cookies_are_set,
        (True, True, False, False),
        (False, True, False, False),
    ),
    proof(
        "session-cookie:others-beside-it",
        how_cookies_are_set,
        (True, True, False, False),
        (True, True, True, False),
    ),
    proof(
        "session-cookie:of-the-login",
        how_cookies_are_set,
        (True, True, False, False),
        (False, False, False, True),
    ),
    proof("session-cookie:for-other-sites", cookie_lacks, [], ["SameSite=Lax"]),
    proof("policy-in-page", where_the_policy_stands, (True, False), (False, True)),
    proof("unhealthy", health_and_ready, (200, "healthy", 200), (200, "degraded", 200)),
    proof(
        "unhealthy:503",
        health_and_ready,
        (200, "healthy", 200),
        (503, "degraded", 503),
        health=503,
        ready=503,
    ),
    proof("health-needs-token", health_with_and_without_token, (200, 200), (200, 401), health=401),
    proof("undocumented-status", breaches, "", "status"),
    proof("contract-breach", breaches, "", "type"),
    proof("contract-breach:missing-field", breaches, "", "required"),
    proof(
        "broken-login-journey",
        journey,
        (200, 401),
        (401, 401),
        **dict.fromkeys(["me", "rename", "admin_function", "create", "read", "replace"], 401),
        **dict.fromkeys(["list", "delete", "gone", "analyze", "no_prompt", "no_JSON"], 401),
        **dict.fromkeys(["no_JSON_type", "renewed", "logout", "leave"], 401),
    ),
    proof(
        "broken-login-journey:logout-keeps-token", journey, (200, 401), (200, 200), after_logout=200
    ),
    proof("verbose-errors", forced_error, (400, False), (500, True), no_JSON=500),
    proof("verbose-errors:lookup", forced_lookup, (404, False), (500, True)),
    proof("debug-console", console, (404, False), (200, True)),
    *(headers_differ(variant, *told) for variant, told in HEADERS.items()),
    *(something_is_served(variant, *told) for variant, told in SERVED.items()),
    proof("trace", traced, (405, True, False), (200, False, True)),
    proof("trace:without-allow", traced, (405, True, False), (405, False, False)),
    proof("soft-404", unknown_path, NOT_FOUND, (200, "text/html", None), unknown=200),
    proof("soft-404:redirect", unknown_path, NOT_FOUND, (302, "text/plain", "/"), unknown=302),
    proof("refuse-with:200", refused_as, (401, False, 200), (200, True, 200), **refused(200)),
    *(
        proof(f"refuse-with:{s}", refused_as, (401, False, 200), (s, False, 200), **refused(s))
        for s in (400, 403, 404, 500)
    ),
    *(
        proof(f"token-in:{place}", token_places, {"Bearer"}, {place})
        for place in ("cookie", "X-Token", "query")
    ),
    *(proof(f"token-prefix:{p}", token_places, {"Bearer"}, {p}) for p in ("Token", "none")),
    proof("opaque-tokens", token_parts, 3, 1),
    proof("dead-metrics", counter_moves, True, False),
    proof("dead-metrics:absent", metrics_page, 200, 404, metrics=404),
    proof("plain-health", health_type, JSON, "text/html"),
    proof("changing-get", left_after_wiping, (404, 1), (500, 0)),
    proof("no-rate-limit", burst, [LIMITED, LIMITED], [UNLIMITED, UNLIMITED]),
    proof("unnamed-limit", named_limit, (429, "30"), (429, None)),
    proof("limits-with", named_limit, (429, "30"), (403, "30")),
    proof("limits-with:500", named_limit, (429, "30"), (500, "30")),
    proof("spoofable-rate-limit", burst, [LIMITED, LIMITED], [LIMITED, UNLIMITED]),
    proof("no-retry-after", burst, [LIMITED, LIMITED], [(429, False)] * 2),
    proof("dies-on-payload", alive_after_malformed_token, True, False),
    proof("hangs", transport, "JSON", "no answer"),
    proof("slow-drip", transport, "JSON", "slow"),
    proof("endless-stream", transport, "JSON", "endless"),
    proof("gzip-bomb", transport, "JSON", "bomb"),
    proof("reset-connection", transport, "JSON", "reset"),
    proof("invalid-encoding", transport, "JSON", "not UTF-8"),
    proof("redirect-elsewhere", transport, "JSON", "to http://localhost/elsewhere"),
    proof("injectable-login", login_without_password, 401, 200),
    *(
        with_input(switch, variant)
        for switch in target_injection.ROUTES
        for variant in target_injection.VARIANTS[switch]
    ),
]


@pytest.mark.parametrize(("what", "statuses"), [("password", (204, 404)), ("profile", (404, 200))])
def test_accounts_of_others_change_only_with_their_defect(
    what: str, statuses: tuple[int, int]
) -> None:
    with visit("account-routes") as visitor:
        assert foreign_account_changed(visitor) == (404, 404)
    with visit("account-routes", f"foreign-account-change:{what}") as visitor:
        assert foreign_account_changed(visitor) == statuses


def test_every_defect_and_variant_has_its_proof() -> None:
    proved = {pair for proof in PROOFS for pair in chosen([proof.defect]).items()}
    others = (
        target_auth,
        target_graphql,
        target_inputs,
        target_limits,
        target_secrets,
        target_transport,
    )
    beside = {"foreign-account-change", *(name for one in others for name in one.DEFECTS)}
    here = DEFECTS.keys() - beside  # those have proofs beside them
    known = {(defect, variant) for defect in here for variant in DEFECTS[defect]}
    assert {pair for pair in known if pair[1] != "*"} == proved


@pytest.mark.parametrize("proof", PROOFS, ids=str)
def test_the_defect_shows_and_the_sound_api_does_not_show_it(proof: Proof) -> None:
    with visit() as visitor:
        assert proof.look(visitor) == proof.sound
    with visit(proof.defect) as visitor:
        assert proof.look(visitor) == proof.defective


@pytest.mark.parametrize(
    "proof", [proof for proof in PROOFS if proof.defect != "dies-on-payload"], ids=str
)
def test_nothing_else_goes_otherwise_on_an_ordinary_day(proof: Proof) -> None:
    with visit(proof.defect) as visitor:
        assert ordinary_day(visitor) == SOUND_DAY | proof.day


# --- the sound API


def test_an_ordinary_day() -> None:
    with visit() as visitor:
        assert ordinary_day(visitor) == SOUND_DAY


def test_every_answer_of_an_ordinary_day_is_documented() -> None:
    with visit() as visitor:
        paths = visitor.ask("GET /openapi.json").json()["paths"]
        ordinary_day(visitor)
        seen = [json.loads(line) for line in visitor.running.lines]
    undocumented = []
    for line in seen:
        path = re.sub(r"/items/\w+", "/items/{item_id}", line["path"])
        operation = paths.get(path, {}).get(line["method"].lower())
        if operation and str(line["status"]) not in operation["responses"]:
            undocumented.append((line["method"], path, line["status"]))
    assert len(seen) > 30
    assert undocumented == []


def test_examples_have_the_shape_that_the_document_declares() -> None:
    with visit() as visitor:
        document = visitor.ask("GET /openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for shape in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(shape)
        jsonschema.validate(shape["examples"][0], shape)


def test_a_refresh_token_works_once_and_its_second_use_ends_the_session() -> None:
    with visit() as visitor:
        first = {"refresh_token": visitor.tokens()["refresh_token"]}
        second = visitor.ask("POST /api/auth/refresh", json=first).json()
        assert visitor.status("GET /api/users/me", second["access_token"]) == 200
        assert visitor.status("POST /api/auth/refresh", json=first) == 401
        assert visitor.status("GET /api/users/me", second["access_token"]) == 401


def test_a_token_expires() -> None:
    with visit(access_seconds=1) as visitor:
        token = visitor.access()
        claims = jwt.get_unverified_claims(token)
        assert claims["exp"] - claims["iat"] == 1
        lasting = encode(claims | {"exp": claims["exp"] + 900}, visitor.running.secret)
        time.sleep(max(0, claims["exp"] - time.time()))
        assert visitor.status("GET /api/users/me", lasting) == 200  # so the session is not why
        assert visitor.status("GET /api/users/me", token) == 401


def test_a_connection_serves_more_than_one_request() -> None:
    with target() as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=5)
        with contextlib.closing(connection):
            for path in ("/api/health", "/api/unknown", "/api/health"):
                connection.request("GET", path)
                with connection.getresponse() as answer:
                    assert answer.version == 11
                    answer.read()
                used = connection.sock
                assert used is not None
            assert len(running.connections) == 1


def test_a_request_id_is_echoed_unless_it_is_odd() -> None:
    with visit() as visitor:
        for given, echoed in (("abc-1", True), ("a b", False)):
            answer = visitor.ask("GET /api/unknown", headers={"X-Request-ID": given})
            assert (answer.headers["X-Request-ID"] == given) is echoed
            assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"POST /api/auth/login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"POST /api/auth/login HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 411),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
    ],
    ids=["no request", "no method", "no length", "no number", "too long"],
)
def test_what_is_no_request_gets_a_problem_too(raw: bytes, status: int) -> None:
    with target() as running, socket.create_connection(("127.0.0.1", running.port), 5) as client:
        client.sendall(raw)
        answer = client.recv(65536).decode()
    assert answer.split()[1] == str(status)
    assert "application/problem+json" in answer


def test_an_address_is_limited_too() -> None:
    with visit() as visitor:
        seen = [visitor.status("GET /api/health") for _ in range(REQUESTS_A_MINUTE + 1)]
    assert seen == [200] * REQUESTS_A_MINUTE + [429]


# --- how it is used


@pytest.mark.parametrize("name", ["nonsense", "permissive-cors:nonsense", "auth-disabled:x", ""])
def test_an_unknown_defect_is_an_error_that_lists_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match=r"unknown defect .*jwt-alg-none.*permissive-cors:null"):
        Server([name])


def test_one_variant_at_a_time() -> None:
    with pytest.raises(ValueError, match="permissive-cors is given twice"):
        Server(["permissive-cors:null", "permissive-cors:star"])


def test_defects_add_up_and_leave_the_next_target_alone() -> None:
    with visit("unhealthy", "version-disclosure") as visitor:
        assert health_and_ready(visitor)[1] == "degraded"
        assert disclosed(visitor)
    with visit() as visitor:
        assert health_and_ready(visitor)[1] == "healthy"
        assert not disclosed(visitor)


def test_a_misbehaviour_strikes_the_path_it_is_given() -> None:
    with visit("redirect-elsewhere:/api/health") as visitor:
        assert visitor.status("GET /api/health") == 302
        assert visitor.status("GET /api/available-models") == 200
    with visit("redirect-elsewhere:*") as visitor:
        assert visitor.status("GET /anything") == 302


def test_it_starts_and_stops_at_once_even_with_a_client_hanging() -> None:
    started = time.monotonic()
    with visit("hangs") as visitor, contextlib.suppress(requests.Timeout):
        visitor.ask("GET /api/available-models", timeout=0.05)
    assert time.monotonic() - started < 3


@contextlib.contextmanager
def process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run the target as a command; yield it and its first log line."""
    command = [sys.executable, "-m", "tests.target", *arguments]
    where = Path(__file__).parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=where) as running:
        try:
            assert running.stdout is not None
            yield running, json.loads(running.stdout.readline())
        finally:
            running.kill()


def test_as_a_command_it_logs_json_lines_and_ends_on_sigterm() -> None:
    with process("--defect", "unhealthy", "--defect", "jwt-alg-none:None-only") as (running, first):
        answer = requests.get(
            first["url"] + "/api/health?token=x", timeout=5, headers={"X-Request-ID": "r-1"}
        )
        assert answer.json()["status"] == "degraded"
        running.send_signal(signal.SIGTERM)
        out, _ = running.communicate(timeout=5)
    line = json.loads(out)
    assert (line["path"], line["status"], line["request_id"]) == ("/api/health", 200, "r-1")
    assert running.returncode == 0


def test_as_a_command_it_dies_of_a_payload() -> None:
    with process("--defect", "dies-on-payload") as (running, first):
        with contextlib.suppress(requests.ConnectionError):
            headers = {"Authorization": "Bearer not.a.token"}
            requests.get(first["url"] + "/api/users/me", headers=headers, timeout=5)
        assert running.wait(5) == 1


def test_as_a_command_it_names_the_known_defects() -> None:
    command = [sys.executable, "-m", "tests.target", "--defect", "nonsense"]
    where = Path(__file__).parents[1]
    ran = subprocess.run(
        command, capture_output=True, text=True, cwd=where, timeout=10, check=False
    )
    assert ran.returncode == 2
    assert "jwt-alg-none" in ran.stderr
    assert "Traceback" not in ran.stderr
