"""Personal data by the names and the shapes that it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


# Standard claims of OpenID Connect Core 1.0, 5.1, that say who somebody is or how to reach them;
# and how others spell them.
_NAMED: Final = {
    "email": "an e-mail address",
    "mail": "an e-mail address",
    "phone": "a phone number",
    "phonenumber": "a phone number",
    "mobile": "a phone number",
    "name": "a name",
    "fullname": "a name",
    "givenname": "a name",
    "firstname": "a name",
    "familyname": "a name",
    "lastname": "a name",
    "surname": "a name",
    "birthdate": "a date of birth",
    "dateofbirth": "a date of birth",
    "dob": "a date of birth",
    "address": "a postal address",
    "streetaddress": "a postal address",
    "postalcode": "a postal address",
    "gender": "a gender",
    "ssn": "a national number",
    "nationalid": "a national number",
}
_EMAIL: Final = re.compile(r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_PHONE: Final = re.compile(r"\+\d{1,3}[ .-]?(?:\d[ .-]?){6,12}")
_MACHINES: Final = ("iam.gserviceaccount.com", "clients", "apps.googleusercontent.com")
_FULL_NAME: Final = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+)+")
_DEEPEST: Final = 4


def personal_claims(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Claims that say who somebody is, ``email (an e-mail address)``, sorted; no value.

    A single word under ``name`` may be anybody's login and counts for nothing; an address under
    any name counts.
    """
    found = dict(_walk(claims, ""))
    return tuple(f"{name} ({kind})" for name, kind in sorted(found.items()))


def _walk(value: Any, name: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        kind = _kind(name, " ".join(str(part) for part in value.values())) if name else ""
        if kind == "a postal address":
            yield name, kind
            return
        for key, part in value.items():
            yield from _walk(part, f"{name}.{key}" if name else str(key), depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _walk(part, name, depth + 1)
    elif isinstance(value, str) and (kind := _kind(name, value)):
        yield name, kind


def _kind(name: str, value: str) -> str:
    text = value.strip()
    if _EMAIL.fullmatch(text):
        return "" if text.endswith(_MACHINES) else "an e-mail address"
    if _PHONE.fullmatch(text):
        return "a phone number"
    last = re.sub(r"[^a-z]", "", name.rpartition(".")[2].rpartition("/")[2].lower())
    kind = _NAMED.get(last, "")
    if not text or kind in {"an e-mail address", "a phone number"}:
        return ""  # under that name, and none of it: masked, or a yes
    if last in {"name", "fullname"} and not _FULL_NAME.fullmatch(text):  # a login, a client
        return ""
    return kind
