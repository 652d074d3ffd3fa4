"""The grid of cases: AG Grid, filled by the server a block at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_ag_grid as dag

from dashboard import case_list, case_view, html
from dashboard.case_view import CaseView
from dashboard.components.attributes import aria
from dashboard.i18n import N_, Translator

GRID = "case-grid"

# AG Grid draws with the variables of /theme.css, so it follows the light and the dark theme.
_THEME = {
    "backgroundColor": "var(--kz-card)",
    "foregroundColor": "var(--kz-ink)",
    "headerTextColor": "var(--kz-quiet)",
    "headerBackgroundColor": "var(--kz-card)",
    "headerFontWeight": 600,
    "borderColor": "var(--kz-line)",
    "rowHoverColor": "var(--kz-band)",
    "accentColor": "var(--kz-link)",
    "browserColorScheme": "inherit",
    "fontFamily": "inherit",
    "fontSize": 14,
    "headerFontSize": 13,
    "wrapperBorderRadius": 8,
    "cellHorizontalPadding": 12,
}
_WIDTHS = {
    "case_id": 172,
    "lateness": 132,
    "expected": 132,
    "note": 250,
    "due_on": 116,
    "step": 250,
    "in_step": 112,
    "next": 320,
    "service_point": 150,
    "channel": 220,
    "category": 180,
    "executor": 160,
    "received_on": 116,
}
_LINES = (
    "case_id",
    "expected",
    "note",
    "step",
    "next",
    "channel",
    "category",
    "service_point",
    "executor",
)
_ROW_HEIGHT = 58  # two lines of text
_IS_LATE = "params.data ? params.data.late : false"  # a row on its way has no data
_TEXTS = {
    "loadingOoo": N_("Loading…"),
    "loadingError": N_("This could not be loaded"),
    "noRowsToShow": N_("No case"),
    "ariaSortableColumn": N_("Press Enter to sort"),
    "ariaLabelLoading": N_("Loading…"),
    "ariaLabelLoadingError": N_("This could not be loaded"),
}


def case_grid(t: Translator, view: CaseView, *, search: str, label: str, total: int) -> html.Div:
    """The grid of the ``total`` cases that the address ``search`` asks for, without its rows.

    ``search`` leaves out what only concerns how they are looked at (``case_view.OWN_KEYS``): that
    the grid begins with, and assets/cases.js brings it to what the address says later.

    The rows come through ``getRowsRequest``, whose ``context`` names ``search``: a request that is
    still on its way when the reader changes the filter asks for what it was made for.
    """
    grid = dag.AgGrid(
        id=GRID,
        rowModelType="infinite",
        columnDefs=[_column(t, view, field, name) for field, name in case_view.COLUMNS.items()],
        defaultColDef={
            "sortable": False,
            "resizable": True,
            "suppressHeaderMenuButton": True,
            "suppressMovable": True,
            "wrapHeaderText": True,
            "sortingOrder": ["desc", "asc"],
        },
        getRowId="params.data.case_id",
        dashGridOptions=_options(t, search),
        className="kz-cases",
        style={"height": None},
    )
    # A new key makes a new grid: rows of another filter never stay behind in its cache.
    first = t(
        "Of {total} cases the first stand here; the file (XLSX, CSV) of this page has them all.",
        total=t.number(total),
    )
    printed: dict[str, Any] = {"data-print": first, "data-total": str(total)}
    return html.Div(
        grid,
        key=f"{t.lang}{search}",
        style={"--kz-rows": str(total)},
        role="region",
        **aria(label=label),
        **printed,
    )


def _options(t: Translator, search: str) -> dict[str, Any]:
    return {
        "theme": {"function": f"themeQuartz.withParams({_script(_THEME)})"},
        "context": {"search": search},
        "localeText": {key: t(text) for key, text in _TEXTS.items()},
        "cacheBlockSize": case_list.BLOCK,
        "maxBlocksInCache": 20,
        "maxConcurrentDatasourceRequests": 1,  # the component keeps only the latest request
        "blockLoadDebounceMillis": 60,
        "infiniteInitialRowCount": 1,
        "rowHeight": _ROW_HEIGHT,
        "headerHeight": _ROW_HEIGHT,
        "ensureDomOrder": True,
        "enableBrowserTooltips": True,
        "enableCellTextSelection": True,
        "suppressCsvExport": True,  # it would see only the loaded rows
        "suppressColumnVirtualisation": True,
        "suppressMultiSort": True,
        # Arrows walk through the cells; Tab leaves: by Tab alone nobody would reach the list's end.
        "tabToNextCell": {"function": "false"},
    }


def _column(t: Translator, view: CaseView, field: str, name: str) -> dict[str, Any]:
    column: dict[str, Any] = {
        "field": field,
        "colId": field,
        "headerName": t(name),
        "initialWidth": _WIDTHS[field],
        "initialHide": field not in view.columns,
        "sortable": field in case_view.SORTABLE,
    }
    if field == "case_id":
        column |= {"pinned": "left", "lockPinned": True}
    if field == "lateness":
        column |= {"cellClassRules": {"kz-late": _IS_LATE}}
    if field == view.sort[0]:
        column |= {"initialSort": view.sort[1]}
    if field in _LINES:
        column |= {"tooltipField": field, "cellClass": "kz-lines"}
    return column


def _script(params: Mapping[str, object]) -> str:
    """An object of JavaScript with ``params``: strings and numbers."""
    return "{" + ", ".join(f"{key}: {value!r}" for key, value in params.items()) + "}"
