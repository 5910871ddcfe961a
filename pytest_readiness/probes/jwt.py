"""Read JSON Web Tokens without trusting them, and make the ones that a verifier must refuse."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jose import jws
from jose.exceptions import JOSEError, JWSError


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_SHAPE = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
"""The paddings of RFC 2104."""


class NotAToken(ValueError):  # noqa: N818 - named for what the text is
    """Text that is no JSON Web Token: an opaque token, or none at all."""


@dataclass(frozen=True)
class Jwt:
    """A decoded token; nothing in it is verified."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signature: bytes = field(repr=False)

    @property
    def alg(self) -> str:
        """The algorithm that the header names; empty when it names none."""
        return str(self.header.get("alg", ""))


def looks_like_jwt(text: str) -> bool:
    """Whether text decodes as a signed token (not an encrypted one)."""
    try:
        decode(text)
    except NotAToken:
        return False
    return True


def decode(token: str) -> Jwt:
    """Read header and claims without verifying anything.

    Raises:
        NotAToken: it is opaque, encrypted or broken.
    """
    if not _SHAPE.fullmatch(token):
        raise NotAToken("a token of another shape than header.claims.signature")
    try:
        header = jws.get_unverified_header(token)
        claims = json.loads(jws.get_unverified_claims(token))
        signature = _unb64(token.rpartition(".")[2])
    except (JOSEError, ValueError) as error:
        raise NotAToken(f"a token that does not decode ({error})") from error
    if not isinstance(claims, dict):
        raise NotAToken("a token whose claims are no JSON object")
    return Jwt(header, claims, signature)


def unsigned(token: str, alg: str = "none", **claims: Any) -> str:
    """The same claims under a header that asks for no signature, which is left out."""
    known = decode(token)
    return f"{_part({**known.header, 'alg': alg})}.{_part({**known.claims, **claims})}."


def stripped(token: str) -> str:
    """The very token without its signature; its header still asks for one."""
    decode(token)
    return token[: token.rindex(".") + 1]


def tampered(token: str, **claims: Any) -> str:
    """The token with other claims and its old signature.

    Without ``claims`` it names another subject; the claims that decide on time stay as they are.
    """
    known = decode(token)
    changed = claims or {"sub": f"{known.claims.get('sub', '')}0"}
    header, _, signature = token.split(".")
    return f"{header}.{_part({**known.claims, **changed})}.{signature}"


def broken_signature(token: str) -> str:
    """The token with one bit of its signature turned."""
    known = decode(token)
    body = token[: token.rindex(".") + 1]
    if not known.signature:
        return body + _b64(b"\0" * 32)
    return body + _b64(bytes([known.signature[0] ^ 1]) + known.signature[1:])


def resigned(
    token: str,
    key: str | bytes,
    alg: str = "HS256",
    *,
    header: Mapping[str, Any] | None = None,
    **claims: Any,
) -> str:
    """The token signed anew with this key, as somebody who has it would.

    Args:
        token: whose header and claims are taken over.
        key: HMAC secret, or a private key as PEM for RS, PS and ES. A public key as PEM with an
            HS algorithm makes the key confusion of RFC 8725 3.1.
        alg: of the signature.
        header: further header fields (``jku``, ``kid``, ``jwk``).
        claims: further claims.
    """
    known = decode(token)
    fields = {**known.header, "typ": known.header.get("typ", "JWT"), **(header or {})}
    payload = {**known.claims, **claims}
    try:
        return str(jws.sign(payload, key, headers={**fields, "alg": alg}, algorithm=alg))
    except JWSError:
        if alg not in _HASHES:
            raise
        # python-jose refuses a public key as HMAC secret, and rightly so: it is the attack.
        body = f"{_part({**fields, 'alg': alg})}.{_part(payload)}"
        return f"{body}.{_b64(_hmac(alg, key, body))}"


def signing_key(token: str, candidates: Iterable[str]) -> str | None:
    """The candidate that signed an HMAC token, None when none did or it is no HMAC token."""
    known = decode(token)
    if known.alg not in _HASHES:
        return None
    # Written out, since hmac.digest looks the hash up anew for each key, which takes longer than
    # the hashes themselves. Nobody waits on the other side: no need to compare in constant time.
    make = getattr(hashlib, _HASHES[known.alg])
    body, wanted, size = token[: token.rindex(".")].encode(), known.signature, make().block_size
    inner, outer = _INNER, _OUTER
    for candidate in candidates:
        key = candidate.encode()
        if len(key) > size:
            key = make(key).digest()
        # The zeros behind a short key become the padding itself: filled up afterwards.
        first = make(key.translate(inner).ljust(size, b"\x36") + body).digest()
        if make(key.translate(outer).ljust(size, b"\x5c") + first).digest() == wanted:
            return candidate
    return None


def verified(token: str, key: str, alg: str) -> bool:
    """Whether a key verifies the token under this algorithm."""
    try:
        jws.verify(token, key, algorithms=[alg])
    except JOSEError:
        return False
    return True


def _hmac(alg: str, key: str | bytes, body: str) -> bytes:
    secret = key.encode() if isinstance(key, str) else key
    return hmac.digest(secret, body.encode(), _HASHES[alg])


def _part(data: Mapping[str, Any]) -> str:
    return _b64(json.dumps(data, separators=(",", ":")).encode())


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from error
