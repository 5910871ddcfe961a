"""Times of the servers that checks get: first start, and what each check adds.

    python benchmarks/services.py [repetitions]

Containers are timed when an engine answers that has the images of `.ci/container-images`.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
import time
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_readiness.broker import Broker, Run, Unavailable
from pytest_readiness.probes import containers, postgres, redis
from pytest_readiness.settings import Service, Services, Settings


if TYPE_CHECKING:
    from collections.abc import Iterator

POSTGRES = "readiness-test/postgres"
REDIS = "readiness-test/redis"
PER_START = 10


@contextlib.contextmanager
def world(image: str | None = None) -> Iterator[Broker]:
    """Open a run without an audit around it."""
    service = Service(image=image)
    settings = Settings(services=Services(postgres=service, redis=service))
    with contextlib.ExitStack() as cleanup, tempfile.TemporaryDirectory() as private:

        def make_run(broker: Broker) -> Run:
            return Run(
                settings=settings,
                repository=Path(),
                profile="",
                cleanup=cleanup,
                private=Path(private),
                once=broker.once,
                redact=str,
                keep_secret=lambda _: None,
                tell=broker.tell,
                today=date.today(),  # noqa: DTZ011 - nothing here depends on it
            )

        yield Broker(make_run)


def time_postgres(image: str | None) -> tuple[str, list[float], list[float], list[float]]:
    """Served by; seconds of the start, of each database made, and of each dropped."""
    made, dropped = [], []
    with world(image) as broker:
        begun = time.perf_counter()
        server = postgres.Server(**broker.once(postgres.SERVER))
        first = time.perf_counter() - begun
        for _ in range(PER_START):
            begun = time.perf_counter()
            with postgres.scratch(server):
                made.append(time.perf_counter() - begun)
                begun = time.perf_counter()
            dropped.append(time.perf_counter() - begun)
    return f"PostgreSQL {server.version}, {server.served_by}", [first], made, dropped


def time_redis(image: str | None) -> tuple[str, list[float], list[float], list[float]]:
    """Served by; seconds until the source is known, of each keyspace made, and of each ended."""
    made, ended = [], []
    with world(image) as broker, tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        source = redis.Source(**broker.once(redis.SOURCE))
        first = time.perf_counter() - begun
        for _ in range(PER_START):
            begun = time.perf_counter()
            with redis.fresh(source, Path(folder, "log")) as keyspace:
                made.append(time.perf_counter() - begun)
                begun = time.perf_counter()
            ended.append(time.perf_counter() - begun)
    return f"Redis {keyspace.version}, {source.served_by}", [first], made, ended


def main(repetitions: int) -> None:
    """Print medians and ranges."""
    ways: list[tuple[Any, str | None]] = [(time_postgres, None), (time_redis, None)]
    if containers.engine_answers():
        ways += [(time_postgres, POSTGRES), (time_redis, REDIS)]
    print(
        "| served by | first start, ms | for each check, ms | afterwards, ms |\n|---|---|---|---|"
    )
    for measure, image in ways:
        try:
            runs = [measure(image) for _ in range(repetitions)]
        except Unavailable as unavailable:
            print(f"| {image or measure.__name__}: {unavailable.message} | | | |")
            continue
        columns = zip(*(run[1:] for run in runs), strict=True)
        cells = [shown(list(chain.from_iterable(each))) for each in columns]
        print(f"| {runs[0][0]} | {' | '.join(cells)} |")


def shown(seconds: list[float]) -> str:
    """``12 (9-20)``: median and range in milliseconds."""
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    return f"{middle * 1000:.0f} ({low * 1000:.0f}-{high * 1000:.0f})"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
