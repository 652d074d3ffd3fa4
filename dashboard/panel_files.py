"""The numbers of a panel as a file, from the very rows that its table shows.

``/export/chart/<page>/<key>.<csv|xlsx>`` with the query of the page it stands on.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import quote

import flask
import xlsxwriter

from dashboard import context, noted, queries, spreadsheet
from dashboard.context import Context
from dashboard.filters import DIMENSIONS
from dashboard.i18n import Translator
from dashboard.pages import Page
from dashboard.sheet import Column, Sheet, file_columns, file_rows

Ending = Literal["csv", "xlsx"]
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMATS = {"share": "0%", "day": "dd.mm.yyyy", "month": "mm.yyyy", "moment": "dd.mm.yyyy hh:mm"}
_LEAST_WIDTH, _MOST_WIDTH = 12, 60


def address(here: Context, key: str, ending: Ending) -> str:
    """Where the file of a panel of the present page lies, under all that its address asks.

    But for dimensions that the panel does not look at: under another of them it is the same panel.
    """
    file = f"/export/chart/{page_name(here.path)}/{quote(key, safe='')}.{ending}"
    idle = {k for k, field in DIMENSIONS.items() if not getattr(here.filter, field)}
    return file + context.to_search({k: v for k, v in here.query.items() if k not in idle})


def page_name(path: str) -> str:
    """The name of a page in the address of its files."""
    return path.strip("/") or "overview"


def register(server: flask.Flask, pages: Sequence[Page]) -> None:
    """The address of every panel's files."""
    paths = {page_name(page.PATH): page for page in pages}

    def answer(page: str, key: str, ending: Ending) -> flask.Response:
        found = paths.get(page)
        if found is None:
            flask.abort(404)
        query = flask.request.query_string.decode("utf-8", "replace")
        here = context.current(found.PATH, query)
        if here is None:
            flask.abort(404)
        return chart_file(here, found, key, ending)

    rule = "/export/chart/<page>/<path:key>.<any(csv, xlsx):ending>"
    server.add_url_rule(rule, "chart_file", answer)


def chart_file(here: Context, page: Page, key: str, ending: Ending) -> flask.Response:
    """The one door: the file of a panel of ``page`` for a request. 404 for an unknown panel."""
    make = page.sheets(here).get(key)
    if make is None:
        flask.abort(404)
    with queries.reading():
        sheet = make()
    noted.file_taken(here, f"{page_name(page.PATH)}/{key}.{ending}", len(sheet.rows))
    if ending == "csv":
        response = flask.Response("".join(csv_lines(here.t, sheet)), mimetype="text/csv")
    else:
        response = flask.Response(xlsx(here.t, sheet), mimetype=XLSX_TYPE)
    safe = re.sub(r"[^A-Za-z0-9_-]+", "_", f"{page_name(page.PATH)}-{key}-{here.filter.as_of}")
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}.{ending}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def csv_lines(t: Translator, sheet: Sheet) -> list[str]:
    """A heading and the rows; decimals with the reader's sign, as a spreadsheet expects them."""
    names = [column.name for column in file_columns(t, sheet)]
    decimal = "." if t.lang == "en" else ","
    return list(spreadsheet.csv_lines(names, [file_rows(sheet)], decimal=decimal))


def xlsx(t: Translator, sheet: Sheet) -> bytes:
    """A workbook of one sheet: typed cells, the heading frozen and filterable."""
    body, columns = io.BytesIO(), file_columns(t, sheet)
    with xlsxwriter.Workbook(body, {"in_memory": True}) as book:
        book.set_properties({"title": sheet.title, "comments": sheet.subtitle})
        page = book.add_worksheet(t("Table")[:31])
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats = [book.add_format({"num_format": _number_format(c)}) for c in columns]
        for position, column in enumerate(columns):
            page.write_string(0, position, column.name, bold)
        last = 0
        for last, row in enumerate(file_rows(sheet), start=1):
            for position, value in enumerate(row):
                _write(page, last, position, value, formats[position])
        for position, column in enumerate(columns):
            page.set_column(position, position, _width(sheet, column, position))
        page.freeze_panes(1, 1)
        page.autofilter(0, 0, last, len(columns) - 1)
    return body.getvalue()


def _number_format(column: Column) -> str:
    decimals = "." + "0" * column.digits if column.digits else ""
    if column.kind == "share":
        return f"0{decimals}%"
    return _FORMATS.get(column.kind, f"#,##0{decimals}")


def _width(sheet: Sheet, column: Column, position: int) -> int:
    if position or column.kind != "text":
        return _LEAST_WIDTH + 4
    longest = max((len(str(row[0])) for row in sheet.rows), default=0)
    return min(max(longest + 2, _LEAST_WIDTH), _MOST_WIDTH)


def _write(page: Any, row: int, column: int, value: Any, format_: Any) -> None:
    if isinstance(value, str):
        page.write_string(row, column, value)  # never read as a formula
    elif isinstance(value, date | datetime):
        page.write_datetime(row, column, value, format_)
    elif value is not None:
        page.write_number(row, column, value, format_)
