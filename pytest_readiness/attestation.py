"""The attestation: a signed statement of what was audited, with which result, and until when.

It is an in-toto statement (version 1) with the test-result predicate, in a DSSE envelope. What the
predicate has no field for stands in one extension field, ``pytestReadiness``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from pytest_readiness.catalogue import full_digest
from pytest_readiness.model import Outcome, Verdict
from pytest_readiness.scoring import missing, percent, worst
from pytest_readiness.signing import NotSigned, unseal
from pytest_readiness.signoffs import MISSING, digest_of, standing, without_owner
from pytest_readiness.waivers import holds


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_readiness.model import AuditReport, SignOff
    from pytest_readiness.signing import PublicKey


FILE_NAME = "attestation.json"
UNSIGNED_FILE_NAME = "statement.json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
VALID_DAYS = 90
REVIEW_DAYS = 90
RECORD = "readiness.json"

RESULTS = {
    Verdict.GO: "PASSED",
    Verdict.CONDITIONAL_GO: "WARNED",
    Verdict.INCOMPLETE: "FAILED",
    Verdict.NO_GO: "FAILED",
}
"""The predicate's word for each verdict: not having looked is no pass."""

_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
_EXTENSION = "pytestReadiness"
_CLOCKS = timedelta(minutes=5)
"""By how much two clocks may differ."""


# --- making one ----------------------------------------------------------------------------------


def statement(
    report: AuditReport,
    record: bytes,
    sign_offs: Sequence[SignOff] = (),
    *,
    now: datetime,
    valid_days: int = VALID_DAYS,
) -> dict[str, Any]:
    """The in-toto statement about a record.

    Args:
        report: the record.
        record: its file as it is.
        sign_offs: about it, judged; those that do not count are left out.
        now: when it is issued, with an offset.
        valid_days: for how long it holds.
    """
    outcomes = _outcomes(report)
    rules = [
        *_descriptor("configuration", report.provenance.configuration, "configuration"),
        *_descriptor("catalogue", f"sha256:{full_digest(report.checks)}", "catalogue"),
    ]
    return {
        "_type": _STATEMENT,
        "subject": [
            *_descriptor(report.repository, f"gitCommit:{report.commit}", "commit"),
            *(
                descriptor
                for name, digest in sorted(report.provenance.images.items())
                for descriptor in _descriptor(name, digest, "image")
            ),
            *rules,
            *_descriptor(RECORD, digest_of(record), "record"),
        ],
        "predicateType": _PREDICATE,
        "predicate": {
            "result": RESULTS[report.judgement.verdict],
            "configuration": [
                *rules,
                *(
                    descriptor
                    for name, value in sorted(report.provenance.files.items())
                    for descriptor in _descriptor(name, f"sha256:{value}", "file")
                ),
            ],
            "passedTests": outcomes[Outcome.PASSED],
            "warnedTests": outcomes[Outcome.WARNED],
            "failedTests": sorted(
                outcomes[Outcome.FAILED] + outcomes[Outcome.SKIPPED] + outcomes[Outcome.ERROR]
            ),
            _EXTENSION: _extension(report, record, sign_offs, now, valid_days, outcomes),
        },
    }


def text_of(said: Mapping[str, Any]) -> bytes:
    """A statement as it is signed: compact JSON in UTF-8."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def next_review(report: AuditReport, now: datetime) -> str:
    """The day on which to look again: what ends first, ``REVIEW_DAYS`` at the latest."""
    started = datetime.fromisoformat(report.started)
    days = [
        *(each.due for each in report.judgement.conditions),
        *(each.expires for each in report.waivers if holds(each, started)),
        *(each.expires for each in report.answers if each.expires >= started.date().isoformat()),
        (now + timedelta(days=REVIEW_DAYS)).date().isoformat(),
    ]
    return min(day for day in days if day)


def refusal(report: AuditReport) -> str:
    """Why this record cannot be attested; empty when it can."""
    if report.full_record:
        return "it is a copy without evidence; attest the full record"
    went = report.judgement.verdict in {Verdict.GO, Verdict.CONDITIONAL_GO}
    return without_owner(report) if went else ""


def _extension(
    report: AuditReport,
    record: bytes,
    sign_offs: Sequence[SignOff],
    now: datetime,
    valid_days: int,
    outcomes: Mapping[Outcome, list[str]],
) -> dict[str, Any]:
    provenance, short = report.provenance, hashlib.sha256(record).hexdigest()[:12]
    return {
        "id": f"readiness-{now:%Y%m%d}-{short}",
        "toolVersion": report.tool_version,
        "verdict": str(report.judgement.verdict),
        "readiness": percent(report.scorecard.readiness),
        "coverage": percent(report.scorecard.coverage),
        "audited": report.started,
        "issued": now.isoformat(timespec="seconds"),
        "notAfter": (now + timedelta(days=valid_days)).isoformat(timespec="seconds"),
        "nextReview": next_review(report, now),
        "confidentiality": report.confidentiality,
        "target": {"kind": report.target.kind, "profile": report.target.profile},
        "build": provenance.build,
        "dirtyFiles": len(provenance.dirty),
        "notLookedAt": sorted(outcomes[Outcome.SKIPPED] + outcomes[Outcome.ERROR]),
        "notApplicable": outcomes[Outcome.NOT_APPLICABLE],
        "conditions": [
            {"check": each.check, "text": each.text, "owner": each.owner, "due": each.due}
            for each in report.judgement.conditions
        ],
        "signOffs": [
            {"role": each.role, "by": each.by, "on": each.on, "decision": each.decision}
            | ({"key": each.key} if each.key else {})
            for each in sign_offs
            if not each.problem
        ],
        "signOffsMissing": [
            role for role, state in standing(report.sign_off, sign_offs).items() if state == MISSING
        ],
    }


def _outcomes(report: AuditReport) -> dict[Outcome, list[str]]:
    """Ids of checks by their worst finding."""
    owed = missing(report.checks, report.planned, report.findings)
    by_check: dict[str, list[Outcome]] = {check.id: [] for check in report.checks}
    for finding in (*report.findings, *owed):
        by_check.setdefault(finding.check, []).append(finding.outcome)
    found: dict[Outcome, list[str]] = {outcome: [] for outcome in Outcome}
    for name, outcomes in sorted(by_check.items()):
        found[worst(outcomes)].append(name)
    return found


def _descriptor(name: str, digest: str, kind: str) -> Iterator[dict[str, Any]]:
    """A resource descriptor, where there is a digest."""
    algorithm, _, value = digest.partition(":")
    if value:
        yield {"name": name, "digest": {algorithm: value}, "annotations": {"kind": kind}}


# --- reading one ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Descriptor:
    digest: dict[str, str]
    annotations: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    @property
    def kind(self) -> str:
        return str(self.annotations.get("kind", ""))

    @property
    def value(self) -> str:
        """``sha256:...``; a commit without its algorithm."""
        algorithm, value = next(iter(self.digest.items()), ("", ""))
        return value if algorithm == "gitCommit" else f"{algorithm}:{value}"


@dataclass(frozen=True)
class Claim:
    """What stands in the extension field."""

    id: str
    verdict: Verdict
    readiness: str
    issued: AwareDatetime
    notAfter: AwareDatetime  # noqa: N815 - as the field is called
    nextReview: str  # noqa: N815 - as the field is called
    dirtyFiles: int  # noqa: N815 - as the field is called
    build: str
    signOffsMissing: tuple[str, ...]  # noqa: N815 - as the field is called


@dataclass(frozen=True)
class _Predicate:
    configuration: tuple[_Descriptor, ...]
    pytestReadiness: Claim  # noqa: N815 - as the field is called


@dataclass(frozen=True)
class Statement:
    """What a verified attestation says."""

    predicateType: str  # noqa: N815 - as the field is called
    subject: tuple[_Descriptor, ...]
    predicate: _Predicate

    @property
    def claim(self) -> Claim:
        return self.predicate.pytestReadiness

    def of_kind(self, kind: str) -> dict[str, str]:
        """Digests by name."""
        found = self.predicate.configuration if kind == "file" else self.subject
        return {each.name: each.value for each in found if each.kind == kind}


@dataclass(frozen=True)
class Verified:
    """What came of verifying an attestation."""

    problems: tuple[str, ...]
    """Why it does not hold for what it was held against; none when it does."""
    statement: Statement | None = None
    """What it says; None where it cannot be believed."""
    key: str = ""
    """Id of the key that signed it."""


def verify(
    text: bytes,
    keys: Iterable[PublicKey],
    *,
    now: datetime,
    record: bytes | None = None,
    commit: str = "",
    images: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
) -> Verified:
    """Hold an attestation against what is at hand.

    Args:
        text: the file as it is.
        keys: whose signature counts.
        now: with an offset.
        record: the file of the record as it is; None when it is not at hand.
        commit: hash, or its first seven digits and more.
        images: ``name@sha256:...``, or the digest alone.
        files: digests of the configuration by path, as :func:`configuration.files` has them.

    Raises:
        NotAnEnvelope: the text is something else.
    """
    try:
        payload, key = unseal(text, PAYLOAD_TYPE, keys)
    except NotSigned as error:
        return Verified((str(error),))
    try:
        said = TypeAdapter(Statement).validate_json(payload)
    except ValidationError:
        return Verified(("it is signed, and is no statement about an audit",), key=key.id)
    if said.predicateType != _PREDICATE:
        problem = f"it is signed, and about something else: {said.predicateType!a}"
        return Verified((problem,), key=key.id)
    problems = [
        *_of_time(said, now),
        *(() if record is None else _of_record(said, digest_of(record))),
        *(_of_commit(said, commit) if commit else ()),
        *(problem for image in images for problem in _of_image(said, image)),
        *(() if files is None else _of_files(said, files)),
    ]
    return Verified(tuple(problems), said, key.id)


def _of_time(said: Statement, now: datetime) -> Iterator[str]:
    if now > said.claim.notAfter:
        yield f"expired: it held until {said.claim.notAfter:%Y-%m-%d %H:%M %Z}; audit again"
    if now + _CLOCKS < said.claim.issued:
        yield f"it was issued in the future, at {said.claim.issued:%Y-%m-%d %H:%M %Z}"


def _of_record(said: Statement, digest: str) -> Iterator[str]:
    attested = next(iter(said.of_kind("record").values()), "none")
    if digest != attested:
        yield f"another record: {_short(digest)}, attested is {_short(attested)}"


def _of_commit(said: Statement, commit: str) -> Iterator[str]:
    attested = next(iter(said.of_kind("commit").values()), "")
    if not attested:
        yield "no commit was attested: the audit ran outside of a git repository"
    elif not attested.lower().startswith(commit.lower()):
        yield f"another commit: {commit}, attested is {attested}"


def _of_image(said: Statement, image: str) -> Iterator[str]:
    name, _, digest = image.rpartition("@")
    attested = said.of_kind("image")
    if digest in attested.values():
        return
    if name in attested:
        yield f"another image {name}: {_short(digest)}, attested is {_short(attested[name])}"
    else:
        known = ", ".join(f"{one}@{_short(its)}" for one, its in attested.items()) or "none"
        yield f"image {name or _short(digest)} was not audited; those that were: {known}"


def _of_files(said: Statement, files: Mapping[str, str]) -> Iterator[str]:
    attested = said.of_kind("file")
    now = {name: f"sha256:{value}" for name, value in files.items()}
    for name in sorted(attested.keys() | now.keys()):
        if name not in now:
            yield f"configuration: {name} is gone"
        elif name not in attested:
            yield f"configuration: {name} is new"
        elif now[name] != attested[name]:
            yield f"configuration: {name} was changed"


def _short(digest: str) -> str:
    return digest[:19]
