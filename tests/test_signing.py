"""Keys and envelopes: what was signed holds, and one changed byte ends that."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

from pytest_readiness.signing import (
    NotAnEnvelope,
    NotSigned,
    UnusableKey,
    generate,
    pae,
    public_key,
    read_private,
    seal,
    unseal,
    write_private,
)


if TYPE_CHECKING:
    from pathlib import Path


KIND = "application/vnd.in-toto+json"
KEY = generate()
OTHER = generate()
PAYLOAD = b'{"a": "\xc3\xa4 and more"}'
SEALED = seal(PAYLOAD, KIND, KEY).encode()


def sslib(key, keyid=None):
    return SSlibKey.from_crypto(key.public._key, keyid=keyid or key.public.id)


def test_what_is_signed_is_the_encoding_of_the_specification():
    assert pae(b"hello world", "http://example.com/HelloWorld") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(st.binary(max_size=200), st.text(st.characters(codec="ascii", categories=["L"]), min_size=1))
def test_a_payload_comes_back_as_it_was(payload, kind):
    assert unseal(seal(payload, kind, KEY).encode(), kind, [OTHER.public, KEY.public]) == (
        payload,
        KEY.public,
    )


def test_one_changed_bit_at_any_place_stops_it():
    for place, bit in product(range(len(SEALED)), range(8)):
        changed = bytearray(SEALED)
        changed[place] ^= 1 << bit
        with pytest.raises((NotSigned, NotAnEnvelope)):
            unseal(bytes(changed), KIND, [KEY.public])


@given(st.integers(0, len(SEALED)), st.binary(min_size=1, max_size=3))
def test_more_bytes_and_fewer_bytes_stop_it(place, more):
    with pytest.raises((NotSigned, NotAnEnvelope)):
        unseal(SEALED[:place] + more + SEALED[place:], KIND, [KEY.public])
    with pytest.raises((NotSigned, NotAnEnvelope)):
        unseal(SEALED[:place] + SEALED[place + len(more) :] + b" ", KIND, [KEY.public])


@given(st.binary(max_size=300) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(
        st.sampled_from(["payload", "payloadType", "signatures", "keyid", "sig"]), below
    ),
).map(lambda data: json.dumps(data).encode()))  # fmt: skip
def test_anything_else_is_no_envelope(text):
    with pytest.raises((NotAnEnvelope, NotSigned)):
        unseal(text, KIND, [KEY.public])


def test_the_key_and_the_kind_have_to_be_those_that_count():
    with pytest.raises(NotSigned, match="none of those that count"):
        unseal(SEALED, KIND, [OTHER.public])
    with pytest.raises(NotSigned, match=r"expected text/plain, got 'application/vnd\.in-toto"):
        unseal(SEALED, "text/plain", [KEY.public])


def test_an_independent_verifier_accepts_our_envelope_and_no_changed_one():
    envelope = Envelope.from_dict(json.loads(SEALED))
    assert list(envelope.verify([sslib(KEY)], 1)) == [KEY.public.id]
    assert envelope.payload == PAYLOAD
    with pytest.raises(VerificationError):
        envelope.verify([sslib(OTHER, KEY.public.id)], 1)
    data = json.loads(SEALED) | {"payload": base64.b64encode(PAYLOAD + b" ").decode()}
    with pytest.raises(VerificationError):
        Envelope.from_dict(data).verify([sslib(KEY)], 1)


def test_a_key_is_known_by_the_digest_of_its_der_form():
    raw = base64.b64decode(KEY.public.text.removeprefix("ed25519:"))
    der = bytes.fromhex("302a300506032b6570032100") + raw
    assert KEY.public.id == hashlib.sha256(der).hexdigest()
    assert public_key(KEY.public.text).id == KEY.public.id


@pytest.mark.parametrize("passphrase", ["", "correct horse"])
def test_a_private_key_is_written_for_its_owner_alone_and_read_back(tmp_path: Path, passphrase):
    path = tmp_path / "readiness.key"
    write_private(KEY, path, passphrase)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_private(path, passphrase).public.text == KEY.public.text
    assert (b"ENCRYPTED" in path.read_bytes()) is bool(passphrase)
    with pytest.raises(FileExistsError):
        write_private(OTHER, path, passphrase)
    assert read_private(path, passphrase).public.id == KEY.public.id


def test_a_key_is_not_shown():
    assert repr(KEY) == "PrivateKey()"


def test_a_private_key_that_cannot_be_used_says_why(tmp_path: Path):
    locked, other, rsa = (tmp_path / name for name in ("locked.key", "text.key", "rsa.key"))
    write_private(KEY, locked, "correct horse")
    other.write_text("hello", encoding="utf-8")
    rsa.write_text(RSA, encoding="utf-8")
    for path, passphrase, why in (
        (tmp_path / "none", "", "No such file"),
        (locked, "", "give its passphrase in READINESS_KEY_PASSPHRASE"),
        (locked, "wrong", "READINESS_KEY_PASSPHRASE is not its passphrase"),
        (other, "", "expected a PEM file"),
        (rsa, "", "expected an Ed25519 key"),
    ):
        with pytest.raises(UnusableKey, match=why):
            read_private(path, passphrase)


@pytest.mark.parametrize("text", ["", "ed25519:", "ed25519:AAAA", "ed25519:!!", "ssh-ed25519 AAAA"])
def test_a_public_key_that_cannot_be_used_says_what_is_expected(text):
    with pytest.raises(UnusableKey, match="`readiness keygen` prints one"):
        public_key(text)


def _rsa() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


RSA = _rsa()
