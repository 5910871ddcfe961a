"""Each variant of tests/target_graphql.py shows, and the sound one does not show it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.servers import Answer, Asked, serving
from tests.target import target
from tests.target_graphql import DEFECTS


VARIANTS = DEFECTS["graphql-inputs"]


def ask(url: str, query: str, **variables: Any) -> dict[str, Any]:
    sent = {"query": query, "variables": variables}
    found: dict[str, Any] = requests.post(f"{url}/graphql", json=sent, timeout=5).json()
    return found


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_argument_is_read_as_the_variant_says(variant: str) -> None:
    heard: list[str] = []

    def hear(asked: Asked) -> Answer:
        heard.append(asked.path)
        return Answer(b"x")

    with target({f"graphql-inputs:{variant}"}) as running, serving(hear) as own:
        url = running.url
        items = "query($name: String!) { items(name: $name) { id } }"
        assert ask(url, items, name="lamp")["data"] == {"items": [{"id": "7"}]}
        every = ask(url, items, name="' OR 'a'='a")["data"]
        odd = ask(url, items, name="'")
        looked = ask(url, "query($host: String) { lookup(host: $host) { said } }", host="$((3*7))")
        preview = "mutation($of: String!) { preview(input: {url: $of, size: SMALL}) { bytes } }"
        ask(url, preview, of=f"{own}/word")
        schema = ask(url, "{ __schema { queryType { name } } }")
    assert every is not None
    assert len(every["items"]) == (3 if variant.startswith("sql") else 0)
    assert ("OperationalError" in str(odd)) == (variant == "sql-told")
    assert looked["data"]["lookup"]["said"].strip() == (
        "address of 21" if variant == "shell" else "address of $((3*7))"
    )
    assert heard == (["/word"] if variant == "fetching" else [])
    assert ("errors" in schema) == (variant == "hidden")
