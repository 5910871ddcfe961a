from dataclasses import replace

from pytest_readiness.model import Exchange, Flip, TargetInfo
from pytest_readiness.reports.markdown.final_report import EVIDENCE, WITH_EVIDENCE, render
from tests.reports.markdown.reading import SIGNED, full, headings, section
from tests.runs import FAILED, PASSED, WARNED, Run, check, finding, run_of


PARTS = [
    "Verdict",
    "Figures",
    "By phase",
    "By domain",
    "Blockers",
    "Conditions",
    "Findings",
    "Flip to another profile",
    "Beside an earlier run",
    "Conditions of an earlier record",
    "Progress",
    "Waivers",
    "Answers",
    "Sign-offs",
    "What was not looked at",
    "Left behind on the target",
    "Policy",
    "Provenance",
]


def test_every_part_is_there_in_its_order():
    for report in (full(), run_of().report()):
        found = [title for title in headings(render(report)) if title in PARTS]
        assert found == PARTS


def test_a_part_without_data_says_what_would_supply_it():
    document = render(run_of((3, PASSED, "P0", "llm")).report())
    for title, option in (
        ("Flip to another profile", "--readiness-flip"),
        ("Beside an earlier run", "--readiness-baseline"),
        ("Conditions of an earlier record", "--readiness-conditions"),
        ("Progress", "No earlier run"),
        ("Waivers", "nothing was accepted"),
        ("Answers", "answers.yaml"),
    ):
        assert option in section(document, title), title


def test_what_was_resolved_and_what_regressed():
    part = section(render(full()), "Beside an earlier run")
    assert "slow-health" in section(part, "Resolved: open before, passed now (1)")
    assert "auth-disabled" in section(part, "Regressed: passed before, open now (1)")
    assert "version-disclosure" in section(part, "New: not there before, open now (1)")
    assert "2026-02-01" in section(part, "Still open (1)")
    assert "slow-health was raised to P2" in section(part, "Changes of the rules")


def test_a_flip_that_failed_proves_nothing():
    flip = Flip("production", TargetInfo(), problem="it did not start")
    part = section(render(replace(full(), flip=flip)), "Flip to another profile")
    assert "could not be carried out: it did not start. It proves nothing." in part


def test_what_a_follow_up_looked_at_and_what_changed_is_said():
    follow_up = replace(full().follow_up, looked=("a", "b"), changed=("The policy was changed.",))
    part = section(render(replace(full(), follow_up=follow_up)), "Conditions of an earlier record")
    assert "Checks looked at again: 2 of 12." in part
    assert "- The policy was changed." in part


def test_waivers_say_whether_they_are_used():
    waivers = (*full().waivers, replace(full().waivers[0], check="other", evidence="sha256:1"))
    part = section(render(replace(full(), waivers=waivers)), "Waivers")
    assert "| in use |" in part
    assert "expired on 2026-03-01, accepts nothing" in part
    assert "accepts nothing of this run, only for what was seen when it was written" in part


def test_sign_offs_are_shown_with_why_one_does_not_count():
    part = section(render(full(), SIGNED), "Sign-offs")
    assert "does not count: the record was changed since" in part
    assert "| product owner | - | - | not signed |" in part


def test_evidence_is_quoted_up_to_a_limit():
    exchange = Exchange("GET http://127.0.0.1/", "200", "curl http://127.0.0.1/", 1)
    many = tuple(
        finding("odd", FAILED, f"s{number}", evidence=(exchange,) * 5) for number in range(8)
    )
    document = render(Run(checks=(check("odd", "P0"),), findings=many).report())
    assert document.count("curl http://127.0.0.1/") == EVIDENCE * WITH_EVIDENCE
    assert "readiness.json has the evidence of 3 more." in document


def test_subjects_of_a_p2_are_counted_beyond_twenty():
    many = tuple(finding("odd", WARNED, f"s{number:02}", message="x") for number in range(25))
    later = render(Run(checks=(check("odd", "P2"),), findings=many).report())
    urgent = render(Run(checks=(check("odd", "P1"),), findings=many).report())
    assert "`s19` and 5 more" in later
    assert "`s24`" not in later
    assert "`s24`" in urgent


def test_what_passed_stands_under_a_heading_of_its_own():
    document = render(full())
    p1 = section(document, "P1, to be mended in the first week")
    assert "`broken-migrations`" in section(p1, "Not open")
    p3 = section(document, "P3, to be mended later")
    assert "declared by a person: `no-model`, the API calls no model" in section(p3, "Not open")


def test_provenance_names_commit_digests_and_images():
    part = section(render(full()), "Provenance")
    for said in ("1a2b3c4d5e6f", "ffffff", "sha256:0", "sha256:1", "sha256:2", "app.py"):
        assert said in part
