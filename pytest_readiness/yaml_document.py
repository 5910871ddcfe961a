"""YAML text to plain data that knows on which line each place stands.

Every scalar stays the text that was written, so that ``off``, ``010`` and ``2026-12-31`` mean
what their reader decides and not what YAML 1.1 guesses. Only where a JSON document is written
(``typed``) numbers, ``true``, ``false`` and ``null`` become such.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


Place = tuple[str | int, ...]
"""Keys and positions from the top of a document to a value."""

_TAG = "tag:yaml.org,2002:"
_SCALAR_TAGS = frozenset(
    _TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp", "value")
)
_MERGE = _TAG + "merge"
_NULL = _TAG + "null"
_MOST_NODES = 100_000
"""Aliases can make a small file a huge document; nobody's settings are that long."""

_VARIABLE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_]\w*)(?P<or>:-(?P<default>[^}]*))?\}|\$\{")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,300})(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """Something to mend, and where."""

    place: Place
    message: str
    """``expected ..., got ...``, and what to do."""
    line: int | None = None
    """Counted from 1; None when it stands in no file."""


@dataclass(frozen=True)
class Document:
    """What a file says, with the lines where it says so."""

    data: object = None
    """Mappings, lists, text and None; None for an empty file."""
    lines: dict[Place, int] = field(default_factory=dict)
    """Line of each key, or of each item of a list."""
    texts: dict[Place, str] = field(default_factory=dict)
    """Scalars as written, before variables were put in."""
    problems: tuple[Problem, ...] = ()


def read(
    text: str,
    *,
    environ: Mapping[str, str] | None = None,
    typed: Callable[[Place], bool] = lambda _: False,
    literal: Callable[[Place], bool] = lambda _: False,
) -> Document:
    """Read one YAML document.

    Args:
        text: the document.
        environ: where ``${NAME}`` and ``${NAME:-default}`` are looked up; None leaves them alone.
        typed: whether a place belongs to a JSON document, so that its numbers are numbers.
        literal: whether a place must not depend on the environment.

    Returns:
        The document; what is wrong with it stands in ``problems``, nothing is raised.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            return Document()
        reader = _Reader(environ, typed, literal)
        reader.lines[()] = node.start_mark.line + 1
        data = reader.value(node, ())
    except yaml.MarkedYAMLError as error:
        return Document(problems=(_syntax_problem(error),))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"the character U+{ord(str(error.character)[:1] or ' '):04X}"
        return Document(problems=(Problem((), f"expected printable text, got {what}", line),))
    except RecursionError:
        return Document(problems=(Problem((), "expected fewer levels of nesting", 1),))
    return Document(data, reader.lines, reader.texts, tuple(reader.problems))


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    problem = error.problem or "it cannot be read"
    advice = ""
    if "'\\t'" in problem:
        advice = "; indent with spaces, not with tabs"
    elif "mapping values are not allowed" in problem:
        advice = "; put text that holds ': ' in quotes, and indent keys of one mapping alike"
    elif "found character" in problem or "expected <block end>" in problem:
        advice = "; check the indentation, and quote text that starts with a special character"
    line = None if mark is None else mark.line + 1
    return Problem((), f"expected YAML, got an error: {problem}{advice}", line)


@dataclass
class _Reader:
    """Walks the nodes of one document once."""

    environ: Mapping[str, str] | None
    typed: Callable[[Place], bool]
    literal: Callable[[Place], bool]
    lines: dict[Place, int] = field(default_factory=dict)
    texts: dict[Place, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    nodes: int = 0
    open: set[int] = field(default_factory=set)
    """Nodes we are inside of: an alias to one of them would never end."""

    def value(self, node: yaml.Node, place: Place) -> object:
        self.nodes += 1
        if self.nodes > _MOST_NODES:
            if self.nodes == _MOST_NODES + 1:
                self.report(place, node, "expected fewer values; aliases (*name) multiply them")
            return None
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, place)
        if id(node) in self.open:
            self.report(place, node, "expected a value, got an alias to what it stands in")
            return None
        self.open.add(id(node))
        try:
            return self.collection(node, place)
        finally:
            self.open.discard(id(node))

    def collection(self, node: yaml.Node, place: Place) -> object:
        if node.tag not in {_TAG + "map", _TAG + "seq"}:
            self.report(place, node, f"expected a plain value, got the YAML tag {node.tag!r}")
            return None
        if isinstance(node, yaml.SequenceNode):
            return [self.item(item, (*place, number)) for number, item in enumerate(node.value)]
        return self.mapping(node, place)

    def item(self, node: yaml.Node, place: Place) -> object:
        self.lines[place] = node.start_mark.line + 1
        return self.value(node, place)

    def mapping(self, node: yaml.Node, place: Place) -> dict[str, object]:
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if key.tag == _MERGE:
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
            elif not isinstance(key, yaml.ScalarNode):
                self.report(place, key, "expected a word as key, got a list or a mapping")
            elif key.value in pairs:
                first = pairs[key.value][0].start_mark.line + 1
                again = f"expected each key once, got {key.value!r} again (first on line {first})"
                self.report((*place, key.value), key, again)
            else:
                pairs[key.value] = (key, value)
        for source in merged:
            for key, value in self.merged_pairs(source, place):
                pairs.setdefault(key.value, (key, value))
        built: dict[str, object] = {}
        for name, (key, value) in pairs.items():
            self.lines[*place, name] = key.start_mark.line + 1
            built[name] = self.value(value, (*place, name))
        return built

    def merged_pairs(self, node: yaml.Node, place: Place) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self.report(place, node, "expected a mapping after '<<', got something else")
            return
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
                self.report(place, key, "expected plain keys in what '<<' merges")
            else:
                yield key, value

    def scalar(self, node: yaml.ScalarNode, place: Place) -> object:
        if node.tag not in _SCALAR_TAGS:
            self.report(place, node, f"expected a plain value, got the YAML tag {node.tag!r}")
            return None
        text = str(node.value)
        self.texts[place] = text
        if node.tag == _NULL:
            return None
        if "${" in text and self.environ is not None:
            return self.filled(node, text, place)
        if node.style is None and node.tag != _TAG + "str" and self.typed(place):
            return _json_scalar(text)
        return text

    def filled(self, node: yaml.Node, text: str, place: Place) -> str:
        """Put variables in, and report those that are missing."""
        environ = self.environ or {}
        if self.literal(place):
            message = "expected the value itself, got a variable; consent cannot be passed around"
            self.report(place, node, message)
            return text

        def replace(match: re.Match[str]) -> str:
            name = match["name"]
            if match[0] == "$${":
                return "${"
            if name is None:
                message = "expected ${NAME} or ${NAME:-default}; write $${ where ${ itself is meant"
                self.report(place, node, message)
                return match[0]
            if match["or"] is not None:
                return environ.get(name) or match["default"]
            if name not in environ:
                message = f"expected the environment variable {name}, got none; set it, "
                self.report(place, node, message + f"or give a default: ${{{name}:-default}}")
                return match[0]
            return environ[name]

        return _VARIABLE.sub(replace, text)

    def report(self, place: Place, node: yaml.Node, message: str) -> None:
        self.problems.append(Problem(place, message, node.start_mark.line + 1))


def _json_scalar(text: str) -> object:
    """A plain scalar as JSON understands it; anything else stays text."""
    if text in {"true", "false"}:
        return text == "true"
    if not _JSON_NUMBER.fullmatch(text):
        return text
    number: int | float = json.loads(text)
    return number if math.isfinite(number) else text
