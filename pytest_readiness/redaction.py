"""Keeps secrets out of everything that is written down.

Three nets, one behind the other: the values that are known to be secret, in every form in which
they travel; names that say that what follows is secret; shapes that only secrets have. What is
taken out becomes ``***``.
"""

from __future__ import annotations

import html
import json
import re
import shlex
import threading
from base64 import b64encode
from collections.abc import Callable  # noqa: TC003 - the annotation of _RULES is evaluated
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote, unquote_plus


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


MASK = "***"
SHORTEST = 6
"""Characters a known value must have to be taken out; shorter ones stand in ordinary words."""
SHORTEST_FRAGMENT = 8
"""Characters that a piece of a cut value must have."""
BODY_LIMIT = 2000
"""Characters of a body that are kept."""

_WINDOW = 65_536
"""Characters of a body that are looked at; a cut before redaction may split a secret."""
_GRAM = 3
_LONGEST_STRIDE = 8
_PIECE = 5
_PIECE_STRIDE = SHORTEST_FRAGMENT - _PIECE + 1
_DISTINCT = 5
_DRAWN = re.compile(r"[A-Za-z].*[0-9]|[0-9].*[A-Za-z]|[a-z][A-Z]|[A-Z]{2}[a-z]", re.DOTALL)


class Secret:
    """A value that shows itself only when asked: its repr is ``***``.

    It cannot be pickled nor written as JSON, equals another secret of the same value,
    and is false when empty.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself; call it only where the value leaves for the target."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled: pass on where it comes from instead")


class Redactor:
    """Takes secrets out of text, headers, URLs and bodies.

    Values may be added at any time, a token that was just issued for instance. Text without a
    secret comes back as it is.
    """

    def __init__(self, values: Iterable[str | Secret] = ()) -> None:
        self._values: dict[str, set[str]] = {}
        """Value to its forms."""
        self._indexes: tuple[_Index, _Index] | None = None
        """Of all forms, and of these without backslashes."""
        self._lock = threading.RLock()
        for value in values:
            self.add(value)

    def add(self, value: str | Secret) -> None:
        """Know one more secret; shorter than six characters it is not taken out."""
        text = value.reveal() if isinstance(value, Secret) else value
        if len(text) < SHORTEST or text in self._values:
            return
        known = forms(text)
        with self._lock:
            self._values[text] = known
            self._indexes = None
        for password in _USERINFO_PASSWORD.findall(text):
            self.add(unquote(password))

    def known(self, text: str) -> str:
        """Text without the known values alone; what only looks like a secret stays."""
        return self._known(text)

    def since(self, number: int) -> list[str]:
        """Values after the first ``number`` of those known, in the order in which they came."""
        return list(self._values)[number:]

    def __len__(self) -> int:
        return len(self._values)

    def text(self, text: str) -> str:
        """Any text: log lines, tracebacks, assertion diffs, messages."""
        masked = self._known(text)
        lowered = masked.lower()
        for applies, pattern, replacement in _RULES:
            if applies(masked, lowered):
                masked = pattern.sub(replacement, masked)
        return masked

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers; the scheme of a credential and a cookie's name and attributes stay."""
        return {name: self._header(name, str(value)) for name, value in headers.items()}

    def url(self, url: str) -> str:
        """A URL: user and password, and query values under names that say secret."""
        return self.text(_PARAMETER.sub(_mask_parameter, url))

    def body(self, body: bytes | str, content_type: str = "", *, limit: int = BODY_LIMIT) -> str:
        """A request's or response's body as text, at most ``limit`` characters of it.

        Args:
            body: what was sent; bytes that are no text are only described.
            content_type: the header's value; it decides how names of fields are found.
            limit: characters to keep.
        """
        kind = content_type.partition(";")[0].strip().lower()
        window = body[: _WINDOW * 4] if isinstance(body, bytes) else body
        text = _decoded(window, content_type) if isinstance(window, bytes) else window
        if text is None:
            return f"<{len(body)} bytes of {kind or 'binary data'}>"
        cut = len(text) > _WINDOW or len(window) < len(body)
        if cut:
            text = f"{text[:_WINDOW]}..."
        masked = self.text(_mask_fields(text, kind))
        if len(masked) > limit:
            return f"{masked[:limit]}... ({len(body)} in all)"
        return masked

    def _header(self, name: str, value: str) -> str:
        match name.lower():
            case "authorization" | "proxy-authorization":
                scheme, _, credential = value.strip().partition(" ")
                return f"{self.text(scheme)} {MASK}" if credential else MASK
            case "cookie" | "cookie2":
                return _COOKIE.sub(rf"\1={MASK}", value)
            case "set-cookie":
                return self.text(_mask_set_cookie(value))
            case _:
                return MASK if is_secret_name(name) else self.text(value)

    def _known(self, text: str) -> str:
        if not self._values or len(text) < SHORTEST:
            return text
        index, bare = self._indexes or self._indexed()
        spans = [*index.spans(text)]
        if "\\" in text:
            spans += _Unescaped(text).spans(bare)
        return _mask(text, spans)

    def _indexed(self) -> tuple[_Index, _Index]:
        """Indexes of all values known now; facts make values known from threads of their own."""
        with self._lock:
            needles = {form for each in self._values.values() for form in each}
            bare = {form.replace("\\", "") for form in needles}
            indexes = _Index.of(needles), _Index.of(each for each in bare if len(each) >= SHORTEST)
            self._indexes = indexes
            return indexes


def is_secret_name(name: str) -> bool:
    """Whether a header, field, variable or parameter of this name holds a secret.

    ``X-Api-Key``, ``JWT_SECRET``, ``refreshToken`` and ``SMTP_PASS`` do. ``max_tokens``,
    ``token_type``, ``PASSWORD_MIN_LENGTH``, ``JWT_PUBLIC_KEY`` and ``DB_PASSWORD_FILE`` do not.
    """
    if name in _SHELL_NAMES:
        return False
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    words = [word for word in re.split(r"[^A-Z]+", spaced.upper()) if word not in {"", "V"}]
    if words[-2:] == ["SESSION", "ID"]:
        return True
    if not words or words[-1] in _ABOUT_A_SECRET:
        return False
    before = words[-2] if len(words) > 1 else ""
    if words[-1] == "KEY":
        return bool(before) and before not in _OPEN_KEYS
    if "TOKEN" in words:
        return not {"MAX", "MIN"} & set(words)
    return (
        words[-1] in _LAST_OF_A_SECRET
        or words[-1].endswith(_END_OF_A_SECRET)
        or bool(_ANYWHERE_IN_A_SECRET & set(words))
    )


# --- known values --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Index:
    """Where to look for which known form.

    A regular expression over a thousand literals tries them one by one at each character. Here
    every form is filed under the three-letter pieces at its first ``stride`` offsets, so that
    looking at each ``stride``-th position of a text is enough to meet one of them.
    """

    stride: int
    grams: dict[str, tuple[tuple[int, str], ...]]
    """Piece to (offset in the form, form)."""
    pieces: dict[str, tuple[tuple[int, str], ...]]
    """Longer piece of any part of a form, to recognise what was cut."""

    @staticmethod
    def of(needles: Iterable[str]) -> _Index:
        known = sorted(set(needles), key=len)
        stride = min(len(known[0]) - _GRAM + 1, _LONGEST_STRIDE)
        return _Index(
            stride,
            _filed(known, _GRAM, lambda _: stride),
            _filed([one for one in known if len(one) >= SHORTEST_FRAGMENT], _PIECE, len),
        )

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where something secret begins and ends, in any order; spans may overlap."""
        yield from self._whole(text)
        yield from self._parts(text)
        yield from self._cut(text)

    def _whole(self, text: str) -> Iterator[tuple[int, int]]:
        """Spans of known forms."""
        grams, last = self.grams, len(text) - _GRAM + 1
        hits = [at for at in range(0, last, self.stride) if text[at : at + _GRAM] in grams]
        for at in hits:
            for offset, form in grams[text[at : at + _GRAM]]:
                start = at - offset
                if start >= 0 and text.startswith(form, start):
                    yield start, start + len(form)

    def _parts(self, text: str) -> Iterator[tuple[int, int]]:
        """Spans of parts of a form that stand in no text by accident, wherever they stand."""
        pieces, last = self.pieces, len(text) - _PIECE + 1
        done = 0
        for at in [at for at in range(0, last, _PIECE_STRIDE) if text[at : at + _PIECE] in pieces]:
            if at < done:
                continue
            for offset, form in pieces[text[at : at + _PIECE]]:
                start, end = _run(text, at, form, offset)
                if end - start >= SHORTEST_FRAGMENT and _is_telling(text[start:end]):
                    yield start, end
                    done = max(done, end - SHORTEST_FRAGMENT)

    def _cut(self, text: str) -> Iterator[tuple[int, int]]:
        """Spans of pieces beside an ellipsis, or at the edges of a line of a diff."""
        if "..." in text or "…" in text or " chars]" in text:
            for gap in _ELLIPSIS.finditer(text):
                end, start = gap.start(1), gap.end(1)
                yield from self._before(text, end, whole_head=False)
                yield from self._after(text, start, whole_tail=False)
                if text[end - 1 : end] in _QUOTES:
                    yield from self._before(text, end - 1, whole_head=False)
                if text[start : start + 1] in _QUOTES:
                    yield from self._after(text, start + 1, whole_tail=False)
        if "\n" in text:
            start = 0
            for line in text.splitlines(keepends=True):
                if _is_diff(line):
                    edges = _DIFF_EDGES.match(text, start)
                    if edges:
                        yield from self._line(text, edges.start("said"), edges.end("said"))
                start += len(line)

    def _line(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """What a line says ends as a form ends, begins as one begins, or is all within one."""
        yield from self._after(text, start, whole_tail=True)
        yield from self._before(text, end, whole_head=True)
        for offset, form in self.pieces.get(text[start : start + _PIECE], ()):
            said = text[start:end]
            if len(said) >= SHORTEST_FRAGMENT and form.startswith(said, offset):
                yield start, end

    def _before(self, text: str, end: int, *, whole_head: bool) -> Iterator[tuple[int, int]]:
        """The piece that ends at ``end``; with ``whole_head`` only a form's beginning."""
        at = end - _PIECE
        for offset, form in self.pieces.get(text[max(at, 0) : max(end, 0)], ()):
            start, _ = _run(text, at, form, offset)
            begins = start - at + offset == 0
            if end - start >= SHORTEST_FRAGMENT and (begins or not whole_head):
                yield start, end

    def _after(self, text: str, start: int, *, whole_tail: bool) -> Iterator[tuple[int, int]]:
        """The piece that starts at ``start``; with ``whole_tail`` only a form's ending."""
        for offset, form in self.pieces.get(text[start : start + _PIECE], ()):
            _, end = _run(text, start, form, offset)
            ends = end - start + offset == len(form)
            if end - start >= SHORTEST_FRAGMENT and (ends or not whole_tail):
                yield start, end


def _run(text: str, at: int, form: str, offset: int) -> tuple[int, int]:
    """How far text and form agree around a place where they do."""
    start, head = at, offset
    while start and head and text[start - 1] == form[head - 1]:
        start, head = start - 1, head - 1
    end, tail = at, offset
    while end < len(text) and tail < len(form) and text[end] == form[tail]:
        end, tail = end + 1, tail + 1
    return start, end


def _is_telling(piece: str) -> bool:
    """Whether a piece looks drawn by lot: ``localhost`` and ``/postgresql`` do not."""
    return (
        len(set(piece)) >= _DISTINCT
        and _DRAWN.search(piece) is not None
        and sum(map(str.isalnum, piece)) * 2 > len(piece)
    )


class _Unescaped:
    """A text without its backslashes: however deeply it was quoted, a secret looks the same."""

    def __init__(self, text: str) -> None:
        self.places = [at for at, letter in enumerate(text) if letter != "\\"]
        self.text = text.replace("\\", "")

    def spans(self, index: _Index) -> Iterator[tuple[int, int]]:
        """Spans in the text as it was."""
        for start, end in index.spans(self.text):
            yield self.places[start], self.places[end - 1] + 1


def forms(value: str) -> set[str]:
    """Every form in which a secret value is looked for, itself included."""
    lines = {line.strip() for line in value.splitlines()}
    wholes = {value, value.strip(), *lines}
    found: set[str] = set()
    for whole in wholes:
        if len(whole) >= SHORTEST:
            found |= _forms_of_line(whole)
    return {form for form in found if len(form) >= SHORTEST}


def _forms_of_line(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogatepass")
    return {
        value,
        raw.decode("latin-1"),
        raw.hex(),
        raw.hex().upper(),
        *_url_forms(raw),
        *_quoted_forms(value),
        *_markup_forms(value),
        *_base64_forms(raw),
    }


def _url_forms(raw: bytes) -> Iterator[str]:
    for safe in ("", "/", "~", "!~*'()", "!#$%&'()*+,/:;=?@[]~"):
        for form in (quote(raw, safe=safe), quote_plus(raw, safe=safe)):
            yield form
            yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), form)


def _quoted_forms(value: str) -> Iterator[str]:
    """As JSON, Python and the shell write it between quotes, once and twice."""
    raw = value.encode("utf-8", "surrogatepass").decode("latin-1")
    once = {*_escaped(value), *_escaped(raw)}
    once |= {form.replace("/", "\\/") for form in once}
    for form in once:
        yield form
        yield from _escaped(form)
    yield _upper_escapes(json.dumps(value)[1:-1])
    yield shlex.quote(value).removeprefix("'").removesuffix("'")
    yield value.replace("'", "'\\''")
    yield re.sub(r'([\\"$`])', r"\\\1", value)


def _escaped(value: str) -> Iterator[str]:
    """Between double quotes of JSON, and between either quotes of Python."""
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    for write in (repr, ascii):
        pieces = [write(piece)[1:-1] for piece in value.split("'")]
        yield "'".join(pieces)
        yield "\\'".join(pieces)


def _upper_escapes(text: str) -> str:
    return re.sub(r"(?<=\\u)[0-9a-f]{4}", lambda match: match[0].upper(), text)


def _markup_forms(value: str) -> Iterator[str]:
    for form in (html.escape(value), html.escape(value, quote=False)):
        yield form
        for apostrophe, quotation in (
            ("&#39;", "&#34;"),
            ("&#39;", "&quot;"),
            ("&apos;", "&quot;"),
        ):
            yield form.replace("&#x27;", apostrophe).replace("&quot;", quotation)


def _base64_forms(raw: bytes) -> Iterator[str]:
    """What is the same of its base64, whatever stands before and after it."""
    for before in range(3):
        whole = b64encode(b"\0" * before + raw).decode().rstrip("=")
        unsure_end = 1 if (before + len(raw)) % 3 else 0
        core = whole[(0, 2, 3)[before] : len(whole) - unsure_end]
        yield core
        yield core.replace("+", "-").replace("/", "_")
        yield core.replace("/", "\\/")
        yield from _url_forms(core.encode())


def _filed(
    needles: list[str], size: int, offsets: Callable[[str], int]
) -> dict[str, tuple[tuple[int, str], ...]]:
    filed: dict[str, list[tuple[int, str]]] = {}
    for needle in needles:
        for offset in range(min(offsets(needle), len(needle) - size + 1)):
            filed.setdefault(needle[offset : offset + size], []).append((offset, needle))
    return {gram: tuple(places) for gram, places in filed.items()}


def _mask(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with all spans masked, those that touch as one."""
    if not spans:
        return text
    parts: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if start > done or not parts:
            parts += [text[done:start], MASK]
        done = max(done, end)
    return "".join([*parts, text[done:]])


_QUOTATION_MARKS = (("&#39;", "&#34;"), ("&#39;", "&quot;"), ("&apos;", "&quot;"))
_QUOTES = ("'", '"', "`")
_ELLIPSIS = re.compile(r"(?=(\.\.\.|…|\[\d+ chars\]))")  # of four dots each three count
_DIFF_EDGES = re.compile(
    r"(?:E\s+)?\s*[-+?]?\s+['\"]?(?P<said>.*?)['\"]?[,)\]}]*\s*$", re.MULTILINE
)


def _is_diff(line: str) -> bool:
    """Whether a line is one of an assertion's diff: ``E  - 'abc``, ``  + abc``."""
    return line.removeprefix("E").lstrip()[:1] in {"-", "+", "'", '"'}


# --- names and shapes ----------------------------------------------------------------------------

_WORDS = (
    "passw(?:or)?d", "passphrase", "private[_-]?[Kk]ey", "pwd", "secret", "signing[_-]?[Kk]ey",
    "session[_-]?[Ii]d", "token(?!s|iz)", "api[_-]?[Kk]ey", "access[_-]?[Kk]ey",
    "credential", "encryption[_-]?[Kk]ey",
)  # fmt: skip


def _split(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SHELL_NAMES = frozenset({"PWD", "OLDPWD"})
_ABOUT_A_SECRET = _split("""
    ALG ALGO ALGORITHM ALGORITHMS AT BACKEND BUCKET BUDGET CLASS COST COUNT DAYS DIR DIRECTORY
    DOMAIN ENABLED ENCODING ENDPOINT EXPIRATION EXPIRE EXPIRES EXPIRY FIELD FILE FILES FORMAT
    HEADER HINT HOURS HTTPONLY ID IN ISSUER LENGTH LIFETIME LIMIT LOCATION MANAGER MAX MIN MINUTES
    NAME NAMES PATH PLACE POLICY PREFIX PROVIDER RATE REF REQUIRED ROTATION ROUNDS SAMESITE SECONDS
    SECURE SIZE STORE TIMEOUT TTL TYPE URI URL USAGE VERSION""")
_OPEN_KEYS = _split("""
    CACHE FOREIGN HOST IDEMPOTENCY PARTITION PRIMARY PUBLIC PUBLISHABLE SITE SORT UNIQUE""")
_LAST_OF_A_SECRET = _split("""
    APIKEY ASSERTION AUTHORIZATION COOKIE COOKIES CREDENTIAL CREDENTIALS OTP PASS PAT PWD SALT""")
_ANYWHERE_IN_A_SECRET = _split("""PASSPHRASE PASSWD PASSWORD PASSWORDS PASSWRD SECRET SECRETS""")
_END_OF_A_SECRET = (
    "TOKEN", "SECRET", "PASSWORD", "PASSWD", "APIKEY", "SECRETKEY", "PRIVATEKEY", "ACCESSKEY",
    "SESSIONID",
)  # fmt: skip


def _by_first_letter(words: tuple[str, ...]) -> str:
    """An alternation of the words, Capitalised and UPPER too, that fails at the first letter.

    It is several times as fast as ``re.IGNORECASE`` over the plain alternation.
    """
    branches = []
    for letter in dict.fromkeys(word[0] for word in words):
        rests = [word[1:] for word in words if word[0] == letter]
        both = "|".join([*rests, *(rest.upper() for rest in rests)])
        branches.append(f"[{letter}{letter.upper()}](?:{both})")
    return "|".join(branches)


_HARMLESS_VALUE = re.compile(
    r"(?i:null|none|true|false|undefined)|\**|\$\{?\w+(?::-[^}]*)?\}?|\{\w*\}|<[\w -]*>"
)
_COOKIE = re.compile(r"([^=;,\s]+)=(\"[^\"]*\"|[^;]*)")
_COOKIES = re.compile(r",\s*(?=[^;,=\s]+=)")
_PARAMETER = re.compile(r"(?P<name>(?<=[?&#;])[^=&#;?\s]+)=(?P<value>[^&#\s]*)")
_PART = re.compile(
    r"(?P<head>name=\"(?P<name>[^\"]*)\"[^\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)(?P<value>.*?)(?=\r?\n--|\Z)",
    re.DOTALL,
)


_TEXTUAL = re.compile(r"text/|application/(?:[\w.+-]*(?:json|xml)|x-www)", re.IGNORECASE)


def _mask_parameter(match: re.Match[str]) -> str:
    if is_secret_name(unquote_plus(match["name"])) and not _HARMLESS_VALUE.fullmatch(
        match["value"]
    ):
        return f"{match['name']}={MASK}"
    return match[0]


def _mask_fields(text: str, kind: str) -> str:
    """Mask by the names of fields, as the content type writes them."""
    if kind == "application/x-www-form-urlencoded":
        return _PARAMETER.sub(_mask_parameter, f"&{text}")[1:]
    if kind == "multipart/form-data":
        return _PART.sub(
            lambda part: part["head"] + (MASK if is_secret_name(part["name"]) else part["value"]),
            text,
        )
    if (kind.endswith("json") or not kind) and text.lstrip()[:1] in {"{", "["}:
        try:
            document = json.loads(text)
            masked = _mask_json(document, secret=False)
            return text if masked == document else json.dumps(masked, ensure_ascii=False)
        except (ValueError, RecursionError):
            return text
    return text


def _mask_json(value: object, *, secret: bool) -> object:
    match value:
        case dict():
            return {
                key: _mask_json(item, secret=secret or is_secret_name(key))
                for key, item in value.items()
            }
        case list():
            return [_mask_json(item, secret=secret) for item in value]
        case None | bool():
            return value
        case str():
            return MASK if secret and not _HARMLESS_VALUE.fullmatch(value) else value
        case _:
            return MASK if secret else value


def _decoded(body: bytes, content_type: str) -> str | None:
    """Bytes as text, None when they are none."""
    named = re.search(r"charset=[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    for charset in (named[1] if named else "utf-8", "utf-8"):
        try:
            text = body.decode(charset)
        except (LookupError, ValueError):
            continue
        return None if "\0" in text else text
    if b"\0" in body or not re.match(
        r"text/|application/(?:[\w.+-]*(?:json|xml)|x-www)", content_type
    ):
        cut_character = body[:-3].decode("utf-8", "ignore").encode() == body[:-3]
        return body.decode("utf-8", "ignore") if cut_character and b"\0" not in body else None
    return body.decode("latin-1")


_MARKS = ("pass", "pwd", "secret", "token", "key", "credential", "authoriz", "cookie", "session")
_SHAPE_MARKS = (
    (".", ("eyJ", "eyA", "ewo", "SG.", "ya29.")),
    ("-", ("sk-", "xox", "glpat-")),
    ("_", ("_live_", "_test_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "_pat_", "hf_", "npm_")),
    ("A", ("AKIA", "ASIA", "AIza")),
)
"""A character that a shape cannot do without, and its beginnings: looking costs time."""
_START = r"(?<![A-Za-z0-9])"
_PRIVATE_KEY = (
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:.{0,20000}?-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"|(?:(?:\\[nr]|[\s>|+-]|E(?= ))*[A-Za-z0-9+/=]{16,})*)"
)
_SHAPES = re.compile(
    rf"""
    {_START}(?:
        e(?:yJ|yA|wo)[\w-]{{5,}}\.[\w-]{{5,}}(?:\.[\w-]*){{0,3}}           # a JSON web token
      | sk-(?=[\w-]{{0,80}}\d)[\w-]{{16,}}                                    # OpenAI, Anthropic
      | [spr]k_(?:live|test)_\w{{10,}}                                        # Stripe
      | (?:gh[pousr]|github_pat)_\w{{20,}} | glpat-[\w-]{{20,}}               # GitHub, GitLab
      | (?:AKIA|ASIA)[A-Z0-9]{{16}}                                           # AWS
      | AIza[\w-]{{30,}} | ya29\.[\w-]{{20,}}                                 # Google
      | xox[abceoprs]-[\w-]{{10,}}                                            # Slack
      | hf_[A-Za-z0-9]{{20,}} | npm_[A-Za-z0-9]{{30,}} | SG\.[\w-]{{16,}}\.[\w-]{{16,}}
    )
    """,
    re.VERBOSE,
)
# Not within a word with hyphens, such as the id of a check, but for X-Forwarded-Authorization.
_HEADER_LINE = re.compile(
    r"(?P<head>(?<![A-Za-z0-9]-)(?:(?:proxy|x)-(?:[A-Za-z0-9]+-)*+)?authorization['\"\\]*\s*[:=]\s*['\"\\]*(?:b['\"])?"
    r"(?:[A-Za-z][\w-]*[ ]+)?+)(?!\*\*\*|\$\{?[A-Z_]+\}?(?:['\"\s]|\Z))"
    r"[^\s'\",\\][^'\"\r\n,\\]*",
    re.IGNORECASE,
)
_COOKIE_LINE = re.compile(
    r"(?P<head>\b(?:set-)?cookie['\"\\]*\s*:\s*['\"\\]*)(?P<pairs>[^=;,\s'\"]+=[^'\"\r\n]*)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"(?P<name>(?:{_by_first_letter(_WORDS)})[\w-]*+)(?:"
    r"(?:\\*['\"]\s*[:=,]|\s*[:=])\s*[bru]?(?:"
    r"(?P<quote>['\"])(?P<quoted>(?:\\.|(?!(?P=quote))[^\n\\])+)"
    r"|(?P<escape>\\+['\"])(?P<escaped>(?:(?!(?P=escape))[^\n])+))"
    r"|=(?P<bare>[^\s&;,\"'()<>\[\]{}\\]++)"
    r"|:[ ]*(?=[^\s,;]{6,}(?:[\r\n]|\Z))(?=\S*\d)(?P<line>[^\s\"'(){}\[\]]++)"
    r")"
)
_USERINFO_PASSWORD = re.compile(r"://[^\s/?#:@]*:([^\s/?#@]+)@")
_USERINFO = re.compile(r"(?<=://)(?:[^\s/?#'\"<>]+|[^\s/?#'\"<>@:]*:(?!\d+[/?#])[^\s'\"<>@]*)(?=@)")


def _mask_named(match: re.Match[str]) -> str:
    """``name = value`` in running text, unless it is source code."""
    group = next(
        group for group in ("quoted", "escaped", "bare", "line") if match[group] is not None
    )
    value, end = match[group], match.end(group)
    tail = match.string[end : end + 1]
    code = group == "bare" and (
        tail in {"(", "["}
        or value == "$"
        or (tail in {")", ","} and re.fullmatch(r"[A-Za-z_.]+", value))
    )
    if code or not is_secret_name(match["name"]) or _HARMLESS_VALUE.fullmatch(value):
        return match[0]
    start = match.start(group) - match.start()
    return f"{match[0][:start]}{MASK}{match[0][start + len(value) :]}"


def _mask_cookies(match: re.Match[str]) -> str:
    if match["head"].lower().startswith("set-"):
        return match["head"] + _mask_set_cookie(match["pairs"])
    return match["head"] + _COOKIE.sub(rf"\1={MASK}", match["pairs"])


def _mask_set_cookie(value: str) -> str:
    parts = (_COOKIE.sub(rf"\1={MASK}", part, count=1) for part in _COOKIES.split(value))
    return ", ".join(parts)


def _has_any(text: str, marks: tuple[str, ...]) -> bool:
    for mark in marks:  # noqa: SIM110 - any() over a generator takes twice as long
        if mark in text:
            return True
    return False


def _has_shape(text: str) -> bool:
    for character, marks in _SHAPE_MARKS:  # noqa: SIM110 - as above
        if character in text and _has_any(text, marks):
            return True
    return False


_RULES: tuple[
    tuple[Callable[[str, str], bool], re.Pattern[str], str | Callable[[re.Match[str]], str]], ...
] = (
    (lambda text, _: "PRIVATE KEY" in text, re.compile(_PRIVATE_KEY, re.DOTALL), MASK),
    (lambda text, _: _has_shape(text), _SHAPES, MASK),
    (lambda text, _: "://" in text and "@" in text, _USERINFO, MASK),
    (lambda _, lowered: "authorization" in lowered, _HEADER_LINE, rf"\g<head>{MASK}"),
    (lambda _, lowered: "cookie" in lowered, _COOKIE_LINE, _mask_cookies),
    (lambda _, lowered: _has_any(lowered, _MARKS), _NAMED, _mask_named),
)
"""A cheap test of text and text in lower case, the pattern, and what takes its place."""
