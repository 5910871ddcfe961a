"""Rules are read with their lines; metrics are told from everything else in PromQL."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.probes import prometheus
from pytest_readiness.probes.prometheus import ToolMissing, exposed_metrics, metric_names
from pytest_readiness.probes.unreadable import UnreadableFile


RULES = """\
groups:
  - name: api
    interval: 30s
    rules:
      - alert: HighErrorRate
        expr: rate(http_requests_total{status=~"5.."}[5m]) > 0.1
        for: 5m
        labels: {severity: page}
        annotations: {summary: "too many {{ $value }}", runbook_url: docs/runbook.md}
      - record: job:requests:rate5m
        expr: sum by (job) (rate(http_requests_total[5m]))
"""


def test_rules_are_read_with_their_lines():
    (group,) = prometheus.parse(RULES, "rules.yml")
    alert, recorded = group.rules
    assert (group.name, group.interval, group.location.line) == ("api", "30s", 2)
    assert (alert.name, alert.duration, str(alert.location)) == (
        "HighErrorRate",
        "5m",
        "rules.yml:5",
    )
    assert (alert.labels["severity"], alert.annotations["runbook_url"]) == (
        "page",
        "docs/runbook.md",
    )
    assert (recorded.alert, recorded.record) == ("", "job:requests:rate5m")
    assert alert.metrics == {"http_requests_total"}


def test_prometheus_rule_objects_are_read_too():
    inner = "\n".join(f"  {line}" for line in RULES.splitlines())
    rule = f"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n{inner}\n"
    (group,) = prometheus.parse(f"kind: Service\ngroups: [{{}}]\n---\n{rule}", "crd.yaml")
    assert group.rules[0].location.line == 11


def test_groups_that_are_no_list_are_unreadable():
    with pytest.raises(UnreadableFile, match="groups has to be a list") as caught:
        prometheus.parse("groups:\n  a: 1\n", "rules.yml")
    assert caught.value.line == 2
    assert prometheus.parse("groups:\n", "rules.yml") == ()


@pytest.mark.parametrize(
    ("expression", "metrics"),
    [
        ("up == 0", {"up"}),
        ("vector(1)", set()),
        ("time() - max(backup_last_success) by (job) > 86400", {"backup_last_success"}),
        (
            "sum by (code, job) (rate(a_total[5m])) / on(job) group_left sum(b_total)",
            {"a_total", "b_total"},
        ),
        ("SUM(a) WITHOUT (b) > 1 AND c UNLESS d", {"a", "c", "d"}),
        ("a * on (x) group_left (y, z) b", {"a", "b"}),
        ('a{b="c{d}", e!~"f"} offset 5m', {"a"}),
        ("job:errors:rate5m > 0.5", {"job:errors:rate5m"}),
        ("histogram_quantile(0.99, sum(rate(x_bucket[5m])) by (le)) > 1e-3", {"x_bucket"}),
        ('absent(up{job="api"}) or absent(a)', {"up", "a"}),
        ("label_replace(a, 'dst', '$1', 'src', '(.*)')", {"a"}),
        ("max_over_time(rate(a[5m])[30m:1m] @ start())", {"a"}),
        ("count(a) > bool 3", {"a"}),
        ("a > +Inf or b == NaN", {"a", "b"}),
        ('{__name__="a_b", x="y"} + {"c.d", e="f"}', {"a_b", "c.d"}),
        ('{__name__=~"http_.*"}', set()),
        ("a # b(c)\n + d", {"a", "d"}),
        ("topk by (x) (3, a)", {"a"}),
        ("1h30m", set()),
        ("count > 1", {"count"}),
        ("a{", {"a"}),
        ("", set()),
    ],
)
def test_metrics_of_an_expression(expression, metrics):
    assert metric_names(expression) == metrics


@given(st.text(alphabet="ab:{}[]()\"'` by,=~0.5m#\n") | st.text())
def test_no_expression_raises(expression):
    assert all(metric_names(expression))


def test_metrics_of_a_page():
    page = (
        '# HELP a_total Things.\n# TYPE a_total counter\na_total 5\nb{c="d e"} 1 1700000000\n'
        "# TYPE later_total counter\n# TYPE h histogram\nbroken\n\n"
        '{"dotted.name", x="y"} 2\n# EOF\n'
    )
    names = exposed_metrics(page)
    assert names >= {"a_total", "b", "later_total", "h_bucket", "h_sum", "h_count", "dotted.name"}
    assert "broken" not in names


def stand_in(folder, body: str) -> None:
    tool = folder / "promtool"
    tool.write_text(f"#!/bin/sh\n{body}\n")
    tool.chmod(0o755)


def test_problems_of_promtool_have_their_lines(tmp_path, monkeypatch):
    rules = tmp_path / "rules.yml"
    rules.write_text("")
    stand_in(
        tmp_path,
        f"echo '  FAILED:' >&2; echo '{rules}: 7:15: group \"x\", bad' >&2\n"
        "echo '  line 9: field y not found' >&2; echo 'no place' >&2; exit 1",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = prometheus.check_rules(rules, "deploy/rules.yml")
    assert [(str(one.location), one.message) for one in found] == [
        ("deploy/rules.yml:7", 'group "x", bad'),
        ("deploy/rules.yml:9", "field y not found"),
        ("deploy/rules.yml", "no place"),
    ]


@pytest.mark.parametrize(("body", "count"), [("exit 0", 0), ("exit 3", 1)])
def test_the_exit_code_of_promtool_decides(tmp_path, monkeypatch, body, count):
    stand_in(tmp_path, body)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert len(prometheus.check_rules(tmp_path / "r.yml", "r.yml")) == count


def test_a_missing_or_silent_promtool_is_said(tmp_path, monkeypatch):
    stand_in(tmp_path, "exec sleep 5")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    silent = prometheus.check_rules(tmp_path / "r.yml", "r.yml", seconds=0.1)
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    missing = prometheus.check_rules(tmp_path / "r.yml", "r.yml")
    assert isinstance(silent, ToolMissing)
    assert isinstance(missing, ToolMissing)
    assert "not on PATH" in missing.message


GOOD = "- {alert: Down, expr: 'up == 0', for: 5m, labels: {severity: page}}"


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (GOOD, ""),
        ("- {record: 'a:b', expr: 'sum(rate(x[5m])) by (le)'}", ""),
        ("- {alert: A, expr: 'a > 1 and on() b', for: 1h30m, keep_firing_for: 5m}", ""),
        ("- {alert: A, expr: '-a offset 5m > +1'}", ""),
        ("- {alert: A, expr: 'a{b=\"(\"} > 1  # (why'}", ""),
        ("- {expr: up}", "a rule has neither `alert` nor `record`"),
        ("- {alert: A, record: b, expr: up}", "rule A has both `alert` and `record`"),
        ("- {record: b, expr: up, for: 5m}", "rule b records, and has what only alerts have"),
        ("- {alert: A, expr: up, fro: 5m}", "rule A has the unknown key 'fro'"),
        ("- {alert: A, expr: up, for: 5 minutes}", "rule A: `for: 5 minutes` is no duration"),
        ("- {alert: A}", "rule A: the expression is empty"),
        ("- {alert: A, expr: 'up =='}", "rule A: the expression ends in '=='"),
        ("- {alert: A, expr: '/ 5'}", "rule A: the expression begins with '/'"),
        ("- {alert: A, expr: 'sum(rate(x[5m])'}", "rule A: the expression lacks a ')'"),
        ("- {alert: A, expr: 'x[5m)'}", "rule A: the expression has a ')' that nothing opens"),
        ("- {alert: A, expr: 'x{a=\"b}'}", "rule A: the expression has a string that never ends"),
    ],
)
def test_what_prometheus_would_not_load_is_said(rules: str, message: str) -> None:
    groups = prometheus.parse(f"groups:\n- name: g\n  rules:\n  {rules}\n", "r.yml")
    found = prometheus.problems(groups)
    assert [one.message[: len(message)] for one in found] == ([message] if message else [])


def test_groups_need_a_name_of_their_own() -> None:
    text = "groups: [{name: g, rules: []}, {name: g, rules: []}, {rules: []}, {name: h, owner: x}]"
    assert [one.message for one in prometheus.problems(prometheus.parse(text, "r.yml"))] == [
        "there are two groups g",
        "a group has no name",
        "group h has the unknown key 'owner'",
    ]
