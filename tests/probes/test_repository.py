"""A repository knows its files and what they are."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.probes import repository
from pytest_readiness.probes.repository import Repository
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from pathlib import Path


MANIFEST = "apiVersion: v1\nkind: Service\nmetadata: {name: api}\n"
RULES = "groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up == 0\n"


def write(root: Path, files: dict[str, str]) -> Repository:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return Repository(root)


def git(root: Path, *words: str) -> None:
    identity = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.org",
        "-c",
        "init.defaultBranch=main",
    ]
    subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)


def test_git_says_what_belongs_to_the_repository(tmp_path):
    write(tmp_path, {".gitignore": "*.log\n", "a/b.py": "", "gone.py": "", "x.log": ""})
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    (tmp_path / "gone.py").unlink()
    write(tmp_path, {"new file ü.py": ""})
    assert Repository(tmp_path).files == (".gitignore", "a/b.py", "new file ü.py")
    assert Repository(tmp_path / "a").files == ("b.py",)


def test_commit_and_dirty_are_those_of_git(tmp_path):
    write(tmp_path, {"a.py": ""})
    assert (Repository(tmp_path).commit, Repository(tmp_path).dirty) == ("", None)
    git(tmp_path, "init")
    assert (Repository(tmp_path).commit, Repository(tmp_path).dirty) == ("", True)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    clean = Repository(tmp_path)
    assert (len(clean.commit), clean.dirty) == (40, False)
    assert clean.has_commit(clean.commit)
    assert clean.has_commit(clean.commit[:12])
    assert not clean.has_commit("0" * 40)
    assert not clean.has_commit("HEAD")
    assert not clean.has_commit("--help")
    write(tmp_path, {"b.py": ""})
    assert Repository(tmp_path).dirty is True


def test_another_repository_in_the_environment_does_not_matter(tmp_path, monkeypatch):
    write(tmp_path, {"here/a.py": "", "there/b.py": ""})
    for folder in ("here", "there"):
        git(tmp_path / folder, "init")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "there" / ".git"))
    assert Repository(tmp_path / "here").files == ("a.py",)


def test_a_folder_that_an_outer_repository_ignores_is_read_all_the_same(tmp_path):
    write(tmp_path, {".gitignore": "out/\n", "out/a.py": ""})
    git(tmp_path, "init")
    assert Repository(tmp_path / "out").files == ("a.py",)


def test_without_git_the_folder_is_walked_past_what_tools_make(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    found = write(tmp_path, {"a.py": "", "node_modules/b.js": "", "d/.venv/c": "", "build/d": ""})
    assert found.files == ("a.py",)
    assert (found.commit, found.dirty) == ("", None)


def test_links_that_lead_out_are_left_out(tmp_path):
    write(tmp_path, {"secret.env": "A=1\n", "repo/a.env": "A=1\n"})
    root = tmp_path / "repo"
    (root / "in.env").symlink_to("a.env")
    (root / "out.env").symlink_to("../secret.env")
    (root / "loop.env").symlink_to("loop.env")
    assert Repository(root).files == ("a.env", "in.env")
    with pytest.raises(UnreadableFile, match="outside"):
        Repository(root).read("../secret.env")


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("tests/specimens", ["a.yaml", "tests/a.yaml", "x/specimens/a.yaml"]),
        ("specimens", ["a.yaml", "tests/a.yaml"]),
        ("**/specimens/**", ["a.yaml", "tests/a.yaml"]),
        ("*.yaml", []),
        ("/a.yaml", ["tests/a.yaml", "tests/specimens/a.yaml", "x/specimens/a.yaml"]),
        ("tests/*.yaml", ["a.yaml", "tests/specimens/a.yaml", "x/specimens/a.yaml"]),
        ("?.yaml/", []),
    ],
)
def test_excluded_globs_hold_as_in_gitignore(tmp_path, pattern, left):
    paths = ["a.yaml", "tests/a.yaml", "tests/specimens/a.yaml", "x/specimens/a.yaml"]
    write(tmp_path, dict.fromkeys(paths, ""))
    assert list(Repository(tmp_path, exclude=[pattern]).files) == left


def test_reading_survives_odd_bytes_and_honours_byte_order_marks(tmp_path):
    (tmp_path / "odd").write_bytes(b"a\xffb")
    (tmp_path / "utf8").write_bytes(b"\xef\xbb\xbfa")
    (tmp_path / "utf16").write_bytes("A=1".encode("utf-16"))
    found = Repository(tmp_path)
    assert [found.read(path) for path in ("odd", "utf8", "utf16")] == ["a\ufffdb", "a", "A=1"]


def test_what_cannot_be_read_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(repository, "SIZE_LIMIT", 3)
    found = write(tmp_path, {"big": "abcd", "fits": "abc"})
    assert found.read("fits") == "abc"
    with pytest.raises(UnreadableFile, match="larger"):
        found.read("big")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        found.read("missing")
    with pytest.raises(UnreadableFile):
        found.read("nul\0")


def test_dockerfiles_are_found_by_name_and_content(tmp_path):
    found = write(
        tmp_path,
        {
            "Dockerfile": "",
            "api/prod.Dockerfile": "from python\n",
            "Dockerfile.worker": "# syntax=x\n\n  ARG V=1\nFROM a\n",
            "probes/dockerfile.py": '"""Docs."""\n\nfrom re import match\n',
            "other/dockerfile.py": "from re import match\n",
            "Containerfile": "FROM a\n",
            "Dockerfile.md": "# How the image is built\n",
            "Dockerfile.dockerignore": "FROM x\n",
            ".dockerignore": "",
            "dockerfile_lint.py": "FROM a\n",
        },
    )
    expected = ("Containerfile", "Dockerfile", "Dockerfile.worker", "api/prod.Dockerfile")
    assert found.dockerfiles == expected


def test_compose_files_are_found_by_name_and_content(tmp_path):
    found = write(
        tmp_path,
        {
            "compose.yaml": "",
            "docker-compose.prod.yml": "services: {}\n",
            "docker-compose.broken.yml": "services: [\n",
            "compose-notes.yaml": "a: 1\n",
            "composer.yml": "a: 1\n",
            "other.yml": "services: {}\n",
        },
    )
    assert found.compose_files == (
        "compose.yaml",
        "docker-compose.broken.yml",
        "docker-compose.prod.yml",
    )


def test_env_files_are_found_by_name_and_content(tmp_path):
    found = write(
        tmp_path,
        {
            ".env": "",
            ".env.production": "A=1\n",
            "deploy/api.env": "A='x\ny'\n",
            ".env.md": "# Variables\n\nThese are\nread at start\n",
            ".envrc": "use flake\n",
            "env.py": "A=1\n",
        },
    )
    assert found.env_files == (".env", ".env.production", "deploy/api.env")


def test_manifests_are_told_from_templates_and_tool_files(tmp_path):
    found = write(
        tmp_path,
        {
            "k8s/api.yaml": MANIFEST,
            "k8s/api.json": '{"apiVersion": "v1", "kind": "Service"}',
            "k8s/second.yaml": f"a: 1\n---\n{MANIFEST}",
            "k8s/broken.yaml": f"{MANIFEST}x: [\n",
            "k8s/kustomization.yaml": (
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
            ),
            "k8s/workflow.yaml": f'{MANIFEST}data: "{{{{inputs.x}}}}"\n',
            "chart/Chart.yaml": "apiVersion: v2\nname: a\n",
            "chart/templates/a.yaml": f'{MANIFEST}x: "{{{{ $a }}}}"\n',
            "loose.yaml": f'{MANIFEST}x: "{{{{ .Values.a }}}}"\n',
            "jinja.yaml": f"{MANIFEST}x: {{{{ a }}}}\n",
            "other.yaml": "kind: x\n",
        },
    )
    names = ["api.json", "api.yaml", "broken.yaml", "second.yaml", "workflow.yaml"]
    assert found.kubernetes_manifests == tuple(f"k8s/{name}" for name in names)
    left_out = [one.path for one in found.left_out]
    assert left_out == ["chart/templates/a.yaml", "jinja.yaml", "loose.yaml"]
    assert "render" in found.left_out[0].reason


def test_rules_and_specifications_are_found_by_content(tmp_path):
    inner = "".join(f"  {line}\n" for line in RULES.splitlines())
    rule = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n"
    found = write(
        tmp_path,
        {
            "alerts.yml": RULES,
            "crd.yaml": f'{rule}{inner}      annotations: {{s: "{{{{ $value }}}}"}}\n',
            "groups.yml": "groups: [admins]\n# rules:\n",
            "api.yaml": "openapi: 3.1.0\n",
            "api.json": '{"a": {"swagger": 1}, "openapi": "3.1.0"}',
            "not.json": '{"a": {"openapi": "3.1.0"}}',
            "list.json": '["openapi"]',
        },
    )
    assert found.prometheus_rules == ("alerts.yml", "crd.yaml")
    assert found.openapi_files == ("api.json", "api.yaml")
    assert found.kubernetes_manifests == ("crd.yaml",)


def test_documents_are_found_by_name(tmp_path):
    found = write(
        tmp_path,
        {
            "README.md": "",
            "LICENCE": "",
            "docs/a/b.md": "",
            "docs/c.png": "",
            "alembic.ini": "",
            ".github/workflows/ci.yml": "",
            ".github/workflows/old/x.yml": "",
        },
    )
    assert (found.readme, found.license, found.changelog) == ("README.md", "LICENCE", None)
    assert found.docs == ("docs/a/b.md",)
    assert found.workflows == (".github/workflows/ci.yml",)
    assert found.alembic_files == ("alembic.ini",)
    assert found.name == tmp_path.name


def test_what_differs_from_the_commit_is_named_and_a_report_is_not(tmp_path):
    assert Repository(tmp_path).changed() == ()
    top, root = tmp_path, tmp_path / "service"
    root.mkdir()
    for name in ("kept.txt", "edited.txt", "gone.txt", "odd name.txt"):
        (root / name).write_text("one", encoding="utf-8")
    (top / "beside.txt").write_text("one", encoding="utf-8")
    git(top, "init", "-q")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "all")
    assert Repository(root).changed("out/report") == ()
    for path in ("edited.txt", "odd name.txt", "new/file.txt", "out/report/readiness.json"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("two", encoding="utf-8")
    (root / "__pycache__").mkdir()
    (root / "__pycache__" / "a.pyc").write_bytes(b"")
    (root / "gone.txt").unlink()
    (top / "beside.txt").write_text("two", encoding="utf-8")
    assert Repository(root).changed("out/report") == (
        "edited.txt",
        "gone.txt",
        "new/",
        "odd name.txt",
    )
