"""The Python sources of a program: parsed when asked for, and who calls whom by name.

Nothing is imported or run. A name that could mean several functions means none here: what is told
of a call has to be true of it.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from pytest_readiness.model import Location
from pytest_readiness.probes import pysource
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


Function = ast.FunctionDef | ast.AsyncFunctionDef

_DEFINED: Final = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
_CLASS: Final = re.compile(r"^[ \t]*class[ \t]+(\w+)", re.MULTILINE)
_CALLED: Final = re.compile(r"(\w+)\s*\(")
_ANYBODYS: Final = frozenset(
    """add all apply build call close commit connect copy count create decode delete dump encode
    execute exec exists fetch fetchall fetchone filter find first flush format get index init
    insert items join json keys list load loads log main match open parse pop post put query raw
    read render replace request reset run save scalar search select send set start stop submit
    text update validate values write""".split()  # noqa: SIM905 - words
)
"""Names of methods that libraries have too: a call of one on any object says nothing."""


@dataclass(frozen=True, eq=False, slots=True)
class Scope:
    """A function with what surrounds it; of a module's own lines there is no function."""

    module: Module
    functions: tuple[Function, ...] = ()
    """From the outermost to the one itself."""
    owner: str = ""
    """Class whose method the outermost function is."""

    @property
    def function(self) -> Function | None:
        return self.functions[-1] if self.functions else None

    def place(self, node: ast.AST) -> Location:
        return Location(self.module.path, getattr(node, "lineno", 1))


@dataclass(frozen=True, eq=False)
class Module:
    """One source."""

    path: str
    text: str
    tree: ast.Module

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The module itself and each of its functions."""
        found = [Scope(self)]
        waiting: list[tuple[ast.AST, tuple[Function, ...], str]] = [(self.tree, (), "")]
        while waiting:
            node, functions, owner = waiting.pop()
            for child in ast.iter_child_nodes(node):
                if isinstance(child, Function):
                    inner = (*functions, child)
                    found.append(Scope(self, inner, owner))
                    waiting.append((child, inner, owner))
                elif isinstance(child, ast.ClassDef):
                    waiting.append((child, functions, child.name))
                else:
                    waiting.append((child, functions, owner))
        return tuple(found)

    @cached_property
    def lines(self) -> list[str]:
        """Its text by lines."""
        return self.text.splitlines()

    def is_behind(self, line: int | None, words: re.Pattern[str]) -> bool:
        """Whether a line stands below a condition that speaks of something: it is an option."""
        return any(
            first <= (line or 0) <= last and words.search(test)
            for first, last, test in self._options
        )

    @cached_property
    def _options(self) -> tuple[tuple[int, int, str], ...]:
        """First and last line of what each ``if`` decides, and its test."""
        return tuple(
            (node.body[0].lineno, node.end_lineno or node.lineno, ast.unparse(node.test))
            for node in ast.walk(self.tree)
            if isinstance(node, ast.If)
        )

    @cached_property
    def imported(self) -> Mapping[str, tuple[str, str]]:
        """By local name: the module it is from and its name there, empty for a module itself."""
        found: dict[str, tuple[str, str]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    local = alias.asname or alias.name.partition(".")[0]
                    found[local] = (alias.name if alias.asname else local, "")
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found[alias.asname or alias.name] = (node.module or "", alias.name)
        return found

    @cached_property
    def values(self) -> Mapping[str, Sequence[ast.expr]]:
        """What is assigned to names at the top of the module."""
        return bindings(self.tree.body)

    @cached_property
    def calls(self) -> tuple[tuple[ast.Call, Scope], ...]:
        """Every call, with the innermost function around it; in the order of lines."""
        found = [
            (node, scope)
            for scope in self.scopes
            for node in own_nodes(scope.function.body if scope.function else self.tree.body)
            if isinstance(node, ast.Call)
        ]
        return tuple(sorted(found, key=lambda one: (one[0].lineno, one[0].col_offset)))

    @cached_property
    def named(self) -> Mapping[str, Sequence[Scope]]:
        """Functions by name, methods included."""
        found: dict[str, list[Scope]] = {}
        for scope in self.scopes:
            if scope.function:
                found.setdefault(scope.function.name, []).append(scope)
        return found


@dataclass(frozen=True, eq=False)
class Program:
    """All Python sources of a program by path."""

    texts: Mapping[str, str]
    operations: frozenset[str] = frozenset()
    """Functions that an OpenAPI document names as handlers (``operationId``), dotted."""
    routes: str = ""
    """Text of the modules that route requests by tables (``urls.py``)."""
    unreadable: list[UnreadableFile] = field(default_factory=list)
    """Sources that could not be parsed, as far as they were asked for."""
    _modules: dict[str, Module | None] = field(default_factory=dict)

    def module(self, path: str) -> Module | None:
        """A source, None where it cannot be parsed."""
        if path not in self._modules:
            try:
                tree = pysource.read(self.texts[path], path)
                self._modules[path] = Module(path, self.texts[path], tree)
            except UnreadableFile as error:
                self._modules[path] = None
                self.unreadable.append(error)
        return self._modules[path]

    def having(self, words: re.Pattern[str]) -> Iterator[Module]:
        """Sources in whose text something is found, in the order of their paths."""
        for path in sorted(self.texts):
            if words.search(self.texts[path]) and (module := self.module(path)):
                yield module

    def called(self, call: ast.Call, scope: Scope) -> Scope | None:
        """The function of this program that a call means; None where that is not certain."""
        match call.func:
            case ast.Name(id=name):
                return self._function(scope.module, name)
            case ast.Attribute(value=receiver, attr=name):
                holder = receiver.id if isinstance(receiver, ast.Name) else ""
                if holder in {"self", "cls"}:
                    return self._method(scope.module, name, scope.owner)
                origin = scope.module.imported.get(holder)
                if holder and (self._classes[holder] == 1 or origin):
                    return self._unique(name)
                return None if name in _ANYBODYS else self._unique(name)
        return None

    def callers(self, function: Function) -> Iterator[tuple[ast.Call, Scope]]:
        """Calls that mean this function."""
        for path in self._calling.get(function.name, ()):
            module = self.module(path)
            for call, around in module.calls if module else ():
                if last_name(call.func) == function.name:
                    meant = self.called(call, around)
                    if meant is not None and meant.function is function:
                        yield call, around

    def class_named(self, name: str) -> ast.ClassDef | None:
        """The class of this name, None where there is none or more than one."""
        if self._classes[name] != 1:
            return None
        if name not in self._found_classes:
            holding = (path for path in sorted(self.texts) if f"class {name}" in self.texts[path])
            modules = filter(None, map(self.module, holding))
            nodes = (node for module in modules for node in ast.walk(module.tree))
            self._found_classes[name] = next(
                (one for one in nodes if isinstance(one, ast.ClassDef) and one.name == name), None
            )
        return self._found_classes[name]

    # --- what a name means ----------------------------------------------------------------------

    @cached_property
    def _defined(self) -> Counter[str]:
        return Counter(name for text in self.texts.values() for name in _DEFINED.findall(text))

    @cached_property
    def _classes(self) -> Counter[str]:
        return Counter(name for text in self.texts.values() for name in _CLASS.findall(text))

    @cached_property
    def _calling(self) -> Mapping[str, Sequence[str]]:
        """By name: sources in whose text something of that name is called, or defined."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.texts):
            for name in set(_CALLED.findall(self.texts[path])):
                found.setdefault(name, []).append(path)
        return found

    @cached_property
    def _found_classes(self) -> dict[str, ast.ClassDef | None]:
        return {}

    @cached_property
    def _meant(self) -> dict[str, Scope | None]:
        return {}

    def _function(self, module: Module, name: str) -> Scope | None:
        """What a plain name in a module means: its own function, or one that it imports."""
        own = [one for one in module.named.get(name, ()) if not one.owner]
        if len(own) == 1:
            return own[0]
        origin = module.imported.get(name)
        if own or origin is None or not origin[1]:
            return None
        return self._unique(origin[1])

    def _method(self, module: Module, name: str, owner: str) -> Scope | None:
        own = [one for one in module.named.get(name, ()) if one.owner == owner]
        return own[0] if len(own) == 1 else None

    def _unique(self, name: str) -> Scope | None:
        if self._defined[name] != 1:
            return None
        if name not in self._meant:
            modules = filter(None, map(self.module, self._calling.get(name, ())))
            found = [scope for module in modules for scope in module.named.get(name, ())]
            self._meant[name] = found[0] if found else None
        return self._meant[name]


def own_nodes(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Everything below some nodes but the bodies of functions defined there."""
    waiting = list(reversed(body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function):
            waiting += node.decorator_list
            continue
        yield node
        waiting += reversed(list(ast.iter_child_nodes(node)))


def bindings(  # noqa: C901 - one case for each kind of statement
    body: Sequence[ast.AST],
) -> dict[str, list[ast.expr]]:
    """What is given to each name: assigned, added, looped over, entered or unpacked."""
    found: dict[str, list[ast.expr]] = {}

    def bind(target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            found.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Starred):
            bind(target.value, value)
        elif isinstance(target, ast.Tuple | ast.List):
            pairs = (
                zip(target.elts, value.elts, strict=True)
                if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts)
                else ((one, value) for one in target.elts)
            )
            for one, part in pairs:
                bind(one, part)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            found.setdefault(target.value.id, []).append(value)  # where[key] = value

    for node in own_nodes(body):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    bind(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                bind(target, value)
            case (
                ast.AugAssign(target=target, value=value)
                | ast.NamedExpr(target=target, value=value)
            ):
                bind(target, value)
            case (
                ast.For(target=target, iter=value)
                | ast.AsyncFor(target=target, iter=value)
                | ast.comprehension(target=target, iter=value)
            ):
                bind(target, value)
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                bind(target, value)
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Name(id=name), attr="append" | "extend" | "insert" | "add" | "update"
                ),
                args=[*_, value],
            ):
                found.setdefault(name, []).append(value)
    return found


def parameters(function: Function) -> list[ast.arg]:
    """Its parameters that can be given by name or place."""
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def argument(call: ast.Call, function: Function, name: str, *, method: bool) -> ast.expr | None:
    """What a call gives to a parameter; None where it gives nothing or unpacks it.

    Args:
        call: of the function.
        function: what is called.
        name: of the parameter.
        method: the function is one, so that what stands before the dot may be its first argument.
    """
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    bound = method and names[:1] in (["self"], ["cls"]) and isinstance(call.func, ast.Attribute)
    place = names.index(name) - bound if name in names else -1
    given = call.args[: place + 1]
    if not 0 <= place < len(call.args) or any(isinstance(one, ast.Starred) for one in given):
        return None
    return call.args[place]


def named(node: ast.AST) -> str:
    """What an expression is called: ``password`` of ``data["password"]``."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
            return name
    return ""


def last_name(node: ast.AST) -> str:
    """Last name of an expression: ``args`` of ``flask.request.args``, empty where it has none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return node.id if isinstance(node, ast.Name) else ""
