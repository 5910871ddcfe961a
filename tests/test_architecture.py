"""Who may import whom, and what a check looks like: kept by reading the sources."""

from __future__ import annotations

import ast
import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_readiness import catalogue


if TYPE_CHECKING:
    from collections.abc import Iterator


ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pytest_readiness"
SUITES = ROOT / "suites"

MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").strip("."): (
        ast.parse(path.read_text(encoding="utf-8"))
    )
    for path in sorted(PACKAGE.rglob("*.py"))
    if "suites" not in path.relative_to(PACKAGE).parts
}
"""Syntax trees by name within the package: ``probes.env``."""

MAY_IMPORT = {
    "model": set(),
    "pace": set(),
    "patience": set(),
    "yaml_document": set(),
    "redaction": set(),
    "scoring": {"model"},
    "waivers": {"model"},
    "flip": {"model", "scoring"},
    "followup": {"flip", "model", "scoring"},
    "verdict": {"flip", "model", "scoring", "waivers"},
    "recompute": {"model", "scoring", "verdict"},
    "comparison": {"flip", "model", "scoring"},
    "outlook": {"flip", "model", "recompute", "scoring", "waivers"},
    "baseline": {"comparison", "model", "recompute", "reports", "waivers"},
    "history": {"comparison", "model", "verdict"},
    "past": {"baseline", "comparison", "history", "model"},
    "publish": {"model", "reports"},
    "actions": {"reports"},
    "merge": {"catalogue", "model", "recompute", "scoring"},
    "typed_yaml": {"redaction", "yaml_document"},
    "setting_values": {"redaction", "typed_yaml"},
    "waiver_file": {"model", "setting_values", "typed_yaml", "waivers", "yaml_document"},
    "waiving": {"catalogue", "model", "settings", "typed_yaml", "waiver_file", "waivers"},
    "answers": {"setting_values", "typed_yaml", "yaml_document"},
    "signing": set(),
    "signoffs": {"model", "signing", "verdict"},
    "attestation": {
        "catalogue",
        "model",
        "scoring",
        "signing",
        "signoffs",
        "verdict",
        "waivers",
    },
    "sharing": {"model"},
    "configuration": {"answers", "waiver_file", "yaml_document"},
    "settings": {"model", "redaction", "setting_values", "typed_yaml", "yaml_document"},
    "overrides": {"settings"},
    "catalogue": {"model"},
    "consent": {"model"},
    "declare": {"model"},
    "wire": {"model"},
    "stash": set(),
    "broker": {"model", "pace", "patience"},
    # A fact says that it cannot be had with the broker's own word.
    "probes": {"probes", "model", "redaction", "broker"},
    "reports": {"reports", "flip", "model", "outlook", "scoring", "waivers"},
    "progress": {"reports"},
    "fixtures": {
        "fixtures",
        "probes",
        "answers",
        "broker",
        "consent",
        "declare",
        "model",
        "redaction",
        "settings",
        "stash",
        "waivers",
    },
}
"""What the modules below the plugin may import of the package; folders go by their name."""

PYTEST_IN = {
    "plugin",
    "audit",
    "collection",
    "declare",
    "discretion",
    "doctor",
    "dryrun",
    "examiner",
    "fixtures",
    "flipping",
    "following",
    "stash",
    "tests_page",
}
"""The only places that know pytest."""

EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "base", "core", "manager", "misc"}
BANNED_IN_CHECKS = {"print", "sleep", "environ", "getenv", "system", "Popen"}
CHECK_FUNCTIONS = [
    pytest.param(node, id=node.name)
    for path in sorted(SUITES.rglob("test_*.py"))
    for node in ast.parse(path.read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
]


def area(module: str) -> str:
    """``probes`` of ``probes.env``; a module at the top is its own area."""
    return module.partition(".")[0]


def imported(tree: ast.AST, *, top_only: bool = False) -> Iterator[str]:
    """Full names of what is imported when the program runs; hints for types do not count."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if top_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: write the whole name of the module"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield (
                    full if full.removeprefix("pytest_readiness.") in MODULES else f"{node.module}"
                )
        waiting += ast.iter_child_nodes(node)


def own(names: Iterator[str]) -> set[str]:
    return {
        name.removeprefix("pytest_readiness.")
        for name in names
        if name.startswith("pytest_readiness.")
    }


@pytest.mark.parametrize("module", [name for name in MODULES if area(name) in MAY_IMPORT])
def test_imports_point_down(module: str) -> None:
    used = {area(name) for name in own(imported(MODULES[module]))}
    assert used <= MAY_IMPORT[area(module)], f"{module} must not import these"


def test_no_imports_go_round() -> None:
    graph = {name: own(imported(tree, top_only=True)) for name, tree in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these import each other: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("module", [name for name in MODULES if area(name) not in PYTEST_IN])
def test_what_is_no_plugin_knows_no_pytest(module: str) -> None:
    found = {name.partition(".")[0] for name in imported(MODULES[module])}
    assert not found & {"pytest", "_pytest"}


@pytest.mark.parametrize("path", sorted(SUITES.rglob("*.py")), ids=lambda path: path.stem)
def test_suites_import_what_a_team_may_import(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    allowed = {"pytest", "pytest_readiness"} | sys.stdlib_module_names
    assert {name for name in imported(tree) if "pytest" in name} <= {"pytest", "pytest_readiness"}
    assert {name.partition(".")[0] for name in imported(tree)} <= allowed


def test_suites_are_packages() -> None:
    folders = {path.parent for path in SUITES.rglob("test_*.py")} | {SUITES}
    assert not [str(folder) for folder in folders if not (folder / "__init__.py").is_file()]


def test_modules_are_named_for_what_is_in_them() -> None:
    words = {part for name in MODULES for part in name.split(".")}
    words |= {path.stem for path in SUITES.rglob("*.py")}
    assert not words & EMPTY_WORDS


@pytest.mark.parametrize("module", MODULES)
def test_nothing_changes_at_module_level(module: str) -> None:
    makers = {"list", "dict", "set", "defaultdict", "deque", "Counter", "bytearray"}
    for node in MODULES[module].body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        made = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in makers
        literal = isinstance(
            node.value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
        )
        for target in targets:
            name = ast.unparse(target)
            constant = name.strip("_").isupper() or name == "__all__"
            assert constant or not (made or literal), f"line {node.lineno}: {name} can change"
    used = [node for node in ast.walk(MODULES[module]) if isinstance(node, ast.Global)]
    assert not used, f"line {used[0].lineno}: global"


@pytest.mark.parametrize("function", CHECK_FUNCTIONS)
def test_a_check_only_judges(function: ast.FunctionDef) -> None:
    for node in ast.walk(function):
        assert not isinstance(node, ast.Try | ast.TryStar), "errors are for fixtures to understand"
        assert not isinstance(node, ast.While), "waiting is for fixtures"
        name = getattr(node, "id", getattr(node, "attr", ""))
        assert name not in BANNED_IN_CHECKS, f"line {node.lineno}: {name}"


@pytest.mark.parametrize("function", CHECK_FUNCTIONS)
def test_a_check_fits_on_a_screen(function: ast.FunctionDef) -> None:
    first = min(node.lineno for node in [function, *function.decorator_list])
    lines = (function.end_lineno or first) - first + 1
    assert 8 <= lines <= 45, f"{lines} lines"


@pytest.mark.parametrize("check", catalogue.bundled_checks(), ids=lambda check: check.id)
def test_a_check_says_who_it_is(check: catalogue.Check) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", check.id), "a noun of the defect, in kebab-case"
    assert check.title.endswith("."), "the title is a sentence"
    assert len(check.title) <= 100, "the title is one line"
    assert not re.match(r"(check|ensure|verify)\b", check.title.lower()), "it is true, no order"
    assert check.why.endswith("."), "why: what happens to whom"
    assert check.fix.endswith("."), "fix: what to write where"
    assert check.refs, "where it comes from"
