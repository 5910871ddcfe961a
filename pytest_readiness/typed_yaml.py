"""YAML files to typed data, with errors that name file, line, place and remedy.

A format is a pydantic dataclass or any type that pydantic knows: ``load(Settings, path)``. What is
wrong is said in one way for every file that people write: ``readiness.yaml``, ``answers.yaml``.
"""

from __future__ import annotations

import ast
import re
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from pytest_readiness.redaction import Redactor, is_secret_name
from pytest_readiness.yaml_document import Document, Place, Problem, read


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic_core import ErrorDetails


class InvalidFile(Exception):  # noqa: N818 - it names what the file is
    """A file cannot be used; the text lists every problem, one a line."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load(kind: Any, path: Path, *, name: str = "", expected: str = "a mapping") -> Any:
    """Read and validate a whole file; an empty one is an empty mapping.

    Args:
        kind: what it holds, a type that pydantic knows.
        path: of the file.
        name: of the file in errors; its own name where nothing is said.
        expected: what the file holds, in words.

    Raises:
        InvalidFile: with every problem found, each with file, line and place.
    """
    name = name or path.name
    document = read_file(path, name)
    data = mapping_of(document, name, expected)
    value, problems = validated(kind, data, document)
    if problems:
        raise InvalidFile(*said(name, problems))
    return value


def read_file(
    path: Path,
    name: str,
    *,
    environ: Mapping[str, str] | None = None,
    typed: Callable[[Place], bool] = lambda _: False,
    literal: Callable[[Place], bool] = lambda _: False,
) -> Document:
    """Read a file as UTF-8 and as YAML; the arguments are those of :func:`read`.

    What is wrong in a document that can be read stands in its ``problems``.

    Raises:
        InvalidFile: nothing of it can be read.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"{name}: expected a readable file, got an error: {error.strerror}"
        raise InvalidFile(message) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = "expected text in UTF-8, got other bytes; save the file as UTF-8"
        raise InvalidFile(line_of(name, Problem((), message, line))) from None
    document = read(text, environ=environ, typed=typed, literal=literal)
    if document.data is None and document.problems:
        raise InvalidFile(*(line_of(name, problem) for problem in document.problems))
    return document


def mapping_of(document: Document, name: str, expected: str) -> dict[str, Any]:
    """The mapping that a file holds, empty for an empty file.

    Raises:
        InvalidFile: it holds something else.
    """
    if document.data is None:
        return {}
    if isinstance(document.data, dict):
        return document.data
    got = f"expected {expected}, got {describe(document.data)}"
    raise InvalidFile(line_of(name, Problem((), got, document.lines.get((), 1))))


def validated(
    kind: Any, data: object, document: Document, *, context: Mapping[str, Any] | None = None
) -> tuple[Any, list[Problem]]:
    """Validate what a document says.

    Args:
        kind: what it shall be.
        data: of the document, with whatever was laid over it.
        document: knows lines and what was written.
        context: for validators.

    Returns:
        The value, None where it is not valid; all problems, those of the document included.
    """
    problems = list(document.problems)
    try:
        adapter = TypeAdapter(kind)
        return adapter.validate_python(data, context=dict(context or {})), problems
    except ValidationError as error:
        known, schema = {problem.place for problem in problems}, adapter.json_schema()
        found = [explain(each, data, document, schema) for each in error.errors(include_url=False)]
        return None, problems + [problem for problem in found if problem.place not in known]


def said(
    name: str, problems: list[Problem], overrides: Mapping[str, str] | None = None
) -> list[str]:
    """The problems as lines, in the order of the file."""
    ordered = sorted(problems, key=lambda problem: (problem.line or 0, str(problem.place)))
    return [line_of(name, problem, overrides) for problem in ordered]


def wrong(expected: str, *, hint: str = "", at: Place = ()) -> PydanticCustomError:
    """An error of ours: what was expected, what to do, and where below the failing value."""
    return PydanticCustomError("settings", "{expected}", {
        "expected": expected, "hint": hint, "at": at,
    })  # fmt: skip


def one_of(value: str, known: Mapping[str, object], *, at: Place) -> PydanticCustomError:
    """A value is none of those known; with the one that was meant, where that is clear."""
    return wrong(f"one of {', '.join(known)}", hint=suggestion(value, tuple(known)), at=at)


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a smaller number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "dataclass_type": "a mapping",
    "tuple_type": "a list",
    "path_type": "a path",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
}


def explain(
    detail: ErrorDetails, data: object, document: Document, schema: dict[str, Any]
) -> Problem:
    """One error of pydantic in our words and at its line."""
    kind, context = detail["type"], detail.get("ctx") or {}
    is_key = "[key]" in detail["loc"]
    at: Place = tuple(context.get("at", ()))
    place = _existing((*(part for part in detail["loc"] if part != "[key]"), *at), data)
    line = _line_of(place, document)
    if kind == "missing":
        place = (*place, detail["loc"][-1])
        return Problem(place, "expected this key, got nothing; add it", line)
    if kind in {"unexpected_keyword_argument", "extra_forbidden"}:
        return Problem(place, _unknown_key(str(detail["loc"][-1]), place[:-1], schema), line)
    got = _got(place, data, document, is_key=is_key)
    hint = str(context.get("hint", ""))
    if kind in {"literal_error", "enum"}:
        options = tuple(re.findall(r"'([^']*)'", str(context["expected"])))
        expected = f"one of {', '.join(options)}"
        hint = suggestion(str(detail["input"]), options)
    elif kind == "settings":
        expected = str(context["expected"])
    else:
        expected = _EXPECTED.get(kind, "").format(**context) or f"another value ({detail['msg']})"
    message = f"expected {expected}, got {got}"
    return Problem(place, f"{message}; {hint}" if hint else message, line)


def _unknown_key(key: str, place: Place, schema: dict[str, Any]) -> str:
    known = _keys_at(place, schema)
    hint = suggestion(key, known) or f"known keys: {', '.join(known)}"
    return f"expected a known key, got {key!r}; {hint}"


def _keys_at(place: Place, schema: dict[str, Any]) -> tuple[str, ...]:
    """Keys that the format knows at a place, found in its JSON Schema."""
    options = [schema]
    for part in place:
        options = list(_below(options, part, schema.get("$defs", {})))
    keys = (
        key
        for each in _resolved(options, schema.get("$defs", {}))
        for key in each.get("properties", ())
    )
    return tuple(dict.fromkeys(keys))


def _below(
    options: list[dict[str, Any]], part: str | int, definitions: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for option in _resolved(options, definitions):
        if isinstance(part, int):
            below = option.get("items")
        else:
            below = option.get("properties", {}).get(part, option.get("additionalProperties"))
        if isinstance(below, dict):
            yield below


def _resolved(
    options: list[dict[str, Any]], definitions: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for option in options:
        if "$ref" in option:
            yield definitions[option["$ref"].rpartition("/")[2]]
        yield from _resolved(option.get("anyOf", []), definitions)
        yield option


def _existing(location: Place, data: Any) -> Place:
    """The part of a location that really stands in the data.

    Where "GET /x" stands for a whole operation, or one item for a list of one, pydantic names
    places that nobody wrote.
    """
    place: list[str | int] = []
    for part in location:
        in_list = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if in_list or (isinstance(data, dict) and part in data):
            data = data[part]
            place.append(part)
    return tuple(place)


def _line_of(place: Place, document: Document) -> int | None:
    while place and place not in document.lines:
        place = place[:-1]
    return document.lines.get(place)


def _got(place: Place, data: Any, document: Document, *, is_key: bool) -> str:
    """The value at a place as it may be shown: as written, never with a variable's value."""
    if is_key:
        return repr(place[-1])
    for part in place:
        data = data[part]
    if isinstance(data, str) and any(is_secret_name(str(part)) for part in place[1:]):
        return "***"
    if isinstance(data, str):
        shown = Redactor(()).text(document.texts.get(place, data))
        return repr(shown if len(shown) <= 60 else f"{shown[:57]}...")  # noqa: PLR2004
    return describe(data)


def describe(value: object) -> str:
    """What kind of thing stands there."""
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return "text" if isinstance(value, str) else "a value"


def suggestion(word: str, known: tuple[str, ...]) -> str:
    """``did you mean 'ready'?``; empty where nothing known is like it."""
    close = get_close_matches(word, known, 1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else ""


def line_of(name: str, problem: Problem, overrides: Mapping[str, str] | None = None) -> str:
    """``readiness.yaml:12: target.ready: expected ...``."""
    dotted = ""
    for part in problem.place:
        dotted += f"[{part}]" if isinstance(part, int) else f".{part}"
    dotted = dotted.removeprefix(".")
    where = name if problem.line is None else f"{name}:{problem.line}"
    for place in overrides or {}:
        if dotted == place or dotted.startswith((f"{place}.", f"{place}[")):
            where = "override"
    return f"{where}: {dotted}: {problem.message}" if dotted else f"{where}: {problem.message}"


def docstrings(source: str) -> dict[str, dict[str, str]]:
    """Docstrings of the fields of a module's classes, by class and field.

    They are read from the source, since pydantic's own way would do so at each import and
    triples its time.

    Args:
        source: path of the module, its ``__file__``.
    """
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(Path(source).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            for key, text in pairwise(node.body):
                match key, text:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(said))),
                    ):
                        found.setdefault(node.name, {})[name] = " ".join(said.split())
    return found


def display_name(path: Path, root: Path) -> str:
    """A file as its user would name it from a folder."""
    absolute = path.absolute()
    base = root.absolute()
    return absolute.relative_to(base).as_posix() if absolute.is_relative_to(base) else path.name
