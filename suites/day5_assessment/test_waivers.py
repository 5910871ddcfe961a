"""What people accept in waivers.yaml is dated, exact, and about something that is really there."""

from pytest_readiness import P1, P2, P3, Domain, Phase, check, fail, not_applicable, suite, warn


pytestmark = suite(Phase.ASSESSMENT, Domain.COMPLIANCE)


@check("broad-waiver", P1, change="process", refs=("ISO 27001 6.1.3", "SARIF result.suppressions"))
def test_waivers_name_one_subject(waiver, reach):
    """A waiver of a P0 or P1 accepts one subject, written out.

    Why: a pattern accepts what nobody has looked at: the next image, the next operation, with the
        same defect and no decision.
    Fix: write one entry for each subject in waivers.yaml; `readiness waive` adds them.
    """
    if not reach.urgent:
        not_applicable(f"{reach.check.id} is a {reach.check.priority}: patterns are fine there")
    if len(reach.subjects) > 1:
        first, second, *more = reach.subjects
        others = f" and {len(more)} more" if more else ""
        fail(
            f"one waiver of {waiver.about} accepts {first}, {second}{others}, a"
            f" {reach.check.priority}",
            waiver,
        )
    if not reach.written_out:
        warn(
            f"{waiver.about} is a pattern, and would accept the next subject unseen: write"
            f" {', '.join(reach.subjects) or 'the subject'} in its place",
            waiver,
        )


@check("expired-waiver", P2, change="process", refs=("ISO 27001 6.1.3", "NIST 800-53 CA-5"))
def test_waivers_are_in_force(waiver):
    """Every waiver is still in force.

    Why: an expired waiver accepts nothing, and whoever reads the file believes that it does.
    Fix: mend what it accepted and remove the entry from waivers.yaml, or have it accepted anew
        with a later `expires`.
    """
    if waiver.days_left < 0:
        fail(
            f"{waiver.about} was accepted until {waiver.waiver.expires}; its owner is"
            f" {waiver.waiver.owner}",
            waiver,
        )


@check("long-waiver", P2, change="process", refs=("FedRAMP POA&M", "PCI DSS 12.3.1"))
def test_waivers_end_soon_enough(waiver, reach):
    """A waiver of a P0 runs 30 more days at most, of a P1 90, any other a year.

    Why: what is accepted for years is not mended, and those who accepted it have left.
    Fix: set `expires` in waivers.yaml to the day on which it will be mended; whoever needs longer
        accepts it again then.
    """
    if waiver.days_left > reach.most_days:
        fail(
            f"{waiver.about} is accepted for {waiver.days_left} more days; a"
            f" {reach.check.priority} may be for {reach.most_days}",
            waiver,
        )


@check("changed-waived-finding", P2, change="process", refs=("ISO 27001 8.2", "NIST 800-53 CA-5"))
def test_what_was_accepted_is_what_is_seen(waiver, pin, use):
    """What a pinned waiver accepted is still what is seen.

    Why: the same check may fail for another reason by now, and that nobody has accepted.
    Fix: look at the finding; mend it, or remove the entry from waivers.yaml and accept what is seen
        now with `readiness waive --pin`.
    """
    if not use.open:
        not_applicable("nothing is open that it could accept")
    if pin not in use.digests:
        seen = use.open[0].message
        fail(f"{waiver.about} is not what was accepted, and so not waived: {seen}", waiver)


@check("unused-waiver", P3, change="process", refs=("NIST 800-53 CA-5",))
def test_waivers_accept_something(waiver, use):
    """Every waiver accepts something that this run found.

    Why: a waiver that is left behind accepts the defect when it comes back, and nobody is asked.
    Fix: remove the entry from waivers.yaml, or correct its check and its subject.
    """
    if not use.open:
        fail(f"nothing that {waiver.about} accepts is open", waiver)
