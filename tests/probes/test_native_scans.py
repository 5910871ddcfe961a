"""Each scanner's own JSON, clean, flawed, and not quite."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_readiness.probes import scans
from pytest_readiness.probes.scans import Severity
from pytest_readiness.probes.unreadable import UnreadableFile


def read(data: object) -> scans.Scan:
    return scans.parse(json.dumps(data), "report.json")


def told(scan: scans.Scan) -> list[tuple[str, str, str]]:
    return [(flaw.id, flaw.severity.name, flaw.about) for flaw in scan.open]


def test_pip_audit_lists_what_it_saw_and_what_it_did_not():
    scan = read(
        {
            "dependencies": [
                {"name": "Flask", "version": "3.1.0", "vulns": []},
                {
                    "name": "jinja2",
                    "version": "3.1.2",
                    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.3"], "aliases": ["CVE-1"]}],
                },
                {"name": "ours", "skip_reason": "Dependency not found on PyPI"},
            ],
            "fixes": [],
        }
    )
    assert scan.packages == {("flask", "3.1.0"), ("jinja2", "3.1.2")}
    assert scan.unseen == ("ours",)
    assert told(scan) == [("PYSEC-1", "UNTOLD", "jinja2 3.1.2")]
    assert scan.flaws[0].fix == "3.1.3"


def test_npm_tells_an_advisory_once():
    advisory = {"name": "qs", "url": "https://x.example/GHSA-1", "severity": "high", "range": "<6"}
    scan = read(
        {
            "auditReportVersion": 2,
            "vulnerabilities": {
                "qs": {"name": "qs", "severity": "high", "via": [advisory], "range": "<6"},
                "express": {"name": "express", "severity": "high", "via": ["qs"], "range": "*"},
            },
            "metadata": {"dependencies": {"total": 60}},
        }
    )
    assert told(scan) == [("GHSA-1", "HIGH", "qs <6")]
    assert scan.looked


def trivy(**changed: Any) -> dict[str, Any]:
    return {
        "SchemaVersion": 2,
        "CreatedAt": "2026-11-20T10:00:00.123456789Z",
        "ArtifactName": "shop:1",
        "ArtifactType": "container_image",
        "Metadata": {
            "ImageID": "sha256:" + "a" * 64,
            "RepoDigests": ["shop@sha256:" + "b" * 64],
            "ImageConfig": {"config": {"Labels": {"org.opencontainers.image.revision": "ABC1234"}}},
        },
        "Results": [
            {
                "Target": "shop",
                "Packages": [{"Name": "openssl", "Version": "3.0.1"}],
                "Vulnerabilities": [
                    {"VulnerabilityID": "CVE-1", "PkgName": "openssl", "Severity": "CRITICAL"}
                ],
            },
            {"Target": "lock", "Packages": None, "Vulnerabilities": None},
        ],
    } | changed


def test_trivy_names_the_image():
    scan = read(trivy())
    assert scan.image is not None
    assert scan.image.digests == {"sha256:" + "a" * 64, "sha256:" + "b" * 64}
    assert scan.image.revision == "abc1234"
    assert told(scan) == [("CVE-1", "CRITICAL", "openssl")]
    assert scan.packages == {("openssl", "3.0.1")}


def test_trivy_without_results_looked_at_nothing():
    assert not read(trivy(Results=None)).looked
    assert read(trivy(ArtifactType="filesystem")).image is None


def test_grype_names_the_image_and_its_time():
    scan = read(
        {
            "matches": [
                {
                    "vulnerability": {
                        "id": "CVE-1",
                        "severity": "Critical",
                        "fix": {"versions": []},
                    },
                    "artifact": {"name": "openssl", "version": "3.0.1"},
                }
            ],
            "source": {
                "type": "image",
                "target": {"userInput": "shop:1", "manifestDigest": "sha256:" + "a" * 64},
            },
            "descriptor": {
                "name": "grype",
                "version": "0.90.0",
                "timestamp": "2026-11-20T10:00:00Z",
            },
        }
    )
    assert scan.name == "Grype 0.90.0"
    assert scan.image is not None
    assert scan.image.digests == {"sha256:" + "a" * 64}
    assert told(scan) == [("CVE-1", "CRITICAL", "openssl 3.0.1")]


@pytest.mark.parametrize(
    ("group", "word", "severity"),
    [("9.8", "", "CRITICAL"), ("", "HIGH", "HIGH"), ("", "", "UNTOLD")],
)
def test_osv_scanner_tells_a_score_or_a_word(group, word, severity):
    package = {
        "package": {"name": "qs", "version": "5", "ecosystem": "npm"},
        "vulnerabilities": [{"id": "GHSA-1", "database_specific": {"severity": word}}],
        "groups": [{"ids": ["GHSA-1", "CVE-1"], "max_severity": group}],
    }
    scan = read({"results": [{"source": {"path": "lock"}, "packages": [package]}]})
    assert told(scan) == [("GHSA-1", severity, "qs 5")]


def test_osv_scanner_without_packages_looked_at_nothing():
    assert not read({"results": []}).looked


@pytest.mark.parametrize(
    ("changed", "severities"),
    [
        ({}, [Severity.CRITICAL]),
        ({"analysis": {"state": "exploitable"}}, [Severity.CRITICAL]),
        ({"analysis": {"state": "not_affected"}}, []),
        ({"analysis": {"state": "false_positive"}}, []),
        ({"ratings": [{"score": 7.5, "method": "CVSSv31"}]}, [Severity.HIGH]),
        ({"ratings": []}, [Severity.UNTOLD]),
        (
            {
                "source": {"name": "debian"},
                "ratings": [
                    {"source": {"name": "debian"}, "severity": "low"},
                    {"source": {"name": "nvd"}, "severity": "critical"},
                ],
            },
            [Severity.LOW],
        ),
    ],
)
def test_cyclonedx_is_rated_by_the_source_of_the_flaw(changed, severities):
    flaw = {
        "id": "CVE-1",
        "ratings": [{"severity": "critical"}, {"severity": "high"}],
        "affects": [{"ref": "x"}],
    } | changed
    scan = read(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.4",
            "metadata": {"tools": [{"vendor": "anchore", "name": "grype", "version": "0.9"}]},
            "components": [{"bom-ref": "x", "group": "@babel", "name": "core", "version": "7"}],
            "vulnerabilities": [flaw],
        }
    )
    assert scan.name == "grype 0.9"
    assert [flaw.severity for flaw in scan.open] == severities
    assert scan.packages == {("@babel/core", "7")}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"bomFormat": "CycloneDX", "components": []}, "it is an SBOM without `vulnerabilities`"),
        (
            {"error": {"code": "ENOAUDIT"}},
            "the scanner wrote an error and no report: its own error",
        ),
        (
            {"statusCode": 405, "message": "405 No"},
            "the scanner wrote an error and no report: 405 No",
        ),
        ({"results": [], "errors": [], "paths": {}}, "have it written as SARIF"),
        ({"results": [{}]}, "it is no report of OSV-Scanner: at results[0].packages"),
        (
            {"dependencies": {"a": 1}},
            "it is no report of pip-audit: at dependencies: expected list",
        ),
        ([], "it is no report that is read here"),
        ({"name": "shop"}, "it is no report that is read here"),
    ],
)
def test_what_is_no_report_says_what_it_is(data, message):
    with pytest.raises(UnreadableFile) as error:
        read(data)
    assert message in error.value.message
