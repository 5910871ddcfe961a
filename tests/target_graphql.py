"""GraphQL of ``tests/target.py`` whose arguments are read as code, and the sound one.

It is there only when ``graphql-inputs`` is on; its variant says what becomes of one argument.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
from typing import TYPE_CHECKING, Any

from tests import target_inputs


if TYPE_CHECKING:
    from tests.target import Call
    from tests.target_transport import Beside


DEFECTS: dict[str, tuple[str, ...]] = {
    "graphql-inputs": (
        *("sound", "hidden"),  # traps: the second one keeps its schema to itself
        *("sql", "sql-told", "shell", "fetching"),
    ),
}
SCHEMA = """
type Query {
  items(name: String!, first: Int = 10): [Item!]!
  item(id: ID!): Item
  everything: [Item!]!
  lookup(host: String): Answer
}
type Mutation {
  preview(input: PreviewInput!): Preview
  deleteItem(id: ID!): Item
}
type Item { id: ID! name: String! maker: Maker }
type Maker { name: String! }
type Answer { said: String! }
type Preview { bytes: Int url: String }
input PreviewInput { url: String! size: Size! note: String }
enum Size { SMALL LARGE }
"""
_ALL = [(7, "lamp"), (8, "desk"), (9, "chair")]


def beside(call: Call) -> Beside | None:
    """Answer what is sent to the endpoint."""
    if "graphql-inputs" not in call.defects or call.path != "/graphql":
        return None
    try:
        asked: Any = json.loads(call.raw) if call.method == "POST" else None
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        return 400, "application/json", '{"errors": [{"message": "POST of JSON only"}]}', {}
    return 200, "application/json", json.dumps(_executed(call, asked)), {}


def _executed(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    import graphql

    query, schema = str(asked.get("query", "")), graphql.build_schema(SCHEMA)
    variant = call.defects["graphql-inputs"]
    rules = [graphql.NoSchemaIntrospectionCustomRule] if variant == "hidden" else []
    try:
        document = graphql.parse(query)
        objections = graphql.validate(schema, document, [*graphql.specified_rules, *rules])
        if objections:
            return {"errors": [{"message": one.message} for one in objections]}
        done = graphql.execute(
            schema, document, _Root(variant), variable_values=asked.get("variables") or {}
        )
    except graphql.GraphQLError as error:
        return {"errors": [{"message": error.message}]}
    assert isinstance(done, graphql.ExecutionResult)
    errors = [{"message": one.message} for one in done.errors or ()]
    return {"data": done.data, **({"errors": errors} if errors else {})}


class _Root:
    """What each field gives."""

    def __init__(self, variant: str) -> None:
        self.variant = variant

    def everything(self, _: Any) -> list[dict[str, Any]]:
        return [{"id": number, "name": name} for number, name in _ALL]

    def items(self, _: Any, name: str, first: int = 10) -> list[dict[str, Any]]:
        table = sqlite3.connect(":memory:")
        table.execute("CREATE TABLE items (id INTEGER, name TEXT)")
        table.executemany("INSERT INTO items VALUES (?, ?)", _ALL)
        try:
            if self.variant in {"sql", "sql-told"}:
                statement = f"SELECT id, name FROM items WHERE name = '{name}'"  # noqa: S608
                rows = table.execute(statement).fetchall()
            else:
                rows = table.execute("SELECT id, name FROM items WHERE name = ?", [name]).fetchall()
        except sqlite3.Error as error:
            if self.variant == "sql-told":
                raise RuntimeError(f"sqlite3.OperationalError: {error}") from error
            raise RuntimeError("something went wrong") from error
        finally:
            table.close()
        return [{"id": one[0], "name": one[1]} for one in rows[:first]]

    def item(self, _: Any, id: str) -> dict[str, Any] | None:  # noqa: A002 - the schema's word
        return next((one for one in self.everything(_) if str(one["id"]) == id), None)

    def lookup(self, _: Any, host: str = "") -> dict[str, str]:
        if self.variant == "shell":
            command = f"echo address of {host}"
            said = subprocess.run(command, shell=True, capture_output=True, check=False)  # noqa: S602
        else:
            said = subprocess.run(["echo", "address of", host], capture_output=True, check=False)
        return {"said": said.stdout.decode(errors="replace")}

    def preview(self, _: Any, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002
        address = input["url"]
        read = target_inputs.fetch(address) if self.variant == "fetching" else 0
        return {"bytes": read, "url": address}

    def deleteItem(self, _: Any, id: str) -> None:  # noqa: A002, N802 - the schema's words
        raise RuntimeError(f"nobody asked for {id} to be removed")
