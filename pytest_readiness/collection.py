"""What is collected: the bundled suites and the team's own checks.

The user's ``python_files``, ``python_functions``, ``norecursedirs`` and ``testpaths`` are about
their tests and cannot empty the audit.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from pytest_readiness import answers, catalogue, stash, wire
from pytest_readiness.discretion import known_secrets, refuse
from pytest_readiness.model import Check, Planned, Selection
from pytest_readiness.overrides import from_environment
from pytest_readiness.probes.repository import Repository
from pytest_readiness.probes.secrets import in_environment
from pytest_readiness.redaction import Redactor
from pytest_readiness.settings import Settings, Target, effective, find, load
from pytest_readiness.typed_yaml import InvalidFile


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_readiness.broker import Asks


CHECK: pytest.StashKey[Check] = pytest.StashKey()
"""On an item: the check it is; ordinary tests have none."""

SUBJECT: pytest.StashKey[str] = pytest.StashKey()
"""On an item: what the check looks at, from its parametrization."""

OWN_FOLDERS: pytest.StashKey[tuple[Path, ...]] = pytest.StashKey()
"""The team's folders of checks."""

SOURCE: pytest.StashKey[str] = pytest.StashKey()
"""Path of the settings file as shown to the user, empty when there is none."""


def add_checks(early_config: pytest.Config, args: list[str]) -> None:
    """Read the settings, and append the suites and the team's checks to pytest's arguments.

    It runs after rootdir, ini file and addopts are settled, in every process of the run.

    Raises:
        pytest.UsageError: ``readiness.yaml`` or an option is wrong.
    """
    settings = _settings(early_config)
    early_config.stash[stash.SETTINGS] = settings
    repository = Repository(settings.repository, exclude=settings.exclude)
    early_config.stash[stash.REPOSITORY] = repository
    early_config.stash[stash.REDACTOR] = Redactor(known_secrets(settings, repository))
    early_config.stash[OWN_FOLDERS] = own = tuple(_own_folders(settings))
    try:
        args.append(str(catalogue.suites_folder()))
    except catalogue.CatalogueError as error:
        raise pytest.UsageError(str(error)) from error
    args.extend(str(folder) for folder in own)


class CheckModule(pytest.Module):
    """A module of checks: its ``test_`` functions and whatever bears a ``readiness`` mark."""

    def funcnamefilter(self, name: str) -> bool:
        return name.startswith("test_")

    def classnamefilter(self, name: str) -> bool:
        return name.startswith("Test")

    def istestfunction(self, obj: object, name: str) -> bool:
        if super().istestfunction(obj, name):
            return True
        marks = getattr(obj, "pytestmark", ())
        return callable(obj) and any(mark.name == "readiness" for mark in marks)


class SuitePackage(pytest.Package):
    """The bundled suites: every ``test_*.py`` below, with node ids that start ``readiness/``."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        for path in sorted(self.path.iterdir()):
            nodeid = f"{self.nodeid}/{path.name}"
            if path.is_dir() and (path / "__init__.py").is_file():
                yield SuitePackage.from_parent(self, path=path, nodeid=nodeid)
            elif path.suffix == ".py" and path.name.startswith("test_"):
                yield CheckModule.from_parent(self, path=path, nodeid=nodeid)


class OwnFolder(pytest.Directory):
    """A team's folder of checks: every Python file but conftest.py and private ones."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        for path in sorted(self.path.iterdir()):
            if path.name.startswith((".", "_")):
                continue
            if path.is_dir():
                yield OwnFolder.from_parent(self, path=path)
            elif path.suffix == ".py" and path.name != "conftest.py":
                yield CheckModule.from_parent(self, path=path)


class Collection:
    """Hooks that make checks of tests and write the plan of the run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._suites = catalogue.suites_folder()
        self._own = config.stash[OWN_FOLDERS]
        self._checks: dict[str, Check] = {}
        self._before = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(
        self, path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        if path == self._suites:
            return SuitePackage.from_parent(parent, path=path, nodeid="readiness")
        if path in self._own:
            return OwnFolder.from_parent(parent, path=path)
        return None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Iterator[None]:
        """Mark the checks before anybody selects by marker; sort what is left by phase."""
        try:
            for item in items:
                self._make_check(item)
        except catalogue.CatalogueError as error:
            refuse(self._config, str(error), items)
        self._before = len(_ids(items))
        self._validate_levels(items)
        yield
        items.sort(key=_phase_first)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if self._config.option.collectonly:
            return
        asks: Asks = self._config.stash[stash.ASKS]
        asks.tell("plan", self.plan(session.items))

    def plan(self, items: list[pytest.Item]) -> dict[str, Any]:
        """What this run sets out to find, as JSON data; see :func:`read_plan`."""
        return {
            "checks": [wire.dump(check) for check in self._checks.values()],
            "planned": [
                [item.nodeid, item.stash[CHECK].id, item.stash[SUBJECT]]
                for item in items
                if CHECK in item.stash
            ],
            "selection": wire.dump(
                Selection(
                    expression=_expression(self._config),
                    planned=self._before,
                    selected=len(_ids(items)),
                )
            ),
        }

    def _make_check(self, item: pytest.Item) -> None:
        metadata: dict[str, Any] = {}
        for name in ("readiness_suite", "readiness"):
            mark = item.get_closest_marker(name)
            if mark is None:
                continue
            if mark.args:
                raise catalogue.CatalogueError(
                    f"{item.nodeid}: the readiness mark takes keywords only; use check() and"
                    " suite() from pytest_readiness"
                )
            metadata |= mark.kwargs
        if "id" not in metadata:
            return
        function = getattr(item, "function", None)
        source = item.nodeid.partition("[")[0]
        bundled = item.path.is_relative_to(self._suites)
        if bundled:
            source = "suites" + source.removeprefix("readiness")
        check = catalogue.read_check(
            metadata, getattr(function, "__doc__", None), source=source, bundled=bundled
        )
        known = self._checks.setdefault(check.id, check)
        if known.source != check.source:
            raise catalogue.CatalogueError(
                f"check {check.id!r} stands twice: in {known.source} and in {check.source};"
                " give one of them another id"
            )
        item.stash[CHECK] = check
        item.stash[SUBJECT] = self._config.stash[stash.REDACTOR].text(_subject(item))
        _add_marks(item, check)

    def _validate_levels(self, items: list[pytest.Item]) -> None:
        if not self._checks:
            return
        problems = level_problems(self._config.stash[stash.SETTINGS], self._checks)
        problems += answers.problems(
            self._config.stash[stash.ROOT] / answers.FILE_NAME, self._checks
        )
        if problems:
            refuse(self._config, "\n".join(problems), items)


def read_plan(plan: dict[str, Any]) -> tuple[list[Check], list[Planned], Selection]:
    """Inverse of :meth:`Collection.plan`, on the controller."""
    checks = [wire.load(Check, check) for check in plan["checks"]]
    planned = [Planned(*entry) for entry in plan["planned"]]
    return checks, planned, wire.load(Selection, plan["selection"])


def level_problems(settings: Settings, checks: Mapping[str, Check]) -> list[str]:
    """What readiness.yaml says of checks that it may not say, one sentence each."""
    problems = []
    for place, named in (
        ("policy.levels", settings.policy.levels),
        ("not_applicable", settings.not_applicable),
    ):
        for identity in named:
            if identity not in checks:
                close = difflib.get_close_matches(identity, checks, n=1)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                problems.append(f"readiness.yaml: {place}: there is no check {identity!r}{hint}")
    for identity, level in settings.policy.levels.items():
        check = checks.get(identity)
        if check and check.priority in {"P0", "P1"} and level.level != "fail":
            problems.append(
                f"readiness.yaml: policy.levels.{identity}: a {check.priority} is lowered by a"
                " waiver only, which has an owner and an expiry; remove the entry"
            )
    for identity, declared in settings.not_applicable.items():
        check = checks.get(identity)
        owned = declared.owner and declared.expires
        if check and check.priority in {"P0", "P1"} and not owned:
            problems.append(
                f"readiness.yaml: not_applicable.{identity}: a {check.priority} needs an owner"
                " and an expiry; add both"
            )
    return problems


def _settings(config: pytest.Config) -> Settings:
    option = config.known_args_namespace
    here = config.invocation_params.dir
    try:
        path = Path(here, option.readiness_config) if option.readiness_config else None
        if path is not None and not path.is_file():
            raise pytest.UsageError(
                f"--readiness-config: there is no file {option.readiness_config}"
            )
        if path is None:
            path = _nearest(here, config.rootpath)
        root = path.parent if path else config.rootpath
        given = from_environment(os.environ)
        settings = load(path, root=root, environ=os.environ, overrides=given)
        if option.readiness_target:
            settings = replace(settings, target=replace(Target(), url=option.readiness_target))
        if option.readiness_report:
            settings = replace(settings, report=here / option.readiness_report)
        config.stash[stash.ROOT] = root
        config.stash[stash.ANSWERS] = answers.load(root / answers.FILE_NAME)
        effective(settings, option.readiness_profile)  # an unknown profile is an error now
    except InvalidFile as error:
        redactor = Redactor(one.value for one in in_environment(os.environ))
        raise pytest.UsageError(redactor.text(str(error))) from None
    except ValidationError as error:
        wrong = error.errors()[0]
        raise pytest.UsageError(f"--readiness-target: {wrong['msg']}") from error
    config.stash[SOURCE] = (
        str(path.relative_to(here)) if path and path.is_relative_to(here) else (str(path or ""))
    )
    return settings


def _nearest(here: Path, top: Path) -> Path | None:
    for folder in (here, *here.parents):
        found = find(folder)
        if found or folder == top:
            return found
    return None


def _own_folders(settings: Settings) -> Iterator[Path]:
    for folder in settings.checks:
        if folder.exists():
            yield folder.resolve()
        elif folder.name != "readiness":
            raise pytest.UsageError(
                f"readiness.yaml: checks: there is no {folder.name}; create the folder or remove"
                " the entry"
            )


def _subject(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    return str(callspec.id) if callspec is not None else ""


def _add_marks(item: pytest.Item, check: Check) -> None:
    """One mark with all metadata, for ``-m "readiness(...)"``; plain ones for ``-m security``."""
    item.add_marker(
        pytest.mark.readiness(
            id=check.id,
            priority=str(check.priority),
            phase=str(check.phase),
            domain=str(check.domain),
            change=str(check.change),
            effect=str(check.effect),
        )
    )
    item.add_marker(str(check.phase))
    item.add_marker(f"day{check.phase.day}")
    item.add_marker(str(check.priority))
    if check.effect != "reads":
        item.add_marker(str(check.effect))


def _phase_first(item: pytest.Item) -> int:
    check = item.stash.get(CHECK, None)
    return check.phase.day if check else 0


def _ids(items: list[pytest.Item]) -> set[str]:
    return {item.stash[CHECK].id for item in items if CHECK in item.stash}


def _expression(config: pytest.Config) -> str:
    """The options that narrow a run, as they would be typed."""
    option = config.option
    parts = [
        f"-m {option.markexpr!r}" if getattr(option, "markexpr", "") else "",
        f"-k {option.keyword!r}" if getattr(option, "keyword", "") else "",
        *(f"--deselect {prefix}" for prefix in getattr(option, "deselect", None) or ()),
        "--lf" if getattr(option, "lf", False) else "",
        "--sw" if getattr(option, "stepwise", False) else "",
    ]
    return " ".join(part for part in parts if part)
