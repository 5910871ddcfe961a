"""The files around the application say what the application does."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from orchestrator.settings import Settings


ROOT = Path(__file__).parent.parent
METRIC = re.compile(r"\b([a-z][a-z_]+)(?=\{|\[|\))")
FUNCTIONS = {"sum", "rate", "increase", "min", "histogram_quantile", "absent", "by", "le", "and"}


def rules():
    groups = yaml.safe_load((ROOT / "monitoring/alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard_expressions():
    dashboard = json.loads((ROOT / "monitoring/grafana/dashboard.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def metrics_in(expression):
    bare = re.sub(r'"[^"]*"', "", re.sub(r"by \([^)]*\)", "", expression))
    return set(METRIC.findall(bare)) - FUNCTIONS


def manifests(kind):
    for path in sorted((ROOT / "k8s").glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if document["kind"] == kind:
                yield document


def test_every_metric_that_is_watched_exists(client):
    exposed = set(re.findall(r"^# TYPE (\S+) (\S+)", client.get("/metrics").text, re.MULTILINE))
    names = {name for name, _ in exposed}
    for name, kind in exposed:
        if kind == "histogram":
            names |= {f"{name}_bucket", f"{name}_count", f"{name}_sum"}
    expressions = [rule["expr"] for rule in rules()] + dashboard_expressions()
    watched = set().union(*(metrics_in(expression) for expression in expressions))
    assert {"http_requests_total", "llm_cost_usd_total", "build_info"} <= watched
    assert watched <= names


def test_every_alert_has_a_section_in_the_runbook():
    headings = re.findall(r"^## (\w+)$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE)
    for rule in rules():
        assert rule["for"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]
        url, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert url.endswith("docs/runbook.md")
        assert anchor in {heading.lower() for heading in headings}, rule["alert"]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_alerts_fire_when_they_should():
    command = ["promtool", "test", "rules", str(ROOT / "monitoring/alerts_test.yml")]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_probes_ask_paths_that_answer(client):
    [deployment] = manifests("Deployment")
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert client.get(container[probe]["httpGet"]["path"]).status_code == 200
    for file in ("Dockerfile", "docker-compose.yml"):
        paths = re.findall(r"127\.0\.0\.1:8000(/api/\w+/\w+)", (ROOT / file).read_text())
        assert paths
        assert all(client.get(path).status_code == 200 for path in paths)


def test_the_config_map_holds_known_settings_and_no_secret():
    [config] = manifests("ConfigMap")
    assert set(config["data"]) <= {name.upper() for name in Settings.model_fields}
    assert not any("SECRET" in name or "KEY" in name for name in config["data"])


def test_every_setting_is_documented():
    documented = (ROOT / "docs/configuration.md").read_text()
    for name in Settings.model_fields:
        assert f"`{name.upper()}`" in documented, name


def test_relative_links_resolve():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_locked_versions_are_exact_and_come_from_anywhere():
    version = re.compile(r'[a-z0-9-]+==[\w.]+( ; [a-z_]+ < "[\d.]+")? \\')
    digest = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        assert line.startswith("#") or version.fullmatch(line) or digest.fullmatch(line), line
