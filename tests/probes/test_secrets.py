"""A private key in the repository is known line by line; the rest is tested with its fixture."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from pytest_readiness.discretion import known_secrets
from pytest_readiness.probes.repository import Repository
from pytest_readiness.probes.secrets import in_key_files
from pytest_readiness.redaction import Redactor
from pytest_readiness.settings import Settings
from pytest_readiness.signing import generate, write_private


if TYPE_CHECKING:
    from pathlib import Path


def test_a_line_of_a_private_key_is_taken_out_of_everything(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("readiness.key\n", encoding="utf-8")
    (tmp_path / "ca").mkdir()
    lines = []
    for name in ("readiness.key", "ca/locked.pem"):
        write_private(generate(), tmp_path / name, "correct horse" if "ca" in name else "")
        lines += (tmp_path / name).read_text("utf-8").splitlines()[1:-1]
    (tmp_path / "readiness.pem").write_text("-----BEGIN PUBLIC KEY-----\nAAAABBBBCCCCDDDDEEEE\n")
    redactor = Redactor(known_secrets(Settings(), Repository(tmp_path)))
    text = redactor.text(f"seen {' and '.join(lines)} and AAAABBBBCCCCDDDDEEEE")
    assert not [line for line in lines if len(line) >= 16 and line in text]
    assert "AAAABBBBCCCCDDDDEEEE" in text


def test_files_that_hold_no_key_are_none(tmp_path: Path) -> None:
    (tmp_path / "odd.key").write_bytes(b"\xff\x00 PRIVATE KEY----- short\nline")
    (tmp_path / "folder.key").mkdir()
    assert list(in_key_files(Repository(tmp_path))) == []
