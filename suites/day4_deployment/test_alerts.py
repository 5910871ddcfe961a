"""Alerting rules, and the metrics they stand on."""

from pytest_readiness import (
    P1,
    Domain,
    Phase,
    Reason,
    check,
    fail,
    not_applicable,
    suite,
    unverified,
    warn,
)


pytestmark = suite(Phase.DEPLOYMENT, Domain.MONITORING)

SYNTHETIC = {"up", "ALERTS", "ALERTS_FOR_STATE", "scrape_duration_seconds", "absent"}


@check("incomplete-alert", P1, change="config", refs=("MON-06", "SRE Workbook 5"))
def test_alerts_say_how_bad_and_what_to_do(alert_file):
    """Every alert waits, says how bad it is, what happened, and where its runbook stands.

    Why: an alert without `for` fires on one missed scrape; one without severity goes to nobody or
        to everybody; one without a runbook starts with a search at three in the morning.
    Fix: give each rule `for:`, a `severity` label, and the annotations `summary` and
        `runbook_url`.
    """
    incomplete = []
    for rule in alert_file:
        said = rule.annotations
        missing = [
            name
            for name, there in (
                ("`for`", rule.duration),
                ("a severity label", rule.labels.get("severity", "")),
                ("a summary", said.get("summary") or said.get("description", "")),
                ("a runbook_url", said.get("runbook_url") or said.get("runbook", "")),
            )
            if not there.strip()
        ]
        if missing:
            incomplete.append((f"alert {rule.name} lacks {', '.join(missing)}", rule))
    for message, rule in incomplete[1:]:
        warn(message, rule)
    if incomplete:
        fail(*incomplete[0])


@check("phantom-metric", P1, change="code", refs=("MON-07",))
def test_alerts_stand_on_metrics_that_exist(alert_file, metrics):
    """Every metric of an alert that the service should expose is really there.

    Why: an alert on a metric that nobody exposes never fires, and looks like a healthy system;
        it takes one rename.
    Fix: use the name that /metrics shows, or expose the metric from the start with the value 0.
    """
    if not metrics.path:
        unverified("the service has no metrics page, see dead-metrics", Reason.BLOCKED)
    own = {name for name in metrics.names if not name.startswith(("python_", "process_"))}
    prefixes = {name.partition("_")[0] for name in own}
    looked = 0
    for rule in alert_file:
        for name in sorted(rule.metrics - SYNTHETIC):
            if ":" in name or name.partition("_")[0] not in prefixes:
                continue  # recorded by another rule, or of another exporter
            looked += 1
            if name not in metrics.names:
                fail(f"alert {rule.name} stands on {name}, which the target does not expose", rule)
    if not looked:
        not_applicable("no alert of the file stands on a metric of this service")
