"""XLSX through calamine: numbers as they read, dates as dates."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import python_calamine as calamine

from etl.errors import KezekError
from etl.extract import cells
from etl.extract.files import RawFile
from etl.extract.model import Extract
from etl.extract.workbook_parts import require_sound
from etl.sources.model import SourceSpec


def read(spec: SourceSpec, file: RawFile) -> Extract:
    """The records of one workbook's sheet; ``row`` is the spreadsheet's own number.

    Raises KezekError for what is no workbook, is cut short or locked by a password, and for a
    sheet, header or column that is not there.
    """
    require_sound(spec, file)
    rows = _sheet(spec, file)
    first, below_header = spec.header_row - 1, spec.header_row - 1 + spec.header_rows
    if len(rows) < below_header:
        raise KezekError(
            f"{file.name} has no header in row {spec.header_row}; "
            f"correct header_row in [sources.{spec.name}]."
        )
    header = cells.headings(
        [[cells.as_text(cell) or "" for cell in row] for row in rows[first:below_header]]
    )
    wanted = cells.positions(header, spec.source_columns, place=file.name, source=spec.name)
    below = rows[below_header:]
    kept = np.fromiter(map(_holds_anything, below), dtype=bool, count=len(below))
    given = below if kept.all() else [row for row, keep in zip(below, kept, strict=True) if keep]
    by_column = list(zip(*given, strict=True)) or [()] * len(header)
    columns = {
        name: cells.column(by_column[i])
        for name, i in zip(spec.source_columns, wanted, strict=True)
    }
    place = cells.placed(file.name, np.flatnonzero(kept) + below_header + 1)
    return cells.assembled(columns, place, file.info(len(place)))


def _holds_anything(row: Sequence[object]) -> bool:
    return any(cell.strip() if isinstance(cell, str) else cell is not None for cell in row)


def _sheet(spec: SourceSpec, file: RawFile) -> Sequence[Sequence[object]]:
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.data))
        names = book.sheet_names
        wanted = spec.sheet if spec.sheet is not None else names[0]
        if wanted not in names:
            raise KezekError(
                f"{file.name} has no sheet {wanted!r}; its sheets are "
                f"{', '.join(map(repr, names))}: correct sheet in [sources.{spec.name}]."
            )
        return book.get_sheet_by_name(wanted).to_python(skip_empty_area=False)
    except (calamine.CalamineError, OSError, IndexError) as error:
        raise KezekError(
            f"{file.name} is no whole workbook ({error}); fetch it again, none of it was used."
        ) from None
