"""Options, hooks and wiring: start reading here.

Installed and not asked, this plugin registers its options and markers and nothing else: every
heavy import waits for ``--readiness``. Asked, it

1. reads ``readiness.yaml`` and adds the bundled suites and the team's checks to pytest's
   arguments (:func:`pytest_load_initial_conftests`),
2. opens the audit (:func:`pytest_configure`): collection of checks (``collection``), findings in
   the process that runs a check, and their gathering on the controller (``audit``),
3. leaves everything else to pytest: fixtures, markers, selection, xdist.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest


if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


MARKERS = (
    "readiness(**metadata): a check; select with -m \"readiness(domain='monitoring')\"",
    "readiness_suite(phase, domain): what all checks of a module share",
    "framework: phase 1, the audit's own footing",
    "functionality: phase 2, does it do what it says",
    "security: phase 3, attacks with controls",
    "deployment: phase 4, can it be run",
    "assessment: phase 5, answers and documents",
    *(f"day{day}: checks of audit day {day}" for day in range(1, 6)),
    "P0: mend before deployment",
    "P1: mend in the first week",
    "P2: mend in the first month",
    "P3: mend later",
    "intrusive: sends attack payloads or bursts, or creates accounts",
    "disruptive: stops a service or sends signals",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("readiness", "production readiness audit")
    group.addoption(
        "--readiness",
        action="store_true",
        help="audit production readiness: run the bundled suites and the checks in readiness/",
    )
    group.addoption(
        "--readiness-config",
        metavar="FILE",
        help="settings of the audit; default: the readiness.yaml nearest to here",
    )
    group.addoption(
        "--readiness-profile",
        metavar="NAME",
        help="audit the target under this profile of readiness.yaml",
    )
    group.addoption(
        "--readiness-target",
        metavar="URL",
        help="audit this URL instead of the target in readiness.yaml",
    )
    group.addoption(
        "--readiness-report",
        metavar="DIR",
        help="folder of the reports; default: readiness-report",
    )
    group.addoption(
        "--readiness-flip",
        metavar="NAME",
        help="audit again under this profile: what configuration mends, and what it makes worse",
    )
    group.addoption(
        "--readiness-flip-of",
        metavar="DIR",
        help=argparse.SUPPRESS,  # the second run of a flip: report folder of the first
    )
    group.addoption(
        "--readiness-conditions",
        metavar="FILE",
        help="look again at the conditions and blockers of an earlier readiness.json alone",
    )
    group.addoption(
        "--readiness-accept",
        choices=["conditional"],
        help="exit with 0 on CONDITIONAL GO, not with 11",
    )
    group.addoption(
        "--readiness-baseline",
        metavar="FILE|DIR",
        help="compare with an earlier readiness.json, or with the newest one in a folder",
    )
    group.addoption(
        "--readiness-fail-on",
        choices=["new"],
        help="exit with 0 when nothing is new or worse since the baseline; the verdict stays",
    )
    group.addoption(
        "--readiness-disruptive",
        action="store_true",
        help="permit checks that stop services, on a target that the audit started",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, args: list[str]
) -> Generator[None, object, object]:
    if not early_config.known_args_namespace.readiness:
        return (yield)
    from pytest_readiness import collection, discretion, tests_page

    collection.add_checks(early_config, args)
    tests_page.ask_for(early_config, args)
    with discretion.discreet_conftests(early_config):
        return (yield)


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if config.option.readiness:
        from pytest_readiness import audit

        audit.open_audit(config)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Keep a team's ``readiness/`` folder out of plain ``pytest``, unless it is asked for.

    A package of that name (it has an ``__init__.py`` and no ``readiness.yaml`` beside it) is
    somebody's code and none of our business.
    """
    if config.option.readiness or collection_path.name != "readiness":
        return None
    if not collection_path.is_dir() or collection_path.parent != config.rootpath:
        return None
    is_package = (collection_path / "__init__.py").is_file()
    has_settings = (config.rootpath / "readiness.yaml").is_file()
    if is_package and not has_settings:
        return None
    return True
