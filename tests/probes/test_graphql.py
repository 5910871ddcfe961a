"""Queries, and how their answers are read; graphql-core says whether the queries are valid."""

from __future__ import annotations

import graphql
import pytest
from urllib3 import HTTPHeaderDict

from pytest_readiness.probes import graphql as asked
from pytest_readiness.probes.http import Response


def answer(body: bytes) -> Response:
    return Response(200, HTTPHeaderDict(), body, False, 0, 0, "http://a", "1.1", "200")


def schema_of(text: str) -> asked.Schema:
    done = graphql.graphql_sync(graphql.build_schema(text), asked.TYPES)
    assert done.data
    return asked.schema(done.data)


def complaints(text: str, query: str) -> list[str]:
    found = graphql.validate(graphql.build_schema(text), graphql.parse(query))
    return [error.message for error in found]


FRIENDS = """
type Query { size(of: String!): Int version: String! me: User users: [User!]! }
type User { name: String friend(near: String = "here"): User friends(first: Int!): [User] }
"""
LISTS = "type Query { users: [User!]! } type User { posts: [Post] } type Post { by: User! }"
TREE = "type Query { user: User } type User { home: Place } type Place { name: String }"


@pytest.mark.parametrize("query", [asked.SIMPLEST, *asked.SCHEMAS, asked.TYPES])
def test_queries_are_valid(query: str) -> None:
    assert complaints(FRIENDS, query) == []


def test_a_way_round_without_lists_is_preferred() -> None:
    assert schema_of(FRIENDS).round_trip() == asked.Path(("me",), ("friend",), many=False)
    assert schema_of(FRIENDS).scalar == "version"


@pytest.mark.parametrize("name", ["systemUpdate", "runDiagnostics", "resetAll", "token"])
def test_a_field_of_which_nobody_knows_what_it_does_is_not_asked_many_times(name: str) -> None:
    assert schema_of(f"type Query {{ {name}: String }}").scalar == ""
    assert schema_of(f"type Query {{ {name}: String apiVersion: String }}").scalar == "apiVersion"


def test_a_way_round_may_lead_over_lists_and_several_types() -> None:
    assert schema_of(LISTS).round_trip() == asked.Path(("users",), ("posts", "by"), many=True)
    assert schema_of(LISTS).scalar == ""


def test_a_schema_that_ends_has_no_way_round() -> None:
    assert schema_of(TREE).round_trip() is None


@pytest.mark.parametrize("text", [FRIENDS, LISTS])
@pytest.mark.parametrize("skipped", [True, False])
def test_nested_queries_are_valid_and_as_deep_as_asked(text: str, *, skipped: bool) -> None:
    way = schema_of(text).round_trip()
    assert way is not None
    query = way.nested(12, skipped=skipped)
    assert complaints(text, query) == []
    assert query.count("{") == query.count("}") == 12


def test_a_skipped_query_executes_nothing() -> None:
    way = schema_of(FRIENDS).round_trip()
    assert way is not None
    done = graphql.graphql_sync(
        graphql.build_schema(FRIENDS), way.nested(12, skipped=True), {"me": Unasked()}
    )
    assert (done.data, done.errors) == ({}, None)


class Unasked:
    @property
    def friend(self) -> None:
        raise AssertionError("it was read")


def test_aliases_all_name_the_same_field() -> None:
    query = asked.aliases("version", 20)
    assert complaints(FRIENDS, query) == []
    assert query.count(":version") == 20


@pytest.mark.parametrize(
    ("body", "executed", "limited"),
    [
        (b'{"data": {"__typename": "Query"}}', True, False),
        (b'{"data": {}, "errors": null}', True, False),
        (b'{"data": {"a": null}, "errors": [{"message": "not allowed here"}]}', False, True),
        (b'{"errors": [{"message": "Cannot query field x on type Query."}]}', False, False),
        (b'{"errors": [{"message": "the query exceeds the maximum depth of 7"}]}', False, True),
        (b'{"data": null, "errors": [{"message": "Syntax Error"}]}', False, False),
    ],
)
def test_answers_of_graphql_are_read(body: bytes, *, executed: bool, limited: bool) -> None:
    seen = asked.read(answer(body))
    assert seen is not None
    assert (seen.executed, seen.speaks_of_limits) == (executed, limited)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"message": "x"}', b'{"errors": "x"}', b'{"errors": ["x"]}'],
)
def test_other_answers_are_not(body: bytes) -> None:
    assert asked.read(answer(body)) is None


def test_only_what_was_executed_counts_in_a_batch() -> None:
    assert asked.batch_size(answer(b'[{"data": {}}, {"errors": []}, {"data": {}}]')) == 2
    assert asked.batch_size(answer(b'{"data": {}}')) == 0
    assert asked.batch_size(answer(b"no")) == 0
