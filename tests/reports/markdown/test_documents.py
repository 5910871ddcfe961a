"""What holds of every document, whatever was found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as how

from pytest_readiness.flip import configuration_only, effective
from pytest_readiness.model import Outcome, Priority, Verdict
from pytest_readiness.publish import FORMATS, SIGNED, render
from pytest_readiness.reports.markdown.dossier import dossier
from pytest_readiness.reports.markdown.writing import code, text
from pytest_readiness.scoring import headline, missing
from tests.reports.golden import DOCUMENTS, FOLDER, RUNS, recorded
from tests.reports.markdown.reading import (
    ACTIVE,
    HOSTILE,
    PARSER,
    full,
    headings,
    tables,
    tokens,
)
from tests.reports.markdown.reading import (
    SIGNED as GIVEN,
)
from tests.reports.saying import poisoned
from tests.runs import PASSED, flipped, flips, run_of, runs


OPEN = {Outcome.WARNED, Outcome.FAILED, Outcome.SKIPPED, Outcome.ERROR}
NAMING = ("final-report", "remediation-plan", "risk-assessment", "deployment-runbook")
"""Documents that name every finding of a P0 or P1 that is open."""


def documents(report, sign_offs=()):
    return {name: render(report, name, sign_offs) for name in DOCUMENTS}


def is_well_formed(document: str) -> None:
    found = tables(document)
    for table in found:
        assert len({len(row) for row in table}) == 1, table
    parsed = [token.type for token in PARSER.parse(document)]
    assert parsed.count("table_open") == len(found)
    assert parsed[0] == "heading_open"
    assert document.endswith("\n")
    assert not document.endswith("\n\n")


def test_the_documents_are_the_formats_of_the_folder():
    files = {file for file, function in FORMATS.values() if function.startswith("markdown.")}
    assert files == {f"{name}.md" for name in DOCUMENTS}
    assert {FORMATS[name][0] for name in DOCUMENTS} == files
    assert set(DOCUMENTS) & SIGNED == {"final-report", "executive-summary", "deployment-runbook"}


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_the_example_is_as_it_was(run: str, name: str) -> None:
    """Write them anew with ``python -m tests.reports.golden``, and read the difference."""
    golden = FOLDER / run / f"{name}.md"
    assert render(recorded(run), name) == golden.read_text("utf-8")


@how(max_examples=60)
@given(runs())
def test_every_record_can_be_written_about(run):
    report = run.report()
    for document in documents(report).values():
        is_well_formed(document)
        assert f"**{report.judgement.verdict}**" in document
        assert text(headline(report.scorecard.total)) in document
        assert "production ready" not in document.lower()


@how(max_examples=60)
@given(runs())
def test_every_open_p0_and_p1_is_named_where_it_must_be(run):
    report = run.report()
    urgent = {one.id for one in report.checks if one.priority in {Priority.P0, Priority.P1}}
    for name in NAMING:
        document = render(report, name)
        for entry in dossier(report).entries:
            if entry.check.id in urgent and any(
                item.finding.outcome in OPEN for item in entry.items
            ):
                about = document[document.index(code(entry.check.id)) :]
                assert about
                for item in entry.items:
                    if item.finding.outcome in OPEN and item.finding.subject:
                        assert code(item.finding.subject) in about, name


@how(max_examples=60)
@given(flips())
def test_every_flip_can_be_written_about_and_no_defect_of_it_is_lost(flip):
    run, after = flip
    report = flipped(run, after).report()
    counted = effective(
        (*report.findings, *missing(report.checks, report.planned, report.findings)), report.flip
    )
    urgent = {one.id for one in report.checks if one.priority in {Priority.P0, Priority.P1}}
    named = {one.check for one in counted if one.outcome in OPEN} & urgent
    blockers = set(report.judgement.blockers)
    for name, document in documents(report).items():
        is_well_formed(document)
        if name in NAMING:
            assert all(code(check) in document for check in named), name
        if name in {"final-report", "remediation-plan", "deployment-runbook"}:
            assert all(code(check) in document for check in blockers), name
        assert ("Configuration only, no code change" in document) <= configuration_only(
            report.judgement
        )


@how(max_examples=60)
@given(runs())
def test_nothing_but_a_no_go_and_an_incomplete_forbids_the_deployment(run):
    report = run.report()
    forbidden = "Do not deploy" in render(report, "deployment-runbook")
    assert forbidden == (report.judgement.verdict in {Verdict.NO_GO, Verdict.INCOMPLETE})


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_record_with_everything_in_it_is_written_about(name: str) -> None:
    is_well_formed(render(full(), name, GIVEN))


@pytest.mark.parametrize("but", [{"started"}, {"started", "expires", "due", "on"}])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_hostile_text_stays_text(name: str, but: set[str]) -> None:
    report = poisoned(full(), HOSTILE, but=frozenset(but))
    document = render(report, name, poisoned(GIVEN, HOSTILE))
    is_well_formed(document)
    assert not {token.type for token in tokens(document)} & ACTIVE
    assert not [title for title in headings(document) if title.startswith("Owned")]
    assert "\x1b" not in document
    assert "\u202e" not in document
    assert not [token for token in PARSER.parse(document) if token.type == "hr"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_bold_is_only_what_a_document_says_itself(name: str) -> None:
    def bold(document: str) -> int:
        return sum(token.type == "strong_open" for token in tokens(document))

    report = full()
    findings = tuple(replace(one, message=f"{one.message}{HOSTILE}") for one in report.findings)
    assert bold(render(replace(report, findings=findings), name)) == bold(render(report, name))


def test_a_record_of_nothing_says_what_was_not_looked_at():
    for name, document in documents(run_of().report()).items():
        is_well_formed(document)
        assert "**INCOMPLETE**" in document, name


def test_a_go_is_called_a_go():
    report = run_of((9, PASSED, "P0", "llm")).report()
    assert report.judgement.verdict == Verdict.GO
    for document in documents(report).values():
        assert "**GO**" in document


def test_the_same_record_gives_the_same_documents_in_any_order_of_its_findings():
    report = full()
    turned = replace(report, findings=report.findings[::-1], checks=report.checks[::-1])
    assert documents(turned) == documents(report)
