"""How courses and the times of steps lie in a row, and back.

A course: the codes of its steps in the order in which they were taken, and for each when it was:
the moment (µs since 1970, UTC) and the local day (since 1970). The marts of steps: how many times
of each step lie in each bin; and the times of one bin, each with its cell and its day of the month.
All numbers are little-endian, whatever the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.integer[Any]]

TAKEN = np.dtype([("at", "<i8"), ("on", "<i4")])
CODE, SUM = np.dtype("<u2"), np.dtype("<i8")
COUNT = np.dtype([("step", "<u2"), ("bin", "<u2"), ("n", "<u4")])
TIME = np.dtype([("micros", "<i8"), ("cell", "<u2"), ("day", "u1")])

BINS = 2048

_BETWEEN = "\x1f"  # no step's code holds it
_DIGITS = 5  # binary, after the first: they part a doubling into 32
_BELOW_ONE = (1023 << _DIGITS) - 1  # what comes before the bin of 1 µs; 1023: exponent of 1.0


class Coded(NamedTuple):
    """Steps one after the other (``codes``, into ``names``), ``lengths`` of them in each row."""

    codes: Whole
    names: tuple[str, ...]
    lengths: Whole


def joined(steps: Iterable[str]) -> str:
    """The steps of one row as it keeps them."""
    return _BETWEEN.join(steps)


def parted(steps: str) -> tuple[str, ...]:
    """The same back."""
    return tuple(steps.split(_BETWEEN)) if steps else ()


def courses(steps: Sequence[str]) -> Coded:
    """The steps of many courses; ``names`` in the order of their code points."""
    variants = {row: parted(row) for row in set(steps)}
    names = tuple(sorted({name for variant in variants.values() for name in variant}))
    places = {name: place for place, name in enumerate(names)}
    coded = {
        row: np.array([places[name] for name in variant], dtype=CODE)
        for row, variant in variants.items()
    }
    return Coded(
        codes=np.concatenate([coded[row] for row in steps] or [np.empty(0, CODE)]),
        names=names,
        lengths=np.array([coded[row].size for row in steps], dtype="int64"),
    )


def bins(micros: Whole) -> Whole:
    """The bin (0 to ``BINS`` - 1) of each time: no time at all has one of its own, all others lie
    in 32 from a time to its double. They rise with the times."""
    bits = micros.astype("<f8").view("<i8")  # the exponent, then the leading digits
    found: Whole = np.maximum((bits >> (52 - _DIGITS)) - _BELOW_ONE, 0)
    return found


def bin_of(step: str, number: int) -> str:
    """What a bin of a step is called in the rows of its times."""
    return f"{step}{_BETWEEN}{number}"


def step_of(bin_: str) -> str:
    """The step that a bin is of."""
    return bin_.split(_BETWEEN, maxsplit=1)[0]


class Gaps(NamedTuple):
    """For each time in courses its course (rising), its step (into ``names``), its day (since
    1970), its µs."""

    course: Whole
    step: Whole
    names: tuple[str, ...]
    day: Whole
    micros: Whole


def gaps(steps: Sequence[str], times: Sequence[bytes]) -> Gaps:
    """The times of courses, as their rows keep them: from one event to the next, told by the
    next."""
    coded = courses(steps)
    taken = np.frombuffer(b"".join(times), TAKEN)
    course = np.repeat(np.arange(len(steps)), coded.lengths)
    follows = np.flatnonzero(course[1:] == course[:-1]) + 1
    return Gaps(
        course[follows],
        coded.codes[follows].astype("int64"),
        coded.names,
        taken["on"][follows].astype("int64"),
        taken["at"][follows] - taken["at"][follows - 1],
    )
