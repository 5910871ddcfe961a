"""How sources set CORS up: FastAPI and Starlette, Flask-CORS, django-cors-headers, Express."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_readiness.model import Location
from pytest_readiness.probes.program import last_name


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.probes.program import Module


@dataclass(frozen=True, slots=True)
class Setup:
    """One place that says which origins may read answers."""

    location: Location
    anyone: bool
    """Every origin may."""
    credentials: bool
    """With the cookies of whoever visits the foreign page."""
    default: str = ""
    """Name of the setting whose default this is; empty where it is said outright."""


WORDS: Final = re.compile(r"CORS|cross_origin|(?i:cors_\w*origin|allowed_origin)")
"""Without these a Python source sets up no CORS that is known here."""
NAMED: Final = re.compile(
    r"(?i)(?:.*_)?(?:cors_?(?:allow(?:ed)?_?)?origins?|allow(?:ed)?_origins?)"
)
"""Names of settings that list origins."""
_DECIDES: Final = re.compile(r"(?i)['\"]\*['\"]|debug|\bdev|development|local|allow_?all|wildcard")
"""Of a condition: whoever sets it asks for every origin."""
_EXPRESS: Final = re.compile(r"""require\(\s*['"]cors['"]\s*\)|from\s+['"]cors['"]""")
_EXPRESS_CALL: Final = re.compile(r"\bcors\(\s*(?:\)|\{(?P<options>[^{}]*)\})")
_DEVELOPMENT: Final = re.compile(
    r"(?i)(?:^|[/_.])(?:dev(?:elopment)?|local|test(?:ing)?)(?:[/_.]|$)"
)


def in_python(module: Module) -> Iterator[Setup]:
    """What a Python source says; settings of development say nothing about production."""
    if _DEVELOPMENT.search(module.path.removesuffix(".py")):
        return
    for node in ast.walk(module.tree):
        place = Location(module.path, getattr(node, "lineno", None))
        if module.is_behind(place.line, _DECIDES):
            continue
        match node:
            case ast.Call() if "CORSMiddleware" in {
                last_name(node.func),
                *map(last_name, node.args),
            }:
                given = _keywords(node)
                origins = [given.get("allow_origins"), given.get("allow_origin_regex")]
                anyone = any(_is_star(one, module) for one in origins if one)
                yield Setup(place, anyone, _is_true(given.get("allow_credentials"), module))
            case ast.Call(func=ast.Name(id="CORS" | "cross_origin") as called) if _is_flasks(
                called.id, module
            ):
                yield from _of_flask(node, module, place)
            case ast.Call(args=[ast.Constant(value=str(name)), default, *_]) if NAMED.fullmatch(
                name
            ):
                if _is_star(default, module):
                    yield Setup(place, anyone=True, credentials=False, default=name)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as default) if (
                NAMED.fullmatch(name) and name.islower()
            ):
                if _is_star(default, module):
                    yield Setup(place, anyone=True, credentials=False, default=name.upper())
    yield from _of_django(module)


def in_javascript(text: str, path: str) -> Iterator[Setup]:
    """What a source says of the middleware ``cors`` of Express."""
    if not _EXPRESS.search(text) or _DEVELOPMENT.search(path.rpartition(".")[0]):
        return
    for match in _EXPRESS_CALL.finditer(text):
        options = match["options"] or ""
        line = text.count("\n", 0, match.start()) + 1
        if text.splitlines()[line - 1].lstrip().startswith(("//", "*", "import", "const cors")):
            continue
        wide = re.search(r"\borigin\s*:\s*(?:['\"]\*['\"]|true\b)", options) is not None
        anyone = wide or "origin" not in options
        credentials = re.search(r"\bcredentials\s*:\s*true\b", options) is not None
        yield Setup(Location(path, line), anyone, credentials)


def _of_flask(call: ast.Call, module: Module, place: Location) -> Iterator[Setup]:
    given = _keywords(call)
    if not call.args and not given:
        return  # told later, by init_app
    credentials = _is_true(given.get("supports_credentials"), module)
    resources = given.get("resources")
    if isinstance(resources, ast.Dict):
        for options in resources.values:
            if isinstance(options, ast.Dict):
                told = {
                    one.value: value
                    for one, value in zip(options.keys, options.values, strict=True)
                    if isinstance(one, ast.Constant)
                }
                origins = told.get("origins") or given.get("origins")
                with_cookies = credentials or _is_true(told.get("supports_credentials"), module)
                yield Setup(place, origins is None or _is_star(origins, module), with_cookies)
        return
    told_origins = given.get("origins")
    anyone = told_origins is None or _is_star(told_origins, module)
    yield Setup(place, anyone, credentials)


def _of_django(module: Module) -> Iterator[Setup]:
    values = module.values
    credentials = any(_is_true(one, module) for one in values.get("CORS_ALLOW_CREDENTIALS", ()))
    for name in ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"):
        for value in values.get(name, ()):
            anyone = _is_true(value, module)
            yield Setup(Location(module.path, value.lineno), anyone, credentials and anyone)
    for name in ("CORS_ALLOWED_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES"):
        for value in values.get(name, ()):
            anyone = _is_star(value, module)
            yield Setup(Location(module.path, value.lineno), anyone, credentials and anyone)


def _keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {one.arg: one.value for one in call.keywords if one.arg}


def _is_flasks(name: str, module: Module) -> bool:
    return module.imported.get(name, ("", ""))[0].startswith("flask_cors")


def _is_star(node: ast.expr, module: Module) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return text.strip() in {"*", ".*", "^.*$", "https?://.*", '["*"]'}
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return any(_is_star(one, module) for one in parts)
        case ast.Name(id=name):
            values = module.values.get(name, ())
            return len(values) == 1 and _is_star(values[0], module)
        case ast.Call(keywords=keywords):  # Field(default=["*"])
            return any(one.arg == "default" and _is_star(one.value, module) for one in keywords)
    return False


def _is_true(node: ast.expr | None, module: Module) -> bool:
    if isinstance(node, ast.Name):
        values = module.values.get(node.id, ())
        return len(values) == 1 and _is_true(values[0], module)
    return isinstance(node, ast.Constant) and node.value is True
