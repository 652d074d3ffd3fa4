"""A finding with what shows it: title, how it was counted, the chart, the numbers as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dashboard import html
from dashboard.components.actions import actions
from dashboard.components.attributes import aria
from dashboard.components.data_table import data_table
from dashboard.context import Context
from dashboard.sheet import Sheet


def panel(
    title: str,
    subtitle: str,
    *content: Any,
    actions: Any = None,
    meaning: Any = None,
    wide: bool = False,
) -> html.Section:
    """One finding. ``actions``: what ``of_sheet`` or ``components.actions`` puts below it.

    ``meaning``: what the figures mean, folded away, where there are no other actions.
    """
    below = [part for part in (actions, meaning) if part is not None]
    return html.Section(
        [
            html.H2(title),
            html.P(subtitle, className="kz-subtitle"),
            *content,
            *below,
        ],
        className="kz-panel kz-wide" if wide else "kz-panel",
    )


def of_sheet(
    here: Context,
    sheet: Sheet,
    *content: Any,
    chart: bool = False,
    folded: bool = True,
    meaning: Any = None,
    wide: bool = False,
) -> html.Section:
    """The finding that a sheet's title says, with its numbers as a table and as files.

    ``chart``: the content has a chart, Plotly's or of bars, which may be kept as a picture.
    ``folded``: the table is folded away below the content; else it is the end of the content.
    """
    shown = [] if folded else [data_table(here.t, sheet)]
    return panel(
        sheet.title,
        sheet.subtitle,
        *content,
        *shown,
        actions=actions(here, sheet, chart=chart, folded=folded, meaning=meaning),
        wide=wide,
    )


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]], *, text_columns: int = 1
) -> html.Div:
    """A table of words in the first ``text_columns`` and numbers after them, as they are read.

    The first cell of a row is its heading.
    """

    def sort(column: int) -> str:
        return "" if column < text_columns else "kz-number"

    return html.Div(
        html.Table(
            [
                html.Caption(caption, className="visually-hidden"),
                html.Thead(
                    html.Tr(
                        [html.Th(h, scope="col", className=sort(i)) for i, h in enumerate(head)]
                    )
                ),
                html.Tbody(
                    [
                        html.Tr(
                            [
                                html.Th(cell, scope="row")
                                if i == 0
                                else html.Td(cell, className=sort(i))
                                for i, cell in enumerate(row)
                            ]
                        )
                        for row in rows
                    ]
                ),
            ],
            className="kz-table",
        ),
        className="kz-scroll",
        tabIndex=0,
        role="region",
        **aria(label=caption),
    )


def panels(*content: Any, quarters: bool = False) -> html.Div:
    """Panels in rows of two where there is room; ``quarters``: of as many as fit."""
    return html.Div(list(content), className="kz-panels kz-quarters" if quarters else "kz-panels")


def columns(left: Sequence[Any], right: Sequence[Any]) -> html.Div:
    """Two columns of panels, each as tall as it needs; on a narrow screen below one another."""
    return html.Div([html.Div(list(left)), html.Div(list(right))], className="kz-columns")
