"""Variables of the environment stand in for places in readiness.yaml; others are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_readiness.overrides import from_environment, variable
from pytest_readiness.settings import SettingsError, load


if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_readiness.model import AuditReport


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("READINESS_TARGET__URL", "target.url"),
        ("READINESS_DEADLINE", "deadline"),
        ("READINESS_CHECK_TIMEOUT", "check_timeout"),
        ("READINESS_IDENTITIES__OTHER_USER__PASSWORD", "identities.other_user.password"),
        ("READINESS_TARGET__ENVIRONMENT__LOG_LEVEL", "target.environment.LOG_LEVEL"),
        ("READINESS_POLICY__LEVELS__SOME_CHECK", "policy.levels.some-check"),
        ("READINESS_NOT_APPLICABLE__SOME_CHECK__REASON", "not_applicable.some-check.reason"),
    ],
)
def test_a_variable_names_a_place(name: str, place: str) -> None:
    assert from_environment({name: "x"}) == {place: "x"}
    if "ENVIRONMENT" not in name:
        assert variable(place) == name


@pytest.mark.parametrize("name", ["READINESS", "READINESS_PROBE", "READINESS_", "READY", "PATH"])
def test_what_speaks_of_no_key_is_somebody_elses(name: str) -> None:
    assert from_environment({name: "x"}) == {}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("READINESS_TARGET_URL", "did you mean READINESS_TARGET__URL?"),
        ("READINESS_TARGTE__URL", "did you mean READINESS_TARGET__URL?"),
        ("READINESS_ZZZ__URL", "known keys: version, target"),
    ],
)
def test_a_variable_that_is_nearly_ours_is_an_error(name: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment({name: "a-value"})

    assert words in str(caught.value)
    assert "a-value" not in str(caught.value)


def test_consent_is_no_matter_of_the_environment(tmp_path: Path) -> None:
    given = from_environment({"READINESS_AUTHORIZED__HOST": "b.example"})

    with pytest.raises(SettingsError, match="consent cannot be passed around"):
        load(None, root=tmp_path, environ={}, overrides=given)


def test_an_audit_obeys_the_variables(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
) -> None:
    monkeypatch.setenv("READINESS_POLICY", "{block: P1, minimum_coverage: 7}")
    monkeypatch.setenv("READINESS_POLICY__FLOOR", "11")
    checks('@check("fine", P1)\ndef test_fine():\n    """Fine."""\n')

    pytester.runpytest("--readiness", "-k", "own.py")

    policy = record().policy
    assert (policy.block, policy.minimum_coverage, policy.floor) == ("P1", 7, 11)


def test_a_wrong_value_is_an_error_of_usage(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READINESS_HTTP__TIMEOUT", "soon")

    result = pytester.runpytest("--readiness")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: override: http.timeout: expected a number, got 'soon'"])
