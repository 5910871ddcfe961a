"""Findings under two profiles, held against each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.flip import effective, join, proved
from pytest_readiness.model import Flip, Flipped, Outcome, Proof, Reason
from pytest_readiness.scoring import worst
from tests.runs import (
    ERROR,
    FAILED,
    NOT_APPLICABLE,
    PASSED,
    PRODUCTION,
    SKIPPED,
    WARNED,
    finding,
)


MENDED, STILL, WORSE = Proof


@pytest.mark.parametrize(
    ("before", "after", "proof", "counts"),
    [
        (FAILED, PASSED, MENDED, PASSED),
        (WARNED, PASSED, MENDED, PASSED),
        (SKIPPED, PASSED, MENDED, PASSED),
        (ERROR, PASSED, MENDED, PASSED),
        (FAILED, FAILED, STILL, FAILED),
        (FAILED, WARNED, STILL, WARNED),
        (SKIPPED, FAILED, STILL, FAILED),
        (SKIPPED, WARNED, STILL, WARNED),
        (FAILED, SKIPPED, STILL, FAILED),
        (FAILED, ERROR, STILL, FAILED),
        (WARNED, ERROR, STILL, ERROR),
        (SKIPPED, ERROR, STILL, ERROR),
        (ERROR, SKIPPED, STILL, ERROR),
        (SKIPPED, NOT_APPLICABLE, MENDED, NOT_APPLICABLE),
        (FAILED, NOT_APPLICABLE, STILL, FAILED),
        (WARNED, FAILED, WORSE, FAILED),
        (PASSED, WARNED, WORSE, WARNED),
        (PASSED, FAILED, WORSE, FAILED),
        (PASSED, SKIPPED, WORSE, SKIPPED),
        (PASSED, ERROR, WORSE, ERROR),
        (NOT_APPLICABLE, FAILED, WORSE, FAILED),
    ],
)
def test_two_outcomes_are_a_proof_and_count_as_one(before, after, proof, counts):
    old = [finding("login", before, "a")]
    flip = Flip("production", PRODUCTION, join(old, [finding("login", after, "a", message="no")]))
    [flipped] = flip.findings
    assert (flipped.before, flipped.after, flipped.proof) == (before, after, proof)
    assert worst(each.outcome for each in effective(old, flip)) == counts


@pytest.mark.parametrize("before", [WARNED, FAILED])
@pytest.mark.parametrize("after", [SKIPPED, ERROR])
def test_a_defect_that_could_not_be_looked_at_there_counts_as_both(before, after):
    old = [finding("login", before)]
    flip = Flip("production", PRODUCTION, join(old, [finding("login", after)]))
    assert [each.outcome for each in effective(old, flip)] == [before, after]


@pytest.mark.parametrize("before", [PASSED, NOT_APPLICABLE])
@pytest.mark.parametrize("after", [PASSED, NOT_APPLICABLE])
def test_what_is_fine_under_both_is_not_listed(before, after):
    assert join([finding("login", before)], [finding("login", after)]) == ()


@pytest.mark.parametrize(
    ("before", "proof", "counts"), [(PASSED, WORSE, ERROR), (FAILED, STILL, FAILED)]
)
def test_what_the_second_run_lacks_was_not_judged(before, proof, counts):
    old = [finding("login", before)]
    [flipped] = join(old, [])
    assert (flipped.after, flipped.proof) == (ERROR, proof)
    assert flipped.message == "it was not judged under the other profile"
    seen = effective(old, Flip("production", PRODUCTION, (flipped,)))
    assert worst(each.outcome for each in seen) == counts


def test_what_only_the_second_run_has_counts_as_it_was_seen_there():
    [flipped] = join([], [finding("login", FAILED, "admin", message="401")])
    assert (flipped.before, flipped.proof) == (NOT_APPLICABLE, WORSE)
    [seen] = effective([], Flip("production", PRODUCTION, (flipped,)))
    assert (seen.check, seen.subject, seen.outcome) == ("login", "admin", FAILED)
    assert seen.message == "under production: 401"


def test_what_fails_under_both_keeps_the_evidence_of_the_audited_one():
    old = finding("login", FAILED, message="500 as shipped")
    flip = Flip("production", PRODUCTION, join([old], [finding("login", FAILED, message="401")]))
    assert effective([old], flip) == [old]
    assert flip.findings[0].message == "401"


def test_why_something_could_not_be_seen_is_kept():
    after = finding("login", SKIPPED, message="no user", reason=Reason.NO_CREDENTIAL)
    flip = Flip("production", PRODUCTION, join([finding("login", PASSED)], [after]))
    [seen] = effective([finding("login", PASSED)], flip)
    assert (seen.outcome, seen.reason) == (SKIPPED, Reason.NO_CREDENTIAL)


def test_a_flip_with_a_problem_proves_nothing():
    flipped = Flipped("login", "", FAILED, PASSED, MENDED)
    flip = Flip("production", PRODUCTION, (flipped,), problem="it crashed")
    assert effective([finding("login", FAILED)], flip) == [finding("login", FAILED)]
    assert proved(flip) == frozenset()
    assert proved(None) == frozenset()


def test_of_two_findings_in_one_place_the_worse_counts():
    old = [finding("login", PASSED), finding("login", FAILED)]
    [flipped] = join(old, [finding("login", PASSED)])
    assert flipped.proof == MENDED


places = st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["", "x"]))
seen = st.dictionaries(places, st.sampled_from(Outcome))


@given(seen, seen, st.randoms())
def test_the_order_of_findings_never_matters(before, after, random):
    old = [finding(check, outcome, subject) for (check, subject), outcome in before.items()]
    new = [finding(check, outcome, subject) for (check, subject), outcome in after.items()]
    flipped = join(old, new)
    random.shuffle(old)
    random.shuffle(new)
    assert join(old, new) == flipped


@given(seen, seen)
def test_only_a_look_proves_that_configuration_mends(before, after):
    old = [finding(check, outcome, subject) for (check, subject), outcome in before.items()]
    new = [finding(check, outcome, subject) for (check, subject), outcome in after.items()]
    flip = Flip("production", PRODUCTION, join(old, new))
    for place in proved(flip):
        assert after[place] == PASSED or (before[place], after[place]) == (SKIPPED, NOT_APPLICABLE)
        assert before[place] not in {PASSED, NOT_APPLICABLE}
