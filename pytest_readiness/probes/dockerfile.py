"""Dockerfiles, read as BuildKit reads them.

Decision: an own reader instead of ``dockerfile-parse``. That library (2.0.1) takes the lines of a
here-document for instructions (a ``USER root`` in a generated script becomes the image's user),
ends a continued instruction at an empty line within it, and drops an instruction without a value.
Each of these turns a check's judgement round. The tests hold both readers against each other on
everything else.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pytest_readiness.model import Location
from pytest_readiness.probes.images import ImageReference
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


KEYWORDS: Final = frozenset(
    {
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    }
)
"""Every instruction BuildKit knows."""

_EXPANDED: Final = KEYWORDS - {
    "CMD",
    "ENTRYPOINT",
    "HEALTHCHECK",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
}
"""Where Docker itself replaces variables; elsewhere a shell does, or nobody."""
_UNQUOTED: Final = frozenset({"FROM", "USER", "WORKDIR", "STOPSIGNAL"})
_HEREDOC_KEYWORDS: Final = frozenset({"ADD", "COPY", "RUN"})
_DIRECTIVE: Final = re.compile(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.+?)\s*$")
_WORD: Final = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+""", re.DOTALL)
_HEREDOC: Final = re.compile(r"\d*<<(-?)([^<]+)")
_FLAG: Final = re.compile(r"--([a-zA-Z][\w-]*)(?:=(\S*))?(?:\s+|$)")
_REFERENCE: Final = re.compile(
    r"""\\.
      | \$(?P<plain>[A-Za-z_]\w*)
      | \$\{(?P<name>[A-Za-z_]\w*)(?:(?P<operator>:?[-+])(?P<word>[^{}]*))?\}""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction with its continuation lines."""

    keyword: str
    """Upper case: ``USER``."""
    value: str
    """What follows the keyword; variables with a known default are replaced where Docker does."""
    raw: str
    """What follows the keyword, as written, continuation lines joined."""
    location: Location
    """Where the keyword stands."""
    end_line: int
    """Last line of it, here-documents included."""
    flags: Mapping[str, str] = field(default_factory=dict)
    """``--platform``, ``--from``, ``--chown`` and so on, without dashes; the last of a kind."""
    arguments: str = ""
    """The value without its flags."""
    heredocs: tuple[str, ...] = ()
    """Bodies of the here-documents of a RUN, COPY or ADD."""

    @property
    def exec_form(self) -> tuple[str, ...] | None:
        """Words of the JSON form ``["python", "-m", "app"]``; None in shell form."""
        try:
            words = json.loads(self.arguments)
        except (ValueError, RecursionError):
            return None
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return tuple(words)
        return None

    @property
    def pairs(self) -> tuple[tuple[str, str | None], ...]:
        """Names and values of ENV, ARG or LABEL; None for an ARG without default.

        The old form ``ENV NAME all the rest`` is one pair.
        """
        words = _WORD.findall(self.arguments)
        if not words:
            return ()
        if self.keyword != "ARG" and "=" not in words[0]:
            value = self.arguments.removeprefix(words[0]).strip()
            return ((_unquote(words[0]), value),)
        split = (word.partition("=") for word in words)
        return tuple((_unquote(n), _unquote(v) if equals else None) for n, equals, v in split)


@dataclass(frozen=True, slots=True)
class Stage:
    """One ``FROM`` and what follows it."""

    image: ImageReference
    """What FROM names: an image, or an earlier stage (then :attr:`parent` is set)."""
    name: str
    """After ``AS``, empty without."""
    instructions: tuple[Instruction, ...]
    """Without the FROM itself."""
    location: Location
    """Where FROM stands."""
    platform: str = ""
    parent: Stage | None = None
    """The earlier stage that this one starts from."""

    @property
    def base(self) -> ImageReference:
        """The image below the stage and all stages it starts from."""
        return self.image if self.parent is None else self.parent.base

    def all(self, keyword: str) -> tuple[Instruction, ...]:
        """Own instructions of one kind, in order."""
        keyword = keyword.upper()
        return tuple(one for one in self.instructions if one.keyword == keyword)

    def inherited_all(self, keyword: str) -> tuple[Instruction, ...]:
        """Instructions of one kind, those of the stages it starts from first.

        For USER, CMD, WORKDIR and the like the last one is what the image has.
        """
        above = () if self.parent is None else self.parent.inherited_all(keyword)
        return above + self.all(keyword)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """One Dockerfile; it has at least one stage."""

    path: str
    stages: tuple[Stage, ...]
    arguments: tuple[Instruction, ...] = ()
    """ARG instructions before the first FROM."""
    directives: Mapping[str, str] = field(default_factory=dict)
    """``# syntax=...``, ``# escape=...``, ``# check=...`` at the top, names in lower case."""

    @property
    def location(self) -> Location:
        """The file as a whole."""
        return Location(self.path)

    @property
    def final_stage(self) -> Stage:
        """The stage that is built when no target is named."""
        return self.stages[-1]

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """Every instruction after the first FROM, without the FROMs."""
        return tuple(one for stage in self.stages for one in stage.instructions)

    @property
    def unknown(self) -> tuple[Instruction, ...]:
        """Instructions BuildKit does not know; with them the file cannot be built."""
        return tuple(one for one in self.instructions if one.keyword not in KEYWORDS)

    def stage(self, name: str) -> Stage | None:
        """Stage by its name, upper or lower case, or by its index as ``COPY --from=0`` does."""
        for stage in self.stages:
            if stage.name and stage.name.lower() == name.lower():
                return stage
        if name.isascii() and name.isdecimal() and len(name) <= 4 and int(name) < len(self.stages):  # noqa: PLR2004 - digits
            return self.stages[int(name)]
        return None


def parse(text: str, path: str) -> Dockerfile:
    """Read a Dockerfile.

    Args:
        text: what the file holds.
        path: what its locations say, relative to the repository.

    Raises:
        UnreadableFile: it has no FROM, something but ARG stands before the first one, a FROM
            names no image, or a here-document never ends. Docker refuses all of these.
    """
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    directives = _directives(lines)
    defaults: dict[str, str] = {}
    arguments: list[Instruction] = []
    stages: list[Stage] = []
    scopes: list[dict[str, str]] = []
    opened: Stage | None = None
    body: list[Instruction] = []
    scope: dict[str, str] = {}

    def close() -> None:
        if opened is not None:
            stages.append(
                Stage(
                    opened.image,
                    opened.name,
                    tuple(body),
                    opened.location,
                    opened.platform,
                    opened.parent,
                )
            )
            scopes.append(scope)

    for written in _instructions(lines, path, directives.get("escape", "\\")):
        if written.keyword == "FROM":
            close()
            body = []
            opened = _open_stage(_expand(written, defaults), stages)
            scope = dict(scopes[_index(stages, opened.parent)]) if opened.parent else {}
        elif opened is None:
            if written.keyword != "ARG":
                message = f"{written.keyword} stands before the first FROM"
                raise UnreadableFile(path, written.location.line, message)
            argument = _expand(written, defaults)
            arguments.append(argument)
            defaults |= {name: value for name, value in argument.pairs if value is not None}
        else:
            instruction = _expand(written, scope)
            body.append(instruction)
            _declare(instruction, scope, defaults)
    close()
    if not stages:
        raise UnreadableFile(path, None, "there is no FROM, so there is nothing to build")
    return Dockerfile(path, tuple(stages), tuple(arguments), directives)


def _directives(lines: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        match = _DIRECTIVE.match(line.strip())
        if match is None or match[1].lower() in found:
            break
        found[match[1].lower()] = match[2]
    if found.get("escape", "\\") not in {"\\", "`"}:
        del found["escape"]
    return found


def _instructions(lines: list[str], path: str, escape: str) -> Iterator[Instruction]:
    # Twice the escape character at the end is itself, not a continuation.
    sign = re.escape(escape)
    continues = re.compile(rf"(?:(?<=[^{sign}])|^){sign}[ \t]*$")
    rest = enumerate(lines, 1)
    for number, line in rest:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        joined = line.strip(" \t\f\v") if continues.search(line) is None else line.lstrip()
        end = number
        while (sign_at := continues.search(joined)) is not None:
            joined = joined[: sign_at.start()]
            following = next(rest, None)
            # Comments and empty lines within a continued instruction do not end it.
            while following is not None and (
                not following[1].strip() or following[1].lstrip().startswith("#")
            ):
                following = next(rest, None)
            if following is None:
                break
            end = following[0]
            joined += following[1]
        keyword, _, value = re.sub(r"\s", " ", joined.strip(), count=1).partition(" ")
        keyword, value = keyword.upper(), value.strip()
        heredocs: list[str] = []
        for dash, word in _heredoc_words(keyword, value):
            content: list[str] = []
            for end, inner in rest:  # noqa: B007 - the last line read is where it ends
                if (inner.lstrip("\t") if dash else inner) == word:
                    break
                content.append(inner.lstrip("\t") if dash else inner)
            else:
                raise UnreadableFile(path, number, f"the here-document {word} never ends")
            heredocs.append("".join(f"{inner}\n" for inner in content))
        flags, value_only = _flags(value)
        place = Location(path, number)
        yield Instruction(keyword, value, value, place, end, flags, value_only, tuple(heredocs))


def _heredoc_words(keyword: str, value: str) -> Iterator[tuple[bool, str]]:
    if keyword == "ONBUILD":
        keyword, _, value = value.partition(" ")
        keyword = keyword.upper()
    if keyword not in _HEREDOC_KEYWORDS or "<<" not in value:
        return
    for word in _WORD.findall(value):
        match = _HEREDOC.fullmatch(word)
        if match is not None:
            yield bool(match[1]), _unquote(match[2])


def _flags(value: str) -> tuple[dict[str, str], str]:
    flags: dict[str, str] = {}
    while (match := _FLAG.match(value)) is not None:
        flags[match[1]] = match[2] or ""
        value = value[match.end() :]
    return flags, value


def _expand(instruction: Instruction, scope: Mapping[str, str]) -> Instruction:
    if instruction.keyword not in _EXPANDED:
        return instruction
    value = _substitute(instruction.raw, scope)
    if instruction.keyword in _UNQUOTED:
        value = _unquote(value)
    flags, arguments = _flags(value)
    return Instruction(
        instruction.keyword,
        value,
        instruction.raw,
        instruction.location,
        instruction.end_line,
        flags,
        arguments,
        instruction.heredocs,
    )


def _substitute(text: str, scope: Mapping[str, str]) -> str:
    """Replace variables the file gives a value; leave the others as they are written."""

    def replace(match: re.Match[str]) -> str:
        name = match["plain"] or match["name"]
        if name is None:
            return match[0]
        known = scope.get(name)
        operator = match["operator"]
        if operator is None:
            return match[0] if known is None else known
        present = bool(known) if operator.startswith(":") else known is not None
        if operator.endswith("-"):
            return known if present and known is not None else match["word"]
        return match["word"] if present else ""

    return _REFERENCE.sub(replace, text)


def _declare(instruction: Instruction, scope: dict[str, str], defaults: Mapping[str, str]) -> None:
    if instruction.keyword == "ENV":
        scope |= {name: value or "" for name, value in instruction.pairs}
    elif instruction.keyword == "ARG":
        for name, value in instruction.pairs:
            default = defaults.get(name) if value is None else value
            if default is not None:
                scope.setdefault(name, default)


def _open_stage(instruction: Instruction, earlier: list[Stage]) -> Stage:
    words = instruction.arguments.split()
    if not words:
        raise UnreadableFile(
            instruction.location.path, instruction.location.line, "FROM names no image"
        )
    name = words[2] if len(words) > 2 and words[1].upper() == "AS" else ""  # noqa: PLR2004 - image AS name
    parent = next(
        (s for s in reversed(earlier) if s.name and s.name.lower() == words[0].lower()), None
    )
    platform = instruction.flags.get("platform", "")
    image = ImageReference.parse(words[0])
    return Stage(image, name, (), instruction.location, platform, parent)


def _index(stages: list[Stage], wanted: Stage) -> int:
    return next(index for index, stage in enumerate(stages) if stage is wanted)


def _unquote(text: str) -> str:
    """Take quotes away as a shell does; what is quoted never ends is left as it is."""
    return re.sub(
        r"""'([^']*)'|"((?:[^"\\]|\\.)*)\"""",
        lambda match: match[1] if match[2] is None else re.sub(r'\\(["\\$])', r"\1", match[2]),
        text,
    )
