"""Image references, read as Docker reads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageReference:
    """What ``FROM``, ``image:`` or a container names, taken apart.

    Reading never fails: text that is no reference keeps its words, so that a check can say what
    stands there.
    """

    text: str
    """As written, without surrounding blanks."""
    registry: str
    """``ghcr.io``, ``localhost:5000``; ``docker.io`` where none is written."""
    name: str
    """Repository without registry, as written: ``python``, ``acme/api``."""
    tag: str = ""
    """Empty where none is written; Docker then takes ``latest``, unless there is a digest."""
    digest: str = ""
    """``sha256:...``, empty where none is written."""

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        """Take ``[registry/]name[:tag][@digest]`` apart.

        A colon belongs to the registry's port when a slash follows it. A reference with a
        variable in it (``${IMAGE}``, ``python:$V``) is split outside of the braces only.
        """
        text = text.strip()
        shape = _hide_variables(text)
        end = shape.find("@")
        digest = "" if end < 0 else text[end + 1 :]
        end = len(text) if end < 0 else end
        start = 0
        slash = shape.find("/", 0, end)
        if slash > 0:
            first = shape[:slash]
            # Docker's rule: a host has a dot, a port, an upper-case letter, or is localhost.
            if "." in first or ":" in first or first == "localhost" or first != first.lower():
                start = slash + 1
        colon = shape.rfind(":", start, end)
        if colon < 0 or colon < shape.rfind("/", start, end):
            colon = end
        return cls(
            text=text,
            registry=text[: start - 1] if start else "docker.io",
            name=text[start:colon],
            tag=text[colon + 1 : end],
            digest=digest,
        )

    @property
    def is_scratch(self) -> bool:
        """The empty image, which no registry serves."""
        return self.text == "scratch"

    @property
    def unresolved(self) -> bool:
        """A part is a variable or a template that nothing here gives a value to."""
        return "$" in self.text or "{{" in self.text

    def __str__(self) -> str:
        return self.text


def _hide_variables(text: str) -> str:
    """Blank ``${...}`` and ``{{...}}`` out, so that no separator in them counts."""
    shape = list(text)
    depth = 0
    for position, letter in enumerate(text):
        if letter == "{" and (depth or text[position - 1 : position] in {"$", "{"}):
            depth += 1
        if depth:
            shape[position] = "_"
        if letter == "}" and depth:
            depth -= 1
    return "".join(shape)
