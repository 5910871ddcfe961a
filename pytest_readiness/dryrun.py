"""``pytest --readiness --collect-only``: what a run would send, by class; it sends nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from pytest_readiness import needs, stash
from pytest_readiness.consent import Consent, decide
from pytest_readiness.model import Effect
from pytest_readiness.settings import effective


if TYPE_CHECKING:
    from datetime import date

    from _pytest.terminal import TerminalReporter

    from pytest_readiness.settings import Settings


_WHAT = {
    Effect.READS: "GET, HEAD and OPTIONS",
    Effect.INTRUSIVE: "attack payloads, bursts, new accounts",
    Effect.DISRUPTIVE: "signals, stopped services, full disks",
}
_OWN_SERVER = "://127.0.0.1"


class DryRun:
    """Counts what was collected, and says it at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._tests: list[tuple[Effect, str, bool]] = []

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            check = item.stash.get(stash.CHECK, None)
            if check is not None:
                said = needs.sending(check, getattr(item, "fixturenames", ()))
                self._tests.append((check.effect, check.id, said.to_target))

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        terminalreporter.section("what would be sent")
        for line in self.lines():
            terminalreporter.write_line(line)

    def lines(self) -> list[str]:
        """The summary, for 80 columns."""
        lines = []
        for effect in Effect:
            ours = [test for test in self._tests if test[0] is effect]
            checks = {identity for _, identity, _ in ours}
            sending = {identity for _, identity, to_target in ours if to_target}
            lines.append(
                f"{effect:<11} {_count(len(checks), 'check')}, {_count(len(ours), 'test')}"
            )
            files = len(checks) - len(sending)
            if files:
                lines.append(f"{'':<12}{_count(files, 'check')} read files or answers only")
            if sending:
                lines.append(f"{'':<12}{_count(len(sending), 'check')} send {_WHAT[effect]}")
        settings = self._config.stash[stash.SETTINGS]
        profile = self._config.stash[stash.PROFILE]
        lines += _permission(
            settings, profile, self._config, {effect for effect, *_ in self._tests}
        )
        lines.append("Nothing was sent, and nothing was started.")
        return lines


@dataclass(frozen=True)
class Foreseen:
    """What can be said of consent before the target is there."""

    consent: Consent | None
    """None when there is no target."""
    target: str
    """The target in a few words."""


def foresee(settings: Settings, profile: str, today: date, *, disruptive: bool) -> Foreseen:
    """Consent as a run would decide on it, without starting or asking anything."""
    from pytest_readiness.broker import Unavailable
    from pytest_readiness.fixtures.starting import configured_environment

    target = effective(settings, profile or None)
    if target.kind == "none":
        return Foreseen(None, "none is configured")
    if target.kind == "url":
        shown = f"{target.url}{target.base_path}"
        url, started, environment = shown, False, {}
    else:
        told = target.command or (target.image,)
        words = " ".join(map(str, told)) if target.kind in {"command", "image"} else ""
        words = words or ", ".join(target.processes) or str(target.compose or target.dockerfile)
        shown, started = f"{target.kind} {words}", True
        url = "http://127.0.0.1"
        try:
            environment = configured_environment(target)
        except Unavailable as unavailable:
            return Foreseen(None, f"{shown}: {unavailable.message}")
        for process in target.processes.values():
            environment |= process.environment
        environment = {
            name: value.replace("{postgres.url}", f"postgresql{_OWN_SERVER}").replace(
                "{redis.url}", f"redis{_OWN_SERVER}"
            )
            for name, value in environment.items()
        }
    consent = decide(
        url,
        started=started,
        environment=environment,
        authorized=settings.authorized,
        today=today,
        disruptive=disruptive,
    )
    reason = consent.reason.replace("the audit started it", "the audit starts it")
    return Foreseen(replace(consent, reason=reason), shown)


def _permission(
    settings: Settings, profile: str, config: pytest.Config, effects: set[Effect]
) -> list[str]:
    import textwrap

    seen = foresee(
        settings,
        profile,
        config.stash[stash.STARTED].date(),
        disruptive=config.stash[stash.DISRUPTIVE],
    )
    redact = config.stash[stash.REDACTOR].text
    said = [f"target      {redact(seen.target)}"]
    for effect in (Effect.INTRUSIVE, Effect.DISRUPTIVE):
        if seen.consent is None or effect not in effects:
            continue
        permitted, reason = seen.consent.permitted(effect)
        word = "permitted" if permitted else "not permitted"
        said.append(f"{effect:<11} {word}: {redact(reason)}")
    return [
        line
        for text in said
        for line in textwrap.wrap(
            text, 80, subsequent_indent=" " * 12, break_on_hyphens=False, break_long_words=False
        )
    ]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
