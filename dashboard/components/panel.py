"""A finding with what shows it: title, how it was counted, the chart, the numbers as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dash import html

from dashboard.components.attributes import aria
from dashboard.i18n import Translator


def panel(
    title: str,
    subtitle: str,
    *content: Any,
    table: Any = None,
    meaning: Any = None,
    t: Translator | None = None,
    wide: bool = False,
) -> html.Section:
    """One finding. ``table``: the same numbers, folded away under the chart.

    ``meaning``: what they mean, folded away below that.
    """
    folded: list[Any] = []
    if table is not None and t is not None:
        folded = [html.Details([html.Summary(t("Table")), table], className="kz-folded")]
    if meaning is not None:
        folded.append(meaning)
    return html.Section(
        [
            html.H2(title),
            html.P(subtitle, className="kz-subtitle"),
            *content,
            *folded,
        ],
        className="kz-panel kz-wide" if wide else "kz-panel",
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
