from __future__ import annotations

import pytest

from pytest_readiness.reports.references import address_of


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
