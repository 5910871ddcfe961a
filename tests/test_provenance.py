"""A run records what exactly it audited."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING, Any

from pytest_readiness.recompute import recompute
from tests.servers import Answer, serving


if TYPE_CHECKING:
    import pytest


SETTINGS = """\
target: {{url: '{url}', ready: /health}}
policy: {{minimum_coverage: 0, floor: 0}}
owners: {{infrastructure: ops}}
confidentiality: Only for Ann
sign_off: {{roles: [security]}}
"""


def committed(pytester: pytest.Pytester) -> str:
    """Commit everything; hash of the commit."""
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *words], cwd=pytester.path, check=True)
    head = ["git", "rev-parse", "HEAD"]
    return subprocess.check_output(head, cwd=pytester.path, text=True).strip()


def test_the_record_says_which_files_build_and_configuration(
    pytester: pytest.Pytester, record: Any, checks: Any
) -> None:
    checks("@check('odd', P1)\ndef test_odd(target):\n    '''Odd.'''\n    assert target\n")
    committed(pytester)
    with serving(lambda _: Answer(body={"commit": "0123456789abcdef"})) as url:
        pytester.makefile(".yaml", readiness=SETTINGS.format(url=url))
        result = pytester.runpytest("--readiness", "-m", "readiness(id='odd')")
    written = record()
    text = (pytester.path / "readiness.yaml").read_bytes()
    assert written.provenance.files == {"readiness.yaml": hashlib.sha256(text).hexdigest()}
    assert written.provenance.configuration.startswith("sha256:")
    assert written.provenance.dirty == ("readiness.yaml",)
    assert written.provenance.build == "0123456789abcdef"
    assert written.selection.outcome == "CONDITIONAL GO"
    assert (written.confidentiality, written.sign_off.roles) == ("Only for Ann", ("security",))
    result.stdout.fnmatch_lines(
        ["*What runs is not the commit under audit: the target*", "*not a commit: 1 file*"]
    )
    result.stdout.fnmatch_lines(["Report: *", "Only for Ann"])


def test_the_condition_of_another_build_is_lived_through(
    pytester: pytest.Pytester, record: Any
) -> None:
    said = {"commit": "0123456789abcdef"}
    with serving(lambda _: Answer(body=said)) as url:
        pytester.makefile(".yaml", readiness=SETTINGS.format(url=url))
        commit = committed(pytester)
        pytester.runpytest("--readiness", "-m", "readiness(id='unreachable-target')")
        first = record()
        follow = ("--readiness", "--readiness-conditions", "readiness-report/readiness.json")
        pytester.runpytest(*follow)
        second = record()
        said["commit"] = commit[:12]
        pytester.runpytest(*follow)
    assert [(one.check, one.domain) for one in first.judgement.conditions] == [
        ("unreachable-target", "build")
    ]
    assert second.judgement.conditions == first.judgement.conditions
    assert [one.state for one in second.follow_up.conditions] == ["open"]
    third = record()
    assert [one.state for one in third.follow_up.conditions] == ["closed"]
    assert (third.judgement.conditions, third.selection.outcome) == ((), "GO")
    assert [differences for one in (first, second, third) for differences in recompute(one)] == []
