"""``index.html`` as text; how a browser shows it stands in ``test_html_in_browser.py``."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from pytest_readiness.model import Exchange, Reason, Remark, Selection, SignOffRules
from pytest_readiness.reports import html
from pytest_readiness.reports.html import render
from pytest_readiness.scoring import missing
from tests.reports.pages import HOSTILE, SIGNED, rich
from tests.reports.saying import poisoned
from tests.runs import (
    ERROR,
    FAILED,
    NOT_APPLICABLE,
    PASSED,
    SKIPPED,
    WARNED,
    Run,
    check,
    finding,
    run_of,
    runs,
)


if TYPE_CHECKING:
    from pytest_readiness.model import AuditReport

EMPTY = {"meta", "line", "rect", "circle", "polyline", "input"}
BLOCKS = {"td", "th", "dt", "dd", "li", "p", "h3"}


class Text(HTMLParser):
    """Words of a page, and those of them that are not folded."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.unfolded = self.all = ""
        self.elements = 0
        self._within: list[str] = []
        self.feed(page)
        assert not self._within, "every element is closed"

    def handle_starttag(self, tag: str, _: object) -> None:
        self.elements += 1
        if tag in BLOCKS:
            self.all += " "
        if tag not in EMPTY:
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY:
            assert self._within.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._within and self._within[-1] in {"style", "script"}:
            return
        self.all += data
        if "details" not in self._within:
            self.unfolded += data


def words(report: AuditReport) -> str:
    return " ".join(Text(render(report, SIGNED)).all.split())


def test_the_verdict_stands_first() -> None:
    page = render(run_of((3, PASSED, "P0", "backend"), (1, FAILED, "P0", "security")).report())
    assert "NO-GO</h1>" in page
    assert page.index("NO-GO</h1>") < page.index("75.0 % (3 of 4 checks passed") < page.index("<h2")


@pytest.mark.parametrize(
    "said",
    [
        "Interrupted: stopped with Ctrl-C",
        "2 P0 checks failed without a waiver",
        (
            "pytest --readiness --readiness-conditions readiness-report/readiness.json"
            " --readiness-profile as-shipped -m \"readiness(id='jwt-alg-none')\""
        ),
        "waived until 2026-04-01 by ann, approved by bob: moves in April",
        "its waiver expired on 2026-02-01 and accepts nothing (ann: rotates)",
        "its waiver was given for something else than is seen now and accepts nothing (ann: demo)",
        "* as it was seen then demo ann bob 2026-04-01",
        "Dockerfile:7 no USER after the last FROM",
        "proved configuration-only under production",
        "made worse takes 2 s",
        "flaky: its attempts differ",
        "regressed since the earlier run",
        "open since 2026-02-01",
        "The rules changed slow-health was raised to P2",
        "Readiness over 4 runs: 10.0 % on 2026-02-01, 12.5 % on 2026-03-01",
        "operations missing",
        "security approved, and does not count: the record was changed since",
        "legal rejected",
        "unrehearsed-restore yes ann 2025-01-01",
        "dead-metrics: no metrics before May",
        "Left behind on the target user probe-1@example.org",
        "ffffff is not the commit under audit",
        "shop:1 sha256:2",
        "not applicable: the API calls no model",
        "type openssl rand -hex 32. Then restart.",
        "Confidential.",
    ],
)
def test_nothing_is_left_out(said: str) -> None:
    assert said in words(rich())


@given(run=runs())
def test_no_open_finding_is_folded_away(run: Run) -> None:
    report = run.report()
    shown = Text(render(report))
    owed = missing(report.checks, report.planned, report.findings)
    for one in (*report.findings, *owed):
        known = any(check.id == one.check for check in report.checks)
        if known and one.outcome in {FAILED, WARNED, SKIPPED, ERROR}:
            assert one.check in shown.unfolded
            assert one.subject in shown.unfolded


def test_what_helps_most_comes_first() -> None:
    answers = [
        finding(f"answer-{n}", SKIPPED, reason=Reason.NO_ANSWER, message=f"nobody answered {n}")
        for n in range(3)
    ]
    logins = [
        finding(f"login-{n}", SKIPPED, reason=Reason.NO_CREDENTIAL, message=f"no user {n}")
        for n in range(2)
    ]
    crash = finding("crash", ERROR, message="KeyError")
    found = (*answers, *logins, crash)
    checks = tuple(check(one.check, "P0" if one in logins else "P1") for one in found)
    said = words(Run(checks=checks, findings=found).report())
    first = said[said.index("Configure or answer first") : said.index("By reason")]
    assert first.index("Give test identities") < first.index("A person has to answer")
    assert "It would let 2 checks look (P0 and others; no-credential)" in first
    assert first.count("A person has to answer") == 2
    assert "crash" not in first


def many(number: int) -> AuditReport:
    exchange = Exchange("GET /", "200 <b>bold</b>", "curl /", 1)
    outcomes = [PASSED, PASSED, PASSED, FAILED, NOT_APPLICABLE]
    found = tuple(
        finding(
            "wide",
            outcomes[n % 5],
            f"GET /things/{n}",
            message=f"seen {n}",
            evidence=(exchange,) if outcomes[n % 5] is FAILED else (),
            remarks=tuple(Remark(f"remark {n}.{m}") for m in range(12 if n < 20 else 1)),
        )
        for n in range(number)
    )
    return Run(checks=(check("wide", "P0"),), findings=found).report()


def test_many_findings_stay_light_and_all_there() -> None:
    page = render(many(1000))
    shown = Text(page)
    assert all(f"GET /things/{n}" in shown.all for n in range(1000))
    assert all(f"seen {n}" in shown.unfolded for n in range(3, 1000, 5))
    assert page.count('class="curl"') == html.EVIDENCE_OF_A_CHECK
    assert page.count("Its evidence is in readiness.json") == 200 - html.EVIDENCE_OF_A_CHECK
    assert "and 2 more in readiness.json" in shown.all
    assert shown.elements < 12 * 1000 * 2 // 5, (
        "some ten for each open finding, hardly any for others"
    )


def test_it_carries_what_html_cannot() -> None:
    found = finding("odd", FAILED, message="a\x00b\x1b[31mc\ud800d\u202ee\nf")
    page = render(Run(checks=(check("odd"),), findings=(found,)).report())
    assert "a?b?[31mc?d\u202ee\nf" in page
    assert page.encode("utf-8")


def test_hostile_text_opens_no_element() -> None:
    harmless = Text(render(rich(), SIGNED))
    hostile = Text(render(poisoned(rich(), HOSTILE), SIGNED))
    assert "<script>alert(2)</script>" in hostile.all
    assert hostile.elements <= harmless.elements + 60, "a few rows may be told otherwise"


def test_a_record_of_nothing_is_a_page() -> None:
    said = words(Run().report())
    assert "There is no finding." in said
    assert "Every check could look." in said


def test_conditions_beyond_the_fold_are_folded() -> None:
    report = run_of((20, WARNED, "P1", "backend")).report()
    page = render(report)
    assert f"{len(report.judgement.conditions) - 10} more conditions" in page
    for condition in report.judgement.conditions:
        assert page.count(f'href="#{condition.check}"') >= 1 or not condition.check


def test_a_partial_run_says_so() -> None:
    report = run_of((2, PASSED, "P0", "security")).report()
    part = replace(report, selection=Selection("-m security", 131, 24))
    assert "Only a part was selected: -m security, 24 of 131 checks" in words(part)


def test_the_roles_are_those_of_the_record() -> None:
    report = replace(rich(), sign_off=SignOffRules(roles=("legal", "board")))
    said = words(report)
    assert "board missing" in said
    assert "legal missing" not in said
    assert "operations missing" not in said


def test_a_sign_off_that_does_not_count_leaves_its_role_missing() -> None:
    assert "security missing" in words(rich())


def test_who_may_read_it_stands_at_both_ends_and_a_copy_says_that_it_is_one() -> None:
    report = replace(rich(), confidentiality="Only for <Ann>", full_record="sha256:77")
    said = words(report)
    assert said.count("Only for <Ann>") == 2
    assert "Evidence is left out of this copy. The full record is sha256:77" in said
    assert "Evidence is left out" not in words(rich())


def test_what_the_flip_makes_worse_does_not_look_passed():
    page = words(rich())
    assert "takes 2 s" in page
    assert "passed slow-health" not in page
