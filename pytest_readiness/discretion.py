"""Nothing that pytest prints, writes or sends to another process holds a known secret.

Findings are clean when they are made. This module stands at the doors through which everything
else leaves: reports, warnings, collection errors, internal errors, ids, log files, the terminal.
It is registered in every process; :class:`Aftermath` on the controller alone.
"""

from __future__ import annotations

import contextlib
import html
import json
import logging
import os
import re
import traceback
from dataclasses import is_dataclass, replace
from typing import TYPE_CHECKING, Any, TextIO
from xml.etree import ElementTree as ET  # what is read was written by this very run

import pytest
from _pytest._code.code import TerminalRepr  # what every longrepr is; there is no public name
from _pytest.config import ConftestImportFailure

from pytest_readiness import stash
from pytest_readiness.broker import Unavailable
from pytest_readiness.probes import secrets as probe
from pytest_readiness.redaction import MASK, SHORTEST
from pytest_readiness.settings import secrets


if TYPE_CHECKING:
    import warnings
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from pytest_readiness.broker import Asks
    from pytest_readiness.model import Finding
    from pytest_readiness.probes.repository import Repository
    from pytest_readiness.redaction import Redactor, Secret
    from pytest_readiness.settings import Settings


_FIXED = frozenset(
    {"nodeid", "_id", "location", "keywords", "when", "outcome", "duration", "start", "stop"}
    | {"readiness", "item_index", "worker_id", "testrun_uid", "node"}
)
"""Of a report: what other plugins find it by, and what is clean by its making."""
_PLAIN = (int, float, type(None))
_DEEPEST = 40


class Discretion:
    """The doors of one process."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._redactor = config.stash[stash.REDACTOR]

    # --- names ------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_parametrize_id(self, val: object) -> str | None:
        """A parameter that holds a secret is ``***`` in ids; pytest numbers them."""
        text = val.decode("latin-1") if isinstance(val, bytes) else val
        if isinstance(text, str) and self._redactor.known(text) != text:
            return MASK
        return None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Refuse ids that a secret was written into by hand: pytest keeps and prints them."""
        telling = {
            item.nodeid.partition("[")[0]
            for item in items
            if (callspec := getattr(item, "callspec", None)) is not None
            and self._redactor.known(callspec.id) != callspec.id
        }
        if telling:
            names = ", ".join(sorted(telling))
            refuse(
                self._config,
                f"the ids of {names} hold a secret; name the parameters with ids=... or"
                " pytest.param(..., id=...) by what they are",
                items,
            )

    # --- reports ----------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, Any, Any]:
        report = yield
        scrub(report, self._redactor)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Before anybody prints it or xdist sends it; subtests are made after ``makereport``."""
        learn(self._config)
        scrub(report, self._redactor)

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        said = str(warning_message.message)
        clean = self._redactor.text(said)
        if clean != said:
            warning_message.message = UserWarning(clean)

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: object) -> None:
        scrubbed(excrepr, self._redactor.text)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self) -> Generator[None, object, object]:
        """What a worker hands over at its end is complete when every other plugin is done."""
        result = yield
        output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if output is not None:
            output |= scrubbed(dict(output), self._redactor.text)
        return result

    # --- streams ----------------------------------------------------------------------------

    @pytest.hookimpl
    def pytest_plugin_registered(self, plugin: Any, plugin_name: str) -> None:
        """Filter the terminal and the log file as soon as pytest has made them."""
        if plugin_name == "terminalreporter":
            writer = plugin._tw  # noqa: SLF001 - pytest offers no other way
            writer._file = _DiscreetFile(writer._file, self._redactor)  # noqa: SLF001
        elif plugin_name == "logging-plugin":
            handler = plugin.log_file_handler
            handler.setFormatter(_DiscreetFormatter(handler.formatter, self._redactor))


class Aftermath:
    """Once the run is over: what was written before a secret was known is cleaned.

    Some values never pass a report (properties of the whole suite, the environment table of
    pytest-html), and some secrets are learned late, a token that a login gives for instance.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._redactor = config.stash[stash.REDACTOR]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None, object, object]:
        result = yield
        option = self._config.option
        here = self._config.invocation_params.dir
        for name, clean in (("xmlpath", _clean_junit), ("htmlpath", _clean_html)):
            if path := getattr(option, name, None):
                with contextlib.suppress(OSError):
                    clean(here / path, self._redactor.known)
        return result


def known_secrets(settings: Settings, repository: Repository) -> Iterator[str | Secret]:
    """What every process knows from the start, the same in each, so that ids are the same.

    Variables of this process and the settings are taken as they are; what merely stands in a file
    is left out where it is a placeholder, which everybody knows.
    """
    yield from secrets(settings)
    for one in probe.in_environment(os.environ):
        yield one.value
    paths = [*settings.target.env_file]
    for profile in settings.profiles.values():
        paths += profile.env_file or ()
    told = (one for path in paths for one in probe.in_file(path))
    for one in (*told, *probe.in_repository(repository), *probe.mounted()):
        if probe.worth_hiding(one):
            yield one.value
    for one in probe.in_key_files(repository):
        yield one.value


@contextlib.contextmanager
def discreet_conftests(config: pytest.Config) -> Iterator[None]:
    """Pytest prints a conftest.py that cannot be loaded before there is a terminal to filter.

    Raises:
        pytest.UsageError: in its place, without secrets.
    """
    try:
        yield
    except ConftestImportFailure as failure:
        said = "".join(traceback.format_exception(failure.cause))
        text = f"{failure.path} could not be loaded.\n{said}"
        raise pytest.UsageError(config.stash[stash.REDACTOR].text(text)) from None


def learn(config: pytest.Config) -> None:
    """Share secrets that were learned since the last time with the controller, both ways.

    A token that one worker was given may stand in the target's log that another one shows.
    """
    asks: Asks = config.stash[stash.ASKS]
    try:  # noqa: SIM105 - it is done three times for each check, and suppress() costs a microsecond
        asks.share_secrets(config.stash[stash.REDACTOR])
    except Unavailable:
        pass


def refuse(config: pytest.Config, message: str, items: list[pytest.Item]) -> None:
    """A usage error; from a worker it is told, since raising there looks like a crash."""
    if hasattr(config, "workerinput"):
        config.stash[stash.ASKS].tell("refusal", message)
        items.clear()
        return
    raise pytest.UsageError(message)


def clean(finding: Finding, redact: Callable[[str], str]) -> Finding:
    """A finding without secrets in what it says; what it is found by stays."""
    if not (finding.message or finding.details or finding.remarks or finding.evidence):
        return finding
    return replace(
        finding,
        message=redact(finding.message),
        details=redact(finding.details),
        remarks=tuple(replace(each, message=redact(each.message)) for each in finding.remarks),
        evidence=tuple(
            replace(
                each,
                request=redact(each.request),
                response=redact(each.response),
                curl=redact(each.curl),
            )
            for each in finding.evidence
        ),
    )


def scrub(report: Any, redactor: Redactor) -> None:
    """Take every known secret out of what pytest itself will print or pass on."""
    for name, value in vars(report).items():
        if not value:
            continue
        if name == "user_properties":
            report.user_properties = [
                (key, _property(value, redactor.text)) for key, value in report.user_properties
            ]
        elif name not in _FIXED:
            # Markup of other plugins is left whole: only values are taken out of it.
            redact = redactor.known if name in {"extras", "extra"} else redactor.text
            setattr(report, name, scrubbed(value, redact))


def scrubbed(value: Any, redact: Callable[[str], str], depth: int = 0) -> Any:
    """Walk data and pytest's tree of representation objects; objects are changed in place."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, _PLAIN) or depth > _DEEPEST:
        return value
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(scrubbed(part, redact, depth + 1) for part in value)
    if isinstance(value, list):
        return [scrubbed(part, redact, depth + 1) for part in value]
    if isinstance(value, dict):
        return {
            scrubbed(key, redact, depth + 1): scrubbed(part, redact, depth + 1)
            for key, part in value.items()
        }
    if _shows_text(value):
        for name, part in list(vars(value).items()):
            object.__setattr__(value, name, scrubbed(part, redact, depth + 1))
    return value


def _shows_text(value: object) -> bool:
    """Whether it is one of pytest's own objects that hold text for people, and no more."""
    return isinstance(value, TerminalRepr) or (
        is_dataclass(value) and type(value).__module__.startswith("_pytest.")
    )


def _property(value: object, redact: Callable[[str], str]) -> object:
    """A property as xdist and JUnit take it: data stays data, any other object becomes text."""
    if isinstance(value, bool | int | float | str | None):
        return redact(value) if isinstance(value, str) else value
    return redact(str(value))


class _DiscreetFile:
    """A text stream that takes secrets out of what passes."""

    def __init__(self, file: TextIO, redactor: Redactor) -> None:
        self._file = file
        self._redactor = redactor

    def write(self, text: str) -> int:
        self._file.write(self._redactor.text(text) if len(text) >= SHORTEST else text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _DiscreetFormatter(logging.Formatter):
    """Formats as another one does, and takes secrets out."""

    def __init__(self, formatter: logging.Formatter | None, redactor: Redactor) -> None:
        super().__init__()
        self._formatter = formatter or logging.Formatter()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.text(self._formatter.format(record))


def _clean_junit(path: Path, redact: Callable[[str], str]) -> None:
    tree = ET.parse(path)  # noqa: S314 - see the import
    changed = [element for element in tree.iter() if _clean_element(element, redact)]
    if changed:
        tree.write(path, encoding="utf-8", xml_declaration=True)


def _clean_element(element: ET.Element, redact: Callable[[str], str]) -> bool:
    """Clean text and attributes but for the names that tools find a test by."""
    before = element.text, element.tail, dict(element.attrib)
    element.text = redact(element.text) if element.text else element.text
    element.tail = redact(element.tail) if element.tail else element.tail
    for name, value in element.attrib.items():
        element.attrib[name] = redact(value)
    return before != (element.text, element.tail, element.attrib)


_BLOB = re.compile(r'(?<=data-jsonblob=")[^"]*')


def _clean_html(path: Path, redact: Callable[[str], str]) -> None:
    """Clean the data of pytest-html's page; the rest of it is its template."""
    page = path.read_text(encoding="utf-8")

    def clean(found: re.Match[str]) -> str:
        data = json.loads(html.unescape(found[0]))
        cleaned = scrubbed(data, redact)
        return found[0] if cleaned == data else html.escape(json.dumps(cleaned))

    cleaned = _BLOB.sub(clean, page)
    if cleaned != page:
        path.write_text(cleaned, encoding="utf-8")
