"""The nouns, data only.

Everything here is immutable and knows nothing of pytest, the network or the disk.
One word per thing; the table of words stands in ARCHITECTURE.md.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum


SCHEMA_VERSION = "1.1"
"""Version of ``readiness.json``: the major number changes when a reader would break."""


class Priority(StrEnum):
    """By when a defect must be mended."""

    P0 = "P0"
    """Before deployment."""
    P1 = "P1"
    """In the first week."""
    P2 = "P2"
    """In the first month."""
    P3 = "P3"
    """Later."""


class Phase(StrEnum):
    """The audit day a suite belongs to."""

    FRAMEWORK = "framework"
    FUNCTIONALITY = "functionality"
    SECURITY = "security"
    DEPLOYMENT = "deployment"
    ASSESSMENT = "assessment"

    @property
    def day(self) -> int:
        """Audit day, 1 to 5."""
        return _DAYS[self]


_DAYS = {phase: day for day, phase in enumerate(Phase, 1)}


class Domain(StrEnum):
    """The subject area a check speaks about."""

    INFRASTRUCTURE = "infrastructure"
    SECURITY = "security"
    MONITORING = "monitoring"
    BACKEND = "backend"
    FRONTEND = "frontend"
    TESTING = "testing"
    PERFORMANCE = "performance"
    COMPLIANCE = "compliance"
    LLM = "llm"


class Change(StrEnum):
    """What kind of change mends a defect."""

    CONFIG = "config"
    CODE = "code"
    INFRA = "infra"
    PROCESS = "process"
    DOCS = "docs"


class Effect(StrEnum):
    """What a check does to the target, and therefore what consent it needs."""

    READS = "reads"
    """Harmless requests, or none."""
    INTRUSIVE = "intrusive"
    """Attack payloads, bursts, account creation."""
    DISRUPTIVE = "disruptive"
    """Stops a service, sends signals, fills a disk."""


class Outcome(StrEnum):
    """What became of a check on one subject."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"
    NOT_APPLICABLE = "not applicable"
    ERROR = "error"


class Reason(StrEnum):
    """Why a check could not look: the class of a skip."""

    UNREACHABLE = "unreachable"
    NO_TARGET = "no-target"
    NOT_OFFERED = "not-offered"
    NO_TOOL = "no-tool"
    NO_CREDENTIAL = "no-credential"
    NO_ANSWER = "no-answer"
    BLOCKED = "blocked"
    """Its control was not met."""
    NOT_PERMITTED = "not-permitted"
    OFF = "off"
    BUDGET = "budget"
    TIMEOUT = "timeout"


class Verdict(StrEnum):
    """The answer to "may this go to production?"."""

    GO = "GO"
    CONDITIONAL_GO = "CONDITIONAL GO"
    INCOMPLETE = "INCOMPLETE"
    NO_GO = "NO-GO"


@dataclass(frozen=True)
class Location:
    """A place in a file of the repository under audit."""

    path: str
    """Relative to the repository, with forward slashes."""
    line: int | None = None
    """Counted from 1."""

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Remark:
    """One thing a check had to say, and where."""

    message: str
    location: Location | None = None


@dataclass(frozen=True)
class Exchange:
    """One HTTP request and its answer, redacted."""

    request: str
    """``GET http://127.0.0.1:8000/api/users/me``."""
    response: str
    """``401 application/json, 31 bytes: {"detail": ...``, or the failure's name."""
    curl: str
    """A command line that repeats the request; secrets are shell variables in it."""
    milliseconds: int


@dataclass(frozen=True)
class Check:
    """One judgement with an id."""

    id: str
    """Kebab-case noun of the defect, ``jwt-alg-none``."""
    title: str
    """The present-tense sentence that is true when all is well."""
    why: str
    fix: str
    priority: Priority
    phase: Phase
    domain: Domain
    change: Change
    refs: tuple[str, ...] = ()
    effect: Effect = Effect.READS
    alone: bool = False
    """It never runs beside another check, and after all that may."""
    source: str = ""
    """Where the check is written, ``suites/day3_security/test_jwt.py``."""
    bundled: bool = True
    """False for a team's own check."""

    @property
    def short_fix(self) -> str:
        """First sentence of the fix, on one line and without its markup."""
        flat = " ".join(self.fix.replace("``", "`").split())
        return re.split(r"(?<=[.!?])\s+(?=[A-Z`\"'(])", flat, maxsplit=1)[0]


@dataclass(frozen=True)
class Finding:
    """One check's outcome on one subject, passes included."""

    check: str
    """Id of the check."""
    subject: str
    """What it is about: a file, an operation, a service; empty for the target as a whole."""
    outcome: Outcome
    message: str = ""
    """One line: what was seen. Empty when passed."""
    reason: Reason | None = None
    """Set when skipped."""
    remarks: tuple[Remark, ...] = ()
    """Every warning and failure, in the order they were said."""
    evidence: tuple[Exchange, ...] = ()
    details: str = ""
    """Redacted traceback of a failed assertion or a crash."""
    node: str = ""
    """Pytest's id of the test, stable over runs."""
    seconds: float = 0.0
    flaky: bool = False
    """It was run again and its attempts differ; the worst one counts."""
    declared: bool = False
    """A "not applicable" that a person declared rather than the check derived."""

    @property
    def fingerprint(self) -> str:
        """What makes it the same finding in another run: moved lines and other words do not."""
        text = f"{self.check}\0{self.subject}"
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(frozen=True)
class Planned:
    """One finding that the run set out to make."""

    node: str
    check: str
    subject: str


@dataclass(frozen=True)
class Selection:
    """What the run was narrowed to, and by which option."""

    expression: str = ""
    """``-m security``; empty when everything was selected."""
    planned: int = 0
    """Checks in the catalogue of this run."""
    selected: int = 0
    """Checks left after selection."""
    outcome: Verdict | None = None
    """Verdict over the selected checks alone, None when everything was selected."""
    findings: int = 0
    """Findings planned before selection, by which merged parts are seen to be the whole."""
    pin: str = ""
    """Version of the catalogue that the settings pin; empty when they pin none."""
    newer: tuple[str, ...] = ()
    """Ids of the checks that came after that version and were not run; they count nowhere."""


@dataclass(frozen=True)
class Waiver:
    """A dated, owned acceptance of a finding."""

    check: str
    subject: str
    """Glob over subjects."""
    reason: str
    owner: str
    expires: str
    """ISO date; the waiver holds through this day."""
    approver: str = ""
    """Who agreed to it; for a P0 or P1 somebody else than the owner."""
    evidence: str = ""
    """Digest of what was accepted: the waiver ends when something else is seen. Empty for any."""


@dataclass(frozen=True)
class Answer:
    """What a person stated for a check that no machine can make."""

    check: str
    answer: str
    """yes or no."""
    by: str
    on: str
    """ISO date of the statement."""
    evidence: str = ""
    """A link or a digest."""
    expires: str = ""
    """ISO date; it counts through this day. Empty where only the check sets a term."""


@dataclass(frozen=True)
class SignOff:
    """What a person in a role decided about one record."""

    role: str
    """technical lead, security, operations, product owner, or the team's own."""
    by: str
    on: str
    """ISO date."""
    decision: str
    """approved or rejected."""
    comment: str = ""
    key: str = ""
    """Id of the listed key that signed it; empty when nobody signed."""
    problem: str = ""
    """Why it does not count; empty when it does."""


class Proof(StrEnum):
    """What the flip to another profile showed of a finding."""

    CONFIGURATION_ONLY = "proved configuration-only"
    STILL_FAILING = "still failing"
    MADE_WORSE = "made worse"


@dataclass(frozen=True)
class Flipped:
    """One finding under both profiles; only those that did not pass under one of them."""

    check: str
    subject: str
    before: Outcome
    after: Outcome
    proof: Proof
    message: str = ""
    """What was seen under the other profile."""
    reason: Reason | None = None
    """Why it could not be seen there; set when ``after`` is skipped."""


@dataclass(frozen=True)
class Flip:
    """The target audited again under another profile."""

    profile: str
    target: TargetInfo
    findings: tuple[Flipped, ...] = ()
    problem: str = ""
    """Why it could not be carried out; empty when it was."""
    environment: tuple[str, ...] = ()
    """Names of the variables that differ between the profiles; never their values."""
    seconds: float = 0.0


@dataclass(frozen=True)
class FollowedCondition:
    """What became of a condition of an earlier record."""

    condition: Condition
    state: str
    """closed, open or lapsed."""
    message: str = ""


@dataclass(frozen=True)
class FollowUp:
    """The conditions of an earlier record, looked at again."""

    record: str
    """When that run started; ISO 8601."""
    commit: str
    conditions: tuple[FollowedCondition, ...]
    verdict: Verdict
    """Of that record with what was found now in the place of what was found then."""
    looked: tuple[str, ...] = ()
    """Ids of the checks that this run looked at again; all else is as it was found then."""
    changed: tuple[str, ...] = ()
    """What is no longer as it was for that record, one sentence each."""


@dataclass(frozen=True)
class Compared:
    """A finding beside the one of an earlier run."""

    fingerprint: str
    check: str
    subject: str
    change: str
    """new, fixed, regressed or open."""
    before: Outcome | None
    after: Outcome | None
    since: str = ""
    """When it was first seen open in the history; ISO 8601."""


@dataclass(frozen=True)
class Comparison:
    """This run beside an earlier one."""

    started: str
    """Of the earlier run; ISO 8601."""
    commit: str
    verdict: Verdict
    readiness: int | None
    findings: tuple[Compared, ...]
    rules: tuple[str, ...] = ()
    """Changes of policy, waivers, answers and catalogue, one sentence each."""


@dataclass(frozen=True)
class PastRun:
    """One run of the history."""

    started: str
    commit: str
    profile: str
    verdict: Verdict
    readiness: int | None
    """Tenths of a per cent."""
    coverage: int
    open_p0: int
    findings: dict[str, int]
    """Number of findings by outcome."""


@dataclass(frozen=True)
class Provenance:
    """What exactly was audited, and by which rules."""

    configuration: str = ""
    """Digest of readiness.yaml, env files, waivers and answers that the run read."""
    dirty: tuple[str, ...] = ()
    """Files that differ from the commit, or are not in it."""
    build: str = ""
    """Commit that the running target says it was built from; empty when it does not say."""
    images: dict[str, str] = field(default_factory=dict)
    """Digest of each image that ran, by its name."""
    files: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each file of the configuration, by its path beside readiness.yaml."""


@dataclass(frozen=True)
class SignOffRules:
    """Who decides about a record, and how they show that it was them."""

    roles: tuple[str, ...] = ("technical lead", "security", "operations", "product owner")
    """Every one of these has to approve."""
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Public keys by role; where a role has some, only what one of them signed counts."""


@dataclass(frozen=True)
class Condition:
    """What a CONDITIONAL GO still demands."""

    check: str
    """Id of the check; empty for a domain under its floor."""
    text: str
    priority: Priority | None
    owner: str
    due: str
    """ISO date."""
    domain: str = ""
    """Of the check; for a domain under its floor, that domain."""
    verify: str = ""
    """Command that looks again at this alone."""
    expires: str = ""
    """ISO date; the verdict counts on it through this day, and from the next on it is lapsed."""
    proof: Proof | None = None
    """Set when a flip proved that another profile mends it, and nothing else need change."""


@dataclass(frozen=True)
class Policy:
    """The rules a team sets for its own verdict."""

    block: Priority = Priority.P0
    """Findings of this priority or a higher one, failed and unwaived, are NO-GO."""
    minimum_coverage: int = 80
    """Per cent of the checks that must have been looked at."""
    floor: int = 50
    """Per cent of readiness each domain must reach."""
    floors: dict[str, int] = field(default_factory=dict)
    """Floors by domain where they differ."""
    levels: dict[str, str] = field(default_factory=dict)
    """Check id to ``off``, ``warn`` or ``fail``."""
    off_reasons: dict[str, str] = field(default_factory=dict)
    """Why each check that is off is off."""


@dataclass(frozen=True)
class Tally:
    """Checks by their worst finding."""

    passed: int = 0
    warned: int = 0
    failed: int = 0
    skipped: int = 0
    error: int = 0
    not_applicable: int = 0
    open_p0: int = 0
    """P0 checks that failed."""

    @property
    def counted(self) -> int:
        """The denominator: everything but "not applicable"."""
        return self.passed + self.warned + self.failed + self.skipped + self.error

    @property
    def assessed(self) -> int:
        """What was really looked at."""
        return self.passed + self.warned + self.failed


@dataclass(frozen=True)
class Scorecard:
    """Readiness and its parts, in all, by phase and by domain.

    Percentages are tenths of a per cent (719 is 71.9 %), so that no float is compared;
    None where nothing was assessed.
    """

    total: Tally
    readiness: int | None
    coverage: int
    by_phase: dict[str, Tally]
    """Every phase and every domain is there, those without checks with an empty tally."""
    by_domain: dict[str, Tally]
    mean_of_domains: int | None
    """Whole per cent, rounded half up after the mean."""


@dataclass(frozen=True)
class Judgement:
    """The verdict with everything that led to it."""

    verdict: Verdict
    reasons: tuple[str, ...]
    """Sentences that name what decided, worst first."""
    blockers: tuple[str, ...]
    """Ids of the checks that make it NO-GO or INCOMPLETE."""
    conditions: tuple[Condition, ...]
    """What is demanded beside the blockers, whatever the verdict."""
    follow_ups: int
    """P2 and P3 checks that did not pass."""


@dataclass(frozen=True)
class TargetInfo:
    """What was audited, as far as it can be said without a secret."""

    kind: str = "none"
    """url, command, container, compose, none."""
    url: str = ""
    profile: str = ""
    started: bool = False
    """True when this run started it."""
    consent: str = ""
    """Why intrusive checks were or were not permitted."""
    reached: bool = False
    attacked_with: tuple[str, ...] = ()
    """Variables, by name, that were set for a second instance which took the attacks."""


@dataclass(frozen=True)
class SelfTest:
    """The tool's own detection power: the specimens that its tests see judged right.

    A release in which one is judged wrong does not pass its tests.
    """

    checks: int = 0
    """Bundled checks."""
    good: int = 0
    """Sound systems and files that a check has to pass."""
    bad: int = 0
    """Broken ones that it has to fail or warn about."""

    def __str__(self) -> str:
        return (
            f"{self.checks} checks, {self.good} good and {self.bad} bad specimens"
            " judged right in its own tests"
        )


@dataclass(frozen=True)
class AuditReport:
    """One run, complete: every renderer and ``readiness recompute`` work from this alone."""

    schema_version: str
    tool_version: str
    catalogue_digest: str
    started: str
    """ISO 8601 with offset."""
    seconds: float
    repository: str
    """Name of the repository's folder."""
    commit: str
    target: TargetInfo
    policy: Policy
    selection: Selection
    owners: dict[str, str]
    checks: tuple[Check, ...]
    """Every check that this run set out to judge, sorted by phase and id.

    Deselected checks are not among them: one without a finding counts as an error.
    """
    planned: tuple[Planned, ...]
    findings: tuple[Finding, ...]
    waivers: tuple[Waiver, ...]
    scorecard: Scorecard
    judgement: Judgement
    phase_seconds: dict[str, float]
    interrupted: str = ""
    """Why the run ended early, empty when it did not."""
    leftovers: tuple[str, ...] = ()
    """What was made on the target and could not be removed."""
    answers: tuple[Answer, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    self_test: SelfTest | None = None
    """None in the record of a version that did not state it."""
    flip: Flip | None = None
    follow_up: FollowUp | None = None
    comparison: Comparison | None = None
    history: tuple[PastRun, ...] = ()
    """Earlier runs, the oldest first."""
    sign_off: SignOffRules = field(default_factory=SignOffRules)
    confidentiality: str = ""
    """Line that every report carries: who may read it."""
    full_record: str = ""
    """Digest of the record that this one was made of by leaving the evidence out; else empty."""
