"""Applications with a database of their own, and a provider that answers from a thread."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient
from orchestrator import migrate
from orchestrator.app import create_app
from orchestrator.settings import Settings
from provider_stub.server import StubServer, make_server


PASSWORD = "correct horse 9"  # noqa: S105
ACCESS_SECRET = "a-test-secret-for-access-tokens-0123456789"  # noqa: S105
REFRESH_SECRET = "a-test-secret-for-refresh-tokens-987654321"  # noqa: S105

MakeClient = Callable[..., TestClient]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    def make(**overrides: Any) -> Settings:
        defaults = {
            "database_url": f"sqlite:///{tmp_path / 'test.sqlite3'}",
            "enable_auth": True,
            "jwt_secret": ACCESS_SECRET,
            "jwt_refresh_secret": REFRESH_SECRET,
            "cors_origins": "https://app.example",
        }
        return Settings(_env_file=None, **{**defaults, **overrides})

    return make


@pytest.fixture
def make_client(make_settings: Callable[..., Settings]) -> Iterator[MakeClient]:
    """Start applications that differ from the defaults by the settings given."""
    opened = []

    def make(**overrides: Any) -> TestClient:
        settings = make_settings(**overrides)
        migrate.upgrade(settings)
        client = TestClient(create_app(settings))
        client.__enter__()
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    return make_client()


@pytest.fixture
def stub() -> Iterator[StubServer]:
    server = make_server("127.0.0.1", 0)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def make_live(make_client: MakeClient, stub: StubServer) -> MakeClient:
    """Start applications that ask the stub instead of answering with the mock."""

    def make(**overrides: Any) -> TestClient:
        url = f"http://127.0.0.1:{stub.server_port}/v1"
        providers = {
            f"{name}_{field}": value
            for name in ("openai", "anthropic", "google")
            for field, value in (("api_key", "test-key"), ("base_url", url))
        }
        defaults = {"use_mock": False, "enable_auth": False, "provider_timeout_seconds": 10}
        return make_client(**{**providers, **defaults, **overrides})

    return make


def register(client: TestClient, email: str = "ada@example.com") -> dict[str, str]:
    """Register and log in; returns the token pair."""
    account = {"email": email, "password": PASSWORD}
    client.post("/api/auth/register", json=account)
    return client.post("/api/auth/login", json=account).json()


def bearer(tokens: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}
