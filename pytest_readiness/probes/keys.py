"""Keys of signatures: public ones found somewhere, and pairs of our own to forge with."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jose import jwk
from jose.exceptions import JOSEError


if TYPE_CHECKING:
    from collections.abc import Mapping


_PEM = re.compile(
    r"-----BEGIN (?P<kind>(?:RSA |EC )?PUBLIC KEY|CERTIFICATE)-----"
    r"[A-Za-z0-9+/=\s\\]{60,20000}?-----END (?P=kind)-----"
)
_DAYS = 7


@dataclass(frozen=True)
class Pair:
    """A key pair of our own, with the forms in which a token could name it."""

    private: str = field(repr=False)
    """PEM."""
    jwk: Mapping[str, Any]
    """The public half, as JSON Web Key."""
    certificate: str
    """Self-signed, as PEM."""

    @property
    def x5c(self) -> list[str]:
        """The certificate as it stands in a token's header."""
        return ["".join(self.certificate.split("-----")[2].split())]


def new_pair(kid: str = "readiness") -> Pair:
    """A fresh RSA pair and a certificate of its own for a week."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pytest-readiness")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    public = dict(jwk.construct(private, "RS256").public_key().to_dict())
    text = {name: _text(value) for name, value in public.items()}
    return Pair(
        private,
        {**text, "kid": kid, "use": "sig", "alg": "RS256"},
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
    )


def public_keys_in(text: str) -> list[str]:
    """Public keys in a document, each as PEM: a JWKS, one JWK, PEM keys, certificates."""
    found = [_of_jwk(one) for one in _jwks(text)]
    for match in _PEM.finditer(text.replace("\\n", "\n")):
        pem = match[0] + "\n"
        found.append(_of_certificate(pem) if match["kind"] == "CERTIFICATE" else pem)
    return list(dict.fromkeys(key for key in found if key))


def as_secrets(pem: str) -> list[bytes]:
    """A public key in the forms in which a careless verifier takes it for an HMAC secret."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    try:
        key = serialization.load_pem_public_key(pem.encode())
    except ValueError:
        return [pem.encode()]
    encoding, form = serialization.Encoding, serialization.PublicFormat
    forms = [form.SubjectPublicKeyInfo]
    if isinstance(key, rsa.RSAPublicKey):
        forms.append(form.PKCS1)
    found = []
    for each in forms:
        text = key.public_bytes(encoding.PEM, each)
        found += [text, text.rstrip(b"\n")]
    found.append(key.public_bytes(encoding.DER, form.SubjectPublicKeyInfo))
    return found


def public_half(private: str, alg: str) -> str:
    """The public key of a private one, both as PEM; empty where it is no key of that kind."""
    try:
        return _text(jwk.construct(private, alg).public_key().to_pem())
    except (JOSEError, ValueError, TypeError, AttributeError):
        return ""


def _jwks(text: str) -> list[Mapping[str, Any]]:
    try:
        data = json.loads(text)
    except ValueError:
        return []
    keys = data.get("keys", [data]) if isinstance(data, dict) else []
    return [
        key
        for key in (keys if isinstance(keys, list) else ())
        if isinstance(key, dict) and "kty" in key
    ]


def _of_jwk(key: Mapping[str, Any]) -> str:
    usual = {"RSA": "RS256", "EC": "ES256"}.get(str(key["kty"]))
    if usual is None:
        return ""
    try:
        return _text(jwk.construct(dict(key), key.get("alg") or usual).public_key().to_pem())
    except (JOSEError, ValueError, TypeError, KeyError, binascii.Error):
        return ""


def _of_certificate(pem: str) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    except ValueError:
        return ""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


def pem_of(der: str) -> str:
    """A certificate of a token's ``x5c`` as PEM."""
    body = base64.encodebytes(base64.b64decode(der)).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
