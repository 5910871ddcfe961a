"""What a repository says of how it is started, on real files."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_readiness.probes import commands
from pytest_readiness.probes.project import look
from pytest_readiness.probes.repository import Repository


if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_readiness.probes.project import Project

    Looking = Callable[..., Project]


@pytest.fixture
def looking(tmp_path: Path) -> Looking:
    """Write files by path, and look at them."""

    def look_at(**files: str) -> Project:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return look(Repository(tmp_path))

    return look_at


def command(project: Project) -> str:
    return shlex.join(project.starts[0].command)


def test_nothing_is_known_of_an_empty_folder(looking: Looking) -> None:
    project = looking()
    assert project.starts == ()
    assert project.framework is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000"]',
         "uvicorn app.main:app --host 127.0.0.1 --port '{port}'"),
        ('["uvicorn", "app.main:app", "--reload"]', "uvicorn app.main:app --port '{port}'"),
        ('["gunicorn", "-b", "0.0.0.0:8000", "app.main:app"]',
         "gunicorn -b '127.0.0.1:{port}' app.main:app"),
        ("exec gunicorn app.main:app --bind 0.0.0.0:${PORT:-8000}",
         "gunicorn app.main:app --bind '127.0.0.1:{port}'"),
        ('["/venv/bin/uvicorn", "app.main:app", "--port=8000"]',
         "uvicorn app.main:app '--port={port}'"),
        ('["poetry", "run", "uvicorn", "app.main:app"]', "uvicorn app.main:app --port '{port}'"),
    ],
)  # fmt: skip
def test_an_images_command_runs_here_on_a_chosen_port(
    looking: Looking, written: str, expected: str
) -> None:
    project = looking(
        **{
            "Dockerfile": f"FROM python:3.12\nEXPOSE 8000\nCMD {written}\n",
            "app/__init__.py": "",
            "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
        }
    )
    assert command(project) == expected
    assert str(project.starts[0].location) == "Dockerfile:3"
    assert project.ports[0].value == 8000


def test_an_application_is_found_without_a_dockerfile(looking: Looking) -> None:
    project = looking(
        **{"src/shop/__init__.py": "", "src/shop/api.py": "import fastapi\napi = fastapi.FastAPI()"}
    )
    assert command(project) == "python -m uvicorn shop.api:api --port '{port}'"
    assert project.starts[0].workdir == "src"
    assert project.framework
    assert (project.framework.value, str(project.framework.location)) == (
        "FastAPI",
        "src/shop/api.py:2",
    )


def test_a_factory_is_called_as_one(looking: Looking) -> None:
    text = "from starlette.applications import Starlette\ndef make():\n    return Starlette()\n"
    project = looking(**{"web.py": text})
    assert command(project) == "python -m uvicorn web:make --factory --port '{port}'"


@pytest.mark.parametrize(
    ("files", "framework", "expected"),
    [
        ({"app.py": "from flask import Flask\nweb = Flask(__name__)\n"}, "Flask",
         "python -m flask --app app:web run --port '{port}'"),
        ({"manage.py": "import django\n"}, "Django",
         "python manage.py runserver '127.0.0.1:{port}' --noreload"),
        ({"package.json": '{"dependencies": {"express": "4"}, "scripts": {"start": "node ."}}'},
         "Express", "npm start"),
    ],
)  # fmt: skip
def test_frameworks_are_started_as_they_are_used_to(
    looking: Looking, files: dict[str, str], framework: str, expected: str
) -> None:
    project = looking(**files)
    assert project.framework
    assert project.framework.value == framework
    assert command(project) == expected


def test_a_script_with_a_port_of_its_own_gets_a_chosen_one(looking: Looking) -> None:
    project = looking(
        **{
            "Dockerfile": 'FROM python\nENTRYPOINT ["python"]\nCMD ["app.py"]\n',
            "config.py": "import connexion\nweb = connexion.App(__name__)\n",
            "app.py": "from config import web\nif __name__ == '__main__':\n"
            "    web.run(host='0.0.0.0', port=5000, debug=True)\n",
        }
    )
    assert project.starts[0].command == (
        "python",
        "-c",
        "from config import web; import app; web.run(host='127.0.0.1', port={port})",
    )


def test_a_script_of_the_image_is_doubted(looking: Looking) -> None:
    project = looking(Dockerfile='FROM python\nENTRYPOINT ["/entrypoint.sh"]\n')
    assert project.starts[0].doubt == "entrypoint.sh is a script of the image: name what it starts"


def test_what_a_command_names_is_looked_for_in_the_repository(looking: Looking) -> None:
    project = looking(
        **{
            "deploy/Dockerfile": 'FROM python\nCOPY src /app\nCMD ["python", "server.py"]\n',
            "backend/server.py": "import os\nport = os.environ['PORT']\n",
        }
    )
    assert project.starts[0].workdir == "backend"
    project = looking(Dockerfile='FROM python\nCMD ["python", "gone.py"]\n')
    assert "gone.py is not in the repository" in {start.doubt for start in project.starts}


def test_probes_tell_health_and_readiness(looking: Looking) -> None:
    project = looking(
        **{
            "k8s/app.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n"
            "  template:\n    spec:\n      containers:\n      - name: a\n        image: a:1\n"
            "        readinessProbe: {httpGet: {path: /ready, port: 80}}\n"
            "        livenessProbe: {httpGet: {path: /live, port: 80}}\n"
        }
    )
    assert project.ready
    assert project.health
    assert (project.ready.value, project.health.value) == ("/ready", "/live")


def test_env_files_become_profiles_and_datastores_are_known(looking: Looking) -> None:
    project = looking(
        **{
            ".env.example": "DATABASE_URL=postgresql+asyncpg://u:p@db/app\nDEBUG=1\n",
            ".env.production": "DEBUG=0\n",
            "staging.env": "DEBUG=0\n",
            "docker-compose.yml": "services:\n  db: {image: 'postgres:16'}\n"
            "  api: {build: ., environment: {MODE: demo, API_SECRET: hunter2hunter2}}\n",
            "Dockerfile": "FROM python\n",
        }
    )
    assert project.env_file == ".env.example"
    assert project.profiles == {"production": ".env.production", "staging": "staging.env"}
    assert project.datastores["DATABASE_URL"].value == "postgres"
    assert project.images["postgres"].value == "postgres:16"
    assert set(project.variables) == {"MODE"}
    assert set(project.injected) == {"API_SECRET"}


def test_settings_of_ours_are_no_openapi_document(looking: Looking) -> None:
    project = looking(
        **{
            "readiness.yaml": "openapi: api.yaml\n",
            "api.yaml": "openapi: 3.0.0\npaths: {/a: {get: {}}}\n",
            "tests/openapi.json": '{"openapi": "3.0.0", "paths": {"/b": {"get": {}}}}',
        }
    )
    assert project.openapi == "api.yaml"
    assert project.other_openapi == ()


def test_broken_files_are_named_and_not_fatal(looking: Looking) -> None:
    project = looking(
        **{
            "Dockerfile": "RUN nothing\n",
            "docker-compose.yml": "services: [\n",
            "openapi.json": "{",
            "app.py": "from fastapi import FastAPI(\n",
            "pyproject.toml": "= broken",
        }
    )
    assert len(project.unreadable) >= 2
    assert project.starts == ()


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_any_command_line_can_be_changed(text: str) -> None:
    words = commands.split(text)
    if words is not None:
        plain, _ = commands.outside_container(words, lambda _: True)
        assert all(isinstance(word, str) for word in commands.with_port(plain).words)


POD = "spec: {template: {spec: {containers: [{ports: [{containerPort: x}]}]}}}\n"
SNIPPETS = st.sampled_from(
    [
        'CMD ["', "FROM a\n", "CMD ", "EXPOSE 99999999999\n", "ENV A=${B:-\n",
        "services:\n", "  a:\n", "    build: .\n", "    command: [1, {}]\n",
        "    ports: ['x:${P}']\n", "{", "}", "]", ": ", "- ",
        '"openapi": "3.0.0"', "openapi: 3.0.0\n", "paths: {/a b: {get: {}}}\n",
        "paths: {/a: {post: 1}}\n", "app = FastAPI()\nimport fastapi\n",
        "def f(x=1): return Flask(__name__)\nimport flask\n",
        "web: uvicorn a:b --port $PORT\n", "A='b\n", "X=postgres://u:pw@h/d\n",
        "\x00", "\u2028", "é", "\\", "kind: Deployment\napiVersion: apps/v1\n" + POD,
    ]
)  # fmt: skip
NAMES = st.sampled_from(
    ["Dockerfile", "docker-compose.yml", ".env", ".env.production", ".env.${X}", "openapi.json",
     "api/openapi.yaml", "app.py", "src/a b/main.py", "manage.py", "package.json", "Procfile",
     "pyproject.toml", "README.md", "k8s/x.yaml", "alembic.ini"]
)  # fmt: skip
REPOSITORIES = st.dictionaries(NAMES, st.lists(SNIPPETS, max_size=6).map("".join), max_size=5)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=REPOSITORIES)
def test_any_repository_can_be_looked_at(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    look(Repository(folder))
