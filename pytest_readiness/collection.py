"""What is collected: the bundled suites and the team's own checks.

The user's ``python_files``, ``python_functions``, ``norecursedirs`` and ``testpaths`` are about
their tests and cannot empty the audit.
"""

from __future__ import annotations

import difflib
import gc
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from pytest_readiness import answers, catalogue, stash, waiver_file, wire
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
    from collections.abc import Set as AbstractSet

    from pytest_readiness.broker import Asks


def add_checks(early_config: pytest.Config, args: list[str]) -> None:
    """Read the settings, and append the suites and the team's checks to pytest's arguments.

    It runs after rootdir, ini file and addopts are settled, in every process of the run.

    Raises:
        pytest.UsageError: ``readiness.yaml`` or an option is wrong.
    """
    settings = _settings(early_config)
    flip_of = early_config.known_args_namespace.readiness_flip_of
    reports = [settings.report, *([Path(flip_of)] if flip_of else [])]
    reports += [settings.history] if settings.history is not None else []
    exclude = (*settings.exclude, *_reports_within(settings.repository, reports))
    repository = Repository(settings.repository, exclude=exclude)
    if settings.openapi is None and len(repository.openapi_files) == 1:
        settings = replace(settings, openapi=repository.root / repository.openapi_files[0])
    early_config.stash[stash.SETTINGS] = settings
    early_config.stash[stash.REPOSITORY] = repository
    early_config.stash[stash.REDACTOR] = Redactor(known_secrets(settings, repository))
    early_config.stash[stash.OWN_FOLDERS] = own = tuple(_own_folders(settings))
    early_config.stash[stash.PINNED] = _pinned(settings)
    try:
        args.append(str(catalogue.suites_folder()))
    except catalogue.CatalogueError as error:
        raise pytest.UsageError(str(error)) from error
    args.extend(str(folder) for folder in own)
    _spare_their_tests(early_config)


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
        self._own = config.stash[stash.OWN_FOLDERS]
        self._checks: dict[str, Check] = {}
        self._read: dict[tuple[object, ...], tuple[Check, list[pytest.MarkDecorator]]] = {}
        self._before = 0
        self._findings_before = 0
        self._late: list[pytest.Item] = []
        self._newer: list[str] = []

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
        self._leave_newer(items)
        self._before = len(_ids(items))
        self._findings_before = sum(stash.CHECK in item.stash for item in items)
        self._validate_levels(items)
        self._config.stash[stash.SUBJECTS] = _subjects(items)
        yield
        items.sort(key=_phase_first)
        if hasattr(self._config, "workerinput"):
            self._late = [item for item in items if _is_late(item)]
            items[:] = [item for item in items if not _is_late(item)]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if self._config.option.collectonly:
            return
        asks: Asks = self._config.stash[stash.ASKS]
        asks.tell("plan", self.plan([*session.items, *self._late]))
        # What was collected stays until the end: the collector of garbage need not look at it
        # again and again while checks run, which took longer than recording their findings.
        gc.freeze()
        self._config.add_cleanup(gc.unfreeze)

    def left_to_controller(self, session: pytest.Session, late: Iterable[str]) -> list[pytest.Item]:
        """Collect, on the controller of workers, the checks that judge the run as a whole.

        No worker knows what the others find, and none can wait for them without holding them up.
        """
        wanted = set(late)
        found: list[pytest.Item] = []
        for name in sorted({nodeid.partition("::")[0] for nodeid in wanted}):
            path = self._suites / name.removeprefix("readiness/")
            module = CheckModule.from_parent(session, path=path, nodeid=name)
            items = (item for item in module.collect() if isinstance(item, pytest.Item))
            found += [item for item in items if item.nodeid in wanted]
        for item in found:
            self._make_check(item)
        return found

    def plan(self, items: list[pytest.Item]) -> dict[str, Any]:
        """What this run sets out to find, as JSON data; see :func:`read_plan`."""
        return {
            "checks": [wire.dump(check) for check in self._checks.values()],
            "planned": [
                [item.nodeid, item.stash[stash.CHECK].id, item.stash[stash.SUBJECT]]
                for item in items
                if stash.CHECK in item.stash
            ],
            "late": [item.nodeid for item in self._late],
            "selection": wire.dump(
                Selection(
                    expression=_expression(self._config),
                    planned=self._before,
                    selected=len(_ids(items)),
                    findings=self._findings_before,
                    pin=self._config.stash[stash.SETTINGS].catalogue.version or "",
                    newer=tuple(self._newer),
                )
            ),
        }

    def _leave_newer(self, items: list[pytest.Item]) -> None:
        """Take out the bundled checks that came after the pinned version."""
        pinned = self._config.stash[stash.PINNED]
        if pinned is None:
            return
        newer = [item for item in items if _is_newer(item, pinned)]
        if newer:
            self._newer = sorted(_ids(newer))
            self._config.hook.pytest_deselected(items=newer)
            items[:] = [item for item in items if not _is_newer(item, pinned)]

    def _make_check(self, item: pytest.Item) -> None:
        closest: dict[str, pytest.Mark] = {}
        for mark in item.iter_markers():
            if mark.name in {"readiness", "readiness_suite"}:
                closest.setdefault(mark.name, mark)
        if not closest:
            return
        source = item.nodeid.partition("[")[0]
        # The subjects of one check share its marks, which live as long as the items do.
        key = (source, *map(id, closest.values()))
        known = self._read.get(key)
        if known is None:
            check = self._read_check(item, closest, source)
            if check is None:
                return
            known = self._read[key] = (check, _marks(check))
        check, marks = known
        item.stash[stash.CHECK] = check
        item.stash[stash.SUBJECT] = self._config.stash[stash.REDACTOR].text(_subject(item))
        for decorator in marks:
            item.add_marker(decorator)

    def _read_check(
        self, item: pytest.Item, marks: Mapping[str, pytest.Mark], source: str
    ) -> Check | None:
        metadata: dict[str, Any] = {}
        for name in ("readiness_suite", "readiness"):
            if name not in marks:
                continue
            if marks[name].args:
                raise catalogue.CatalogueError(
                    f"{item.nodeid}: the readiness mark takes keywords only; use check() and"
                    " suite() from pytest_readiness"
                )
            metadata |= marks[name].kwargs
        if "id" not in metadata:
            return None
        function = getattr(item, "function", None)
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
        return check

    def _validate_levels(self, items: list[pytest.Item]) -> None:
        if not self._checks:
            return
        waivers = self._config.stash[stash.WAIVERS].values()
        waived = {waiver.check for waiver in waivers if not waiver.evidence}
        problems = level_problems(self._config.stash[stash.SETTINGS], self._checks, waived)
        problems += answers.problems(
            self._config.stash[stash.ROOT] / answers.FILE_NAME, self._checks
        )
        problems += waiver_file.problems(self._config.stash[stash.WAIVERS], self._checks)
        if problems:
            refuse(self._config, "\n".join(problems), items)


def read_plan(plan: dict[str, Any]) -> tuple[list[Check], list[Planned], Selection]:
    """Inverse of :meth:`Collection.plan`, on the controller."""
    checks = [wire.load(Check, check) for check in plan["checks"]]
    planned = [Planned(*entry) for entry in plan["planned"]]
    return checks, planned, wire.load(Selection, plan["selection"])


def level_problems(
    settings: Settings, checks: Mapping[str, Check], waived: AbstractSet[str]
) -> list[str]:
    """What readiness.yaml says of checks that it may not say, one sentence each.

    Args:
        settings: with the levels and what is declared not applicable.
        checks: every check of the run by its id.
        waived: ids of checks that a waiver without a pin names; whether it still holds is for the
            verdict to say.
    """
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
        lowered = level.level != "fail" and identity not in waived
        if check and check.priority in {"P0", "P1"} and lowered:
            problems.append(
                f"readiness.yaml: policy.levels.{identity}: a {check.priority} is lowered by a"
                " waiver only, which has an owner and an expiry; write one in"
                f" {waiver_file.FILE_NAME}, or remove the entry"
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


def _pinned(settings: Settings) -> frozenset[str] | None:
    version = settings.catalogue.version
    if version is None:
        return None
    try:
        return catalogue.until(version, catalogue.introduced())
    except catalogue.CatalogueError as error:
        raise pytest.UsageError(f"readiness.yaml: catalogue.version: {error}") from None


def _reports_within(repository: Path, folders: Iterable[Path]) -> Iterator[str]:
    """Folders of reports that lie in the repository: what a run wrote is no subject of the next."""
    root = repository.resolve()
    for folder in (folder.resolve() for folder in folders):
        if folder.is_relative_to(root) and folder != root:
            yield f"/{folder.relative_to(root).as_posix()}"


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
        config.stash[stash.SETTINGS_FILE] = path
        config.stash[stash.ANSWERS] = answers.load(root / answers.FILE_NAME)
        config.stash[stash.WAIVERS] = waiver_file.load(root / waiver_file.FILE_NAME)
        effective(settings, option.readiness_profile)  # an unknown profile is an error now
    except InvalidFile as error:
        redactor = Redactor(one.value for one in in_environment(os.environ))
        raise pytest.UsageError(redactor.text(str(error))) from None
    except ValidationError as error:
        wrong = error.errors()[0]
        raise pytest.UsageError(f"--readiness-target: {wrong['msg']}") from error
    config.stash[stash.SOURCE] = (
        str(path.relative_to(here)) if path and path.is_relative_to(here) else (str(path or ""))
    )
    return settings


def _spare_their_tests(early_config: pytest.Config) -> None:
    """Keep pytest from importing the ``conftest.py`` of ``tests/`` where no path was given.

    It reads those of ``testpaths`` and of every folder ``test*`` here before it collects anything.
    Nothing in them is for the audit, and what they import need not be installed beside it.
    """
    known = early_config.known_args_namespace
    here = early_config.invocation_params.dir
    if known.file_or_dir or known.pyargs:
        return
    files = (path for path in here.iterdir() if path.is_file() and "::" not in path.name)
    # Any file leads pytest to the conftest.py beside it and above it, and to no other.
    known.file_or_dir = [str(path) for path in sorted(files)[:1]]


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


def _marks(check: Check) -> list[pytest.MarkDecorator]:
    """One mark with all metadata, for ``-m "readiness(...)"``; plain ones for ``-m security``."""
    names = [str(check.phase), f"day{check.phase.day}", str(check.priority)]
    if check.effect != "reads":
        names.append(str(check.effect))
    return [
        pytest.mark.readiness(
            id=check.id,
            priority=str(check.priority),
            phase=str(check.phase),
            domain=str(check.domain),
            change=str(check.change),
            effect=str(check.effect),
        ),
        *(getattr(pytest.mark, name) for name in names),
    ]


def _phase_first(item: pytest.Item) -> tuple[bool, bool, int]:
    """Sort key, the same in every worker: by phase, and what must run alone after all others.

    Last of all comes what judges the run as a whole.
    """
    check = item.stash.get(stash.CHECK, None)
    return (_is_late(item), check.alone, check.phase.day) if check else (False, False, 0)


def _is_late(item: pytest.Item) -> bool:
    """Whether a check can be judged only when all others have reported."""
    check = item.stash.get(stash.CHECK, None)
    asks = "whole_run" in getattr(item, "fixturenames", ())
    return asks and check is not None and check.bundled and bool(item.stash[stash.SUBJECT])


def _subjects(items: Iterable[pytest.Item]) -> dict[str, tuple[Check, list[str]]]:
    found: dict[str, tuple[Check, list[str]]] = {}
    for item in items:
        if check := item.stash.get(stash.CHECK, None):
            found.setdefault(check.id, (check, []))[1].append(item.stash[stash.SUBJECT])
    return found


def _is_newer(item: pytest.Item, pinned: AbstractSet[str]) -> bool:
    check = item.stash.get(stash.CHECK, None)
    return check is not None and check.bundled and check.id not in pinned


def _ids(items: list[pytest.Item]) -> set[str]:
    return {item.stash[stash.CHECK].id for item in items if stash.CHECK in item.stash}


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
