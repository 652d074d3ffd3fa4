"""A narrow log: applications of one channel and the events of each, two CSV files and no more.

Every application goes the way of the channel ``direct`` in eleven events. The log is sorted by
time, so the events of one application lie far apart, as in an export of a real system. The last
event of some applications is kept back: it comes later, as changes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

STEPS = (
    ("D-P1", "documentation"),
    ("D-P2", "head"),
    ("D-P3", "documentation"),
    ("D-P4", "executor"),
    ("D-C1", "executor"),
    ("D-P5", "executor"),
    ("D-P6", "commission"),
    ("D-P6", "commission"),  # considered twice
    ("D-P7", "executor"),
    ("D-P8", "head"),
    ("D-P9", "documentation"),
)
CATEGORIES = ("veterans", "vulnerable", "public_sector", "emergency")
EXECUTORS = ("e1", "e2", "e3")
AS_OF = date(2013, 12, 31)
CHANGES = 1_000  # in a delivery of them
IN_PLACE, ANOTHER_FILE = "changes.csv", "events-2.csv"  # the two ways in which changes come

_LATER = "later"
_DAY = 86_400
_SOURCES = """\
[sources.applications]
kind = "csv"
entity = "cases"
path = "applications.csv"
columns = { case_id = "case_id", category = "category", executor = "executor" }
constants = { channel = "direct", service_point = "authority" }

[sources.events]
extends = "log"
path = "events-*.csv"

[sources.changes]
extends = "log"
path = "changes.csv"

[templates.log]
kind = "csv"
entity = "events"
columns = { case_id = "case_id", step = "step", occurred_at = "occurred_at", actor = "actor" }
"""


def write_log(folder: Path, *, applications: int, seed: int = 7) -> None:
    """Into ``folder``: applications.csv, events-1.csv, an empty changes.csv and sources.toml.

    Two deliveries of up to 1,000 events each, a tenth of the applications at most, lie aside until
    they are `delivered`.
    """
    (folder / _LATER).mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    ids = pa.array([f"A-{number:08d}" for number in range(applications)])
    csv.write_csv(_applications(ids, rng), folder / "applications.csv")
    order, whole = _events(ids, rng)
    kept_back = _kept_back(order, applications, rng)
    csv.write_csv(whole.filter(kept_back == 0), folder / "events-1.csv")
    csv.write_csv(whole.slice(0, 0), folder / IN_PLACE)
    for delivery, name in enumerate((IN_PLACE, ANOTHER_FILE), start=1):
        csv.write_csv(whole.filter(kept_back == delivery), folder / _LATER / name)
    (folder / "sources.toml").write_text(_SOURCES)


@contextmanager
def delivered(folder: Path, name: str) -> Iterator[None]:
    """The changes ``name`` lie among the sources, and afterwards what lay there before."""
    place, former = folder / name, folder / _LATER / f"{name}.former"
    if place.exists():
        place.rename(former)
    shutil.copy(folder / _LATER / name, place)
    try:
        yield
    finally:
        place.unlink()
        if former.exists():
            former.rename(place)


def size_of(folder: Path) -> int:
    """The bytes of the files that the first run reads."""
    return sum(file.stat().st_size for file in folder.glob("*.csv"))


def _applications(ids: pa.Array, rng: np.random.Generator) -> pa.Table:
    return pa.table(
        {
            "case_id": ids,
            "category": _any_of(CATEGORIES, len(ids), rng),
            "executor": _any_of(EXECUTORS, len(ids), rng),
        }
    )


def _any_of(words: tuple[str, ...], size: int, rng: np.random.Generator) -> pa.Array:
    return pa.array(words).take(pa.array(rng.integers(0, len(words), size)))


def _events(ids: pa.Array, rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], pa.Table]:
    """All events by time, and the place of each in a log sorted by application."""
    at = _times(len(ids), rng).ravel()
    order = np.argsort(at, kind="stable")
    application, step = (pa.array(part) for part in np.divmod(order, len(STEPS)))
    table = pa.table(
        {
            "case_id": ids.take(application),
            "step": pa.array([code for code, _ in STEPS]).take(step),
            "occurred_at": pa.array(at[order]).cast(pa.timestamp("s")).cast(pa.string()),
            "actor": pa.array([actor for _, actor in STEPS]).take(step),
        }
    )
    return order, table


def _times(applications: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Seconds since 1970: three years of beginnings, an hour to four days from step to step."""
    begins = np.datetime64("2010-01-04T09:00:00", "s").astype("int64")
    gaps = rng.integers(3600, 4 * _DAY, (applications, len(STEPS)))
    gaps[:, 0] = begins + rng.integers(0, 3 * 365 * _DAY, applications)
    return np.cumsum(gaps, axis=1)


def _kept_back(
    order: npt.NDArray[np.int64], applications: int, rng: np.random.Generator
) -> npt.NDArray[np.int8]:
    """For each event of the log the delivery that it comes with: 0 at once, 1 and 2 later."""
    changes = min(CHANGES, applications // 10)
    chosen = rng.permutation(applications)[: 2 * changes]
    delivery = np.zeros(applications * len(STEPS), dtype="int8")
    delivery[chosen * len(STEPS) + len(STEPS) - 1] = np.repeat([1, 2], changes)
    return delivery[order]
