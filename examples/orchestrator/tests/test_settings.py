"""What starts and what refuses to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values
from orchestrator.settings import Settings
from pydantic import ValidationError


ROOT = Path(__file__).parent.parent
INJECTED = {
    "JWT_SECRET": "0f9d-only-for-this-test-and-long-enough",
    "JWT_REFRESH_SECRET": "77c1-only-for-this-test-and-long-enough",
    "OPENAI_API_KEY": "test-key-1",
    "ANTHROPIC_API_KEY": "test-key-2",
    "GOOGLE_API_KEY": "test-key-3",
    "POSTGRES_PASSWORD": "test-password-1",
    "REDIS_PASSWORD": "test-password-2",
    "SMTP_PASSWORD": "test-password-3",
    "SENTRY_DSN": "https://key@sentry.example/1",
}


def start(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "orchestrator", *arguments]
    return subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=kept | env, capture_output=True, text=True, timeout=30, check=False
    )


def production(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    for name, value in INJECTED.items():
        monkeypatch.setenv(name, value)
    return dotenv_values(ROOT / ".env.production")


def test_defaults_are_those_of_env_example():
    written = Settings(_env_file=ROOT / ".env.example")
    assert written == Settings(_env_file=None)


def test_env_example_names_every_setting():
    names = {name.upper() for name in Settings.model_fields}
    assert set(dotenv_values(ROOT / ".env.example")) == names


def test_env_production_is_complete_once_secrets_are_injected(monkeypatch):
    values = production(monkeypatch)
    settings = Settings(_env_file=ROOT / ".env.production")
    assert settings.in_production
    assert settings.enable_auth
    assert not settings.use_mock
    assert settings.rate_limit_enabled
    assert len(settings.cors_origins) == 2
    assert settings.sqlalchemy_url.startswith("postgresql+psycopg://")
    assert set(values) <= {name.upper() for name in Settings.model_fields}


def test_env_production_holds_no_secret():
    text = (ROOT / ".env.production").read_text()
    for name in ("JWT_SECRET", "JWT_REFRESH_SECRET", "OPENAI_API_KEY", "SENTRY_DSN"):
        assert f"\n{name}=${{{name}}}\n" in text


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("ENABLE_AUTH", "false", "ENABLE_AUTH must be true"),
        ("USE_MOCK", "true", "USE_MOCK must be false"),
        ("RATE_LIMIT_ENABLED", "false", "RATE_LIMIT_ENABLED must be true"),
        ("CORS_ORIGINS", "*", "CORS_ORIGINS must list"),
        ("CORS_ORIGINS", "https://*.example.com", "CORS_ORIGINS must list"),
        ("JWT_SECRET", "change-me-please-0123456789-0123456789", "JWT_SECRET is still"),
        ("JWT_SECRET", "${JWT_SECRET}", "JWT_SECRET is still"),
        ("JWT_SECRET", "too-short", "at least 32 characters"),
        ("JWT_SECRET", INJECTED["JWT_REFRESH_SECRET"], "must differ"),
    ],
)
def test_production_refuses_development_settings(monkeypatch, name, value, complaint):
    production(monkeypatch)
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=complaint.replace("*", r"\*")) as refusal:
        Settings(_env_file=ROOT / ".env.production")
    assert value not in str(refusal.value) or not name.startswith("JWT")


def test_a_bare_production_start_names_what_is_missing_and_fails():
    outcome = start({"ENVIRONMENT": "production"})
    assert outcome.returncode == 78
    assert "JWT_SECRET is still a placeholder" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_wrong_value_is_named_but_not_shown():
    outcome = start({"PORT": "s3cret"})
    assert outcome.returncode == 78
    assert "PORT" in outcome.stderr
    assert "s3cret" not in outcome.stderr


def test_production_does_not_start_on_a_database_with_pending_migrations(tmp_path):
    env = INJECTED | {
        "ENVIRONMENT": "production",
        "ENABLE_AUTH": "true",
        "USE_MOCK": "false",
        "RATE_LIMIT_ENABLED": "true",
        "CORS_ORIGINS": "https://app.example",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite3'}",
    }
    env.pop("SENTRY_DSN")
    outcome = start(env)
    assert outcome.returncode == 78
    assert "Migrations are pending" in outcome.stderr
    assert start(env, "migrate").returncode == 0


def test_docs_are_off_and_hsts_on_in_production(make_client, monkeypatch):
    production(monkeypatch)
    monkeypatch.delenv("SENTRY_DSN")
    client = make_client(
        environment="production",
        use_mock=False,
        rate_limit_enabled=True,
        openai_api_key="test-key",
    )
    assert client.get("/docs").status_code == 404
    assert "max-age=31536000" in client.get("/").headers["strict-transport-security"]
