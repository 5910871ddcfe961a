"""``readiness doctor``: what an audit here could look at, and what it lacks.

The checks are collected as an audit collects them, and what each asks for is held against what is
configured and installed. Nothing is started; a configured URL is asked for its health, once.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness import stash
from pytest_readiness.dryrun import foresee
from pytest_readiness.fixtures.journey import find_journey
from pytest_readiness.fixtures.operations import find_request, read_document
from pytest_readiness.fixtures.repository import NOTHING_TO_SEE
from pytest_readiness.model import Effect, Phase, Priority
from pytest_readiness.needs import Need, of_check
from pytest_readiness.settings import effective


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pytest_readiness.model import Check
    from pytest_readiness.probes.openapi import Document
    from pytest_readiness.probes.repository import Repository
    from pytest_readiness.settings import Settings, Target


class CannotExamine(Exception):  # noqa: N818 - it says what the command could not do
    """The checks cannot be collected here; the message is pytest's."""


@dataclass(frozen=True)
class Lack:
    """Something that is missing, and how to supply it."""

    why: str
    remedy: str


@dataclass
class _Seen:
    """One check with all its tests."""

    check: Check
    needs: frozenset[Need] = frozenset()
    subjects: int = 0
    """Tests that have something to look at."""


@dataclass(frozen=True)
class _Found:
    """What the inner collection leaves behind."""

    settings: Settings
    repository: Repository
    redact: Callable[[str], str]
    profile: str
    source: str
    root: Path
    checks: tuple[_Seen, ...]


def examine(
    *, config: str | None = None, profile: str | None = None, target: str | None = None
) -> list[str]:
    """Everything that can be said without starting the target, for 80 columns.

    Raises:
        CannotExamine: the settings or the checks cannot be read.
    """
    found = _collect(config, profile, target)
    report = _Report(found)
    return [found.redact(line) for line in report.lines()]


# --- what is collected ---------------------------------------------------------------------------


class _Collector:
    """A plugin of the inner collection."""

    def __init__(self) -> None:
        self.found: _Found | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        seen: dict[str, _Seen] = {}
        for item in session.items:
            check = item.stash.get(stash.CHECK, None)
            if check is None:
                continue
            one = seen.setdefault(check.id, _Seen(check))
            one.needs |= of_check(check, getattr(item, "fixturenames", ()))
            params: Mapping[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
            of_files = [name for name in (*NOTHING_TO_SEE, "waiver") if name in params]
            nothing = any(params[name] is None for name in of_files)
            one.subjects += not nothing
        of = session.config.stash
        self.found = _Found(
            settings=of[stash.SETTINGS],
            repository=of[stash.REPOSITORY],
            redact=of[stash.REDACTOR].text,
            profile=of[stash.PROFILE],
            source=of[stash.SOURCE],
            root=of[stash.ROOT],
            checks=tuple(seen.values()),
        )


def _collect(config: str | None, profile: str | None, target: str | None) -> _Found:
    arguments = ["--readiness", "--collect-only", "-qq", "-p", "no:cacheprovider"]
    told = {"config": config, "profile": profile, "target": target}
    arguments += [f"--readiness-{name}={value}" for name, value in told.items() if value]
    collector = _Collector()
    said, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(errors):
        code = pytest.main(arguments, plugins=[collector])
    if collector.found is None or code not in {0, pytest.ExitCode.NO_TESTS_COLLECTED}:
        text = errors.getvalue().strip() or said.getvalue().strip()
        lines = [line.removeprefix("ERROR: ") for line in text.splitlines() if line.strip()]
        shown = [line for line in lines if not line.startswith(("usage:", "  inifile", "  root"))]
        raise CannotExamine("\n".join(shown[-12:]) or f"pytest ended with {int(code)}")
    return collector.found


# --- what there is -------------------------------------------------------------------------------


class _Report:
    """Holds what is asked for against what is there."""

    def __init__(self, found: _Found) -> None:
        self.found = found
        self.settings = found.settings
        self.target: Target = effective(found.settings, found.profile or None)
        self.foreseen = foresee(
            found.settings, found.profile, datetime.now(UTC).date(), disruptive=False
        )
        self.lacks: dict[Need, Lack] = {}
        self.unknown: list[str] = []

    def lines(self) -> list[str]:
        """The whole report."""
        facts = [
            ("settings", self._settings()),
            ("repository", self._repository()),
            ("target", self._target()),
            ("consent", self._consent()),
            ("openapi", self._openapi()),
            ("identities", self._identities()),
            ("services", self._services()),
            ("tools", self._tools()),
            ("answers", self._answers()),
        ]
        lines = []
        for name, text in facts:
            lines += _wrapped(f"{name:<11} {text}", 12)
        return [*lines, "", *self._phases(), "", *self._missing(), "", *self._not_known()]

    def _settings(self) -> str:
        if not self.found.source:
            return "no readiness.yaml; `readiness init [URL]` drafts one"
        others = [name for name in self.settings.profiles if name != self.found.profile]
        also = f"; also {', '.join(others)}" if others else ""
        return f"{self.found.source}, profile {self.found.profile}{also}"

    def _repository(self) -> str:
        files = self.found.repository
        counts = (
            (files.dockerfiles, "Dockerfile"),
            (files.compose_files, "Compose file"),
            (files.kubernetes_manifests, "manifest"),
            (files.env_files, "env file"),
            (files.prometheus_rules, "rule file"),
            (files.docs, "document"),
        )
        said = [f"{len(paths)} {noun}{'s' * (len(paths) != 1)}" for paths, noun in counts if paths]
        commit = f", commit {files.commit[:8]}" if files.commit else ", not in git"
        return f"{files.name}{commit}: {', '.join(said) or 'nothing that deploys it'}"

    def _target(self) -> str:
        kind = self.target.kind
        if kind == "none":
            self._lack(
                Need.TARGET,
                "no target is configured",
                "`readiness init URL`, or write `target: {command: ...}` in readiness.yaml",
            )
            return "none is configured"
        if kind == "url":
            return self._asked()
        shown = self.foreseen.target
        if kind not in {"command", "processes"}:
            self._lack(
                Need.TARGET,
                f"a target given as {kind} cannot be started yet",
                "give its url or command in readiness.yaml",
            )
            return shown
        for path in self.target.env_file:
            if not path.is_file():
                self._lack(Need.TARGET, f"{path.name} is missing", "correct target.env_file")
        commands = [self.target.command] if self.target.command else []
        commands += [process.command for process in self.target.processes.values()]
        for command in commands:
            if command and not self._program(command[0]):
                self._lack(
                    Need.TARGET,
                    f"the program {command[0]} is not on PATH",
                    "install what starts the target, in the environment of pytest",
                )
        self.unknown.append("whether the target starts: doctor does not start it")
        return f"{shown}; not started now"

    def _program(self, name: str) -> str | None:
        from pytest_readiness.fixtures.starting import inherited_environment

        if "/" in name:
            folder = self.found.repository.root / self.target.workdir
            return shutil.which(str(folder / name))
        return shutil.which(name, path=inherited_environment(os.environ)["PATH"])

    def _asked(self) -> str:
        """Ask a configured URL for its health, once."""
        from pytest_readiness.fixtures.clients import client_options
        from pytest_readiness.probes.http import HttpClient, HttpFailure

        url = f"{self.target.url}{self.target.base_path}"
        told = find_request(self.settings, self._document, "health")
        path = told.path if told else (self.target.ready or "/")
        options = client_options(self.settings) | {"timeout": 5.0, "redact": self.found.redact}
        client = HttpClient(url, **options)
        try:
            answer = client.attempt("GET", path)
        finally:
            client.session.close()
        if isinstance(answer, HttpFailure):
            self._lack(Need.TARGET, f"{url} does not answer: {answer.message}", "start the system")
            return f"{url} does not answer: {answer.message}"
        return f"{url}, GET {path} answers {answer.status} in {answer.seconds:.2f} s"

    def _consent(self) -> str:
        seen = self.foreseen.consent
        if seen is None:
            return "not known without a target"
        self._lack(Need.DISRUPTIVE, "disruptive checks are off", "run with --readiness-disruptive")
        if seen.intrusive:
            return f"attacks are permitted: {seen.reason}"
        self._lack(Need.CONSENT, "attacks are not permitted", seen.reason)
        return f"only read from: {seen.reason}"

    @property
    def _document(self) -> Document | str:
        return read_document(self.settings, self.found.profile)

    def _openapi(self) -> str:
        document = self._document
        if isinstance(document, str):
            self._lack(
                Need.OPENAPI,
                document.partition(":")[0],
                "`readiness init URL` saves the one of a running system",
            )
            return document
        secured = sum(one.secured is True for one in document.operations)
        name = self.settings.openapi.name if self.settings.openapi else ""
        return f"{name}: {len(document.operations)} operations, {secured} demand credentials"

    def _identities(self) -> str:
        document = self._document
        journey = find_journey(self.settings, None if isinstance(document, str) else document)
        said = []
        for name in ("user", "other_user", "admin"):
            told = self.settings.identities.get(name)
            if told is not None and told.token:
                said.append(f"{name} by a token")
            elif told is not None and told.password and journey.login:
                said.append(f"{name} logs in")
            elif journey.register and journey.login and name != "admin":
                said.append(f"{name} is registered")
            elif self.settings.auth.oauth and name == "user":
                said.append("client credentials")
            else:
                need = Need.ADMIN if name == "admin" else Need.LOGIN
                self._lack(
                    need,
                    f"no way to be {name} is known",
                    f"write auth.login, and identities.{name} with username and password",
                )
        if Need.LOGIN not in self.lacks:
            self.unknown.append("whether the logins work")
        if self.settings.operation("analyze") is None:
            self._lack(
                Need.MODEL,
                "the operation that asks a model is not named",
                "write operations.analyze, where the system has one",
            )
        return ", ".join(said) or "none: nobody can log in"

    def _services(self) -> str:
        from pytest_readiness.probes import postgres, redis, servers

        said = []
        for need, title, told, probe in (
            (Need.POSTGRES, "PostgreSQL", self.settings.services.postgres, postgres),
            (Need.REDIS, "Redis", self.settings.services.redis, redis),
        ):
            program = next(iter(probe.programs()), None)
            if told.url:
                said.append(f"{title} by its url")
            elif told.image and self._engine:
                said.append(f"{title} as {told.image}")
            elif program is not None:
                said.append(f"{title} from {program.origin}")
            else:
                self._lack(need, f"no {title} to use", servers.INSTALL)
                said.append(f"no {title}")
        return ", ".join(said)

    @property
    def _engine(self) -> bool:
        from pytest_readiness.probes.containers import engine_answers

        return engine_answers()

    def _tools(self) -> str:
        said = ["a container engine answers" if self._engine else "no container engine answers"]
        browsers = ("chromium", "chromium-browser", "google-chrome", "chrome")
        browser = next((name for name in browsers if shutil.which(name)), None)
        if browser is None:
            self._lack(Need.BROWSER, "no browser", "install chromium")
        for name, path in (("promtool", shutil.which("promtool")), ("a browser", browser)):
            said.append(name if path else f"no {name.removeprefix('a ')}")
        return ", ".join(said)

    def _answers(self) -> str:
        from pytest_readiness.answers import load
        from pytest_readiness.typed_yaml import InvalidFile

        asked = [one.check.id for one in self.found.checks if Need.ANSWER in one.needs]
        try:
            answers = load(self.found.root / "answers.yaml")
        except InvalidFile as error:
            self._lack(Need.ANSWER, str(error), "correct answers.yaml")
            return str(error)
        given = [name for name in asked if name in answers]
        self.answered = frozenset(given)
        if len(given) < len(asked):
            self._lack(
                Need.ANSWER,
                f"{len(asked) - len(given)} questions have no answer",
                "answer them, dated, in answers.yaml",
            )
        return f"{len(given)} of {len(asked)} questions answered"

    answered: frozenset[str] = frozenset()

    def _lack(self, need: Need, why: str, remedy: str) -> None:
        self.lacks.setdefault(need, Lack(why, remedy))

    # --- what it comes to ---------------------------------------------------------------------

    def _lacking(self, one: _Seen) -> frozenset[Need]:
        lacking = one.needs & frozenset(self.lacks)
        return lacking - {Need.ANSWER} if one.check.id in self.answered else lacking

    def _phases(self) -> Iterator[str]:
        yield f"{'phase':<17} {'checks':>6} {'can look':>9} {'cannot':>7} {'nothing to see':>15}"
        for phase in Phase:
            ours = [one for one in self.found.checks if one.check.phase is phase]
            nothing = sum(not one.subjects for one in ours)
            cannot = sum(bool(one.subjects and self._lacking(one)) for one in ours)
            can = len(ours) - nothing - cannot
            yield f"{phase.day} {phase:<15} {len(ours):>6} {can:>9} {cannot:>7} {nothing:>15}"

    def _missing(self) -> Iterator[str]:
        waiting: dict[Need, list[Check]] = {}
        for one in self.found.checks:
            for need in self._lacking(one) if one.subjects else ():
                waiting.setdefault(need, []).append(one.check)
        if not waiting:
            yield "Nothing that a check needs is missing."
            return
        order = sorted(waiting, key=lambda need: (-_value(waiting[need]), need))
        yield "missing, the most valuable first:"
        for number, need in enumerate(order[:3], 1):
            checks = waiting[need]
            urgent = sum(check.priority is Priority.P0 for check in checks)
            lack = self.lacks[need]
            opens = f"{len(checks)} check{'s' * (len(checks) != 1)}, {urgent} of them P0"
            yield from _wrapped(f"{number}. {lack.why} ({opens}): {lack.remedy}", 3)
        rest = [f"{need} ({len(waiting[need])})" for need in order[3:]]
        if rest:
            yield from _wrapped(f"then: {', '.join(rest)}", 3)

    def _not_known(self) -> Iterator[str]:
        from_files = sum(
            one.check.effect is Effect.READS and Need.TARGET not in one.needs
            for one in self.found.checks
        )
        known = f"{from_files} checks read files or answers alone"
        unknown = [*self.unknown, "what a check decides when it sees the target"]
        yield from _wrapped(f"{known}. Not known before a run: {'; '.join(unknown)}.", 0)


_WEIGHTS = {Priority.P0: 8, Priority.P1: 4, Priority.P2: 2, Priority.P3: 1}


def _value(checks: list[Check]) -> int:
    return sum(_WEIGHTS[check.priority] for check in checks)


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(
        text, 80, subsequent_indent=" " * indent, break_on_hyphens=False, break_long_words=True
    )
