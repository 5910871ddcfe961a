"""The command line: ``python -m orchestrator [serve|migrate|openapi]``."""

import argparse
import json
import math
import os
import sys
import tempfile
from pathlib import Path

from pydantic import ValidationError

from orchestrator.settings import Settings


# From sysexits.h, so that an operator can tell the two apart.
EX_UNAVAILABLE = 69
EX_CONFIG = 78


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    if options.env_file:
        from dotenv import load_dotenv

        load_dotenv(options.env_file)
    given = {"host": options.host, "port": options.port, "workers": options.workers}
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        return _misconfigured(error)
    if options.command == "openapi":
        return _write_openapi(options.output)
    if options.command == "migrate":
        return _migrate(settings)
    return _serve(settings, migrate=options.migrate or not settings.in_production)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m orchestrator", description=__doc__)
    parser.add_argument(
        "command", nargs="?", choices=("serve", "migrate", "openapi"), default="serve"
    )
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--env-file", type=Path, help="read variables that are not set yet")
    parser.add_argument(
        "--migrate", action="store_true", help="apply pending migrations before serving"
    )
    parser.add_argument("--output", type=Path, default=Path("openapi.json"), help="for openapi")
    return parser.parse_args(arguments)


def _serve(settings: Settings, *, migrate: bool) -> int:
    """Serve until a signal; in production only on a database that is migrated."""
    from sqlalchemy.exc import OperationalError

    from orchestrator import migrate as migrations

    try:
        if migrate:
            migrations.upgrade(settings)
        elif not migrations.is_current(settings):
            _complain("Migrations are pending: run `python -m orchestrator migrate`.")
            return EX_CONFIG
    except OperationalError as error:
        _complain(f"The database cannot be reached: {error.orig}")
        return EX_UNAVAILABLE
    if settings.workers == 1:
        return _run(settings)
    # Several processes count into files, which /metrics sums up.
    with tempfile.TemporaryDirectory(prefix="metrics-") as directory:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", directory)
        return _run(settings)


def _run(settings: Settings) -> int:
    import uvicorn

    uvicorn.run(
        "orchestrator.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        # Long enough for every request that was accepted to reach its own deadline.
        timeout_graceful_shutdown=math.ceil(settings.analyze_deadline_seconds) + 5,
    )
    return 0


def _migrate(settings: Settings) -> int:
    from orchestrator import migrate as migrations

    migrations.upgrade(settings)
    return 0


def _write_openapi(output: Path) -> int:
    from orchestrator.app import create_app

    document = create_app(Settings(_env_file=None)).openapi()  # type: ignore[call-arg]
    output.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


def _misconfigured(error: ValidationError) -> int:
    """Name each fault on a line of its own, and never the value."""
    _complain("The configuration is not usable:")
    for fault in error.errors(include_input=False):
        name = ".".join(str(part) for part in fault["loc"]).upper()
        for line in fault["msg"].removeprefix("Value error, ").splitlines():
            _complain(f"  {name}: {line}" if name else f"  {line}")
    _complain("docs/configuration.md describes every variable.")
    return EX_CONFIG


def _complain(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
