"""``sign-offs.json``: what people in their roles decided about one record.

It stands beside the record and is bound to its digest: sign-offs are given after a run and are no
part of it. Which roles decide and by which keys they are known is part of the record, so that
nobody can change the rules afterwards without voiding what was signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, ConfigDict, StringConstraints, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from pytest_readiness.model import SignOff, Verdict
from pytest_readiness.signing import UnusableKey, pae, public_key
from pytest_readiness.verdict import UNASSIGNED


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pytest_readiness.model import AuditReport, SignOffRules
    from pytest_readiness.signing import PrivateKey


FILE_NAME = "sign-offs.json"
APPROVED, REJECTED, MISSING = "approved", "rejected", "missing"

_PAYLOAD_TYPE = "application/vnd.pytest-readiness.sign-off+json"
_CONFIG = ConfigDict(extra="forbid")


class SignOffError(ValueError):
    """The file cannot be used; the message says where and why."""


def _day(text: str) -> str:
    from datetime import date

    return date.fromisoformat(text).isoformat()


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


@dataclass(frozen=True, config=_CONFIG)
class Entry:
    """One sign-off as the file has it."""

    role: _Text
    by: _Text
    on: Annotated[str, AfterValidator(_day)]
    decision: Literal["approved", "rejected"]
    record: str
    """Digest of the record that it is about."""
    comment: str = ""
    key: str = ""
    """Id of the key that signed, empty when none did."""
    signature: str = ""
    """In base64, over all of the above but ``key``."""

    @property
    def message(self) -> bytes:
        """What is signed."""
        said = {k: v for k, v in asdict(self).items() if k not in {"key", "signature"}}
        text = json.dumps(said, sort_keys=True, separators=(",", ":"))
        return pae(text.encode(), _PAYLOAD_TYPE)


@dataclass(frozen=True, config=_CONFIG)
class _File:
    version: Literal[1]
    sign_offs: tuple[Entry, ...]


def digest_of(record: bytes) -> str:
    """Digest by which a sign-off names a record, ``sha256:...``."""
    return f"sha256:{hashlib.sha256(record).hexdigest()}"


def load(path: Path) -> tuple[Entry, ...]:
    """The sign-offs of a file, in the order in which they were given; no file is none.

    Raises:
        SignOffError: it cannot be read.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise SignOffError(f"{path.name}: {error.strerror or error}") from None
    try:
        return TypeAdapter(_File).validate_json(text).sign_offs
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "file"
        raise SignOffError(f"{path.name}: {place}: {first['msg']}") from None


def add(path: Path, entry: Entry) -> None:
    """Append a sign-off; the file appears whole or not at all.

    Raises:
        SignOffError: what is there cannot be read.
        OSError: the file cannot be written.
    """
    entries = [asdict(each) for each in (*load(path), entry)]
    draft = path.with_name(f"{path.name}.part")
    text = json.dumps({"version": 1, "sign_offs": entries}, indent=2, ensure_ascii=False)
    draft.write_text(f"{text}\n", encoding="utf-8")
    draft.replace(path)


def signed(entry: Entry, key: PrivateKey) -> Entry:
    """The same sign-off with a signature."""
    signature = base64.b64encode(key.sign(entry.message)).decode()
    return replace(entry, key=key.public.id, signature=signature)


def refusal(report: AuditReport, decision: str) -> str:
    """Why this record cannot be decided about like that; empty when it can.

    A rejection needs nothing.
    """
    if decision == REJECTED:
        return ""
    if report.full_record:
        return "it is a copy without evidence; decide about the full record"
    if report.judgement.verdict in {Verdict.NO_GO, Verdict.INCOMPLETE}:
        return f"the verdict is {report.judgement.verdict}: it can be rejected, not approved"
    return without_owner(report)


def without_owner(report: AuditReport) -> str:
    """Say that a condition belongs to nobody; empty when all have an owner."""
    nobodys = [each for each in report.judgement.conditions if each.owner == UNASSIGNED]
    if not nobodys:
        return ""
    count = "1 condition has" if len(nobodys) == 1 else f"{len(nobodys)} conditions have"
    names = ", ".join(each.check or each.text for each in nobodys[:3])
    return f"{count} no owner ({names}): name one in `owners:` of readiness.yaml and audit again"


def judged(entries: Sequence[Entry], report: AuditReport, digest: str) -> tuple[SignOff, ...]:
    """All sign-offs, each with why it does not count where it does not.

    Of several of one role that count the last one holds.

    Args:
        entries: of the file, in its order.
        report: the record.
        digest: of the record as it is now.
    """
    found = [
        SignOff(
            role=entry.role,
            by=entry.by,
            on=entry.on,
            decision=entry.decision,
            comment=entry.comment,
            key=entry.key if entry.signature else "",
            problem=_problem(entry, report, digest),
        )
        for entry in entries
    ]
    last = {each.role: place for place, each in enumerate(found) if not each.problem}
    return tuple(
        replace(each, problem=f"{found[last[each.role]].by} has decided later")
        if not each.problem and last[each.role] != place
        else each
        for place, each in enumerate(found)
    )


def standing(rules: SignOffRules, sign_offs: Sequence[SignOff]) -> dict[str, str]:
    """approved, rejected or missing, by role."""
    counting = {each.role: each.decision for each in sign_offs if not each.problem}
    return {role: counting.get(role, MISSING) for role in rules.roles}


def summary(rules: SignOffRules, sign_offs: Sequence[SignOff]) -> list[str]:
    """Lines for a terminal: how each role stands, and what does not count."""
    by_role: Mapping[str, SignOff] = {each.role: each for each in sign_offs if not each.problem}
    lines = []
    for role, state in standing(rules, sign_offs).items():
        one = by_role.get(role)
        by = f" by {one.by} on {one.on}{', signed' if one.key else ''}" if one else ""
        lines.append(f"{role}: {state}{by}")
    lines += [
        f"does not count: {each.decision} by {each.by} ({each.role}): {each.problem}"
        for each in sign_offs
        if each.problem
    ]
    return lines


def _problem(entry: Entry, report: AuditReport, digest: str) -> str:
    rules = report.sign_off
    if entry.record != digest:
        return f"it is about another record: {entry.record[:19]}, this one is {digest[:19]}"
    if entry.role not in rules.roles:
        return f"no such role decides here; those that do: {', '.join(rules.roles)}"
    if why := refusal(report, entry.decision):
        return why
    keys = rules.keys.get(entry.role, ())
    if not entry.signature:
        return "keys are listed for this role, and it is not signed" if keys else ""
    return _problem_of_signature(entry, keys)


def _problem_of_signature(entry: Entry, keys: Sequence[str]) -> str:
    try:
        known = {key.id: key for key in map(public_key, keys)}
        signature = base64.b64decode(entry.signature, validate=True)
    except (UnusableKey, binascii.Error, ValueError):
        return "its signature cannot be read"
    key = known.get(entry.key)
    if key is None:
        return f"it is signed with a key that is not listed for this role: {entry.key[:16]!a}"
    return "" if key.has_signed(entry.message, signature) else "its signature does not fit"
