"""What zizmor's findings mean here, on what it really writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_readiness.broker import Unavailable
from pytest_readiness.model import Reason
from pytest_readiness.probes import workflows
from pytest_readiness.probes.repository import Repository
from tests.worlds import world


if TYPE_CHECKING:
    from pathlib import Path


PATH = ".github/workflows/ci.yml"
PINNED = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683"


def weaknesses(folder: Path, text: str) -> list[workflows.Weakness]:
    place = folder / PATH
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    with world(repository=folder) as broker:
        found = broker.once("pytest_readiness.probes.scanners:zizmor", workflow=PATH)
    return workflows.weaknesses(found, PATH)


def workflow(step: str, on: str = "push", permissions: str = "{}") -> str:
    return (
        f"name: ci\non: {on}\npermissions: {permissions}\njobs:\n  a:\n    name: a\n"
        f"    runs-on: ubuntu-24.04\n    steps:\n      - {step}\n"
    )


@pytest.mark.parametrize(
    ("text", "serious"),
    [
        (
            workflow("run: echo ${{ github.event.issue.title }}", on="issues"),
            ["template-injection"],
        ),
        (workflow("uses: codecov/codecov-action@v5"), ["unpinned-uses"]),
        (workflow("run: make", permissions="write-all"), ["excessive-permissions"]),
    ],
)
def test_what_strangers_can_use_is_serious(tmp_path, text, serious):
    found = [one for one in weaknesses(tmp_path, text) if one.serious]
    assert [one.id for one in found] == serious
    assert all(one.location.path == PATH and one.location.line for one in found)


@pytest.mark.parametrize(
    ("text", "notable"),
    [
        (workflow("uses: actions/setup-python@v5"), ["unpinned-uses"]),
        (workflow("run: make", on="pull_request_target"), ["dangerous-triggers"]),
        (workflow("run: make").replace("permissions: {}\n", ""), ["excessive-permissions"]),
    ],
)
def test_what_depends_is_notable(tmp_path, text, notable):
    found = weaknesses(tmp_path, text)
    assert [one.id for one in found if one.notable] == notable
    assert not [one for one in found if one.serious]


@pytest.mark.parametrize(
    "text",
    [
        workflow(f"uses: {PINNED} # v4.2.2"),  # credentials stay in the checkout
        workflow("run: pip install flask"),
        workflow("uses: codecov/codecov-action@v5 # zizmor: ignore[unpinned-uses]"),
    ],
)
def test_hygiene_and_what_is_ignored_is_neither(tmp_path, text):
    assert not [one for one in weaknesses(tmp_path, text) if one.serious or one.notable]


def test_what_is_the_same_is_told_once_with_its_first_line(tmp_path):
    text = workflow("uses: codecov/codecov-action@v5") + "      - uses: codecov/codecov-action@v5\n"
    (one,) = weaknesses(tmp_path, text)
    assert one.message.endswith("(codecov/codecov-action@v5), in 2 places")
    assert one.location.line == 9


def test_a_workflow_that_it_cannot_read_does_not_come_out_clean(tmp_path):
    with pytest.raises(Unavailable) as unavailable:
        weaknesses(tmp_path, "on: push\njobs: {a: {steps: 5}}\n")
    assert unavailable.value.reason == Reason.BLOCKED


def test_actions_that_the_repository_keeps_are_looked_at_too(tmp_path):
    for path in (PATH, ".github/actions/setup/action.yml", "action.yaml", "src/action.yml"):
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("name: x\n", encoding="utf-8")
    found = workflows.files(Repository(tmp_path))
    assert found == (".github/actions/setup/action.yml", PATH, "action.yaml")
