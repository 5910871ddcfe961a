"""Markup in a page that was sent in, found where a browser finds it: in the parsed tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.probes.page import HTML


if TYPE_CHECKING:
    from pytest_readiness.probes.http import Response


ELEMENT = "readiness-mark"
"""Name of the element that is planted; no browser knows it."""
ATTRIBUTE = "readiness-set"
"""Name of the attribute that is planted."""
_URLS = frozenset({"href", "src", "action", "formaction", "data", "xlink:href"})


def plants(word: str) -> dict[str, str]:
    """Values that become markup where they are written unescaped, by where that would be.

    Args:
        word: letters and digits of ours, told again by what is found.
    """
    return {
        "text": f"<{ELEMENT} id={word}>",
        'an attribute in "': f'{word}" {ATTRIBUTE}={word} x="',
        "an attribute in '": f"{word}' {ATTRIBUTE}={word} x='",
        "an attribute without quotes": f"{word} {ATTRIBUTE}={word} ",
        "a script": f"</script><{ELEMENT} id={word}>",
        "a comment": f"--><{ELEMENT} id={word}>",
        "an element that holds text only": f"</textarea></title></style><{ELEMENT} id={word}>",
        "an address": f"javascript:readiness('{word}')",
    }


def rendered(answer: Response) -> bool:
    """Whether a browser shows this answer as a page."""
    disposition = str(answer.headers.get("Content-Disposition", "")).lower()
    return answer.content_type in HTML and not disposition.startswith("attachment")


def mentions(answer: Response, word: str) -> bool:
    """Whether a page holds the word at all, so that it is worth a closer look."""
    return rendered(answer) and word in answer.text


def grown(html: str, word: str) -> str:
    """What has become of a plant with this word in the parsed page; empty when only text.

    Text within scripts, comments, styles, titles and text areas is text, and so is what stands in
    quotes as the value of an attribute.
    """
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(html)
    for node in tree.css(ELEMENT):
        if node.attributes.get("id") == word:
            return "an element"
    for node in tree.css(f"[{ATTRIBUTE}]"):
        if (node.attributes.get(ATTRIBUTE) or "").rstrip("\"'") == word:
            return f"an attribute of <{node.tag}>"
    wanted = f"javascript:readiness('{word}')"
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            if name in _URLS and (value or "").strip().startswith(wanted):
                return f"the address in {name} of <{node.tag}>"
    return ""


def running(word: str) -> dict[str, tuple[str, ...]]:
    """Values that run a script where they become markup, by where that would be.

    The script sets ``document.documentElement.dataset.readiness`` to the word. It needs no quotes,
    which JSON would escape, and where it is in an attribute no angle brackets.
    """
    script = f"document.documentElement.dataset.readiness=/{word}/.source"
    picture = f"<svg/onload={script}>"
    focus = f" tabindex=1 autofocus onfocus={script} x="
    return {
        "text": (picture,),
        'an attribute in "': (f'{word}">{picture}', f'{word}"{focus}"'),
        "an attribute in '": (f"{word}'>{picture}", f"{word}'{focus}'"),
        "an attribute without quotes": (f"{word}>{picture}", f"{word}{focus}"),
        "a script": (f"</script>{picture}",),
        "a comment": (f"-->{picture}",),
        "an element that holds text only": (f"</textarea></title></style>{picture}",),
        "an address": (f"javascript:{script};void(0)",),
    }


def within_script(html: str, word: str) -> bool:
    """Whether the word stands in a script of the page, where markup is not what matters."""
    return any(word in script for script in _scripts(html))


def ending_a_string(word: str) -> dict[str, str]:
    """By quote: a value that runs a script where it stands unescaped in a string of a script.

    Only a browser tells whether it does: see :func:`running` for what it leaves behind.
    """
    script = f"document.documentElement.dataset.readiness=/{word}/.source"
    return {quote: f"{word}{quote};{script};{quote}" for quote in ("'", '"', "`")}


def may_end(html: str, word: str, quote: str) -> bool:
    """Whether a value that ends a string may have ended one: it is worth asking a browser.

    Its quote has come back as it was, and the value does not begin after a quote of another kind.
    """
    for script in _scripts(html):
        before, found, _ = script.partition(f"{word}{quote};")
        if found and before[-1:] not in set("'\"`") - {quote}:
            return True
    return False


def _scripts(html: str) -> list[str]:
    from selectolax.lexbor import LexborHTMLParser

    return [node.text() for node in LexborHTMLParser(html).css("script")]
