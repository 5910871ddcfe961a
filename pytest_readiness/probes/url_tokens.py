"""Sources that read a credential from a URL."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from pytest_readiness.probes.program import last_name, own_nodes, parameters


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.model import Location
    from pytest_readiness.probes.program import Function, Module


class Taken(NamedTuple):
    """One place where a credential comes out of a URL."""

    name: str
    """Of the parameter."""
    location: Location


CREDENTIAL: Final = re.compile(
    r"(?i)(?:(?:access|auth|api|bearer|jwt|refresh|session)[-_]?)?token|(?:x[-_])?api[-_]?key|jwt"
    r"|pass(?:word|wd)|client[-_]?secret"
)
"""Names of parameters that are credentials; ``page_token`` and ``csrf_token`` are none."""
ONE_TIME: Final = re.compile(
    r"(?i)reset|verif|confirm|activat|invit|unsubscribe|magic|callback|recover|share|download|signed"
    r"|accept|optout"
)
"""Of a path or a function: links that are sent by mail carry a token that works once."""
WORDS: Final = re.compile(
    r"\.args\b|query_params|\.GET\b|APIKeyQuery|query_string|rel_url|get_query_argument"
    r"|@\w+\.(?:get|post|put|patch|delete)\("
)
"""Without these a Python source reads nothing of a URL."""
_QUERIES: Final = frozenset({"args", "query_params", "GET", "query", "rel_url"})
_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})


def find(module: Module) -> Iterator[Taken]:
    """Places where a Python source takes a credential from a query."""
    for scope in module.scopes:
        function = scope.function
        if function is not None and _is_one_time(function):
            continue
        for node in own_nodes(function.body if function else module.tree.body):
            name = _asked(node)
            if name and CREDENTIAL.fullmatch(name):
                yield Taken(name, scope.place(node))
        if function is not None and "fastapi" in {o[0] for o in module.imported.values()}:
            for name in _of_fastapi(function):
                yield Taken(name, scope.place(function))


def _asked(node: ast.AST) -> str:
    """Name of the query parameter that an expression reads."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr=holder), attr="get" | "getlist" | "pop"),
            args=[ast.Constant(value=str(name)), *_],
        ) if holder in _QUERIES:
            return name
        case ast.Subscript(value=ast.Attribute(attr=holder), slice=ast.Constant(value=str(name))):
            return name if holder in _QUERIES and isinstance(node.ctx, ast.Load) else ""
        case ast.Call(
            func=ast.Attribute(attr="get_query_argument"), args=[ast.Constant(value=str(name)), *_]
        ):
            return name
        case ast.Call(func=ast.Name(id="APIKeyQuery")):
            return "api_key"
    return ""


def _of_fastapi(function: Function) -> Iterator[str]:
    """Plain parameters of a route that FastAPI fills from the query."""
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(
                func=ast.Attribute(attr=method), args=[ast.Constant(value=str(path)), *_]
            ) if method in _METHODS and path.startswith("/"):
                defaults = _defaults(function)
                for one in parameters(function):
                    if not CREDENTIAL.fullmatch(one.arg) or f"{{{one.arg}}}" in path:
                        continue
                    said = one.annotation
                    plain = said is None or ast.unparse(said) in {
                        "str",
                        "str | None",
                        "Optional[str]",
                    }
                    default = defaults.get(one.arg)
                    if plain and (
                        default is None
                        or isinstance(default, ast.Constant)
                        or last_name(default) == "Query"
                    ):
                        yield one.arg


def _defaults(function: Function) -> dict[str, ast.expr]:
    arguments = function.args
    positional = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    found = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if value is not None:
            found[one.arg] = value
    return found


def _is_one_time(function: Function) -> bool:
    paths = (
        one.value
        for decorator in function.decorator_list
        for one in ast.walk(decorator)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    )
    return any(ONE_TIME.search(text) for text in (function.name, *paths))
