"""Read an OpenAPI document: 2.0, 3.0 or 3.1, JSON or YAML.

Own code, since the parsers that exist resolve or validate everything up front: seconds for 700
operations, and nothing at all for the many documents that are a little wrong. Here a reference
is followed when somebody asks for what is behind it, and what is missing is empty.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_DEEPEST = 12
_DEEPEST_OPTIONAL = 3


class NotOpenApi(ValueError):  # noqa: N818 - named for what the file is
    """A file that is no OpenAPI document."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation, but for the body."""

    name: str
    place: str
    """path, query, header or cookie."""
    required: bool
    example: Any
    """A value that fits its schema."""
    schema: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What it may be, its own reference resolved."""


@dataclass(frozen=True)
class SecurityScheme:
    """How credentials travel."""

    name: str
    kind: str
    """http, apiKey, oauth2, openIdConnect, basic."""
    place: str
    """header, query or cookie."""
    parameter: str
    """Name of that header, query parameter or cookie."""
    prefix: str
    token_path: str = ""
    """Path of the password flow's token URL; its host is never used."""


@dataclass(frozen=True)
class Operation:
    """One method on one path."""

    method: str
    """``GET``."""
    path: str
    """With the document's base path: ``/api/items/{item_id}``."""
    id: str
    summary: str
    tags: tuple[str, ...]
    deprecated: bool
    secured: bool | None
    """It demands credentials; None when the document does not speak of security at all."""
    security: tuple[str, ...]
    """Names of the schemes it accepts."""
    _raw: Mapping[str, Any] = field(repr=False, compare=False)
    _shared: tuple[Any, ...] = field(repr=False, compare=False)
    _document: Document = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Path, query, header and cookie parameters; those of the operation win."""
        found = {}
        for raw in self._parameters():
            place = str(raw.get("in", ""))
            if place in {"path", "query", "header", "cookie"}:
                name = str(raw.get("name", ""))
                required = bool(raw.get("required")) or place == "path"
                example = self._document.example(raw)
                schema = self._document.resolve(raw.get("schema", raw))
                found[name, place] = Parameter(name, place, required, example, schema)
        return tuple(found.values())

    @property
    def body_type(self) -> str:
        """Media type of the request body, JSON where there is a choice; empty for no body."""
        return self._body()[0]

    @property
    def body_types(self) -> tuple[str, ...]:
        """Every media type that it declares for its body."""
        declared = self._document.resolve(self._raw.get("requestBody"))
        if content := _mapping(declared.get("content")):
            return tuple(map(str, content))
        told = self._raw.get("consumes") or self._document.raw.get("consumes")
        has_body = any(raw.get("in") == "body" for raw in self._parameters())
        return tuple(map(str, told)) if has_body and isinstance(told, list) else ()

    @property
    def body_schema(self) -> Mapping[str, Any]:
        """Schema of the request body, its own reference resolved."""
        return self._document.resolve(self._body()[1].get("schema"))

    @property
    def free_texts(self) -> tuple[str, ...]:
        """Fields at the top of the body that take any short word: names, notes, titles."""
        described = _mapping(self.body_schema.get("properties"))
        found = {str(name): self._document.resolve(raw) for name, raw in described.items()}
        return tuple(name for name, schema in found.items() if _takes_any_word(schema))

    @property
    def addresses(self) -> Mapping[str, Any]:
        """Fields at the top of the body that are declared to be addresses, each with a sample."""
        described = _mapping(self.body_schema.get("properties"))
        found = {str(name): self._document.resolve(raw) for name, raw in described.items()}
        return {
            name: self._document.sample(schema)
            for name, schema in found.items()
            if schema.get("format") in {"uri", "url", "uri-reference", "iri"}
            and not schema.get("readOnly")
        }

    def sample_body(self) -> Any:
        """A body that fits the document, None when it takes none."""
        kind, media = self._body()
        return self._document.example(media) if kind else None

    def sample_path(self) -> str:
        """The path with fitting values in place of its parameters."""
        path = self.path
        for parameter in self.parameters:
            if parameter.place == "path":
                value = quote(str(parameter.example), safe="")
                path = path.replace(f"{{{parameter.name}}}", value)
        return path

    def sample_query(self) -> dict[str, Any]:
        """Values for the query parameters that it requires."""
        return {
            parameter.name: parameter.example
            for parameter in self.parameters
            if parameter.place == "query" and parameter.required
        }

    @property
    def responses(self) -> Mapping[str, Mapping[str, Any]]:
        """Declared answers by status: ``200``, ``4XX``, ``default``."""
        declared = _mapping(self._raw.get("responses"))
        return {str(status): self._document.resolve(raw) for status, raw in declared.items()}

    def response_schema(self, status: int) -> Mapping[str, Any]:
        """Schema of the JSON answer of a status; empty when none is declared."""
        answers = self.responses
        for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            if key in answers:
                answer = answers[key]
                media = _json_media(answer.get("content")) or answer
                return self._document.resolve(_mapping(media).get("schema"))
        return {}

    @property
    def needs_input(self) -> bool:
        """It cannot be asked without values of the caller's own."""
        return any(parameter.required for parameter in self.parameters) or bool(self.body_type)

    @property
    def seems_to_change(self) -> bool:
        """It is a GET whose path or name says that it changes something: ``GET /createdb``.

        Nobody asks it on somebody's system only to see how it answers.
        """
        names = [*re.split(r"[^A-Za-z_]+", self.path), self._function]
        if self.method != "GET":
            return False
        return any(map(_CHANGES.match, names)) or bool(_SAYS_IT_CHANGES.match(self.summary))

    @property
    def is_for_administrators(self) -> bool:
        """Its path, its tags or its summary speak of administrators."""
        return bool(
            _ADMIN.search(self.path)
            or any(_ADMIN_WORD.search(tag) for tag in self.tags)
            or _ADMIN_ONLY.search(self.summary)
        )

    @property
    def _function(self) -> str:
        """The name behind an operation id such as ``views.main.populate_db``."""
        return str(self._raw.get("operationId") or "").rpartition(".")[2]

    def _parameters(self) -> Iterator[Mapping[str, Any]]:
        own = self._raw.get("parameters")
        for raw in (*self._shared, *(own if isinstance(own, list) else ())):
            yield self._document.resolve(raw)

    def _body(self) -> tuple[str, Mapping[str, Any]]:
        declared = self._document.resolve(self._raw.get("requestBody"))
        content = _mapping(declared.get("content"))
        if content:
            kinds = sorted(content, key=_json_first)
            return kinds[0], _mapping(content[kinds[0]])
        form: dict[str, Any] = {}
        required = []
        for raw in self._parameters():
            if raw.get("in") == "body":
                return "application/json", raw
            if raw.get("in") == "formData":
                form[str(raw.get("name"))] = raw
                required += [str(raw.get("name"))] if raw.get("required") else []
        if form:
            schema = {"type": "object", "properties": form, "required": required}
            return "application/x-www-form-urlencoded", {"schema": schema}
        return "", {}


@dataclass(frozen=True)
class Document:
    """An OpenAPI document."""

    raw: Mapping[str, Any] = field(repr=False)
    base_path: str = ""
    """Put before every path; the document's own unless it was told otherwise."""

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """All operations, sorted by path and method."""
        found = []
        for path, item in _mapping(self.raw.get("paths")).items():
            described = self.resolve(item)
            shared = described.get("parameters")
            for method in METHODS:
                raw = described.get(method)
                if isinstance(raw, dict):
                    found.append(self._operation(method, str(path), raw, shared))
        return tuple(sorted(found, key=lambda one: (one.path, one.method)))

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that is declared for a request's method and path."""
        return next(
            (one for one in self.operations if one.method == method and _fits(one.path, path)), None
        )

    @cached_property
    def security_schemes(self) -> tuple[SecurityScheme, ...]:
        """The schemes that it defines, in its order."""
        components = _mapping(self.raw.get("components"))
        declared = components.get("securitySchemes") or self.raw.get("securityDefinitions")
        return tuple(
            _scheme(str(name), self.resolve(raw)) for name, raw in _mapping(declared).items()
        )

    # --- candidates: what an operation seems to be for --------------------------------------------

    @cached_property
    def login(self) -> Operation | None:
        """Takes a password and seems to answer with a token."""
        flows = [scheme.token_path for scheme in self.security_schemes if scheme.token_path]
        flow = [one for one in self.operations if one.method == "POST" and one.path in flows]
        return next(iter(flow), None) or self._best("POST", _LOGIN, password=True)

    @cached_property
    def register(self) -> Operation | None:
        """Takes a password and seems to make an account."""
        return self._best("POST", _REGISTER, password=True)

    @cached_property
    def refresh(self) -> Operation | None:
        """Seems to renew a token."""
        return self._best("POST", _REFRESH)

    @cached_property
    def logout(self) -> Operation | None:
        """Seems to end a session."""
        return self._best("POST", _LOGOUT)

    @cached_property
    def me(self) -> Operation | None:
        """Seems to tell who the caller is."""
        return self._best("GET", _ME)

    @cached_property
    def change_me(self) -> Operation | None:
        """Seems to change the caller's own account."""
        return self._best("PATCH", _ME) or self._best("PUT", _ME)

    @cached_property
    def delete_me(self) -> Operation | None:
        """Seems to remove the caller's own account."""
        return self._best("DELETE", _ME)

    @cached_property
    def protected(self) -> tuple[Operation, ...]:
        """What can be asked with a token and nothing else, the likeliest first.

        Those that name who is asking come first, administration last; operations that declare no
        security come after those that do, since some documents forget it.
        """
        candidates = [
            one
            for one in self.operations
            if one.method == "GET"
            and not one.needs_input
            and not one.seems_to_change
            and (one.secured or _ME.search(one.path))
        ]
        return tuple(
            sorted(
                candidates,
                key=lambda one: (
                    not one.secured,
                    not _ME.search(one.path),
                    bool(_ADMIN.search(one.path)),
                    one.path.count("/"),
                    one.path,
                ),
            )
        )

    # --- references and samples -------------------------------------------------------------------

    def resolve(self, node: Any) -> Mapping[str, Any]:
        """The mapping that a node is or refers to; empty where there is none."""
        seen = set()
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            if reference in seen or not reference.startswith("#/"):
                return {}
            seen.add(reference)
            node = self.raw
            for part in reference[2:].split("/"):
                key = part.replace("~1", "/").replace("~0", "~")
                node = node.get(key) if isinstance(node, dict) else None
        return _mapping(node)

    def example(self, described: Mapping[str, Any]) -> Any:
        """A fitting value for a parameter, a media type or anything else that has a schema."""
        if "example" in described:
            return described["example"]
        for named in _mapping(described.get("examples")).values():
            value = self.resolve(named)
            if "value" in value:
                return value["value"]
        return self.sample(described.get("schema", described))

    def sample(self, schema: Any, _above: tuple[str, ...] = ()) -> Any:
        """A value that fits a schema: an example where it gives one, else the simplest.

        What would contain itself is None, or left out where it may be.
        """
        name = _reference(schema)
        known = self.resolve(schema)
        given = _given(known)
        if given is not _NOTHING:
            return given
        if (name and name in _above) or len(_above) > _DEEPEST:
            return None
        _above = (*_above, name)
        for one_of in ("oneOf", "anyOf"):
            options = [each for each in known.get(one_of) or () if not _is_null(each)]
            if options:
                return self._merged(known, self.sample(options[0], _above), _above)
        if known.get("allOf"):
            value: Any = None
            for part in known["allOf"]:
                sampled = self.sample(part, _above)
                both = isinstance(value, dict) and isinstance(sampled, dict)
                value = {**value, **sampled} if both else (sampled if value is None else value)
            return self._merged(known, value, _above)
        return self._simplest(known, _above)

    def _merged(self, known: Mapping[str, Any], value: Any, above: tuple[str, ...]) -> Any:
        """A value of a part, with the properties that stand beside the parts."""
        if isinstance(value, dict) and "properties" in known:
            return {**value, **self._object(known, above)}
        return value

    def _simplest(self, schema: Mapping[str, Any], above: tuple[str, ...]) -> Any:
        match _type(schema):
            case "object":
                return self._object(schema, above)
            case "array":
                item = self.sample(schema.get("items"), above)
                return [item] * max(1, int(schema.get("minItems") or 0))
            case "boolean":
                return True
            case "integer" | "number" as kind:
                return _number(schema, whole=kind == "integer")
            case "null":
                return None
            case _:
                return _text(schema)

    def _object(self, schema: Mapping[str, Any], above: tuple[str, ...]) -> dict[str, Any]:
        """The properties it requires; all of them when it requires none."""
        properties = _mapping(schema.get("properties"))
        wanted = schema.get("required")
        names = wanted if isinstance(wanted, list) and wanted else list(properties)
        found = {}
        for name in names:
            described = properties.get(name)
            optional = names is not wanted
            if self.resolve(described).get("readOnly") or (
                optional
                and ((_reference(described) or None) in above or len(above) > _DEEPEST_OPTIONAL)
            ):
                continue
            found[str(name)] = self.sample(described, above)
        return found

    def _operation(self, method: str, path: str, raw: Mapping[str, Any], shared: Any) -> Operation:
        security = raw.get("security", self.raw.get("security"))
        names = tuple(
            str(name) for option in security or () if isinstance(option, dict) for name in option
        )
        optional = isinstance(security, list) and {} in security
        tags = raw.get("tags")
        return Operation(
            method=method.upper(),
            path=f"{self.base_path}{path}",
            id=str(raw.get("operationId") or f"{method} {path}"),
            summary=str(raw.get("summary") or ""),
            tags=tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
            deprecated=bool(raw.get("deprecated")),
            secured=None if security is None else bool(names) and not optional,
            security=names,
            _raw=raw,
            _shared=tuple(shared) if isinstance(shared, list) else (),
            _document=self,
        )

    def _best(
        self, method: str, purpose: re.Pattern[str], *, password: bool = False
    ) -> Operation | None:
        fitting = [
            one
            for one in self.operations
            if one.method == method
            and purpose.search(one.path)
            and "{" not in one.path
            and (not password or _takes_password(one))
        ]
        return min(fitting, key=lambda one: (one.deprecated, len(one.path)), default=None)


def read(path: Path, *, base_path: str | None = None) -> Document:
    """Read a document from a file.

    Args:
        path: JSON or YAML.
        base_path: put before every path instead of the document's own.

    Raises:
        NotOpenApi: it cannot be parsed, or is something else.
        OSError: it cannot be read.
    """
    text = path.read_text(encoding="utf-8-sig")
    return parse(text, name=path.name, base_path=base_path)


def parse(text: str, *, name: str = "document", base_path: str | None = None) -> Document:
    """Read a document from text; see :func:`read`."""
    raw = _load(text, name)
    if not isinstance(raw, dict) or not isinstance(raw.get("paths"), dict):
        raise NotOpenApi(f"{name} is no OpenAPI document: it has no 'paths'")
    if not str(raw.get("openapi", raw.get("swagger", ""))).startswith(("2.", "3.")):
        raise NotOpenApi(f"{name} is no OpenAPI document of version 2 or 3")
    return Document(raw, _base_path(raw) if base_path is None else base_path)


def _load(text: str, name: str) -> Any:
    if text.lstrip()[:1] == "{":
        try:
            return json.loads(text)
        except ValueError:
            pass  # YAML may start with a brace too
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - it is a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise NotOpenApi(f"{name} is neither JSON nor YAML: {reason}") from error


def _base_path(raw: Mapping[str, Any]) -> str:
    servers = raw.get("servers")
    if isinstance(servers, list) and servers:
        server = _mapping(servers[0])
        url = str(server.get("url") or "")
        for name, variable in _mapping(server.get("variables")).items():
            url = url.replace(f"{{{name}}}", str(_mapping(variable).get("default", "")))
        return _path_of(url).rstrip("/")
    return str(raw.get("basePath") or "").rstrip("/")


def _path_of(url: str) -> str:
    """Path of a URL, absolute or not, without its host."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return path if not path or path.startswith("/") else f"/{path.removeprefix('./')}"


def _scheme(name: str, raw: Mapping[str, Any]) -> SecurityScheme:
    kind = str(raw.get("type") or "")
    if kind == "apiKey":
        place, parameter = str(raw.get("in") or "header"), str(raw.get("name") or "")
        return SecurityScheme(name, kind, place, parameter, "")
    prefix = "Basic" if "basic" in {kind, str(raw.get("scheme")).lower()} else "Bearer"
    flow = _mapping(_mapping(raw.get("flows")).get("password"))
    url = flow.get("tokenUrl") or (raw.get("tokenUrl") if raw.get("flow") == "password" else "")
    return SecurityScheme(name, kind, "header", "Authorization", prefix, _path_of(str(url or "")))


# --- what names tell -----------------------------------------------------------------------------

_LOGIN = re.compile(
    r"/(log-?_?in|sign-?_?in|tokens?|authenticate|sessions?|auth|access-?_?token)/?$", re.IGNORECASE
)
_REGISTER = re.compile(
    r"/(register|registration|sign-?_?up|users?|accounts?|create[-_]user)/?$", re.IGNORECASE
)
_REFRESH = re.compile(r"refresh", re.IGNORECASE)
_LOGOUT = re.compile(r"/(log-?_?out|sign-?_?out|revoke)/?$", re.IGNORECASE)
_ME = re.compile(
    r"/(me|whoami|profile|self|current[-_]?user|user/current|account)/?$", re.IGNORECASE
)
_ADMIN = re.compile(r"/(admin|internal|management|audit)\b", re.IGNORECASE)
_ADMIN_WORD = re.compile(r"\badmin(istrat\w+|s)?\b", re.IGNORECASE)
_ADMIN_ONLY = re.compile(r"\badmin(istrator)?s? only\b|\bonly (for )?admin", re.IGNORECASE)
# A verb in the form of an order (``reset``, ``createdb``), and no ``created`` or ``triggers``.
_CHANGES = re.compile(
    r"(?:[Ll]og_?[Oo]ut|[Ss]ign_?[Oo]ut"
    r"|(?:[Cc]reate|[Dd]rop|[Dd]elete|[Rr]emove|[Dd]estroy|[Ee]rase|[Ww]ipe|[Pp]urge|[Tt]runcate"
    r"|[Ff]lush|[Cc]lear|[Rr]eset|[Rr]estore|[Pp]opulate|[Ss]eed|[Ii]nit|[Ii]nitiali[sz]e"
    r"|[Mm]igrate|[Rr]ebuild|[Rr]eindex|[Rr]eload|[Rr]estart|[Rr]eboot|[Ss]hutdown|[Kk]ill"
    r"|[Tt]erminate|[Rr]evoke|[Uu]nsubscribe|[Tt]rigger)"
    r"(?:_\w+|[A-Z]\w*|db|database|all|data|tables?|cache|users?)?)$"
)
_SAYS_IT_CHANGES = re.compile(
    r"\s*(?:creates?|drops?|deletes?|removes?|destroys?|erases?|wipes?|purges?|truncates?|flushes"
    r"|clears?|resets?|restores?|populates?|initiali[sz]es?|migrates?|restarts?|shuts?|kills?"
    r"|terminates?|revokes?|log(?:s )?out|unsubscribes?)\s",
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"pass(word|wd|phrase|code)?|pwd|secret", re.IGNORECASE)


def _takes_password(operation: Operation) -> bool:
    schema = operation.body_schema
    parts = [schema, *(schema.get("allOf") or ()), *(schema.get("anyOf") or ())]
    resolved = (operation._document.resolve(part) for part in parts)  # noqa: SLF001 - its own
    return any(
        _PASSWORD.search(str(name))
        for part in resolved
        for name in _mapping(part.get("properties"))
    )


def _fits(template: str, path: str) -> bool:
    pattern = "[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", template))
    return re.fullmatch(pattern, path) is not None


# --- schemas -------------------------------------------------------------------------------------

_NOTHING: Any = object()
_FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "email": "reader@example.com",
    "idn-email": "reader@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "byte": "dGV4dA==",
    "password": "Correct-Horse-7!",
}


def _given(schema: Mapping[str, Any]) -> Any:
    """The value that a schema itself offers."""
    for key in ("example", "const", "default"):
        if key in schema and (schema[key] is not None or key != "default"):
            return schema[key]
    for key in ("examples", "enum"):
        values = schema.get(key)
        if isinstance(values, list) and values:
            return values[0]
    return _NOTHING


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    if kind:
        return str(kind)
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _reference(schema: Any) -> str:
    return str(schema.get("$ref", "")) if isinstance(schema, dict) else ""


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"


_WORD = "readiness0123456789abcdef"


def _takes_any_word(schema: Mapping[str, Any]) -> bool:
    if _type(schema) != "string" or {"enum", "const", "format"} & schema.keys():
        return False
    most = schema.get("maxLength")
    if schema.get("readOnly") or (most is not None and int(most) < len(_WORD)):
        return False
    try:
        return re.search(str(schema.get("pattern") or ""), _WORD) is not None
    except re.error:  # a pattern of another dialect
        return False


def _number(schema: Mapping[str, Any], *, whole: bool) -> int | float:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if above is True or (above is not None and not isinstance(above, bool)):
        low = (low if above is True else above) or 0
        low += 1 if whole else 0.5
    if below is True or (below is not None and not isinstance(below, bool)):
        high = (high if below is True else below) or 0
        high -= 1 if whole else 0.5
    value: int | float = low if low is not None else 1
    if high is not None and value > high:
        value = high
    step = schema.get("multipleOf")
    if step:
        value = -(-value // step) * step
    return int(value) if whole else value


def _text(schema: Mapping[str, Any]) -> str:
    value = _FORMATS.get(str(schema.get("format")), "text")
    shortest, longest = int(schema.get("minLength") or 0), schema.get("maxLength")
    if len(value) < shortest:
        value = (value * shortest)[:shortest]
    return value if longest is None else value[: int(longest)]


def _json_media(content: Any) -> Mapping[str, Any]:
    kinds = [kind for kind in _mapping(content) if _json_first(kind)[0] == 0]
    return _mapping(content[kinds[0]]) if kinds else {}


def _json_first(kind: str) -> tuple[int, str]:
    bare = kind.partition(";")[0].strip()
    if bare == "application/json" or bare.endswith("+json") or bare == "*/*":
        return 0, kind
    return (1 if bare == "application/x-www-form-urlencoded" else 2), kind


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
