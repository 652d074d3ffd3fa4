"""The authority's incoming-mail base: workbooks, a row a document, some dates typed as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

from etl.sample.batches import COLUMNS, Batch
from etl.sample.days import DAY, NEVER
from etl.sample.defects import CLEAN, Tally
from etl.sample.files import MAX_ROWS, Workbook
from etl.sample.numbering import Numbers
from etl.sample.parameters import AUTHORITY, RETURNED, STEPS
from etl.sample.people import iins, names, officers
from etl.sample.spelling import categories, picked, results
from etl.sample.stamps import Stamps, years
from etl.sample.wide import Cell, Layout, Row, Spoiler
from etl.sample.words import (
    AUTHORITY_HEADER,
    AUTHORITY_SHEET,
    AUTHORITY_SUBTITLE,
    AUTHORITY_TITLE,
    RESULTS,
    SPELLINGS,
    STRANGERS,
)

SOURCE: Final = "authority"
_FIRST_STEP: Final = 5
_END_OF_STEPS: Final = _FIRST_STEP + len(STEPS["direct"])
LAYOUT: Final = Layout(
    key=0,
    iin=2,
    category=3,
    executor=4,
    steps=slice(_FIRST_STEP, _END_OF_STEPS),
    received=_FIRST_STEP + COLUMNS["direct"].received,
    skippable=_FIRST_STEP + 2,
    decided=_FIRST_STEP + COLUMNS["direct"].decided,
    returned=_FIRST_STEP + COLUMNS["direct"].returned,
    outcome=_END_OF_STEPS,
)
_TYPED: Final = 0.25  # rows whose dates are text
_SUFFIXED: Final = 0.05  # "31.12.2013 ж.", as dates are written in letters
SUFFIX: Final = " ж."
_NO_IIN: Final = 0.01
_NO_WORD_FOR_RETURNED: Final = 0.5  # a return letter speaks for itself


class Base:
    """Writes the incoming-mail base, a workbook a year, or more where a sheet is full."""

    def __init__(
        self,
        folder: Path,
        stamps: Stamps,
        tally: Tally,
        *,
        as_of: date,
        max_rows: int = MAX_ROWS,
    ) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True)
        self._stamps = stamps
        self._tally = tally
        self._as_of = as_of
        self._max_rows = max_rows
        self._numbers = Numbers()
        self._officers = officers("kk", AUTHORITY)
        self._spoiler = Spoiler(LAYOUT, STRANGERS["kk"], self._officers, stamps.date)
        self._book: Workbook | None = None
        self._year = self._part = 0
        tally.open_source(SOURCE)

    def write(self, rng: np.random.Generator, batch: Batch, queue_numbers: Sequence[str]) -> None:
        """Append a batch, spoilt as planned."""
        year = years(batch.received).tolist()
        rows = self._rows(rng, batch, queue_numbers, year)
        how = rng.integers(0, 1 << 20, len(batch)).tolist()
        steps = batch.steps.tolist()
        for row, kind, vary, minutes, each in zip(rows, batch.kinds, how, steps, year, strict=True):
            book = self._book_of(each)
            for entry in self._entries(row, kind, vary, minutes):
                book.write(entry)

    def close(self) -> None:
        """Finish the last workbook; an empty one where nobody applied."""
        self._book_of(self._year or self._as_of.year).close()

    def _entries(self, row: Row, kind: str, how: int, minutes: Sequence[int]) -> list[Row]:
        entries = [row] if kind == CLEAN else self._spoiler.spoil(row, kind, how, minutes)
        self._tally.wrote(SOURCE, len(entries))
        if kind != CLEAN:
            self._tally.planted(SOURCE, kind)
        return entries

    def _book_of(self, year: int) -> Workbook:
        full = self._book is not None and self._book.rows >= self._max_rows
        if self._book is None or year != self._year or full:
            if self._book is not None:
                self._book.close()
            self._part = self._part + 1 if year == self._year else 1
            self._year = year
            self._book = self._new_book()
        return self._book

    def _new_book(self) -> Workbook:
        part = f"_{self._part}" if self._part > 1 else ""
        return Workbook(
            self._folder / f"kiris_{self._year}{part}.xlsx",
            sheet=AUTHORITY_SHEET,
            titles=[AUTHORITY_TITLE, AUTHORITY_SUBTITLE.format(year=self._year)],
            header=AUTHORITY_HEADER,
            made_on=self._as_of,
        )

    def _rows(
        self,
        rng: np.random.Generator,
        batch: Batch,
        queue_numbers: Sequence[str],
        year: Sequence[int],
    ) -> list[Row]:
        n = len(batch)
        clean = np.array([kind == CLEAN for kind in batch.kinds], dtype=bool)
        no_iin = (clean & (rng.random(n) < _NO_IIN)).tolist()
        unsaid = clean & (batch.outcome == RETURNED) & (rng.random(n) < _NO_WORD_FOR_RETURNED)
        spelt = results(rng, batch, RESULTS["kk"])
        columns: list[Sequence[Cell]] = [
            [f"{y}/{k:05d}" for k, y in zip(self._numbers.next(year), year, strict=True)],
            names(rng, n, "kk"),
            ["" if none else iin for none, iin in zip(no_iin, iins(rng, n), strict=True)],
            categories(rng, batch, SPELLINGS["kk"]),
            picked(rng, self._officers, n),
            *self._dates(rng, batch),
            ["" if no else word for no, word in zip(unsaid.tolist(), spelt, strict=True)],
            [number if word else "" for number, word in zip(queue_numbers, spelt, strict=True)],
        ]
        return [list(row) for row in zip(*columns, strict=True)]

    def _dates(self, rng: np.random.Generator, batch: Batch) -> list[list[Cell]]:
        """A column a step: real dates, or text throughout a row whose clerk types it."""
        drawn = rng.random(len(batch))
        typed = (drawn < _TYPED).tolist()
        suffix = np.where(drawn < _SUFFIXED, SUFFIX, "").tolist()
        return [
            [
                (text + end if is_text else minute // DAY) if minute < NEVER else ""
                for text, end, is_text, minute in zip(
                    self._stamps.dates(step), suffix, typed, step.tolist(), strict=True
                )
            ]
            for step in batch.steps.T
        ]
