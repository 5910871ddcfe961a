"""Repositories with secrets in them, built anew for each test: none stands in this one."""

from __future__ import annotations

import random
import subprocess
from typing import TYPE_CHECKING

from tests import credentials
from tests.credentials import HARMLESS, LEAKS


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path

    Build = Callable[[Path, date], None]


def made(table: Mapping[str, tuple[str, Callable[[random.Random], str]]], name: str) -> str:
    """Text of one entry, the same in each run but for keys."""
    return table[name][1](random.Random(name))


def _write(place: Path, path: str, text: str) -> None:
    file = place / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode("latin-1" if "\0" in text else "utf-8"))


def holding(*names: str, beside: str = "") -> Build:
    """A repository with these leaks at their places, or below a folder."""

    def build(place: Path, _: date) -> None:
        for name in names:
            _write(place, f"{beside}{LEAKS[name][0]}", made(LEAKS, name))

    return build


def with_file(path: str, text: Callable[[random.Random], str]) -> Build:
    """A repository with one file."""
    return lambda place, _: _write(place, path, text(random.Random(path)))


def _harmless(place: Path, _: date) -> None:
    for name, (path, _make) in HARMLESS.items():
        if name != "Firebase":
            _write(place, path, made(HARMLESS, name))


def _git(place: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=place, check=True, capture_output=True)


def _commit(place: Path, message: str) -> None:
    _git(place, "add", "-A")
    _git(place, "commit", "-qm", message)


def _ignored(place: Path, _: date) -> None:
    _git(place, "init", "-q")
    _write(place, ".gitignore", ".env\n")
    _write(place, ".env", made(LEAKS, "signing key in an environment file"))
    _write(place, "app.py", "import os\nSECRET_KEY = os.environ['SECRET_KEY']\n")


def _removed(name: str) -> Build:
    """What a first commit brought and a second took out."""

    def build(place: Path, _: date) -> None:
        _git(place, "init", "-q")
        _write(place, LEAKS[name][0], made(LEAKS, name))
        _commit(place, "feat: the shop opens")
        _write(place, LEAKS[name][0], "# read from the environment\n")
        _commit(place, "fix: no secret in the file")

    return build


def _removed_by_rename(place: Path, today: date) -> None:
    _removed("AWS pair in Python")(place, today)
    _git(place, "mv", "app/storage.py", "app/files.py")
    _commit(place, "refactor: files")


def _on_a_branch(place: Path, today: date) -> None:
    _clean_history(place, today)
    _git(place, "switch", "-qc", "try")
    _write(place, "config/settings.py", made(LEAKS, "Stripe secret key"))
    _commit(place, "feat: pay")
    _git(place, "switch", "-q", "-")


def _clean_history(place: Path, today: date) -> None:
    _git(place, "init", "-q")
    _harmless(place, today)
    _commit(place, "feat: the shop opens")
    _write(place, "app.py", "port = 8000\n")
    _commit(place, "feat: a port")


def _still_there(place: Path, _: date) -> None:
    """Told by the check of files: the history need not say it again."""
    _git(place, "init", "-q")
    _write(place, "config/settings.py", made(LEAKS, "Stripe secret key"))
    _commit(place, "feat: pay")


def _shallow(place: Path, today: date) -> None:
    origin = place / "origin"
    origin.mkdir()
    _clean_history(origin, today)
    _git(place, "clone", "-q", "--depth=1", f"file://{origin}", "clone")
    for one in (place / "clone").iterdir():
        one.rename(place / one.name)


def _no_git(place: Path, _: date) -> None:
    _write(place, "app.py", "port = 8000\n")


def _marked(text: str) -> str:
    return text.rstrip("\n") + "  # gitleaks:allow\n"


BUILT_WITH_SECRETS: dict[tuple[str, str], Build] = {
    ("committed-secret", "pass-harmless"): _harmless,
    ("committed-secret", "pass-ignored-by-git"): _ignored,
    ("committed-secret", "pass-named-in-tests"): holding("signing key in Python", beside="tests/"),
    ("committed-secret", "pass-key-allowed-in-tests"): with_file(
        "tests/keys.py",
        lambda _: f"# pragma: allowlist nextline secret\nKEY = '''{credentials.private_key()}'''\n",
    ),
    ("committed-secret", "fail-provider"): holding("GitHub token"),
    ("committed-secret", "fail-provider-in-tests"): holding("Slack bot token", beside="tests/"),
    ("committed-secret", "fail-pair"): holding("AWS pair in a file"),
    ("committed-secret", "fail-private-key"): holding("private key, OpenSSH"),
    ("committed-secret", "fail-one-line-key"): holding("private key on one line"),
    ("committed-secret", "fail-database-url"): holding("database URL"),
    ("committed-secret", "fail-signing-key"): holding("signing key in Python"),
    ("committed-secret", "fail-compose"): holding("password in Compose"),
    ("committed-secret", "fail-manifest"): holding("Kubernetes Secret"),
    ("committed-secret", "fail-env"): holding("signing key in an environment file"),
    ("committed-secret", "warn-key-of-tests"): holding("private key, EC", beside="tests/"),
    ("committed-secret", "warn-restricted"): holding("Google key"),
    ("committed-secret", "warn-allowed"): with_file(
        "app/pay.py", lambda dice: _marked(f'KEY = "{credentials.stripe_key(dice)}"\n')
    ),
    ("secret-in-history", "pass"): _clean_history,
    ("secret-in-history", "pass-still-there"): _still_there,
    ("secret-in-history", "fail-removed"): _removed("OpenAI key"),
    ("secret-in-history", "fail-removed-key"): _removed("private key, RSA"),
    ("secret-in-history", "fail-renamed"): _removed_by_rename,
    ("secret-in-history", "fail-on-a-branch"): _on_a_branch,
    ("secret-in-history", "skip-shallow"): _shallow,
    ("secret-in-history", "not-applicable-no-git"): _no_git,
}  # fmt: skip
