"""Env files, as the target's own stack reads them.

Values come from ``python-dotenv``: quotes, escapes, ``export``, values over several lines and
``${NAME}``. The environment of the machine that audits never flows in: what a file does not
define is reported as a reference.
"""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from dotenv.parser import parse_stream
from dotenv.variables import Variable as Reference
from dotenv.variables import parse_variables

from pytest_readiness.model import Location


if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, repr=False)
class Variable:
    """One variable of an environment; its value never appears in its repr."""

    name: str
    value: str | None
    """After interpolation with what the file defines; None for a name without ``=``."""
    location: Location
    injected: bool = False
    """The value is only a reference to something outside of the file, as a secret should be."""
    raw: str = ""
    """Before interpolation."""
    references: tuple[str, ...] = ()
    """Variables without default that the value asks for and the file does not define above."""

    def __repr__(self) -> str:
        injected = ", injected" if self.injected else ""
        return f"Variable({self.name}=***, {self.location}{injected})"

    @classmethod
    def of(
        cls, name: str, raw: str | None, location: Location, known: Mapping[str, str | None]
    ) -> Variable:
        """Interpolate a raw value.

        Args:
            name: of the variable.
            raw: what stands behind ``=``; None when there is no ``=``.
            location: where it stands.
            known: variables defined before it.
        """
        if raw is None:
            return cls(name, None, location)
        value: list[str] = []
        references: list[str] = []
        literal = False
        for atom in parse_variables(raw):
            value.append(atom.resolve(known))
            if isinstance(atom, Reference) and atom.name not in known and not atom.default:
                references.append(atom.name)
            else:
                literal = literal or bool(value[-1].strip())
        injected = bool(references) and not literal
        injected = injected or _OUTSIDE.fullmatch(raw.strip()) is not None
        return cls(name, "".join(value), location, injected, raw, tuple(references))


@dataclass(frozen=True, slots=True)
class Invalid:
    """A statement that python-dotenv cannot read and a program would silently miss."""

    location: Location


@dataclass(frozen=True, slots=True)
class EnvFile:
    """One env file."""

    path: str
    variables: tuple[Variable, ...]
    """In the order of the file; a name defined twice is there twice."""
    invalid: tuple[Invalid, ...] = ()

    @property
    def location(self) -> Location:
        """The file as a whole."""
        return Location(self.path)

    @property
    def effective(self) -> Mapping[str, Variable]:
        """What a program sees: of a name defined twice the last one."""
        return {variable.name: variable for variable in self.variables}

    @property
    def duplicates(self) -> tuple[Variable, ...]:
        """Definitions that a later line overrules."""
        last = self.effective
        return tuple(one for one in self.variables if last[one.name] is not one)

    def get(self, name: str) -> Variable | None:
        """The effective variable of a name."""
        return self.effective.get(name)


def parse(text: str, path: str) -> EnvFile:
    """Read an env file; no text is an error, invalid statements are listed.

    Args:
        text: what the file holds.
        path: what its locations say, relative to the repository.
    """
    variables: list[Variable] = []
    invalid: list[Invalid] = []
    known: dict[str, str | None] = {}
    # newline=None reads line ends as open() does.
    for binding in parse_stream(io.StringIO(text, newline=None)):
        written = binding.original.string
        # The parser counts from the blank lines before a statement.
        line = binding.original.line + _line_ends(written[: len(written) - len(written.lstrip())])
        if binding.error:
            invalid.append(Invalid(Location(path, line)))
        elif binding.key is not None:
            variable = Variable.of(binding.key, binding.value, Location(path, line), known)
            variables.append(variable)
            known[variable.name] = variable.value
    return EnvFile(path, tuple(variables), tuple(invalid))


def is_placeholder(value: str) -> bool:
    """Whether a value stands for one that somebody has yet to fill in, or is anybody's guess.

    ``changeme``, ``your-api-key``, ``<from vault>``, ``[GENERATE_ME]``, ``dev-secret-key``,
    ``password123``, ``xxxxxxxx``, ``0123456789abcdef``. An empty value is none: it is absent.
    """
    value = value.strip().strip("'\"")
    lower = value.lower()
    if not lower:
        return False
    return (
        _BRACKETED.fullmatch(value) is not None
        or _TELLTALE.search(lower) is not None
        or _is_repetition(lower)
        or _is_sequence(lower)
        or _is_made_of_weak_words(lower)
    )


def entropy(value: str) -> float:
    """Shannon entropy in bits per character, from the characters' own frequencies.

    An empty text has none; 32 random hexadecimal digits have about 3.6.
    """
    length = len(value)
    return -sum(n / length * math.log2(n / length) for n in Counter(value).values()) + 0.0


def password_in_url(value: str) -> str | None:
    """Password of a URL such as ``postgresql://user:password@host/db``; None without one."""
    try:
        password = urlsplit(value.strip()).password
    except ValueError:
        return None
    return None if password is None else unquote(password)


_OUTSIDE: Final = re.compile(
    r"\$[A-Za-z_]\w*"
    r"|\$\{[A-Za-z_]\w*:?\?[^}]*\}"
    r"|(?:op|vault|bao|ssm|ref\+\w+)://\S+"
    r"|vault:\S+"
    r"|arn:aws:secretsmanager:\S+"
)
"""References that python-dotenv leaves to others: shells, Compose, secret managers."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BRACKETED: Final = re.compile(
    r"<[^<>]*>|\[[^\[\]\":,]*\]|\{[^{}\":]*\}|\{\{.*\}\}|%.*%|__.+__|\$\{?\w+\}?|\$\(.*\)|\.{3,}|\*{3,}|[-_?#]+",
    re.DOTALL,
)
_TELLTALE: Final = re.compile(
    r"change[-_ ]?(?:me|this|it|in[-_ ]prod)|replace[-_ ]?(?:me|this|with)|fill[-_ ]?(?:me|in)"
    r"|(?<![a-z])your[-_ ]|yoursecret|yourkey|yourapi|your(?:pass|token)"
    r"|example|placeholder|dummy|redacted|todo|fixme"
    r"|[-_]goes[-_]here|insert[-_ ]|put[-_ ]your|<your|\[generate"
    r"|generate[-_ ](?:me|this|a|with|secure|random|strong|new)"
    r"|not[-_ ]?a?[-_ ]?(?:real|secret)|not[-_ ]for[-_ ]prod"
    r"|(?<![a-z0-9])x{3,}(?![a-z0-9])|x{5,}"
)
_WEAK_WORDS: Final = _words("""
    a abc access admin administrator an and anthropic api app auth bar baz be bearer ci client
    code db default demo dev develop development do empty fake fallback for foo google guest
    hello here hs hunter in insecure is jwt key keys letmein local localhost long master me
    minimum mock monkey my mysql mysecret new no none not null of only openai pass passphrase
    password passwd pk placeholder please postgres prod production public pw pwd qwerty random
    redis refresh root sa sample secret secrets secure session sign signing sk staging string
    strong super temp temporary test tester testing tests the this tmp to token top ultra
    undefined unsafe unset use user username value very weak welcome with world""")
_LONGEST_WEAK_WORD: Final = max(map(len, _WEAK_WORDS))
_FEW_DIGITS: Final = 6


def _line_ends(text: str) -> int:
    return text.count("\n")


def _is_repetition(text: str) -> bool:
    """One character, or a unit of up to four, over and over."""
    return any(
        len(text) >= max(3, unit * 3) and text == (text[:unit] * len(text))[: len(text)]
        for unit in range(1, 5)
    )


def _is_sequence(text: str) -> bool:
    """Nearly all neighbours follow each other in the alphabet or as digits: ``abcdef123456``."""
    letters = [letter for letter in text if letter.isalnum()]
    steps = len(letters) - 1
    if steps < 3:  # noqa: PLR2004 - "abc" may be anything
        return False
    runs = sum(
        ord(b) - ord(a) in {1, -1} or (a, b) in {("9", "0"), ("0", "9")}
        for a, b in pairwise(letters)
    )
    return runs >= 0.8 * steps


def _is_made_of_weak_words(text: str) -> bool:
    """Nothing but words anybody would try, with a few digits: ``dev-jwt-secret``, ``admin123``."""
    letters = re.sub(r"[^a-z0-9]+", " ", text)
    if sum(letter.isdigit() for letter in letters) > _FEW_DIGITS or len(letters) > 200:  # noqa: PLR2004
        return False
    words = re.findall(r"[a-z]+", letters)
    return bool(words) and all(_splits_into_weak_words(word) for word in words)


def _splits_into_weak_words(word: str) -> bool:
    reachable = {0}
    for end in range(1, len(word) + 1):
        starts = range(max(0, end - _LONGEST_WEAK_WORD), end)
        if any(start in reachable and word[start:end] in _WEAK_WORDS for start in starts):
            reachable.add(end)
    return len(word) in reachable
