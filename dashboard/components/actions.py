"""What a reader may do with a panel: see it as a table, take it along, have it explained."""

from __future__ import annotations

from typing import Any

from dashboard import html
from dashboard.components.attributes import aria
from dashboard.components.data_table import data_table
from dashboard.context import Context
from dashboard.panel_files import Ending, address
from dashboard.sheet import Sheet

_ENDINGS: tuple[Ending, ...] = ("csv", "xlsx")


def actions(
    here: Context, sheet: Sheet, *, chart: bool, folded: bool, meaning: Any = None
) -> html.Div:
    """One row below the panel's content, so that the title has the whole width.

    An open fold takes a row of its own.
    """
    parts: list[Any] = []
    if folded:
        shown = [html.Summary(here.t("Table")), data_table(here.t, sheet)]
        parts.append(html.Details(shown, className="kz-folded"))
    if meaning is not None:
        parts.append(meaning)
    parts.append(files(here, sheet, chart=chart))
    return html.Div(parts, className="kz-actions")


def files(here: Context, sheet: Sheet, *, chart: bool = False) -> html.Div:
    """The sheet as CSV and XLSX and, of a chart, the picture (assets/panel.js makes it)."""
    kept: list[Any] = [
        html.A(
            ending.upper(),
            href=address(here, sheet.key, ending),
            download="",
            **aria(label=f"{ending.upper()}: {sheet.title}"),
        )
        for ending in _ENDINGS
    ]
    if chart:
        name: dict[str, Any] = {"data-file": f"{sheet.key}-{here.filter.as_of}.png"}
        kept.append(
            html.Button(
                "PNG",
                type="button",
                className="kz-png",
                **aria(label=f"PNG: {sheet.title}"),
                **name,
            )
        )
    return html.Div(kept, className="kz-keep")


def alternative(sheet: Sheet, *findings: str) -> str:
    """A chart in words: what it shows, how it was counted, what stands out."""
    said = [text.strip().rstrip(".") for text in (sheet.title, sheet.subtitle, *findings)]
    return ". ".join(text for text in said if text) + "."
