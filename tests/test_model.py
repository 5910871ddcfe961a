import pytest

from tests.runs import check


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Pin it. Then look.", "Pin it."),
        ("pin ``jwt.decode(t, k)``: see RFC 8725.", "pin `jwt.decode(t, k)`: see RFC 8725."),
        ("Set\n    A=1. B follows", "Set A=1."),
        ("e.g. this one is whole. `next`", "e.g. this one is whole."),
        ("", ""),
    ],
)
def test_the_first_sentence_of_a_fix(text, sentence):
    assert check("any", fix=text).short_fix == sentence
