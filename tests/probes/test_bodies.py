"""Bodies of any size."""

from __future__ import annotations

import pytest

from pytest_readiness.probes.bodies import InChunks, Padded
from pytest_readiness.probes.http import HttpClient
from tests.servers import Answer, Asked, serving


@pytest.mark.parametrize("size", [2, 3, 64 * 1024, 64 * 1024 + 3, 300_000])
def test_a_body_is_padded_to_its_size(size: int) -> None:
    body = Padded(b"{}", size)
    sent = b"".join(body)
    assert len(sent) == len(body) == size
    assert sent.rstrip() == b"{}"


def test_what_it_says_is_never_cut() -> None:
    body = Padded(b'{"name": "ada"}', 3)
    assert b"".join(body) == b'{"name": "ada"}'
    assert len(body) == 15


def test_it_can_be_sent_twice() -> None:
    body = InChunks(Padded(b"a=b&c=", 100_000, b"x"))
    assert b"".join(body) == b"".join(body)


@pytest.mark.parametrize("chunked", [False, True])
def test_it_is_announced_unless_it_is_sent_in_chunks(chunked: bool) -> None:
    seen: list[Asked] = []

    def answer(asked: Asked) -> Answer:
        seen.append(asked)
        return Answer({})

    body = Padded(b"[]", 200_000)
    with serving(answer) as url:
        client = HttpClient(url)
        try:
            client.post("/x", content=InChunks(body) if chunked else body)
        finally:
            client.session.close()
    [asked] = seen
    assert ("Content-Length" in asked.headers) is not chunked
    assert ("Transfer-Encoding" in asked.headers) is chunked
