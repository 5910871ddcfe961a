"""Who may be attacked: what permits intrusive and disruptive checks, and what does not.

Pure functions over what is known of the target. When in doubt they say no, and say why.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from pytest_readiness.model import Effect


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from pytest_readiness.settings import Authorized


@dataclass(frozen=True)
class Backing:
    """A host outside loopback that the target would reach on our behalf."""

    variable: str
    host: str

    def __str__(self) -> str:
        return f"{self.variable} names {self.host}"


@dataclass(frozen=True)
class Consent:
    """What may be done to the target, and why."""

    intrusive: bool
    disruptive: bool
    reason: str
    """Why intrusive checks may run or may not."""
    disruptive_reason: str

    def permitted(self, effect: Effect | str) -> tuple[bool, str]:
        """Whether a check of this effect may run, and why."""
        if Effect(effect) is Effect.READS:
            return True, "it only reads"
        if Effect(effect) is Effect.INTRUSIVE:
            return self.intrusive, self.reason
        return self.disruptive, self.disruptive_reason


def decide(
    url: str,
    *,
    started: bool,
    environment: Mapping[str, str],
    authorized: Authorized | None,
    today: date,
    disruptive: bool,
    own_hosts: frozenset[str] = frozenset(),
) -> Consent:
    """Decide what may be done to the target.

    Args:
        url: where it answers.
        started: this run started it.
        environment: what it was started with.
        authorized: consent in readiness.yaml.
        today: day of the run.
        disruptive: the user asked for disruptive checks.
        own_hosts: names of further services that this run started for it.
    """
    backing = backing_hosts(environment, own_hosts)
    intrusive, reason = _intrusive(url, backing, authorized, today, started=started)
    if not started:
        stop = False, "disruptive checks run only on a target that the audit started"
    elif not disruptive:
        stop = False, "disruptive checks run only with --readiness-disruptive"
    else:
        stop = intrusive, reason
    return Consent(intrusive, stop[0], reason, stop[1])


def backing_hosts(
    environment: Mapping[str, str], own_hosts: frozenset[str] = frozenset()
) -> tuple[Backing, ...]:
    """Hosts outside loopback that an environment names, by variable.

    A provider's API key names the provider's host, unless a base URL beside it leads elsewhere
    or a mock answers in its place.
    """
    found = [
        Backing(name, host)
        for name, value in sorted(environment.items())
        if not _NEVER_CALLED.search(name)
        for host in dict.fromkeys(_hosts(name, value))
        if not is_loopback(host) and not _is_documentation(host) and host not in own_hosts
    ]
    return (*found, *_providers(environment))


def is_loopback(host: str) -> bool:
    """Whether it is this very machine; 0.0.0.0 and :: are, when one connects to them."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_unspecified)


def _intrusive(
    url: str,
    backing: tuple[Backing, ...],
    authorized: Authorized | None,
    today: date,
    *,
    started: bool,
) -> tuple[bool, str]:
    if started and not backing:
        return True, "the audit started it, and its environment names no host outside loopback"
    if authorized is not None:
        refusal = _mismatch(authorized, url, today, any_port=started)
        until = authorized.until.isoformat()
        return not refusal, refusal or f"authorised by {authorized.by} until {until}"
    host = _host_of(url)
    way = f"write `authorized: {{host: {host}, by: <name>, until: <date>}}` in readiness.yaml"
    if started:
        listed = ", ".join(str(each) for each in backing[:4])
        more = f" and {len(backing) - 4} more" if len(backing) > 4 else ""  # noqa: PLR2004
        return False, (
            f"its environment names hosts outside loopback ({listed}{more}): "
            f"lead them to loopback, or {way}"
        )
    return False, f"the audit did not start {host}, so it is only read from: {way}"


def _mismatch(authorized: Authorized, url: str, today: date, *, any_port: bool) -> str:
    """Why an authorisation does not hold for this target today; empty when it does."""
    if authorized.until < today:
        return f"the authorisation of {authorized.host} ended on {authorized.until.isoformat()}"
    target = urlsplit(url)
    named = urlsplit(f"{target.scheme}://{authorized.host}")
    same_port = _port(named.scheme, named.port) == _port(target.scheme, target.port)
    if named.hostname == target.hostname and (same_port or (any_port and named.port is None)):
        return ""
    return f"`authorized` names {authorized.host}, and the target is {_host_of(url)}"


def _host_of(url: str) -> str:
    parts = urlsplit(url)
    usual = _port(parts.scheme, None) == _port(parts.scheme, parts.port)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}" if usual else f"{host}:{parts.port}"


def _port(scheme: str, port: int | None) -> int | None:
    return port or {"http": 80, "https": 443}.get(scheme)


# --- what an environment names -------------------------------------------------------------------

_NEVER_CALLED = re.compile(
    r"ORIGINS?(_REGEX)?$|(ALLOWED|TRUSTED|VIRTUAL)_HOSTS?$|_?DOC(S|UMENTATION)?_URL$"
    r"|(HOMEPAGE|TERMS|PRIVACY|SUPPORT|LICENSE|CONTACT|LOGO|STATUS_PAGE)(_URL)?$"
    r"|^(FRONTEND|PUBLIC|SITE|APP|WEB|EXTERNAL)_(BASE_)?(URL|HOST)$|^JWT_ISS(UER)?$|_AUDIENCE$",
    re.IGNORECASE,
)
"""Variables whose hosts are compared with or printed, and never connected to."""

_HOST_NAME = re.compile(
    r"(^|_)(HOST|HOSTS|HOSTADDR|SERVERS?|ENDPOINTS?|ADDR|ADDRESS|BROKERS?|NODES?|DSN)$|^PGHOST",
    re.IGNORECASE,
)
_URL = re.compile(r"([a-z][a-z0-9+.-]*)://([^\s\"'<>]*)", re.IGNORECASE)
_KEYWORD_DSN = re.compile(
    r"(?:^|[;\s])(?:host|hostaddr|server|data source)\s*=\s*([^;,\s]+)", re.IGNORECASE
)
_NO_NETWORK = frozenset({"file", "sqlite", "unix", "memory", "duckdb", "data"})


def _hosts(name: str, value: str) -> Iterator[str]:
    """Every host in a variable's value: of URLs, of connection strings, of plain host lists."""
    urls = list(_URL.finditer(value))
    for url in urls:
        if url[1].lower().partition("+")[0] not in _NO_NETWORK:
            yield from _hosts_of_url(url[2])
    yield from (_plain(host) for host in _KEYWORD_DSN.findall(value) if not host.startswith("/"))
    if not urls and _HOST_NAME.search(name) and "=" not in value:
        for part in re.split(r"[,\s]+", value.strip()):
            if part and not part.startswith(("/", ".")) and not part.isdigit():
                yield _plain(part)


def _hosts_of_url(rest: str) -> Iterator[str]:
    """Hosts in what follows ``://``; a password may hold any character but the slash."""
    place, _, query = rest.partition("?")
    hosts = place.partition("/")[0].partition("#")[0].rpartition("@")[2]
    yield from (_plain(host) for host in hosts.split(",") if host)
    named = parse_qs(query).get("host", ())
    yield from (_plain(host) for host in named if not host.startswith("/"))


def _plain(host: str) -> str:
    """``tcp:db.example:5432`` to ``db.example``."""
    host = re.sub(r"^(tcp|np|lpc):", "", host.strip(), flags=re.IGNORECASE)
    bracketed = re.match(r"\[([^\]]+)\]", host)
    if bracketed:
        return bracketed[1].lower()
    if host.count(":") > 1:
        return host.lower()
    return host.partition(":")[0].lower()


def _is_documentation(host: str) -> bool:
    """Names that RFC 2606 keeps for examples: nobody answers there."""
    return bool(re.search(r"(^|\.)(example(\.(com|net|org))?|invalid)$", host))


_PROVIDERS = {
    "OPENAI": "api.openai.com",
    "AZURE_OPENAI": "openai.azure.com",
    "ANTHROPIC": "api.anthropic.com",
    "GOOGLE": "generativelanguage.googleapis.com",
    "GEMINI": "generativelanguage.googleapis.com",
    "MISTRAL": "api.mistral.ai",
    "COHERE": "api.cohere.com",
    "GROQ": "api.groq.com",
    "DEEPSEEK": "api.deepseek.com",
    "OPENROUTER": "openrouter.ai",
    "TOGETHER": "api.together.xyz",
    "PERPLEXITY": "api.perplexity.ai",
    "XAI": "api.x.ai",
    "HF": "huggingface.co",
    "HUGGINGFACE": "huggingface.co",
    "REPLICATE": "api.replicate.com",
}
_OTHER_SERVICES = {
    "AWS": "amazonaws.com",
    "STRIPE": "api.stripe.com",
    "SENDGRID": "api.sendgrid.com",
    "TWILIO": "api.twilio.com",
    "MAILGUN": "api.mailgun.net",
    "SLACK": "slack.com",
    "GITHUB": "api.github.com",
}
_KEY = re.compile(
    r"^(.+?)_(API_KEYS?|KEY|API_TOKEN|TOKEN|ACCESS_KEY_ID|SECRET_KEY|AUTH_TOKEN|BOT_TOKEN)$"
)
_OWN_KEYS = re.compile(
    r"^(ADMIN|API|APP|CLIENT|DEFAULT|DEMO|HEALTH|INTERNAL|MASTER|METRICS|MY|PARTNER|SERVICE|TEST"
    r"|USER|X)$"
)
"""First words of keys that the target asks of its callers, not keys to somebody else."""
_BASE = (
    "BASE_URL",
    "API_BASE",
    "API_BASE_URL",
    "API_URL",
    "URL",
    "ENDPOINT",
    "ENDPOINT_URL",
    "HOST",
)
_MOCK = re.compile(r"(^|_)(MOCK|MOCKS|FAKE|STUB)(_|$)", re.IGNORECASE)


def _providers(environment: Mapping[str, str]) -> Iterator[Backing]:
    mocked = any(
        _MOCK.search(name) and value.strip().lower() in {"1", "true", "yes", "on"}
        for name, value in environment.items()
    )
    for name, value in sorted(environment.items()):
        key = _KEY.match(name.upper())
        if not key or not value.strip():
            continue
        provider = key[1]
        if any(environment.get(f"{provider}_{base}", "").strip() for base in _BASE):
            continue  # the host that this names is judged by itself
        host = _OTHER_SERVICES.get(provider) or (None if mocked else _PROVIDERS.get(provider))
        if host:
            yield Backing(name, host)
        elif key[2] == "API_KEY" and not mocked and not _OWN_KEYS.match(provider):
            yield Backing(name, f"a service without {provider}_BASE_URL")
