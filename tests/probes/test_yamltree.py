"""YAML keeps its meaning and gains line numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.probes import yamltree
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from pytest_readiness.probes.yamltree import Node


def only(text: str) -> Node:
    (root,) = yamltree.parse(text, "a.yaml")
    return root


def test_every_node_knows_its_line():
    root = only("spec:\n  containers:\n    - name: api\n      image: api:1\n")
    image = root["spec"]["containers"][0]["image"]
    assert (image.value, str(image.location)) == ("api:1", "a.yaml:4")


def test_a_dotted_path_goes_through_keys_and_indexes():
    root = only("a:\n  - b: {c: 7}\n")
    assert root.get("a.0.b.c").value == 7
    for absent in ("a.1.b", "a.x", "a.0.b.c.d", "z", "a.99999999999999999999", ""):
        assert root.get(absent) is None


def test_a_key_with_dots_is_found_as_a_whole():
    labels = only("app.kubernetes.io/name: api\n")
    assert labels.get("app.kubernetes.io/name").value == "api"


def test_keys_are_the_text_as_written():
    root = only("on: push\n200: fine\n")
    assert list(root.value) == ["on", "200"]


@pytest.mark.parametrize(
    "scalar",
    [
        "yes",
        "No",
        "0x1F",
        "017",
        "22:22",
        "1_000",
        "1.5e+3",
        ".inf",
        "~",
        "",
        "2026-01-31",
        "'yes'",
        '"1"',
        "!!str 1",
        "!!int '7'",
        "!!binary aGk=",
        "08",
        "1e3",
        "null",
        "text",
        "! 5",
    ],
)
def test_scalars_mean_what_safe_loader_says(scalar):
    assert only(f"[{scalar}]").value == yaml.safe_load(f"[{scalar}]")


def test_what_safe_loader_cannot_construct_stays_text():
    assert only("[2024-13-45, !Ref Name, !!int x]").value == ["2024-13-45", "Name", "x"]


def test_the_text_of_a_scalar_is_as_written():
    assert only("- 22:22").elements[0].text == "22:22"


def test_a_merge_key_yields_to_what_is_written_and_keeps_its_lines():
    root = only("x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  a: 9\n")
    assert root["z"].value == {"a": 9, "b": 2, "c": 4}
    assert root["z"]["c"].line == 2


def test_a_key_written_twice_is_noted_and_the_last_one_counts():
    root = only("a: 1\nb: 2\na: 3\n")
    (twice,) = root.duplicates
    assert root["a"].value == 3
    assert (twice.key, twice.location.line, twice.first.line) == ("a", 3, 1)


def test_documents_are_kept_apart():
    roots = yamltree.parse("a: 1\n---\n---\nb: 2\n", "a.yaml")
    assert [root.value for root in roots] == [{"a": 1}, None, {"b": 2}]
    assert yamltree.parse("", "a.yaml") == ()


def test_an_anchor_ends_with_its_document():
    with pytest.raises(UnreadableFile, match=r"\*x has no anchor"):
        yamltree.parse("a: &x 1\n---\nb: *x\n", "a.yaml")


def test_json_is_yaml():
    assert only('{"openapi": "3.1.0", "paths": {"/a": []}}').value["paths"] == {"/a": []}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [1\nb: 2\n", 2, "not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
        ("a: 1\nb: \x01\n", 2, "special characters|control characters"),
        ("a: &a [*a]\n", 1, "refers to itself"),
        ("a: {{ name }}\n", 1, "template"),
        ("<<: 5\n", 1, "merged"),
        ("[" * 500, 1, "nested deeper"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(text, line, words):
    with pytest.raises(UnreadableFile, match=words) as caught:
        yamltree.parse(text, "a.yaml")
    assert caught.value.location.path == "a.yaml"
    assert caught.value.line == line


def test_aliases_cannot_blow_up():
    laughs = "a0: &a0 [lol, lol]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    with pytest.raises(UnreadableFile, match="expand"):
        yamltree.parse(laughs, "a.yaml")


def test_walking_visits_a_shared_node_once():
    root = only("a: &a {b: 1}\nc: *a\n")
    assert len(list(root.walk())) == 3


def test_asking_a_node_for_what_it_is_not_is_no_error():
    scalar = only("5")
    assert (list(scalar), scalar.elements, dict(scalar.items()), scalar.get("a")) == (
        [],
        (),
        {},
        None,
    )
    with pytest.raises(KeyError):
        scalar["a"]


def test_the_pure_parser_reads_the_same(monkeypatch):
    text = "a: &x [1, 'b']\nc: *x\n"
    fast = only(text).value
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert only(text).value == fast


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_what_is_dumped_is_read_back(data):
    assert only(yaml.safe_dump(data)).value == data


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*<!|>'\"#,? \n\t1.~%@`\\\0\ud800é")) | st.text())
def test_no_text_raises_anything_else(text):
    try:
        roots = yamltree.parse(text, "a.yaml")
    except UnreadableFile:
        return
    assert all(node.line >= 1 for root in roots for node in root.walk())
    assert len([root.value for root in roots]) == len(roots)
