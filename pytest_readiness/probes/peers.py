"""Places that switch off the verification of certificates, in text of any language.

Only spellings that have one meaning are known here: a value that a variable decides is none, and
neither is a call of this machine itself.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from pytest_readiness.model import Location
from pytest_readiness.probes.program import last_name


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.probes.program import Module


@dataclass(frozen=True, slots=True)
class Unverified:
    """One place where anybody's certificate is accepted."""

    what: str
    """As it is written there, without values around it."""
    location: Location


_LOOPBACK: Final = re.compile(
    r"(?:://|@|\s|[\"'])(?:localhost|127(?:\.\d+){3}|\[?::1\]?)(?=[:/\s\"']|$)"
)
_ZERO_FOR_NODE: Final = (
    re.compile(r"\bNODE_TLS_REJECT_UNAUTHORIZED[\"'\]]*\s*[=:]\s*[\"']?0\b"),
    "NODE_TLS_REJECT_UNAUTHORIZED=0",
)
_SHELL: Final = (
    (re.compile(r"\bcurl\b(?:\s+[^|;&]*?)?\s-(?!-)[a-zA-Z]*k[a-zA-Z]*(?=\s|$)"), "curl -k"),
    (re.compile(r"\bcurl\b[^|;&]*\s--(?:proxy-)?insecure\b"), "curl --insecure"),
    (re.compile(r"\bwget\b[^|;&]*\s--no-check-certificate\b"), "wget --no-check-certificate"),
    (re.compile(r"(?i)\bGIT_SSL_NO_VERIFY\s*[=:]\s*[\"']?(?:1|true)\b"), "GIT_SSL_NO_VERIFY"),
    (re.compile(r"(?i)\bhttp\.sslVerify[\s=]+[\"']?(?:false|0)\b"), "http.sslVerify false"),
    (re.compile(r"(?i)\bstrict-ssl[\s=]+[\"']?false\b"), "strict-ssl false"),
    (re.compile(r"\bPYTHONHTTPSVERIFY\s*[=:]\s*[\"']?0\b"), "PYTHONHTTPSVERIFY=0"),
    (re.compile(r"\bpip[\d.]*\s+install\b.*--trusted-host\b"), "pip --trusted-host"),
    (re.compile(r"--insecure-skip-tls-verify(?!=false)\b"), "--insecure-skip-tls-verify"),
    _ZERO_FOR_NODE,
)
_JAVASCRIPT: Final = (
    (re.compile(r"\brejectUnauthorized[\"']?\s*:\s*false\b"), "rejectUnauthorized: false"),
    _ZERO_FOR_NODE,
)
_GO: Final = ((re.compile(r"\bInsecureSkipVerify\s*[:=]\s*true\b"), "InsecureSkipVerify: true"),)
_RUBY: Final = ((re.compile(r"\bOpenSSL::SSL::VERIFY_NONE\b"), "VERIFY_NONE"),)
_PHP: Final = (
    (
        re.compile(r"(?i)\bCURLOPT_SSL_VERIFY(?:PEER|HOST)\s*(?:,|=>)\s*(?:false|0)\b"),
        "CURLOPT_SSL_VERIFYPEER false",
    ),
    (re.compile(r"(?i)[\"']verify_peer[\"']\s*=>\s*false\b"), "verify_peer false"),
)
_BY_SUFFIX: Final = {
    **dict.fromkeys((".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx"), _JAVASCRIPT),
    **dict.fromkeys((".sh", ".bash", ".yml", ".yaml", ".mk", ".npmrc"), _SHELL),
    ".go": _GO,
    ".rb": _RUBY,
    ".php": _PHP,
}
_BY_NAME: Final = re.compile(
    r"(?:.*\.)?(?:Dockerfile|Containerfile)(?:\..*)?|Makefile|Jenkinsfile|\.npmrc|\.env(?:\..+)?"
    r"|.+\.env"
)
_COMMENT: Final = re.compile(r"\s*(?:#|//|\*|--\s|/\*)")
_NOT_LIVE: Final = re.compile(
    r"(?i)example|sample|template|(?<![a-z])(?:dev(?:elopment)?|test|local)(?![a-z])"
)

_FLAGS: Final = {
    "verify_ssl": False,
    "verify_certs": False,
    "ssl_verify": False,
    "check_hostname": False,
    "tlsAllowInvalidCertificates": True,
    "tlsAllowInvalidHostnames": True,
    "tlsInsecure": True,
}
"""Keywords of clients, and the value with which they accept any certificate."""
_DECIDES: Final = re.compile(r"(?i)verif|insecure|ssl|tls|cert|unsafe")
PYTHON_WORDS: Final = re.compile(
    rf"CERT_NONE|cert_reqs|\.verify\s*=|\bssl\s*=\s*False|{'|'.join(_FLAGS)}"
    r"|NODE_TLS_REJECT_UNAUTHORIZED|PYTHONHTTPSVERIFY"
)
"""Without these a Python source switches off nothing that is known here."""


def is_read(path: str) -> bool:
    """Whether a file that is not Python is of a kind whose spellings are known here."""
    name = PurePosixPath(path).name
    if _BY_NAME.fullmatch(name):
        return not (".env" in name and _NOT_LIVE.search(name))
    return PurePosixPath(path).suffix.lower() in _BY_SUFFIX


def in_text(text: str, path: str) -> Iterator[Unverified]:
    """Places in a file that is not Python; comments are none, and calls of loopback neither."""
    suffix = PurePosixPath(path).suffix.lower()
    named = _BY_NAME.fullmatch(PurePosixPath(path).name) is not None
    patterns = _SHELL if named else _BY_SUFFIX.get(suffix, ())
    if patterns is _GO and re.search(r"\bVerify(?:PeerCertificate|Connection)\s*[:=]", text):
        return  # it verifies by itself
    for number, line in enumerate(_joined(text), 1):
        if _COMMENT.match(line) or _LOOPBACK.search(line):
            continue
        for pattern, what in patterns:
            if pattern.search(line):
                yield Unverified(what, Location(path, number))
                break


def in_python(module: Module) -> Iterator[Unverified]:  # noqa: C901 - one case for each spelling
    """Places in a Python source that Bandit does not know."""
    for node in ast.walk(module.tree):
        place = Location(module.path, getattr(node, "lineno", None))
        if not isinstance(node, ast.Call | ast.Assign) or is_option(module, place):
            continue
        match node:
            case ast.Call(keywords=keywords):
                if _LOOPBACK.search(f" {_first_text(node)}"):
                    continue
                for one in keywords:
                    said = _said(one.arg or "", one.value, module)
                    if said:
                        yield Unverified(said, place)
            case ast.Assign(targets=[ast.Attribute(attr=name)], value=value):
                if name == "verify" and _is(value, truth=False):
                    yield Unverified("verify = False", place)
                elif name == "verify_mode" and last_name(value) == "CERT_NONE":
                    yield Unverified("verify_mode = CERT_NONE", place)
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name)))]):
                zero = isinstance(node.value, ast.Constant) and node.value.value == "0"
                if zero and name in {"NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY"}:
                    yield Unverified(f"{name}=0", place)


def is_option(module: Module, place: Location) -> bool:
    """Whether a condition about certificates decides whether a line is reached."""
    return module.is_behind(place.line, _DECIDES)


def is_loopback(call: ast.Call) -> bool:
    """Whether a call names this machine as the one to talk to."""
    return _LOOPBACK.search(f" {_first_text(call)}") is not None


def _said(name: str, value: ast.expr, module: Module) -> str:
    if name in _FLAGS and _is(value, truth=_FLAGS[name]):
        return f"{name}={_FLAGS[name]}"
    if name == "ssl" and _is(value, truth=False):
        return "ssl=False" if "aiohttp" in module.imported else ""
    if name in {"cert_reqs", "ssl_cert_reqs"}:
        text = value.value if isinstance(value, ast.Constant) else last_name(value)
        if isinstance(text, str) and text.upper() in {"CERT_NONE", "NONE"}:
            return f"{name}={text}"
    return ""


def _is(node: ast.expr, *, truth: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is truth


def _first_text(call: ast.Call) -> str:
    texts = (one.value for one in call.args if isinstance(one, ast.Constant))
    return " ".join(text for text in texts if isinstance(text, str))


def _joined(text: str) -> Iterator[str]:
    """Lines, with those that a backslash continues at the first of them."""
    waiting, empty = "", 0
    for line in text.splitlines():
        waiting += line
        if line.endswith("\\"):
            waiting = waiting[:-1] + " "
            empty += 1
            continue
        yield waiting
        yield from [""] * empty
        waiting, empty = "", 0
    if waiting:
        yield waiting
