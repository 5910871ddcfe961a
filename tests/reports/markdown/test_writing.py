import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.reports.markdown.writing import (
    bullets,
    code,
    codes,
    cut,
    document,
    fenced,
    heading,
    prose,
    sentence,
    table,
    tasks,
    text,
)
from tests.reports.markdown.reading import ACTIVE, HOSTILE, PARSER, tables, tokens


INERT = {"inline", "text", "text_special", "softbreak", "paragraph_open", "paragraph_close"}

WORDS = st.text(alphabet=st.sampled_from("ab1 \\`*_[]()<>|~$&;:/#+-=.!\n\"'@wx"), max_size=40)


def shown(written: str) -> str:
    """What a reader sees of one line."""
    [inline] = [token for token in PARSER.parse(written) if token.type == "inline"]
    return "".join(token.content for token in inline.children or ())


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("ENABLE_AUTH is off", "ENABLE_AUTH is off"),
        ("75.5 % (37 of 49)", "75.5 % (37 of 49)"),
        ("-v is an option", "-v is an option"),
        ("_x_ and __init__", r"\_x\_ and \_\_init\_\_"),
        ("# title", r"\# title"),
        ("- item", r"\- item"),
        ("--- line", r"\--- line"),
        ("12. item", r"12\. item"),
        ("3) item", r"3\) item"),
        ("> quoted", r"\> quoted"),
        ("a | b", r"a \| b"),
        ("[x](y)", r"\[x\](y)"),
        ("<b>&lt;", r"\<b>\&lt;"),
        ("see http://x.example or www.x.example", r"see http\://x.example or www\.x.example"),
        ("two\nlines\tand \x1b[0m", r"two lines and \[0m"),
        ("caf\udce9 \u202eright", "caf right"),
        ("by ann@shop.example.", "by `ann@shop.example`."),
        ("a@b@c+d@e.", "`a@b@c+d@e`."),
        ("a@.b and @ann.", "`a@.b` and `@ann`."),
        ("@ann and a @ b", "`@ann` and a @ b"),
        ('{"email":"a_b@x.y","b":1}', '{"email":"`a_b@x.y`","b":1}'),
        ("", ""),
    ],
)
def test_text_is_escaped_where_it_would_act_and_nowhere_else(raw: str, written: str) -> None:
    assert text(raw) == written


@given(WORDS | st.text(max_size=40))
def test_text_is_read_as_it_was_said(words: str) -> None:
    said = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    written = text(words)
    assert {token.type for token in tokens(written)} <= INERT | {"code_inline"}
    if said:
        assert shown(written) == said


@given(WORDS | st.text(max_size=40))
def test_code_is_read_as_it_was_said(words: str) -> None:
    said = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    assert shown(f"is {code(words)}") == f"is {said or '-'}"
    assert not {token.type for token in tokens(code(words))} & ACTIVE


@given(st.lists(st.lists(WORDS, min_size=2, max_size=2), min_size=1, max_size=4), st.booleans())
def test_a_table_has_the_cells_that_it_was_given(rows: list[list[str]], as_code: bool) -> None:
    write = code if as_code else text
    written = table(("A", "B"), [[write(cell) for cell in row] for row in rows])
    assert len({len(row) for row in tables(written)[0]}) == 1
    cells = [token.content for token in tokens(written) if token.type == "inline"]
    assert len(cells) == 2 * (len(rows) + 1)
    assert not {token.type for token in tokens(written)} & ACTIVE


@given(WORDS | st.text(max_size=60))
def test_nothing_leaves_a_fence(words: str) -> None:
    [fence] = PARSER.parse(fenced(f"{words}\nend"))
    assert fence.type == "fence"
    assert fence.content.endswith("end\n")


def test_a_fence_keeps_its_lines_and_is_longer_than_what_it_holds():
    assert fenced("a\n  b\t\n````\x1b") == "`````text\na\n  b\n````\n`````"


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("set ``A=1`` or `B_C`.", "set `A=1` or `B_C`."),
        ("`openssl rand`", "`openssl rand`"),
        ("one ` alone", r"one \` alone"),
        ("*not* bold, `a*b`", r"\*not\* bold, `a*b`"),
    ],
)
def test_prose_keeps_the_code_of_its_author(raw: str, written: str) -> None:
    assert prose(raw) == written


@given(WORDS)
def test_prose_does_nothing_else(words: str) -> None:
    allowed = INERT | {"code_inline"}
    assert {token.type for token in tokens(prose(words))} <= allowed


def test_a_sentence_begins_with_a_capital_letter():
    assert sentence("name the origins.") == "Name the origins."
    assert sentence("`x` it.") == "`x` it."
    assert sentence("") == ""


def test_codes_are_counted_beyond_what_is_shown():
    assert codes(["a", "b", "c"], most=2) == "`a`, `b` and 1 more"
    assert codes(["a", "b"]) == "`a`, `b`"
    assert codes([]) == "-"


def test_a_long_text_is_cut():
    assert cut("word " * 100, 20) == "word word word wo..."
    assert cut(" short\n text ", 20) == "short text"


def test_lists_and_their_lists():
    assert bullets(["a", ("b", ["c"])]) == "- a\n- b\n  - c"
    assert tasks(["a"]) == "- [ ] a"
    assert bullets([]) == ""


def test_a_table_without_rows_is_none():
    assert table(("A", "B"), []) == ""
    assert table(("A", "B"), [("1", "")]) == "| A | B |\n| --- | --- |\n| 1 | - |"


def test_a_document_has_an_empty_line_between_its_blocks():
    assert document([heading(1, "A"), "", "b", heading(2, "C"), "d"]) == "# A\n\nb\n\n## C\n\nd\n"


@pytest.mark.parametrize("blocks", [["# A"], ["# A", "b", "## C", "# D", "e"], ["## A", "## B"]])
def test_a_part_without_a_word_is_an_error(blocks: list[str]) -> None:
    with pytest.raises(ValueError, match="nothing stands below"):
        document(blocks)


def test_hostile_text_is_one_line_of_text():
    assert "\n" not in text(HOSTILE)
    assert "\n" not in code(HOSTILE)
    assert {token.type for token in tokens(text(HOSTILE))} <= INERT
    assert "p://" not in text(HOSTILE)
    assert "www." not in text(HOSTILE)
