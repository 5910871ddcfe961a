"""Documents that must hold when they are needed."""

from pytest_readiness import P1, P2, P3, Domain, Phase, check, fail, not_applicable, suite, warn


pytestmark = suite(Phase.ASSESSMENT, Domain.COMPLIANCE)


@check("dead-runbook-link", P1, change="docs", refs=("DOC-05", "MON-06"))
def test_runbooks_of_alerts_exist(alert_file, links):
    """Every alert's runbook, where it stands in the repository, exists with its section.

    Why: the link is followed once, at night, by somebody who did not write it.
    Fix: write the section that the alert's `runbook_url` names, or correct the link.
    """
    local = [
        (rule, links.into_repository(said.get("runbook_url") or said.get("runbook", "")))
        for rule, said in ((one, one.annotations) for one in alert_file)
    ]
    if not any(link for _, link in local):
        not_applicable("no alert links into this repository")
    for rule, link in local:
        if link and (problem := links.problem(link)):
            fail(f"alert {rule.name} links to {link}: {problem}", rule)


@check("broken-document-link", P3, change="docs", refs=("DOC-23",))
def test_links_in_documents_resolve(document, links):
    """Every relative link of a document leads to a file or section that is there.

    Why: a guide whose next step is missing is followed up to that step.
    Fix: correct the link that is named, or add what it names.
    """
    dead = [
        (f"links to {link}: {problem}", where)
        for link, where in links.of(document)
        if (problem := links.problem(link, base=document))
    ]
    for message, where in dead[1:]:
        warn(message, where)
    if dead:
        fail(*dead[0])


@check("missing-guide", P2, change="docs", refs=("DOC-01", "DOC-12", "OSPS-DO-01.01"))
def test_guides_for_operators_exist(repository, links):
    """README, deployment guide, configuration reference, and a guide for failures have content.

    Why: whoever operates the system did not write it, and will not have time to read its code.
    Fix: write docs/deployment.md, docs/configuration.md and docs/troubleshooting.md, each with
        the commands to type.
    """
    if repository.readme is None:
        fail("the repository has no README")
    headings = links.headings(
        path
        for path in repository.files
        if path.lower().endswith((".md", ".rst"))
        and path.rpartition("/")[0].partition("/")[0] in {"", "docs", "doc", "documentation"}
    )
    for subject, words in (
        ("deployment", ("deploy", "installation")),
        ("configuration", ("configur", "environment variable", "settings")),
        ("troubleshooting", ("troubleshoot", "runbook", "when it fails")),
    ):
        if not any(word in heading for heading in headings for word in words):
            warn(f"no document has a section about {subject} with something in it")


@check(
    "missing-security-policy",
    P2,
    change="docs",
    refs=("DOC-09", "Scorecard Security-Policy", "OSPS-VM-01.01", "OSPS-VM-02.01"),
)
def test_a_finder_is_told_whom_to_write_to(security_policy):
    """SECURITY.md says whom to tell of a hole, and when one answers.

    Why: who finds a hole and no address tells nobody, or everybody; who hears nothing for weeks
        publishes.
    Fix: write SECURITY.md: an address or "Report a vulnerability" of GitHub, the days within which
        an answer comes, and the versions that get mends.
    """
    if not security_policy.path:
        fail("the repository has no SECURITY.md")
    if not security_policy.contact:
        fail("it names neither an address nor a form", security_policy)
    if not security_policy.reply:
        warn("it does not say within which time an answer comes", security_policy)


@check("missing-slo", P1, change="docs", domain=Domain.PERFORMANCE, refs=("PRF-05", "OpenSLO v1"))
def test_service_level_objectives_are_written(objectives):
    """Service level objectives are written down, each with an indicator, a target and a window.

    Why: without a target nobody can say whether the service is slow or down enough to stop
        deploying, and alerts are set by taste.
    Fix: write slo.yaml in OpenSLO form: indicator, `target: 0.995`, and a time window of 28 days.
    """
    if not objectives:
        fail(
            "no service level objective was found; looked for slo.yaml and its like, OpenSLO,"
            " Sloth and Pyrra documents"
        )
    for objective in objectives:
        if objective.missing:
            lacks = " and ".join(sorted(objective.missing))
            fail(f"objective {objective.name} lacks {lacks}", objective)
