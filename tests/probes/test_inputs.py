"""Inputs of requests, and requests of pages, documents and settings."""

from __future__ import annotations

import pytest

from pytest_readiness.probes import openapi
from pytest_readiness.probes.inputs import Input, SampleRequest, in_page, of_operation, told


DOCUMENT = openapi.parse("""
openapi: 3.1.0
paths:
  /items/{item_id}:
    put:
      parameters:
        - {name: item_id, in: path, required: true, schema: {type: string, examples: [a1]}}
        - {name: dry, in: query, schema: {type: boolean, default: true}}
        - {name: tag, in: query, schema: {type: string, examples: [new]}}
        - {name: Host, in: header, required: true, schema: {type: string}}
        - {name: X-Place, in: header, required: true, schema: {type: string, examples: [shop]}}
        - {name: theme, in: cookie, required: true, schema: {type: string, examples: [dark]}}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [name, size]
              properties:
                name: {type: string, examples: [lamp]}
                note: {type: string}
                size:
                  type: object
                  properties: {high: {type: integer, examples: [3]}}
                tags: {type: array, items: {type: string}}
""")
PUT = DOCUMENT.operations[0]


def names(request: SampleRequest) -> list[tuple[str, str]]:
    return [(one.place, one.name) for one in request.inputs]


def test_an_operation_has_what_it_requires() -> None:
    assert names(of_operation(PUT, optional=False)) == [
        ("path", "item_id"),
        ("header", "X-Place"),
        ("cookie", "theme"),
        ("json", "name"),
        ("json", "size.high"),
    ]


def test_optional_inputs_are_added_on_demand() -> None:
    every, least = (set(names(of_operation(PUT, optional=more))) for more in (True, False))
    assert every - least == {("query", "tag"), ("json", "note")}


def test_one_value_is_replaced_and_the_sample_stays() -> None:
    sample = of_operation(PUT, optional=False)
    deep = next(one for one in sample.inputs if one.name == "size.high")
    changed = sample.with_value(deep, "' --")
    assert changed.json == {"name": "lamp", "size": {"high": "' --"}}
    assert sample.json == {"name": "lamp", "size": {"high": 3}}


@pytest.mark.parametrize(
    ("value", "literal", "path"),
    [
        ("a b/../c", False, "/items/a%20b%2F..%2Fc"),
        ("..%2fx", True, "/items/..%2fx"),
        ("..%2fx", False, "/items/..%252fx"),
    ],
)
def test_a_value_of_the_path_is_encoded_unless_it_is_meant_literally(
    value: str, literal: bool, path: str
) -> None:
    sample = of_operation(PUT, optional=False)
    one = sample.inputs[0]
    assert sample.with_value(one, value).filled_path(literal=literal) == path


def test_headers_and_cookies_take_no_line_ends() -> None:
    sample = SampleRequest("GET", "/", headers={"X-A": "1\r\nX-B: 2"}, cookies={"c": "a;b"})
    assert sample.options()["headers"] == {"X-A": "1  X-B: 2", "Cookie": "c=a%3Bb"}


def test_a_body_that_is_one_value_is_one_input() -> None:
    sample = SampleRequest("POST", "/", json="text")
    (one,) = sample.inputs
    assert one == Input("json", (), "text")
    assert (one.name, sample.with_value(one, "x").json) == ("body", "x")


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/books/1", "/books/{2}", ["1"]),
        ("/books/1/pages/20?size=5", "/books/{2}/pages/{4}", ["1", "20", "5"]),
        ("/by-status/CREATED", "/by-status/{2}", ["CREATED"]),
        ("/of/ada@example.com", "/of/{2}", ["ada@example.com"]),
        ("/api/v1/health", "/api/v1/health", []),
        ("/openapi.json", "/openapi.json", []),
        ("/books/{book}", "/books/{book}", ["1"]),
    ],
)
def test_values_in_a_told_path(path: str, template: str, values: list[str]) -> None:
    request = told("GET", path)
    assert (request.path, [one.value for one in request.inputs]) == (template, values)


PAGE = """
<base href="/shop/">
<a href="list?kind=new&page=2#top">new</a> <a href="https://elsewhere.example/?q=1">there</a>
<a href="about">about</a> <a href="mailto:a@example.com">mail</a>
<form action="find"><input name=q><input type=number name=most><input type=submit value=Go></form>
<form method=post action="/notes?draft=1">
  <textarea name=note>a first
  note</textarea>
  <select name=kind><option value=a>A<option value=b selected>B</select>
  <input type=hidden name=csrf value=t0k3n><input type=radio name=r value=1>
  <input type=radio name=r value=2>
</form>
<form method=post enctype="multipart/form-data"><input type=file name=upload></form>
<form><input type=submit></form>
"""


def test_forms_and_links_of_a_page() -> None:
    requests, links = in_page(PAGE, "http://shop.example/start")
    assert [str(each) for each in requests] == [
        "GET /shop/list",
        "GET /shop/find",
        "POST /notes",
    ]
    link, find, note = requests
    assert link.query == {"kind": "new", "page": "2"}
    assert find.query == {"q": "text", "most": "1"}
    assert note.query == {"draft": "1"}
    assert note.form == {"note": "a first\n  note", "kind": "b", "csrf": "t0k3n", "r": "1"}
    assert links == [
        "http://shop.example/shop/list?kind=new&page=2",
        "http://shop.example/shop/about",
    ]


@pytest.mark.parametrize(
    "html", ["<form><input name=a", "<a href='http://[::1'>", "<select name=x>"]
)
def test_broken_markup_is_read_as_far_as_it_goes(html: str) -> None:
    requests, links = in_page(html, "http://shop.example/")
    assert (requests, links) == ([], [])


def test_a_document_of_graphql_is_sent_with_its_variables() -> None:
    document = "query readiness($input__q: String) { find(input: {q: $input__q}) }"
    sample = SampleRequest("POST", "/graphql", document=document, variables={"input.q": "lamp"})
    (one,) = sample.inputs
    assert (one.place, one.name, one.value) == ("graphql", "input.q", "lamp")
    sent = {"query": document, "variables": {"input__q": "desk"}}
    assert sample.with_value(one, "desk").options() == {"headers": {}, "json": sent}
    by_get = SampleRequest("GET", "/graphql", document=document, variables=sample.variables)
    assert by_get.options()["params"] == {
        "query": document,
        "variables": '{"input__q": "lamp"}',
    }
    assert sample.without(one).variables == {}


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (SampleRequest("GET", "/a"), True),
        (SampleRequest("POST", "/a"), False),
        (SampleRequest("POST", "/a", document="query readiness { a }"), True),
        (SampleRequest("POST", "/a", document="mutation readiness { a }"), False),
        (SampleRequest("GET", "/a", document="mutation readiness { a }"), False),
    ],
)
def test_what_only_reads(sample: SampleRequest, expected: bool) -> None:
    assert sample.reads is expected


class TestToldDocumentsOfGraphql:
    DOCUMENT = "mutation Note($title: String!) { note(title: $title) { id } }"

    def test_their_variables_are_the_inputs(self) -> None:
        body = {"query": self.DOCUMENT, "variables": {"title": "a word", "open": True}}
        sample = told("POST", "/graphql", json=body)
        assert sample.document == self.DOCUMENT
        assert [(one.place, one.keys) for one in sample.inputs] == [("graphql", ("title",))]
        assert not sample.reads

    def test_a_query_changes_nothing(self) -> None:
        sample = told("POST", "/graphql", json={"query": "query Q($a: Int) { notes(first: $a) }"})
        assert sample.reads

    def test_a_search_with_a_field_of_that_name_is_no_document(self) -> None:
        sample = told("POST", "/search", json={"query": "cheap lamps"})
        assert sample.document == ""
        assert [one.place for one in sample.inputs] == ["json"]
