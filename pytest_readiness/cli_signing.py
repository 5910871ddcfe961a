"""The commands that sign and verify: ``keygen``, ``attest``, ``verify``, ``sign-off``."""

from __future__ import annotations

import argparse
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_readiness.attestation import Claim, Verified
    from pytest_readiness.model import AuditReport, SignOff
    from pytest_readiness.signing import PrivateKey, PublicKey


PRIVATE_KEY = "readiness.key"
PUBLIC_KEY = "readiness.pub"

_REFUSED = 1
_UNUSABLE = 4
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
_IMAGE = re.compile(r"(?:\S+@)?sha256:[0-9a-f]{64}")
_ACCEPTED = {"GO": {"GO"}, "CONDITIONAL": {"GO", "CONDITIONAL GO"}}


class Refused(Exception):  # noqa: N818 - it says what was done
    """A command cannot be carried out; the message says why and what would help."""


def add_commands(commands: Any) -> None:
    """Add the parsers of these commands to those of ``readiness``."""
    making = commands.add_parser("keygen", help="make a key that signs attestations and sign-offs")
    making.add_argument("--output", type=Path, default=Path(), metavar="DIR", help="default: here")
    attesting = commands.add_parser("attest", help="sign a statement about a record")
    attesting.add_argument("record", type=Path, metavar="readiness.json")
    how = attesting.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--key", type=Path, metavar="FILE", help="private key; writes attestation.json"
    )
    how.add_argument(
        "--unsigned", action="store_true", help="only the statement; writes statement.json"
    )
    attesting.add_argument(
        "--valid-days", type=_days, default=90, metavar="N", help="for how long; default: 90"
    )
    verifying = commands.add_parser(
        "verify", help="whether an attestation holds for what is at hand; 1 when it does not"
    )
    verifying.add_argument("attestation", type=Path, metavar="attestation.json")
    verifying.add_argument(
        "--key",
        action="append",
        metavar="PUB",
        help="public key or file with one; default: attestation.keys of readiness.yaml",
    )
    verifying.add_argument(
        "--record",
        type=Path,
        metavar="readiness.json",
        help="default: the one beside the attestation, where there is one",
    )
    verifying.add_argument("--commit", type=_commit, metavar="HASH")
    verifying.add_argument(
        "--image", type=_image, action="append", default=[], metavar="NAME@sha256:..."
    )
    verifying.add_argument("--config", type=Path, metavar="readiness.yaml")
    verifying.add_argument(
        "--require", choices=sorted(_ACCEPTED), help="1 also when the verdict is a lesser one"
    )
    signing = commands.add_parser("sign-off", help="approve or reject a record, in a role")
    signing.add_argument("record", type=Path, metavar="readiness.json")
    signing.add_argument("--role", required=True)
    signing.add_argument("--by", required=True, metavar="NAME")
    signing.add_argument("--reject", action="store_true", help="approved when not given")
    signing.add_argument("--comment", default="")
    signing.add_argument("--key", type=Path, metavar="FILE", help="private key to sign it with")


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 3650:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"expected days from 1 to 3650, got {text!r}")
    return int(text)


def _commit(text: str) -> str:
    if not _COMMIT.fullmatch(text):
        raise argparse.ArgumentTypeError(f"expected 7 digits of a commit or more, got {text!r}")
    return text


def _image(text: str) -> str:
    if not _IMAGE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"expected NAME@sha256:<64 digits>, got {text!r}")
    return text


# --- the commands --------------------------------------------------------------------------------


def keygen(options: argparse.Namespace) -> int:
    """Write a new key pair, and print the public half as readiness.yaml has it."""
    from pytest_readiness import signing

    private, public = options.output / PRIVATE_KEY, options.output / PUBLIC_KEY
    key, passphrase = signing.generate(), os.environ.get(signing.PASSPHRASE, "")
    try:
        options.output.mkdir(parents=True, exist_ok=True)
        signing.write_private(key, private, passphrase)
        public.write_text(f"{key.public.text}\n", encoding="utf-8")
    except FileExistsError as error:
        return _unusable(f"{error.filename} is there; a key is never replaced, give --output DIR")
    except OSError as error:
        return _unusable(f"{error.filename}: {error.strerror}")
    locked = (
        "locked with a passphrase" if passphrase else f"not locked: {signing.PASSPHRASE} is unset"
    )
    _say(f"{private}: private key, {locked}; keep it out of the repository")
    _say(f"{public}: public key; in readiness.yaml:")
    _say(f'attestation: {{keys: ["{key.public.text}"]}}')
    return 0


def attest(options: argparse.Namespace) -> int:
    """Write ``attestation.json`` beside a record, or ``statement.json`` when nobody signs."""
    from pytest_readiness import attestation, signing
    from pytest_readiness.recompute import recompute

    try:
        record, report = _record(options.record)
        sign_offs = sign_offs_of(report, options.record)
        key = None if options.unsigned else _private_key(options.key)
    except Refused as refused:
        return _unusable(str(refused))
    if differences := recompute(report):
        return _refused(f"the record does not follow from its findings: {differences[0]}")
    if why := attestation.refusal(report):
        return _refused(why)
    said = attestation.statement(
        report, record, sign_offs, now=datetime.now(UTC), valid_days=options.valid_days
    )
    payload = attestation.text_of(said)
    if key is None:
        text, name = payload.decode() + "\n", attestation.UNSIGNED_FILE_NAME
    else:
        text = signing.seal(payload, attestation.PAYLOAD_TYPE, key)
        name = attestation.FILE_NAME
    path = options.record.with_name(name)
    try:
        draft = path.with_name(f"{name}.part")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        return _unusable(f"{path}: {error.strerror}")
    claim = said["predicate"]["pytestReadiness"]
    _say(f"{path}: {claim['verdict']}, {claim['id']}")
    _say(f"holds until {claim['notAfter'][:10]}, look again on {claim['nextReview']}")
    if key is None:
        _say("nobody signed it, so it proves nothing")
    if claim["dirtyFiles"]:
        _say(f"{claim['dirtyFiles']} files differed from the commit, and it says so")
    return 0


def verify(options: argparse.Namespace) -> int:
    """Say whether an attestation holds, and what has changed where it does not."""
    from pytest_readiness.signing import NotAnEnvelope

    beside = options.attestation.with_name("readiness.json")
    copied = options.record is None and _is_copy(beside)
    if options.record is None and beside.is_file() and not copied:
        options.record = beside
    try:
        result = _held(options)
    except NotAnEnvelope as error:
        return _unusable(f"{options.attestation}: {error}")
    except Refused as refused:
        return _unusable(str(refused))
    problems = list(result.problems)
    if result.statement is not None:
        claim = result.statement.claim
        _say(f"{claim.id}: {claim.verdict}, {claim.readiness}, signed with key {result.key[:16]}")
        for note in _notes(claim, copied=copied):
            _say(f"note: {note}")
        if options.require and claim.verdict not in _ACCEPTED[options.require]:
            problems.append(f"the verdict is {claim.verdict}, required is {options.require}")
    for problem in problems:
        _say(f"not valid: {problem}")
    if problems or result.statement is None:
        return _REFUSED
    given = {"record": options.record, "commit": options.commit, "images": options.image}
    given["configuration"] = options.config
    compared = ", ".join(name for name, what in given.items() if what) or "nothing"
    _say(f"valid until {result.statement.claim.notAfter:%Y-%m-%d}; compared: {compared}")
    if left := ", ".join(name for name, what in given.items() if not what):
        _say(f"not compared: {left}")
    return 0


def _notes(claim: Claim, *, copied: bool) -> Iterator[str]:
    if claim.dirtyFiles:
        yield f"{claim.dirtyFiles} files differed from the commit when it was audited"
    if claim.signOffsMissing:
        yield f"not signed off by {', '.join(claim.signOffsMissing)}"
    if copied:
        yield "the record beside it is a copy without evidence, which nobody has signed"


def _held(options: argparse.Namespace) -> Verified:
    """The attestation, held against all that was given."""
    from pytest_readiness import attestation, configuration

    record = None if options.record is None else _read(options.record)
    files = None
    if options.config is not None:
        _read(options.config)
        try:
            files = configuration.files(options.config, options.config.parent, os.environ)
        except OSError as error:
            raise Refused(f"{error.filename}: {error.strerror}") from None
    return attestation.verify(
        _read(options.attestation),
        _public_keys(options.key, options.config),
        now=datetime.now(UTC),
        record=record,
        commit=options.commit or "",
        images=options.image,
        files=files,
    )


def sign_off(options: argparse.Namespace) -> int:
    """Append a decision to the ``sign-offs.json`` beside a record."""
    from pydantic import ValidationError

    from pytest_readiness import signoffs

    path = options.record.with_name(signoffs.FILE_NAME)
    try:
        record, report = _record(options.record)
        sign_offs_of(report, options.record)  # one that cannot be read is not written over
        key = _private_key(options.key) if options.key else None
        entry = signoffs.Entry(
            role=options.role,
            by=options.by,
            on=datetime.now(UTC).date().isoformat(),
            decision="rejected" if options.reject else "approved",
            record=signoffs.digest_of(record),
            comment=options.comment,
        )
    except Refused as refused:
        return _unusable(str(refused))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return _unusable(f"--{first['loc'][0]}: {first['msg']}")
    entry = signoffs.signed(entry, key) if key else entry
    [judged] = signoffs.judged([entry], report, entry.record)
    if judged.problem:
        return _refused(judged.problem)
    try:
        signoffs.add(path, entry)
    except OSError as error:
        return _unusable(f"{path}: {error.strerror}")
    say_sign_offs(report, sign_offs_of(report, options.record))
    return 0


COMMANDS = {"keygen": keygen, "attest": attest, "verify": verify, "sign-off": sign_off}


# --- what they read ------------------------------------------------------------------------------


def sign_offs_of(report: AuditReport, record: Path) -> tuple[SignOff, ...]:
    """The sign-offs beside a record, judged.

    Raises:
        Refused: the file is there and cannot be read.
    """
    from pytest_readiness import signoffs

    path = record.with_name(signoffs.FILE_NAME)
    try:
        return signoffs.judged(signoffs.load(path), report, signoffs.digest_of(_read(record)))
    except signoffs.SignOffError as error:
        raise Refused(f"{path.parent / str(error)}") from None


def say_sign_offs(report: AuditReport, sign_offs: Sequence[SignOff]) -> None:
    """Print how each role stands; nothing where nobody has decided yet."""
    from pytest_readiness import signoffs

    if sign_offs:
        for line in signoffs.summary(report.sign_off, sign_offs):
            _say(line)


def copy_for_sharing(report: AuditReport, record: Path, folder: Path | None) -> AuditReport:
    """The record without evidence, for another folder than its own.

    Raises:
        Refused: it would replace the full record.
    """
    from pytest_readiness.sharing import without_evidence
    from pytest_readiness.signoffs import digest_of

    if folder is None or folder.resolve() == record.parent.resolve():
        raise Refused("--without-evidence needs another folder: give --output DIR")
    return without_evidence(report, digest_of(_read(record)))


def _is_copy(path: Path) -> bool:
    """Whether a record says that its evidence was left out; False where there is none."""
    from pytest_readiness.reports.json import RecordError, parse

    try:
        return bool(parse(path.read_bytes()).full_record)
    except (OSError, RecordError):
        return False


def _record(path: Path) -> tuple[bytes, AuditReport]:
    from pytest_readiness.reports.json import RecordError, parse

    text = _read(path)
    try:
        return text, parse(text)
    except RecordError as error:
        raise Refused(f"{path}: {error}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from None


def _private_key(path: Path) -> PrivateKey:
    from pytest_readiness.signing import PASSPHRASE, UnusableKey, read_private

    try:
        return read_private(path, os.environ.get(PASSPHRASE, ""))
    except UnusableKey as error:
        raise Refused(str(error)) from None


def _public_keys(given: Sequence[str] | None, config: Path | None) -> list[PublicKey]:
    """The keys that were given, else those of readiness.yaml."""
    from pytest_readiness.signing import UnusableKey, public_key

    keys = []
    for text in given if given is not None else _configured_keys(config):
        path = Path(text)
        readable = not text.startswith("ed25519:")
        try:
            keys.append(public_key(_read(path).decode("utf-8", "replace") if readable else text))
        except UnusableKey as error:
            raise Refused(f"{text}: {error}") from None
    return keys


def _configured_keys(config: Path | None) -> list[str]:
    from pytest_readiness.settings import FILE_NAMES
    from pytest_readiness.typed_yaml import InvalidFile, mapping_of, read_file

    path = config or next((each for each in map(Path, FILE_NAMES) if each.is_file()), None)
    if path is None:
        raise Refused("whose signature counts? Give --key, or --config with attestation.keys")
    try:
        data: Mapping[str, Any] = mapping_of(read_file(path, str(path)), str(path), "a mapping")
    except InvalidFile as error:
        raise Refused(str(error)) from None
    section = data.get("attestation")
    keys = section.get("keys") if isinstance(section, dict) else None
    found = [keys] if isinstance(keys, str) else keys
    if not isinstance(found, list) or not all(isinstance(key, str) for key in found) or not found:
        raise Refused(f"{path}: attestation.keys names no key; give --key")
    return found


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _refused(why: str) -> int:
    sys.stderr.write(f"readiness: refused: {why}\n")
    return _REFUSED


def _unusable(why: str) -> int:
    sys.stderr.write(f"readiness: {why}\n")
    return _UNUSABLE
