"""Whatever the user's configuration says, the audit is neither emptied nor broken by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_readiness import catalogue


if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.model import AuditReport

CHECK = '@check("the-defect", P1)\ndef test_it():\n    """All is well."""\n'
BUNDLED = len(catalogue.bundled_checks())


@pytest.mark.parametrize(
    "ini",
    [
        "python_files = check_*.py",
        "python_functions = it_*",
        "norecursedirs = readiness suites day* *",
        "testpaths = tests",
        "addopts = --import-mode=importlib",
        "addopts = --import-mode=append --doctest-modules",
        "addopts = -q --strict-markers --strict-config -W error",
        "strict = true",
        "filterwarnings = error",
        "addopts = -p no:cacheprovider",
        "addopts = -p no:xdist",
        "addopts = -p no:html -p no:metadata",
        "addopts = -p no:terminal",
    ],
)
def test_configuration_does_not_change_what_is_audited(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
    ini: str,
) -> None:
    if ini.startswith("strict") and pytest.version_tuple < (9, 0):
        ini = "xfail_strict = true"
    pytester.makefile(".ini", pytest=f"[pytest]\n{ini}\n")
    pytester.makepyfile(**{"tests/test_theirs": "def test_theirs(): pass"})
    checks(CHECK)
    result = pytester.runpytest_subprocess("--readiness", timeout=60)
    assert result.ret == 12  # no target
    found = record()
    assert len(found.checks) == BUNDLED + 1
    assert {finding.check for finding in found.findings} == {check.id for check in found.checks}


def test_without_paths_their_tests_are_not_run(
    pytester: pytest.Pytester, checks: Callable[[str], None]
) -> None:
    pytester.makepyfile(**{"tests/test_theirs": "def test_theirs(): assert False"})
    checks(CHECK)
    result = pytester.runpytest("--readiness", "-v")
    result.stdout.fnmatch_lines(["readiness/own.py::test_it PASSED*"])
    result.stdout.no_fnmatch_line("*test_theirs*")


def test_given_paths_are_run_too(pytester: pytest.Pytester, checks: Callable[[str], None]) -> None:
    pytester.makepyfile(**{"tests/test_theirs": "def test_theirs(): pass"})
    checks(CHECK)
    result = pytester.runpytest("--readiness", "tests", "-v")
    result.stdout.fnmatch_lines_random(
        ["tests/test_theirs.py::test_theirs PASSED*", "readiness/own.py::test_it PASSED*"]
    )


@pytest.mark.parametrize("argument", [".", "readiness"])
def test_a_path_that_contains_the_checks_runs_them_once(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
    argument: str,
) -> None:
    checks(CHECK)
    pytester.runpytest("--readiness", argument)
    nodes = [entry.node for entry in record().planned]
    assert len(nodes) == len(set(nodes))
    assert "readiness/own.py::test_it" in nodes


def test_plain_pytest_runs_only_theirs(
    pytester: pytest.Pytester, checks: Callable[[str], None]
) -> None:
    pytester.makepyfile(**{"tests/test_theirs": "def test_theirs(): pass"})
    checks(CHECK + "    assert False\n", name="test_own.py")
    result = pytester.runpytest("-v")
    result.assert_outcomes(passed=1)
    assert not (pytester.path / "readiness-report").exists()


def test_plain_pytest_leaves_a_package_named_readiness_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        **{"readiness/__init__": "", "readiness/test_theirs": "def test_theirs(): pass"}
    )
    pytester.runpytest().assert_outcomes(passed=1)


def test_their_decorated_tests_run_without_the_audit(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "from pytest_readiness import *\n"
        '@check("the-defect", P1, phase="security", domain="security")\n'
        'def test_it():\n    """Fine."""\n    warn("odd")\n'
    )
    pytester.runpytest("--strict-markers").assert_outcomes(passed=1)


def test_their_decorated_tests_become_checks(
    pytester: pytest.Pytester, record: Callable[[], AuditReport]
) -> None:
    pytester.makepyfile(
        "from pytest_readiness import *\n"
        '@check("the-defect", P1, phase="security", domain="security")\n'
        'def test_it():\n    """Fine."""\n'
    )
    pytester.runpytest("--readiness", ".")
    assert "the-defect" in {finding.check for finding in record().findings}


@pytest.mark.parametrize(
    "expression",
    ["security", "day3", "P1", "readiness(domain='security')", "readiness(id='the-defect')"],
)
def test_a_check_is_selected_by_phase_day_priority_and_metadata(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
    expression: str,
) -> None:
    checks(
        CHECK
        + '@check("late", P3, phase="assessment", domain="compliance")\n'
        + 'def test_late():\n    """Fine."""\n'
    )
    pytester.runpytest("--readiness", "-m", expression)
    found = {finding.check for finding in record().findings}
    assert "the-defect" in found
    assert "late" not in found
    assert record().selection.expression == f"-m {expression!r}"


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('@check("Not Kebab", P1)\ndef test_it():\n    """Fine."""\n', "kebab-case"),
        ('@check("the-defect", "P9")\ndef test_it():\n    """Fine."""\n', "one of P0, P1, P2, P3"),
        ('@check("the-defect", P1)\ndef test_it():\n    pass\n', "docstring must open with"),
        (
            '@check("the-defect", P1, phase="secruity")\ndef test_it():\n    """Fine."""\n',
            "did you mean 'security'",
        ),
        (CHECK + CHECK.replace("test_it", "test_again"), "'the-defect' stands twice"),
        (
            '@pytest.mark.readiness(id="a", piority="P1")\ndef test_it():\n    """Fine."""\n',
            "unknown keyword 'piority'; did you mean 'priority'?",
        ),
    ],
)
def test_wrong_metadata_is_a_usage_error_that_names_the_check(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    source: str,
    message: str,
    workers: str,
) -> None:
    checks(source)
    result = pytester.runpytest_subprocess("--readiness", workers, timeout=60)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = result.stderr.str() + result.stdout.str()
    assert message in said
    assert "own.py" in said
    assert "INTERNALERROR" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("policy: {levels: {the-defekt: fail}}", "no check 'the-defekt'; did you mean 'the-def"),
        ("policy: {levels: {the-defect: warn}}", "a P1 is lowered by a waiver only"),
        ("not_applicable: {the-defect: {reason: none}}", "a P1 needs an owner and an expiry"),
        ("tagret: {}", "did you mean 'target'"),
        ("profile: nowhere", "expected one of as-shipped"),
        ("checks: [nowhere]", "there is no nowhere"),
    ],
)
def test_wrong_settings_are_a_usage_error_that_says_what_to_do(
    pytester: pytest.Pytester, checks: Callable[[str], None], yaml: str, message: str
) -> None:
    pytester.makefile(".yaml", readiness=yaml)
    checks(CHECK)
    result = pytester.runpytest_subprocess("--readiness", timeout=60)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "readiness.yaml" in result.stderr.str()
    assert message in result.stderr.str()
    assert "Traceback" not in result.stderr.str()


def test_a_module_of_checks_that_cannot_be_imported_ends_the_run(
    pytester: pytest.Pytester, checks: Callable[[str], None], record: Callable[[], AuditReport]
) -> None:
    checks("import no_such_module\n" + CHECK)
    result = pytester.runpytest("--readiness")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert record().judgement.verdict == "INCOMPLETE"
    assert "own.py could not be collected" in record().interrupted


def test_collecting_only_audits_nothing(
    pytester: pytest.Pytester, checks: Callable[[str], None]
) -> None:
    checks(CHECK)
    result = pytester.runpytest("--readiness", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["readiness/own.py::test_it"])
    assert not (pytester.path / "readiness-report").exists()
