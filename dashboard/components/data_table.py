"""The numbers of a panel as a table: named, with headings of rows and columns, as they are read."""

from __future__ import annotations

from typing import Any

from dashboard import html
from dashboard.components.attributes import aria
from dashboard.i18n import Translator
from dashboard.sheet import Column, Sheet, mark, said


def data_table(t: Translator, sheet: Sheet) -> html.Div:
    """The first cell of a row is its heading, and leads to its cases where the sheet says so."""
    head = [
        html.Th(c.name, scope="col", className=_sort(c) if position else "")
        for position, c in enumerate(sheet.columns)
    ]
    last = len(sheet.rows) - 1
    rows = [
        html.Tr(
            _row(t, sheet, number, row),
            className="kz-total" if sheet.total and number == last else "",
        )
        for number, row in enumerate(sheet.rows)
    ]
    return html.Div(
        html.Table(
            [
                html.Caption(sheet.title, className="visually-hidden"),
                html.Thead(html.Tr(head)),
                html.Tbody(rows),
            ],
            className="kz-table",
        ),
        className="kz-scroll",
        tabIndex=0,
        role="region",
        **aria(label=sheet.title),
    )


def _row(t: Translator, sheet: Sheet, number: int, row: Any) -> list[Any]:
    link = sheet.links[number] if number < len(sheet.links) else ""
    first: Any = said(t, sheet.columns[0], row[0])
    marked: dict[str, Any] = (
        {"data-point": mark(row[0])} if link else {}
    )  # the chart's point follows this link
    heading = html.Th(html.Link(first, href=link) if link else first, scope="row", **marked)
    rest = zip(sheet.columns[1:], row[1:], strict=True)
    return [heading, *(html.Td(said(t, c, value), className=_sort(c)) for c, value in rest)]


def _sort(column: Column) -> str:
    return "" if column.kind in ("text", "day", "month", "moment") else "kz-number"
