"""Reading documents back, as a viewer would, and a record with everything in it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from pytest_readiness.model import (
    Answer,
    AuditReport,
    Change,
    Compared,
    Comparison,
    Effect,
    Exchange,
    Flip,
    Flipped,
    FollowedCondition,
    FollowUp,
    Location,
    PastRun,
    Phase,
    Planned,
    Policy,
    Proof,
    Provenance,
    Reason,
    Remark,
    Selection,
    SignOff,
    TargetInfo,
    Verdict,
    Waiver,
)
from tests.runs import ERROR, FAILED, NOT_APPLICABLE, PASSED, SKIPPED, WARNED, Run, check, finding


if TYPE_CHECKING:
    from markdown_it.token import Token


PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

ACTIVE = {"html_block", "html_inline", "link_open", "image", "s_open", "code_block"}
"""What no document has, whatever it quotes."""

HOSTILE = (
    "\n\n# Owned\n\n| a | b |\n|---|---|\n| <script>alert(1)</script> | <img src=x onerror=1> |\n\n"
    "[x](http://evil.example) ![i](http://evil.example/p.png) [ref] <http://evil.example>\n\n"
    "[ref]: http://evil.example\n\n```\n**GO** __GO__ ~~x~~ &lt;b&gt; \\| \\ $x$\n````\n"
    "- [x] done\n1. one\n\n    indented\n***\n\x1b[31m\u202e`x` ``y` http://evil.example"
    " www.evil.example"
)

SIGNED = (
    SignOff("technical lead", "ann", "2026-03-01", "approved", key="k1"),
    SignOff("security", "bob", "2026-03-01", "approved", problem="the record was changed since"),
    SignOff("legal", "eve", "2026-03-01", "rejected", "not before the audit of the vendor"),
)


def tokens(text: str) -> list[Token]:
    """Every token of a document, those within lines included."""
    return [inner for token in PARSER.parse(text) for inner in (token, *(token.children or ()))]


def headings(text: str) -> list[str]:
    every = PARSER.parse(text)
    return [
        every[place + 1].content
        for place, token in enumerate(every)
        if token.type == "heading_open"
    ]


def tables(text: str) -> list[list[list[str]]]:
    """Rows and cells of each table, counted by hand: a parser drops cells that are too many."""
    plain = re.sub(r"(?ms)^(`{3,})\w*$.*?^\1$", "", text)
    groups = groupby(plain.splitlines(), key=lambda line: line.startswith("|"))
    return [
        [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines] for rows, lines in groups if rows
    ]


def section(text: str, title: str) -> str:
    """What stands below a heading, up to the next one of its level."""
    level = re.search(rf"(?m)^(#+) {re.escape(title)}$", text)
    assert level is not None, f"no heading {title!r}"
    rest = text[level.end() :]
    following = re.search(rf"(?m)^#{{1,{len(level.group(1))}}} ", rest)
    return rest[: following.start()] if following else rest


def run() -> Run:
    """Every outcome, every priority, every kind of change, and waivers of both kinds."""
    exchange = Exchange(
        "GET http://127.0.0.1:8000/api/users/me",
        '200 application/json, 31 bytes: {"role": "admin"}',
        'curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/api/users/me',
        12,
    )
    at = "suites/day4_deployment/"
    deployment: dict[str, Any] = {"phase": Phase.DEPLOYMENT}
    checks = (
        check(
            "auth-disabled",
            "P0",
            "security",
            change=Change.CONFIG,
            fix="set `ENABLE_AUTH=true`.",
        ),
        check(
            "weak-secret",
            "P0",
            "security",
            change=Change.CONFIG,
            source="s/test_configuration.py",
        ),
        check("root-container", "P1", "infrastructure", source=f"{at}test_images.py", **deployment),
        check("broken-migrations", "P1", source=f"{at}test_migrations.py", **deployment),
        check("jwt-alg-none", "P0", "security", effect=Effect.INTRUSIVE, source="s/test_jwt.py"),
        check("unrehearsed-restore", "P1", "compliance", change=Change.PROCESS),
        check("broken-check", "P1"),
        check(
            "dead-metrics",
            "P1",
            "monitoring",
            change=Change.INFRA,
            source=f"{at}test_metrics.py",
        ),
        check("slow-health", "P2", "performance", source="s/test_health.py"),
        check("version-disclosure", "P3", change=Change.DOCS),
        check("no-model", "P3", "llm"),
        check("mock-mode-on", "P0", "llm", phase=Phase.FUNCTIONALITY),
    )
    findings = (
        finding("auth-disabled", FAILED, message="answers to nobody", evidence=(exchange,) * 5),
        finding("weak-secret", FAILED, "JWT_SECRET", message="JWT_SECRET is a placeholder"),
        finding("weak-secret", PASSED, "DATABASE_PASSWORD"),
        finding(
            "root-container",
            WARNED,
            "Dockerfile",
            message="runs as root",
            remarks=(Remark("no USER after the last FROM", Location("Dockerfile", 7)),),
        ),
        finding("broken-migrations", PASSED),
        finding("jwt-alg-none", SKIPPED, "GET /a", reason=Reason.BLOCKED, message="no control"),
        finding("jwt-alg-none", SKIPPED, "GET /b", reason=Reason.BLOCKED, message="no control"),
        finding("unrehearsed-restore", SKIPPED, reason=Reason.NO_ANSWER, message="nobody answered"),
        finding("broken-check", ERROR, message="KeyError: 'x'", details="Traceback\n  line 1"),
        finding("dead-metrics", PASSED),
        finding("slow-health", PASSED),
        finding("version-disclosure", WARNED, message="Server: uvicorn", flaky=True),
        finding("no-model", NOT_APPLICABLE, message="the API calls no model", declared=True),
        finding("mock-mode-on", PASSED),
    )
    return Run(
        checks=checks,
        findings=findings,
        planned=tuple(Planned(one.node, one.check, one.subject) for one in findings),
        policy=Policy(
            floors={"security": 70},
            levels={"odd": "off", "slow-health": "warn"},
            off_reasons={"odd": "not before May"},
        ),
        selection=Selection("-m 'not slow'", 20, 12),
        target=TargetInfo("command", "http://127.0.0.1:8000", "as-shipped", True, "ours", True),
        waivers=(
            Waiver("root-container", "*", "moves in April", "ann", "2026-04-01", "bob"),
            Waiver("weak-secret", "JWT_*", "rotates", "ann", "2026-02-01"),
        ),
        owners=(("security", "sec@shop.example"), ("backend", "bea")),
    )


def full() -> AuditReport:
    """A record in which no optional part is missing."""
    report = run().report()
    verdicts = (Verdict.NO_GO, 100), (Verdict.INCOMPLETE, None), (Verdict.CONDITIONAL_GO, 456)
    conditions = report.judgement.conditions
    return replace(
        report,
        answers=(
            Answer("unrehearsed-restore", "yes", "ann", "2025-01-01", "https://w.example"),
            Answer("other", "yes", "bob", "2026-02-01", expires="2026-05-01"),
        ),
        provenance=Provenance(
            "sha256:1", ("app.py", "b.py"), "ffffff", {"shop:1": "sha256:2", "db": "sha256:3"}
        ),
        flip=Flip(
            "production",
            report.target,
            (
                Flipped("auth-disabled", "", FAILED, PASSED, Proof.CONFIGURATION_ONLY),
                Flipped("weak-secret", "JWT_SECRET", FAILED, FAILED, Proof.STILL_FAILING, "still"),
                Flipped("slow-health", "", PASSED, FAILED, Proof.MADE_WORSE, "takes 2 s"),
                Flipped("mock-mode-on", "new one", NOT_APPLICABLE, FAILED, Proof.MADE_WORSE, "x"),
            ),
        ),
        follow_up=FollowUp(
            "2026-02-01T12:00:00+00:00",
            "abc",
            tuple(
                FollowedCondition(one, state, "seen again")
                for one, state in zip(conditions, ("closed", "open", "lapsed"), strict=False)
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
        history=tuple(
            PastRun(f"2026-02-0{day}T12:00:00+00:00", "abc", "", *judged, 800, 2, {"failed": 2})
            for day, judged in enumerate(verdicts, 1)
        ),
        interrupted="stopped with Ctrl-C",
        leftovers=("user probe-1@example.org",),
    )
