"""``readiness waive``: one more entry of ``waivers.yaml``, checked before it is written."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from pytest_readiness import waiver_file
from pytest_readiness.catalogue import bundled_checks
from pytest_readiness.model import Outcome, Waiver
from pytest_readiness.settings import find
from pytest_readiness.typed_yaml import InvalidFile
from pytest_readiness.waivers import LONGEST, days_left, evidence_digest, names


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.model import AuditReport, Check, Finding


class CannotWaive(Exception):  # noqa: N818 - it says what the command could not do
    """Nothing was written; the message says why and what to do."""


@dataclass(frozen=True)
class Waived:
    """What was written."""

    path: Path
    line: int
    waiver: Waiver
    accepts: tuple[Finding, ...]
    """Open findings of the record that it covers."""
    too_long: str
    """What ``long-waiver`` will say of it; empty when nothing."""

    def lines(self, record: Path | None) -> Iterator[str]:
        """What was done, for a terminal; the record is the one that was compared with."""
        said = self.waiver
        about = " on ".join(part for part in (said.check, said.subject) if part)
        yield f"{self.path.name}:{self.line}: {about} is waived until {said.expires}"
        if record is None:
            yield "there is no record of an audit, so nothing was compared with it"
        for finding in self.accepts:
            yield f"  accepts {finding.subject or 'the system'}: {finding.message}"
        if said.evidence:
            yield f"  pinned to {said.evidence}"
        if self.too_long:
            yield f"  {self.too_long}"


def settings_folder(here: Path) -> Path:
    """The folder of the nearest ``readiness.yaml`` in a repository; without one, here."""
    for folder in (here, *here.parents):
        if find(folder):
            return folder
        if (folder / ".git").exists():
            break
    return here


def waive(
    folder: Path,
    wanted: Waiver,
    *,
    record: AuditReport | None,
    anywhere: bool = False,
    pin: bool = False,
    today: date,
) -> Waived:
    """Append a waiver to the file in a folder; what stands there stays as it is.

    Args:
        folder: of ``readiness.yaml``.
        wanted: the waiver, without evidence.
        record: what was found; None when there is none to compare with.
        anywhere: no subject was named: take the one that is open.
        pin: add the digest of what was found.
        today: a waiver that ended before accepts nothing and is refused.

    Raises:
        CannotWaive: nothing was written.
    """
    checks = {check.id: check for check in (*bundled_checks(), *(record.checks if record else ()))}
    if wanted.check in checks and record is not None:
        found = _open(record, wanted, anywhere=anywhere)
        if anywhere:
            wanted = replace(wanted, subject=found[0].subject)
    elif pin:
        raise CannotWaive("--pin needs a record of an audit; run one, or name it with --record")
    else:
        found = ()
    if pin:
        wanted = replace(wanted, evidence=_only(found, wanted))
    if _day(wanted) < today:
        raise CannotWaive(f"--until: {wanted.expires} has passed; name a day to come")
    path = folder / waiver_file.FILE_NAME
    line = _append(path, wanted, checks)
    check = checks[wanted.check]
    most, days = LONGEST[check.priority], days_left(wanted, today)
    too_long = f"long-waiver: {days} days, a {check.priority} may be waived for {most}"
    return Waived(path, line, wanted, found, too_long if days > most else "")


def _open(record: AuditReport, wanted: Waiver, *, anywhere: bool) -> tuple[Finding, ...]:
    """The findings of a record that shall be accepted, at least one."""
    of_check = [
        one
        for one in record.findings
        if one.check == wanted.check and one.outcome in {Outcome.WARNED, Outcome.FAILED}
    ]
    if not of_check:
        raise CannotWaive(f"the record has nothing open for {wanted.check}")
    subjects = ", ".join(sorted(repr(one.subject) for one in of_check))
    found = [one for one in of_check if anywhere or names(wanted, one.check, one.subject)]
    if not found:
        raise CannotWaive(
            f"the record has nothing open for {wanted.check} on {wanted.subject!r}; open are"
            f" {subjects}"
        )
    if anywhere and len(found) > 1:
        raise CannotWaive(f"{wanted.check} is open on {subjects}; name one with --subject")
    return tuple(found)


def _only(found: Sequence[Finding], wanted: Waiver) -> str:
    if len(found) > 1:
        raise CannotWaive(
            f"--pin accepts one finding, and {wanted.subject!r} names {len(found)}; write one"
            " entry for each"
        )
    return evidence_digest(found[0])


def _day(wanted: Waiver) -> date:
    try:
        return date.fromisoformat(wanted.expires)
    except ValueError:
        message = f"--until: expected a date like 2026-12-31, got {wanted.expires!r}"
        raise CannotWaive(message) from None


def _append(path: Path, wanted: Waiver, checks: dict[str, Check]) -> int:
    """Write the entry behind the others; its line."""
    before = path.read_bytes().decode("utf-8") if path.is_file() else ""
    old = _read(before, path)
    entry = _entry(wanted, before)
    text = before if not before or before.endswith("\n") else f"{before}\n"
    text = (text or "# What somebody accepts, and until when.\n") + entry
    new = _read(text, path, hint=f"; add this by hand:\n{entry}" if old else "")
    line = max(new, default=0)
    if [*old.values(), wanted] != list(new.values()):
        raise CannotWaive(f"{path.name} is no plain list of entries; add this by hand:\n{entry}")
    if wrong := waiver_file.problems({line: wanted}, checks):
        raise CannotWaive(wrong[0].partition(": ")[2])
    draft = path.with_name(f"{path.name}.part")
    draft.write_bytes(text.encode("utf-8"))
    draft.replace(path)
    return line


def _read(text: str, path: Path, *, hint: str = "") -> dict[int, Waiver]:
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder, path.name)
        trial.write_bytes(text.encode("utf-8"))
        try:
            return dict(waiver_file.load(trial))
        except InvalidFile as error:
            raise CannotWaive(f"{error}{hint}") from None


def _entry(wanted: Waiver, before: str) -> str:
    """The entry as YAML, indented as the entries before it and with their line ends."""
    keys = {
        "check": wanted.check,
        "subject": wanted.subject,
        "reason": wanted.reason,
        "owner": wanted.owner,
        "approver": wanted.approver,
        "expires": date.fromisoformat(wanted.expires),
        "evidence": wanted.evidence,
    }
    told = {name: value for name, value in keys.items() if value}
    text = yaml.safe_dump([told], sort_keys=False, allow_unicode=True, width=1000)
    first = re.search(r"^( *)- ", before, re.MULTILINE)
    indent = first[1] if first else ""
    text = "".join(f"{indent}{line}\n" for line in text.splitlines())
    return text.replace("\n", "\r\n") if "\r\n" in before else text
