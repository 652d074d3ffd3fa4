"""How courses and the times of steps lie in a row, and back.

A course: the codes of its steps in the order in which they were taken, and for each when it was:
the moment (µs since 1970, UTC) and the local day (since 1970). A row of the mart: the steps that
were taken on its day, then for each time its step's place among them and its µs, in this order.
All numbers are little-endian, whatever the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.integer[Any]]

TAKEN = np.dtype([("at", "<i8"), ("on", "<i4")])
CODE, TIME = np.dtype("<u2"), np.dtype("<i8")

_BETWEEN = "\x1f"  # no step's code holds it


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


def times_of(steps: Sequence[str], codes: Sequence[bytes]) -> Coded:
    """The steps of the times in many rows of the mart."""
    heads = {row: parted(row) for row in set(steps)}
    names = tuple(sorted({name for head in heads.values() for name in head}))
    places = {name: place for place, name in enumerate(names)}
    lookup: list[int] = []
    starts: dict[str, int] = {}
    for row, head in heads.items():
        starts[row] = len(lookup)
        lookup += [places[name] for name in head]
    lengths = np.array([len(row) // CODE.itemsize for row in codes], dtype="int64")
    first = np.repeat(np.array([starts[row] for row in steps], dtype="int64"), lengths)
    own = np.frombuffer(b"".join(codes), CODE)
    return Coded(np.array(lookup, dtype=CODE)[first + own], names, lengths)


class Times(NamedTuple):
    """Times of steps: the row of the mart that each belongs to (rising), its step, its µs."""

    row: Whole
    step: Whole
    micros: Whole


def rows_of(times: Times, names: Sequence[str]) -> Iterator[tuple[int, str, bytes, bytes]]:
    """Rows of the mart with something in them: which, ``steps``, ``codes`` and ``times``.

    ``names``: of the steps, in the order of their code points, so that one content has one form.
    """
    if not times.row.size:
        return
    order = np.lexsort((times.micros, times.step, times.row))
    row, step = times.row[order], times.step[order]
    micros = times.micros[order].astype(TIME).tobytes()
    is_run = np.r_[True, (row[1:] != row[:-1]) | (step[1:] != step[:-1])]
    runs = np.flatnonzero(is_run)
    run_rows = row[runs]
    is_first = np.r_[True, run_rows[1:] != run_rows[:-1]]
    first = np.flatnonzero(is_first)
    place = np.arange(runs.size) - np.repeat(first, np.diff(np.r_[first, runs.size]))
    codes = np.repeat(place, np.diff(np.r_[runs, row.size])).astype(CODE).tobytes()
    run_steps = step[runs].tolist()
    heads: dict[tuple[int, ...], str] = {}
    begins, ends = runs[first].tolist(), [*runs[first[1:]].tolist(), row.size]
    for which, at, until, begin, end in zip(
        run_rows[first].tolist(),
        first.tolist(),
        [*first[1:].tolist(), runs.size],
        begins,
        ends,
        strict=True,
    ):
        key = tuple(run_steps[at:until])
        head = heads.get(key)
        if head is None:
            head = heads[key] = joined(names[code] for code in key)
        yield (
            which,
            head,
            codes[begin * CODE.itemsize : end * CODE.itemsize],
            micros[begin * TIME.itemsize : end * TIME.itemsize],
        )


def recoded(codes: Whole, names: Sequence[str], known: Mapping[str, int]) -> Whole:
    """Codes into ``names`` as codes by ``known``."""
    places = np.array([known[name] for name in names], dtype="int64")
    told: Whole = places[codes] if codes.size else codes.astype("int64")
    return told
