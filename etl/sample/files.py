"""Files that are the same bytes for the same content, on any day and machine."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

import xlsxwriter

from etl.sample.wide import Cell

MAX_ROWS: Final = 1_000_000  # below the 1,048,576 of a sheet
EXCEL_1970: Final = 25_569  # 1970-01-01 as Excel counts days
_SQLITE_WRITER: Final = 96  # offset of the number of the SQLite that wrote the file
_SQLITE_AS_IF: Final = 3_040_000


class Workbook:
    """One sheet written row by row: a title, a header, rows. Holds one row in memory."""

    def __init__(
        self,
        path: Path,
        *,
        sheet: str,
        titles: Sequence[str],
        header: Sequence[str],
        made_on: date,
    ) -> None:
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True})
        self._book.set_properties({"created": datetime.combine(made_on, time())})
        self._sheet = self._book.add_worksheet(sheet)
        self._date = self._book.add_format({"num_format": "dd.mm.yyyy"})
        self._row = 0
        for title in titles:
            self.write([title])
        self.write(header, self._book.add_format({"bold": True}))

    @property
    def rows(self) -> int:
        """Rows so far, with title and header."""
        return self._row

    def write(self, cells: Iterable[Cell], style: object = None) -> None:
        """One row; a whole number is a date, counted in days from 1970."""
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                if cell:
                    self._sheet.write_string(self._row, column, cell, style)
            else:
                self._sheet.write_number(self._row, column, cell + EXCEL_1970, self._date)
        self._row += 1

    def write_form(self, texts: Sequence[str], day: Cell, answers: Sequence[str]) -> None:
        """One filled-in form: texts, a date, and answers that are numbers where they can be."""
        self.write([*texts, day])
        for column, answer in enumerate(answers, start=len(texts) + 1):
            if answer.isdigit():
                self._sheet.write_number(self._row - 1, column, int(answer))
            elif answer:
                self._sheet.write_string(self._row - 1, column, answer)

    def close(self) -> None:
        self._book.close()


@contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """A new SQLite file, committed once at the end; nothing in it tells who wrote it when."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("page_size=4096", "journal_mode=OFF", "synchronous=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()
    with path.open("r+b") as file:
        file.seek(_SQLITE_WRITER)
        file.write(struct.pack(">I", _SQLITE_AS_IF))
