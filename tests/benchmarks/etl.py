"""How fast a run loads, beside dlt merging the same log and pandas writing the same events."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.alone import alone
from tests.benchmarks.databases import POSTGRESQL, SQLITE, NewDatabase
from tests.benchmarks.narrow import ANOTHER_FILE, IN_PLACE, delivered, size_of
from tests.benchmarks.timing import Timing

Measure = Callable[..., dict[str, Any]]

# The peers are given no more than they do in about a minute: their rate is what counts.
TO_SQL_EVENTS = 500_000
DLT_FIRST = {SQLITE: 30_000, POSTGRESQL: 100_000}  # applications
DLT_AGAIN = {SQLITE: 1_000, POSTGRESQL: 100_000}


@dataclass(frozen=True)
class EtlTimes:
    """Seconds of each run over one log, and what it took; sizes and memory in bytes.

    ``in_place``: the run over 1,000 changes that are a small source's new content;
    ``another_file``: over as many that lie beside the large file, as a file more of its source.
    """

    kind: str
    applications: int
    records: int
    events: int
    files: int
    first: float
    nothing: float
    afresh: float
    in_place: float
    another_file: float
    memory: int
    worker_memory: int
    warehouse: int
    mart_rows: int
    page: float  # milliseconds of the overview
    measures: Sequence[Timing]
    busy: tuple[float, float]  # the load average of one minute, before and after

    @property
    def rate(self) -> float:
        """Events a second of the first run, everything included."""
        return self.events / self.first

    @property
    def rate_again(self) -> float:
        """Events a second of the run that reads all of it again and finds nothing new."""
        return self.events / self.afresh


@dataclass(frozen=True)
class Rate:
    """So many events a second, measured with so many."""

    events: int
    seconds: float

    @property
    def a_second(self) -> float:
        return self.events / self.seconds


@dataclass(frozen=True)
class Peers:
    """What others do on one kind of database; ``dlt``: into empty tables, and once more."""

    kind: str
    to_sql: Rate
    dlt: Rate | None
    dlt_again: Rate | None


def write_logs(folder: Path, sizes: Sequence[int], *, measure: Measure = alone) -> None:
    """A narrow log of each size; `log_of` tells where it lies."""
    for size in sorted(set(sizes)):
        measure("log", folder=log_of(folder, size), applications=size)


def log_of(folder: Path, applications: int) -> Path:
    return folder / f"log-{applications}"


def dlt_sizes(largest: int) -> set[int]:
    """Of how many applications dlt wants a log."""
    return {min(largest, size) for caps in (DLT_FIRST, DLT_AGAIN) for size in caps.values()}


def measure_etl(
    folder: Path, kind: str, url: str, applications: int, *, measure: Measure = alone
) -> EtlTimes:
    """Every run over the log of this size, into the empty database at ``url``."""
    before = _busy()
    log = log_of(folder, applications)
    files = size_of(log)
    first = _run(measure, url, log)
    holds = measure("warehouse", url=url)
    times = {
        "nothing": _run(measure, url, log),
        "afresh": _run(measure, url, log, afresh=True),
        "in_place": _run(measure, url, log, delivered(log, IN_PLACE)),
        "another_file": _run(measure, url, log, delivered(log, ANOTHER_FILE)),
    }
    return EtlTimes(
        kind=kind,
        applications=applications,
        records=first["records"],
        events=holds["events"],
        files=files,
        first=first["seconds"],
        **{name: found["seconds"] for name, found in times.items()},
        memory=first["memory"],
        worker_memory=first["worker_memory"],
        warehouse=holds["bytes"],
        mart_rows=holds["mart_cases"],
        page=measure("page", url=url)["milliseconds"],
        measures=[
            Timing(kind, applications, key, *found)
            for key, found in measure("measures", url=url).items()
        ],
        busy=(before, _busy()),
    )


def measure_peers(
    folder: Path,
    kind: str,
    *,
    new: NewDatabase,
    url: str,
    applications: int,
    with_dlt: bool = True,
    measure: Measure = alone,
) -> Peers:
    """The peers on ``kind``: pandas with the events of the warehouse at ``url``, dlt with logs of
    ``applications`` at most."""
    written = measure("to_sql", url=url, rows=TO_SQL_EVENTS, elsewhere=new(kind, "to_sql"))
    first = again = None
    if with_dlt:
        many, few = (min(applications, caps[kind]) for caps in (DLT_FIRST, DLT_AGAIN))
        found = _dlt(measure, folder, many, new(kind, "dlt"), turns=1 if few < many else 2)
        first = Rate(found["events"], found["seconds"][0])
        if few < many:
            found = _dlt(measure, folder, few, new(kind, "dlt_again"), turns=2)
        again = Rate(found["events"], found["seconds"][1])
    return Peers(kind, Rate(written["events"], written["seconds"]), first, again)


def _run(
    measure: Measure,
    url: str,
    log: Path,
    among: AbstractContextManager[None] | None = None,
    *,
    afresh: bool = False,
) -> dict[str, Any]:
    with among or nullcontext():
        return measure("load", url=url, sources=log / "sources.toml", afresh=afresh)


def _dlt(
    measure: Measure, folder: Path, applications: int, url: str, *, turns: int
) -> dict[str, Any]:
    return measure("dlt", url=url, folder=log_of(folder, applications), turns=turns)


def _busy() -> float:
    return os.getloadavg()[0]
