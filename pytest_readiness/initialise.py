"""``readiness init``: look at the repository and the running system, draft ``readiness.yaml``."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_readiness import settings as settings_module
from pytest_readiness.consent import backing_hosts
from pytest_readiness.drafting import Draft, Facts, draft
from pytest_readiness.probes import env
from pytest_readiness.probes.openapi import Document, NotOpenApi, parse
from pytest_readiness.probes.project import look
from pytest_readiness.probes.repository import Repository
from pytest_readiness.probes.unreadable import UnreadableFile
from pytest_readiness.redaction import Redactor, is_secret_name
from pytest_readiness.settings import Settings, SettingsError


if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_readiness.probes.project import Project
    from pytest_readiness.probes.visit import Visit


class CannotInitialise(Exception):  # noqa: N818 - it says what the command could not do
    """There is nothing to write; the message says why and what to do."""


@dataclass(frozen=True)
class Written:
    """What was written, and what it holds."""

    path: Path | None
    """None when it was only to be shown."""
    draft: Draft
    saved: Path | None
    """The OpenAPI document of the running system."""
    project: Project
    visit: Visit | None

    def summary(self) -> list[str]:
        """What was done, for a terminal of 80 columns."""
        import textwrap

        lines = []
        if self.path is not None:
            left = f", {len(self.draft.missing)} left to fill in" if self.draft.missing else ""
            lines.append(f"wrote {self.path}: {len(self.draft.found)} keys found{left}")
        if self.saved is not None:
            lines.append(f"wrote {self.saved.name}, which the running system serves")
        for key, source in self.draft.found:
            lines += textwrap.wrap(f"  {key:<22} {source}", 80, subsequent_indent=" " * 25)
        if self.draft.missing:
            left = f"left to fill in: {', '.join(self.draft.missing)}"
            lines += textwrap.wrap(left, 80, subsequent_indent="  ")
        if self.visit is not None:
            lines.append(f"{self.visit.sent} GETs were sent to {self.visit.url}, nothing else")
        lines.append("next: readiness doctor, then pytest --readiness")
        return lines


def initialise(
    root: Path,
    *,
    url: str = "",
    output: Path | None = None,
    force: bool = False,
    environ: Mapping[str, str],
) -> Written:
    """Draft the settings and write them.

    Args:
        root: folder of the repository.
        url: of the running system; only GETs are sent, and only to it.
        output: file to write; None to write nothing.
        force: whether a file that is there may be replaced.
        environ: variables for ``${NAME}`` when the draft is validated.

    Raises:
        CannotInitialise: the URL is wrong or does not answer, the file is there, the draft
            does not validate.
    """
    if output is not None:
        _refuse_overwriting(output, force=force)
    base, base_path = _split(url)
    visit = _visit(base + base_path) if base else None
    repository = Repository(root)
    project = look(repository)
    folder = (output.parent if output else root).absolute()
    saved, text = _document_to_save(visit, project, folder, force=force)
    document = _document(repository, project, visit, bare=bool(base_path))
    facts = _facts(repository, project, visit, document, folder, saved, base, base_path)
    drafted = draft(facts)
    _validate(drafted.text, environ)
    if output is None:
        return Written(None, drafted, None, project, visit)
    if saved is not None:
        _write(saved, text, force=force)
    _write(output, drafted.text, force=force)
    return Written(output, drafted, saved, project, visit)


# --- the running system --------------------------------------------------------------------------


def _split(url: str) -> tuple[str, str]:
    """Origin and path of the URL given."""
    if not url:
        return "", ""
    whole = url if "://" in url else f"http://{url}"
    try:
        target = settings_module.Target(url=whole)
    except ValueError as error:
        shown = Redactor(()).url(url)
        raise CannotInitialise(
            f"{shown!r} is no URL like http://127.0.0.1:8000 without user, '?' and '#'"
        ) from error
    parts = urlsplit(target.url or "")
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")


def _visit(url: str) -> Visit:
    from pytest_readiness.fixtures.wellknown import USUAL
    from pytest_readiness.pace import Pace
    from pytest_readiness.probes.http import HttpClient
    from pytest_readiness.probes.visit import visit

    def only_get(method: str, path: str) -> None:
        if method != "GET":
            raise AssertionError(f"readiness init sends GETs only, not {method} {path}")

    pace, redact = Pace(), Redactor(()).text
    client = HttpClient(url, timeout=5.0, pace=lambda: pace.keep(20), guard=only_get, redact=redact)
    try:
        seen = visit(client, USUAL)
    finally:
        client.session.close()
    if seen.unreached:
        raise CannotInitialise(
            f"{url} cannot be reached: {seen.unreached}; start the system, or run `readiness init`"
            " without a URL"
        )
    return seen


# --- the OpenAPI document ------------------------------------------------------------------------


def _document_to_save(
    visit: Visit | None, project: Project, folder: Path, *, force: bool
) -> tuple[Path | None, str]:
    """File and text of a document that only the running system has."""
    if visit is None or visit.served is None or project.openapi:
        return None, ""
    if not visit.served.is_json:
        name, text = "openapi.yaml", visit.served.text
    else:
        name = "openapi.json"
        text = json.dumps(json.loads(visit.served.text), indent=2) + "\n"
    path = folder / name
    if path.exists() and not force:
        path = folder / f"{path.stem}.live{path.suffix}"
    return path, text


def _document(
    repository: Repository, project: Project, visit: Visit | None, *, bare: bool
) -> Document | None:
    found: Document | None = None
    if project.openapi:
        with contextlib.suppress(UnreadableFile, NotOpenApi):
            text = repository.read(project.openapi)
            found = parse(text, name=project.openapi)
    elif visit is not None and visit.served is not None:
        found = visit.served.document
    return Document(found.raw, "") if found is not None and bare else found


# --- facts ---------------------------------------------------------------------------------------


def _facts(
    repository: Repository,
    project: Project,
    visit: Visit | None,
    document: Document | None,
    folder: Path,
    saved: Path | None,
    base: str,
    base_path: str,
) -> Facts:
    from pytest_readiness.fixtures.journey import find_journey

    root = repository.root.absolute()

    def at(path: str) -> str:
        return Path(os.path.relpath(root / path, folder)).as_posix()

    journey = None
    if document is not None:
        with contextlib.suppress(*_ODD):
            journey = find_journey(Settings(), document)
    source = ""
    if saved is not None and visit is not None and visit.served is not None:
        source = f"saved from {visit.url}{visit.served.path}"
    return Facts(
        project=project,
        today=datetime.now(UTC).date(),
        url=base,
        base_path=base_path,
        visit=visit,
        repository=at("."),
        openapi=saved.name if saved else (at(project.openapi) if project.openapi else ""),
        openapi_source=source,
        document=document,
        journey=journey,
        requests=_requests(project, visit, document),
        backing=_backing(repository, project),
        at=at,
        redact=Redactor(_secrets(repository)).text,
    )


_ODD = (AttributeError, KeyError, TypeError, ValueError, RecursionError)
"""What reading an odd OpenAPI document may raise: then it tells nothing."""


def _requests(
    project: Project, visit: Visit | None, document: Document | None
) -> dict[str, tuple[str, str]]:
    """Operations by the name that checks use, and where each was found."""
    from pytest_readiness.fixtures.operations import find_request

    found: dict[str, tuple[str, str]] = {}
    for name, path in (visit.places if visit else {}).items():
        found[name] = (f"GET {path}", f"{visit.url if visit else ''}{path} answered")
    if visit is not None and visit.is_page:
        found["page"] = ("GET /", f"{visit.url}/ answered with a page")
    for name, setting in (("ready", project.ready), ("health", project.health)):
        if setting is not None and visit is None:
            found.setdefault(name, (f"GET {setting.value}", str(setting.location)))
    if document is None:
        return found
    with contextlib.suppress(*_ODD):
        for name in ("health", "ready", "metrics"):
            told = find_request(Settings(), document, name)
            if told is not None:
                found.setdefault(name, (told.operation, "the OpenAPI document has it"))
        for one in document.protected:
            if "{" not in one.path and " " not in one.path:
                source = "demands security" if one.secured else "seems to tell who is asking"
                found.setdefault("protected", (str(one), f"the OpenAPI document: it {source}"))
                break
    return {name: told for name, told in found.items() if _is_operation(told[0])}


def _backing(repository: Repository, project: Project) -> tuple[tuple[str, str], ...]:
    """Hosts outside loopback that the target would reach, as consent judges them."""
    told = {name: setting.value for name, setting in project.variables.items()}
    if project.env_file:
        with contextlib.suppress(UnreadableFile):
            file = env.parse(repository.read(project.env_file), project.env_file)
            told |= {name: one.value or "" for name, one in file.effective.items()}
    own = {name: value for name, value in told.items() if name not in project.datastores}
    return tuple((one.variable, one.host) for one in backing_hosts(own))


def _is_operation(text: str) -> bool:
    try:
        settings_module.Operation(text)
    except ValueError:
        return False
    return True


def _secrets(repository: Repository) -> list[str]:
    """Values of secrets in the env files: none of them may stand in the draft."""
    found = []
    for path in repository.env_files:
        with contextlib.suppress(UnreadableFile):
            for variable in env.parse(repository.read(path), path).variables:
                value = variable.value or ""
                if is_secret_name(variable.name) and not env.is_placeholder(value):
                    found.append(value)
                if password := env.password_in_url(value):
                    found.append(password)
    return found


# --- writing -------------------------------------------------------------------------------------


def _refuse_overwriting(output: Path, *, force: bool) -> None:
    if output.is_dir():
        raise CannotInitialise(f"{output} is a folder; name a file with --output")
    if not output.parent.is_dir():
        raise CannotInitialise(f"there is no folder {output.parent} for {output.name}")
    if force:
        return
    siblings = [output]
    if output.name in settings_module.FILE_NAMES:
        siblings += [output.with_name(name) for name in settings_module.FILE_NAMES]
    for path in dict.fromkeys(siblings):
        if path.exists() or path.is_symlink():
            raise CannotInitialise(
                f"{path.name} is there already and is left alone; give --force to replace it, or"
                " --output FILE to write beside it"
            )


def _validate(text: str, environ: Mapping[str, str]) -> None:
    """Load the draft as an audit would.

    Raises:
        CannotInitialise: it would be refused; nothing was written.
    """
    with tempfile.TemporaryDirectory(prefix="readiness-") as folder:
        path = Path(folder, settings_module.FILE_NAMES[0])
        try:
            path.write_text(text, encoding="utf-8")
            loaded = settings_module.load(path, root=path.parent, environ=environ)
            for profile in loaded.profiles:
                settings_module.effective(loaded, profile)
        except (SettingsError, UnicodeEncodeError) as error:
            raise CannotInitialise(
                f"what was found gives no valid settings, so nothing was written: {error}"
            ) from error


def _write(path: Path, text: str, *, force: bool) -> None:
    try:
        if force:
            draft_path = path.with_name(f"{path.name}.part")
            draft_path.write_text(text, encoding="utf-8")
            draft_path.replace(path)
            return
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CannotInitialise(f"{path.name} is there already and is left alone") from None
    except OSError as error:
        message = error.strerror or str(error)
        raise CannotInitialise(f"{path.name} cannot be written: {message}") from error
