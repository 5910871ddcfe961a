"""Hand-made runs: what a fact needs of the world, without an audit around it."""

from __future__ import annotations

import contextlib
import tempfile
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
            )
        )
        try:
            yield broker
        finally:
            broker.close()
