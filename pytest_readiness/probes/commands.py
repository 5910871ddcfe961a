"""Command lines of containers and documents, made to run here on a port that is chosen."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


PORT: Final = "{port}"

_SHELL: Final = re.compile(r"&&|\|\||[|;<>`]|\$\(")
_SHELLS: Final = frozenset({"sh", "bash", "/bin/sh", "/bin/bash", "ash", "/bin/ash"})
_WRAPPERS: Final = frozenset(
    {"exec", "tini", "dumb-init", "env", "opentelemetry-instrument", "ddtrace-run"}
)
_RUNNERS: Final = frozenset({"uv", "poetry", "pdm", "pipenv", "hatch", "rye"})
_PORT_OPTIONS: Final = frozenset(
    {"--port", "-p", "-P", "--http-port", "--http.port", "--server.port", "--listen-port"}
)
_BIND_OPTIONS: Final = frozenset({"--bind", "-b", "--listen", "--http", "--addr", "--address"})
_HOST_OPTIONS: Final = frozenset({"--host", "-h", "--hostname", "--server.address"})
_ANY_ADDRESS: Final = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104 - looked for, not bound
_VARIABLE: Final = re.compile(r"\$\{?\w*PORT\w*(?::?-[^}]*)?\}?")
_ADDRESS: Final = re.compile(r"(?:[\w.-]+|\[[0-9a-f:]+\])?:(?:\d{2,5}|\{port\})")
_ADDED: Final = {
    "uvicorn": ("--port", PORT),
    "granian": ("--port", PORT),
    "daphne": ("--port", PORT),
    "gunicorn": ("--bind", f"127.0.0.1:{PORT}"),
    "hypercorn": ("--bind", f"127.0.0.1:{PORT}"),
    "waitress-serve": (f"--listen=127.0.0.1:{PORT}",),
    "streamlit": ("--server.port", PORT),
}
_WORD_LIMIT: Final = 4000


@dataclass(frozen=True, slots=True)
class Changed:
    """A command on a port that is chosen, and what was changed for it."""

    words: tuple[str, ...]
    note: str = ""


def split(text: str) -> tuple[str, ...] | None:
    """Words of a command line as a shell reads it; one that needs a shell is given to ``sh``.

    None when a quotation never ends, or there is nothing.
    """
    text = text.strip()
    if len(text) > _WORD_LIMIT or not text.isprintable():
        return None
    try:
        words = tuple(shlex.split(text))
    except ValueError:
        return None
    if not words:
        return None
    if _SHELL.search(text) or re.match(r"[A-Za-z_]\w*=", words[0]):
        return ("sh", "-c", text)
    return words


def outside_container(
    words: Sequence[str], exists: Callable[[str], bool]
) -> tuple[tuple[str, ...], str]:
    """A container's command without what only its image has.

    Returns:
        The command, and why it cannot run here; empty when nothing speaks against it.
    """
    words = tuple(words)
    if len(words) == 3 and words[0] in _SHELLS and words[1] in {"-c", "-lc", "-ec"}:  # noqa: PLR2004 - sh -c text
        inner = split(words[2])
        if inner is None or inner[0] == "sh":
            return words, "a shell line: see that all its programs are here"
        words = inner
    while len(words) > 1 and posixpath.basename(words[0]) in _WRAPPERS:
        words = words[1:]
        while len(words) > 1 and (words[0].startswith("-") or "=" in words[0]):
            words = words[1:]
    if len(words) > 2 and words[0] in _RUNNERS and words[1] == "run":  # noqa: PLR2004 - uv run program
        words = words[2:]
    if not words:
        return words, ""
    program = words[0]
    if program.startswith("/"):
        if program.endswith((".sh", ".py")) or "entrypoint" in program:
            script = posixpath.basename(program)
            return words, f"{script} is a script of the image: name what it starts"
        words = (posixpath.basename(program), *words[1:])
    elif program.startswith("./") and not exists(program[2:]):
        return words, f"{program} is not in the repository"
    left = [word for word in words if _left_over(word)]
    return words, f"a variable is not known here: {left[0]}" if left else ""


def _left_over(word: str) -> bool:
    return "$" in _VARIABLE.sub("", word)


def with_port(words: Sequence[str], *, option: tuple[str, ...] = (), added: bool = True) -> Changed:
    """A command with ``{port}`` in place of its port, on loopback only.

    Args:
        words: program and arguments.
        option: words to add when it names no port: ``("--port", "{port}")``.
        added: whether words may be added.
    """
    words = tuple(words)
    if words[:1] == ("sh",) and len(words) == 3:  # noqa: PLR2004 - sh -c text
        text = re.sub(r"(--port[= ]|--bind[= ][\w.]*:)\d+", rf"\g<1>{PORT}", words[2])
        text = _VARIABLE.sub(PORT, text)
        return Changed((*words[:2], text))
    changed: list[str] = []
    before = ""
    for word in words:
        changed.append(_word(before, word))
        before = word
    changed = [word for word in changed if word not in {"--reload", "--debug"}]
    new = tuple(changed)
    if PORT not in " ".join(new) and added:
        new = (*new, *(_added(new) or option))
    return Changed(new, "" if new == words else "with a free port on loopback")


def _word(before: str, word: str) -> str:
    """One word of a command, given the word before it."""
    name, equals, value = word.partition("=")
    if equals and name in _PORT_OPTIONS | _BIND_OPTIONS | _HOST_OPTIONS:
        return f"{name}={_word(name, value)}"
    word = _VARIABLE.sub(PORT, word)
    if before in _PORT_OPTIONS and word.strip().isdecimal():
        return PORT
    if before in _HOST_OPTIONS and word in _ANY_ADDRESS:
        return "127.0.0.1"
    is_bound = before in _BIND_OPTIONS or before == "runserver"
    if is_bound and (_ADDRESS.fullmatch(word) or word.isdecimal()):
        return f"127.0.0.1:{PORT}"
    glued = re.fullmatch(r"(-p|-P|--port) ?(\d{2,5})", word)
    return f"{glued[1]}{'=' if glued[1] == '--port' else ''}{PORT}" if glued else word


def _added(words: tuple[str, ...]) -> tuple[str, ...]:
    program = posixpath.basename(words[0]) if words else ""
    if re.fullmatch(r"python[\d.]*", program) and words[1:2] == ("-m",):
        program, words = (words[2] if len(words) > 2 else ""), words[2:]  # noqa: PLR2004
    if program in {"flask", "fastapi"} and {"run", "dev"} & set(words):
        return ("--port", PORT)
    if "runserver" in words[-1:]:
        return (f"127.0.0.1:{PORT}", "--noreload")
    return _ADDED.get(program, ())


_MODULE: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


def files_named(words: Sequence[str]) -> tuple[str, ...]:
    """Files of the repository that a command needs: its script, or the modules it may mean."""
    words = tuple(words)
    program = posixpath.basename(words[0]) if words else ""
    rest = words[1:]
    if words and words[0].startswith("./"):
        return (words[0][2:],)
    if re.fullmatch(r"python[\d.]*", program):
        return _named_to_python([word for word in rest if word not in {"-u", "-O", "-B", "-I"}])
    if program == "node":
        script = next((word for word in rest if not word.startswith("-")), "")
        return (script.removeprefix("./"),) if script.endswith(("js", "ts")) else ()
    if program in _SERVERS:
        for word in rest:
            name = word.partition(":")[0]
            if ":" in word and _MODULE.fullmatch(name):
                return _module_files(name)
            if word.endswith(".py"):
                return (word.removeprefix("./"),)
    return ()


_SERVERS: Final = ({*_ADDED} | {"flask", "fastapi"}) - {"streamlit"}


def _named_to_python(rest: list[str]) -> tuple[str, ...]:
    if rest[:1] == ["-m"] and len(rest) > 1:
        return files_named(rest[1:]) if rest[1] in _SERVERS else _module_files(rest[1])
    script = next((word for word in rest[:1] if word.endswith(".py")), "")
    return (script.removeprefix("./"),) if script else ()


def _module_files(module: str) -> tuple[str, ...]:
    path = module.replace(".", "/")
    return (f"{path}.py", f"{path}/__main__.py", f"{path}/__init__.py")
