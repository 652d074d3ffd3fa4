"""A centre's journal: CSV with semicolons, in the Windows encoding of its clerks' language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from etl.sample.batches import COLUMNS, Batch
from etl.sample.defects import CLEAN, Tally
from etl.sample.numbering import Numbers
from etl.sample.parameters import CENTRES, STEPS, Centre
from etl.sample.people import iins, names, officers
from etl.sample.spelling import categories, picked, results
from etl.sample.stamps import Stamps, years
from etl.sample.wide import Layout, Row, Spoiler
from etl.sample.words import CENTRE_HEADER, CENTRE_NOTES, RESULTS, SPELLINGS, STRANGERS, place_names

_FIRST_STEP: Final = 6
_END_OF_STEPS: Final = _FIRST_STEP + len(STEPS["psc"])
PLACE: Final = 4
LAYOUT: Final = Layout(
    key=0,
    iin=2,
    category=3,
    executor=5,
    steps=slice(_FIRST_STEP, _END_OF_STEPS),
    received=_FIRST_STEP + COLUMNS["psc"].received,
    skippable=_FIRST_STEP + 3,
    decided=_FIRST_STEP + COLUMNS["psc"].decided,
    returned=_FIRST_STEP + COLUMNS["psc"].returned,
    outcome=_END_OF_STEPS,
)
_UNDECODABLE: Final = b"\x98"  # a hole in cp1251 and in KZ-1048
_NO_IIN: Final = 0.01
_NOTED: Final = 0.04
_CUT: Final = 5  # fields that are lost where a line is cut off


class Journal:
    """Writes one centre's journals, a file a year."""

    def __init__(self, folder: Path, centre: Centre, stamps: Stamps, tally: Tally) -> None:
        self._folder = folder / centre.code
        self._folder.mkdir(parents=True)
        self._centre = centre
        self._stamps = stamps
        self._tally = tally
        self._numbers = Numbers()
        self._officers = officers(centre.lang, CENTRES.index(centre))
        strangers = STRANGERS[centre.lang]
        self._stranger = strangers.service_point
        self._spoiler = Spoiler(LAYOUT, strangers, self._officers, stamps.time)
        tally.open_source(centre.source)

    def start(self, year: int) -> Path:
        """The journal of that year, with its header."""
        path = self._folder / f"journal_{year}.csv"
        if not path.exists():
            path.write_bytes(self._line(CENTRE_HEADER))
        return path

    def write(self, rng: np.random.Generator, batch: Batch, queue_numbers: Sequence[str]) -> None:
        """Append a batch, spoilt as planned."""
        year = years(batch.received)
        rows = self._rows(rng, batch, queue_numbers, year.tolist())
        how = rng.integers(0, 1 << 20, len(batch)).tolist()
        steps = batch.steps.tolist()
        lines = [
            self._line(row) if kind == CLEAN else self._spoilt(row, kind, vary, minutes)
            for row, kind, vary, minutes in zip(rows, batch.kinds, how, steps, strict=True)
        ]
        self._tally.wrote(self._centre.source, len(lines) + batch.kinds.count("duplicate"))
        for each in np.unique(year).tolist():
            first, last = np.searchsorted(year, (each, each + 1)).tolist()
            with self.start(each).open("ab") as file:
                file.write(b"".join(lines[first:last]))

    def _rows(
        self,
        rng: np.random.Generator,
        batch: Batch,
        queue_numbers: Sequence[str],
        year: Sequence[int],
    ) -> list[Row]:
        n, lang = len(batch), self._centre.lang
        clean = np.array([kind == CLEAN for kind in batch.kinds], dtype=bool)
        no_iin = (clean & (rng.random(n) < _NO_IIN)).tolist()
        spelt = results(rng, batch, RESULTS[lang])
        columns: list[Sequence[str]] = [
            [f"{k}/{y % 100:02d}" for k, y in zip(self._numbers.next(year), year, strict=True)],
            names(rng, n, lang),
            ["" if none else iin for none, iin in zip(no_iin, iins(rng, n), strict=True)],
            categories(rng, batch, SPELLINGS[lang]),
            picked(rng, place_names(self._centre), n),
            picked(rng, self._officers, n),
            *(self._stamps.times(batch.steps[:, at]) for at in range(batch.steps.shape[1])),
            spelt,
            [number if result else "" for number, result in zip(queue_numbers, spelt, strict=True)],
            self._notes(rng, n),
        ]
        return [list(row) for row in zip(*columns, strict=True)]

    def _notes(self, rng: np.random.Generator, n: int) -> list[str]:
        notes = picked(rng, CENTRE_NOTES[self._centre.lang], n)
        noted = (rng.random(n) < _NOTED).tolist()
        return [note if some else "" for note, some in zip(notes, noted, strict=True)]

    def _spoilt(self, row: Row, kind: str, how: int, minutes: Sequence[int]) -> bytes:
        self._tally.planted(self._centre.source, kind)
        if kind == "bad_encoding":
            return self._line(row).replace(b";", b";" + _UNDECODABLE, 4)
        if kind == "ragged_row":
            return self._line(row[:-_CUT] if how % 2 else [*row, "", str(how % 7)])
        if kind == "unknown_service_point":
            return self._line([*row[:PLACE], self._stranger, *row[PLACE + 1 :]])
        return b"".join(map(self._line, self._spoiler.spoil(row, kind, how, minutes)))

    def _line(self, cells: Sequence[object]) -> bytes:
        return (";".join(map(str, cells)) + "\r\n").encode(self._centre.encoding)
