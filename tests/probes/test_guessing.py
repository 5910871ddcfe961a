"""Words that people take for keys."""

from __future__ import annotations

import pytest

from pytest_readiness.fixtures.guesses import COMMON
from pytest_readiness.probes import guessing


def test_more_than_fifty_thousand_words_are_tried_without_a_repository() -> None:
    words = {word for _, listed in guessing.frequent() for word in listed}
    assert len(words) > 50_000
    assert {"123456", "snowflake", "Dolphin123", "smith"} <= words


def test_each_list_says_in_words_what_it_is() -> None:
    assert all(told.startswith("a list of ") for told, _ in guessing.frequent())


@pytest.mark.parametrize(
    "key",
    [
        "item-store-secret",
        "item_store_jwt_secret",
        "ItemStore2024",
        "secret-itemstore",
        "ITEMSTORE",
        "itemstorekey123",
        "mysecret2026",
        "changeme!",
    ],
)
def test_keys_are_composed_as_people_compose_them(key: str) -> None:
    assert key in set(guessing.composed(["Item Store"], COMMON))


def test_a_name_without_letters_composes_nothing() -> None:
    assert list(guessing.composed(["", "--"], [])) == []


def test_a_name_is_spelled_in_its_usual_ways() -> None:
    assert guessing.spellings("Item Store") == [
        "item-store",
        "itemstore",
        "item_store",
        "ItemStore",
        "ITEMSTORE",
        "Item Store",
    ]
