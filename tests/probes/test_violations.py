"""Values that break a declared rule, and none that a server may read otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_readiness.probes.openapi import Document
from pytest_readiness.probes.violations import (
    fits,
    further_fields,
    is_demanded,
    leaf_schema,
    of_schema,
)


NONE = Document({"openapi": "3.1.0", "paths": {}})
DOCUMENT = Document(
    {
        "openapi": "3.0.3",
        "paths": {
            "/items/{id}": {
                "put": {
                    "parameters": [
                        {
                            "name": "id",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "integer"},
                        },
                        {"name": "X-Team", "in": "header", "required": True},
                        {
                            "name": "dry",
                            "in": "query",
                            "required": True,
                            "schema": {"$ref": "#/components/schemas/Dry"},
                        },
                    ],
                    "requestBody": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Item"}}
                        }
                    },
                }
            }
        },
        "components": {
            "schemas": {
                "Dry": {"type": "string", "default": "no"},
                "Item": {
                    "allOf": [{"required": ["tags"]}],
                    "required": ["name", "id"],
                    "properties": {
                        "id": {"type": "integer", "readOnly": True},
                        "name": {"type": "string", "maxLength": 5},
                        "tags": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["word"],
                                "properties": {"word": {"type": "string", "enum": ["a"]}},
                            },
                        },
                    },
                },
            }
        },
    }
)
PUT = DOCUMENT.operations[0]


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"type": "string"}, {"type": {"readiness": []}}),
        ({"type": "integer"}, {"type": "readiness"}),
        ({"type": "string", "maxLength": 3}, {"type": {"readiness": []}, "length": "rrrr"}),
        ({"type": "string", "minLength": 1}, {"type": {"readiness": []}, "length": ""}),
        ({"type": "integer", "minimum": 1, "maximum": 9}, {"type": "readiness", "range": 10}),
        ({"type": "number", "minimum": 0.5}, {"type": "readiness", "range": -0.5}),
        ({"type": "integer", "exclusiveMinimum": 3}, {"type": "readiness", "range": 2}),
        ({"enum": ["a", "b"]}, {"choice": "readiness-unknown"}),
        ({"type": "integer", "enum": [1, 2]}, {"type": "readiness", "choice": 1002}),
        ({"type": "string", "pattern": "^[a-z]+$"}, {"type": {"readiness": []}, "pattern": "☃"}),
        ({"type": ["string", "null"]}, {"type": {"readiness": []}}),
        ({"type": "string", "format": "email"}, {"type": {"readiness": []}}),
        ({"type": ["string", "integer"]}, {"type": {"readiness": []}}),
        ({"type": ["string", "object"]}, {}),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, {}),
        ({"type": "string", "maxLength": 10**9}, {"type": {"readiness": []}}),
        ({}, {}),
    ],
)
def test_one_value_breaks_each_rule(schema: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = {one.rule: one.value for one in of_schema(NONE, schema, text=False)}
    if "pattern" in wanted:
        assert not fits(NONE, schema, found["pattern"])
        found["pattern"] = wanted["pattern"]
    assert found == wanted


def test_what_travels_as_text_has_no_type_of_its_own() -> None:
    assert not of_schema(NONE, {"type": "string"}, text=True)
    assert [one.rule for one in of_schema(NONE, {"type": "integer"}, text=True)] == ["type"]


def test_a_schema_that_is_broken_declares_nothing() -> None:
    assert fits(NONE, {"type": "no such type"}, 1)
    assert not of_schema(NONE, {"type": "no such type"}, text=False)


@pytest.mark.parametrize(
    ("place", "keys", "schema", "demanded"),
    [
        ("path", ("id",), {"type": "integer"}, False),
        ("header", ("X-Team",), {}, True),
        ("query", ("dry",), {"type": "string", "default": "no"}, False),
        ("json", ("name",), {"type": "string", "maxLength": 5}, True),
        ("json", ("id",), {"type": "integer", "readOnly": True}, False),
        ("json", ("tags", 0, "word"), {"type": "string", "enum": ["a"]}, True),
        ("json", ("other",), {}, False),
    ],
)
def test_what_is_declared_of_one_input(
    place: str, keys: tuple[str | int, ...], schema: dict[str, Any], *, demanded: bool
) -> None:
    found = leaf_schema(DOCUMENT, PUT, place, keys)
    assert {name: found[name] for name in schema} == schema
    assert is_demanded(DOCUMENT, PUT, place, keys) is demanded


def test_fields_that_a_body_has_not() -> None:
    assert further_fields(PUT, {"name": "lamp"}) == ("id", "tags")
