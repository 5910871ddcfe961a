"""Values that break what a schema declares, one rule at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.probes.openapi import Document, Operation


Rule = Literal["type", "range", "length", "choice", "pattern"]
RULES: Final[tuple[Rule, ...]] = ("type", "range", "length", "choice", "pattern")

_LONGEST: Final = 20_000
"""Characters beyond which a text is not worth sending only to be too long."""
_WORD: Final = "readiness"
_ODD: Final = ("<readiness>", "☃", " ", "0", "", "readiness")


@dataclass(frozen=True)
class Violation:
    """A value that breaks one declared rule."""

    rule: Rule
    value: Any
    told: str
    """What stands there, and what is declared: ``an object where a string is declared``."""


def of_schema(document: Document, schema: Mapping[str, Any], *, text: bool) -> list[Violation]:
    """Values that break a schema, at most one for each rule, each rejected by a validator.

    What servers may read otherwise is not among them: a number written as text, a number for a
    text, or null. Formats are no rules (JSON Schema 2020-12, validation, 7.2.1).

    Args:
        document: what its references point into.
        schema: of one value; its own reference resolved.
        text: it travels as text, in a query or a path, where all that is sent is text.
    """
    found: dict[Rule, Violation] = {}
    for one in _candidates(schema, text=text):
        if one.rule not in found and not fits(document, schema, one.value):
            found[one.rule] = one
    return list(found.values())


def fits(document: Document, schema: Mapping[str, Any], value: Any) -> bool:
    """Whether a value is what a schema declares; True where the schema itself is broken."""
    version = str(document.raw.get("openapi", "2.0"))
    from openapi_schema_validator import OAS30Validator, OAS31Validator

    kind = OAS31Validator if version.startswith("3.1") else OAS30Validator
    parts = {
        name: document.raw[name] for name in ("components", "definitions") if name in document.raw
    }
    try:
        return bool(kind({**parts, **schema}).is_valid(value))
    except Exception:  # noqa: BLE001 - a schema of somebody else's, broken in any way
        return True


def leaf_schema(
    document: Document, operation: Operation, place: str, keys: tuple[str | int, ...]
) -> Mapping[str, Any]:
    """What an operation declares for one of its inputs; empty where it declares nothing.

    Args:
        document: that declares it.
        operation: of that document.
        place: path, query, header, cookie, form or json.
        keys: name of a parameter, or the way to a leaf of the body.
    """
    if place not in {"json", "form"}:
        return next(
            (
                one.schema
                for one in operation.parameters
                if (one.place, one.name) == (place, keys[0])
            ),
            {},
        )
    schema = operation.body_schema
    for key in keys:
        schema = _below(document, schema, key)
    return schema


def further_fields(operation: Operation, body: Any) -> tuple[str, ...]:
    """Fields at the top that an operation declares and this body has not."""
    declared = operation.body_schema.get("properties")
    if not isinstance(declared, dict) or not isinstance(body, dict):
        return ()
    return tuple(str(name) for name in declared if name not in body)


def is_demanded(
    document: Document, operation: Operation, place: str, keys: tuple[str | int, ...]
) -> bool:
    """Whether an operation declares that this input must be there, and gives no default for it."""
    schema = leaf_schema(document, operation, place, keys)
    if "default" in schema or schema.get("readOnly"):
        return False
    if place not in {"json", "form"}:
        told = ((one.place, one.name) for one in operation.parameters if one.required)
        return place != "path" and (place, str(keys[0])) in told
    above = operation.body_schema
    for key in keys[:-1]:
        above = _below(document, above, key)
    parts = [above, *map(document.resolve, above.get("allOf") or ())]
    return any(keys[-1] in (part.get("required") or ()) for part in parts) if keys else False


def _below(document: Document, schema: Mapping[str, Any], key: str | int) -> Mapping[str, Any]:
    if isinstance(key, int):
        return document.resolve(schema.get("items"))
    for part in (schema, *map(document.resolve, schema.get("allOf") or ())):
        properties = part.get("properties")
        if isinstance(properties, dict) and key in properties:
            return document.resolve(properties[key])
    return {}


# --- one rule after the other --------------------------------------------------------------------


def _candidates(schema: Mapping[str, Any], *, text: bool) -> Iterator[Violation]:
    kinds = _kinds(schema)
    if kinds:
        yield from _of_another_type(kinds, text=text)
    if "enum" in schema:
        value = _beside(schema["enum"])
        yield Violation("choice", value, f"{value!r}, which is none of the values declared")
    if kinds & {"integer", "number"}:
        yield from _out_of_range(schema)
    if "string" in kinds and not {"enum", "const"} & schema.keys():
        yield from _of_another_length(schema)
        if "pattern" in schema:
            for odd in _ODD:
                if _has_length(schema, odd):
                    shown = f"{odd!r}, which does not match the pattern declared"
                    yield Violation("pattern", odd, shown)


def _kinds(schema: Mapping[str, Any]) -> frozenset[str]:
    """Types that it declares; none where it is a choice of schemas."""
    if {"oneOf", "anyOf", "allOf", "not"} & schema.keys():
        return frozenset()
    told = schema.get("type")
    if isinstance(told, str):
        return frozenset({told})
    return frozenset(map(str, told)) if isinstance(told, list) else frozenset()


def _of_another_type(kinds: frozenset[str], *, text: bool) -> Iterator[Violation]:
    named = " or ".join(sorted(kinds - {"null"}))
    if kinds & {"integer", "number"} and "string" not in kinds:
        yield Violation("type", _WORD, f"the word {_WORD!r} where {_article(named)} is declared")
    elif "string" in kinds and "object" not in kinds and not text:
        value: dict[str, list[str]] = {_WORD: []}
        yield Violation("type", value, f"an object where {_article(named)} is declared")


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeio' else 'a'} {noun}"


def _out_of_range(schema: Mapping[str, Any]) -> Iterator[Violation]:
    for name, step in (("maximum", 1), ("minimum", -1)):
        bound = schema.get(name)
        exclusive = schema.get(f"exclusive{name.capitalize()}")
        if isinstance(exclusive, int | float) and not isinstance(exclusive, bool):
            bound = exclusive
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            value = int(bound) + step if bound == int(bound) else bound + step
            yield Violation("range", value, f"{value} where the {name} declared is {bound}")


def _of_another_length(schema: Mapping[str, Any]) -> Iterator[Violation]:
    most, least = schema.get("maxLength"), schema.get("minLength")
    if isinstance(most, int) and most < _LONGEST:
        told = f"{most + 1} characters where at most {most} are declared"
        yield Violation("length", "r" * (most + 1), told)
    if isinstance(least, int) and least > 0:
        told = f"{least - 1} characters where at least {least} are declared"
        yield Violation("length", "r" * (least - 1), told)


def _has_length(schema: Mapping[str, Any], value: str) -> bool:
    least, most = schema.get("minLength") or 0, schema.get("maxLength")
    return bool(least <= len(value) and (most is None or len(value) <= most))


def _beside(values: Any) -> Any:
    numbers = [one for one in values if isinstance(one, int) and not isinstance(one, bool)]
    texts = [one for one in values if isinstance(one, str)]
    return max(numbers) + 1000 if numbers and not texts else "readiness-unknown"
