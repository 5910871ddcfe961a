"""A file that could not be understood, said once for every format."""

from __future__ import annotations

from pytest_readiness.model import Location


class UnreadableFile(Exception):  # noqa: N818 - it names what the file is, and checks report it as such
    """A file could not be read as what its name promises.

    It knows its place, so that a check can point at it: ``fail(unreadable.message, unreadable)``.

    Args:
        path: relative to the repository, with forward slashes.
        line: where reading ended, counted from 1; None when no line is to blame.
        message: one sentence for people, without the path.
    """

    def __init__(self, path: str, line: int | None, message: str) -> None:
        super().__init__(path, line, message)
        self.path = path
        self.line = line
        self.message = message

    @property
    def location(self) -> Location:
        """Where reading ended."""
        return Location(self.path, self.line)

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"
