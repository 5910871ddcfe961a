"""``readiness init``: a draft that validates, says where each value is from, and harms nothing."""

from __future__ import annotations

import itertools
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pytest_readiness.drafting import Written, flow, scalar
from pytest_readiness.initialise import CannotInitialise, initialise
from pytest_readiness.settings import load
from pytest_readiness.yaml_document import read
from tests.probes.test_project import REPOSITORIES
from tests.servers import Answer, Asked, raw_server, serving


if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_readiness.settings import Settings


HTML = (("Content-Type", "text/html; charset=utf-8"),)
DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {
        "/users/login": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "properties": {
                                    "username": {"type": "string"},
                                    "password": {"type": "string"},
                                }
                            }
                        }
                    }
                }
            }
        },
        "/users/register": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "properties": {
                                    "email": {"type": "string"},
                                    "password": {"type": "string"},
                                }
                            }
                        }
                    }
                }
            }
        },
        "/users/me": {"get": {"security": [{"bearer": []}]}},
        "/chat": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "properties": {
                                    "prompt": {"type": "string"},
                                    "temperature": {"type": "number", "default": 0.5},
                                }
                            }
                        }
                    }
                }
            }
        },
    },
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
}


def loaded(path: Path) -> Settings:
    return load(path, root=path.parent, environ={})


@contextmanager
def api(pages: dict[str, Any], *, soft: bool = False) -> Iterator[tuple[str, list[Asked]]]:
    """Serve JSON by path; what is not there is 404, or a page when the 404 is soft."""
    asked: list[Asked] = []

    def answer(request: Asked) -> Answer:
        asked.append(request)
        found = pages.get(request.path)
        if isinstance(found, Answer):
            return found
        if found is not None:
            return Answer(found)
        return Answer(b"<html>app</html>", headers=HTML) if soft else Answer({}, status=404)

    with serving(answer) as url:
        yield url, asked


def test_a_running_system_is_drafted_with_gets_alone(tmp_path: Path) -> None:
    pages = {
        "/": Answer(b"<html>shop</html>", headers=HTML),
        "/healthz": {"status": "ok"},
        "/api/openapi.json": DOCUMENT,
    }
    with api(pages) as (url, asked):
        written = initialise(tmp_path, url=url, output=tmp_path / "readiness.yaml", environ={})
    assert {one.method for one in asked} == {"GET"}
    assert len(asked) == written.visit.sent if written.visit else False
    settings = loaded(tmp_path / "readiness.yaml")
    assert settings.target.url == url
    assert settings.target.ready == "/healthz"
    assert settings.operations["page"][0].operation == "GET /"
    assert settings.operations["protected"][0].operation == "GET /users/me"
    assert settings.operations["analyze"][0].json == {"prompt": "{prompt}", "temperature": 0.5}
    assert settings.auth.login
    assert settings.auth.login.json == {"username": "{username}", "password": "{password}"}
    assert set(settings.identities) == {"user", "other_user"}
    assert settings.openapi == tmp_path / "openapi.json"
    assert json.loads((tmp_path / "openapi.json").read_text()) == DOCUMENT
    text = (tmp_path / "readiness.yaml").read_text()
    assert f"# saved from {url}/api/openapi.json; 4 operations\nopenapi: openapi.json" in text
    assert settings.authorized is None


def test_a_page_for_everything_is_no_health_endpoint(tmp_path: Path) -> None:
    with api({}, soft=True) as (url, _):
        written = initialise(tmp_path, url=url, output=tmp_path / "readiness.yaml", environ={})
    settings = loaded(tmp_path / "readiness.yaml")
    assert set(settings.operations) == {"page"}
    assert settings.openapi is None
    assert "/openapi.json answers with an HTML page" in written.draft.text


def test_a_document_named_by_a_page_is_found_on_this_host_only(tmp_path: Path) -> None:
    page = b"<script>SwaggerUIBundle({url: '/specs/shop.json'})</script>"
    pages = {"/docs": Answer(page, headers=HTML), "/specs/shop.json": DOCUMENT}
    with api(pages) as (url, _):
        written = initialise(tmp_path, url=url, output=tmp_path / "readiness.yaml", environ={})
    assert written.saved == tmp_path / "openapi.json"
    with api({"/specs/shop.json": DOCUMENT}) as (other, asked):
        page = f"<redoc spec-url='{other}/specs/shop.json'>".encode()
        with api({"/docs": Answer(page, headers=HTML)}) as (url, _):
            initialise(tmp_path, url=url, output=tmp_path / "second.yaml", environ={})
    assert asked == []


def test_the_document_in_the_repository_wins_over_the_served_one(tmp_path: Path) -> None:
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/openapi.json").write_text(json.dumps(DOCUMENT))
    with api({"/openapi.json": DOCUMENT}) as (url, _):
        written = initialise(tmp_path, url=url, output=tmp_path / "readiness.yaml", environ={})
    assert written.saved is None
    assert loaded(tmp_path / "readiness.yaml").openapi == tmp_path / "spec/openapi.json"


def test_a_document_of_700_operations_is_taken(tmp_path: Path) -> None:
    paths = {f"/things/{number}": {"get": {}} for number in range(700)}
    with api({"/openapi.json": {"openapi": "3.0.0", "paths": paths}}) as (url, _):
        written = initialise(tmp_path, url=url, output=tmp_path / "readiness.yaml", environ={})
    assert "; 700 operations" in written.draft.text


def test_a_url_with_a_path_becomes_target_and_base_path(tmp_path: Path) -> None:
    with api({"/shop/v1/health": {"status": "ok"}}) as (url, _):
        initialise(tmp_path, url=f"{url}/shop/v1/", output=tmp_path / "readiness.yaml", environ={})
    target = loaded(tmp_path / "readiness.yaml").target
    assert (target.url, target.base_path, target.ready) == (url, "/shop/v1", "/health")


def endless(request: Asked) -> Answer:
    return Answer(itertools.repeat(b"0" * 65536)) if "openapi" in request.path else Answer({})


def test_a_stream_without_end_is_noted_and_left(tmp_path: Path) -> None:
    with serving(endless) as url:
        written = initialise(tmp_path, url=url, output=tmp_path / "readiness.yaml", environ={})
    assert "has no end, or is larger than a document should be" in written.draft.text


def garbage(connection: socket.socket) -> None:
    connection.recv(1000)
    connection.sendall(b"\x00\xff not http\r\n\r\n")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://user:pw@127.0.0.1:1", "is no URL like"),
        ("ftp://127.0.0.1", "is no URL like"),
        ("http://127.0.0.1:8000/?q=1", "is no URL like"),
        ("http://127.0.0.1:99999", "is no URL like"),
        ("http://127.0.0.1:1", "cannot be reached: connection refused"),
    ],
)
def test_a_url_that_is_of_no_use_is_refused(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(CannotInitialise, match=said) as error:
        initialise(tmp_path, url=url, output=tmp_path / "readiness.yaml", environ={})
    assert "pw@" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_http_is_not_reached(tmp_path: Path) -> None:
    with raw_server(garbage) as url, pytest.raises(CannotInitialise, match="cannot be reached"):
        initialise(tmp_path, url=url, output=tmp_path / "readiness.yaml", environ={})


@pytest.mark.parametrize("name", ["readiness.yaml", "readiness.yml"])
def test_nothing_is_overwritten_without_force(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("# mine\n")
    with pytest.raises(CannotInitialise, match="is there already and is left alone"):
        initialise(tmp_path, output=tmp_path / "readiness.yaml", environ={})
    assert (tmp_path / name).read_text() == "# mine\n"
    initialise(tmp_path, output=tmp_path / name, force=True, environ={})
    assert "version: 1" in (tmp_path / name).read_text()


def test_a_foreign_openapi_json_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text("[]")
    with api({"/openapi.json": DOCUMENT}) as (url, _):
        initialise(tmp_path, url=url, output=tmp_path / "readiness.yaml", environ={})
    assert (tmp_path / "openapi.json").read_text() == "[]"
    assert loaded(tmp_path / "readiness.yaml").openapi == tmp_path / "openapi.live.json"


def test_no_secret_of_the_repository_stands_in_the_draft(tmp_path: Path) -> None:
    planted = "Zq7vR2mK9xW4"
    (tmp_path / ".env").write_text(f"API_TOKEN={planted}\nDB=postgres://u:{planted}@h/d\n")
    (tmp_path / "Dockerfile").write_text(
        f"FROM a\nENV JWT_SECRET={planted} MODE={planted}\n"
        f'CMD ["uvicorn", "a:b", "--key", "{planted}"]\n'
    )
    compose = f"services:\n  a: {{build: ., environment: {{PASSWORD: {planted}}}}}\n"
    (tmp_path / "compose.yaml").write_text(compose)
    written = initialise(tmp_path, output=tmp_path / "readiness.yaml", environ={})
    assert planted not in written.draft.text
    assert planted not in "\n".join(written.summary())
    assert 'DB: "{postgres.url}"' in written.draft.text


def test_hosts_outside_of_loopback_are_pointed_out(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "OPENAI_BASE_URL=https://api.openai.com/v1\nDATABASE_URL=postgres://u:p@db.corp/app\n"
    )
    (tmp_path / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    written = initialise(tmp_path, output=tmp_path / "readiness.yaml", environ={})
    assert "# It names api.openai.com: no attacks until" in written.draft.text
    assert "db.corp" not in written.draft.text
    assert "environment.OPENAI_BASE_URL" in " ".join(written.summary())


def test_each_value_in_force_says_where_it_is_from(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    written = initialise(tmp_path, output=tmp_path / "readiness.yaml", environ={})
    lines = written.draft.text.splitlines()
    place = lines.index("  command: python -m uvicorn main:app --port {port}")
    assert lines[place - 1] == "  # main.py:3"


def test_the_hints_validate_once_their_sign_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_BASE_URL=https://api.openai.com/v1\n")
    written = initialise(tmp_path, output=tmp_path / "readiness.yaml", environ={})
    lines = [
        line.replace("# ", "", 1)
        if ": " in line and line.rstrip()[-1:] != ":" and line.lstrip().startswith("# ")
        else line
        for line in written.draft.text.splitlines()[3:]
    ]
    kept = [line for line in lines if not line.strip().startswith(("url:", "#"))]
    path = tmp_path / "filled.yaml"
    path.write_text("\n".join(kept))
    environ = {"READINESS_USER_PASSWORD": "x", "READINESS_ADMIN_TOKEN": "y"}
    assert load(path, root=tmp_path, environ=environ).identities["user"].password


def test_a_draft_elsewhere_names_the_repository(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "audit").mkdir()
    (tmp_path / "app/.env.example").write_text("A=1\n")
    output = tmp_path / "audit/shop.yaml"
    initialise(tmp_path / "app", output=output, environ={})
    settings = loaded(output)
    assert settings.repository == tmp_path / "app"
    assert settings.target.env_file == (tmp_path / "app/.env.example",)


@given(st.text(max_size=30))
@example("${HOME}")
@example("{port}")
@example("yes")
@example("- a: b # c")
@example("\ud83d\ude00\x7f")
def test_any_text_reads_back_as_it_was(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    document = read(f"a: {flow({text or 'k': [text]})}", environ={})
    assert not document.problems
    assert document.data == {"a": {text or "k": [text]}}


def test_a_reference_of_ours_stays_one() -> None:
    assert yaml.safe_load(scalar(Written("${NAME}"))) == "${NAME}"


NAMES = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
PROPERTIES = st.dictionaries(st.sampled_from(["password", "prompt", "é ${X}"]), JSON)
DESCRIBED = st.builds(
    lambda properties, security, parameters: {
        "security": security,
        "parameters": parameters,
        "requestBody": {"content": {"application/json": {"schema": {"properties": properties}}}},
    },
    PROPERTIES,
    JSON,
    st.lists(JSON, max_size=2),
)
PATHS = st.sampled_from(["/login", "/register", "/me", "/chat", "/a b", "/{x}", "//x", "/#", "x"])
METHODS = st.sampled_from(["get", "post", "delete", "parameters"])
OPERATIONS = st.dictionaries(
    PATHS, st.dictionaries(METHODS, JSON | DESCRIBED, max_size=3), max_size=4
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(files=REPOSITORIES, paths=OPERATIONS, schemes=JSON)
def test_any_repository_gives_a_draft_that_validates_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, str], paths: Any, schemes: Any
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    if paths:
        document = {"openapi": "3.0.0", "paths": paths, "components": {"securitySchemes": schemes}}
        (folder / "swagger.json").write_text(json.dumps(document))
    output = folder / "readiness.yaml"
    said = ""
    try:
        initialise(folder, output=output, environ=os.environ)
    except CannotInitialise as error:
        said = str(error)
    if said:
        assert not output.exists()
        assert "no valid settings" not in said
    else:
        loaded(output)
