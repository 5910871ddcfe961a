"""Secrets of odd shapes, the ways they travel, and the search for what is left of them."""

# ruff: noqa: E501 - tables are read best with one entry a line

from __future__ import annotations

import base64
import html
import json
import random
import re
import shlex
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from pytest_readiness.redaction import forms


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path


FRAGMENT = 8
"""Characters of a secret in a row that count as a leak."""

_TELLING = 6
_DISTINCT = 5


def _letters(dice: random.Random, size: int, more: str = "") -> str:
    """Random letters; what any text holds by accident is no use as a secret to look for."""
    alphabet = string.ascii_letters + string.digits + more
    while True:
        made = "".join(dice.choices(alphabet, k=size))
        if len(set(made)) > min(size, 6) - 2 and not made.isdigit() and made.strip() == made:
            return made


SHAPES: dict[str, Callable[[random.Random], str]] = {
    "six characters": lambda dice: _letters(dice, 6),
    "seven, with signs": lambda dice: _letters(dice, 4) + "#" + _letters(dice, 2),
    "plain": lambda dice: _letters(dice, 24),
    "hexadecimal": lambda dice: "".join(dice.choices("0123456789abcdef", k=32)),
    "base64": lambda dice: base64.b64encode(dice.randbytes(20)).decode(),
    "urlsafe base64": lambda dice: base64.urlsafe_b64encode(dice.randbytes(33)).decode(),
    "for URLs": lambda dice: f"{_letters(dice, 5)}@/:?#{_letters(dice, 5)}&=%2F+{_letters(dice, 4)}",
    "quotes": lambda dice: f"{_letters(dice, 5)}'\"{_letters(dice, 5)}`\"{_letters(dice, 3)}'",
    "backslashes": lambda dice: f"{_letters(dice, 5)}\\n\\{_letters(dice, 6)}\\\\{_letters(dice, 3)}",
    "markup": lambda dice: f"{_letters(dice, 4)}<b a='{_letters(dice, 4)}'>&amp;{_letters(dice, 4)}",
    "shell": lambda dice: f"{_letters(dice, 4)}$({_letters(dice, 3)}) ${{{_letters(dice, 4)}}};{_letters(dice, 4)}",
    "words": lambda dice: " ".join(_letters(dice, 7) for _ in range(5)),
    "many words": lambda dice: " ".join(_letters(dice, 9) for _ in range(16)),
    "other scripts": lambda dice: f"{_letters(dice, 4)}ßé漢字{_letters(dice, 4)}🙂{_letters(dice, 3)}",
    "lines": lambda dice: "\n".join(_letters(dice, 12) for _ in range(3)),
    "lines, some short": lambda dice: "\n".join(
        [_letters(dice, 20), _letters(dice, 3), "", _letters(dice, 7)]
    ),
    "a key file": lambda dice: "\n".join(
        ["-----BEGIN EC PRIVATE KEY-----"]
        + [_letters(dice, 64, "+/") for _ in range(3)]
        + ["-----END EC PRIVATE KEY-----"]
    ),
    "JSON": lambda dice: json.dumps({"id": _letters(dice, 8), "private": _letters(dice, 20)}),
    "long": lambda dice: _letters(dice, 300, "-_"),
    "tabs": lambda dice: f"{_letters(dice, 6)}\t{_letters(dice, 6)}",
    "a URL": lambda dice: f"https://{_letters(dice, 6)}:{_letters(dice, 9)}@hooks.acme-corp.io/{_letters(dice, 9)}",
    "a template": lambda dice: f"{_letters(dice, 4)}{{}}%s%(x)d{_letters(dice, 5)}",
    "with an ellipsis": lambda dice: f"{_letters(dice, 9)}...{_letters(dice, 9)}",
    "stars": lambda dice: f"{_letters(dice, 6)}***{_letters(dice, 6)}",
}  # fmt: skip


def secrets(part: int, parts: int, seed: int = 20261121) -> dict[str, str]:
    """One secret of every so-manieth shape."""
    dice = random.Random(seed + part)
    return {shape: SHAPES[shape](dice) for shape in list(SHAPES)[part::parts]}


def _another(shape: str) -> str:
    """Another secret of a shape: what both have in common tells nothing."""
    return SHAPES[shape](random.Random(shape))


TRAVELS: dict[str, Callable[[str], str]] = {
    "as it is": lambda value: value,
    "in a sentence": lambda value: f"the server said {value}, and hung up",
    "in JSON": lambda value: json.dumps({"note": value, "n": 1}),
    "in JSON, unicode": lambda value: json.dumps({"note": value}, ensure_ascii=False),
    "in JSON in JSON": lambda value: json.dumps({"body": json.dumps({"note": value})}),
    "in a repr": lambda value: repr({"note": value, "other": [value]}),
    "in a repr of bytes": lambda value: repr(value.encode()),
    "in a query": lambda value: f"GET /find?page=1&q={quote(value, safe='')}&x=1",
    "in a query with plus": lambda value: f"/find?q={quote_plus(value)}",
    "in a path": lambda value: f"https://api.example/hooks/{quote(value)}/x",
    "in a user's URL": lambda value: (
        f"postgresql://app:{quote(value, safe='')}@db.example:5432/app"
    ),
    "in a header": lambda value: f"X-Note: {value}",
    "in Basic": lambda value: "Basic " + base64.b64encode(f"app:{value}".encode()).decode(),
    "in base64": lambda value: base64.b64encode(value.encode()).decode(),
    "in urlsafe base64": lambda value: base64.urlsafe_b64encode(f"x{value}".encode()).decode(),
    "in hexadecimal": lambda value: value.encode().hex(),
    "in a cookie": lambda value: f"Set-Cookie: theme={quote(value)}; Path=/",
    "in HTML": lambda value: f"<p title='{html.escape(value)}'>",
    "in a command": lambda value: shlex.join(["curl", "-d", value, "http://127.0.0.1/"]),
    "in mojibake": lambda value: value.encode().decode("latin-1"),
}
"""How a value gets into a text."""


@dataclass(frozen=True)
class Leak:
    """Something that was found where it may not be."""

    place: str
    shape: str
    piece: str
    around: str

    def __str__(self) -> str:
        return f"{self.place}: {self.shape}: {self.piece!r} in {self.around!r}"


class Search:
    """Looks for secrets in all their forms, and for their pieces."""

    def __init__(self, planted: Mapping[str, str]) -> None:
        """Prepare for secrets by their shape."""
        self._wholes: dict[str, str] = {}
        self._pieces: dict[str, str] = {}
        for shape, value in planted.items():
            constant = {piece for form in forms(_another(shape)) for piece in _pieces(form)}
            for form in forms(value):
                self._wholes[form] = shape
                pieces = set(_pieces(form)) - constant
                self._pieces.update(dict.fromkeys(pieces, shape))

    def text(self, place: str, text: str) -> Iterator[Leak]:
        """Leaks in one text, each as often as it stands there."""
        for whole, shape in self._wholes.items():
            at = text.find(whole)
            if at >= 0:
                yield Leak(place, shape, whole, text[max(at - 60, 0) : at + len(whole) + 60])
        pieces = self._pieces
        for at in [at for at in range(len(text)) if text[at : at + FRAGMENT] in pieces]:
            piece = text[at : at + FRAGMENT]
            yield Leak(place, self._pieces[piece], piece, text[max(at - 60, 0) : at + 70])

    def files(self, root: Path, skipped: Iterable[Path] = ()) -> Iterator[Leak]:
        """Leaks in the files below a folder, and in their names."""
        left_out = set(skipped)
        for path in sorted(root.rglob("*")):
            if path.is_file() and path not in left_out and path.suffix != ".pyc":
                name = str(path.relative_to(root))
                yield from self.text(f"name of {name}", name)
                raw = path.read_bytes()
                for charset in ("utf-8",) if raw.isascii() else ("utf-8", "latin-1"):
                    yield from self.text(name, raw.decode(charset, "replace"))


def _pieces(form: str) -> Iterator[str]:
    """Pieces that no text holds by accident."""
    for at in range(len(form) - FRAGMENT + 1):
        piece = form[at : at + FRAGMENT]
        telling = re.sub(
            r"%[0-9A-Fa-f]{0,2}|&#?\w*;?|\\u[0-9a-f]{0,4}|\w{0,4};|[^A-Za-z0-9]", "", piece
        )
        if len(telling) >= _TELLING and len(set(telling)) >= _DISTINCT and "***" not in piece:
            yield piece
