"""YAML in which every node knows its line.

The tree is built from the events of libyaml's parser (the pure Python one where PyYAML was
built without it). Scalars mean what ``yaml.SafeLoader`` says they mean; three things differ:

- keys are the text as written, so GitHub's ``on:`` is ``"on"`` and OpenAPI's ``200:`` is ``"200"``;
- an unknown tag (``!Ref``, ``!reset``) keeps its value instead of ending the reading;
- a scalar that SafeLoader cannot construct (``2024-13-45``, a lone ``=``) stays text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.resolver import Resolver

from pytest_readiness.model import Location
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator


DEPTH_LIMIT: Final = 200
"""Deeper nesting is refused: nothing a person writes goes there, and recursion ends somewhere."""
EXPANSION_LIMIT: Final = 2_000_000
"""Nodes a document may have once its aliases are written out ("billion laughs")."""

_IMPLICIT: Final = ""
_TEXT: Final = "tag:yaml.org,2002:str"
_STANDARD: Final = "tag:yaml.org,2002:"
_FIRST_OF_NON_TEXT: Final = frozenset(Resolver.yaml_implicit_resolvers)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key that a mapping has twice; the later one counts, as in SafeLoader."""

    key: str
    location: Location
    """Where it stands again."""
    first: Location
    """Where its overruled value stands."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One scalar, sequence or mapping of a YAML file.

    Asking a node for what it is not is no error: a scalar has no items, a mapping no elements,
    and :meth:`get` answers None. Only ``node[key]`` raises.
    """

    content: str | tuple[Node, ...] | dict[str, Node]
    """Text of a scalar, elements of a sequence, entries of a mapping."""
    path: str
    """Of the file, relative to the repository."""
    line: int
    """Where the node's value begins, counted from 1."""
    tag: str = _IMPLICIT
    """Explicit tag such as ``!Ref``; empty for a plain scalar or an untagged collection."""
    duplicates: tuple[Duplicate, ...] = ()
    """Keys that this mapping has twice."""

    @property
    def location(self) -> Location:
        """Where the node's value begins."""
        return Location(self.path, self.line)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.content, dict)

    @property
    def is_sequence(self) -> bool:
        return isinstance(self.content, tuple)

    @property
    def is_scalar(self) -> bool:
        return isinstance(self.content, str)

    @property
    def text(self) -> str:
        """A scalar as it is written, ``"22:22"`` and not 1342; empty for a collection."""
        return self.content if isinstance(self.content, str) else ""

    @property
    def value(self) -> object:
        """Plain Python data: str, int, float, bool, None, date, datetime, bytes, list or dict.

        Nodes that an alias repeats become one shared object.
        """
        return _plain(self, {})

    @property
    def elements(self) -> tuple[Node, ...]:
        """Nodes of a sequence, none for anything else."""
        return self.content if isinstance(self.content, tuple) else ()

    def items(self) -> ItemsView[str, Node]:
        """Keys and nodes of a mapping in the order of the file; merged ones come first."""
        return (self.content if isinstance(self.content, dict) else {}).items()

    def __iter__(self) -> Iterator[Node]:
        """Children: elements of a sequence, values of a mapping."""
        if isinstance(self.content, dict):
            return iter(self.content.values())
        return iter(self.elements)

    def __contains__(self, key: object) -> bool:
        return isinstance(self.content, dict) and key in self.content

    def __getitem__(self, key: str | int) -> Node:
        """Child by exact key or by index.

        Raises:
            KeyError: a mapping without that key, or not a mapping.
            IndexError: a sequence that is shorter.
        """
        if isinstance(key, int):
            return self.elements[key]
        if isinstance(self.content, dict):
            return self.content[key]
        raise KeyError(key)

    def get(self, path: str) -> Node | None:
        """Descendant at a dotted path, or None.

        A part is a key of a mapping or an index of a sequence (``"spec.containers.0.image"``).
        A key that itself has dots is found when it is the whole path of the node asked:
        ``labels.get("app.kubernetes.io/name")``.
        """
        if path in self:
            return self[path]
        node: Node | None = self
        for part in path.split("."):
            if node is None:
                return None
            node = _child(node, part)
        return node

    def text_at(self, path: str) -> str:
        """Scalar text at a dotted path, empty where there is none."""
        node = self.get(path)
        return "" if node is None else node.text

    def walk(self) -> Iterator[Node]:
        """The node and all its descendants, each once, parents first."""
        seen: set[int] = set()
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield node
            waiting.extend(reversed(list(node)))


def parse(text: str, path: str) -> tuple[Node, ...]:
    """Read all documents of a YAML (or JSON) text.

    Args:
        text: what the file holds.
        path: what its locations say, relative to the repository.

    Returns:
        The root of each document; an empty text has none, an empty document is a null scalar.

    Raises:
        UnreadableFile: it is no YAML, an alias has no anchor or refers to itself, a mapping
            key is no scalar, nesting or aliases go beyond the limits.
    """
    try:
        return _Builder(path).build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        message = ": ".join(part for part in (error.context, error.problem) if part)
        raise UnreadableFile(path, line, f"not valid YAML: {message}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UnreadableFile(path, line, f"not valid YAML: {error.reason}") from error
    except (yaml.YAMLError, UnicodeError, ValueError) as error:
        raise UnreadableFile(path, None, f"not valid YAML: {error}") from error


class _Frame:
    """A collection that is not closed yet."""

    __slots__ = (
        "anchor",
        "duplicates",
        "entries",
        "expanded",
        "key",
        "line",
        "merges",
        "nodes",
        "tag",
    )

    def __init__(self, line: int, tag: str, anchor: str | None, *, mapping: bool) -> None:
        self.line = line
        self.tag = tag
        self.anchor = anchor
        self.nodes: list[Node] = []
        self.entries: dict[str, Node] | None = {} if mapping else None
        self.key: tuple[str, str, int] | None = None
        """Text, tag and line of a key that waits for its value."""
        self.merges: list[Node] = []
        self.duplicates: list[Duplicate] = []
        self.expanded = 1
        """Nodes below, those that aliases repeat included."""


class _Builder:
    """Builds nodes from events with a stack of its own, so that nesting costs no recursion."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.root: Node | None = None
        self.merged = 0

    def build(self, text: str) -> tuple[Node, ...]:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        documents: list[Node] = []
        stack = self.stack
        path = self.path
        next_event = loader.get_event
        scalar = yaml.ScalarEvent
        try:
            # get_event() answers None after the end of the stream.
            while (event := next_event()) is not None:
                if type(event) is scalar:  # nine of ten events: everything inline
                    tag = event.tag
                    if tag is None or tag == "!":
                        tag = _IMPLICIT if event.implicit[0] else _TEXT
                    line = _line(event)
                    anchor = event.anchor
                    frame = stack[-1] if stack else None
                    if frame is not None and frame.key is None and frame.entries is not None:
                        frame.key = (event.value, tag, line)
                        if anchor is not None:
                            self.anchors[anchor] = (Node(event.value, path, line, tag), 1)
                        continue
                    node = Node(event.value, path, line, tag)
                    if anchor is not None:
                        self.anchors[anchor] = (node, 1)
                    self._add(node, 1)
                else:
                    self._take(event, documents)
        finally:
            loader.dispose()
        return tuple(documents)

    def _take(self, event: yaml.Event, documents: list[Node]) -> None:
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            line = _line(event)
            if len(self.stack) >= DEPTH_LIMIT:
                raise UnreadableFile(self.path, line, f"nested deeper than {DEPTH_LIMIT} levels")
            mapping = isinstance(event, yaml.MappingStartEvent)
            self.stack.append(_Frame(line, event.tag or "", event.anchor, mapping=mapping))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            name = event.anchor
            if name not in self.anchors:
                message = f"the alias *{name} has no anchor before it, or refers to itself"
                raise UnreadableFile(self.path, _line(event), message)
            self._add(*self.anchors[name])
        elif isinstance(event, yaml.DocumentEndEvent):
            if self.root is not None:
                documents.append(self.root)
            self.root = None
            self.anchors = {}

    def _add(self, node: Node, expanded: int) -> None:
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        frame.expanded += expanded
        if frame.expanded > EXPANSION_LIMIT:
            message = f"its aliases expand to more than {EXPANSION_LIMIT} nodes"
            raise UnreadableFile(self.path, node.line, message)
        entries = frame.entries
        if entries is None:
            frame.nodes.append(node)
            return
        if frame.key is None:
            if not isinstance(node.content, str):
                message = "a mapping key is a list or a mapping; is this a template to be rendered?"
                raise UnreadableFile(self.path, node.line, message)
            frame.key = (node.content, node.tag, node.line)
            return
        name, tag, line = frame.key
        frame.key = None
        if name == "<<" and tag == _IMPLICIT:
            frame.merges.append(node)
            return
        if name in entries:
            first = entries.pop(name).location
            frame.duplicates.append(Duplicate(name, Location(self.path, line), first))
        entries[name] = node

    def _close(self) -> None:
        frame = self.stack.pop()
        entries = frame.entries
        if entries is None:
            node = Node(tuple(frame.nodes), self.path, frame.line, frame.tag)
        else:
            if frame.merges:
                entries = self._merge(frame.merges) | entries
            duplicates = tuple(frame.duplicates)
            node = Node(entries, self.path, frame.line, frame.tag, duplicates)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (node, frame.expanded)
        self._add(node, frame.expanded)

    def _merge(self, merges: list[Node]) -> dict[str, Node]:
        """Entries that ``<<`` brings: of several mappings the first one named wins."""
        merged: dict[str, Node] = {}
        for value in merges:
            sources = value.elements if value.is_sequence else (value,)
            wins: dict[str, Node] = {}
            for source in reversed(sources):
                if not isinstance(source.content, dict):
                    message = "only a mapping, or a list of mappings, can be merged with <<"
                    raise UnreadableFile(self.path, source.line, message)
                self.merged += len(source.content)
                if self.merged > EXPANSION_LIMIT:
                    message = f"its merge keys expand to more than {EXPANSION_LIMIT} entries"
                    raise UnreadableFile(self.path, source.line, message)
                wins |= source.content
            merged |= wins
        return merged


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return 1 if mark is None else mark.line + 1


def _child(node: Node, part: str) -> Node | None:
    if isinstance(node.content, dict):
        return node.content.get(part)
    if isinstance(node.content, tuple) and part.isdecimal() and len(part) < 10:  # noqa: PLR2004 - digits
        index = int(part)
        return node.content[index] if index < len(node.content) else None
    return None


def _plain(node: Node, known: dict[int, object]) -> object:
    content = node.content
    if isinstance(content, str):
        return _scalar(content, node.tag)
    if id(node) not in known:
        if isinstance(content, dict):
            known[id(node)] = {key: _plain(child, known) for key, child in content.items()}
        else:
            known[id(node)] = [_plain(child, known) for child in content]
    return known[id(node)]


def _scalar(text: str, tag: str) -> object:
    if tag == _IMPLICIT:
        if text[:1] not in _FIRST_OF_NON_TEXT:
            return text
        for candidate, pattern in Resolver.yaml_implicit_resolvers[text[:1]]:
            if pattern.match(text):
                tag = candidate
                break
    if not tag.startswith(_STANDARD) or tag == _TEXT:
        return text
    try:
        return SafeConstructor().construct_object(yaml.ScalarNode(tag, text), deep=True)
    except (ConstructorError, ValueError, KeyError, OverflowError, IndexError):
        return text
