"""Good and bad specimens of the checks of input: switches of ``tests/target_inputs.py``.

Each line is a case, its switches joined by ``+``; an empty one is the sound target.
"""

from __future__ import annotations

from tests.live_cases import Case, Live


_GOOD_AND_BAD: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "server-side-request-forgery": (
        ("", "fetches:public-only", "fetches:kept-only", "fetches:unlisted"),
        (
            *("fetches:any", "fetches:later", "fetches:by-another-name", "fetches:in-a-query"),
            "fetches:optional-field",
        ),
    ),
    "open-redirect": (
        ("sends-on:paths", "sends-on:own-host", "sends-on:in-text"),
        ("sends-on:anywhere", "sends-on:slashes", "sends-on:meta", "sends-on:at-login"),
    ),
    "xml-external-entity": (
        ("reads-xml:internal", "reads-xml:nothing", "reads-xml:filtered"),
        (
            *("reads-xml:external", "reads-xml:shows-files", "reads-xml:loads-dtd"),
            *("reads-xml:beside-json", "reads-xml:in-a-field"),
        ),
    ),
    "reflected-script": (
        (
            *("", "shows-query:escaped", "shows-query:json", "shows-query:escaped-attribute"),
            "shows-query:download",
        ),
        (
            *("shows-query:raw", "shows-query:attribute", "shows-query:json-as-html"),
            *("shows-query:error-page", "shows-query:link", "shows-query:with-policy"),
            "shows-query:with-token",
        ),
    ),
    "unvalidated-input": (
        ("", "refuses-input-with:200", "strict-bodies"),
        (
            *("unvalidated-input:all", "unvalidated-input:type", "unvalidated-input:crash"),
            *("unvalidated-input:query", "unvalidated-input:query-crash"),
        ),
    ),
    "ignored-missing-parameter": (
        ("", "refuses-input-with:200"),
        ("ignored-missing-parameter:stored", "ignored-missing-parameter:crash"),
    ),
    "lax-content-type": (
        ("", "lax-content-type:form-as-form", "lax-content-type:unread"),
        ("lax-content-type:any", "lax-content-type:plain"),
    ),
}


def _cases(lines: tuple[str, ...]) -> tuple[Case, ...]:
    return tuple(Case(tuple(filter(None, line.split("+")))) for line in lines)


INPUTS = {check: Live(_cases(good), _cases(bad)) for check, (good, bad) in _GOOD_AND_BAD.items()}
