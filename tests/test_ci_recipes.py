"""The recipes in ``examples/ci``: valid, safe to copy, and written with options that exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from _pytest.mark.expression import Expression
from pygments.lexers import GroovyLexer
from pygments.token import Comment, Error, String

from pytest_readiness.cli import _parser as console_parser
from pytest_readiness.plugin import MARKERS
from pytest_readiness.publish import FORMATS
from pytest_readiness.verdict import EXIT_CODES


ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "examples" / "ci"
WORKFLOWS = sorted(RECIPES.glob("github-*.yml"))
GITLAB = RECIPES / "gitlab-ci.yml"
JENKINS = RECIPES / "Jenkinsfile"

PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
FILES = {file for file, _ in FORMATS.values()}
EXPRESSIONS = re.compile(r"^ +(?:CHECKS|checks): (.+)$", re.MULTILINE)


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["jobs"]
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job["steps"]]


def groovy() -> list[tuple[Any, str]]:
    return list(GroovyLexer().get_tokens(JENKINS.read_text("utf-8")))


def scripts(path: Path) -> list[str]:
    """Shell lines of a recipe."""
    if path == JENKINS:
        return re.findall(r"\b(?:sh|script:) '([^']*)'", path.read_text("utf-8"))
    if path == GITLAB:
        job = yaml.safe_load(path.read_text("utf-8"))["readiness"]
        return [*job["before_script"], *job["script"]]
    return [line for step in steps(path) for line in step.get("run", "").splitlines()]


def commands(path: Path) -> list[list[str]]:
    """Our commands in it, as words: ``pytest --readiness ...`` and ``readiness ...``."""
    found = []
    for line in scripts(path):
        words = shlex.split(line.partition("||")[0])
        program = words[0].rpartition("/")[2] if words else ""
        if program in {"pytest", "readiness"}:
            found.append([program, *words[1:]])
    return found


def options_exist(words: list[str], config: pytest.Config) -> None:
    """Fail unless the command line would be understood."""
    program, *arguments = words
    if program == "readiness":
        console_parser().parse_args(arguments)
        return
    _, unknown = config._parser.parse_known_and_unknown_args(arguments)
    assert unknown == [], f"pytest does not know {unknown}"
    assert "--readiness" in arguments


ALL = [*WORKFLOWS, GITLAB, JENKINS]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_its_commands_are_ours_as_they_are(path: Path, pytestconfig: pytest.Config) -> None:
    found = commands(path)
    assert found
    for words in found:
        options_exist(words, pytestconfig)


def test_an_option_that_does_not_exist_would_be_seen(pytestconfig: pytest.Config) -> None:
    with pytest.raises(AssertionError, match="--readiness-acept"):
        options_exist(["pytest", "--readiness", "--readiness-acept=x"], pytestconfig)
    with pytest.raises(SystemExit):
        options_exist(["readiness", "merge", "a", "--into", "b"], pytestconfig)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_its_selections_name_markers_that_exist(path: Path) -> None:
    known = {re.split(r"[:(]", marker)[0] for marker in MARKERS}
    text = path.read_text("utf-8")
    chosen = [words[words.index("-m") + 1] for words in commands(path) if "-m" in words]
    chosen = [one for one in chosen if not one.startswith("$")] + EXPRESSIONS.findall(text)
    for expression in chosen:
        if "${{" in expression:
            continue
        assert set(re.findall(r"\w+", expression)) - {"and", "or", "not"} <= known
        Expression.compile(expression)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_the_files_that_it_hands_on_are_written(path: Path) -> None:
    named = set(re.findall(r"(?<![\w-])readiness-report/([\w.-]+\.\w+)", path.read_text("utf-8")))
    assert named <= FILES


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        *(("vendor.github-workflows", path) for path in WORKFLOWS),
        *(("custom.github-workflows-require-timeout", path) for path in WORKFLOWS),
        ("vendor.gitlab-ci", GITLAB),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_it_is_valid_by_the_schema_of_its_system(schema: str, path: Path) -> None:
    transform = ["--data-transform", "gitlab-ci"] if path == GITLAB else []
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *transform, path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_in_a_workflow_can_be_abused(path: Path, tmp_path: Path) -> None:
    place = tmp_path / ".github" / "workflows" / path.name  # zizmor looks at workflows only
    place.parent.mkdir(parents=True)
    place.write_bytes(path.read_bytes())
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--persona=pedantic", "--min-severity=low", place],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_say_their_version(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert used
    assert all(PINNED.fullmatch(name) for name in used)
    lines = [line for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    assert all(re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line) for line in lines)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_runs_the_audited_code_may_write_nothing(path: Path) -> None:
    assert yaml.safe_load(path.read_text("utf-8"))["permissions"] == {}
    for job in jobs(path).values():
        runs_code = any("pytest" in step.get("run", "") for step in job["steps"])
        writes = [name for name, right in job["permissions"].items() if right == "write"]
        assert not (runs_code and writes)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_a_job_needs_another_one_makes(path: Path) -> None:
    by_name = jobs(path)
    for job in by_name.values():
        needed = job.get("needs", [])
        assert set([needed] if isinstance(needed, str) else needed) <= set(by_name)
    made, taken = (
        {
            step["with"].get("name", step["with"].get("pattern"))
            for step in steps(path)
            if f"actions/{verb}-artifact@" in step.get("uses", "")
        }
        for verb in ("upload", "download")
    )
    stems = {name.partition("${{")[0] for name in made}
    assert all(name.rstrip("*") in stems for name in taken)


def test_a_report_is_kept_however_the_job_ends() -> None:
    kept = [step for step in steps(WORKFLOWS[-1]) if "upload-artifact" in step.get("uses", "")]
    assert [step["if"] for step in kept] == ["always()"]
    gitlab = yaml.safe_load(GITLAB.read_text("utf-8"))["readiness"]
    assert gitlab["artifacts"]["when"] == "always"
    assert re.search(r"post \{\s+always \{\s+archiveArtifacts", JENKINS.read_text("utf-8"))


def test_gitlab_lets_conditional_go_through_and_nothing_else() -> None:
    job = yaml.safe_load(GITLAB.read_text("utf-8"))["readiness"]
    assert job["allow_failure"] == {"exit_codes": [EXIT_CODES["CONDITIONAL GO"]]}  # type: ignore[index]


def test_the_jenkinsfile_is_groovy_with_its_brackets_closed() -> None:
    tokens = groovy()
    assert not [text for kind, text in tokens if kind is Error]
    code = "".join(text for kind, text in tokens if kind not in String and kind not in Comment)
    waiting = []
    pairs = {")": "(", "]": "[", "}": "{"}
    for letter in re.sub(r"[^][(){}]", "", code):
        if letter in pairs:
            assert waiting.pop() == pairs[letter]
        else:
            waiting.append(letter)
    assert waiting == []


@pytest.mark.parametrize("page", ["ci.md", "cli.md", "reports.md"])
def test_the_options_that_a_page_names_exist(page: str, pytestconfig: pytest.Config) -> None:
    text = (ROOT / "docs" / page).read_text("utf-8")
    known = set(pytestconfig._parser.optparser._option_string_actions)
    assert set(re.findall(r"--readiness[\w-]*", text)) <= known
