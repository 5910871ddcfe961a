"""How Python sources keep and compare passwords."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from pytest_readiness.probes.program import last_name, named, own_nodes


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.model import Location
    from pytest_readiness.probes.program import Module, Scope


class Kept(NamedTuple):
    """One place where a password is kept or compared in a way that is read quickly."""

    how: str
    """A sentence without a subject's name: ``a password is hashed with md5``."""
    location: Location


SLOW: Final = re.compile(
    r"\b(?:bcrypt|argon2\w*|scrypt|pbkdf2\w*|passlib|pwdlib|PasswordHasher|check_password_hash"
    r"|generate_password_hash|make_password|check_password|set_password|CryptContext|fastapi_users"
    r"|flask_security|django\.contrib\.auth|crypt_blowfish)\b"
)
"""Words of what hashes passwords slowly, with a salt."""
WORDS: Final = re.compile(r"(?i)passw|\bpwd\b")
"""Without these a source has nothing to do with passwords."""
TAKEN: Final = re.compile(
    r"(?i)(?:form|json|data|body|payload|POST|args|values|get_json\(\))\s*(?:\[|\.get\()\s*[\"']"
    r"(?:user_?)?pass(?:word|wd)[\"']|OAuth2PasswordRequestForm|^\s+password\s*:\s*(?:str|SecretStr)",
    re.MULTILINE,
)
"""A password is taken from a request."""
ELSEWHERE: Final = re.compile(
    r"(?i)\b(?:ldap3?|keycloak|auth0|cognito|okta|authlib|oauthlib|saml2?|msal|pam|kerberos|firebase"
    r"|supabase|grant_type)"
)
"""Words of what keeps accounts elsewhere."""

_FAST: Final = frozenset(
    "md5 sha1 sha224 sha256 sha384 sha512 sha3_256 sha3_512 blake2b blake2s".split()  # noqa: SIM905 - words
)
_PASSWORD: Final = re.compile(
    r"(?i)(?!(?:.*_)?(?:db|database|smtp|mail|redis|proxy|pg|mysql|postgres|zip|archive|cert|key\w*)_)"
    r"(?:.*_)?(?:password|passwd|pwd)(?:_?(?:hash|bytes|raw|plain|text|clear|input))?"
)
_AGAIN: Final = re.compile(r"(?i)confirm|repeat|again|retype|match|[12]$")
_RECORD: Final = re.compile(
    r"(?i)(?:.*_)?(?:user|users|account|member|customer|admin|record|row|person|owner|employee|student"
    r"|u)(?:_?(?:db|obj|object|record|row|data|info|found|\d))?|(?:db|existing|stored|found)_\w+"
)
_OTHER_USES: Final = re.compile(
    r"(?i)pwned|hibp|breach|\brealm\b|\bnonce\b|challenge|scramble|\bAES\b|Fernet|cipher|encrypt"
    r"|decrypt|usedforsecurity\s*=\s*False|gravatar"
)
_LOOKUPS: Final = frozenset({"filter_by", "find_one"})
_IN_SQL: Final = re.compile(
    r"(?is)\bselect\b.+\bwhere\b(?:(?!\bcrypt\().)*\b(?:user_?)?(?:password|passwd|pwd)[\"`\]]?\s*=\s*"
    r"(?:\?|%s|%\(|:\w|\$\d|['\"]?(?:\{|%s)|['\"]\s*$)"
)
"""A statement that looks an account up by a password; ``password = ''`` finds who has none."""


def find(module: Module) -> Iterator[Kept]:
    """Places where a password is hashed fast, or compared as it is."""
    for scope in module.scopes:
        body = scope.function.body if scope.function else module.tree.body
        said = [one.value for one in body if isinstance(one, ast.Expr)]
        prose = {id(one) for one in said if isinstance(one, ast.Constant)}
        nodes = [one for one in own_nodes(body) if id(one) not in prose]
        source = _source(scope)
        is_hasher = scope.owner.endswith("Hasher")  # one of several, by a setting
        fast = list(_hashed_fast(nodes))
        other = is_hasher or SLOW.search(source)
        if not other and not _OTHER_USES.search(source) and not _hides(nodes, fast):
            for call, name in fast:
                yield Kept(f"a password is hashed with {name}", scope.place(call))
        for node in nodes:
            if _is_plain_comparison(node):
                yield Kept("a password is compared with the stored one as it is", scope.place(node))
            elif _is_looked_up(node):
                yield Kept("an account is looked up by its password", scope.place(node))
            elif _IN_SQL.search(_text(node)):
                yield Kept("a statement compares passwords", scope.place(node))


def _hashed_fast(nodes: list[ast.AST]) -> Iterator[tuple[ast.Call, str]]:
    for node in nodes:
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name, given = last_name(node.func).lower(), node.args[0]
        if name == "new" and len(node.args) > 1 and isinstance(given, ast.Constant):
            name, given = str(given.value).lower().replace("-", ""), node.args[1]
        if name in _FAST and any(map(_is_password, ast.walk(given))):
            yield node, name


def _hides(nodes: list[ast.AST], fast: list[tuple[ast.Call, str]]) -> bool:
    """Two values are hashed only to compare them in constant time."""
    return len(fast) > 1 and any(
        isinstance(one, ast.Call) and last_name(one.func) == "compare_digest" for one in nodes
    )


def _is_password(node: ast.AST) -> bool:
    return bool(_PASSWORD.fullmatch(named(node)))


def _holder(node: ast.AST) -> str:
    """What it belongs to: ``user`` of ``user.password``."""
    match node:
        case ast.Attribute(value=holder) | ast.Subscript(value=holder):
            return last_name(holder)
        case ast.Call(func=ast.Attribute(value=holder)):
            return last_name(holder)
    return ""


def _is_plain_comparison(node: ast.AST) -> bool:
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            sides = (left, right)
        case ast.Call(func=called, args=[left, right]) if last_name(called) == "compare_digest":
            sides = (left, right)
        case _:
            return False
    if not all(_is_password(one) and not _AGAIN.search(named(one)) for one in sides):
        return False
    holders = [_holder(one) for one in sides]
    # Two records are compared to see whether something has changed.
    return sum(_RECORD.fullmatch(holder) is not None for holder in holders) == 1


def _is_looked_up(node: ast.AST) -> bool:
    """``filter_by(name=name, password=password)``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    name = node.func.attr
    if name not in _LOOKUPS and not (
        name in {"get", "filter"} and last_name(node.func.value) == "objects"
    ):
        return False
    given = [(one.arg or "", one.value) for one in node.keywords]
    for part in node.args:
        if isinstance(part, ast.Dict):
            pairs = zip(part.keys, part.values, strict=True)
            given += [(str(getattr(key, "value", "")), value) for key, value in pairs]
    return any(_PASSWORD.fullmatch(key) and _is_password(value) for key, value in given)


def _text(node: ast.AST) -> str:
    """A constant text, with ``{}`` where something is put in; empty for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _source(scope: Scope) -> str:
    function = scope.function
    if function is None:
        return ""
    return "\n".join(scope.module.lines[function.lineno - 1 : function.end_lineno])
