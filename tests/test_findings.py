"""What pytest saw, in the words of the audit: outcome, message, reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_readiness.model import Outcome, Reason


if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.model import AuditReport


CHECK = '''
@check("the-defect", P1)
def test_it({arguments}):
    """All is well."""
    {body}
'''


@pytest.mark.parametrize(
    ("body", "outcome", "message"),
    [
        ("pass", Outcome.PASSED, ""),
        ("warn('no Retry-After')", Outcome.WARNED, "no Retry-After"),
        ("fail('it is open')", Outcome.FAILED, "it is open"),
        ("assert 1 == 2, 'one is not two'", Outcome.FAILED, "one is not two"),
        ("warn('odd'); fail('open')", Outcome.FAILED, "open"),
        ("not_applicable('no Dockerfile')", Outcome.NOT_APPLICABLE, "no Dockerfile"),
        ("unverified('no promtool', 'no-tool')", Outcome.SKIPPED, "no promtool"),
        ("pytest.skip('not today')", Outcome.SKIPPED, "not today"),
        ("raise RuntimeError('boo')", Outcome.ERROR, "RuntimeError: boo"),
        ("pytest.exit('bye')", Outcome.ERROR, "CheckStoppedPytest: "),
        ("pytest.xfail('known')", Outcome.FAILED, "expected to fail: "),
        ("raise SystemExit(3)", Outcome.ERROR, "SystemExit: 3"),
    ],
)
def test_outcome_follows_from_how_the_check_ended(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
    body: str,
    outcome: Outcome,
    message: str,
) -> None:
    checks(CHECK.format(body=body, arguments=""))
    pytester.runpytest("--readiness", "-k", "own.py")
    [finding] = record().findings
    assert finding.outcome is outcome
    assert finding.message.startswith(message)
    assert bool(finding.message) is bool(message)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("unverified('x', 'no-answer')", Reason.NO_ANSWER),
        ("unverified('x')", Reason.BLOCKED),
        ("pytest.skip('x')", Reason.BLOCKED),
        ("pytest.importorskip('no_such_module')", Reason.NO_TOOL),
    ],
)
def test_a_skip_says_why_it_could_not_look(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
    body: str,
    reason: Reason,
) -> None:
    checks(CHECK.format(body=body, arguments=""))
    pytester.runpytest("--readiness", "-k", "own.py")
    assert record().findings[0].reason is reason


@pytest.mark.parametrize(
    ("fixture", "outcome"),
    [
        ("assert False, 'broken fixture'", Outcome.ERROR),
        ("fail('no')", Outcome.ERROR),
        ("unverified('no token', 'no-credential')", Outcome.SKIPPED),
        ("not_applicable('no users')", Outcome.NOT_APPLICABLE),
        ("yield; raise ValueError('dirty')", Outcome.ERROR),
    ],
)
def test_what_a_fixture_does_is_no_failure_of_the_target(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
    fixture: str,
    outcome: Outcome,
) -> None:
    checks(
        f"@pytest.fixture\ndef needed():\n    {fixture}\n"
        + CHECK.format(body="pass", arguments="needed")
    )
    pytester.runpytest("--readiness", "-k", "own.py")
    [finding] = record().findings
    assert finding.outcome is outcome
    assert not finding.flaky


def test_each_parameter_is_a_subject(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
) -> None:
    checks(
        '@check("the-defect", P1)\n'
        '@pytest.mark.parametrize("alg", ["none", "None"])\n'
        'def test_it(alg):\n    """All is well."""\n    assert alg == "none"\n'
    )
    pytester.runpytest("--readiness", "-k", "own.py")
    assert {f.subject: f.outcome for f in record().findings} == {
        "none": Outcome.PASSED,
        "None": Outcome.FAILED,
    }


def test_a_check_that_hangs_is_an_error_and_the_run_goes_on(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
) -> None:
    pytester.makefile(".yaml", readiness="check_timeout: 0.5")
    body = "try:\n        time.sleep(60)\n    except Exception:\n        pass"
    checks(
        CHECK.format(body=body, arguments="")
        + '\n@check("another", P1)\ndef test_other():\n    """Fine."""\n'
    )
    pytester.runpytest("--readiness", "-k", "own.py")
    found = {finding.check: finding for finding in record().findings}
    assert found["the-defect"].outcome is Outcome.ERROR
    assert found["the-defect"].message.startswith("timed out after 0.5 s")
    assert found["another"].outcome is Outcome.PASSED


def test_an_unmarked_test_is_never_a_finding(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
) -> None:
    checks(CHECK.format(body="pass", arguments="") + "\ndef test_plain():\n    pass\n")
    result = pytester.runpytest("--readiness", "-k", "own.py")
    assert [finding.check for finding in record().findings] == ["the-defect"]
    assert result.parseoutcomes()["passed"] == 2


def test_a_failed_check_shows_what_was_seen_and_the_fix_not_a_traceback(
    pytester: pytest.Pytester, checks: Callable[[str], None]
) -> None:
    checks(
        '@check("the-defect", P1)\ndef test_it():\n'
        '    """All is well.\n\n    Why: it hurts.\n    Fix: close it.\n    """\n'
        '    assert open is None, "it was open"\n'
    )
    result = pytester.runpytest("--readiness", "-k", "own.py")
    result.stdout.fnmatch_lines(["P1 the-defect: it was open", "  why: it hurts.", "  fix: close*"])
    result.stdout.no_fnmatch_line("*assert open is None*")


def test_a_check_that_may_not_run_is_skipped_and_nothing_else_suffers(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
) -> None:
    pytester.makefile(".yaml", readiness="policy: {levels: {off-one: {level: off, reason: later}}}")
    checks(
        '@check("attack", P1, effect="intrusive")\ndef test_attack():\n    """Held."""\n'
        '@check("off-one", P2)\ndef test_off():\n    """Fine."""\n    fail("it ran")\n'
        '@check("another", P1)\ndef test_other(tmp_path):\n    """Fine."""\n'
    )
    result = pytester.runpytest("--readiness", "-k", "own.py")
    found = {finding.check: (finding.outcome, finding.reason) for finding in record().findings}
    assert found == {
        "attack": (Outcome.SKIPPED, Reason.NO_TARGET),
        "off-one": (Outcome.SKIPPED, Reason.OFF),
        "another": (Outcome.PASSED, None),
    }
    assert "errors" not in result.parseoutcomes()
