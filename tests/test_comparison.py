"""Two runs side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.comparison import (
    FIXED,
    NEW,
    OPEN,
    OPEN_OUTCOMES,
    REGRESSED,
    compare,
    got_worse,
    open_since,
    rule_changes,
)
from pytest_readiness.model import (
    Answer,
    Outcome,
    Planned,
    Policy,
    Priority,
    Provenance,
    Selection,
    TargetInfo,
    Verdict,
    Waiver,
)
from tests.runs import (
    ERROR,
    FAILED,
    LIVE,
    NOT_APPLICABLE,
    PASSED,
    SKIPPED,
    WARNED,
    Run,
    check,
    finding,
    runs,
)


BEFORE, AFTER = "2026-02-01T12:00:00+00:00", "2026-03-01T12:00:00+00:00"


def one(outcome: Outcome | None, **more: Any):
    """A run with one check, whose one finding is this; None for a run without the check."""
    if outcome is None:
        return Run().report(**more)
    return Run(checks=(check("it"),), findings=(finding("it", outcome, "a"),)).report(**more)


def change_of(before: Outcome | None, after: Outcome | None) -> str:
    found = compare(one(before, started=BEFORE), one(after, started=AFTER)).findings
    return found[0].change if found else ""


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (None, FAILED, NEW),
        (None, SKIPPED, NEW),
        (None, PASSED, ""),
        (PASSED, FAILED, REGRESSED),
        (PASSED, SKIPPED, REGRESSED),
        (NOT_APPLICABLE, WARNED, REGRESSED),
        (PASSED, PASSED, ""),
        (PASSED, NOT_APPLICABLE, ""),
        (PASSED, None, ""),
        (FAILED, PASSED, FIXED),
        (SKIPPED, PASSED, FIXED),
        (ERROR, NOT_APPLICABLE, FIXED),
        (FAILED, WARNED, OPEN),
        (WARNED, FAILED, OPEN),
        (FAILED, SKIPPED, OPEN),
        (SKIPPED, ERROR, OPEN),
        (SKIPPED, FAILED, NEW),
        (ERROR, WARNED, NEW),
        (FAILED, None, OPEN),
    ],
)
def test_what_a_finding_became(before: Outcome, after: Outcome, change: str) -> None:
    assert change_of(before, after) == change


def test_what_was_not_looked_at_now_is_open_without_an_outcome() -> None:
    [found] = compare(one(FAILED), one(None)).findings
    assert (found.change, found.before, found.after) == (OPEN, FAILED, None)


def test_what_was_planned_and_never_reported_is_open() -> None:
    after = one(PASSED)
    after = replace(after, planned=(Planned("lost", "it", "b"),))
    [found] = compare(one(PASSED), after).findings
    assert (found.subject, found.change, found.after) == ("b", NEW, ERROR)


def test_moved_lines_and_other_words_change_nothing() -> None:
    before, after = one(FAILED), one(FAILED)
    [said] = after.findings
    moved = replace(said, node="elsewhere.py::it[a]", message="other words", seconds=9.0)
    [found] = compare(before, replace(after, findings=(moved,))).findings
    assert found.change == OPEN


def test_of_several_findings_with_one_fingerprint_the_worst_counts() -> None:
    twice = Run(
        checks=(check("it"),),
        findings=(finding("it", PASSED, "a"), finding("it", FAILED, "a")),
    ).report()
    assert [found.change for found in compare(one(PASSED), twice).findings] == [REGRESSED]


def test_only_a_failure_instead_of_a_warning_is_worse_among_what_stays_open() -> None:
    def worse(before: Outcome | None, after: Outcome | None) -> bool:
        return any(got_worse(found) for found in compare(one(before), one(after)).findings)

    assert worse(WARNED, FAILED)
    assert worse(None, WARNED)
    assert worse(PASSED, ERROR)
    assert not worse(FAILED, WARNED)
    assert not worse(FAILED, FAILED)
    assert not worse(FAILED, SKIPPED)
    assert not worse(FAILED, None)
    assert not worse(FAILED, PASSED)


def test_the_earlier_run_is_named() -> None:
    before = one(FAILED, started=BEFORE, commit="abc")
    found = compare(before, one(FAILED))
    assert (found.started, found.commit) == (BEFORE, "abc")
    assert (found.verdict, found.readiness) == (Verdict.CONDITIONAL_GO, 0)


# Since when.


def test_open_since_the_earlier_run_where_no_history_knows_better() -> None:
    [found] = compare(one(FAILED, started=BEFORE), one(FAILED, started=AFTER)).findings
    assert found.since == BEFORE


def test_the_history_says_since_when_it_is_open() -> None:
    before, after = one(FAILED, started=BEFORE), one(FAILED, started=AFTER)
    known = {before.findings[0].fingerprint: "2025-12-24T00:00:00+00:00"}
    [found] = compare(before, after, known).findings
    assert found.since == "2025-12-24T00:00:00+00:00"


def test_a_chain_of_comparisons_keeps_the_first_date() -> None:
    first, second = one(FAILED, started="2026-01-01T00:00:00+00:00"), one(FAILED, started=BEFORE)
    second = replace(second, comparison=compare(first, second))
    [found] = compare(second, one(FAILED, started=AFTER)).findings
    assert found.since == first.started


@pytest.mark.parametrize("before", [None, PASSED])
def test_what_is_new_or_regressed_is_open_since_now_or_since_the_history_knows(before) -> None:
    was, now = one(before, started=BEFORE), one(FAILED, started=AFTER)
    [found] = compare(was, now).findings
    assert found.since == AFTER
    [found] = compare(was, now, {found.fingerprint: "2026-02-14T00:00:00+00:00"}).findings
    assert found.since == "2026-02-14T00:00:00+00:00"


def test_dates_are_carried_forward_and_end_with_what_is_mended() -> None:
    fingerprint = one(FAILED).findings[0].fingerprint
    assert open_since(one(FAILED, started=AFTER), {fingerprint: BEFORE}) == {fingerprint: BEFORE}
    assert open_since(one(FAILED, started=AFTER), {}) == {fingerprint: AFTER}
    assert open_since(one(PASSED, started=AFTER), {fingerprint: BEFORE}) == {}


def test_without_a_history_the_baseline_dates_what_is_open() -> None:
    before, after = one(FAILED, started=BEFORE), one(FAILED, started=AFTER)
    after = replace(after, comparison=compare(before, after))
    assert open_since(after, {}) == {after.findings[0].fingerprint: BEFORE}


# Properties.


@given(runs())
def test_a_run_beside_itself_has_nothing_new_fixed_or_regressed(run: Run) -> None:
    found = compare(run.report(), run.report())
    assert {one.change for one in found.findings} <= {OPEN}
    assert not any(got_worse(one) for one in found.findings)
    assert found.rules == ()


@given(runs(), runs())
def test_the_other_way_round_regressed_is_fixed_and_new_is_not_looked_at(
    first: Run, second: Run
) -> None:
    there = {one.fingerprint: one for one in compare(first.report(), second.report()).findings}
    back = {one.fingerprint: one for one in compare(second.report(), first.report()).findings}
    assert there.keys() == back.keys()
    for fingerprint, forward in there.items():
        backward = back[fingerprint]
        assert (forward.before, forward.after) == (backward.after, backward.before)
        if forward.change == REGRESSED:
            assert backward.change == FIXED
        if forward.change == NEW:
            assert backward.change == OPEN
            assert backward.after not in {WARNED, FAILED}
        if forward.change == FIXED:
            assert backward.change == REGRESSED


@given(runs(), runs(), st.randoms(use_true_random=False))
def test_order_never_matters(first: Run, second: Run, dice: Any) -> None:
    def shuffled(run: Run) -> Run:
        findings, planned = list(run.findings), list(run.planned)
        waivers = {(w.check, w.subject): w for w in run.waivers}
        dice.shuffle(findings)
        dice.shuffle(planned)
        return replace(
            run, findings=tuple(findings), planned=tuple(planned), waivers=tuple(waivers.values())
        )

    first, second = shuffled(first), shuffled(second)
    plain = compare(first.report(), second.report())
    assert compare(shuffled(first).report(), shuffled(second).report()) == plain


@given(runs(), runs())
def test_each_open_finding_is_told_once_and_nothing_unseen_is_fixed(first: Run, second: Run):
    before, after = first.report(), second.report()
    found = compare(before, after).findings
    assert len({one.fingerprint for one in found}) == len(found)
    told = {one.fingerprint for one in found if one.after in OPEN_OUTCOMES}
    assert told >= {f.fingerprint for f in after.findings if f.outcome in OPEN_OUTCOMES}
    looked_at = {f.fingerprint for f in after.findings if f.outcome not in OPEN_OUTCOMES}
    assert {one.fingerprint for one in found if one.change == FIXED} <= looked_at


# Rules.


def rules(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    report = one(PASSED)
    return list(rule_changes(replace(report, **before), replace(report, **after)))


WAIVER = Waiver("it", "a*", "known", "ann", "2026-03-31")
ANSWER = Answer("unrehearsed-restore", "yes", "ann", "2026-02-01")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            {},
            {"policy": Policy(block=Priority.P1)},
            "Policy: blocks on P1, was P0.",
        ),
        (
            {},
            {"policy": Policy(minimum_coverage=60)},
            "Policy: minimum coverage 60 %, was 80 %.",
        ),
        ({}, {"policy": Policy(floor=0)}, "Policy: floor of a domain 0 %, was 50 %."),
        (
            {"policy": Policy(floors={"llm": 70})},
            {},
            "Policy: floor of llm 50 %, was 70 %.",
        ),
        (
            {},
            {"policy": Policy(levels={"it": "off"}, off_reasons={"it": "no"})},
            "Policy: level of it off, was fail.",
        ),
        ({}, {"waivers": (WAIVER,)}, "Waiver added: it on a*, by ann until 2026-03-31."),
        ({"waivers": (WAIVER,)}, {}, "Waiver removed: it on a*, was by ann until 2026-03-31."),
        (
            {"waivers": (WAIVER,)},
            {"waivers": (replace(WAIVER, expires="2026-06-30"),)},
            "Waiver extended: it on a*, until 2026-06-30, was 2026-03-31.",
        ),
        (
            {"waivers": (WAIVER,)},
            {"waivers": (replace(WAIVER, expires="2026-03-02"),)},
            "Waiver shortened: it on a*, until 2026-03-02, was 2026-03-31.",
        ),
        (
            {"waivers": (WAIVER,)},
            {"waivers": (replace(WAIVER, owner="bob", reason="new"),)},
            "Waiver changed: it on a*, its reason and owner.",
        ),
        (
            {},
            {"answers": (ANSWER,)},
            "Answer added: unrehearsed-restore, yes by ann on 2026-02-01.",
        ),
        (
            {"answers": (ANSWER,)},
            {},
            "Answer removed: unrehearsed-restore, was yes by ann on 2026-02-01.",
        ),
        (
            {"answers": (ANSWER,)},
            {"answers": (replace(ANSWER, answer="no", on="2026-02-20"),)},
            (
                "Answer changed: unrehearsed-restore, no by ann on 2026-02-20,"
                " was yes by ann on 2026-02-01."
            ),
        ),
        ({}, {"checks": (check("it"), check("b"))}, "Checks added (1): b."),
        ({"checks": (check("it"), check("b"))}, {}, "Checks removed (1): b."),
        ({}, {"checks": (check("it", "P0"),)}, "Priority of it: P0, was P2."),
        (
            {},
            {"checks": (check("it", title="Other."),)},
            "Checks that ask something else (1): it.",
        ),
        ({}, {"catalogue_digest": "sha256:1"}, "Catalogue: sha256:1, was sha256:0."),
        ({}, {"tool_version": "0.2.0"}, "Version of pytest-readiness: 0.2.0, was 0.1.0."),
        ({}, {"selection": Selection(pin="0.1")}, "Pinned catalogue: 0.1, was none."),
        ({}, {"selection": Selection("-m P0", 9, 2)}, "Selection: -m P0, was none."),
        (
            {},
            {"target": replace(LIVE, profile="production")},
            "Profile: production, was none.",
        ),
        ({}, {"target": TargetInfo()}, "Target: none, was url http://127.0.0.1:8000."),
        (
            {"provenance": Provenance(configuration="a")},
            {"provenance": Provenance(configuration="b")},
            "Configuration: b, was a.",
        ),
        (
            {"interrupted": "stopped with Ctrl-C"},
            {},
            "The earlier run ended early: stopped with Ctrl-C.",
        ),
    ],
)
def test_a_changed_rule_is_one_sentence(
    before: dict[str, Any], after: dict[str, Any], sentence: str
) -> None:
    assert rules(before, after) == [sentence]


def test_what_a_selection_leaves_out_is_no_removed_check() -> None:
    wide = {"checks": (check("it"), check("b")), "catalogue_digest": "sha256:1"}
    narrow = {"selection": Selection("-m P0", 2, 1)}
    assert rules(wide, narrow) == ["Selection: -m P0, was none."]
    assert rules(narrow, wide) == ["Selection: none, was -m P0."]


def test_a_record_that_names_no_configuration_has_not_changed_it() -> None:
    assert rules({}, {"provenance": Provenance(configuration="b")}) == []


def test_the_port_of_a_started_target_is_no_change() -> None:
    started = TargetInfo("command", "http://127.0.0.1:4001", started=True, reached=True)
    other = replace(started, url="http://127.0.0.1:4002")
    assert rules({"target": started}, {"target": other}) == []


def test_many_added_checks_are_counted_and_the_first_named() -> None:
    many = tuple(check(f"new-{number:02}") for number in range(20))
    [sentence] = rules({}, {"checks": (check("it"), *many)})
    assert sentence.startswith("Checks added (20): new-00, new-01, ")
    assert sentence.endswith("new-07 and 12 more.")
