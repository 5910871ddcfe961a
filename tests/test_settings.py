"""readiness.yaml is read as it was meant, or said to be wrong with line, place and remedy."""

# ruff: noqa: E501 - tables of cases are read best with one case a line

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pytest_readiness import settings as subject
from pytest_readiness.model import Domain, Priority
from pytest_readiness.redaction import Secret
from pytest_readiness.settings import Settings, SettingsError


SCHEMA = Path(__file__).parent.parent / "docs" / "schema" / "readiness-yaml-1.schema.json"
CONFIGURATION = Path(__file__).parent.parent / "docs" / "configuration.md"


def loaded(
    folder: Path,
    text: str,
    environ: dict[str, str] | None = None,
    overrides: dict[str, str] | None = None,
) -> Settings:
    path = folder / "readiness.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return subject.load(path, root=folder, environ=environ or {}, overrides=overrides or {})


def problems(folder: Path, text: str, **more: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        loaded(folder, text, **more)
    return list(caught.value.problems)


def test_without_a_file_nothing_is_configured(tmp_path: Path) -> None:
    settings = subject.load(None, root=tmp_path, environ={})

    assert settings.target.kind == "none"
    assert settings.profile == "as-shipped"
    assert settings.repository == tmp_path
    assert settings.checks == (tmp_path / "readiness",)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "target:\n", "---\n"])
def test_an_empty_file_is_the_defaults(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, text) == subject.load(None, root=tmp_path, environ={})


def test_a_command_is_split_into_words(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "target: {command: 'python -m api --name \"a b\" --port {port}'}")

    assert settings.target.command == ("python", "-m", "api", "--name", "a b", "--port", "{port}")
    assert settings.target.kind == "command"


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    settings = loaded(tmp_path / "deploy", "repository: ..\ntarget: {env_file: [a.env, ../b.env]}")

    assert settings.repository == tmp_path
    assert settings.target.env_file == (tmp_path / "deploy" / "a.env", tmp_path / "b.env")


def test_the_last_process_is_audited_unless_said(tmp_path: Path) -> None:
    text = """
        target:
          processes:
            provider: {command: "stub --port {port}"}
            api: {command: api, environment: {BASE: "http://127.0.0.1:{provider.port}"}}
        """
    assert loaded(tmp_path, text).target.audited == "api"
    assert loaded(tmp_path, text, overrides={"target.main": "provider"}).target.main == "provider"


def test_variables_are_the_text_that_was_written(tmp_path: Path) -> None:
    text = "target: {environment: {AUTH: off, PORT: 010, DAY: 2026-01-01, NONE: , NULL: ~, N: no}}"

    assert loaded(tmp_path, text).target.environment == {
        "AUTH": "off", "PORT": "010", "DAY": "2026-01-01", "NONE": "", "NULL": "", "N": "no",
    }  # fmt: skip


def test_a_json_body_keeps_its_types(tmp_path: Path) -> None:
    text = "operations: {a: {operation: POST /a, json: {n: 5, x: 1.5, on: true, no: null, s: '5'}}}"
    operation = loaded(tmp_path, text).operation("a")

    assert operation is not None
    assert (operation.method, operation.path) == ("POST", "/a")
    assert operation.json == {"n": 5, "x": 1.5, "on": True, "no": None, "s": "5"}


def test_one_name_can_stand_for_several_operations(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "operations: {core: [GET /a, {operation: PUT /b}], one: GET /c}")

    assert [each.path for each in settings.operations["core"]] == ["/a", "/b"]
    assert settings.operation("one") == settings.operations["one"][0]
    assert settings.operation("other") is None


def test_passwords_are_hidden(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "identities: {user: {username: ana, password: 0123456}}")

    assert settings.identities["user"].password == Secret("0123456")
    assert "0123456" not in repr(settings)


def test_every_secret_can_be_handed_to_a_redactor(tmp_path: Path) -> None:
    text = """
        target: {environment: {JWT_SECRET: in-variable, DEBUG: "true"}}
        identities: {user: {password: in-identity, token: in-token}}
        auth: {login: {operation: POST /l, json: {password: in-body, other: "{password}"}}}
        http: {proxy: "http://u:p@proxy", headers: {X-Api-Key: in-header}}
        services: {postgres: {url: "postgres://u:p@db"}}
        """
    assert set(subject.secrets(loaded(tmp_path, text))) == {
        "in-variable", "in-identity", "in-token", "in-body", "in-header",
        "http://u:p@proxy", "postgres://u:p@db",
    }  # fmt: skip


def test_environment_variables_are_put_in(tmp_path: Path) -> None:
    text = 'identities: {user: {username: "${WHO}@${HOST:-example.com}", password: "$${raw}"}}'
    user = loaded(tmp_path, text, {"WHO": "ana"}).identities["user"]

    assert user.username == "ana@example.com"
    assert user.password == Secret("${raw}")


def test_a_missing_variable_is_named_with_its_line(tmp_path: Path) -> None:
    assert problems(tmp_path, "identities:\n  user:\n    password: ${PASSWORD}\n") == [
        "readiness.yaml:3: identities.user.password: expected the environment variable PASSWORD, got none; set it, or give a default: ${PASSWORD:-default}"
    ]


def test_a_variable_never_shows_its_value_in_an_error(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, "target: {url: '${WHERE}'}", environ={"WHERE": "s3cret-value"})

    assert "${WHERE}" in problem
    assert "s3cret" not in problem


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("target:\n  raedy: /x", 2, "target.raedy: expected a known key, got 'raedy'; did you mean 'ready'?"),
        ("targte: {}", 1, "targte: expected a known key, got 'targte'; did you mean 'target'?"),
        ("operations:\n  a: {operation: GET /, jsn: 1}", 2, "did you mean 'json'?"),
        ("profiles: {production: {enviroment: {}}}", 1, "did you mean 'environment'?"),
        ("target:\n  ready: health", 2, "target.ready: expected a path like /api/health, got 'health'"),
        ("target: {ready: //evil.example/x}", 1, "expected a path"),
        ("target: {start_timeout: soon}", 1, "expected a number, got 'soon'"),
        ("target: {start_timeout: -1}", 1, "expected a number above 0"),
        ("http: {timeout: .nan}", 1, "expected a number"),
        ("target: {stop_signal: SIGTREM}", 1, "expected one of SIGTERM, SIGINT"),
        ("target: {url: localhost:8000}", 1, "target.url: expected a URL like"),
        ("target: {url: 'http://u:p@host'}", 1, "put them under 'identities'"),
        ("target: {url: [a]}", 1, "expected text, got a list"),
        ("target: {url: http://a, command: b}", 1, "remove all but one of url, command"),
        ("target: {command: b, service: api}", 1, "target.service: expected this key only beside compose"),
        ("target: {command: 'cd api && run'}", 1, "no shell reads '&&'"),
        ("target: {command: 'A=1 run'}", 1, "put A under 'environment'"),
        ("target: {command: \"run 'x\"}", 1, "close the quotation"),
        ("target: {command: []}", 1, "expected at least one item"),
        ("target: {processes: {a: {command: 'x {b.port}'}}}", 1, "{name.port} of a"),
        ("target: {processes: {api: {command: x}}, main: apy}", 1, "did you mean 'api'?"),
        ("target: [1]", 1, "target: expected a mapping, got a list"),
        ("operations:\n  a: get /x", 2, "operations.a: expected an operation like 'GET /path'"),
        ("operations:\n  a:\n  - GET /\n  - GET x", 4, "operations.a[1]: expected a path"),
        ("operations: {a: {json: {}}}", 1, "operations.a.operation: expected this key, got nothing"),
        ("public: [health]", 1, "public[0]: expected an operation"),
        ("profile: produciton\nprofiles: {production: {}}", 1, "did you mean 'production'?"),
        ("authorized: {host: 'https://a.example', by: Ana, until: 2026-12-31}", 1, "expected a host"),
        ("authorized: {host: '*.example.com', by: Ana, until: 2026-12-31}", 1, "expected a host"),
        ("authorized: {host: a.example, by: Ana}", 1, "authorized.until: expected this key"),
        ("authorized: {host: a.example, by: Ana, until: 2026-02-30}", 1, "expected a date like"),
        ("authorized: {host: '${H:-x}', by: Ana, until: 2026-12-31}", 1, "consent cannot be passed"),
        ("policy: {block: p0}", 1, "expected one of P0, P1, P2, P3, got 'p0'"),
        ("policy: {minimum_coverage: 101}", 1, "expected a number of at most 100"),
        ("policy: {floors: {monitorin: 40}}", 1, "did you mean 'monitoring'?"),
        ("policy: {levels: {some-check: off}}", 1, "expected a reason for switching a check off"),
        ("policy: {levels: {some-check: of}}", 1, "expected one of off, warn, fail"),
        ("not_applicable: {some-check: {}}", 1, "not_applicable.some-check.reason: expected this key"),
        ("version: 2", 1, "expected a number of at most 1"),
        ("target: {port: 0, image: x}", 1, "expected a number of at least 1"),
        ("- a", 1, "expected a mapping with keys like target and profiles, got a list"),
        ("just text", 1, "expected a mapping with keys"),
        ("a: 1\nb: 2\na: 3", 3, "expected each key once, got 'a' again (first on line 1)"),
        ("target:\n\turl: x", 2, "indent with spaces, not with tabs"),
        ("target: {url: 'x", 1, "expected YAML, got an error"),
        ("target: &a {processes: *a}", 1, "got an alias to what it stands in"),
        ("target: !!python/object:os.system {}", 1, "expected a plain value, got the YAML tag"),
        ("? [a]\n: 1", 1, "expected a word as key"),
        ("a: 1\n---\nb: 2", 2, "expected YAML"),
        ("target: {url: '\x01'}", 1, "expected printable text"),
        ("target: " + "[" * 2000, 1, "expected fewer levels"),
    ],
)  # fmt: skip
def test_an_error_names_line_place_and_remedy(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    found = problems(tmp_path, text)

    assert any(each.startswith(f"readiness.yaml:{line}: ") and words in each for each in found), (
        found
    )


def test_all_problems_are_listed_by_line(tmp_path: Path) -> None:
    found = problems(tmp_path, "version: 9\ntarget:\n  port: x\n  reddy: /\ndeadline: 0\n")

    assert [each.split(":")[1] for each in found] == ["1", "3", "4", "5"]


def test_an_error_shows_no_password(tmp_path: Path) -> None:
    text = "identities: {user: {password: hunter2, pasword: hunter2}}\nauth: {oauth: {client_secret: hunter2}}"

    assert "hunter2" not in "\n".join(problems(tmp_path, text))


def test_other_bytes_than_utf_8_are_an_error_with_line(tmp_path: Path) -> None:
    path = tmp_path / "readiness.yaml"
    path.write_bytes(b"version: 1\nprofile: \xff\n")

    with pytest.raises(SettingsError, match=r"^readiness\.yaml:2: expected text in UTF-8"):
        subject.load(path, root=tmp_path, environ={})


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^readiness\.yaml: expected a readable file"):
        subject.load(tmp_path / "readiness.yaml", root=tmp_path, environ={})


def test_aliases_and_merges_work(tmp_path: Path) -> None:
    text = """
        profiles:
          production: &production {environment: {A: "1"}, ready: /a}
          canary: {<<: *production, ready: /b}
        """
    canary = loaded(tmp_path, text).profiles["canary"]

    assert (canary.environment, canary.ready) == ({"A": "1"}, "/b")


def test_aliases_that_multiply_are_stopped(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]

    assert any("aliases (*name) multiply" in each for each in problems(tmp_path, "\n".join(rows)))


def test_an_override_replaces_the_way_to_the_target(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        "target: {compose: compose.yml, service: api, ready: /health}",
        overrides={
            "target.url": "http://127.0.0.1:8000",
            "public": "[GET /a]",
            "http.timeout": "5",
        },
    )

    assert (settings.target.kind, settings.target.ready) == ("url", "/health")
    assert settings.public == ("GET /a",)
    assert settings.http.timeout == 5


def test_a_wrong_override_is_named_as_such(tmp_path: Path) -> None:
    found = problems(tmp_path, "version: 1", overrides={"http.timeout": "soon"})

    assert found == ["override: http.timeout: expected a number, got 'soon'"]


@pytest.mark.parametrize("place", ["authorized", "authorized.host"])
def test_consent_cannot_be_overridden(tmp_path: Path, place: str) -> None:
    text = "authorized: {host: a.example, by: Ana, until: 2026-12-31}"

    [problem] = problems(tmp_path, text, overrides={place: "b.example"})

    assert "consent cannot be passed around" in problem


def test_consent_names_host_person_and_day(tmp_path: Path) -> None:
    consent = loaded(tmp_path, "authorized: {host: A.example:8443, by: Ana, until: 2026-12-31}")

    assert consent.authorized is not None
    assert consent.authorized.host == "a.example:8443"
    assert consent.authorized.until == date(2026, 12, 31)


def test_a_profile_is_laid_over_the_target(tmp_path: Path) -> None:
    text = """
        target: {command: run, env_file: .env.example, environment: {A: 1, B: 1}, ready: /r}
        profiles: {production: {env_file: .env.production, environment: {B: 2}}}
        """
    settings = loaded(tmp_path, text)
    production = subject.effective(settings, "production")

    assert production.environment == {"A": "1", "B": "2"}
    assert production.env_file == (tmp_path / ".env.production",)
    assert (production.command, production.ready) == (("run",), "/r")
    assert (
        subject.effective(settings, "as-shipped") == settings.target == subject.effective(settings)
    )


def test_a_profile_may_be_reached_another_way(tmp_path: Path) -> None:
    text = """
        target: {processes: {a: {command: run}}, main: a}
        profiles: {staging: {url: "https://staging.example.com/"}}
        """
    staging = subject.effective(loaded(tmp_path, text), "staging")

    assert (staging.kind, staging.url, staging.main) == ("url", "https://staging.example.com", None)


def test_an_unknown_profile_is_an_error(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "profiles: {production: {}}")

    with pytest.raises(SettingsError, match="did you mean 'production'"):
        subject.effective(settings, "prodution")


def test_the_policy_is_handed_on_as_the_record_holds_it(tmp_path: Path) -> None:
    text = """
        policy:
          block: P1
          floors: {monitoring: 40}
          levels: {a: warn, b: {level: off, reason: not ours}}
        """
    policy = loaded(tmp_path, text).policy.rules()

    assert policy.block is Priority.P1
    assert policy.floors == {Domain.MONITORING: 40}
    assert policy.levels == {"a": "warn", "b": "off"}
    assert policy.off_reasons == {"b": "not ours"}


@pytest.mark.parametrize("name", ["readiness.yaml", "readiness.yml"])
def test_either_spelling_is_found(tmp_path: Path, name: str) -> None:
    assert subject.find(tmp_path) is None
    (tmp_path / name).touch()
    assert subject.find(tmp_path) == tmp_path / name


def test_both_spellings_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").touch()
    (tmp_path / "readiness.yml").touch()

    with pytest.raises(SettingsError, match=r"remove readiness\.yml"):
        subject.find(tmp_path)


KEYS = [
    "target", "profiles", "auth", "login", "operations", "operation", "json", "policy", "levels",
    "identities", "password", "authorized", "until", "url", "command", "processes", "environment",
    "http", "timeout", "not_applicable", "services", "<<", "a",
]  # fmt: skip
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.text(max_size=8)
    | st.sampled_from(["GET /a", "${X}", "${X:-y}", "{b.port}", "off", "http://[", "2026-12-31"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


def outcome_of(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "readiness.yaml"
    path.write_bytes(content)
    try:
        settings = subject.load(path, root=path.parent, environ={})
    except SettingsError:
        return
    subject.secrets(settings)
    for profile in settings.profiles:
        with suppress(SettingsError):
            subject.effective(settings, profile)


@given(document=st.dictionaries(st.sampled_from(KEYS), values, max_size=5))
@hypothesis_settings(max_examples=250, deadline=None)
def test_any_document_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]
) -> None:
    outcome_of(tmp_path_factory, yaml.safe_dump(document, sort_keys=False).encode())


@given(text=st.text(st.sampled_from("abtarget:-[]{},&*!|>'\"%@`#?<\t\n ${}0~"), max_size=60))
@hypothesis_settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    outcome_of(tmp_path_factory, text.encode())


@given(content=st.binary(max_size=60))
@hypothesis_settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    outcome_of(tmp_path_factory, content)


def test_the_published_schema_is_current() -> None:
    # Write it anew with: json.dumps(json_schema(), indent=2)
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == subject.json_schema()


def test_every_key_is_described_in_the_schema() -> None:
    schema = subject.json_schema()
    places = {"Settings": schema, **schema["$defs"]}

    missing = [
        f"{name}.{key}"
        for name, place in places.items()
        for key, said in place.get("properties", {}).items()
        if not said.get("description")
    ]
    assert missing == []


def examples() -> list[str]:
    text = CONFIGURATION.read_text(encoding="utf-8")
    return [part.partition("```")[0] for part in text.split("```yaml\n")[1:]]


@pytest.mark.parametrize("number", range(len(examples())))
def test_the_examples_of_the_documentation_are_valid(tmp_path: Path, number: int) -> None:
    example = examples()[number]
    environ = {"USER_PASSWORD": "a", "ADMIN_TOKEN": "b", "OAUTH_SECRET": "c", "PG_PASSWORD": "d"}

    loaded(tmp_path, example, environ)

    document = yaml.load(example, Loader=yaml.BaseLoader)  # noqa: S506 - it makes text only
    jsonschema.Draft202012Validator(subject.json_schema()).check_schema(subject.json_schema())
    assert isinstance(document, dict)


def test_every_key_stands_in_the_documentation() -> None:
    text = CONFIGURATION.read_text(encoding="utf-8")
    schema = subject.json_schema()
    keys = {
        key for place in (schema, *schema["$defs"].values()) for key in place.get("properties", ())
    }

    assert sorted(key for key in keys if f"`{key}`" not in text and f"{key}:" not in text) == []


def test_settings_load_nothing_heavy() -> None:
    script = "import sys, pytest_readiness.settings; print(*sys.modules)"

    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert not {"requests", "jose", "testcontainers"} & set(shown.stdout.split())
