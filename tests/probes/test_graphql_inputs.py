"""Requests made of a schema; graphql-core says whether they are valid."""

from __future__ import annotations

from typing import Any

import graphql
import pytest

from pytest_readiness.probes import graphql_inputs as probe
from pytest_readiness.probes.graphql_inputs import Argument


SCHEMA = """
type Query {
  notes(text: String, order: Order!, ids: [ID!]!, drafts: Boolean!, first: Int): NotePage
  note(id: ID!): Note
  all: NotePage!
  users: [User!]!
  version: String
  upload(file: Upload!, name: String): String
}
type Mutation {
  seek(by: SeekInput, hard: HardInput): Int
  write(note: NoteInput!, deep: DeepInput): Written
}
type NotePage { edges: [NoteEdge!]! totalCount: Int }
type NoteEdge { cursor: String! node: Note }
type Note { id: ID! text: String kind: Order near(of: String!): String author: User }
type User { id: ID! name: String }
type Written { note: Note errors: [Failure!] }
type Failure { message: String! }
input NoteInput { text: String! link: String order: Order! inner: DeepInput }
input SeekInput { id: ID! word: String first: Int }
input HardInput { file: Upload! word: String }
input DeepInput { note: NoteInput! }
enum Order { NEWEST OLDEST }
scalar Upload
"""


@pytest.fixture
def description() -> probe.Description:
    found = probe.read_files([SCHEMA])
    assert isinstance(found, probe.Description)
    return found


def field(description: probe.Description, name: str) -> probe.Field:
    every = (*description.queries, *description.mutations)
    return next(one for one in every if one.name == name)


def value(one: Argument, _: str) -> Any:
    return probe.sample_value(one)


def argument(name: str, base: str = "String", default: str | None = None) -> Argument:
    return Argument(name, base, "SCALAR", base, demanded=False, default=default)


@pytest.mark.parametrize("query", probe.SPELLINGS)
def test_both_spellings_of_introspection_are_valid(query: str) -> None:
    assert graphql.validate(graphql.build_schema(SCHEMA), graphql.parse(query)) == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [("query", "notes"), ("query", "note"), ("query", "upload"), ("mutation", "write")],
)
def test_requests_are_valid(description: probe.Description, kind: Any, name: str) -> None:
    schema = graphql.build_schema(SCHEMA)
    for one in description.samples("/graphql", kind, field(description, name), value):
        sent = one.options()["json"]
        assert graphql.validate(schema, graphql.parse(sent["query"])) == []
        done = graphql.graphql_sync(schema, sent["query"], variable_values=sent["variables"])
        assert done.errors is None


def test_every_plain_argument_is_an_input(description: probe.Description) -> None:
    first, *_ = description.samples("/g", "query", field(description, "notes"), value)
    assert {one.name: one.value for one in first.inputs} == {"text": "text", "ids": "1", "first": 1}
    assert {one.place for one in first.inputs} == {"graphql"}


def test_fields_of_an_object_are_inputs(description: probe.Description) -> None:
    sample, *_, last = description.samples("/g", "mutation", field(description, "write"), value)
    assert [one.name for one in last.inputs] == ["note.text"]
    assert [one.name for one in sample.inputs] == ["note.text", "note.link"]
    assert "note: {text: $note__text, link: $note__link, order: NEWEST}" in sample.document
    changed = sample.with_value(sample.inputs[0], "x' y").options()["json"]
    assert changed["variables"] == {"note__text": "x' y", "note__link": "https://example.com/"}
    assert changed["query"] == sample.document


def test_optional_arguments_are_left_out_one_way_after_the_other(
    description: probe.Description,
) -> None:
    found = description.samples("/g", "query", field(description, "notes"), value)
    assert [[one.name for one in each.inputs] for each in found] == [
        ["text", "ids", "first"],
        ["text", "ids"],
        ["ids", "first"],
        ["ids"],
    ]


def test_objects_that_need_not_be_sent_are(description: probe.Description) -> None:
    found = description.samples("/g", "mutation", field(description, "seek"), value)
    assert [[one.name for one in each.inputs] for each in found] == [
        ["by.id", "by.word", "by.first"],
        ["by.id", "by.word"],
        ["by.id"],
        ["by.id", "by.first"],
    ]


def test_what_a_file_is_demanded_for_has_no_sample(description: probe.Description) -> None:
    assert description.samples("/g", "query", field(description, "upload"), value) == []


def test_plain_fields_are_selected_and_what_is_within_where_they_tell_little(
    description: probe.Description,
) -> None:
    note, *_ = description.samples("/g", "query", field(description, "note"), value)
    assert note.document.endswith("note(id: $id) { id text kind } }")
    written, *_ = description.samples("/g", "mutation", field(description, "write"), value)
    assert written.document.endswith("{ note { id text kind } errors { message } } }")


def test_things_are_listed_on_pages(description: probe.Description) -> None:
    by = description.listing("Note")
    assert by is not None
    sample = description.list_request("/g", by)
    assert "all { totalCount edges { cursor node { id text kind } } }" in sample.document
    assert sample.inputs == ()
    assert description.listing("Written") is None


@pytest.mark.parametrize(
    ("name", "expected"), [("userId", "User"), ("note_id", "Note"), ("id", ""), ("text", "")]
)
def test_an_argument_names_a_type(description: probe.Description, name: str, expected: str) -> None:
    assert description.named_by(name) == expected


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (argument("q"), "text"),
        (argument("imageUrl"), "https://example.com/"),
        (argument("e_mail"), "reader@example.com"),
        (argument("host"), "example.com"),
        (argument("createdAt"), "2026-01-31T12:00:00Z"),
        (argument("q", default='"lamp"'), "lamp"),
        (argument("q", default="NEWEST"), "text"),
        (argument("q", default='""'), "text"),
        (argument("n", "Int", "10"), 10),
        (argument("n", "Int", "true"), 1),
        (argument("n", "Float"), 1.5),
        (argument("at", "DateTime"), "2026-01-31T12:00:00Z"),
        (argument("file", "Upload"), None),
    ],
    ids=lambda one: f"{one.name}-{one.base}-{one.default}" if isinstance(one, Argument) else "",
)
def test_a_value_fits_by_type_and_name(one: Argument, expected: object) -> None:
    assert probe.sample_value(one) == expected


def test_words_of_a_name() -> None:
    names = {"deletePaste": ("delete", "paste"), "read_URLOf": ("read", "url", "of")}
    for name, words in names.items():
        assert probe.Field(name, (), "SCALAR", "Int", is_list=False).words == words


@pytest.mark.parametrize("text", ["type Query {", "type Query { a: Unknown }", "type A { b: Int }"])
def test_a_file_that_is_no_schema_is_told(text: str) -> None:
    found = probe.read_files([text])
    assert isinstance(found, str)
    assert "cannot be read" in found


def test_a_schema_may_stand_in_several_files() -> None:
    found = probe.read_files(
        ["type Query { a(of: String): Int }", "extend type Query { b(of: ID! @x): Int }"]
    )
    assert isinstance(found, probe.Description)
    assert [one.name for one in found.queries] == ["a", "b"]
