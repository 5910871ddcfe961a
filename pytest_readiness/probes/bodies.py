"""Bodies of any size, made while they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final


if TYPE_CHECKING:
    from collections.abc import Iterator


_PART: Final = 64 * 1024


@dataclass(frozen=True)
class Padded:
    """A body that is made as long as wanted by what changes nothing of its meaning.

    It has a length, so that it is announced; see :class:`InChunks`.
    """

    head: bytes
    """What it says."""
    size: int
    """Bytes in all."""
    filling: bytes = b" "
    """One byte, repeated behind what it says: JSON may end with any number of spaces."""

    def __len__(self) -> int:
        return max(self.size, len(self.head))

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        left = len(self) - len(self.head)
        part = self.filling * _PART
        while left > 0:
            yield part[:left]
            left -= _PART


@dataclass(frozen=True)
class InChunks:
    """The same without a length: how long it is shows when it ends."""

    body: Padded

    def __iter__(self) -> Iterator[bytes]:
        yield from self.body
