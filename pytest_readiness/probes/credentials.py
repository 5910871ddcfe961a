"""Credentials that stand in text.

Formats of providers are known to Kingfisher's rules, which look without asking anybody. What no
format tells, a drawn value under the name of a secret, is found here by that name.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from pytest_readiness.model import Location
from pytest_readiness.probes import env
from pytest_readiness.redaction import Secret, is_secret_name


if TYPE_CHECKING:
    from collections.abc import Iterator


SHOWN: Final = 4
"""Characters of a credential that a message may show, of a long one."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One place in a text that holds a credential."""

    kind: str
    """What it is, by the name of its rule (``github-pat``) or of what it is assigned to."""
    value: Secret
    location: Location
    sort: str
    """``format``: it has a provider's own format. ``key``: a private key. ``url``: the password of
    a URL. ``named``: a drawn value under the name of a secret. ``restricted``: of no use beyond
    what its owner allows (keys for browsers, test modes). ``token``: a JSON web token."""
    allowed: bool = False
    """A comment beside it says that it is meant to be there."""

    @property
    def digest(self) -> str:
        """First digits of the SHA-256 of the value, to tell one from another."""
        return hashlib.sha256(self.value.reveal().encode("utf-8", "replace")).hexdigest()[:8]

    @property
    def said(self) -> str:
        """What it is, without its value and its place."""
        text = self.value.reveal()
        shows = self.sort in {"format", "restricted"} and len(text) >= _LONG
        shown = f"{text[:SHOWN].strip()}..., " if shows else ""
        return f"{self.kind} ({shown}sha256 {self.digest})"


class Scanner:
    """The rules, compiled once: 0.3 s, and 3 s the first time on a machine."""

    def __init__(self) -> None:
        """Load the rules.

        Raises:
            ImportError: Kingfisher is not there, or has no build for this machine.
        """
        from kingfisher_sdk import DetectionPolicy, Rules
        from kingfisher_sdk import Scanner as Engine

        # Comments that allow are judged here: they are to be seen, not obeyed in silence.
        policy = DetectionPolicy(inline_ignores=False)
        self._engine: Any = Engine(Rules(), policy=policy)

    def credentials(self, content: bytes, path: str) -> list[Credential]:
        """Credentials of a text, by line; each value once, and what only looks like one is not.

        Args:
            content: as it stands in the file.
            path: what locations say, and what some rules go by; relative to the repository.
        """
        text = content.decode("utf-8", "replace")
        known = {one.value: one for one in self._by_format(content, path, text)}
        for one in _by_name(text, path):
            if not any(one.value.reveal() in each.reveal() for each in known):
                known[one.value] = one
        return sorted(known.values(), key=lambda one: (one.location.line or 0, one.kind))

    def _by_format(self, content: bytes, path: str, text: str) -> Iterator[Credential]:
        from kingfisher_sdk import ScanInput

        for found in self._engine.scan_input(ScanInput(path=path, data=content)):
            rule = found.rule_id.rpartition("/")[2].removeprefix("betterleaks.")
            value = _plain(found.secret) if rule.startswith("kubernetes-") else found.secret
            sort = _sort(rule, value, found)
            if found.visible and sort:
                line = found.location["line"]
                kind = _IN_WORDS.get(rule) or re.sub(r"\.\d+$", "", rule)
                allowed = _is_allowed(text, line)
                yield Credential(kind, Secret(value), Location(path, line), sort, allowed)


def is_for_tests(path: str) -> bool:
    """Whether a file is of tests, by its folder or its name."""
    parts = PurePosixPath(path.lower()).parts
    return bool(_TEST_FOLDERS & set(parts[:-1])) or _TEST_NAME.search(parts[-1]) is not None


def is_for_readers(path: str) -> bool:
    """Whether a file is documentation or an example."""
    parts = PurePosixPath(path.lower()).parts
    return bool(_READER_FOLDERS & set(parts[:-1])) or _READER_NAME.search(parts[-1]) is not None


# --- formats --------------------------------------------------------------------------------------


def _sort(rule: str, value: str, found: Any) -> str:
    """Sort of what a rule has found; empty for what only looks like a credential."""
    if rule == "private-key":
        return "key" if _is_usable_key(value) else ""
    if rule == "generic-credential-uri":
        return _sort_of_url(found)
    harmless = found.confidence == "low" or env.is_placeholder(value) or _is_form(value)
    if harmless or (rule.startswith("jwt") and not _never_ends(value)):
        return ""
    if rule.startswith("jwt"):
        return "token"
    if _RESTRICTED.search(rule) or "_test_" in value:
        return "restricted"
    return _sort_by_place(value) if _BY_PLACE.search(rule) else "format"


def _sort_by_place(value: str) -> str:
    """Sort of what a rule knows by its place alone, and which may be anything."""
    return "named" if is_drawn(value, shortest=12) else ""


def _plain(entry: str) -> str:
    """The value of ``password: cGFz...``, as a Secret manifest has it."""
    value = re.sub(r"^[\w.-]+:\s+", "", entry).strip("'\"")
    try:
        return base64.b64decode(value, validate=True).decode()
    except ValueError:
        return value


def _is_form(value: str) -> bool:
    """Whether it is a document whose secrets are yet to be filled in."""
    pairs = re.findall(r'"(\w+)"\s*:\s*"([^"]*)"', value) if value.startswith("{") else []
    secrets = [text for name, text in pairs if is_secret_name(name)]
    return value.startswith("{") and not any(is_drawn(one, shortest=12) for one in secrets)


def _sort_of_url(found: Any) -> str:
    password, host = found.secret, found.captures.get("host", "")
    if found.confidence == "low" or env.is_placeholder(password) or _is_template(password):
        return ""
    mixed = len(password) >= _LONG - 4 and password.lower() != password != password.upper()
    return "url" if host.lower() not in _HERE and (mixed or is_drawn(password, shortest=8)) else ""


def _is_usable_key(pem: str) -> bool:
    """Whether it is a private key that can be used as it stands, without a password."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    lines = pem.replace("\\r", "").replace("\\n", "\n").splitlines()
    text = "\n".join(line.strip() for line in lines if line.strip())
    if "PGP" in text:
        return len(re.findall(r"^[A-Za-z0-9+/=]{40,}$", text, re.MULTILINE)) > _PGP_LINES
    openssh = "OPENSSH" in text
    load = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    try:
        load(text.encode(), None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        # A password is asked for, or it is no key; what is only too new or too odd is one.
        return isinstance(error, UnsupportedAlgorithm)
    return True


def _never_ends(token: str) -> bool:
    """Whether a token is good for ever; one with an end is judged by nobody: it is soon over."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return False
    return isinstance(claims, dict) and "exp" not in claims and len(claims) > 1


def jwt_role(token: str) -> str:
    """Claim ``role`` of a token, empty without one: Supabase tells its keys apart by it."""
    try:
        part = token.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["role"])
    except (IndexError, KeyError, TypeError, ValueError):
        return ""


# --- names ----------------------------------------------------------------------------------------


def _by_name(text: str, path: str) -> Iterator[Credential]:
    """Drawn values that are assigned to names of secrets, in code and configuration."""
    pure = PurePosixPath(path.lower())
    settings = pure.suffix in _SETTINGS or pure.name.startswith(".env")
    if is_for_tests(path) or is_for_readers(path) or len(text) > _LARGEST_BY_NAME:
        return
    if (not settings and pure.suffix not in _CODE) or _GENERATED.search(pure.name):
        return
    shortest = 12 if settings else 16
    encoded = settings and _SECRET_MANIFEST.search(text) is not None
    for name, written, at in _settings(text) if settings else _assignments(text):
        value = _plain(written) if encoded else written
        secret = is_secret_name(name) and not _HARMLESS_NAME.search(name.lower())
        if secret and is_drawn(value, shortest=shortest) and not _is_remark(text, at, path):
            line = text.count("\n", 0, at) + 1
            place, allowed = Location(path, line), _is_allowed(text, line)
            yield Credential(f"the value of {name}", Secret(value), place, "named", allowed)


def _is_remark(text: str, at: int, path: str) -> bool:
    """Whether a place lies in a comment or a docstring, where examples stand."""
    line = text[text.rfind("\n", 0, at) + 1 : at].lstrip()
    if line.startswith(("#", "//", "*", "/*", ">>>", "<!--", ";")):
        return True
    before = text[:at]
    return path.endswith(".py") and any(before.count(mark) % 2 for mark in ('"""', "'''"))


def _assignments(text: str) -> Iterator[tuple[str, str, int]]:
    """Name, value and place of each quoted text without a space that is given to a name.

    Looking from the value to its name is several times as fast as the other way round.
    """
    for match in _QUOTED.finditer(text):
        start = match.start()
        before = text[max(start - _BEFORE, 0) : start]
        if before.rstrip("rbu \t")[-1:] in {"=", ":", ">"} and (named := _GIVEN.search(before)):
            yield named["name"].rpartition(".")[2], match["value"], start


def _settings(text: str) -> Iterator[tuple[str, str, int]]:
    """Name, value and place of each line that is a setting."""
    for match in _SETTING.finditer(text):
        yield match["name"].rpartition(".")[2], match["value"], match.start("value")


def is_drawn(value: str, *, shortest: int) -> bool:
    """Whether a value looks drawn by lot: no word, no path, no reference, no UUID."""
    if len(value) < shortest or env.is_placeholder(value) or _is_template(value):
        return False
    if "{" in value or _UUID.fullmatch(value) or _REFERENCE.search(value):
        return False
    if sum(map(len, _WORD.findall(value))) >= len(value) * _MOSTLY and (
        sum(map(str.isdigit, value)) <= _FEW_DIGITS
    ):
        return False  # a name of something, V1SecretProjection
    longest = max(re.split(r"[-_.:/@,]", value), key=len)
    digits = sum(map(str.isdigit, value))
    letters = sum(map(str.isalpha, value))
    return (
        len(longest) >= shortest // 2
        and digits > 0
        and letters > 0
        and (env.entropy(value) >= _LEAST_ENTROPY)
    )


def _is_template(value: str) -> bool:
    return any(mark in value for mark in ("${", "{{", "%(", "<%", "$(", "ENC[", "{%"))


def _is_allowed(text: str, line: int) -> bool:
    """Whether a comment of a scanner's own stands on the line, or one for the next line above."""
    lines = text.splitlines()
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    above = lines[line - 2] if 1 < line <= len(lines) + 1 else ""
    return _ALLOW.search(here) is not None or _ALLOW_NEXT.search(above) is not None


_LONG: Final = 16
_PGP_LINES: Final = 5
_LARGEST_BY_NAME: Final = 1_000_000
_LEAST_ENTROPY: Final = 2.9
_WORD: Final = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}")
_MOSTLY: Final = 0.6
_FEW_DIGITS: Final = 2
_HERE: Final = frozenset({"localhost", "127.0.0.1", "[::1]", "0.0.0.0", "host.docker.internal"})  # noqa: S104 - named, not bound

_IN_WORDS: Final = {
    "private-key": "a private key",
    "generic-credential-uri": "the password of a URL",
    "jwt": "a JSON web token",
    "jwt-base64": "a JSON web token",
}
_RESTRICTED: Final = re.compile(
    r"public|(?:^|-)pub-|-id$|^gcp-api-key$|^mapbox-|^posthog-project|^algolia-|^sentry-dsn"
)
"""Rules of what is made to be seen, or is held back by what its owner allows it."""
_BY_PLACE: Final = re.compile(r"^(?:curl-auth|kubernetes-secret)|-(?:tf|config)-password$")
"""Rules that go by the place of a value, and find any."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TEST_FOLDERS: Final = _words("""
    test tests testing testdata spec specs __tests__ __mocks__ fixtures mocks e2e
    integration_tests specimens""")
_TEST_NAME: Final = re.compile(
    # readiness.yaml is of tests: what it sets is for the run of an audit.
    r"^readiness[\w.-]*\.ya?ml$|^test[_-]|[_.-](?:test|tests|spec|mock)\.\w+$|^conftest\.py$"
    r"|^\.env\.(?:ci|test)(?:ing)?$"
)
_READER_FOLDERS: Final = _words("""
    doc docs documentation example examples sample samples demo""")
_READER_NAME: Final = re.compile(
    r"\.(?:md|mdx|rst|adoc|ipynb)$|^readme|^changelog|(?:^|[._-])(?:example|sample|template|dist)(?:[._-]|$)"
)
_SETTINGS: Final = _words("""
    .yaml .yml .toml .ini .cfg .conf .properties .env .tfvars .json .xml .config""")
_CODE: Final = _words("""
    .py .js .mjs .cjs .ts .tsx .jsx .rb .php .go .java .kt .cs .rs .sh .bash .ps1 .tf .scala
    .swift .groovy .gradle .ex .pl .vue .svelte .html""")
_GENERATED: Final = re.compile(
    r"\.min\.\w+$|\.lock$|-lock\.(?:json|ya?ml)$|^(?:go\.sum|cargo\.lock|poetry\.lock|openapi\..*|swagger\..*)$"
)
_NAME: Final = r"(?P<name>[A-Za-z_][\w.-]{0,60})"
_BEFORE: Final = 100
_QUOTED: Final = re.compile(r"""["'](?P<value>[^"'\s\\{}]{16,200}+)["']""")
_GIVEN: Final = re.compile(
    rf"""(?<![\w.-]){_NAME}["']?\]?\s{{0,3}}(?::\s?\w{{1,20}}\s?)?(?::=|=>|[:=])\s{{0,3}}[rbu]?$"""
)
"""Before a value: ``name =``, ``"name":``, ``config["name"] =``, ``name: str =``."""
_HARMLESS_NAME: Final = re.compile(r"page_?token|session_?id|public|csrf|sha_?\d|continuation")
_SECRET_MANIFEST: Final = re.compile(r"^kind:[ \t]*Secret\b", re.MULTILINE)
_SETTING: Final = re.compile(
    rf"""^[ \t]*+(?:-[ \t]++)?+(?:export[ \t]++)?+["']?+{_NAME}["']?[ \t]*+[:=][ \t]*+"""
    r"""["']?(?P<value>[^"'\s#,]{12,200}+)["']?+,?+[ \t]*+(?:\#.*)?$""",
    re.MULTILINE,
)
"""A line of its own: ``name: value``, ``name=value``, ``- name=value``, ``"name": "value",``."""
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REFERENCE: Final = re.compile(
    r"^(?:eyJ|https?://|/|\./|~/|arn:|projects/|vault:|op://|ref\+|sha(?:1|256|512)[:-]|data:|[a-z]+\.[a-z]+[.(])"
    r"|^[\w.]+\(|\[\w*\]|::|^[\w.-]+\.(?:py|js|json|ya?ml|pem|key|txt|com|io|org|net)$"
)
_ALLOW: Final = re.compile(
    r"pragma: ?(?:allow|white)list[ -]secret|(?:git|better)leaks:allow|kingfisher:(?:ignore|allow)"
    r"|trufflehog:ignore|ggignore",
    re.IGNORECASE,
)
_ALLOW_NEXT: Final = re.compile(r"pragma: ?(?:allow|white)list nextline secret", re.IGNORECASE)
