"""OpenAPI documents of all versions, right and a little wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness.probes import openapi


if TYPE_CHECKING:
    from pathlib import Path


THREE = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: "https://production.acme.io/{stage}", variables: {stage: {default: v2}}}]
security: [{bearer: []}]
paths:
  /items/{item_id}:
    parameters:
      - {name: item_id, in: path, required: true, schema: {type: integer, minimum: 5}}
    get:
      operationId: read_item
      tags: [items]
      summary: One item
      parameters:
        - {name: fields, in: query, schema: {type: string}}
        - {name: lang, in: query, required: true, schema: {enum: [de, en]}}
      responses:
        200: {content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}
        4XX: {description: no}
    put:
      requestBody:
        content:
          application/xml: {}
          application/json: {schema: {$ref: "#/components/schemas/Item"}}
  /auth/login:
    post:
      security: []
      requestBody: {$ref: "#/components/requestBodies/Credentials"}
  /auth/register:
    post:
      security: []
      requestBody: {$ref: "#/components/requestBodies/Credentials"}
  /auth/refresh: {post: {}}
  /auth/logout: {post: {}}
  /users/me: {get: {}, delete: {}}
  /admin/me: {get: {}}
  /public: {get: {security: []}}
  /maybe: {get: {security: [{}, {bearer: []}]}}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    key: {type: apiKey, in: header, name: X-Key}
    flow:
      type: oauth2
      flows: {password: {tokenUrl: "https://production.acme.io/v2/token", scopes: {}}}
  requestBodies:
    Credentials:
      content:
        application/json:
          schema:
            type: object
            required: [email, password]
            properties:
              email: {type: string, format: email}
              password: {type: string, minLength: 20}
              note: {type: string}
  schemas:
    Item:
      type: object
      required: [id, name, price, parent]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, examples: [Pen]}
        price: {type: number, exclusiveMinimum: 0}
        parent: {anyOf: [{type: "null"}, {$ref: "#/components/schemas/Item"}]}
"""
TWO = {
    "swagger": "2.0",
    "basePath": "/api/",
    "host": "production.acme.io",
    "paths": {
        "/login": {
            "post": {
                "parameters": [
                    {"name": "user", "in": "formData", "type": "string", "required": True},
                    {"name": "password", "in": "formData", "type": "string", "required": True},
                    {"name": "otp", "in": "formData", "type": "string"},
                ]
            }
        },
        "/pets": {
            "post": {
                "parameters": [
                    {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Pet"}},
                    {"name": "X-Trace", "in": "header", "type": "string", "default": "t1"},
                ],
                "responses": {"201": {"schema": {"$ref": "#/definitions/Pet"}}},
            }
        },
    },
    "securityDefinitions": {"key": {"type": "apiKey", "in": "query", "name": "k"}},
    "definitions": {"Pet": {"properties": {"name": {"type": "string", "maxLength": 2}}}},
}


@pytest.fixture
def shop() -> openapi.Document:
    return openapi.parse(THREE)


def operation(document: openapi.Document, text: str) -> openapi.Operation:
    return next(one for one in document.operations if str(one) == text)


class TestReading:
    def test_operations_come_sorted_with_the_base_path_and_never_the_host(
        self, shop: openapi.Document
    ) -> None:
        texts = [str(one) for one in shop.operations]
        assert texts == sorted(texts, key=lambda text: text.split()[::-1])
        assert "GET /v2/items/{item_id}" in texts
        assert not any("acme.io" in text for text in texts)

    def test_another_base_path_can_be_told(self) -> None:
        document = openapi.parse(THREE, base_path="")
        assert operation(document, "GET /items/{item_id}").id == "read_item"

    def test_what_an_operation_says_of_itself(self, shop: openapi.Document) -> None:
        read = operation(shop, "GET /v2/items/{item_id}")
        assert (read.id, read.summary, read.tags) == ("read_item", "One item", ("items",))
        assert [(each.name, each.place, each.required) for each in read.parameters] == [
            ("item_id", "path", True),
            ("fields", "query", False),
            ("lang", "query", True),
        ]
        assert read.sample_path() == "/v2/items/5"
        assert read.sample_query() == {"lang": "de"}
        assert set(read.responses) == {"200", "4XX"}
        assert "price" in read.response_schema(200)["properties"]

    def test_security_is_inherited_lifted_or_optional(self, shop: openapi.Document) -> None:
        secured = {str(one): one.secured for one in shop.operations}
        assert secured["GET /v2/users/me"] is True
        assert secured["GET /v2/public"] is False
        assert secured["GET /v2/maybe"] is False
        silent = openapi.parse('{"openapi": "3.0.0", "paths": {"/x": {"get": {}}}}')
        assert silent.operations[0].secured is None

    def test_security_schemes(self, shop: openapi.Document) -> None:
        bearer, key, flow = shop.security_schemes
        assert (bearer.place, bearer.parameter, bearer.prefix) == (
            "header",
            "Authorization",
            "Bearer",
        )
        assert (key.place, key.parameter, key.prefix) == ("header", "X-Key", "")
        assert flow.token_path == "/v2/token"  # noqa: S105 - it is a path

    def test_version_two(self) -> None:
        document = openapi.parse(json.dumps(TWO))
        login = operation(document, "POST /api/login")
        assert login.body_type == "application/x-www-form-urlencoded"
        assert login.sample_body() == {"user": "text", "password": "text"}
        pets = operation(document, "POST /api/pets")
        assert pets.sample_body() == {"name": "te"}
        assert pets.parameters[0].example == "t1"
        assert pets.response_schema(201)["properties"]
        assert document.security_schemes[0].parameter == "k"
        assert document.login == login

    def test_a_file_is_read_as_json_or_yaml(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text("\ufeff" + json.dumps(TWO), encoding="utf-8")
        (tmp_path / "a.yaml").write_text(THREE, encoding="utf-8")
        assert openapi.read(tmp_path / "a.json").base_path == "/api"
        assert openapi.read(tmp_path / "a.yaml").base_path == "/v2"

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "it has no 'paths'"),
            ("[1]", "it has no 'paths'"),
            ("a: [", "neither JSON nor YAML"),
            ("{'openapi': ", "neither JSON nor YAML"),
            ("paths: {}", "version 2 or 3"),
            ("<html>", "it has no 'paths'"),
        ],
    )
    def test_what_is_none_is_told(self, text: str, reason: str) -> None:
        with pytest.raises(openapi.NotOpenApi, match=reason):
            openapi.parse(text)

    @pytest.mark.parametrize(
        "paths",
        [
            {"/x": None},
            {"/x": {"get": None}},
            {"/x": {"get": {"parameters": {"a": 1}, "responses": [], "tags": "t"}}},
            {"/x": {"get": {"parameters": [{"$ref": "#/no/where"}, 7]}}},
            {"/x": {"$ref": "#/paths/~1x"}},
            {"/x": {"get": {"requestBody": {"content": {"application/json": None}}}}},
            {"/x": {"get": {"requestBody": {"$ref": "other.yaml#/x"}}}},
        ],
    )
    def test_what_is_wrong_in_it_is_as_if_it_were_not_there(self, paths: Any) -> None:
        document = openapi.parse(json.dumps({"openapi": "3.0.3", "paths": paths}))
        for one in document.operations:
            one.sample_body()
            assert not one.parameters
            assert one.response_schema(200) == {}

    def test_seven_hundred_operations_all_have_samples(self) -> None:
        schemas = {
            f"S{n}": {
                "type": "object",
                "properties": {
                    "next": {"$ref": f"#/components/schemas/S{(n + 1) % 700}"},
                    "items": {"type": "array", "items": {"$ref": f"#/components/schemas/S{n}"}},
                },
            }
            for n in range(700)
        }
        content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}}
        paths = {f"/p{n}": {"post": {"requestBody": content}} for n in range(700)}
        raw = {"openapi": "3.0.0", "paths": paths, "components": {"schemas": schemas}}
        document = openapi.parse(json.dumps(raw))
        assert len(document.operations) == 700
        assert isinstance(document.operations[0].sample_body(), dict)


class TestSamples:
    def test_a_body_has_what_is_required_and_fits(self, shop: openapi.Document) -> None:
        login = operation(shop, "POST /v2/auth/login")
        body = login.sample_body()
        assert set(body) == {"email", "password"}
        assert "@example.com" in body["email"]
        assert len(body["password"]) >= 20

    def test_cycles_end(self, shop: openapi.Document) -> None:
        put = operation(shop, "PUT /v2/items/{item_id}")
        assert put.body_type == "application/json"
        body = put.sample_body()
        assert body["name"] == "Pen"
        assert body["price"] > 0
        assert "id" not in body

    def test_shapes_that_contain_themselves_in_many_places_end_soon(self) -> None:
        many = {f"p{n}": {"$ref": "#/components/schemas/Node"} for n in range(30)}
        others = {f"q{n}": {"properties": {**many, "x": {"type": "string"}}} for n in range(30)}
        node = {"properties": {**many, **others}}
        document = openapi.Document({"components": {"schemas": {"Node": node}}})
        sampled = document.sample({"$ref": "#/components/schemas/Node"})
        assert sampled["q7"] == {"x": "text"}

    @pytest.mark.parametrize(
        ("schema", "value"),
        [
            ({"type": "integer", "exclusiveMinimum": 4, "multipleOf": 3}, 6),
            ({"type": "integer", "minimum": 4, "exclusiveMinimum": True}, 5),
            ({"type": "number", "maximum": 0}, 0),
            ({"type": ["null", "boolean"]}, True),
            ({"type": "array", "minItems": 2, "items": {"const": "x"}}, ["x", "x"]),
            ({"type": "string", "format": "date"}, "2026-01-31"),
            ({"type": "string", "minLength": 6}, "textte"),
            ({"oneOf": [{"type": "null"}, {"enum": ["a"]}]}, "a"),
            (
                {
                    "allOf": [
                        {"properties": {"a": {"const": 1}}},
                        {"properties": {"b": {"const": 2}}},
                    ],
                    "properties": {"c": {"const": 3}},
                },
                {"a": 1, "b": 2, "c": 3},
            ),
            ({}, "text"),
            ({"default": None, "type": "integer"}, 1),
        ],
    )
    def test_the_simplest_value_that_fits(self, schema: Any, value: Any) -> None:
        assert openapi.Document({}).sample(schema) == value

    def test_named_examples_of_a_media_type_win(self) -> None:
        media = {"examples": {"one": {"value": {"a": 7}}}, "schema": {"type": "object"}}
        assert openapi.Document({}).example(media) == {"a": 7}


class TestCandidates:
    def test_the_journey_is_found(self, shop: openapi.Document) -> None:
        assert str(shop.login) == "POST /v2/auth/login"
        assert str(shop.register) == "POST /v2/auth/register"
        assert str(shop.refresh) == "POST /v2/auth/refresh"
        assert str(shop.logout) == "POST /v2/auth/logout"
        assert str(shop.me) in {"GET /v2/users/me", "GET /v2/admin/me"}
        assert str(shop.delete_me) == "DELETE /v2/users/me"

    def test_the_token_url_of_a_password_flow_is_the_login(self) -> None:
        text = THREE.replace("/auth/register:", "/token:")
        assert str(openapi.parse(text).login) == "POST /v2/token"

    def test_protected_operations_the_likeliest_first(self, shop: openapi.Document) -> None:
        assert [str(one) for one in shop.protected] == ["GET /v2/users/me", "GET /v2/admin/me"]

    def test_a_path_is_matched_to_its_operation(self, shop: openapi.Document) -> None:
        found = shop.operation("GET", "/v2/items/17")
        assert found is not None
        assert found.id == "read_item"
        assert shop.operation("GET", "/v2/items/17/x") is None

    def test_nothing_is_guessed_where_nothing_is_named(self) -> None:
        text = '{"openapi": "3.0.0", "paths": {"/login": {"get": {}}, "/tokenize": {"post": {}}}}'
        document = openapi.parse(text)
        assert document.login is None
        assert document.protected == ()
