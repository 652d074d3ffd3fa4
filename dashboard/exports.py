"""Files of every case that a list shows: CSV and XLSX, made on the server.

Both take the address of the page they stand on, so they hold what the reader sees, and all of it,
in every column, whichever the reader chose to see. All is as it stood at one moment: a load that
ends meanwhile neither takes a row away nor doubles one.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import flask
import pandas as pd
import xlsxwriter

from dashboard import case_list, case_view, context, noted, queries, spreadsheet
from dashboard.case_view import COLUMNS
from dashboard.components.sources import local
from dashboard.context import Context
from dashboard.i18n import N_, NOTHING, is_missing

CSV_PATH = "/export/overdue.csv"
XLSX_PATH = "/export/overdue.xlsx"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

HEADINGS: Mapping[str, str] = {
    **COLUMNS,
    "lateness": N_("Days late"),
    "in_step": N_("Days in it"),
    "written_by": N_("Written by"),
    "written_at": N_("Written at"),
}
_NUMBERS = {"lateness": "days_late", "in_step": "days_in_step"}  # field -> column of the frame
_DAYS = ("due_on", "received_on")
_WRITTEN = {"expected": "expected_on", "note": "note", "written_by": "written_by"}
_WIDTHS = {"note": 48, "step": 40, "next": 60, "category": 28, "channel": 28, "service_point": 24}
_ROWS_AT_ONCE = 1_000


def register(server: flask.Flask) -> None:
    """The two addresses."""
    server.add_url_rule(CSV_PATH, "overdue_csv", _csv)
    server.add_url_rule(XLSX_PATH, "overdue_xlsx", _xlsx)


def csv_lines(here: Context) -> Iterator[str]:
    """The file a piece at a time."""
    return spreadsheet.csv_lines([here.t(name) for name in HEADINGS.values()], _blocks(here))


def write_xlsx(here: Context, target: io.BufferedIOBase) -> None:
    """A workbook of one sheet: typed cells, the heading frozen and filterable."""
    options = {"constant_memory": True, "default_date_format": "dd.mm.yyyy"}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(here.t("Overdue")[:31])
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for column, (field, name) in enumerate(HEADINGS.items()):
            sheet.set_column(column, column, _WIDTHS.get(field, 16))
            sheet.write_string(0, column, here.t(name), bold)
        moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        last = 0
        for rows in _blocks(here):
            for row in rows:
                last += 1
                _write_row(sheet, last, row, moment)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, last, len(HEADINGS) - 1)


def _csv() -> flask.Response:
    here = _context(CSV_PATH)
    lines = (line.encode() for line in csv_lines(here))
    return _file(flask.Response(lines, mimetype="text/csv"), here, "csv")


def _xlsx() -> flask.Response:
    here = _context(XLSX_PATH)
    with tempfile.SpooledTemporaryFile(max_size=8 << 20) as held:
        write_xlsx(here, held)  # type: ignore[arg-type]  # the same methods
        held.seek(0)
        body = held.read()
    return _file(flask.Response(body, mimetype=XLSX_TYPE), here, "xlsx")


def _context(path: str) -> Context:
    """The request, noted in the audit before any row of it leaves."""
    here = context.current(
        flask.request.path, flask.request.query_string.decode("utf-8", "replace")
    )
    if here is None:
        flask.abort(404)
    noted.file_taken(here, path, case_list.remark_counts(here)[case_list.remark_state(here)])
    return here


def _file(response: flask.Response, here: Context, ending: str) -> flask.Response:
    name = f"overdue-{here.filter.as_of}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _blocks(here: Context) -> Iterator[list[list[Any]]]:
    """The rows in the reader's order, as values: str, int, date, datetime (local) or None."""
    found = queries.overdue_blocks(
        here.engine,
        here.filter,
        scope=here.scope,
        regulation=here.regulation,
        at_risk_days=here.settings.at_risk_days,
        only=case_view.shown(here.query),
        remark=case_list.remark_state(here),
        sort=case_list.order(here),
        size=_ROWS_AT_ONCE,
    )
    return (_values(here, rows) for rows in found)


def _values(here: Context, rows: pd.DataFrame) -> list[list[Any]]:
    shown = case_list.records(here, rows)
    scope = here.scope
    return [
        [_value(here, field, words, row, case_list.remarked(row, scope)) for field in HEADINGS]
        for words, row in zip(shown, rows.to_dict("records"), strict=True)
    ]


def _value(
    here: Context,
    field: str,
    words: Mapping[str, Any],
    row: Mapping[Any, Any],
    written: Mapping[str, Any],
) -> Any:
    if field in _NUMBERS:
        number = row[_NUMBERS[field]]
        return None if is_missing(number) else int(number)
    if field in _DAYS:
        return None if is_missing(row[field]) else row[field].date()
    if field == "written_at":
        at = written[field]
        return None if at is None else local(here, at).replace(tzinfo=None)
    if field in _WRITTEN:
        said = written[_WRITTEN[field]]
        return said.date() if isinstance(said, datetime) else said
    return None if words[field] == NOTHING else words[field]


def _write_row(sheet: Any, number: int, row: list[Any], moment: Any) -> None:
    for column, value in enumerate(row):
        if isinstance(value, str):
            sheet.write_string(number, column, value)  # never read as a formula
        elif isinstance(value, datetime):
            sheet.write_datetime(number, column, value, moment)
        elif isinstance(value, date):
            sheet.write_datetime(number, column, value)
        elif value is not None:
            sheet.write_number(number, column, value)
