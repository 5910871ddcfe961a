"""Python tests, read without being run: what there is, and whether it asserts anything.

A test asserts when something in it can make it red on purpose: an ``assert`` that is not a
constant, ``pytest.raises``, an assertion method, a call that raises on a bad answer, or a function
or fixture of the team that does one of these. When in doubt it asserts.
"""

from __future__ import annotations

import ast
import configparser
import re
import sys
import tomllib
import warnings
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Final

from pytest_readiness.model import Location
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


Function = ast.FunctionDef | ast.AsyncFunctionDef

_RAISING: Final = frozenset(
    {
        "assert_outcomes",
        "check_call",
        "check_output",
        "deprecated_call",
        "expect",
        "fail",
        "fnmatch_lines",
        "fnmatch_lines_random",
        "mustcontain",
        "no_fnmatch_line",
        "no_re_match_line",
        "raise_for_status",
        "raises",
        "re_match_lines",
        "warns",
    }
)
"""Functions and methods that raise when what they look at is not as it should be."""
_ASKING: Final = frozenset(
    f"{method}{kind}"
    for method in ("get", "post", "put", "patch", "delete", "head", "options")
    for kind in ("", "_json")
)
"""Methods of a test client: with ``status=404`` they expect that answer."""
_SWALLOWS: Final = frozenset({"AssertionError", "BaseException", "Exception"})


@dataclass(frozen=True, slots=True)
class Conventions:
    """What pytest takes for tests, as the repository configures it."""

    files: tuple[str, ...] = ("test_*.py", "*_test.py")
    functions: tuple[str, ...] = ("test",)
    classes: tuple[str, ...] = ("Test",)

    def is_test_file(self, path: str) -> bool:
        """Whether pytest, unittest or Django looks for tests in a file."""
        name = path.rpartition("/")[2]
        return name == "tests.py" or any(
            fnmatch(path if "/" in pattern else name, pattern) for pattern in self.files
        )


@dataclass(frozen=True, slots=True)
class Test:
    """One test function or method; of a parametrized one there is one."""

    name: str
    """With its class: ``TestLogin.test_wrong_password``."""
    location: Location
    asserts: bool


def conventions(configurations: Mapping[str, str]) -> Conventions:
    """Read ``python_files`` and its like.

    Args:
        configurations: text of ``pyproject.toml``, ``pytest.ini``, ``tox.ini``, ``setup.cfg`` by
            name; those that cannot be read are passed over, as nothing of ours depends on them.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, text in configurations.items():
        options = _toml(text) if name.endswith(".toml") else _ini(text, name)
        for key, attribute in (
            ("python_files", "files"),
            ("python_functions", "functions"),
            ("python_classes", "classes"),
        ):
            words = options.get(key)
            if words:
                found.setdefault(attribute, tuple(words))
    return Conventions(**found)


def read(text: str, path: str) -> ast.Module:
    """Syntax tree of a file.

    Raises:
        UnreadableFile: this Python cannot parse it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in somebody's string
            return ast.parse(text)
    except SyntaxError as error:
        version = ".".join(map(str, sys.version_info[:2]))
        message = f"is no Python that {version} can parse: {error.msg}"
        raise UnreadableFile(path, error.lineno, message) from None
    except (ValueError, RecursionError, MemoryError) as error:
        message = f"cannot be parsed: {str(error) or type(error).__name__}"
        raise UnreadableFile(path, None, message) from None


def find_tests(modules: Mapping[str, ast.Module], known: Conventions) -> tuple[Test, ...]:
    """Every test of the test files, in the order of path and line.

    Args:
        modules: syntax trees by path: test files, and whatever else may hold functions and
            fixtures that they use (``conftest.py``, a module of assertions).
        known: what is a test here.
    """
    table = _Table({path: _Functions(tree) for path, tree in modules.items()})
    return tuple(
        Test(name, Location(path, function.lineno), table.asserts(function, path))
        for path in sorted(modules)
        if known.is_test_file(path)
        for name, function in _tests_of(modules[path], known)
    )


class _Functions:
    """Functions of a module by name, methods and fixtures included, and what it imports."""

    def __init__(self, tree: ast.Module) -> None:
        self.by_name: dict[str, list[Function]] = {}
        self.imported: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, Function):
                self.by_name.setdefault(node.name, []).append(node)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self.imported[alias.asname or alias.name] = alias.name


class _Table:
    """Knows of every function whether it asserts, its callees included."""

    def __init__(self, modules: Mapping[str, _Functions]) -> None:
        self._modules = modules
        self._known: dict[int, bool] = {}

    def asserts(self, function: Function, path: str) -> bool:
        """Whether it can turn red on purpose."""
        key = id(function)
        if key not in self._known:
            self._known[key] = False  # a function that only calls itself asserts nothing
            self._known[key] = self._look(function, path)
        return self._known[key]

    def _look(self, function: Function, path: str) -> bool:
        nodes = list(_effective(function))
        if any(_is_assertion(node) for node in nodes):
            return True
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        names = {_callee(node) for node in calls} | _asked(function)
        methods = {_callee(node) for node in calls if isinstance(node.func, ast.Attribute)}
        return any(
            self.asserts(other, place)
            for name in sorted(names - {"", function.name})
            for other, place in self._meant(name, path, anywhere=name in methods)
        )

    def _meant(self, name: str, path: str, *, anywhere: bool) -> Iterator[tuple[Function, str]]:
        """Functions that a name in a module may mean: its own, imported ones, fixtures.

        A method may be inherited from a class of any other module.
        """
        here = self._modules[path]
        for function in here.by_name.get(name, ()):
            yield function, path
        original = here.imported.get(name)
        imports = original is not None or "*" in here.imported
        for other, module in self._modules.items():
            if other != path and (anywhere or imports or other.rpartition("/")[2] == "conftest.py"):
                for function in module.by_name.get(original or name, ()):
                    yield function, other


def _tests_of(tree: ast.Module, known: Conventions) -> Iterator[tuple[str, Function]]:
    cases = _test_cases(tree)
    waiting: list[tuple[str, Sequence[ast.stmt], str]] = [("", tree.body, "module")]
    while waiting:
        prefix, body, kind = waiting.pop(0)
        for node in body:
            if isinstance(node, ast.ClassDef):
                if node.name in cases:
                    waiting.append((f"{prefix}{node.name}.", node.body, "case"))
                elif _matches(node.name, known.classes):
                    waiting.append((f"{prefix}{node.name}.", node.body, "class"))
            elif isinstance(node, Function):
                names = ("test",) if kind == "case" else known.functions
                if _matches(node.name, names) and not _is_fixture(node):
                    yield prefix + node.name, node
            elif isinstance(node, ast.If | ast.Try):
                waiting.append((prefix, [*node.body, *node.orelse], kind))


def _test_cases(tree: ast.Module) -> frozenset[str]:
    """Classes that derive from unittest's, directly or through another class of the module."""
    found: set[str] = set()
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for _ in classes:
        before = len(found)
        for node in classes:
            bases = {_dotted(base).rpartition(".")[2] for base in node.bases}
            if bases & found or any(base.endswith("TestCase") for base in bases):
                found.add(node.name)
        if len(found) == before:
            break
    return frozenset(found)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    """As pytest does: a prefix, or a glob when it has a wildcard."""
    return any(
        name.startswith(pattern) or (re.search(r"[*?\[]", pattern) and fnmatch(name, pattern))
        for pattern in patterns
    )


def _effective(function: Function) -> Iterator[ast.AST]:
    """Everything in a function, decorators included, but what a handler keeps from failing."""
    waiting: list[ast.AST] = [function]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.Try | ast.TryStar) and any(map(_swallows, node.handlers)):
            waiting += [*node.handlers, *node.orelse, *node.finalbody]
        else:
            waiting += ast.iter_child_nodes(node)


def _swallows(handler: ast.ExceptHandler) -> bool:
    caught = handler.type
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    names = {_dotted(kind).rpartition(".")[2] for kind in kinds if kind is not None}
    return (caught is None or bool(names & _SWALLOWS)) and not any(
        isinstance(node, ast.Raise) or _is_assertion(node)
        for statement in handler.body
        for node in ast.walk(statement)
    )


def _is_assertion(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return not _is_constant(node.test)
    if isinstance(node, ast.Raise):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = _callee(node)
    if name.startswith("assert"):
        unittest = name[6:7].isupper()  # self.assertTrue(True) is as green as assert True
        return not (unittest and node.args and all(map(_is_constant, node.args)))
    if name == "check":  # data_regression.check(...)
        return "regression" in _dotted(node.func)
    return name in _RAISING or any(
        (keyword.arg == "check" and getattr(keyword.value, "value", None) is True)
        or (keyword.arg == "status" and name in _ASKING)  # WebTest raises on any other
        for keyword in node.keywords
    )


def _is_constant(node: ast.expr) -> bool:
    """``assert True``, and ``assert (x, "message")``, which is a tuple and always true."""
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Tuple) and bool(node.elts))


def _callee(node: ast.Call) -> str:
    """Last name of what is called: ``assertEqual`` of ``self.assertEqual(...)``."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _decorators(function: Function) -> Iterator[tuple[str, ast.expr]]:
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        yield _dotted(called), decorator


def _is_fixture(function: Function) -> bool:
    return any(name.rpartition(".")[2] == "fixture" for name, _ in _decorators(function))


def _asked(function: Function) -> set[str]:
    """Fixtures that a function asks for."""
    arguments = function.args
    named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return {one.arg for one in named} | {
        argument.value
        for name, decorator in _decorators(function)
        if name.endswith("usefixtures") and isinstance(decorator, ast.Call)
        for argument in decorator.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def _toml(text: str) -> dict[str, list[str]]:
    try:
        tool = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError:
        return {}
    pytest = tool.get("pytest", {})
    options = pytest | pytest.get("ini_options", {})
    return {
        name: value.split() if isinstance(value, str) else list(map(str, value))
        for name, value in options.items()
        if isinstance(value, str | list)
    }


def _ini(text: str, name: str) -> dict[str, list[str]]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    section = "tool:pytest" if name.endswith("setup.cfg") else "pytest"
    if not parser.has_section(section):
        return {}
    return {option: value.split() for option, value in parser.items(section) if value}
