"""Dockerfiles are read as BuildKit reads them."""

from __future__ import annotations

from io import BytesIO

import pytest
from dockerfile_parse import DockerfileParser
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.probes import dockerfile
from pytest_readiness.probes.unreadable import UnreadableFile


def read(text: str) -> dockerfile.Dockerfile:
    return dockerfile.parse(text, "Dockerfile")


def test_an_instruction_knows_its_line():
    (user,) = read("FROM a\n# who\n\nuser app:app\n").final_stage.all("USER")
    assert (user.value, str(user.location)) == ("app:app", "Dockerfile:4")


def test_lines_of_a_here_document_are_no_instructions():
    found = read(
        "FROM a\nRUN <<EOF cat > x && <<-'B' sh\nUSER root\nEOF\n\tFROM b\n\tB\nUSER app\n"
    )
    run, user = found.final_stage.instructions
    assert run.heredocs == ("USER root\n", "FROM b\n")
    assert (run.end_line, user.location.line, len(found.stages)) == (6, 7, 1)


@pytest.mark.parametrize(
    "line", ["RUN echo $((1<<2))", "RUN cat <<< word", "RUN a << b", "CMD <<EOF"]
)
def test_what_only_looks_like_a_here_document_is_none(line):
    assert read(f"FROM a\n{line}\nUSER app\n").final_stage.all("USER")


def test_comments_and_empty_lines_do_not_end_a_continued_instruction():
    run, user = read("FROM a\nRUN one \\\n  # why\n\n  && two\nUSER x\n").final_stage.instructions
    assert run.value.split() == ["one", "&&", "two"]
    assert (run.location.line, run.end_line, user.location.line) == (2, 5, 6)


def test_the_escape_directive_changes_the_continuation():
    run, user = read("# escape=`\nFROM a\nRUN dir `\n c:\\\nUSER x\n").final_stage.instructions
    assert (run.value, user.value) == ("dir  c:\\", "x")


def test_a_doubled_escape_character_does_not_continue():
    assert read("FROM a\nRUN x \\\\\nUSER y\n").final_stage.all("user")[0].value == "y"


def test_windows_line_ends_and_a_byte_order_mark_are_no_content():
    stage = read("\ufeffFROM a:1\r\nRUN b \\\r\n c\r\nUSER x\r\n").final_stage
    assert (stage.image.tag, stage.all("USER")[0].value) == ("1", "x")


def test_arguments_with_a_default_are_replaced_in_from_and_user():
    stage = read(
        "ARG V=3.12\nARG BASE=python:${V}\nFROM --platform=$BUILDPLATFORM ${BASE}-slim AS build\n"
        "ARG V\nENV WHO=app\nUSER ${WHO}\nUSER ${NOBODY:-root}\nUSER $UNKNOWN\nUSER v$V\n"
    ).final_stage
    assert (stage.image.text, stage.name, stage.platform) == (
        "python:3.12-slim",
        "build",
        "$BUILDPLATFORM",
    )
    assert [one.value for one in stage.all("USER")] == ["app", "root", "$UNKNOWN", "v3.12"]
    assert stage.all("USER")[0].raw == "${WHO}"


def test_an_argument_before_from_is_unknown_in_a_stage_that_does_not_ask_for_it():
    assert read("ARG U=app\nFROM a\nUSER $U\n").final_stage.all("USER")[0].value == "$U"


def test_a_stage_inherits_from_the_stage_it_starts_from():
    found = read(
        "FROM a:1 AS Base\nENV U=app\nUSER $U\nFROM b\nFROM base\nUSER x$U\nONBUILD USER root\n"
    )
    final = found.final_stage
    assert [one.value for one in final.inherited_all("USER")] == ["app", "xapp"]
    assert (final.parent, final.base.text) == (found.stages[0], "a:1")
    assert found.stage("BASE") is found.stage("0") is found.stages[0]
    assert found.stage("nowhere") is None


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ('CMD ["python", "-m", "app"]', ("python", "-m", "app")),
        ("CMD python -m app", None),
        ("CMD ['python']", None),
        ("CMD [1]", None),
        ("CMD", None),
    ],
)
def test_the_exec_form_is_a_json_list_of_words(command, words):
    assert read(f"FROM a\n{command}\n").final_stage.all("CMD")[0].exec_form == words


def test_flags_stand_apart_from_arguments():
    (copy,) = read("FROM a\nCOPY --from=b --chown=app:app x y\n").final_stage.all("COPY")
    assert (copy.flags, copy.arguments) == ({"from": "b", "chown": "app:app"}, "x y")


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        ('ENV A=1 B=\'c d\' C="e \\"f\\""', (("A", "1"), ("B", "c d"), ("C", 'e "f"'))),
        ("ENV NAME all the rest", (("NAME", "all the rest"),)),
        ("ARG A B=2", (("A", None), ("B", "2"))),
        ("LABEL a.b=c", (("a.b", "c"),)),
        ("ENV", ()),
    ],
)
def test_pairs_of_env_arg_and_label(line, pairs):
    assert read(f"FROM a\n{line}\n").final_stage.instructions[0].pairs == pairs


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "nothing to build"),
        ("# only a comment\n", None, "nothing to build"),
        ("FROM\n", 1, "names no image"),
        ("RUN x\nFROM a\n", 1, "before the first FROM"),
        ("FROM a\nRUN <<EOF\nx\n", 2, "never ends"),
    ],
)
def test_what_docker_refuses_is_unreadable(text, line, words):
    with pytest.raises(UnreadableFile, match=words) as caught:
        read(text)
    assert caught.value.line == line


def test_an_instruction_docker_does_not_know_is_listed():
    (one,) = read("FROM a\nRUNN x\n").unknown
    assert (one.keyword, one.location.line) == ("RUNN", 2)


VALUE = st.text(alphabet="abc/=-. ", min_size=1).map(str.strip).filter(bool)
LINE = st.one_of(
    st.tuples(st.sampled_from(["RUN", "user", "Workdir", "EXPOSE", "CMD"]), VALUE).map(" ".join),
    st.tuples(VALUE, VALUE).map(lambda two: f"RUN {two[0]} \\\n  {two[1]}"),
    st.just("# a comment"),
    st.just(""),
)


@given(st.lists(LINE), st.sampled_from(["\n", "\r\n"]))
def test_both_readers_agree_where_dockerfile_parse_is_right(lines, end):
    text = end.join(["FROM a", *(line.replace("\n", end) for line in lines)]) + end
    theirs = [
        (one["instruction"], one["startline"] + 1, one["endline"] + 1, one["value"].split())
        for one in DockerfileParser(fileobj=BytesIO(text.encode())).structure
        if one["instruction"] not in {"COMMENT", "FROM"}
    ]
    ours = [
        (one.keyword, one.location.line, one.end_line, one.raw.split())
        for one in read(text).final_stage.instructions
    ]
    assert ours == theirs


@given(
    st.lists(
        st.sampled_from(
            [
                "FROM a",
                "\nARG A=1",
                "\nRUN ",
                "<<E",
                "\nE",
                "\\",
                "\r\n",
                "$",
                "${A",
                ":-",
                "}",
                '"',
                "'",
                "\nFROM ${A} AS b",
                "\nFROM b",
                "\nENV ",
                "=",
                " ",
                "--x=",
                "\n#",
                "\u2028",
                "\x00",
                "\x0c",
            ]
        )
    ).map("".join)
    | st.text()
)
def test_no_text_raises_anything_else(text):
    try:
        found = read(text)
    except UnreadableFile:
        return
    last = text.count("\n") + 1
    for one in found.instructions:
        assert 1 <= one.location.line <= one.end_line <= last
        assert all(isinstance(name, str) for name, _ in one.pairs)
        assert isinstance(one.exec_form, tuple | None)
