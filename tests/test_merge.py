"""Records of one audit that several machines shared, joined."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness import catalogue
from pytest_readiness.cli import USAGE_ERROR, main
from pytest_readiness.merge import MergeError, merge
from pytest_readiness.model import (
    Answer,
    Flip,
    Flipped,
    FollowUp,
    Outcome,
    Planned,
    Policy,
    Proof,
    Provenance,
    Selection,
    TargetInfo,
    Verdict,
    Waiver,
)
from pytest_readiness.publish import FORMATS, publish
from pytest_readiness.recompute import recompute
from pytest_readiness.reports.json import parse
from pytest_readiness.scoring import WORST_FIRST
from pytest_readiness.verdict import EXIT_CODES
from tests.runs import ERROR, FAILED, LIVE, PASSED, SKIPPED, WARNED, check, finding, run_of, runs


if TYPE_CHECKING:
    from pathlib import Path

    from pytest_readiness.model import AuditReport, Finding


WHOLE = run_of((4, PASSED, "P0", "security"), (4, PASSED, "P1", "backend"))
NAMES = tuple(one.id for one in WHOLE.checks)


def part(*findings: Finding, expression: str = "-m some", **more: object) -> AuditReport:
    """A record of one machine, that planned what it reports, and more where told so."""
    planned = [*(Planned(one.node, one.check, one.subject) for one in findings)]
    planned += more.pop("planned", ())  # type: ignore[arg-type]
    names = {plan.check for plan in planned}
    checks = tuple(one for one in WHOLE.checks if one.id in names)
    selection = Selection(expression, len(NAMES), len(checks), findings=len(NAMES))
    run = replace(
        WHOLE, checks=checks, findings=findings, planned=tuple(planned), selection=selection
    )
    return replace(run.report(), **more)  # type: ignore[arg-type]


def halves(*second: Finding) -> dict[str, AuditReport]:
    """The first four checks of one machine, and what another says of the others."""
    return {
        "a": part(*(finding(name, PASSED) for name in NAMES[:4])),
        "b": part(*(second or (finding(name, PASSED) for name in NAMES[4:]))),
    }


def test_parts_that_make_up_the_catalogue_are_a_whole_audit() -> None:
    joined = merge(halves())
    assert joined.judgement.verdict is Verdict.GO
    assert joined.selection == Selection("", 8, 8, None, 8)
    assert [one.id for one in joined.checks] == sorted(NAMES)
    assert joined.catalogue_digest == catalogue.digest(WHOLE.checks)
    assert recompute(joined) == []


def test_what_is_missing_stays_a_part() -> None:
    shards = halves(*(finding(name, PASSED) for name in NAMES[4:7]))
    joined = merge(shards)
    assert joined.judgement.verdict is Verdict.INCOMPLETE
    assert joined.selection.expression == "-m some"
    assert (joined.selection.selected, joined.selection.outcome) == (7, Verdict.GO)


def test_an_answer_ends_when_the_part_that_ran_its_check_says_so() -> None:
    said = Answer("own", "yes", "Ana", "2026-02-01", "MIN-12")
    shards = halves()
    shards["a"] = replace(shards["a"], answers=(replace(said, expires="2026-05-02"),))
    shards["b"] = replace(shards["b"], answers=(said,))
    assert merge(shards).answers == (replace(said, expires="2026-05-02"),)
    shards["b"] = replace(shards["b"], answers=(replace(said, by="Bo"),))
    with pytest.raises(MergeError, match="answers: one of own in a, one of own in b"):
        merge(shards)


def test_all_checks_but_not_all_of_their_subjects_stay_a_part() -> None:
    shards = halves()
    more = {
        name: replace(one, selection=replace(one.selection, findings=9))
        for name, one in shards.items()
    }
    assert merge(more).judgement.verdict is Verdict.INCOMPLETE


def test_one_machine_that_ran_everything_is_enough() -> None:
    whole = part(*(finding(name, PASSED) for name in NAMES), expression="")
    assert merge({"a": whole, "b": halves()["b"]}).selection.expression == ""


def test_planned_in_one_and_reported_in_none_is_an_error() -> None:
    shards = halves()
    unheard = Planned("n", NAMES[7], "")
    shards["b"] = part(*(finding(name, PASSED) for name in NAMES[4:7]), planned=(unheard,))
    joined = merge(shards)
    assert joined.scorecard.total.error == 1
    assert joined.judgement.verdict is Verdict.INCOMPLETE
    assert NAMES[7] in joined.judgement.blockers


def test_planned_in_both_and_reported_in_one_is_reported() -> None:
    shards = halves()
    again = next(one for one in shards["b"].planned if one.check == NAMES[7])
    shards["a"] = part(*shards["a"].findings, planned=(again,))
    assert merge(shards).judgement.verdict is Verdict.GO


@pytest.mark.parametrize("better", Outcome)
@pytest.mark.parametrize("worse", Outcome)
def test_of_two_findings_the_worse_counts_and_is_flaky(better: Outcome, worse: Outcome) -> None:
    one, other = (part(finding(NAMES[0], outcome), expression="") for outcome in (better, worse))
    [joined] = merge({"a": one, "b": other}).findings
    assert joined.outcome is min(better, worse, key=WORST_FIRST.index)
    assert joined.flaky is (better is not worse)


def test_a_part_that_ended_early_makes_the_whole_incomplete() -> None:
    shards = halves()
    shards["b"] = replace(shards["b"], interrupted="stopped with Ctrl-C")
    joined = merge(shards)
    assert joined.interrupted == "b: stopped with Ctrl-C"
    assert joined.judgement.verdict is Verdict.INCOMPLETE


def test_a_target_that_one_part_reached_was_reached() -> None:
    shards = halves()
    shards["a"] = replace(shards["a"], target=TargetInfo())
    assert merge(shards).target == LIVE


def test_each_machine_may_start_the_target_at_a_port_of_its_own() -> None:
    shards = {
        name: replace(
            one,
            target=TargetInfo("command", f"http://127.0.0.1:{port}", started=True, reached=True),
        )
        for (name, one), port in zip(halves().items(), (4001, 4002), strict=True)
    }
    assert merge(shards).judgement.verdict is Verdict.GO


def test_waivers_expire_by_the_latest_part() -> None:
    waiver = Waiver("*", "*", "known", "ann", "2026-03-01")
    shards = {name: replace(one, waivers=(waiver,)) for name, one in halves().items()}
    shards["a"] = replace(shards["a"], started="2026-03-02T08:00:00+00:00")
    assert merge(shards).started == "2026-03-02T08:00:00+00:00"


def test_both_flips_are_joined() -> None:
    flipped = [
        Flipped(name, "", FAILED, after, Proof.STILL_FAILING)
        for name, after in ((NAMES[0], PASSED), (NAMES[5], FAILED), (NAMES[0], FAILED))
    ]
    shards = halves()
    shards["a"] = replace(shards["a"], flip=Flip("production", LIVE, tuple(flipped[:2])))
    shards["b"] = replace(shards["b"], flip=Flip("production", LIVE, tuple(flipped[2:])))
    joined = merge(shards).flip
    assert joined is not None
    assert joined.findings == (flipped[2], flipped[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"commit": "ffff"}, "commit: 1a2b3c4d5e6f in a, ffff in b"),
        ({"tool_version": "9"}, "version of pytest-readiness: 0.1.0 in a, 9 in b"),
        ({"repository": "till"}, "repository: shop in a, till in b"),
        ({"provenance": Provenance("sha256:1")}, "configuration: none in a, sha256:1 in b"),
        ({"policy": Policy(floor=9)}, "policy: floor 50 in a, floor 9 in b"),
        (
            {"waivers": (Waiver("x", "*", "", "", ""),)},
            "waivers: none more in a, one of x in b",
        ),
        ({"selection": Selection("-m x", 9, 4)}, "checks in the catalogue: 8 in a, 9 in b"),
        (
            {"target": replace(LIVE, url="http://other")},
            "target: http://127.0.0.1:8000 in a, http://other in b",
        ),
        ({"checks": (check(NAMES[0], "P3"),)}, f"check {NAMES[0]}: priority, domain differ in a"),
        (
            {"follow_up": FollowUp("", "", (), Verdict.GO)},
            "b followed up conditions, which one run does",
        ),
    ],
)
def test_what_is_no_part_of_the_same_audit_is_named(
    change: dict[str, object], message: str
) -> None:
    shards = halves()
    shards["b"] = replace(shards["b"], **change)  # type: ignore[arg-type]
    with pytest.raises(MergeError) as caught:
        merge(shards)
    assert str(caught.value).startswith(message)


def test_other_subjects_than_the_catalogue_plans_are_another_audit() -> None:
    shards = halves()
    shards["b"] = part(*shards["b"].findings, finding(NAMES[7], PASSED, "of another day"))
    with pytest.raises(MergeError, match="plans 8 findings and the records together 9"):
        merge(shards)


def test_an_image_that_each_machine_built_is_two_images() -> None:
    shards = {
        name: replace(one, provenance=Provenance(images={"api": f"sha256:{name}"}))
        for name, one in halves().items()
    }
    with pytest.raises(MergeError, match="image api: sha256:a on one machine, sha256:b on another"):
        merge(shards)


def test_nothing_is_no_audit() -> None:
    with pytest.raises(MergeError, match="nothing to merge"):
        merge({})


@given(runs())
def test_a_record_merged_with_itself_says_the_same(run) -> None:
    report = run.report()
    joined = merge({"a": report, "b": report})
    assert joined.scorecard == report.scorecard
    assert joined.judgement.verdict is report.judgement.verdict
    assert not any(one.flaky for one in joined.findings)


@given(runs(), st.data())
def test_split_and_merged_in_any_order_says_what_the_whole_says(run, data) -> None:
    report = replace(run, selection=Selection("", len(run.checks), len(run.checks))).report()
    side = {one.id: data.draw(st.sampled_from("abc")) for one in report.checks}
    shards = {}
    for name in data.draw(st.permutations("abc")):
        mine = [one for one in report.checks if side[one.id] == name]
        ids = {one.id for one in mine}
        planned = tuple(plan for plan in report.planned if plan.check in ids)
        shards[name] = replace(
            report,
            checks=tuple(mine),
            planned=planned,
            findings=tuple(one for one in report.findings if one.check in ids),
            selection=Selection("-m x", len(report.checks), len(mine), None, len(report.planned)),
        )
    joined = merge(shards)
    assert joined.scorecard == report.scorecard
    assert recompute(joined) == []
    if report.planned:
        assert joined.judgement.verdict is report.judgement.verdict


@pytest.mark.parametrize(
    ("outcome", "options", "status"),
    [
        (PASSED, (), 0),
        (FAILED, (), 11),
        (FAILED, ("--accept", "conditional"), 0),
        (SKIPPED, (), 11),
        (ERROR, (), 11),
        (WARNED, (), 11),
    ],
)
def test_the_command_joins_publishes_and_exits_by_the_verdict(
    tmp_path: Path, capsys, outcome: Outcome, options: tuple[str, ...], status: int
) -> None:
    shards = halves(
        *(finding(name, PASSED) for name in NAMES[4:7]), finding(NAMES[7], outcome, message="seen")
    )
    for name, one in shards.items():
        (tmp_path / name).mkdir()
        publish(one, tmp_path / name, ["json"])
    places = [str(tmp_path / "a"), str(tmp_path / "b" / "readiness.json")]
    out = tmp_path / "whole"
    assert main(["merge", *places, "--output", str(out), *options]) == status
    assert {path.name for path in out.iterdir()} == {file for file, _ in FORMATS.values()}
    assert parse((out / "readiness.json").read_text("utf-8")) == merge(
        dict(
            zip(
                (str(tmp_path / name / "readiness.json") for name in "ab"),
                shards.values(),
                strict=True,
            )
        )
    )
    assert "2 records give" in capsys.readouterr().out


def test_the_command_says_what_cannot_be_joined(tmp_path: Path, capsys) -> None:
    shards = halves()
    for name, one in shards.items():
        (tmp_path / name).mkdir()
        publish(replace(one, commit=name), tmp_path / name, ["json"])
    assert main(["merge", *(str(tmp_path / name) for name in "ab")]) == USAGE_ERROR
    assert "no parts of one audit: commit: a in" in capsys.readouterr().err
    assert main(["merge", str(tmp_path / "nowhere.json")]) == USAGE_ERROR
    assert "No such file" in capsys.readouterr().err


def test_an_audit_in_two_parts_says_what_the_whole_audit_says(
    pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, one, other, joined = (pytester.path / name for name in ("whole", "a", "b", "joined"))
    for folder, selection in (
        (whole, ()),
        (one, ("-m", "security or assessment")),
        (other, ("-m", "not security and not assessment")),
    ):
        pytester.runpytest("--readiness", f"--readiness-report={folder}", *selection)
    expected = parse((whole / "readiness.json").read_text("utf-8"))
    status = main(["merge", str(one), str(other), "--output", str(joined)])
    said = parse((joined / "readiness.json").read_text("utf-8"))
    assert said.selection == expected.selection
    assert said.catalogue_digest == expected.catalogue_digest
    assert said.scorecard == expected.scorecard
    assert said.judgement == expected.judgement
    assert status == EXIT_CODES[expected.judgement.verdict]
    assert f"2 records give {expected.judgement.verdict}" in capsys.readouterr().out


def test_subjects_left_out_by_name_are_missed(
    pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = [pytester.path / name for name in ("a", "b")]
    own = pytester.mkdir("readiness") / "test_own.py"
    own.write_text(
        "import pytest\n"
        "from pytest_readiness import *\n"
        "pytestmark = suite(Phase.SECURITY, Domain.SECURITY)\n"
        "@check('door', P0)\n"
        "@pytest.mark.parametrize('name', ['oaken', 'brazen'])\n"
        "def test_door(name):\n"
        '    """Doors are closed."""\n',
        encoding="utf-8",
    )
    for folder, expression in zip(parts, ("oaken", "not oaken and not brazen"), strict=True):
        pytester.runpytest("--readiness", f"--readiness-report={folder}", "-k", expression)
    main(["merge", *map(str, parts), "--output", str(pytester.path / "joined")])
    said = parse((pytester.path / "joined" / "readiness.json").read_text("utf-8"))
    assert said.selection.selected == said.selection.planned
    assert len(said.planned) == said.selection.findings - 1
    assert said.judgement.verdict is Verdict.INCOMPLETE
    assert "Only a part was run" in capsys.readouterr().out
