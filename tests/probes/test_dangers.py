"""What Bandit is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.probes import dangers


if TYPE_CHECKING:
    from pathlib import Path


def test_each_call_has_its_place_and_kind(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import pickle, requests, subprocess\n"
        "pickle.loads(x)  # nosec\n"
        "eval(x)\n"
        "subprocess.run(x, shell=True)\n"
        "requests.get(x, verify=False, timeout=1)\n"
        "assert x\n",
        encoding="utf-8",
    )
    found = dangers.find(tmp_path, ["app.py"])
    assert [(one.location.line, one.kind) for one in found] == [
        (2, "unpickled"),
        (3, "run as code"),
        (4, "given to a shell"),
        (5, "unverified"),
    ]
    assert {str(one.location) for one in found} >= {"app.py:2"}


def test_a_source_that_cannot_be_parsed_has_none(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("print 'x'\n", encoding="utf-8")
    assert dangers.find(tmp_path, ["old.py"]) == ()
