"""Ed25519 keys, and envelopes that are signed with them (DSSE).

``cryptography`` signs and verifies. The envelope is read more strictly than its format asks: it
has to be, byte for byte, what :func:`seal` writes. Base64 and JSON know several spellings of one
value, and a file that somebody touched shall not pass as untouched.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )


PASSPHRASE = "READINESS_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
"""Variable of the environment with the passphrase of the private key."""

_PREFIX = "ed25519:"


class UnusableKey(ValueError):  # noqa: N818 - it names what the key is
    """A key that cannot be used; the message says why and what would help, and shows none of it."""


class NotAnEnvelope(ValueError):  # noqa: N818 - it names what the text is
    """Something else than a DSSE envelope."""


class NotSigned(ValueError):  # noqa: N818 - it names what the envelope is
    """An envelope that none of the keys has signed as it stands; nothing in it can be believed."""


@dataclass(frozen=True)
class PublicKey:
    """The half of a key that may be known."""

    _key: Ed25519PublicKey = field(repr=False)

    @property
    def text(self) -> str:
        """``ed25519:`` and the key in base64: how readiness.yaml has it."""
        return _PREFIX + base64.b64encode(self._key.public_bytes_raw()).decode()

    @property
    def id(self) -> str:
        """SHA-256 of its DER form: ``openssl pkey -pubin -outform der | sha256sum`` agrees."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        der = self._key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's, of this very message."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class PrivateKey:
    """The half of a key that signs."""

    _key: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> PublicKey:
        return PublicKey(self._key.public_key())

    def sign(self, message: bytes) -> bytes:
        """Signature of 64 bytes."""
        return self._key.sign(message)


def generate() -> PrivateKey:
    """Make a new key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return PrivateKey(Ed25519PrivateKey.generate())


def write_private(key: PrivateKey, path: Path, passphrase: str = "") -> None:
    """Write a private key as PKCS #8 PEM, readable by its owner alone.

    Raises:
        FileExistsError: a file is there; a key is never replaced.
        OSError: the file cannot be written.
    """
    from cryptography.hazmat.primitives import serialization

    pem = key._key.private_bytes(  # noqa: SLF001 - of this module
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption(),
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)


def read_private(path: Path, passphrase: str = "") -> PrivateKey:
    """Read what :func:`write_private` wrote, or any Ed25519 key in PEM.

    Raises:
        UnusableKey: it cannot be read, is locked, or is of another kind.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        pem = path.read_bytes()
    except OSError as error:
        raise UnusableKey(f"{path}: {error.strerror or error}") from None
    locked = b"ENCRYPTED" in pem
    try:
        key = load_pem_private_key(pem, passphrase.encode() if locked else None)
    except TypeError:
        raise UnusableKey(f"{path}: it is locked; give its passphrase in {PASSPHRASE}") from None
    except (ValueError, UnsupportedAlgorithm):
        hint = f"or {PASSPHRASE} is not its passphrase" if locked else "expected a PEM file"
        raise UnusableKey(f"{path}: not a private key, {hint}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(f"{path}: expected an Ed25519 key; `readiness keygen` makes one")
    return PrivateKey(key)


def public_key(text: str) -> PublicKey:
    """Read a public key: ``ed25519:...`` as readiness.yaml has it, or PEM.

    Raises:
        UnusableKey: it is neither.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    text = text.strip()
    try:
        if text.startswith(_PREFIX):
            raw = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
            return PublicKey(Ed25519PublicKey.from_public_bytes(raw))
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableKey(
            "expected a public key, ed25519:<44 characters> or PEM; `readiness keygen` prints one"
        )
    return PublicKey(key)


def pae(payload: bytes, payload_type: str) -> bytes:
    """What is really signed: DSSE's pre-authentication encoding, version 1."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, payload_type: str, key: PrivateKey) -> str:
    """The text of an envelope with one signature."""
    signature = key.sign(pae(payload, payload_type))
    return _render(
        {
            "payloadType": payload_type,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [
                {"keyid": key.public.id, "sig": base64.b64encode(signature).decode()},
            ],
        }
    )


def unseal(text: bytes, payload_type: str, keys: Iterable[PublicKey]) -> tuple[bytes, PublicKey]:
    """Payload of an envelope, and the key that signed it.

    Raises:
        NotAnEnvelope: it cannot be read as one.
        NotSigned: none of the keys has signed it, or it was changed since.
    """
    try:
        envelope = json.loads(text)
        payload = base64.b64decode(envelope["payload"], validate=True)
        kind = str(envelope["payloadType"])
        [signature] = envelope["signatures"]
        signed_by = str(signature["keyid"])
        sig = base64.b64decode(signature["sig"], validate=True)
        written = _render(envelope).encode("utf-8", "surrogatepass")
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise NotAnEnvelope("expected a DSSE envelope with one signature") from None
    key = next((each for each in keys if each.id == signed_by), None)
    if key is None:
        raise NotSigned(
            f"signed with the key {signed_by[:16]!a}, which is none of those that count"
        )
    if not key.has_signed(pae(payload, kind), sig):
        raise NotSigned("its signature does not fit: it was changed after it was signed")
    again = {
        "payloadType": kind,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": signed_by, "sig": base64.b64encode(sig).decode()}],
    }
    if not (written == text == _render(again).encode()):
        raise NotSigned("it is not as it was written: the text around what is signed was changed")
    if kind != payload_type:
        raise NotSigned(f"expected {payload_type}, got {kind!a}")
    return payload, key


def _render(envelope: dict[str, Any]) -> str:
    return json.dumps(envelope, indent=2) + "\n"
