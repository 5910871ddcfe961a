"""What Python sources say of how their application is served. They are parsed, never imported."""

from __future__ import annotations

import ast
import contextlib
import posixpath
import re
import tomllib
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from pytest_readiness.model import Location
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_readiness.probes.repository import Repository


@dataclass(frozen=True, slots=True)
class Application:
    """The object that a framework serves, or a function that makes it."""

    framework: str
    path: str
    name: str
    location: Location
    factory: bool = False
    """``name`` is a function that makes it."""


@dataclass(frozen=True, slots=True)
class Way:
    """A command that serves the application."""

    command: tuple[str, ...]
    location: Location
    workdir: str = ""
    doubt: str = ""
    note: str = ""


_ASGI: Final = {
    "FastAPI": "fastapi",
    "Litestar": "litestar",
    "Quart": "quart",
    "Starlette": "starlette",
}
_WSGI: Final = {"Flask": "flask", "APIFlask": "apiflask", "OpenAPI": "flask_openapi3"}
_OTHERS: Final = {"Sanic": "sanic", "Bottle": "bottle"}
_FRAMEWORKS: Final = {**_ASGI, **_WSGI, **_OTHERS}
_CONNEXION: Final = {"App", "FlaskApp", "AsyncApp"}
_INTERESTING: Final = re.compile(
    rf"\b({'|'.join(_FRAMEWORKS)})\s*\(|connexion\.\w*App\(|\.run\s*\(|[\"']--port[\"']"
)
_READS_PORT: Final = re.compile(
    r"""environ(?:\.get)?[\[(]\s*["']PORT["']|getenv\(\s*["']PORT["']"""
)
_PARSED_LIMIT: Final = 400
_TEXT_LIMIT: Final = 1_000_000


@dataclass(frozen=True)
class _Source:
    path: str
    text: str
    tree: ast.Module

    def place(self, node: ast.AST) -> Location:
        return Location(self.path, getattr(node, "lineno", None))


class Python:
    """The Python sources of a repository that have to do with serving."""

    def __init__(self, repository: Repository, wanted: Callable[[str], bool]) -> None:
        self._repository = repository
        self._wanted = wanted

    @cached_property
    def application(self) -> Application | None:
        """The one nearest to the top, made on module level rather than by a function."""
        found = [one for source in self._sources for one in _applications(source)]
        return min(
            found, key=lambda one: (one.factory, one.path.count("/"), one.path), default=None
        )

    @cached_property
    def reads_port(self) -> bool:
        """Whether some source reads the variable PORT."""
        return any(_READS_PORT.search(source.text) for source in self._sources)

    @cached_property
    def scripts(self) -> dict[str, str]:
        """Programs that the project installs, with the ``module:function`` they start."""
        found: dict[str, str] = {}
        with contextlib.suppress(tomllib.TOMLDecodeError, UnreadableFile, RecursionError):
            data = tomllib.loads(self._repository.read("pyproject.toml"))
            poetry = _table(_table(data, "tool"), "poetry")
            for table in (_table(_table(data, "project"), "scripts"), _table(poetry, "scripts")):
                found |= {
                    name: target
                    for name, target in table.items()
                    if isinstance(target, str) and re.fullmatch(r"[\w.-]+", name)
                }
        return found

    def ways(self) -> Iterator[Way]:
        """All ways to serve it that the sources know."""
        if "manage.py" in self._paths:
            django = ("python", "manage.py", "runserver", "127.0.0.1:{port}", "--noreload")
            yield Way(django, Location("manage.py"), note="Django's development server")
        if self.application is not None:
            yield from self._served(self.application)
        for source in self._sources:
            folder, name = posixpath.split(source.path)
            if name == "__main__.py" and _takes_port(source) and folder:
                workdir, module = self._module(source.path)
                package = module.removesuffix(".__main__")
                yield Way(
                    ("python", "-m", package, "--port", "{port}"),
                    Location(source.path, _line(source.text, "--port")),
                    workdir,
                )
            elif "__main__" in source.text and (way := self._run_way(source)):
                yield way
        for program, target in self.scripts.items():
            for source in self._modules(target.partition(":")[0]):
                if _takes_port(source):
                    words = (program, *_subcommand(source), "--port", "{port}")
                    place = Location(source.path, _line(source.text, "--port"))
                    yield Way(words, place, "", "check its other arguments, it may need some")
                    break

    def script_way(self, words: Sequence[str], workdir: str) -> Way | None:
        """For ``python app.py`` with a port of its own: a command with a port that is chosen."""
        scripts = [word for word in words[1:2] if word.endswith(".py")]
        if not scripts or not re.fullmatch(r"python[\d.]*", posixpath.basename(words[0])):
            return None
        path = posixpath.normpath(posixpath.join(workdir, scripts[0]))
        source = self._source(path) if path in self._paths else None
        if source is None or _takes_port(source):
            return None
        return self._run_way(source)

    def module_takes_port(self, words: Sequence[str], workdir: str) -> tuple[str, ...]:
        """Words that give a port to the program that a command starts; none when not known."""
        words = tuple(words)
        program = posixpath.basename(words[0]) if words else ""
        if re.fullmatch(r"python[\d.]*", program) and len(words) > 1:
            if words[1] == "-m":
                module = words[2] if len(words) > 2 else ""  # noqa: PLR2004 - python -m module
            else:
                module = words[1].removesuffix(".py").replace("/", ".")
            prefix = f"{workdir}/" if workdir else ""
            sources = self._modules(module, prefix)
        else:
            sources = self._modules(self.scripts.get(program, "").partition(":")[0])
        for source in sources:
            if _takes_port(source):
                missing = tuple(word for word in _subcommand(source) if word not in words)
                return (*missing, "--port", "{port}")
        return ()

    # --- how an application is served ---------------------------------------------------------

    def _served(self, application: Application) -> Iterator[Way]:
        workdir, module = self._module(application.path)
        target = f"{module}:{application.name}"
        place = application.location
        if re.search(r"(?:^|/)_(?!_init_)", application.path):
            doubt = "the module is private to its package: another way in may be meant"
            yield Way(
                ("python", "-m", "uvicorn", target, "--port", "{port}"), place, workdir, doubt
            )
            return
        framework = application.framework
        if framework in _ASGI:
            factory = ("--factory",) if application.factory else ()
            yield Way(
                ("python", "-m", "uvicorn", target, *factory, "--port", "{port}"), place, workdir
            )
        elif framework in _WSGI:
            yield Way(
                ("python", "-m", "flask", "--app", target, "run", "--port", "{port}"),
                place,
                workdir,
            )
        elif framework == "Sanic":
            yield Way(("sanic", target, "--port", "{port}", "--single-process"), place, workdir)
        elif framework == "Bottle":
            command = ("python", "-m", "bottle", "--bind", "127.0.0.1:{port}", target)
            yield Way(command, place, workdir)
        elif not application.factory:
            yield _called(module, application.name, place, workdir)

    def _run_way(self, source: _Source) -> Way | None:
        """What ``X.run(port=...)`` or ``uvicorn.run(...)`` in a script comes to."""
        workdir, module = self._module(source.path)
        for call in ast.walk(source.tree):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            if call.func.attr != "run" or not isinstance(call.func.value, ast.Name):
                continue
            name = call.func.value.id
            port = next((one.value for one in call.keywords if one.arg == "port"), None)
            place = source.place(call)
            if name == "uvicorn" and call.args:
                target = call.args[0]
                if isinstance(target, ast.Constant) and isinstance(target.value, str):
                    served = target.value
                elif isinstance(target, ast.Name):
                    served = f"{module}:{target.id}"
                else:
                    continue
                if re.fullmatch(r"[\w.]+:[\w.]+", served):
                    command = ("python", "-m", "uvicorn", served, "--port", "{port}")
                    return Way(command, place, workdir, note="with a free port on loopback")
            elif isinstance(port, ast.Constant) and isinstance(port.value, int):
                if self.application and self.application.path == source.path:
                    return next(self._served(self.application), None)
                return _called(module, name, place, workdir, _imported_from(source, name))
        return None

    # --- files and modules --------------------------------------------------------------------

    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset(path for path in self._repository.files if self._wanted(path))

    @cached_property
    def _sources(self) -> tuple[_Source, ...]:
        found: list[_Source] = []
        paths = [path for path in self._paths if path.endswith(".py")]
        for path in sorted(paths, key=lambda path: (path.count("/"), path)):
            if len(found) >= _PARSED_LIMIT:
                break
            if _TEST_FILE.search(path):
                continue
            source = self._source(path, _INTERESTING)
            if source is not None:
                found.append(source)
        return tuple(found)

    def _source(self, path: str, only: re.Pattern[str] | None = None) -> _Source | None:
        try:
            text = self._repository.read(path)
        except UnreadableFile:
            return None
        if len(text) > _TEXT_LIMIT or (only is not None and not only.search(text)):
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of their invalid escapes
                return _Source(path, text, ast.parse(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def _modules(self, module: str, prefix: str = "") -> Iterator[_Source]:
        """Sources of a module or of the package that it is, its usual entries included."""
        if not module:
            return
        path = module.replace(".", "/")
        names = (f"{path}.py", *(f"{path}/{name}.py" for name in _ENTRIES))
        for name in names:
            for folder in (prefix, "src/", ""):
                if folder + name in self._paths and (source := self._source(folder + name)):
                    yield source
                    break

    def _module(self, path: str) -> tuple[str, str]:
        """Folder from which a file is imported, and its module name there."""
        folder, name = posixpath.split(path)
        parts = [name.removesuffix(".py")]
        if parts == ["__init__"]:
            parts = []
        while folder and (
            f"{folder}/__init__.py" in self._repository.files or self._is_namespace(folder, path)
        ):
            folder, last = posixpath.split(folder)
            parts.insert(0, last)
        return folder, ".".join(parts)

    def _is_namespace(self, folder: str, path: str) -> bool:
        """A folder without ``__init__.py`` that its own files name when they import."""
        name = posixpath.basename(folder)
        if name in {"src", "lib"} or not name.isidentifier():
            return False
        try:
            text = self._repository.read(path)
        except UnreadableFile:
            return False
        return re.search(rf"^\s*(from|import) {name}\b", text, re.MULTILINE) is not None


_TEST_FILE: Final = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|conftest|setup)\.py$")
_ENTRIES: Final = ("__main__", "__init__", "cli", "main", "server", "app", "cli/__init__")


def _imported_from(source: _Source, name: str) -> str:
    """Module from which a script takes a name; empty when it makes it itself."""
    for node in source.tree.body:
        match node:
            case ast.ImportFrom(module=str(module), level=0, names=names) if any(
                (one.asname or one.name) == name == one.name for one in names
            ):
                return module
    return ""


def _called(module: str, name: str, place: Location, workdir: str, origin: str = "") -> Way:
    """A call of ``X.run()`` as the script makes it, with the imports in the script's order."""
    taken = f"from {origin} import {name}; import {module}" if origin else ""
    taken = taken or f"from {module} import {name}"
    code = f"{taken}; {name}.run(host='127.0.0.1', port={{port}})"
    return Way(
        ("python", "-c", code), place, workdir, note="with a free port on loopback, without debug"
    )


def _applications(source: _Source) -> Iterator[Application]:
    for node in source.tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call)
            ) if framework := _framework(call, source):
                yield Application(framework, source.path, name, source.place(node))
            case ast.FunctionDef(name=name) if _needs_nothing(node.args):
                for inner in ast.walk(node):
                    framework = _framework(inner, source) if isinstance(inner, ast.Call) else ""
                    if framework:
                        place = source.place(node)
                        yield Application(framework, source.path, name, place, factory=True)
                        break


def _framework(call: ast.Call, source: _Source) -> str:
    match call.func:
        case ast.Name(id=name):
            imported = name in _FRAMEWORKS and _FRAMEWORKS[name] in source.text
            return name if imported else ""
        case ast.Attribute(value=ast.Name(id=package), attr=name):
            if package == "connexion" and name in _CONNEXION:
                return "Connexion"
            return name if _FRAMEWORKS.get(name) == package else ""
    return ""


def _needs_nothing(arguments: ast.arguments) -> bool:
    positional = len(arguments.args) + len(arguments.posonlyargs)
    return positional <= len(arguments.defaults) and all(
        default is not None for default in arguments.kw_defaults
    )


def _takes_port(source: _Source) -> bool:
    return re.search(r"""["']--port["']""", source.text) is not None


def _subcommand(source: _Source) -> tuple[str, ...]:
    """Name of the click command that has the option, where it is one of several."""
    found: list[str] = []
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        calls = [one for one in node.decorator_list if isinstance(one, ast.Call)]
        words = [
            argument.value
            for call in calls
            for argument in call.args
            if isinstance(argument, ast.Constant)
        ]
        if "--port" not in words:
            continue
        for call in calls:
            match call.func:
                case ast.Attribute(value=ast.Name(id=group), attr="command") if group != "click":
                    told = [str(one.value) for one in call.args if isinstance(one, ast.Constant)]
                    found.append(told[0] if told else node.name.replace("_", "-"))
    usual = ("serve", "server", "run", "start", "web")
    found.sort(key=lambda name: usual.index(name) if name in usual else len(usual))
    return tuple(found[:1])


def _line(text: str, wanted: str) -> int | None:
    lines = text.splitlines()
    return next((number for number, line in enumerate(lines, 1) if wanted in line), None)


def _table(data: object, key: str) -> dict[str, object]:
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}
