"""Manifests and lock files of each ecosystem, in step and out of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.probes import dependencies
from pytest_readiness.probes.repository import Repository


if TYPE_CHECKING:
    from pathlib import Path

    from pytest_readiness.probes.dependencies import Dependencies


HASH = " --hash=sha256:" + "0" * 64


def look(folder: Path, files: dict[str, str]) -> tuple[Dependencies, ...]:
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return dependencies.look(Repository(folder))


def said(found: tuple[Dependencies, ...]) -> list[str]:
    return [
        f"{'~' if one.mild else ''}{one.location} {one.message}"
        for each in found
        for one in each.problems
    ]


NPM = json.dumps({"name": "shop", "private": True, "dependencies": {"qs": "^6.0.0"}}, indent=1)
POM = "<dependencies>\n<dependency>\n<version>{}</version>\n</dependency></dependencies>"
MARKED = 'tomli; python_version<"3.11"'
QS = '{"qs": "^6.0.0"}'
BUN = '{"workspaces": {"": {"dependencies": {"qs": "^6.0.0"}}}}'


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": f"flask==3.1.0{HASH}\n"},
        {"requirements.txt": f"flask[async]==3.1.0 ; python_version >= '3.8'{HASH}\n"},
        {"requirements.txt": f"# pinned\n\nflask==3.1.0 \\\n   {HASH}\n-c constraints.txt\n"},
        {"requirements.txt": f"-r base.in\nflask==3.1.0{HASH}\n"},
        {"requirements/base.txt": f"flask==3.1.0{HASH}\n", "requirements/dev.txt": "pytest\n"},
        {"requirements.in": "Flask>=3\n", "requirements.txt": f"flask==3.1.0{HASH}\n"},
        {"requirements.txt": f"shop @ https://x.example/shop-1.whl#sha256={'0' * 64}{HASH}\n"},
        {"requirements.txt": f"-e .\n./lib\nflask==3.1.0{HASH}\n"},
        {
            "pyproject.toml": "[tool.poetry.dependencies]\npython='^3'\nFlask='^3'\n",
            "poetry.lock": "[[package]]\nname='flask'\nversion='3.1.0'\nfiles=[{hash='x'}]\n",
        },
        {
            "pyproject.toml": f"[project]\nname='a'\ndependencies=['flask', '{MARKED}']\n",
            "uv.lock": "[[package]]\nname='flask'\nversion='3'\nsdist={hash='x'}\n",
        },
        {
            "Pipfile": "[packages]\nflask='*'\n",
            "Pipfile.lock": '{"default": {"flask": {"version": "==3.1.0", "hashes": ["x"]}}}',
        },
        {"package.json": NPM, "yarn.lock": 'qs@^6.0.0:\n  version "6.1"\n'},
        {"package.json": NPM, "yarn.lock": '"qs@npm:^6.0.0, qs@npm:^6.1.0":\n  version: 6.1\n'},
        {
            "package.json": NPM,
            "bun.lock": BUN,
        },
        {
            "package.json": NPM,
            "pnpm-lock.yaml": "importers: {.: {dependencies: {qs: {specifier: ^6.0.0}}}}\n",
        },
        {
            "package.json": NPM,
            "pnpm-lock.yaml": "specifiers: {qs: ^6.0.0}\ndependencies: {qs: 6.1}\n",
        },
        {"package.json": '{"devDependencies": {"prettier": "3"}}'},
        {"package.json": '{"dependencies": {"lib": "workspace:*"}}', "yarn.lock": ""},
        {
            "packages/web/package.json": NPM,
            "package-lock.json": f'{{"packages": {{"packages/web": {{"dependencies": {QS}}}}}}}',
        },
        {"go.mod": "module a\n\ngo 1.23\n"},
        {"go.mod": "module a\nrequire x.io/y v1.0.0\nreplace x.io/y => ./y\n"},
        {"Cargo.toml": "[dependencies]\nown = {path='own'}\n"},
        {
            "Cargo.toml": "[dependencies]\nweb = {package='axum', version='0.8'}\n",
            "Cargo.lock": "[[package]]\nname='axum'\nversion='0.8.1'\n",
        },
        {"Gemfile": 'gem "puma"\ngem "own", path: "own"\n', "Gemfile.lock": "    puma (6.5)\n"},
        {"composer.json": '{"require": {"php": ">=8", "ext-json": "*"}}'},
        {
            "composer.json": '{"require": {"Slim/slim": "^4"}}',
            "composer.lock": '{"packages": [{"name": "slim/slim", "version": "4.1"}]}',
        },
        {"pom.xml": POM.format("1.2.3")},
        {"pom.xml": POM.format("${web.version}")},
        {"build.gradle": "dependencies { implementation 'a:b:1.2' }\n"},
        {
            "build.gradle": "dependencies { implementation 'a:b:1.+' }\n",
            "gradle.lockfile": "a:b:1.2=x\n",
        },
        {"tests/requirements.txt": "pytest\n", "examples/a/package.json": NPM},
    ],
)
def test_what_is_fixed_has_no_problem(tmp_path, files):
    assert said(look(tmp_path, files)) == []


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"requirements.txt": "a==1\nflask\n"}, "requirements.txt:2 flask can be another"),
        ({"requirements.txt": "flask==3.*\n"}, "requirements.txt:1 flask==3.* can be"),
        ({"requirements.txt": "flask~=3.1\nb>1\n"}, "requirements.txt:1 flask~=3.1 and 1 more can"),
        ({"requirements.txt": "git+https://x.example/y.git\n"}, "requirements.txt:1 git+https"),
        ({"requirements.txt": "flask==3.1.0\n"}, "~requirements.txt:1 1 of 1 requirements have no"),
        ({"requirements.txt": "flask = 3\n"}, "requirements.txt:1 'flask = 3' is no requirement"),
        ({"pyproject.toml": "[project]\nname='a'\ndependencies=['b']\n"}, "pyproject.toml nothing"),
        ({"setup.py": "setup(install_requires=['b'])\n"}, "setup.py nothing beside setup.py"),
        (
            {
                "pyproject.toml": "[project]\ndependencies=[\n'b>=2']\n",
                "a-requirements.txt": f"b==1{HASH}\n",
            },
            "pyproject.toml:3 a-requirements.txt holds b 1, which b>=2 does not allow",
        ),
        (
            {"pyproject.toml": "[project]\ndependencies=['b']\n", "uv.lock": "version=1\n"},
            "pyproject.toml:2 b is not in uv.lock",
        ),
        (
            {
                "pyproject.toml": "[project]\ndependencies=['b']\n",
                "uv.lock": "[[package]]\nname='b'\n",
            },
            "~uv.lock:2 b has no hash",
        ),
        ({"package.json": NPM}, "package.json no lock file fixes"),
        (
            {"package.json": NPM, "yarn.lock": "qs@^5:\n"},
            "package.json:5 qs@^6.0.0 is not in yarn.lock",
        ),
        ({"package.json": NPM, "yarn.lock": "xqs@^6.0.0:\n"}, "package.json:5 qs@^6.0.0 is not"),
        ({"package.json": "{\n,"}, "package.json:2 it is no JSON"),
        ({"pyproject.toml": "project = 5\n"}, "pyproject.toml it, or its lock file, is not built"),
        (
            {"package.json": NPM, "package-lock.json": '{"packages": {"": 5}}'},
            "package.json it, or",
        ),
        ({"Cargo.toml": "dependencies = 5\n"}, "Cargo.toml it, or its lock file"),
        ({"go.mod": "require x.io/y v1.0.0\n"}, "go.mod there is no go.sum"),
        (
            {
                "go.mod": "require (\n\tx.io/y v1.0.0 // indirect\n)\n",
                "go.sum": "x.io/y v0.9.0 h1:a\n",
            },
            "go.mod:2 x.io/y v1.0.0 has no hash in go.sum",
        ),
        ({"Cargo.toml": "[dependencies]\naxum='0.8'\n"}, "Cargo.toml no Cargo.lock"),
        (
            {"Gemfile": "gem 'puma'\n", "Gemfile.lock": "    rack (3)\n"},
            "Gemfile:1 puma is not in Gemfile.lock",
        ),
        ({"composer.json": '{"require": {"slim/slim": "^4"}}'}, "composer.json no composer.lock"),
        ({"pom.xml": POM.format("[1,2)")}, "pom.xml:3 version [1,2) can be another"),
        ({"pom.xml": POM.format("2-SNAPSHOT")}, "pom.xml:3 version 2-SNAPSHOT"),
        (
            {"build.gradle.kts": 'dependencies {\n implementation("a:b:latest.release")}'},
            "build.gradle.kts:2",
        ),
    ],
)
def test_what_is_not_fixed_is_told_with_its_line(tmp_path, files, problem):
    found = said(look(tmp_path, files))
    assert len(found) == 1
    assert found[0].startswith(problem)


@pytest.mark.parametrize(
    ("files", "library"),
    [
        ({"pyproject.toml": "[build-system]\n[project]\nname='a'\ndependencies=['b']\n"}, True),
        ({"pyproject.toml": "[project]\nname='a'\ndependencies=['b']\n"}, False),
        ({"package.json": '{"main": "a.js", "dependencies": {"b": "1"}}'}, True),
        ({"package.json": NPM}, False),
        ({"Cargo.toml": "[dependencies]\nb='1'\n", "src/lib.rs": ""}, True),
        ({"Cargo.toml": "[dependencies]\nb='1'\n", "src/main.rs": ""}, False),
        ({"composer.json": '{"name": "a/b", "require": {"b/c": "1"}}'}, True),
    ],
)
def test_a_library_is_told_apart(tmp_path, files, library):
    assert [one.library for one in look(tmp_path, files)] == [library]


def test_versions_are_those_of_the_lock_file(tmp_path):
    files = {"requirements.txt": f"Flask==3.1.0{HASH}\nzope.interface==7.1{HASH}\n"}
    assert look(tmp_path, files)[0].packages == {("flask", "3.1.0"), ("zope-interface", "7.1")}
