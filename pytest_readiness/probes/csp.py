"""Content security policies, read as a browser reads them (CSP Level 3).

Several policies are enforced together: what one of them forbids is forbidden.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_NONCE_OR_HASH = re.compile(r"'(nonce-|sha(256|384|512)-).+'", re.IGNORECASE)
_ANY_SITE = frozenset({"*", "http:", "https:", "data:", "http://*", "https://*"})
_IGNORED_IN_META = frozenset({"frame-ancestors", "report-uri", "sandbox"})


@dataclass(frozen=True)
class Policy:
    """One policy."""

    directives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Sources by the directive's name in lower case; of two directives the first counts."""

    def sources(self, *names: str) -> tuple[str, ...] | None:
        """Sources of the first directive that is there; None where none of them is."""
        return next((self.directives[one] for one in names if one in self.directives), None)

    def scripts(self, kind: str = "script-src") -> tuple[str, ...] | None:
        """What may run: ``kind``, else ``script-src``, else ``default-src``."""
        return self.sources(kind, "script-src", "default-src")


@dataclass(frozen=True)
class Policies:
    """All policies that a browser enforces on one document."""

    enforced: tuple[Policy, ...]

    def __bool__(self) -> bool:
        return any(policy.directives for policy in self.enforced)

    @property
    def unlimited_scripts(self) -> bool:
        """No policy says anything about scripts."""
        return all(policy.scripts() is None for policy in self.enforced)

    @property
    def inline_scripts(self) -> bool:
        """A script within the page runs, wherever it came from.

        ``'unsafe-inline'`` counts for nothing beside a nonce, a hash or ``'strict-dynamic'``.
        """
        kinds = ("script-src-elem", "script-src-attr")
        return any(
            all(_runs_inline(policy.scripts(kind)) for policy in self.enforced) for kind in kinds
        )

    @property
    def scripts_of_any_site(self) -> bool:
        """A script of any site at all is loaded."""
        return all(
            _loads_from_anywhere(policy.scripts("script-src-elem")) for policy in self.enforced
        )

    @property
    def eval(self) -> bool:
        """Text may be run as a script."""
        return all(_has(policy.scripts(), "'unsafe-eval'") for policy in self.enforced)

    @property
    def plugins(self) -> bool:
        """The page may embed objects, which are not bound by the rules for scripts."""
        return all(
            policy.sources("object-src", "default-src") not in {("'none'",), ()}
            for policy in self.enforced
        )

    @property
    def foreign_base(self) -> bool:
        """A ``<base>`` that somebody slipped in may send relative scripts to another site."""
        return all(
            not set(policy.directives.get("base-uri", ("*",))) <= {"'none'", "'self'"}
            for policy in self.enforced
        )

    @property
    def framers(self) -> tuple[str, ...] | None:
        """Who may put the page into a frame; None where no policy says so."""
        told = [
            policy.directives["frame-ancestors"]
            for policy in self.enforced
            if "frame-ancestors" in policy.directives
        ]
        return min(told, key=_is_open) if told else None

    @property
    def framed_by_any_site(self) -> bool:
        """``frame-ancestors`` is there and names every site."""
        return self.framers is not None and _is_open(self.framers)


def read(headers: Iterable[str], metas: Iterable[str] = ()) -> Policies:
    """The policies of a document.

    Args:
        headers: values of its Content-Security-Policy headers; each may hold several, with commas.
        metas: contents of its ``<meta http-equiv="Content-Security-Policy">``, where directives
            that only a header may give are left out.
    """
    policies = [_policy(part) for header in headers for part in header.split(",")]
    for meta in metas:
        found = _policy(meta).directives
        policies.append(
            Policy({name: told for name, told in found.items() if name not in _IGNORED_IN_META})
        )
    return Policies(tuple(policy for policy in policies if policy.directives))


def _policy(text: str) -> Policy:
    found: dict[str, tuple[str, ...]] = {}
    for part in text.split(";"):
        name, *sources = part.split() or [""]
        if name:
            # Host, scheme and keyword are alike in any case; paths and nonces are not, and no
            # question here asks for one of them.
            found.setdefault(name.lower(), tuple(source.lower() for source in sources))
    return Policy(found)


def _has(sources: tuple[str, ...] | None, wanted: str) -> bool:
    return sources is None or wanted in sources


def _is_strict(sources: tuple[str, ...]) -> bool:
    return any(_NONCE_OR_HASH.fullmatch(one) or one == "'strict-dynamic'" for one in sources)


def _runs_inline(sources: tuple[str, ...] | None) -> bool:
    return sources is None or ("'unsafe-inline'" in sources and not _is_strict(sources))


def _loads_from_anywhere(sources: tuple[str, ...] | None) -> bool:
    if sources is None:
        return True
    if "'strict-dynamic'" in sources and _is_strict(sources):
        return False
    return bool(_ANY_SITE & set(sources))


def _is_open(sources: tuple[str, ...]) -> bool:
    return bool({"*", "http:", "https:"} & set(sources))
