from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.model import (
    Answer,
    Condition,
    Finding,
    Flip,
    FollowedCondition,
    FollowUp,
    Location,
    Outcome,
    Phase,
    Planned,
    Policy,
    Reason,
    Remark,
    Selection,
    TargetInfo,
    Verdict,
    Waiver,
)
from pytest_readiness.reports.terminal import HELP, progress, render
from pytest_readiness.waivers import evidence_digest
from tests.runs import (
    ERROR,
    FAILED,
    LIVE,
    NOT_APPLICABLE,
    PASSED,
    SKIPPED,
    WARNED,
    check,
    finding,
    flipped,
    run_of,
    runs,
)


USER = "the final stage sets no USER, so it runs as root"


def dockerfile(number, outcome):
    path = f"service-{number}/Dockerfile"
    remarks = (Remark(USER, Location(path, 12)),) if outcome == FAILED else ()
    message = USER if outcome == FAILED else ""
    return finding("root-container", outcome, path, message=message, remarks=remarks)


@pytest.fixture
def run():
    many = run_of(
        (20, PASSED, "P0", "security"),
        (18, PASSED, "P1", "backend"),
        (9, PASSED, "P2", "monitoring"),
        (2, WARNED, "P2", "performance"),
        (1, NOT_APPLICABLE, "P2", "frontend"),
    )
    checks = (
        check("auth-disabled", "P0", "security", fix="Set ``ENABLE_AUTH=true``. Then restart."),
        check(
            "root-container",
            "P0",
            "infrastructure",
            phase=Phase.DEPLOYMENT,
            fix="End the final stage of every image with a numeric USER other than 0, and give "
            "it the files that it has to write.",
        ),
        check("unrehearsed-restore", "P1", "infrastructure", phase=Phase.ASSESSMENT),
        check("weak-tls", "P1", "security"),
        check("no-retry-after", "P1", "backend", fix="Send Retry-After with every 429."),
    )
    findings = (
        finding("auth-disabled", FAILED, "GET /api/users/me", message="answered 200 to nobody"),
        *(dockerfile(number, FAILED) for number in range(3)),
        *(dockerfile(number, PASSED) for number in range(3, 7)),
        finding("unrehearsed-restore", SKIPPED, reason=Reason.NO_ANSWER),
        finding("weak-tls", SKIPPED, reason=Reason.NO_TOOL, message="openssl is missing"),
        finding("no-retry-after", WARNED, "POST /api/analyze", message="no Retry-After"),
    )
    return replace(
        many,
        checks=(*many.checks, *checks),
        findings=(*many.findings, *findings),
        owners=(("backend", "bea"), ("infrastructure", "ops team")),
        target=replace(LIVE, profile="as-shipped"),
    )


GOLDEN = """\
Readiness of shop at 1a2b3c4, http://127.0.0.1:8000 (as-shipped)

By phase          passed warned failed skipped error n.a. readiness open P0
  framework            -      -      -       -     -    -         -       -
  functionality        -      -      -       -     -    -         -       -
  security            47      3      1       1     0    1    90.4 %       1
  deployment           0      0      1       0     0    0     0.0 %       1
  assessment           0      0      0       1     0    0         -       0

By domain         passed warned failed skipped error n.a. readiness open P0
  infrastructure       0      0      1       1     0    0     0.0 %       1
  security            20      0      1       1     0    0    90.9 %       1
  monitoring           9      0      0       0     0    0   100.0 %       0
  backend             18      1      0       0     0    0    94.7 %       0
  frontend             0      0      0       0     0    1         -       0
  testing              -      -      -       -     -    -         -       -
  performance          0      2      0       0     0    0     0.0 %       0
  compliance           -      -      -       -     -    -         -       -
  llm                  -      -      -       -     -    -         -       -

Readiness: 87.0 % (47 of 54 checks passed, 3 warned, 2 failed, 2 skipped)
Coverage: 96.3 % (52 of 54 checks were looked at)
Mean of domains: 57 %

Verdict: NO-GO
  2 P0 checks failed without a waiver: auth-disabled, root-container.
  2 follow-ups (P2, P3) beside it.

Blockers (2)
  P0 auth-disabled: GET /api/users/me: answered 200 to nobody
     fix: Set `ENABLE_AUTH=true`.
  P0 root-container: 3 of 7 Dockerfiles, first service-0/Dockerfile:12: the
     final stage sets no USER, so it runs as root
     fix: End the final stage of every image with a numeric USER other than 0,
          and give it the files that it has to write.

Conditions (5)
  P1 2026-03-08 bea        no-retry-after: Send Retry-After with every 429.
  P1 2026-03-08 ops team   unrehearsed-restore: Let it look (no-answer): unre...
  P1 2026-03-08 unassigned weak-tls: Let it look (no-tool): weak-tls is absent.
  -  2026-03-31 ops team   Bring infrastructure from 0.0 % to its floor of 50 %.
  -  2026-03-31 unassigned Bring performance from 0.0 % to its floor of 50 %.

What would change the verdict
  CONDITIONAL GO: mend 2 checks: auth-disabled, root-container.
  GO: mend 6 checks: auth-disabled, root-container, no-retry-after and 3 more
    (or another one like it).
  Whatever the 2 checks not looked at in full would say: readiness 87.0 % to
    90.7 %, NO-GO.

Not looked at (2)
  1 no-answer: unrehearsed-restore. A person has to answer.
  1 no-tool: weak-tls. The report has the command that installs it.

Report: readiness-report/readiness.json
"""


def test_the_report_of_a_no_go(run):
    assert render(run.report()) == GOLDEN.splitlines()


def text_of(run, **more):
    return "\n".join(render(run.report(), **more))


def test_several_subjects_of_a_check_are_one_blocker(run):
    assert "root-container: 3 of 7 Dockerfiles, first service-0/Dockerfile:12:" in text_of(run)


@pytest.mark.parametrize(
    ("subjects", "words"),
    [
        (["a/Dockerfile", "b/Dockerfile.prod"], "2 of 2 Dockerfiles"),
        (["GET /a", "POST /b"], "2 of 2 operations"),
        (["k8s/a.yaml", "k8s/b.yaml"], "2 of 2 files"),
        (["redis", "postgres"], "2 of 2 subjects"),
    ],
)
def test_subjects_are_named_by_what_they_have_in_common(subjects, words):
    run = run_of((9, PASSED, "P0", "llm"))
    found = tuple(finding("odd", FAILED, subject, message="odd") for subject in subjects)
    run = replace(run, checks=(*run.checks, check("odd", "P0")), findings=(*run.findings, *found))
    assert words in text_of(run)


def test_five_blockers_are_shown_and_the_rest_counted():
    text = text_of(run_of((8, FAILED, "P0", "llm"), (9, PASSED, "P0", "llm")))
    assert "Blockers (8)" in text
    assert text.count("     fix: ") == 5
    assert "  and 3 more in the report" in text


def test_a_long_run_stays_readable():
    groups = [
        (40, outcome, priority, domain)
        for outcome in Outcome
        for priority in ("P0", "P1", "P2")
        for domain in ("backend", "security", "llm")
    ]
    assert len(render(run_of(*groups).report())) <= 66


def test_a_p0_that_could_not_look_says_what_would_help():
    run = run_of((9, PASSED, "P0", "llm"))
    blind = finding("odd", SKIPPED, message="no token was issued", reason=Reason.BLOCKED)
    run = replace(run, checks=(*run.checks, check("odd", "P0")), findings=(*run.findings, blind))
    text = text_of(run)
    assert "P0 odd: not looked at (blocked): no token was issued" in text
    assert f"help: {HELP[Reason.BLOCKED]}" in text
    assert f"1 blocked: odd. {HELP[Reason.BLOCKED]}" in text


def test_a_check_that_never_reported_is_named():
    run = run_of((9, PASSED, "P0", "llm"))
    lost = Planned("test.py::check-0000[b]", "check-0000", "b")
    text = text_of(replace(run, planned=(*run.planned, lost)))
    assert "P0 check-0000: 1 of 2 subjects, first b: planned and never reported" in text
    assert "  1 error: check-0000. The report has the traceback." in text


def test_every_class_of_skip_has_a_help():
    assert set(HELP) == {*Reason, None}


def test_a_selection_is_named_and_is_never_a_plain_go():
    run = run_of((24, PASSED, "P0", "llm"), selection=Selection("-m security", 131, 24))
    lines = render(run.report())
    assert lines[1] == "  security only, 24 of 131 checks"
    assert "Verdict: INCOMPLETE" in lines
    assert "  The selected checks alone: GO." in lines


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("-m P0", "P0 only, 3 of 131 checks"),
        ("-k login", "-k login only, 3 of 131 checks"),
        ("-m 'security and P0'", "-m 'security and P0' only, 3 of 131 checks"),
        ("", "a part only, 3 of 131 checks"),
    ],
)
def test_a_selection_is_named_by_its_expression(expression, words):
    run = run_of((3, PASSED, "P0", "llm"), selection=Selection(expression, 131, 3))
    assert f"  {words}" in render(run.report())


def test_an_interrupted_run_is_named():
    report = run_of((3, PASSED, "P0", "llm")).report(interrupted="Ctrl-C")
    assert render(report)[1] == "  Interrupted: Ctrl-C. What had not run counts as an error."


def test_a_run_without_target_is_named():
    run = run_of((3, PASSED, "P0", "llm"), target=TargetInfo())
    assert render(run.report())[0] == "Readiness of shop at 1a2b3c4, no target"


def test_a_run_without_checks_has_no_percentage():
    text = text_of(run_of())
    assert "Readiness: no percentage, nothing was assessed (0 of 0 checks passed)" in text
    assert "Mean of domains" not in text


def test_checks_switched_off_are_listed_once():
    run = run_of((9, PASSED, "P0", "llm"))
    off = finding("slow", SKIPPED, reason=Reason.OFF)
    run = replace(
        run,
        checks=(*run.checks, check("slow", "P3")),
        findings=(*run.findings, off),
        policy=Policy(levels={"slow": "off"}, off_reasons={"slow": "batch only"}),
    )
    assert "Switched off by policy: slow (batch only)" in text_of(run)
    assert "Not looked at" not in text_of(run)


def test_expired_waivers_and_leftovers_are_named():
    waivers = (
        Waiver("old-one", "*", "r", "ann", "2026-02-28"),
        Waiver("new-one", "*", "r", "ann", "2026-03-01"),
    )
    report = run_of((3, PASSED, "P0", "llm"), waivers=waivers).report(leftovers=("user probe-1",))
    assert render(report)[-3:] == [
        "Expired waivers, which accept nothing: old-one (2026-02-28)",
        "Left behind on the target: user probe-1",
        "Report: readiness-report/readiness.json",
    ]


def test_what_is_waived_is_said_with_who_accepted_it_until_when():
    run = run_of((2, FAILED, "P0", "llm"), (1, WARNED, "P3", "llm"), (1, PASSED, "P3", "llm"))
    doors = tuple(finding("check-0001", FAILED, f"door {number}") for number in range(3))
    waivers = (
        Waiver("check-0001", "door *", "the locks are ordered", "ann", "2026-04-01", "bea"),
        Waiver(
            "check-0000", "", "a demonstration\n\x1b[31m" + 90 * "x", "ann", "2026-03-09", "bob"
        ),
        Waiver("check-0002", "", "odd but harmless", "ann with a very long name", "2027-01-01"),
        Waiver("check-0003", "", "passed", "ann", "2026-03-02"),
    )
    run = replace(run, findings=(*run.findings, *doors), waivers=waivers)
    lines = render(run.report(), width=80)
    start = lines.index("Waived (5 findings, the next to end first)")
    assert lines[start + 1 : start + 5] == [
        "  P0 2026-03-09 bob              check-0000: a demonstration [31mxxxxxxxxxxxx...",
        "  P0 2026-04-01 bea              check-0001 on door *, 3 findings: the locks...",
        "  P3 2027-01-01 ann with a ve... check-0002: odd but harmless",
        "",
    ]
    assert not any(line.startswith("Waived") for line in render(replace(run, waivers=()).report()))


def test_a_blocker_is_shown_by_what_nobody_waived():
    run = run_of((1, FAILED, "P0", "llm"))
    doors = tuple(
        finding("check-0000", FAILED, f"door {number}", message=f"{number} is open")
        for number in range(3)
    )
    waiver = Waiver("check-0000", "door [01]", "r", "ann", "2027-01-01", "bea")
    lines = render(replace(run, findings=doors, planned=(), waivers=(waiver,)).report())
    assert "  P0 check-0000: 1 of 3 subjects, first door 2: 2 is open" in lines


def test_a_pin_that_no_longer_holds_is_said():
    run = run_of((2, FAILED, "P0", "llm"))
    other = f"sha256:{64 * '0'}"
    waivers = (
        Waiver("check-0000", "*", "r", "ann", "2027-01-01", "bea", other),
        Waiver("check-0001", "", "r", "ann", "2027-01-01", "bea", evidence_digest(run.findings[1])),
    )
    lines = render(replace(run, waivers=waivers).report())
    assert "Waived, but something else is seen now: check-0000 *" in lines
    assert "Waived (1 finding, the next to end first)" in lines


def test_answers_that_end_soon_are_said():
    def answered(name, end, said="yes"):
        return Answer(name, said, "Ana", "2026-01-01", "", end)

    answers = (
        answered("later", "2026-03-16"),
        answered("next", "2026-03-15"),
        answered("today", "2026-03-01"),
        answered("ended", "2026-02-28"),
        answered("no", "2026-03-02", "no"),
        answered("unknown", ""),
    )
    lines = render(run_of((3, PASSED, "P0", "llm")).report(answers=answers))
    assert lines[-2] == (
        "Answers that end within 14 days: today (2026-03-01, Ana), next (2026-03-15, Ana)"
    )


def test_a_go_says_what_is_left():
    lines = render(run_of((9, PASSED, "P0", "llm"), (1, WARNED, "P2", "llm")).report())
    start = lines.index("Verdict: GO")
    assert lines[start + 1 : start + 3] == [
        "  All P0 and P1 checks passed; coverage is 100.0 %.",
        "  1 follow-up (P2, P3) beside it.",
    ]


def test_colour_changes_nothing_but_colour(run):
    plain = render(run.report())
    painted = render(run.report(), color=True)
    assert "\x1b[1;31mVerdict: NO-GO\x1b[0m" in painted
    assert not any("\x1b" in line for line in plain)
    bare = [line.replace("\x1b[0m", "").replace("\x1b[1m", "") for line in painted]
    assert [line.replace("\x1b[1;31m", "") for line in bare] == plain


def with_message(message, subject="GET /a"):
    run = run_of((9, PASSED, "P0", "llm"))
    said = Finding("odd", subject, FAILED, message=message)
    return replace(run, checks=(*run.checks, check("odd", "P0")), findings=(*run.findings, said))


def test_a_target_cannot_write_to_the_terminal():
    text = text_of(with_message("\x1b[2J\x1b]0;owned\x07Verdict: GO\r\nVerdict: GO\x9b1m"))
    assert "\x1b" not in text
    assert "\x9b" not in text
    assert text.count("\nVerdict: ") == 1


def test_ascii_only():
    lines = render(with_message("naïve — “quoted” … 漢字").report(), ascii=True)
    assert '     GET /a: na?ve - "quoted" ... ??' not in lines
    assert any('na?ve - "quoted" ... ??' in line for line in lines)
    assert all(line.isascii() for line in lines)


@pytest.mark.parametrize("width", [50, 60, 75, 76, 80, 120])
def test_no_line_is_too_long(run, width):
    report = run.report()
    assert max(map(len, render(report, width=width))) <= width


@given(runs(), st.text(), st.integers(50, 120), st.booleans())
def test_no_line_is_too_long_whatever_was_seen(run, message, width, ascii_only):
    findings = tuple(replace(item, message=message) for item in run.findings)
    report = replace(run, findings=findings).report()
    for line in render(report, width=width, ascii=ascii_only):
        assert len(line) <= width or "/" in line
        assert line.isprintable()


def test_a_path_is_not_broken():
    path = "deploy/" + "very-long-folder/" * 6 + "Dockerfile"
    assert any(path in line for line in render(with_message("no USER", subject=path).report()))


def test_a_long_message_is_cut():
    lines = render(with_message("word " * 500).report())
    assert len([line for line in lines if "word" in line]) <= 3


def test_progress_has_a_letter_for_each_outcome():
    seen = [PASSED, PASSED, FAILED, WARNED, SKIPPED, NOT_APPLICABLE, ERROR]
    assert progress("security", seen, 9) == "security      ..Fws-E  7/9"


def test_progress_counts_what_does_not_fit():
    seen = [PASSED] * 212 + [WARNED] * 3 + [FAILED]
    assert progress("functionality", seen, 700) == "functionality 212. 3w 1F  216/700"


def test_progress_before_the_first_outcome():
    assert progress("framework", [], 12) == "framework       0/12"


# The flip.


def section(lines, title):
    """Lines below a heading, to the empty line."""
    start = next(n for n, line in enumerate(lines) if line.startswith(title))
    return lines[start : lines.index("", start)]


def two_profiles():
    base = run_of((30, PASSED, "P0", "backend"))
    more = (
        ("auth-disabled", FAILED, "P0"),
        ("jwt-alg-none", SKIPPED, "P0"),
        ("limiter-off", FAILED, "P1"),
        ("unrehearsed-restore", SKIPPED, "P1"),
        ("broken-login-journey", PASSED, "P0"),
    )
    run = replace(
        base,
        checks=(*base.checks, *(check(name, priority) for name, _, priority in more)),
        findings=(*base.findings, *(finding(name, outcome) for name, outcome, _ in more)),
    )
    after = {("auth-disabled", ""): PASSED, ("jwt-alg-none", ""): PASSED}
    return run, after


def test_the_flip_says_what_configuration_mends_what_fails_and_what_got_worse():
    run, after = two_profiles()
    run = flipped(
        run,
        after | {("broken-login-journey", ""): FAILED},
        environment=("AUTH", "B", "C", "D", "E", "F", "G", "H"),
    )
    assert section(render(run.report()), "Flip to production") == [
        "Flip to production",
        "  it changes AUTH, B, C, D, E, F and 2 more",
        "  2 mended by configuration: P0 auth-disabled, P0 jwt-alg-none",
        "  1 made worse:",
        "    P0 broken-login-journey: passed, then failed",
        "  2 still failing, 1 of them not looked at under either:",
        "    P1 limiter-off: failed, then failed",
    ]


def test_a_blocker_that_only_the_other_profile_has_says_so():
    run, after = two_profiles()
    lines = render(flipped(run, after | {("broken-login-journey", ""): FAILED}).report())
    assert section(lines, "Blockers")[1].startswith(
        "  P0 broken-login-journey: under production: failed"
    )


def test_conditions_that_one_deployment_mends_are_one_line():
    run, after = two_profiles()
    lines = render(flipped(run, after).report())
    conditions = section(lines, "Conditions")
    assert conditions[:2] == [
        "Conditions (4)",
        "  P0 2026-03-01 Deploy with profile production. It mends auth-disabled,",
    ]
    assert conditions[-2].startswith("  P1 2026-03-08 unassigned limiter-off: Mend")


def test_configuration_only_is_said_when_a_flip_proved_it_for_all():
    words = "  Configuration only, no code change: proved for every condition."
    run, after = two_profiles()
    assert words not in render(flipped(run, after).report())
    proved = after | {("limiter-off", ""): PASSED, ("unrehearsed-restore", ""): PASSED}
    assert words in render(flipped(run, proved).report())
    assert words not in render(run.report())


def test_a_flip_that_was_not_carried_out_says_why():
    run = run_of((30, PASSED, "P0", "backend"), flip=Flip("production", LIVE, problem="it crashed"))
    assert section(render(run.report()), "Flip to") == [
        "Flip to production: not carried out",
        "  it crashed. It proves nothing.",
    ]


def test_the_follow_up_says_what_became_of_each_condition():
    run = run_of((30, PASSED, "P0", "backend"))
    conditions = tuple(
        FollowedCondition(
            Condition(name, f"Mend {name}.", None, "ann", "2026-03-01", domain="llm"), state
        )
        for name, state in (("one", "closed"), ("two", "open"), ("", "lapsed"))
    )
    follow_up = FollowUp(
        "2026-02-01T12:00:00+00:00",
        "1a2b3c4d5e6f",
        conditions,
        Verdict.NO_GO,
        ("one", "two"),
        ("The commit was 1a2b3c4 and is 2b3c4d5.",),
    )
    lines = render(run.report(follow_up=follow_up))
    assert section(lines, "Conditions of") == [
        "Conditions of 2026-02-01T12:00:00+00:00 at 1a2b3c4: 1 closed, 1 open, 1 lapsed",
        "  closed  one: Mend one.",
        "  open    two: due 2026-03-01, Mend two.",
        "  lapsed  llm: due 2026-03-01, Mend .",
        "  2 of 30 checks were looked at again.",
        "  The commit was 1a2b3c4 and is 2b3c4d5.",
        "  GO is not reached: NO-GO.",
    ]
