"""``index.html`` as text; how a browser shows it stands in ``test_html_in_browser.py``."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from pytest_readiness.reports.html import address_of, render
from tests.runs import FAILED, PASSED, SKIPPED, check, finding, run_of


def test_the_verdict_stands_first() -> None:
    page = render(run_of((3, PASSED, "P0", "backend"), (1, FAILED, "P0", "security")).report())
    assert "NO-GO</h1>" in page
    assert page.index("NO-GO</h1>") < page.index("75.0 % (3 of 4 checks passed") < page.index("<h2")


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("CWE-347", "https://cwe.mitre.org/data/definitions/347.html"),
        ("RFC 8725 3.1", "https://www.rfc-editor.org/rfc/rfc8725#section-3.1"),
        ("RFC 9110", "https://www.rfc-editor.org/rfc/rfc9110"),
        (
            "ASVS 9.1.1",
            "https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x18-V9-Self-contained-Tokens.md",
        ),
        ("ASVS 18.1.1", ""),
        ("API2:2023", "https://owasp.org/API-Security/editions/2023/en/0x11-t10/"),
        ("hadolint DL3007", "https://github.com/hadolint/hadolint/wiki/DL3007"),
        ("JWT-01", ""),
        ("CWE-1/../../evil", ""),
    ],
)
def test_a_reference_has_an_address_where_its_name_tells_it(reference: str, address: str) -> None:
    assert address_of(reference) == address
