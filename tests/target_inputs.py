"""What tests/target.py does with input: where it fetches, sends browsers, and what it takes.

Each switch adds the routes that it needs, so that the target is otherwise what it always was.
"""

from __future__ import annotations

import html
import ipaddress
import json
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import urlopen
from xml.parsers import expat


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.target import Answer, Call, Route


DEFECTS: dict[str, tuple[str, ...]] = {
    "fetches": (
        *("any", "later", "by-another-name", "in-a-query", "optional-field"),
        *("public-only", "kept-only", "unlisted"),  # sound
    ),
    "lax-content-type": ("any", "plain", "form-as-form", "unread"),  # the last two are sound
    "reads-xml": (
        *("external", "shows-files", "loads-dtd", "beside-json", "in-a-field"),
        *("internal", "nothing", "filtered"),  # sound
    ),
    "refuses-input-with": ("200",),  # a trap
    "sends-on": (
        *("anywhere", "slashes", "meta", "at-login"),
        *("paths", "own-host", "in-text"),  # sound
    ),
    "shows-query": (
        *("raw", "attribute", "script", "json-as-html", "error-page", "link", "with-policy"),
        "with-token",
        *("escaped", "json", "escaped-attribute", "download"),  # sound
    ),
    "unvalidated-input": ("all", "type", "crash", "query", "query-crash"),
    "ignored-missing-parameter": ("stored", "crash"),
}

WEB = "https://example.com/"
SCHEMAS: dict[str, dict[str, Any]] = {
    "Preview": {
        "type": "object",
        "required": ["url"],
        "properties": {"url": {"type": "string", "format": "uri", "examples": [WEB]}},
        "examples": [{"url": WEB}],
    },
    "Order": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "examples": ["lamp"]},
            "callback": {"type": "string", "format": "uri", "examples": [WEB]},
        },
        "examples": [{"name": "lamp"}],
    },
    "Xml": {
        "type": "object",
        "xml": {"name": "note"},
        "required": ["text"],
        "properties": {"text": {"type": "string", "examples": ["lamp"]}},
        "examples": [{"text": "lamp"}],
    },
    "Feed": {
        "type": "object",
        "required": ["xml"],
        "properties": {"xml": {"type": "string", "examples": ["<note>lamp</note>"]}},
        "examples": [{"xml": "<note>lamp</note>"}],
    },
    "Word": {"type": "object", "required": [], "properties": {}, "examples": [{"found": 0}]},
}
MEDIA = {"Xml": "application/xml"}
TEXT = {"type": "string", "examples": ["lamp"]}
ADDRESS = {"type": "string", "examples": [WEB]}
PATH = {"type": "string", "examples": ["/"]}


def routes(defects: Mapping[str, str]) -> list[Route]:
    """The routes that the switches add."""
    from tests.target import Route

    found = []
    match defects.get("fetches"):
        case None:
            pass
        case "in-a-query":
            place = {"source": ADDRESS}
            found.append(Route("GET", "/api/preview", preview, {200: "Word"}, query=place))
        case "optional-field":
            found.append(Route("POST", "/api/orders", preview, {201: "Word"}, "Order"))
        case _:
            found.append(Route("POST", "/api/previews", preview, {200: "Word"}, "Preview"))
    match defects.get("reads-xml"):
        case None | "beside-json":
            pass
        case "in-a-field":
            found.append(Route("POST", "/api/feeds", read_xml, {200: "Word"}, "Feed"))
        case _:
            found.append(Route("POST", "/api/notes", read_xml, {200: "Word"}, "Xml"))
    match defects.get("sends-on"):
        case None:
            pass
        case "at-login":
            found.append(Route("GET", "/login", send_on, {302: ""}, query={"next": PATH}))
        case _:
            found.append(Route("GET", "/go", send_on, {302: ""}, query={"return_to": PATH}))
    if defects.get("lax-content-type") == "unread":
        found.append(Route("POST", "/api/pings", pong, {200: "Word"}, "Preview"))
    if defects.get("shows-query", "error-page") != "error-page":
        secured = defects["shows-query"] == "with-token"
        found.append(Route("GET", "/search", show, {200: "Page"}, "", secured, {"q": TEXT}))
    return found


# --- fetching ------------------------------------------------------------------------------------


def preview(call: Call) -> Answer:
    from tests.target import Answer, problem

    address = call.query.get("source") or (call.body or {}).get("url", "")
    address = address or (call.body or {}).get("callback", "")
    variant = call.defects["fetches"]
    host = urlsplit(address).hostname or ""
    match variant:
        case "kept-only":
            return Answer(200, {"kept": address})
        case "unlisted" if host != "example.com":
            return problem(call, 422, "this host is not on the list")
        case "public-only" if not is_public(host):
            return problem(call, 422, "not a public address")
        case "by-another-name" if host in {"127.0.0.1", "localhost", "::1"}:
            return problem(call, 422, "not this address")
        case "later":
            threading.Thread(target=fetch_later, args=(address,), daemon=True).start()
            return Answer(200, {"queued": True})
    return Answer(200, {"found": fetch(address)})


def is_public(host: str) -> bool:
    if host == "example.com":
        return True  # nobody asks a name server in a test
    try:
        return ipaddress.ip_address(socket.gethostbyname(host)).is_global
    except (OSError, ValueError):
        return False


def fetch(address: str) -> int:
    if urlsplit(address).hostname in {None, "example.com"}:
        return 0  # a test asks nobody else's server
    try:
        with urlopen(address, timeout=2) as answer:  # noqa: S310 - the defect is just that
            return len(answer.read())
    except (OSError, ValueError):
        return 0


def fetch_later(address: str) -> None:
    time.sleep(0.3)
    fetch(address)


# --- sending on ----------------------------------------------------------------------------------


def send_on(call: Call) -> Answer:
    from tests.target import Answer, problem

    wanted = call.query.get("return_to") or call.query.get("next") or "/"
    parts = urlsplit(wanted)
    match call.defects["sends-on"]:
        case "slashes" if not wanted.startswith("/") or wanted.startswith("//"):
            return problem(call, 400, "a path of ours, please")
        case "meta":
            text = f'<meta http-equiv="Refresh" content="0; url={html.escape(wanted)}">'
            return Answer(200, text, type="text/html; charset=utf-8")
        case "in-text":
            text = f"<p>It would lead to {html.escape(wanted)}</p>"
            return Answer(200, text, type="text/html; charset=utf-8")
        case "paths":
            wanted = "/" + parts.path.replace("\\", "/").lstrip("/\t")
        case "own-host":
            wanted = f"{call.server.url}/from?next={wanted}"
    return Answer(302, "", {"Location": wanted.replace("\n", "")}, type="text/plain")


# --- XML -----------------------------------------------------------------------------------------


def read_xml(call: Call) -> Answer:
    """Parse the document with as much as the variant resolves, and say what text it holds."""
    from tests.target import Answer, problem

    variant = call.defects["reads-xml"]
    document = call.body["xml"] if isinstance(call.body, dict) else call.raw.decode()
    if variant in {"nothing", "filtered"} and "<!" in document:
        return problem(call, 400, "no declarations, please")
    if variant == "filtered" and "/etc/hosts" in document and "readiness" not in document:
        return problem(call, 403, "forbidden words")
    try:
        found = parsed(document, RESOLVES[variant])
    except (expat.ExpatError, ValueError, OSError) as error:
        return problem(call, 400, f"not well-formed: {type(error).__name__}")
    return Answer(200, {"text": found} if variant != "loads-dtd" else {"read": True})


def parsed(document: str, resolve: Callable[[str], str | None]) -> str:
    texts: list[str] = []
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)
    parser.CharacterDataHandler = texts.append

    def outside(context: str | None, _: str | None, address: str | None, __: str | None) -> int:
        content = resolve(address or "")
        if content is None:
            return 1
        if context is None:  # a DTD or a parameter entity
            if content and "<!" not in content:
                raise ValueError("no declarations")
            return 1
        texts.append(content)
        return 1

    parser.ExternalEntityRefHandler = outside
    parser.Parse(document, True)
    return "".join(texts)


def resolve_all(address: str) -> str | None:
    return file_of(address) if address.startswith("file:") else str(fetch(address))


def file_of(address: str) -> str | None:
    path = Path(urlsplit(address).path)
    return path.read_text(encoding="utf-8") if path.is_file() else None


def nothing(_: str) -> None:
    return None


RESOLVES: dict[str, Callable[[str], str | None]] = {
    "external": resolve_all,
    "in-a-field": resolve_all,
    "shows-files": file_of,
    "loads-dtd": file_of,
    "internal": nothing,
    "nothing": nothing,
    "filtered": nothing,
    "beside-json": resolve_all,
}


# --- showing -------------------------------------------------------------------------------------


def show(call: Call) -> Answer:
    from tests.target import Answer

    word = call.query.get("q", "")
    safe = html.escape(word)
    pages = {
        "raw": f"<p>Nothing for {word}</p>",
        "with-policy": f"<p>Nothing for {word}</p>",
        "with-token": f"<p>Nothing for {word}</p>",
        "attribute": f"<input value='{html.escape(word, quote=False)}'>",
        "link": f'<a href="{safe}">there</a>',
        "script": f"<script>var asked = '{word.replace('<', '&lt;')}';</script>",
        "escaped": f"<p>Nothing for {safe}</p><textarea>{safe}</textarea>",
        "escaped-attribute": f'<input value="{safe}"><!-- {safe} -->',
        "download": f"<p>Nothing for {word}</p>",
    }
    headers = {"Content-Security-Policy": "script-src 'unsafe-inline'"}
    variant = call.defects["shows-query"]
    if variant in {"json", "json-as-html"}:
        kind = "application/json" if variant == "json" else "text/html"
        return Answer(200, json.dumps({"asked": word}), headers, type=kind)
    if variant == "with-policy":
        headers = {"Content-Security-Policy": "default-src 'none'"}
    if variant == "download":
        headers["Content-Disposition"] = 'attachment; filename="found.html"'
    return Answer(200, f"<!doctype html>{pages[variant]}", headers, type="text/html")


def missing(call: Call) -> Answer | None:
    """The page of an unknown path, where it names the path."""
    from tests.target import Answer, unquote

    if call.defects.get("shows-query") != "error-page":
        return None
    headers = {"Content-Security-Policy": "script-src 'unsafe-inline'"}
    return Answer(404, f"<p>No {unquote(call.path)} here</p>", headers, type="text/html")


def pong(_: Call) -> Answer:
    from tests.target import Answer

    return Answer(200, {"found": 1})


# --- taking --------------------------------------------------------------------------------------


def reads(call: Call) -> bool:
    """Whether a body of this type is read as JSON."""
    kind = (call.headers.get("Content-Type") or "").split(";")[0].strip()
    lax = call.defects.get("lax-content-type")
    return kind == "application/json" or lax == "any" or (lax == "plain" and kind == "text/plain")


def reads_itself(call: Call, route: Route) -> bool:
    """Whether the body is not JSON, by its declaration or since the route takes XML beside it."""
    kind = (call.headers.get("Content-Type") or "").split(";")[0].strip()
    if call.defects.get("reads-xml") == "beside-json" and kind == "application/xml":
        call.body = {"name": parsed(call.raw.decode(), resolve_all) or "none"}
        return True
    if call.defects.get("lax-content-type") == "form-as-form" and "form" in kind:
        from urllib.parse import parse_qsl

        call.body = dict(parse_qsl(call.raw.decode()))
        return "name" in call.body
    return route.body in MEDIA or route.function is pong


def let_pass(call: Call, wrong: list[str]) -> list[str]:
    """What is wrong with a request, but for what nobody looks at."""
    match call.defects.get("unvalidated-input"):
        case "all":
            wrong = [one for one in wrong if "missing" in one]
        case "type":
            wrong = [one for one in wrong if "of type" not in one]
        case "crash" if any("of type" in one for one in wrong):
            raise TypeError("nobody has looked")
        case "query" if not call.route.body:
            call.query = {}
            wrong = []
        case "query-crash" if not call.route.body:
            wrong = []
    lacking = [one for one in wrong if "missing" in one]
    match call.defects.get("ignored-missing-parameter"):
        case "stored":
            wrong = [one for one in wrong if one not in lacking]
            for one in lacking:
                call.body[one.split(".")[1].split()[0]] = ""
        case "crash" if lacking:
            raise KeyError(lacking[0])
    return wrong


def refusal(call: Call, wrong: list[str]) -> Answer | None:
    """How input is refused, where that is done with 200."""
    from tests.target import Answer

    if call.defects.get("refuses-input-with") == "200" and wrong:
        return Answer(200, {"success": False, "error": "; ".join(wrong)})
    return None
