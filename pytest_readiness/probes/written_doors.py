"""Places in Python sources where words that stand in the source let somebody in."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_readiness.probes.program import last_name, named, own_nodes


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.model import Location
    from pytest_readiness.probes.origins import Tracer
    from pytest_readiness.probes.program import Module, Scope


@dataclass(frozen=True, slots=True)
class Door:
    """One such place; the word itself is a secret and is not kept."""

    what: str
    location: Location
    guarded: bool
    """A setting has to be on as well, so it may be for tests only."""


WORDS: Final = re.compile(
    r"(?i)token|api_?key|secret|passw|authorization|credentials|[\"'](?:http_)?x[-_][a-z]"
)
"""Without these a source has no door that is known here."""
_CREDENTIAL: Final = re.compile(
    r"(?i)(?:.*[_-])?(?:token|api_?-?key|secret|password|passwd|passcode|authorization|auth_header"
    r"|credentials|otp)"
)
_GRAMMAR: Final = frozenset(
    """access anonymous apikey basic bearer client_credentials digest empty false guest invalid jwt
    negotiate none null password refresh string token true undefined unknown""".split()  # noqa: SIM905 - words
)
_SWITCH: Final = re.compile(
    r"(?i)x[-_](?:.*[-_])?(?:bypass|backdoor|(?:skip|no|test|mock|fake)[-_]?(?:auth|login|user|account"
    r"|role|identity))(?:[-_].*)?"
)
"""Of a header: it says itself that it is a way round the login."""
_TURNS_AWAY: Final = re.compile(
    r"(?i)disabled|legacy|weak|forbid|block|reject|refus|den(?:y|ied)|is_default|common|strength"
    r"|validat"
)
"""Of a function: it looks for what is not to be let in."""
_SETTING: Final = re.compile(
    r"(?i)\b(?:settings?|config|environ|getenv|testing|is_test|debug|development|env)\b|TESTING|DEBUG"
)


def find(module: Module, tracer: Tracer) -> Iterator[Door]:
    """Doors of a source.

    Args:
        module: the source.
        tracer: one that follows values past comparisons with lists.
    """
    for scope in module.scopes:
        body = scope.function.body if scope.function else module.tree.body
        for node in own_nodes(body):
            test = getattr(node, "test", None) if isinstance(node, ast.If | ast.IfExp) else None
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Compare | ast.BoolOp):
                test = node.value
            if test is None:
                continue
            for part in ast.walk(test):
                what = _literal(part, scope, tracer) or _switch(part, scope)
                if what and not _refuses(node, scope):
                    guarded = _SETTING.search(ast.unparse(test)) is not None
                    yield Door(what, scope.place(part), guarded)


def _refuses(node: ast.AST, scope: Scope) -> bool:
    """Whether a word is compared to turn away who uses it: a weak or an old password."""
    if scope.function is not None and _TURNS_AWAY.search(scope.function.name):
        return True
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    last = node.body[-1]
    fails = isinstance(last, ast.Raise) or (
        isinstance(last, ast.Expr | ast.Return)
        and isinstance(last.value, ast.Call)
        and last_name(last.value.func) in {"abort", "fail", "add_error", "HTTPException"}
    )
    return isinstance(node.test.ops[0], ast.Eq | ast.In) and fails


def _literal(node: ast.AST, scope: Scope, tracer: Tracer) -> str:
    """A credential of a request that is compared with a word of the source."""
    pairs: tuple[tuple[ast.expr, ast.expr], ...]
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            pairs = ((left, right), (right, left))
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]) if (
            isinstance(right, ast.Tuple | ast.List | ast.Set)
        ):
            pairs = tuple((left, one) for one in right.elts)
        case ast.Call(func=called, args=[left, right]) if last_name(called) == "compare_digest":
            pairs = ((left, right), (right, left))
        case _:
            return ""
    for given, word in pairs:
        name = named(given)
        if not (_CREDENTIAL.fullmatch(name) and _is_credential(_word(word, scope), name)):
            continue
        if name == "credentials" or tracer.inputs(given, scope):
            return f"{name} of a request is compared with a word that stands in the source"
    return ""


def _switch(node: ast.AST, scope: Scope) -> str:
    """A header that exists for tests, asked where somebody is let in."""
    name = _asked(node)
    if not _SWITCH.fullmatch(name):
        return ""
    function = scope.function.name if scope.function else "the module"
    return f"the header {name} decides in {function}"


def _asked(node: ast.AST) -> str:
    """Name of the header that an expression reads."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr="headers" | "META"), attr="get"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            return name.removeprefix("HTTP_")
        case ast.Subscript(
            value=ast.Attribute(attr="headers" | "META"), slice=ast.Constant(value=str(name))
        ):
            return name.removeprefix("HTTP_")
        case ast.Compare(
            left=ast.Constant(value=str(name)),
            ops=[ast.In()],
            comparators=[ast.Attribute(attr="headers" | "META")],
        ):
            return name.removeprefix("HTTP_")
    return ""


def _word(node: ast.expr, scope: Scope) -> str:
    """The constant that an expression is, by its name in the module too."""
    if isinstance(node, ast.Name):
        values = scope.module.values.get(node.id, ())
        node = values[0] if len(values) == 1 else node
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_credential(word: str, name: str) -> bool:
    """Whether a word can be a credential, and is no part of a protocol."""
    bare = word.strip().lower().removeprefix("bearer").strip()
    if "pass" in name.lower():
        return bool(bare)
    return len(bare) > 3 and bare not in _GRAMMAR  # noqa: PLR2004 - three letters are grammar
