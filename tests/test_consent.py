"""Who may be attacked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pytest_readiness.consent import backing_hosts, decide, is_loopback
from pytest_readiness.settings import Authorized


TODAY = date(2026, 5, 1)
OURS = "http://127.0.0.1:41234"
STAGING = "https://staging.acme.io"


def consent(url: str = OURS, **given: Any) -> Any:
    known = {
        "started": True,
        "environment": {},
        "authorized": None,
        "today": TODAY,
        "disruptive": False,
    }
    return decide(url, **(known | given))


def authorized(host: str, until: date = TODAY) -> Authorized:
    return Authorized(host=host, by="Ann", until=until)


class TestIntrusive:
    def test_is_permitted_on_what_the_audit_started_with_nothing_behind_it(self) -> None:
        assert consent().permitted("intrusive") == (
            True,
            "the audit started it, and its environment names no host outside loopback",
        )

    def test_is_not_permitted_when_a_host_stands_behind_it(self) -> None:
        environment = {"DATABASE_URL": "postgresql://u:p@db.acme.io/app"}
        permitted, reason = consent(environment=environment).permitted("intrusive")
        assert not permitted
        assert "DATABASE_URL names db.acme.io" in reason
        assert "u:p" not in reason

    @pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", STAGING])
    def test_is_not_permitted_on_what_was_there_before_loopback_included(self, url: str) -> None:
        permitted, reason = consent(url, started=False).permitted("intrusive")
        assert not permitted
        assert "authorized: {host: " in reason

    def test_is_permitted_where_somebody_authorised_this_host(self) -> None:
        given = consent(STAGING, started=False, authorized=authorized("staging.acme.io"))
        assert given.permitted("intrusive") == (True, "authorised by Ann until 2026-05-01")

    @pytest.mark.parametrize(
        "host",
        ["acme.io", "www.staging.acme.io", "staging.acme.io:8443", "staging.acme.io.evil.io"],
    )
    def test_consent_is_bound_to_the_very_host_and_port(self, host: str) -> None:
        given = consent(STAGING, started=False, authorized=authorized(host))
        assert given.permitted("intrusive") == (
            False,
            f"`authorized` names {host}, and the target is staging.acme.io",
        )

    def test_an_unusual_port_must_be_named(self) -> None:
        url = "https://staging.acme.io:8443"
        bare = consent(url, started=False, authorized=authorized("staging.acme.io"))
        named = consent(url, started=False, authorized=authorized("staging.acme.io:8443"))
        assert (bare.intrusive, named.intrusive) == (False, True)

    def test_consent_ends(self) -> None:
        past = authorized("staging.acme.io", date(2026, 4, 30))
        assert consent(STAGING, started=False, authorized=past).permitted("intrusive") == (
            False,
            "the authorisation of staging.acme.io ended on 2026-04-30",
        )

    def test_a_started_target_has_a_port_that_nobody_knew(self) -> None:
        environment = {"REDIS_URL": "redis://cache.acme.io"}
        given = consent(environment=environment, authorized=authorized("127.0.0.1"))
        assert given.intrusive

    def test_services_that_the_audit_started_beside_it_are_its_own(self) -> None:
        environment = {"DATABASE_URL": "postgresql://u:p@db/app"}
        assert consent(environment=environment, own_hosts=frozenset({"db"})).intrusive


class TestDisruptive:
    def test_needs_the_option(self) -> None:
        assert consent().permitted("disruptive")[0] is False
        assert consent(disruptive=True).permitted("disruptive")[0] is True

    def test_never_touches_what_the_audit_did_not_start(self) -> None:
        given = consent(
            STAGING, started=False, disruptive=True, authorized=authorized("staging.acme.io")
        )
        assert (given.intrusive, given.disruptive) == (True, False)

    def test_needs_all_that_intrusive_needs(self) -> None:
        environment = {"REDIS_URL": "redis://cache.acme.io"}
        assert consent(environment=environment, disruptive=True).disruptive is False


def test_reading_needs_no_consent() -> None:
    assert consent(STAGING, started=False).permitted("reads")[0]


@pytest.mark.parametrize(
    ("name", "value", "hosts"),
    [
        ("DATABASE_URL", "postgresql+psycopg://u:p%40x@db.acme.io:5432/app", ["db.acme.io"]),
        ("DATABASE_URL", "postgresql://u:p@ss@db.acme.io/app", ["db.acme.io"]),
        ("DATABASE_URL", "mongodb://a.acme.io:1,b.acme.io:2/x", ["a.acme.io", "b.acme.io"]),
        ("DATABASE_URL", "postgresql:///app?host=db.acme.io", ["db.acme.io"]),
        ("DATABASE_URL", "jdbc:postgresql://db.acme.io/app", ["db.acme.io"]),
        ("DATABASE_URL", "host=db.acme.io port=5432 dbname=app", ["db.acme.io"]),
        ("SQL", "Server=tcp:db.acme.io,1433;Database=x", ["db.acme.io"]),
        ("REDIS_URL", "rediss://:secret@cache.acme.io:6380/0", ["cache.acme.io"]),
        ("SENTRY_DSN", "https://key@o1.ingest.sentry.io/2", ["o1.ingest.sentry.io"]),
        ("PGHOST", "db.acme.io", ["db.acme.io"]),
        ("KAFKA_BROKERS", "a.acme.io:9092, b.acme.io:9092", ["a.acme.io", "b.acme.io"]),
        ("DB_HOST", "db", ["db"]),
        ("ES_HOST", "[2001:db8::1]:9200", ["2001:db8::1"]),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317", ["collector"]),
        ("WHATEVER", "https://api.partner.io/v1", ["api.partner.io"]),
        ("CONFIG", '{"db": "mysql://db.acme.io/x"}', ["db.acme.io"]),
        ("HTTPS_PROXY", "http://proxy.acme.io:3128", ["proxy.acme.io"]),
        ("DB_HOST", "host.docker.internal", ["host.docker.internal"]),
        ("OPENAI_BASE_URL", "https://api.openai.com/v1", ["api.openai.com"]),
    ],
)
def test_hosts_behind_the_target_are_found(name: str, value: str, hosts: list[str]) -> None:
    assert [each.host for each in backing_hosts({name: value})] == hosts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite:///./app.db"),
        ("DATABASE_URL", "sqlite+aiosqlite:////var/app.db"),
        ("DATABASE_URL", "postgresql://u:p@127.0.0.1:5432/app"),
        ("DATABASE_URL", "postgresql://u:p@localhost/app"),
        ("DATABASE_URL", "postgresql:///app?host=/run/postgresql"),
        ("REDIS_URL", "redis://[::1]:6379"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("REDIS_URL", ""),
        ("HOST", "0.0.0.0"),  # noqa: S104 - it is what is tested
        ("DB_HOST", "/run/postgresql"),
        ("CORS_ORIGINS", "https://app.acme.io,https://acme.io"),
        ("ALLOWED_HOSTS", "api.acme.io"),
        ("API_DOCS_URL", "https://docs.acme.io"),
        ("FRONTEND_URL", "https://app.acme.io"),
        ("SENTRY_DSN", "https://key@sentry.example.com/1"),
        ("JWT_SECRET", "correct horse battery staple"),
        ("WORKERS", "4"),
        ("STATIC_FILES", "file:///srv/www"),
    ],
)
def test_what_leads_nowhere_is_not_a_host_behind_it(name: str, value: str) -> None:
    assert backing_hosts({name: value}) == ()


class TestProviderKeys:
    def test_a_key_means_calls_to_its_provider(self) -> None:
        found = backing_hosts({"ANTHROPIC_API_KEY": "sk-1"})
        assert [str(each) for each in found] == ["ANTHROPIC_API_KEY names api.anthropic.com"]

    def test_unless_a_base_url_leads_to_loopback(self) -> None:
        stub = {"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
        assert backing_hosts(stub) == ()

    def test_a_base_url_that_leads_elsewhere_is_the_host(self) -> None:
        proxy = {"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": "https://llm.acme.io/v1"}
        assert [each.host for each in backing_hosts(proxy)] == ["llm.acme.io"]

    @pytest.mark.parametrize("name", ["USE_MOCK", "MOCK_MODE", "LLM_MOCK"])
    def test_unless_a_mock_answers(self, name: str) -> None:
        assert backing_hosts({"OPENAI_API_KEY": "sk-1", name: "true"}) == ()
        assert backing_hosts({"OPENAI_API_KEY": "sk-1", name: "false"}) != ()

    def test_a_mock_of_the_model_pays_no_bills(self) -> None:
        assert backing_hosts({"STRIPE_SECRET_KEY": "sk_live_1", "USE_MOCK": "true"}) != ()

    def test_an_unknown_service_counts_and_the_targets_own_keys_do_not(self) -> None:
        assert backing_hosts({"WEATHER_API_KEY": "k"}) != ()
        assert backing_hosts({"ADMIN_API_KEY": "k", "API_KEY": "k", "JWT_SECRET_KEY": "k"}) == ()

    def test_an_empty_key_reaches_nobody(self) -> None:
        assert backing_hosts({"OPENAI_API_KEY": " "}) == ()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "a.localhost", "::ffff:127.0.0.1"],
)
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost.acme.io", "127.0.0.1.nip.io", "db", ""])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)
