"""What only people can answer, dated, in answers.yaml."""

from pytest_readiness import P1, Domain, Phase, check, suite


pytestmark = suite(Phase.ASSESSMENT, Domain.COMPLIANCE)


@check("unrehearsed-restore", P1, change="process", refs=("BCK-02", "SOC 2 A1.3", "SRE Book 26"))
def test_restore_was_rehearsed(answer):
    """A restore from backup was rehearsed in the last 90 days.

    Why: a backup that was never restored is a hope; most that fail do so at the first restore.
    Fix: restore last night's backup into an empty database, count rows, write down how long it
        took, and answer in answers.yaml.
    """
    answer.confirmed_within(days=90)


@check("unready-incident-response", P1, change="process", refs=("DOC-07", "ISO 27001 A.5.24"))
def test_incident_response_was_exercised(answer):
    """Somebody is on call, knows the plan, and exercised it in the last 180 days.

    Why: the first incident comes without warning; who decides, who is told and who may switch
        things off must not be found out then.
    Fix: name the people on call, write the plan down, play one incident through, and answer in
        answers.yaml.
    """
    answer.confirmed_within(days=180)
