"""Words that people take for keys: lists by frequency, and what is composed of a project's names.

The lists are those of zxcvbn: leaked passwords, English of Wikipedia and of television, names.
"""

from __future__ import annotations

import re
from itertools import chain, product
from typing import TYPE_CHECKING, Final


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


_LISTS: Final[Mapping[str, str]] = {
    "passwords": "a list of leaked passwords",
    "us_tv_and_film": "a list of frequent English words",
    "english_wikipedia": "a list of frequent English words",
    "male_names": "a list of first names",
    "female_names": "a list of first names",
    "surnames": "a list of family names",
}
"""Lists of zxcvbn in the order in which they are tried, and what a finding calls them."""
_PURPOSES: Final = (
    *("secret", "key", "jwt", "token", "password", "auth", "secretkey", "secret-key"),
    *("secret_key", "jwtsecret", "jwt-secret", "jwt_secret", "jwt-key", "jwt_key", "api-key"),
    *("api_key", "signing-key", "signing_key", "token-secret", "token_secret", "session-secret"),
    *("super-secret", "supersecret", "dev", "dev-secret", "local", "test", "prod", "production"),
)
"""What a key is for, as people write it beside the name of a project."""
_SIGNS: Final = ("", "-", "_")
_YEARS: Final = tuple(str(year) for year in range(2015, 2031))
_ENDINGS: Final = ("", "!", "1", "123", "1234", "@123", "#1", *_YEARS)
_FEW_ENDINGS: Final = ("1", "123", "!", "2024", "2025", "2026")
_MOST_NAMES: Final = 12
_WITH_ENDINGS: Final = 8000
"""Leaked passwords that are tried with an ending too, the most frequent first."""


def frequent() -> Iterator[tuple[str, Iterable[str]]]:
    """Lists by frequency: what each is called, and its words, the most frequent first."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    for name, told in _LISTS.items():
        yield told, FREQUENCY_LISTS[name]
    passwords: Sequence[str] = FREQUENCY_LISTS["passwords"]
    yield "a list of leaked passwords", (word.capitalize() for word in passwords)
    ended = (
        form + ending
        for word in passwords[:_WITH_ENDINGS]
        for form in dict.fromkeys((word, word.capitalize()))
        for ending in _FEW_ENDINGS
    )
    yield "a list of leaked passwords, with an ending", ended


def composed(names: Iterable[str], words: Iterable[str]) -> Iterator[str]:
    """A project's names with what keys are for and with years, then common words with years.

    Args:
        names: of the project, its services, its document: ``Item Store``.
        words: common keys: ``secret``.
    """
    forms = dict.fromkeys(chain.from_iterable(spellings(name) for name in names))
    for form in [*forms][: _MOST_NAMES * 4]:
        yield from (form + ending for ending in _ENDINGS)
        for purpose, sign in product(_PURPOSES, _SIGNS):
            yield from (f"{form}{sign}{purpose}{ending}" for ending in _ENDINGS)
            yield f"{purpose}{sign}{form}"
    yield from (word + sign + ending for word in words for sign in _SIGNS for ending in _ENDINGS)


def spellings(name: str) -> list[str]:
    """How a name of several words is written: ``item-store``, ``item_store``, ``ItemStore``."""
    parts = re.findall(r"[A-Za-z0-9]+", name)
    if not parts:
        return []
    lower = [part.lower() for part in parts]
    found = [sign.join(lower) for sign in ("-", "", "_")]
    found += ["".join(part.capitalize() for part in lower), "".join(lower).upper(), name]
    return list(dict.fromkeys(found))
