"""What was ever added to the files of a git repository, commit by commit, the newest first."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final


if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


COMMITS: Final = 20_000
BYTES: Final = 400_000_000
SECONDS: Final = 60.0
"""What is looked at most, of commits, of their patches, and in this time."""

_GIT: Final = (
    "git",
    "--no-optional-locks",
    "-c",
    "core.quotePath=false",
    "-c",
    "core.fsmonitor=false",
)
_ASIDE: Final = 60
_COMMIT: Final = b"\0commit "


@dataclass(frozen=True, slots=True)
class Addition:
    """Lines that one commit has added to one file."""

    commit: str
    """Its full hash."""
    day: str
    """``2026-05-01``."""
    path: str
    lines: bytes


@dataclass
class History:
    """The commits of all branches and tags, as far as this clone has them."""

    root: Path
    most_commits: int = COMMITS
    most_bytes: int = BYTES
    most_seconds: float = SECONDS
    seen: int = field(default=0, init=False)
    """Commits that :meth:`additions` has looked at; those that add nothing count at the end."""

    @property
    def known(self) -> bool:
        """There is git, a repository and a commit."""
        return bool(self._said("rev-parse", "--verify", "--quiet", "HEAD"))

    @property
    def shallow(self) -> bool:
        """The clone has only the last commits, as most CI systems make it."""
        return self._said("rev-parse", "--is-shallow-repository") == "true"

    @property
    def commits(self) -> int:
        """How many there are; merges count, and what they merge is looked at commit by commit."""
        return int(self._said("rev-list", "--count", *_REFS) or 0)

    def additions(self) -> Iterator[Addition]:
        """Text that was added, until there is no more or a bound is met; see :attr:`seen`."""
        command = [
            *_GIT, "log", f"--max-count={self.most_commits}", "--patch", "--unified=0",
            "--relative", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames",
            "--diff-filter=AM", "--no-prefix", "--no-show-signature", "--date=format:%Y-%m-%d",
            "--format=%x00commit %H %cd", *_REFS, "--",
        ]  # fmt: skip
        until, size = time.monotonic() + self.most_seconds, 0
        with subprocess.Popen(  # noqa: S603 - fixed words, no shell
            command, cwd=self.root, env=_environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            commit = day = path = ""
            added: list[bytes] = []
            within = False
            for line in process.stdout:
                size += len(line)
                if within and line.startswith(b"+"):
                    added.append(line[1:])
                    continue
                if line.startswith((b"diff --git ", _COMMIT)) and added:
                    yield Addition(commit, day, path, b"".join(added))
                    added = []
                if line.startswith(_COMMIT):
                    if size > self.most_bytes or time.monotonic() > until:
                        process.kill()
                        return
                    commit, _, day = line[len(_COMMIT) :].decode().strip().partition(" ")
                    self.seen += 1
                    within = False
                elif line.startswith(b"diff --git "):
                    within = False
                elif line.startswith(b"+++ ") and not within:
                    path = line[4:].decode("utf-8", "replace").strip().strip('"')
                elif line.startswith(b"@@ "):
                    within = True
            if added:
                yield Addition(commit, day, path, b"".join(added))
        self.seen = min(self.commits, self.most_commits)

    def _said(self, *arguments: str) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - fixed words, no shell
                [*_GIT, *arguments], cwd=self.root, env=_environment(), stdin=subprocess.DEVNULL,
                capture_output=True, timeout=_ASIDE, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.decode().strip() if done.returncode == 0 else ""


_REFS: Final = ("HEAD", "--branches", "--tags", "--remotes")


def _environment() -> dict[str, str]:
    # Inside of a git hook GIT_DIR and others name another repository.
    return {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"LC_ALL": "C"}
