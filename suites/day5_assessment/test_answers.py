"""What only people can answer, dated, in answers.yaml."""

from pytest_readiness import P1, P2, Domain, Phase, check, fail, suite, warn


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


@check(
    "unmanaged-secret",
    P2,
    change="process",
    refs=("SCR-06", "ASVS 13.3.1", "ASVS 13.1.4", "CWE-522"),
)
def test_secrets_are_managed_and_rotated(secret_custody, answer):
    """Secrets come from a secret store or a mount, and were rotated within a year.

    Why: a secret in a deployment file is known to everybody who reads it and cannot be replaced
        without a change to it; what was never rotated cannot be in the hour in which it must.
    Fix: Compose: `secrets:` and `DB_PASSWORD_FILE: /run/secrets/db_password`; Kubernetes:
        `valueFrom: {secretKeyRef: ...}`, filled by External Secrets or Vault. Write down for each
        secret who rotates it, how and when, rotate one, and answer in answers.yaml.
    """
    for one in secret_custody.of("starter"):
        warn(f"{one} comes from the environment of whoever starts it: nobody manages it", one)
    if found := secret_custody.of("file", "config map"):
        others = "".join(f"; {one.location}: {one}" for one in found[1:6])
        fail(f"{found[0]} is no secret: it stands in a deployment file{others}", found[0])
    answer.confirmed_within(days=365)
