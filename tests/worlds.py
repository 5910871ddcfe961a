"""Hand-made runs: what a fact needs of the world, without an audit around it."""

from __future__ import annotations

import contextlib
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness.broker import Broker, Run
from pytest_readiness.redaction import Redactor
from pytest_readiness.settings import Service, Services, Settings


if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def world(
    *, postgres: Service | None = None, redis: Service | None = None, repository: Path = Path()
) -> Iterator[Broker]:
    """Open a broker with a run of its own; everything it started ends with the block."""
    services = Services(postgres=postgres or Service(), redis=redis or Service())
    redactor = Redactor()
    with contextlib.ExitStack() as cleanup:
        private = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="readiness-")))
        broker = Broker(
            lambda broker: Run(
                settings=Settings(services=services),
                repository=repository,
                profile="",
                cleanup=cleanup,
                private=private,
                once=broker.once,
                redact=redactor.text,
                keep_secret=redactor.add,
                tell=broker.tell,
                wait=broker.may_wait,
                reserve=broker.reserve,
                today=date(2026, 3, 1),
            )
        )
        try:
            yield broker
        finally:
            broker.close()


def processes_naming(text: str) -> list[str]:
    """Command lines of living processes with a text in them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if text in line:
                found.append(line)
    return found
