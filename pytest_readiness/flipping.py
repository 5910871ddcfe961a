"""``--readiness-flip NAME``: the whole is audited again under another profile, and both are joined.

The second audit is a process of its own with the same command line, so that it selects, runs and
judges exactly as the first one did. It is supervised: whatever ends this run ends that one too.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_readiness import stash
from pytest_readiness.broker import Unavailable
from pytest_readiness.fixtures.starting import configured_environment
from pytest_readiness.flip import join
from pytest_readiness.model import Flip, Proof, TargetInfo
from pytest_readiness.overrides import variable
from pytest_readiness.reports.json import RecordError, parse, render
from pytest_readiness.scoring import missing
from pytest_readiness.settings import SettingsError, effective
from pytest_readiness.waivers import HYGIENE


if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from pytest_readiness.audit import Controller
    from pytest_readiness.broker import Broker
    from pytest_readiness.model import AuditReport
    from pytest_readiness.settings import Settings


_WORDS = {
    Proof.CONFIGURATION_ONLY: "mended by configuration",
    Proof.STILL_FAILING: "still failing",
    Proof.MADE_WORSE: "made worse",
}
_RUN_ANEW = ("image", "dockerfile", "build_args", "compose", "service", "workdir")
"""Keys of a target that say which code runs."""
_OWN_FILES = (
    ("xmlpath", "--junitxml", "junit.xml"),
    ("htmlpath", "--html", "tests.html"),
    ("log_file", "--log-file", "log.txt"),
    ("basetemp", "--basetemp", "basetemp"),
)
"""Options that name a file: the second run must not write over what the first one wrote."""
_OURS_ALONE = ("PYTEST_XDIST_", "PYTEST_CURRENT_TEST", "PYTEST_VERSION", "COV_CORE_", "GITHUB_")
"""Variables of this process alone: a CI system is told of one verdict, and by this run."""
_FOLLOWED = "followed.json"
_PAUSE = 0.1
_LEAST = 1.0
"""Seconds without which no second run is begun."""


class CannotFlip(Exception):  # noqa: N818 - a fact about the run
    """The second audit proves nothing, and why."""


def refusal(settings: Settings, profile: str, other: str) -> str:
    """Why these profiles cannot be held against each other; empty when they can.

    A proof that configuration alone mends something needs the same code under both.
    """
    try:
        before, after = effective(settings, profile or None), effective(settings, other)
    except SettingsError as error:
        return str(error)
    if (profile or settings.profile) == other:
        return f"the target is audited under {other} already; name another profile"
    for target in (before, after):
        if target.kind in {"none", "url"}:
            what = "there is no target" if target.kind == "none" else f"{target.url} is reached"
            return (
                f"{what}, and only what the audit starts can be started under another profile;"
                " give target a command, processes, an image or a compose file"
            )
    if before.kind != after.kind or any(
        getattr(before, key) != getattr(after, key) for key in _RUN_ANEW
    ):
        return (
            f"profile {other} runs something else than {profile or settings.profile}, so it would"
            " not prove that configuration alone mends anything; let them differ in env_file,"
            " environment and command only"
        )
    return ""


def changed_variables(settings: Settings, profile: str, other: str) -> tuple[str, ...]:
    """Names of the variables in which two profiles differ; empty when a file of them is missing."""
    try:
        before = configured_environment(effective(settings, profile or None))
        after = configured_environment(effective(settings, other))
    except Unavailable:
        return ()
    names = before.keys() | after.keys()
    return tuple(sorted(name for name in names if before.get(name) != after.get(name)))


class Flipping:
    """Runs the second audit when the checks of the first are done, before anything is judged."""

    def __init__(self, config: pytest.Config, controller: Controller, broker: Broker) -> None:
        """Make ready.

        Raises:
            pytest.UsageError: the profiles cannot be held against each other.
        """
        self._config, self._controller, self._broker = config, controller, broker
        self._settings = config.stash[stash.SETTINGS]
        profile, other = config.stash[stash.PROFILE], config.option.readiness_flip
        if why := refusal(self._settings, profile, other):
            raise pytest.UsageError(f"--readiness-flip: {why}")
        changed = changed_variables(self._settings, profile, other)
        self._nothing = Flip(
            other, TargetInfo(profile=other), problem="the run ended before it", environment=changed
        )
        # ``python -m pytest`` puts the folder on sys.path, ``pytest`` does not.
        here = str(config.invocation_params.dir)
        self._flags = [] if {here, ""} & set(sys.path) else ["-P"]
        controller.flip = self._nothing

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        result = yield
        if not self._config.option.collectonly and self._controller.gathered().planned:
            self._broker.close()  # what the first run has started ends before the second begins
            self._flip()
        return result

    def _flip(self) -> None:
        began = time.monotonic()
        self._controller.flip = replace(self._nothing, problem="the run ended while it was made")
        try:
            with tempfile.TemporaryDirectory(prefix="readiness-flip-") as folder:
                self._say("the whole is audited again ...")
                flip = self._joined(self._again(Path(folder)))
        except CannotFlip as problem:
            said = self._config.stash[stash.REDACTOR].text(str(problem))
            flip = replace(self._nothing, problem=said)
        flip = replace(flip, seconds=round(time.monotonic() - began, 3))
        self._controller.flip = flip
        self._say(f"{summary(flip)} ({flip.seconds:.0f} s)")

    def _again(self, folder: Path) -> AuditReport:
        if followed := self._config.stash[stash.FOLLOWED]:
            (folder / _FOLLOWED).write_text(render(followed), encoding="utf-8")
        report = folder / "report"
        done = _run(
            [sys.executable, *self._flags, "-m", "pytest", *self._arguments(folder, report)],
            output=folder / "output.txt",
            cwd=self._config.invocation_params.dir,
            env=self._environment(os.environ),
            grace=self._settings.target.stop_timeout + 5,
            until=self._broker.deadline(),
        )
        return _record(report / "readiness.json", done)

    def _environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Ours without what belongs to this process; PYTEST_ADDOPTS is the user's, and stays.

        What may be spent on a paid model is one sum for both runs.
        """
        purse = "llm.budget_requests"
        left = self._settings.llm.budget_requests - self._broker.spent(purse)
        kept = {name: value for name, value in environ.items() if not name.startswith(_OURS_ALONE)}
        return {**kept, variable(purse): str(left)}

    def _arguments(self, folder: Path, report: Path) -> list[str]:
        option, plugins = self._config.option, self._config.pluginmanager
        over = [
            f"--readiness-profile={self._nothing.profile}",
            "--readiness-flip=",
            f"--readiness-flip-of={self._settings.report}",
            f"--readiness-report={report}",
            "--maxfail=0",
        ]
        if option.readiness_conditions:
            over.append(f"--readiness-conditions={folder / _FOLLOWED}")
        if plugins.has_plugin("cacheprovider"):
            over += ["-o", f"cache_dir={folder / 'cache'}"]
        if plugins.has_plugin("_cov"):
            over.append("--no-cov")
        over += [
            f"{flag}={folder / name}"
            for place, flag, name in _OWN_FILES
            if getattr(option, place, None)
        ]
        given = [str(argument) for argument in self._config.invocation_params.args]
        end = given.index("--") if "--" in given else len(given)
        return [*given[:end], *over, *given[end:]]

    def _joined(self, record: AuditReport) -> Flip:
        now = self._controller.gathered()
        ours = {check.id for check in now.checks} - HYGIENE
        if lost := sorted(ours - {check.id for check in record.checks}):
            raise CannotFlip(f"the second run did not have these checks: {', '.join(lost)}")
        if record.commit != (self._config.stash[stash.REPOSITORY].commit or ""):
            raise CannotFlip("the repository was at another commit by then")
        after = [*record.findings, *missing(record.checks, record.planned, record.findings)]
        places = {(entry.check, entry.subject) for entry in now.planned}
        after = [
            each
            for each in after
            if each.check in ours and (not now.narrowed or (each.check, each.subject) in places)
        ]
        for left in record.leftovers:
            self._broker.tell("leftover", f"{left} (under {self._nothing.profile})")
        redact = self._config.stash[stash.REDACTOR].text
        owed = missing(now.checks, now.planned, now.findings)
        before = [each for each in (*now.findings, *owed) if each.check in ours]
        flipped = join(before, after)
        return replace(
            self._nothing,
            target=record.target,
            findings=tuple(replace(each, message=redact(each.message)) for each in flipped),
            problem="",
        )

    def _say(self, text: str) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            if reporter._tw.width_of_current_line:  # noqa: SLF001 - pytest offers no other way
                reporter.line("")
            reporter.write_line(f"flip to {self._nothing.profile}: {text}")
            reporter.flush()


def summary(flip: Flip) -> str:
    """``9 mended by configuration, 2 still failing, 1 made worse``; or the problem."""
    if flip.problem:
        return f"not carried out: {flip.problem}"
    counts = [sum(each.proof == proof for each in flip.findings) for proof in _WORDS]
    return ", ".join(f"{n} {words}" for n, words in zip(counts, _WORDS.values(), strict=True))


@dataclass(frozen=True)
class _Done:
    """How the second run ended."""

    ending: str
    last_words: str


def _run(
    command: Sequence[str],
    *,
    output: Path,
    cwd: Path,
    env: Mapping[str, str],
    grace: float,
    until: float,
) -> _Done:
    """Run a command to its end, and end it with everything it started when this is left.

    Raises:
        CannotFlip: it could not be started, or the run's deadline passed.
    """
    from pytest_readiness.probes.process import NotStarted, Process, ending

    if until - time.monotonic() < _LEAST:
        raise CannotFlip("the run's deadline left no time for it; raise `deadline`")
    try:
        process = Process(command, output=output, cwd=cwd, env=env, grace=grace)
    except NotStarted as error:
        raise CannotFlip(f"pytest could not be started again: {error}") from None
    try:
        while process.alive:
            if time.monotonic() > until:
                raise CannotFlip("the run's deadline passed during it; raise `deadline`")
            time.sleep(_PAUSE)
        return _Done(ending(process.exit_code), process.tail(1).strip())
    finally:
        process.stop()


def _record(path: Path, done: _Done) -> AuditReport:
    try:
        record = parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        said = f": {done.last_words}" if done.last_words else ""
        raise CannotFlip(f"the second run ended with {done.ending} and no record{said}") from None
    except (OSError, RecordError) as error:
        raise CannotFlip(f"the second run's record cannot be read: {error}") from None
    if record.interrupted:
        raise CannotFlip(f"the second run ended early: {record.interrupted}")
    return record
