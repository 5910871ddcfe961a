"""Keeps secrets out of everything that is written down."""

from __future__ import annotations


class Secret:
    """A value that shows itself only when asked: its repr is ``***``.

    It cannot be pickled nor written as JSON, equals another secret of the same value,
    and is false when empty.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself; call it only where the value leaves for the target."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled: pass where it comes from instead")


def is_secret_name(name: str) -> bool:
    return "password" in name.lower() or "secret" in name.lower()


class Redactor:
    def __init__(self, values: object = ()) -> None: ...

    def text(self, text: str) -> str:
        return text
