"""A run records what exactly it audited."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING, Any

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


def test_the_record_says_which_files_build_and_configuration(
    pytester: pytest.Pytester, record: Any, checks: Any
) -> None:
    checks("@check('odd', P1)\ndef test_odd(target):\n    '''Odd.'''\n    assert target\n")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *words], cwd=pytester.path, check=True)
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
