"""Prometheus rules, the metrics an expression asks for, and the metrics a service shows."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_readiness.model import Location
from pytest_readiness.probes import yamltree
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pytest_readiness.probes.yamltree import Node


_SAMPLE = re.compile(
    r"(?P<series>[A-Za-z_:][\w:]*(?:\{.*\})?)\s+(?P<value>[^\s#]+)(?:\s+-?\d+)?(?:\s+#.*)?"
)
"""Name, labels, value; then a timestamp or an exemplar, which nobody here needs."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One alerting or recording rule."""

    alert: str
    """Name of the alert, empty for a recording rule."""
    record: str
    """Name of the metric it records, empty for an alert."""
    expr: str
    duration: str
    """``for``: how long it has to hold before the alert fires; empty where it is not given."""
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    node: Node

    @property
    def name(self) -> str:
        """Name of the alert, or of the recorded metric."""
        return self.alert or self.record

    @property
    def location(self) -> Location:
        """Where the rule begins."""
        return self.node.location

    @property
    def metrics(self) -> frozenset[str]:
        """Metrics its expression asks for."""
        return metric_names(self.expr)


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules that are evaluated together."""

    name: str
    interval: str
    """Empty where the server's own is used."""
    rules: tuple[Rule, ...]
    node: Node

    @property
    def location(self) -> Location:
        """Where the group begins."""
        return self.node.location


def parse(text: str, path: str) -> tuple[RuleGroup, ...]:
    """Read the groups of a rule file, or of the PrometheusRule objects of a manifest.

    Args:
        text: what the file holds.
        path: what its locations say, relative to the repository.

    Raises:
        UnreadableFile: it is not valid YAML, or ``groups`` or ``rules`` is no list.
    """
    found: list[RuleGroup] = []
    for root in yamltree.parse(text, path):
        waiting = [root]
        while waiting:
            node = waiting.pop(0)
            if node.text_at("kind").endswith("List"):
                waiting[:0] = _list(node, "items")
            elif node.text_at("kind") == "PrometheusRule":
                found += [_group(group) for group in _list(node, "spec.groups")]
            elif "kind" not in node:
                found += [_group(group) for group in _list(node, "groups")]
    return tuple(found)


def metric_names(expression: str) -> frozenset[str]:
    """Metrics that a PromQL expression asks for.

    Names that recording rules give (``job:errors:rate5m``) are among them. A selector that names
    its metric by a pattern (``{__name__=~"http_.*"}``) contributes nothing. Text that is no
    PromQL gives what can be made of it; nothing is raised.
    """
    return frozenset(_metrics(list(_tokens(expression))))


def exposed_metrics(text: str) -> frozenset[str]:
    """Names of the samples in a metrics page (Prometheus text or OpenMetrics).

    A family that is declared but has no sample yet, as a labelled counter before its first use,
    counts with the names its samples will have. Lines that are neither are passed over.
    """
    found: set[str] = set()
    for line in text.splitlines():
        declared = _TYPE_LINE.match(line)
        if declared is not None:
            family, kind = declared[1], declared[2]
            family = family.removesuffix("_total") if kind == "counter" else family
            found |= {family + suffix for suffix in _SUFFIXES.get(kind, ("",))}
        elif not line.startswith("#"):
            sample = _SAMPLE_LINE.match(line)
            if sample is not None:
                found.add(sample[1] or sample[2])
    return frozenset(found)


def samples(text: str) -> dict[str, float]:
    """Series and values of a metrics page, ``{'http_requests_total{status="200"}': 3.0}``.

    Lines that are no sample are passed over; a series that is there twice has its last value.
    """
    found: dict[str, float] = {}
    for line in text.splitlines():
        match = _SAMPLE.fullmatch(line.strip())
        if match:
            with contextlib.suppress(ValueError):
                found[match["series"]] = float(match["value"])
    return found


@dataclass(frozen=True, slots=True)
class Problem:
    """What ``promtool`` found wrong."""

    message: str
    location: Location


@dataclass(frozen=True, slots=True)
class ToolMissing:
    """The tool is not on this machine, or gave no answer; nothing was looked at."""

    tool: str
    message: str
    """What happened, and how to install it."""


def check_rules(file: Path, path: str, *, seconds: float = 30) -> list[Problem] | ToolMissing:
    """Let ``promtool check rules`` read a rule file; PrometheusRule objects are not its business.

    Args:
        file: on this machine.
        path: what the locations say, relative to the repository.
        seconds: how long it may take.

    Returns:
        The problems, none where promtool accepts the file, or why promtool was not asked.
    """
    tool = shutil.which("promtool")
    if tool is None:
        message = "promtool is not on PATH; it comes with Prometheus (apt install prometheus)"
        return ToolMissing("promtool", message)
    command = [tool, "check", "rules", "--lint=none", str(file.absolute())]
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the path is absolute, so it is no option
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        return ToolMissing("promtool", f"promtool gave no answer in {seconds:g} s")
    except OSError as error:
        return ToolMissing("promtool", f"promtool could not be started: {error.strerror}")
    if done.returncode == 0:
        return []
    problems = list(_problems(done.stderr, str(file.absolute()), path))
    return problems or [Problem(f"promtool ended with {done.returncode}", Location(path))]


def problems(groups: tuple[RuleGroup, ...]) -> list[Problem]:
    """What keeps Prometheus from loading a rule file, as far as it shows without ``promtool``.

    Unknown and missing keys, groups of one name, durations, and expressions that cannot be whole.
    """
    found: list[Problem] = []
    names: set[str] = set()
    for group in groups:
        if group.name in names or not group.name:
            what = f"there are two groups {group.name}" if group.name else "a group has no name"
            found.append(Problem(what, group.location))
        names.add(group.name)
        found += _unknown_keys(group.node, _GROUP_KEYS, f"group {group.name}")
        for rule in group.rules:
            found += _rule_problems(rule)
    return found


def _rule_problems(rule: Rule) -> Iterator[Problem]:
    what = f"rule {rule.name}" if rule.name else "a rule"
    yield from _unknown_keys(rule.node, _RULE_KEYS, what)
    if bool(rule.alert) == bool(rule.record):
        have = "both `alert` and `record`" if rule.alert else "neither `alert` nor `record`"
        yield Problem(f"{what} has {have}", rule.location)
    if rule.record and (rule.duration or rule.annotations):
        yield Problem(f"{what} records, and has what only alerts have", rule.location)
    if rule.duration and _DURATION.fullmatch(rule.duration) is None:
        yield Problem(f"{what}: `for: {rule.duration}` is no duration such as 5m", rule.location)
    broken = _broken(list(_tokens(rule.expr)))
    if broken:
        yield Problem(f"{what}: the expression {broken}", rule.location)


def _unknown_keys(node: Node, known: frozenset[str], what: str) -> Iterator[Problem]:
    for name, value in node.items():
        if name not in known:
            yield Problem(f"{what} has the unknown key {name!r}", value.location)


def _list(node: Node, path: str) -> list[Node]:
    found = node.get(path)
    if found is None or (found.is_scalar and found.value is None):
        return []
    if not found.is_sequence:
        raise UnreadableFile(found.path, found.line, f"{path} has to be a list")
    return list(found.elements)


def _group(node: Node) -> RuleGroup:
    rules = tuple(_rule(rule) for rule in _list(node, "rules"))
    return RuleGroup(node.text_at("name"), node.text_at("interval"), rules, node)


def _rule(node: Node) -> Rule:
    return Rule(
        alert=node.text_at("alert"),
        record=node.text_at("record"),
        expr=node.text_at("expr"),
        duration=node.text_at("for"),
        labels=_texts(node.get("labels")),
        annotations=_texts(node.get("annotations")),
        node=node,
    )


def _texts(node: Node | None) -> dict[str, str]:
    return {} if node is None else {key: value.text for key, value in node.items()}


def _problems(output: str, file: str, path: str) -> Iterator[Problem]:
    for line in output.splitlines():
        message = line.strip().removeprefix(f"{file}:").strip()
        if message in {"", "FAILED:", "yaml: unmarshal errors:"}:
            continue
        place = re.match(r"(?:yaml: )?line (\d+): |(\d+):\d+: ", message)
        if place is None:
            yield Problem(message, Location(path))
        else:
            number = int(place[1] or place[2])
            yield Problem(message[place.end() :], Location(path, number))


_GROUP_KEYS: Final = frozenset(
    {
        "interval",
        "labels",
        "limit",
        "name",
        "partial_response_strategy",
        "query_offset",
        "rules",
    }
)
_RULE_KEYS: Final = frozenset(
    {"alert", "annotations", "expr", "for", "keep_firing_for", "labels", "record"}
)
_DURATION: Final = re.compile(
    r"(?=\d)(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?|0"
)


# --- PromQL -----------------------------------------------------------------------------------

_TOKEN: Final = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
      | (?P<comment>\#[^\n]*)
      | (?P<number>\.?[0-9][0-9a-zA-Z_.]*)
      | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
      | (?P<sign>=~|!~|!=|==|<=|>=|[^\s])""",
    re.VERBOSE | re.DOTALL,
)
_GROUPING: Final = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_KEYWORDS: Final = _GROUPING | {"and", "or", "unless", "atan2", "bool", "offset", "inf", "nan"}
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
_BINARY: Final = frozenset({"*", "/", "%", "^", "==", "!=", "<", ">", "<=", ">=", "and", "or"})
_BETWEEN: Final = _BINARY | {"+", "-", "unless", "offset", "bool", ","}
_AGGREGATES: Final = frozenset({"by", "without"})

_TYPE_LINE: Final = re.compile(r"#\s*TYPE\s+([a-zA-Z_:][\w:]*)\s+(\w+)")
_SAMPLE_LINE: Final = re.compile(r'([a-zA-Z_:][\w:]*)\s*(?:\{|\s)|\{\s*"([^"]+)"')
_SUFFIXES: Final = {
    "counter": ("", "_total"),
    "histogram": ("_bucket", "_sum", "_count"),
    "summary": ("", "_sum", "_count"),
    "info": ("_info",),
    "gaugehistogram": ("_bucket", "_gsum", "_gcount"),
}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(expression: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(expression):
        kind = match.lastgroup or ""
        if kind != "comment":
            yield _Token(kind, match[0])


def _broken(tokens: list[_Token]) -> str:
    """Why an expression cannot be whole; empty when nothing speaks against it."""
    if not tokens:
        return "is empty"
    opened: list[str] = []
    for token in tokens:
        if token.kind != "sign":
            continue
        if token.text in _PAIRS:
            opened.append(_PAIRS[token.text])
        elif token.text in _PAIRS.values() and (not opened or opened.pop() != token.text):
            return f"has a {token.text!r} that nothing opens"
        elif token.text in {'"', "'", "`"}:
            return "has a string that never ends"
    if opened:
        return f"lacks a {opened[-1]!r}"
    if tokens[-1].text.lower() in _BETWEEN:
        return f"ends in {tokens[-1].text!r}"
    return f"begins with {tokens[0].text!r}" if tokens[0].text.lower() in _BINARY else ""


def _metrics(tokens: list[_Token]) -> Iterator[str]:
    end = _Token("sign", "")
    position = 0
    while position < len(tokens):
        token = tokens[position]
        following = tokens[position + 1] if position + 1 < len(tokens) else end
        position += 1
        if token.text == "{" and token.kind == "sign":
            close = _closing(tokens, position, "{", "}")
            yield from _named_in(tokens[position:close])
            position = close + 1
        elif token.text == "[" and token.kind == "sign":
            position = _closing(tokens, position, "[", "]") + 1
        elif token.kind == "name":
            word = token.text.lower()
            if word in _GROUPING and following.text == "(":
                position = _closing(tokens, position + 1, "(", ")") + 1
            elif (
                word not in _KEYWORDS
                and following.text != "("
                and not (following.kind == "name" and following.text.lower() in _AGGREGATES)
            ):
                yield token.text


def _closing(tokens: list[_Token], position: int, opening: str, closing: str) -> int:
    depth = 1
    while position < len(tokens):
        if tokens[position].kind == "sign":
            depth += (tokens[position].text == opening) - (tokens[position].text == closing)
            if depth == 0:
                return position
        position += 1
    return position


def _named_in(matchers: list[_Token]) -> Iterator[str]:
    """Metrics that a selector's braces name: ``{"a.b"}`` or ``{__name__="a"}``."""
    for index, token in enumerate(matchers):
        before = [one.text for one in matchers[max(0, index - 2) : index]]
        after = matchers[index + 1].text if index + 1 < len(matchers) else ","
        if token.kind == "string" and (
            before[-2:] == ["__name__", "="] or (before[-1:] in ([], [","]) and after == ",")
        ):
            yield token.text[1:-1]
