"""The HTTP client against servers that behave, misbehave and die: real sockets, all local."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import subprocess
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness import declare
from pytest_readiness.probes.http import HttpClient, HttpFailure, OtherHost, TokenPlace
from tests.servers import Answer, Asked, raw_server, serving, unused_port


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.model import Exchange


def answer(asked: Asked) -> Answer:
    """Answer by path, and tell what arrived where the path is not known."""
    gzipped = (("Content-Encoding", "gzip"),)
    known = {
        "/two-cookies": Answer(headers=(("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))),
        "/redirect": Answer(status=302, headers=(("Location", "/base/echo"),)),
        "/away": Answer(status=302, headers=(("Location", "http://127.0.0.2:1/echo"),)),
        "/loop": Answer(status=302, headers=(("Location", "/base/loop"),)),
        "/gzip": Answer(gzip.compress(b"hello"), headers=gzipped),
        "/not-gzip": Answer(b"plain text", headers=gzipped),
        "/latin": Answer(b"n\xe9", headers=(("Content-Type", "text/plain; charset=utf-8"),)),
        "/odd-charset": Answer(b"abc", headers=(("Content-Type", "text/plain; charset=no"),)),
        "/login": Answer({"access_token": "ey-not-known-yet-1234", "user": {"name": "ann"}}),
        "/endless": Answer(itertools.repeat(b"data: x\n\n" * 1000)),
    }
    route = asked.path.removeprefix("/base")
    if route == "/bomb":
        return Answer(gzip.compress(bytes(50_000_000)), headers=gzipped)
    if route in known:
        return known[route]
    told = {"method": asked.method, "path": asked.target, "headers": dict(asked.headers.items())}
    return Answer(told | {"body": asked.body.decode("latin-1")})


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving(answer) as url:
        yield url


@pytest.fixture
def seen() -> list[Exchange]:
    return []


@pytest.fixture
def client(server: str, seen: list[Exchange]) -> Iterator[HttpClient]:
    made = HttpClient(f"{server}/base", on_exchange=seen.append)
    with closing(made.session):
        yield made


@contextmanager
def client_of(url: str, **options: Any) -> Iterator[HttpClient]:
    made = HttpClient(url, **options)
    with closing(made.session):
        yield made


def answering(data: bytes) -> Callable[[socket.socket], object]:
    """Read the request, send these bytes, close."""
    return lambda connection: connection.recv(999) and connection.sendall(data)


class TestWhatIsSent:
    def test_paths_go_below_the_base_url(self, client: HttpClient) -> None:
        assert client.get("/echo").json()["path"] == "/base/echo"

    @pytest.mark.parametrize("path", ["/../../etc/passwd", "/%2E%2E/x", "/a//b", "/%00", "/x;y=1"])
    def test_odd_paths_arrive_as_they_were_written(self, client: HttpClient, path: str) -> None:
        assert client.get(path).json()["path"] == f"/base{path}"

    def test_spaces_and_letters_beyond_ascii_are_quoted(self, client: HttpClient) -> None:
        assert client.get("/a b/ä").json()["path"] == "/base/a%20b/%C3%A4"

    def test_parameters_join_the_query_of_the_path(self, client: HttpClient) -> None:
        answer = client.get("/echo?a=1", params={"b": "x y", "c": [1, 2]})
        assert answer.json()["path"] == "/base/echo?a=1&b=x+y&c=1&c=2"

    def test_json_form_and_raw_bodies(self, client: HttpClient) -> None:
        as_json = client.post("/echo", json={"a": 1}).json()
        as_form = client.post("/echo", data={"a": "1"}).json()
        raw = client.put("/echo", content=b"\xff\x00").json()
        assert json.loads(as_json["body"]) == {"a": 1}
        assert as_json["headers"]["Content-Type"] == "application/json"
        assert as_form["body"] == "a=1"
        assert as_form["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
        assert raw["body"] == "\xff\x00"

    @pytest.mark.parametrize(
        ("place", "name", "value"),
        [
            (TokenPlace(), "Authorization", "Bearer abc"),
            (TokenPlace(prefix="Token"), "Authorization", "Token abc"),
            (TokenPlace(name="X-Key", prefix=""), "X-Key", "abc"),
            (TokenPlace("cookie", "sid", ""), "Cookie", "sid=abc"),
        ],
    )
    def test_the_token_travels_where_it_was_told(
        self, client: HttpClient, place: TokenPlace, name: str, value: str
    ) -> None:
        with client_of(client.base_url, token=lambda: "abc", place=place) as known:
            assert known.get("/echo").json()["headers"][name] == value

    def test_a_token_in_the_query_joins_it(self, client: HttpClient) -> None:
        place = TokenPlace("query", "key", "")
        with client_of(client.base_url, token=lambda: "abc", place=place) as known:
            assert known.get("/echo?x=1").json()["path"] == "/base/echo?x=1&key=abc"

    def test_another_token_or_none_can_be_sent(self, client: HttpClient) -> None:
        with client_of(client.base_url, token=lambda: "mine") as known:
            other = known.get("/echo", token="other").json()  # noqa: S106 - it is no password
            none = known.get("/echo", token=None).json()
        assert other["headers"]["Authorization"] == "Bearer other"
        assert "Authorization" not in none["headers"]

    def test_a_cookie_that_the_server_sets_is_not_sent_back(self, client: HttpClient) -> None:
        client.get("/two-cookies")
        assert "Cookie" not in client.get("/echo").json()["headers"]

    def test_proxies_and_passwords_of_the_environment_are_not_used(
        self, client: HttpClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused_port()}")
        assert client.get("/echo").status == 200

    def test_a_configured_proxy_is_used(self, server: str) -> None:
        with client_of("http://target.invalid/base", proxy=server) as known:
            answer = known.get("/echo")
        assert answer.json()["path"] == "http://target.invalid/base/echo"


class TestStayingOnTheHost:
    @pytest.mark.parametrize(
        "url", ["http://127.0.0.2/x", "https://example.com/", "http://127.0.0.1:1/"]
    )
    def test_a_whole_url_of_another_origin_is_refused(self, client: HttpClient, url: str) -> None:
        with pytest.raises(OtherHost, match="the target of this run"):
            client.get(url)

    def test_a_whole_url_of_this_origin_or_an_allowed_one_is_sent(
        self, client: HttpClient, server: str
    ) -> None:
        assert client.get(f"{server}/echo").json()["path"] == "/echo"
        with client_of("http://127.0.0.1:1", also=frozenset({server})) as other:
            assert other.get(f"{server}/echo").status == 200

    def test_redirects_are_shown_and_only_followed_when_asked(self, client: HttpClient) -> None:
        assert client.get("/redirect").status == 302
        assert client.post("/redirect", json={}, allow_redirects=True).json()["method"] == "GET"

    def test_a_redirect_to_another_host_is_never_followed(
        self, client: HttpClient, seen: list[Exchange]
    ) -> None:
        answer = client.get("/away", allow_redirects=True)
        assert answer.status == 302
        assert len(seen) == 1

    def test_a_redirect_loop_ends(self, client: HttpClient, seen: list[Exchange]) -> None:
        assert client.get("/loop", allow_redirects=True).status == 302
        assert len(seen) == 11

    def test_the_guard_is_asked_before_anything_is_sent(self, server: str) -> None:
        def refuse(method: str, path: str) -> None:
            raise PermissionError(f"{method} {path}")

        refused = pytest.raises(PermissionError, match="DELETE /base/echo")
        with client_of(f"{server}/base", guard=refuse) as guarded, refused:
            guarded.delete("/echo")


class TestWhatComesBack:
    def test_headers_know_any_case_and_several_values(self, client: HttpClient) -> None:
        answer = client.get("/two-cookies")
        assert answer.headers.getlist("set-cookie") == ["a=1", "b=2"]
        assert client.get("/echo").headers["CONTENT-TYPE"] == "application/json"

    def test_a_compressed_body_is_decoded(self, client: HttpClient) -> None:
        assert client.get("/gzip").text == "hello"

    def test_a_decompression_bomb_is_capped(self, client: HttpClient) -> None:
        answer = client.get("/bomb")
        assert (len(answer.body), answer.truncated) == (1_000_000, True)

    def test_a_body_that_only_claims_to_be_compressed_stays(self, client: HttpClient) -> None:
        assert client.get("/not-gzip").text == "plain text"

    def test_bytes_that_do_not_fit_their_charset_survive(self, client: HttpClient) -> None:
        assert client.get("/latin").text == "n\ufffd"
        assert client.get("/odd-charset").text == "abc"

    def test_an_endless_stream_is_cut_at_the_cap(self, client: HttpClient) -> None:
        answer = client.get("/endless", cap=5000)
        assert (len(answer.body), answer.truncated) == (5000, True)
        assert client.get("/echo").status == 200

    def test_what_is_not_json_says_what_it_is(self, client: HttpClient) -> None:
        with pytest.raises(ValueError, match=r"the answer is not JSON .*plain text"):
            client.get("/not-gzip").json()

    def test_it_shows_itself_as_one_redacted_line(self, client: HttpClient) -> None:
        answer = client.post("/login", json={"password": "hunter22"})
        assert repr(answer).startswith(
            '<Response 200 application/json, 66 bytes: {"access_token": "***"'
        )
        assert answer.version == "1.1"


class TestWhenNoAnswerComes:
    def test_nobody_listens(self, seen: list[Exchange]) -> None:
        port = unused_port()
        url = f"http://127.0.0.1:{port}"
        refused = pytest.raises(HttpFailure, match="connection refused")
        with client_of(url, on_exchange=seen.append) as client, refused as failure:
            client.get("/x")
        assert failure.value.kind == "refused"
        assert seen == [failure.value.exchange]
        assert seen[0].request == f"GET http://127.0.0.1:{port}/x"

    @pytest.mark.parametrize(
        ("behave", "kind"),
        [
            pytest.param(lambda c: c.recv(100), "reset", id="closes without an answer"),
            pytest.param(
                lambda c: c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"),
                "reset",
                id="resets",
            ),
            pytest.param(lambda c: c.recv(1) and time.sleep(1.5), "timeout", id="says nothing"),
            pytest.param(
                answering(b"not http\r\n\r\n"),
                "broken",
                id="says nonsense",
            ),
            pytest.param(
                lambda c: (
                    c.recv(999) and c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort")
                ),
                "broken",
                id="breaks off",
            ),
            pytest.param(
                lambda c: (
                    c.recv(999) and c.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n")
                ),
                "broken",
                id="sends too many headers",
            ),
        ],
    )
    def test_each_way_to_fail_has_its_kind(
        self, behave: Callable[[socket.socket], None], kind: str
    ) -> None:
        with raw_server(behave) as url, client_of(url, timeout=0.5) as client:
            failure = client.attempt("GET", "/x")
        assert isinstance(failure, HttpFailure)
        assert (failure.kind, failure.answered) == (kind, False)

    @pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
    def test_a_slow_drip_meets_the_deadline_in_headers_and_in_the_body(self, start: bytes) -> None:
        def drip(connection: socket.socket) -> None:
            connection.recv(1000)
            connection.sendall(start)
            for _ in range(100):
                time.sleep(0.05)
                connection.sendall(b"x")

        with raw_server(drip) as url, client_of(url, timeout=0.4) as client:
            failure = client.attempt("GET", "/x")
        assert isinstance(failure, HttpFailure)
        assert failure.message == "no whole answer within 0.4 s"

    def test_what_a_stream_sent_until_then_can_be_kept(self) -> None:
        def stream(connection: socket.socket) -> None:
            connection.recv(1000)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"
            )
            time.sleep(1.0)

        with raw_server(stream) as url, client_of(url, timeout=0.3) as client:
            answer = client.get("/events", partial=True)
        assert (answer.text, answer.truncated) == ("data: 1\n\n", True)

    def test_tls_where_none_is_spoken(self, server: str) -> None:
        with client_of(server.replace("http:", "https:")) as client:
            failure = client.attempt("GET", "/")
        assert isinstance(failure, HttpFailure)
        assert failure.kind == "tls"

    def test_an_unknown_name(self) -> None:
        with client_of("http://no-such-host.invalid") as client:
            failure = client.attempt("GET", "/")
        assert isinstance(failure, HttpFailure)
        assert failure.kind == "dns"

    def test_somebody_else_may_say_it_in_other_words(self) -> None:
        def explain(failure: HttpFailure) -> None:
            raise LookupError(failure.kind)

        url = f"http://127.0.0.1:{unused_port()}"
        with client_of(url, on_failure=explain) as client, pytest.raises(LookupError):
            client.get("/")


class TestSendingMany:
    def test_answers_come_in_the_order_asked(self, client: HttpClient) -> None:
        answers = client.send_many(("GET", f"/{n}", {"params": {"q": n}}) for n in range(60))
        assert [answer.json()["path"] for answer in answers] == [
            f"/base/{n}?q={n}" for n in range(60)
        ]

    def test_exchanges_from_the_pool_reach_the_running_check(self, server: str) -> None:
        def note(exchange: Exchange) -> None:
            declare.current_notes().exchanges.append(exchange)

        with client_of(server, on_exchange=note) as client, declare.notes_open("") as notes:
            client.send_many([("GET", "/echo")] * 20)
        assert len(notes.exchanges) == 20

    def test_a_dead_server_is_not_asked_again_and_again(self) -> None:
        with client_of(f"http://127.0.0.1:{unused_port()}") as client:
            answers = client.send_many([("GET", "/x")] * 200, concurrency=4)
        kinds = [answer.kind for answer in answers if isinstance(answer, HttpFailure)]
        assert len(kinds) == 200
        assert kinds.count("unsent") >= 190

    def test_the_pace_is_kept_by_each_request(self, server: str) -> None:
        asked: list[None] = []
        with client_of(server, pace=lambda: asked.append(None)) as client:
            client.get("/echo")
            client.send_many([("GET", "/echo")] * 4)
        assert len(asked) == 5


class TestEvidence:
    def test_the_curl_line_repeats_the_request(
        self, client: HttpClient, seen: list[Exchange]
    ) -> None:
        client.patch("/echo?x=1", json={"text": "it's $5"}, headers={"X-Trace": "a b"})
        ran = subprocess.run(
            ["bash", "-c", seen[0].curl + " --silent"], capture_output=True, check=True
        )
        repeated = json.loads(ran.stdout)
        assert repeated["method"] == "PATCH"
        assert repeated["path"] == "/base/echo?x=1"
        assert json.loads(repeated["body"]) == {"text": "it's $5"}
        assert repeated["headers"]["X-Trace"] == "a b"

    @pytest.mark.parametrize(
        "place", [TokenPlace(), TokenPlace("cookie", "sid", ""), TokenPlace("query", "key", "")]
    )
    def test_the_token_is_a_shell_variable_in_it(
        self, server: str, seen: list[Exchange], place: TokenPlace
    ) -> None:
        with client_of(
            server, token=lambda: "s3cr3t-t0ken", place=place, on_exchange=seen.append
        ) as known:
            known.get("/../echo")
        assert "s3cr3t" not in repr(seen)
        ran = subprocess.run(
            ["bash", "-c", seen[0].curl + " --silent"],
            env={"TOKEN": "s3cr3t-t0ken", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=True,
        )
        assert b"s3cr3t-t0ken" in ran.stdout
        assert json.loads(ran.stdout)["path"].startswith("/../echo")

    def test_secrets_of_a_request_and_of_its_answer_do_not_show(
        self, server: str, seen: list[Exchange]
    ) -> None:
        redact = lambda text: text.replace("known-secret", "***")  # noqa: E731
        with client_of(f"{server}/base", redact=redact, on_exchange=seen.append) as client:
            client.post("/login", json={"password": "hunter22", "note": "known-secret"})
            client.post(
                "/echo", data={"client_secret": "hunter22"}, headers={"X-Api-Key": "hunter22"}
            )
            client.get("/echo", headers={"Cookie": "sid=hunter22"}, params={"api_key": "hunter22"})
            client.get("/echo?t=eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.")
        for hidden in ("hunter22", "known-secret", "ey-not-known-yet", "eyJzdWI"):
            assert hidden not in repr([exchange.request + exchange.curl for exchange in seen])
        assert "ey-not-known-yet" not in seen[0].response
