"""Records with everything in them that a page can show."""

from __future__ import annotations

from dataclasses import replace

from pytest_readiness.model import (
    Answer,
    AuditReport,
    Compared,
    Comparison,
    Domain,
    Exchange,
    Flip,
    Flipped,
    FollowedCondition,
    FollowUp,
    Location,
    PastRun,
    Planned,
    Policy,
    Proof,
    Provenance,
    Reason,
    Remark,
    SignOff,
    TargetInfo,
    Verdict,
    Waiver,
)
from tests.runs import ERROR, FAILED, NOT_APPLICABLE, PASSED, SKIPPED, WARNED, Run, check, finding


HOSTILE = "\"'><img src=x onerror=alert(1)><script>alert(2)</script></style></title>&lt;{{7*7}}"
SIGNED = (
    SignOff("technical lead", "ann", "2026-03-01", "approved", key="k1"),
    SignOff("security", "bob", "2026-03-01", "approved", problem="the record was changed since"),
    SignOff("legal", "eve", "2026-03-01", "rejected", "not before the audit of the vendor"),
)


def run() -> Run:
    """Every outcome, every priority, and a waiver that holds beside one that does not."""
    exchange = Exchange(
        "GET http://127.0.0.1:8000/api/users/me",
        '200 application/json, 31 bytes: {"role": "admin"}',
        'curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/api/users/me',
        12,
    )
    checks = (
        check("auth-disabled", "P0", "security", refs=("CWE-306", "AUT-01")),
        check("weak-secret", "P0", "security", fix="type `openssl rand -hex 32`. Then restart."),
        check("root-container", "P1", "infrastructure"),
        check("jwt-alg-none", "P0", "security"),
        check("unrehearsed-restore", "P1", "compliance"),
        check("broken-check", "P1", "backend"),
        check("slow-health", "P2", "performance"),
        check("version-disclosure", "P3", "backend"),
        check("no-model", "P3", "llm"),
    )
    findings = (
        finding(
            "auth-disabled",
            FAILED,
            message="answers without a login as with one",
            evidence=(exchange, exchange),
        ),
        finding("weak-secret", FAILED, "JWT_SECRET", message="JWT_SECRET is a placeholder"),
        finding("weak-secret", PASSED, "DATABASE_PASSWORD"),
        finding(
            "root-container",
            WARNED,
            "Dockerfile",
            message="runs as root",
            remarks=(Remark("no USER after the last FROM", Location("Dockerfile", 7)),),
        ),
        finding("jwt-alg-none", SKIPPED, "GET /a", reason=Reason.BLOCKED, message="no control"),
        finding("jwt-alg-none", SKIPPED, "GET /b", reason=Reason.BLOCKED, message="no control"),
        finding("unrehearsed-restore", SKIPPED, reason=Reason.NO_ANSWER, message="nobody answered"),
        finding("broken-check", ERROR, message="KeyError: 'x'", details="Traceback\n  line 1"),
        finding("slow-health", PASSED),
        finding("version-disclosure", WARNED, message="Server: uvicorn", flaky=True),
        finding("no-model", NOT_APPLICABLE, message="the API calls no model"),
    )
    return Run(
        checks=checks,
        findings=findings,
        planned=tuple(Planned(one.node, one.check, one.subject) for one in findings),
        policy=Policy(
            floors={"security": 70},
            levels={"dead-metrics": "off", "slow-health": "warn"},
            off_reasons={"dead-metrics": "no metrics before May"},
        ),
        target=TargetInfo("command", "http://127.0.0.1:8000", "as-shipped", True, "ours", True),
        waivers=(
            Waiver("root-container", "*", "moves in April", "ann", "2026-04-01", "bob"),
            Waiver("weak-secret", "JWT_*", "rotates", "ann", "2026-02-01"),
            Waiver("auth-disabled", "*", "demo", "ann", "2026-04-01", "bob", "sha256:of-another"),
        ),
        owners=tuple((str(domain), "ann") for domain in Domain),
    )


def rich() -> AuditReport:
    """A record in which no optional part is missing."""
    made = run()
    report = made.report()
    past = tuple(
        PastRun(f"2026-02-0{day}T12:00:00+00:00", "abc", "", verdict, figure, 800, 2, {"failed": 2})
        for day, verdict, figure in (
            (1, Verdict.NO_GO, 100),
            (2, Verdict.INCOMPLETE, None),
            (3, Verdict.CONDITIONAL_GO, 456),
        )
    )
    return replace(
        report,
        answers=(
            Answer("unrehearsed-restore", "yes", "ann", "2025-01-01", "https://wiki.example"),
        ),
        provenance=Provenance(
            "sha256:1", ("app.py", "b.py"), "ffffff", {"shop:1": "sha256:2", "db": "sha256:3"}
        ),
        flip=Flip(
            "production",
            report.target,
            (
                Flipped("auth-disabled", "", FAILED, PASSED, Proof.CONFIGURATION_ONLY),
                Flipped("slow-health", "", PASSED, FAILED, Proof.MADE_WORSE, "takes 2 s"),
            ),
        ),
        follow_up=FollowUp(
            "2026-02-01T12:00:00+00:00",
            "abc",
            tuple(
                FollowedCondition(one, state, "seen again")
                for one, state in zip(
                    report.judgement.conditions, ("closed", "open", "lapsed"), strict=False
                )
            ),
            Verdict.NO_GO,
        ),
        comparison=Comparison(
            "2026-02-03T12:00:00+00:00",
            "abc",
            Verdict.CONDITIONAL_GO,
            456,
            (
                Compared("1", "auth-disabled", "", "regressed", PASSED, FAILED),
                Compared("2", "weak-secret", "JWT_SECRET", "open", FAILED, FAILED, "2026-02-01"),
                Compared("3", "slow-health", "", "fixed", WARNED, PASSED),
                Compared("4", "version-disclosure", "", "new", None, WARNED),
            ),
            ("slow-health was raised to P2",),
        ),
        history=past,
        interrupted="stopped with Ctrl-C",
        leftovers=("user probe-1@example.org",),
    )
