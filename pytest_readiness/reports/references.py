"""Where the references of a check can be read."""

from __future__ import annotations

import re


_ASVS = (
    "0x10-V1-Encoding-and-Sanitization",
    "0x11-V2-Validation-and-Business-Logic",
    "0x12-V3-Web-Frontend-Security",
    "0x13-V4-API-and-Web-Service",
    "0x14-V5-File-Handling",
    "0x15-V6-Authentication",
    "0x16-V7-Session-Management",
    "0x17-V8-Authorization",
    "0x18-V9-Self-contained-Tokens",
    "0x19-V10-OAuth-and-OIDC",
    "0x20-V11-Cryptography",
    "0x21-V12-Secure-Communication",
    "0x22-V13-Configuration",
    "0x23-V14-Data-Protection",
    "0x24-V15-Secure-Coding-and-Architecture",
    "0x25-V16-Security-Logging-and-Error-Handling",
    "0x26-V17-WebRTC",
)
"""Files of the chapters of ASVS 5.0.0."""


def address_of(reference: str) -> str:
    """Where a reference can be read; empty where its name does not tell.

    Known are ``CWE-347``, ``RFC 8725 3.1``, ``ASVS 9.1.1`` (version 5), ``API2:2023`` and
    ``hadolint DL3006``.
    """
    if found := re.fullmatch(r"CWE-(\d+)", reference):
        return f"https://cwe.mitre.org/data/definitions/{found[1]}.html"
    if found := re.fullmatch(r"RFC (\d+)(?: (\d+(?:\.\d+)*))?", reference):
        section = f"#section-{found[2]}" if found[2] else ""
        return f"https://www.rfc-editor.org/rfc/rfc{found[1]}{section}"
    if (found := re.fullmatch(r"ASVS (\d+)\.\d+\.\d+", reference)) and 0 < int(found[1]) <= len(
        _ASVS
    ):
        chapter = _ASVS[int(found[1]) - 1]
        return f"https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/{chapter}.md"
    if re.fullmatch(r"API\d+:2023", reference):
        return "https://owasp.org/API-Security/editions/2023/en/0x11-t10/"
    if found := re.fullmatch(r"hadolint (DL\d{4})", reference):
        return f"https://github.com/hadolint/hadolint/wiki/{found[1]}"
    return ""
