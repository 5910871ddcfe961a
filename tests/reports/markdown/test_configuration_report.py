from dataclasses import replace

from pytest_readiness.model import Change, Flip, Flipped, Proof, TargetInfo
from pytest_readiness.reports.markdown.configuration_report import render
from tests.reports.markdown.reading import full, section
from tests.runs import FAILED, PASSED, Run, check, finding, flipped, run_of


def one(outcome=FAILED, flip=None, **more):
    made = Run(
        checks=(check("odd", "P0", change=Change.CONFIG, **more),),
        findings=(finding("odd", outcome, ".env.production", message="A_SWITCH is on"),),
    )
    return render(replace(made.report(), flip=flip))


def test_variables_are_named_with_what_to_do():
    part = section(render(full()), "Variables to change")
    assert "| `ENABLE_AUTH` | P0 | `auth-disabled` | its fix |" in part
    assert "| `JWT_SECRET` | P0 | `weak-secret` | its finding |" in part


def test_code_is_no_configuration():
    made = Run(checks=(check("odd"),), findings=(finding("odd", FAILED, message="A_SWITCH is on"),))
    document = render(made.report())
    assert "A_SWITCH" not in document
    assert "No check of configuration was in the run." in document


def test_what_holds_is_listed_with_what_was_looked_at():
    part = section(one(PASSED), "What is configured well")
    assert "| `odd` | odd is absent. | `.env.production` |" in part
    assert "None found." in section(one(PASSED), "What is configured wrongly")


def test_nothing_is_proved_without_a_flip():
    assert "Not proved: the target was not started" in one()
    failed = Flip("production", TargetInfo(), problem="no database")
    assert "Not proved: the flip to `production` failed: no database." in one(flip=failed)


def test_a_flip_that_mends_all_of_it_is_a_proof():
    flipped = Flipped("odd", ".env.production", FAILED, PASSED, Proof.CONFIGURATION_ONLY)
    part = section(
        one(flip=Flip("production", TargetInfo(), (flipped,))), "Is configuration enough"
    )
    assert "For every open finding it is proved" in part


def test_the_variables_that_a_flip_changed_are_named():
    flip = Flip("production", TargetInfo(), environment=("ENABLE_AUTH", "USE_MOCK"))
    part = section(one(flip=flip), "Variables to change")
    assert "The flip to `production` changed these" in part
    assert "`ENABLE_AUTH`, `USE_MOCK`." in part


def test_configuration_only_is_said_where_it_is_proved_for_every_condition():
    made = Run(
        checks=(check("odd", "P0"), *(check(f"c{n}", "P0") for n in range(9))),
        findings=(finding("odd", FAILED), *(finding(f"c{n}", PASSED) for n in range(9))),
    )
    mended = flipped(made, {("odd", ""): PASSED}).report()
    assert "**Configuration only, no code change**" in render(mended)
    still = flipped(made, {}).report()
    assert "no code change" not in render(still)


def test_a_flip_that_leaves_one_open_is_none():
    part = section(render(full()), "Is configuration enough")
    assert "Configuration alone does not mend everything." in part
    assert "`weak-secret`" in part.split("Still open:")[1]
    assert "`auth-disabled`" not in part.split("Still open:")[1]


def test_an_empty_record_says_what_would_fill_it():
    assert "`pytest --readiness` without a selection" in render(run_of().report())
