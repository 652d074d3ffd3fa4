"""Overdue: the cases that are late or soon due, what should happen to each, what heads say."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from dashboard import case_list, case_view, context, exports, html, ids, noted, remark_entry
from dashboard.access import Permission
from dashboard.audit import UnnotedError
from dashboard.components import case_panel, case_tools, notices, stuck
from dashboard.components.case_grid import GRID, case_grid
from dashboard.components.case_panel import error_id, withdraw_id
from dashboard.components.meaning import meaning
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.queries.late import Only
from dashboard.remark_entry import FIELDS, Refused
from dashboard.sheet import Sheet
from etl.errors import KezekError

log = logging.getLogger(__name__)

PATH = "/overdue"
TITLE = N_("Overdue")
NEEDS = Permission.FIGURES  # of its counts; the list asks for CASES
CONTROLS = ("as_of", "clock", "channel", "category", "service_point")
FOLLOWS = case_view.OWN_KEYS
_COUNTS = ("overdue", "days_late", "at_risk")
_VIEW = "case-view"  # {"columns": every one, "sortable": those that sort}, for assets/cases.js
_IN_THE_BROWSER = {  # function of assets/cases.js -> when it is called
    "begin": Input(_VIEW, "data"),
    "choose": Input(case_tools.COLUMNS_BOX, "value"),
    "sorted": Input(GRID, "getRowsRequest"),
    "follow": Input(ids.LOCATION, "search"),
    "opened": Input(case_panel.OPENED, "data"),
    "saved": Input(case_panel.SAVED, "data"),
}


def layout(here: Context, /, **_: str) -> list[Any]:
    """The state in one sentence, which cases to list, the list, and the case that is opened."""
    counts = here.compute(*_COUNTS)
    view = case_view.parse(here.query)
    return [
        notices.ignored(here.t, view.problems),
        html.P(sentence(here, counts), className="kz-lead"),
        meaning(here, *_COUNTS),
        *([stuck.panel(here)] if counts["overdue"] else []),
        *(_cases(here, view, counts) if here.may(Permission.CASES) else []),
    ]


def _done_id(does: str) -> dict[str, str]:
    """Where Dash is told that the browser did something: a callback has an output."""
    return {"type": "case-done", "does": does}


def sheets(here: Context) -> dict[str, Callable[[], Sheet]]:
    """Where the overdue cases stand; the list has files of its own."""
    return {stuck.KEY: partial(stuck.sheet, here)}


def register(app: Dash) -> None:
    """The callbacks that fill the grid, open a case, keep what is written to it; and the files."""
    exports.register(app.server)
    _register_list(app)
    _register_case(app)


def _register_list(app: Dash) -> None:
    """The rows; and the grid, the ticked columns and the address, each brought to the others."""

    @app.callback(
        Output(GRID, "getRowsResponse"), Input(GRID, "getRowsRequest"), prevent_initial_call=True
    )
    def _rows(request: object) -> dict[str, Any]:
        return answer(request)

    for does, asked in _IN_THE_BROWSER.items():
        app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash gives no types
            ClientsideFunction("cases", does), Output(_done_id(does), "data"), asked
        )


def _register_case(app: Dash) -> None:
    """What follows from ``case=`` in the address, and what is written to that case."""

    @app.callback(
        Output(case_panel.PANEL, "children"),
        Output(case_tools.CHOICES, "children"),
        Input(ids.LOCATION, "search"),
        State(ids.LOCATION, "pathname"),
        State(case_panel.OPENED, "data", allow_optional=True),
        prevent_initial_call=True,
    )
    def _open(search: Any, path: Any, stands: Any) -> tuple[Any, Any]:
        here = _here(path, search)
        return opened(here, stands), _choices(here)

    @app.callback(
        Output(case_panel.STATE, "data"),
        Output(case_panel.SAVED, "data"),
        Output(case_panel.RESULT, "children"),
        Output(error_id(ALL), "children"),
        Output(case_panel.EXPECTED_BOX, "value"),
        Output(case_panel.NOTE_BOX, "value"),
        Output(case_panel.REMARKS, "children"),
        Output(case_tools.CHOICES, "children", allow_duplicate=True),
        Input(case_panel.SAVE, "n_clicks"),
        State(case_panel.STATE, "data"),
        State(case_panel.EXPECTED_BOX, "value"),
        State(case_panel.NOTE_BOX, "value"),
        State(ids.LOCATION, "search"),
        prevent_initial_call=True,
    )
    def _save(clicks: Any, state: Any, expected: Any, note: Any, search: Any) -> tuple[Any, ...]:
        if not clicks:
            raise PreventUpdate
        held = state if isinstance(state, dict) else {}
        return save(_here(PATH, search), held, expected, note)

    @app.callback(
        Output(case_panel.SAVED, "data", allow_duplicate=True),
        Output(case_panel.RESULT, "children", allow_duplicate=True),
        Output(case_panel.REMARKS, "children", allow_duplicate=True),
        Output(case_tools.CHOICES, "children", allow_duplicate=True),
        Input(withdraw_id(ALL), "n_clicks"),
        State(case_panel.STATE, "data"),
        State(ids.LOCATION, "search"),
        prevent_initial_call=True,
    )
    def _withdraw(clicks: Any, state: Any, search: Any) -> tuple[Any, ...]:
        button = ctx.triggered_id
        if not any(clicks) or not isinstance(button, dict):
            raise PreventUpdate
        held = state if isinstance(state, dict) else {}
        return withdraw(_here(PATH, search), held, button.get("remark"))


def opened(here: Context, stands: Any) -> Any:
    """The panel of the case that the address names; the one of the case ``stands`` stays as it is,
    with what is being written in it."""
    view = case_view.parse(here.query)
    if view.case and stands == view.case:
        return no_update
    return case_panel.case_panel(here, view)


def save(here: Context, held: dict[str, Any], expected: Any, note: Any) -> tuple[Any, ...]:
    """What the panel shows after Save: state, what was saved, message, errors, the emptied fields,
    the remarks, and the choices with their numbers."""
    stays = (no_update, no_update)
    try:
        refused = remark_entry.save(
            here,
            token=held.get("token"),
            case_id=held.get("case"),
            expected=expected,
            note=note,
            now=datetime.now(UTC),
        )
    except KezekError as error:
        log.exception("a remark was not saved")
        said = case_panel.notice(here.t(_why_not(error)))
        return *stays, said, [no_update] * len(FIELDS), *stays, *stays
    if refused is not None:
        errors = [refused.errors.get(field, "") for field in FIELDS]
        return *stays, _refusal(here, refused), errors, *stays, *stays
    state = {"case": held["case"], "token": remark_entry.new_token()}
    said = html.P(here.t("Saved."))
    return state, _now(held), said, [""] * len(FIELDS), "", "", *_after(here, held)


def withdraw(here: Context, held: dict[str, Any], remark_id: Any) -> tuple[Any, ...]:
    """What the panel shows after a remark was taken back."""
    try:
        refused = remark_entry.withdraw(
            here, case_id=held.get("case"), remark_id=remark_id, now=datetime.now(UTC)
        )
    except KezekError as error:
        log.exception("a remark was not taken back")
        return no_update, case_panel.notice(here.t(_why_not(error))), no_update, no_update
    if refused is not None:
        return no_update, _refusal(here, refused), no_update, no_update
    return _now(held), html.P(here.t("Taken back.")), *_after(here, held)


_NOT_SAVED = N_(
    "This was not saved, because the warehouse does not answer. Try again: nothing is saved twice."
)


def _why_not(error: KezekError) -> str:
    return noted.UNNOTED if isinstance(error, UnnotedError) else _NOT_SAVED


def _now(held: dict[str, Any]) -> dict[str, Any]:
    """What tells the browser that the rows of the list changed."""
    return {"case": held["case"], "at": datetime.now(UTC).isoformat()}


def _after(here: Context, held: dict[str, Any]) -> tuple[Any, Any]:
    """The remarks of the case and the choices with their numbers, as they stand now."""
    view = case_view.parse({**here.query, "case": held["case"]})
    found = case_panel.find(here, view)
    return case_panel.remarks(here, found) if found else no_update, _choices(here)


def _refusal(here: Context, refused: Refused) -> html.P:
    if refused.errors:
        return case_panel.notice(here.t("Not saved: see the notes beside the fields."))
    return case_panel.notice(here.t("You may not write to this case."))


def _choices(here: Context) -> list[Any]:
    return case_tools.choices(here, case_list.counts(here), case_list.remark_counts(here))


def _here(path: Any, search: Any) -> Context:
    """The request of this page, whatever the browser sent."""
    here = context.current(PATH, search if isinstance(search, str) else "")
    if here is None or str(path).rstrip("/") != PATH:
        raise PreventUpdate
    return here


def answer(request: object) -> dict[str, Any]:
    """One block of rows for a grid's request, whatever is in it."""
    here = context.current(PATH, case_list.search(request))
    if here is None:
        return {"rowData": [], "rowCount": 0}
    page = case_list.page(here, case_list.window(request))
    noted.cases_seen(here, "overdue", list(page.rows["case_id"]))
    return {"rowData": case_list.records(here, page.rows), "rowCount": page.total}


def sentence(here: Context, counts: dict[str, Any]) -> str:
    """How many are late, by how much, and how many will be soon."""
    t = here.t
    late, soon = counts["overdue"], counts["at_risk"]
    day = t.date(here.filter.as_of)
    if late:
        said = [
            t.plural(
                "On {date} {n} case is past its due date.",
                "On {date} {n} cases are past their due date.",
                late,
                date=day,
            )
        ]
    else:
        said = [t("On {date} no case is past its due date.", date=day)]
    days = counts["days_late"]
    if late > 1 and days["median"] is not None:
        said.append(
            t(
                "Half of them are late by at least {median}, the latest by {max}.",
                median=t.days(days["median"]),
                max=t.days(days["max"]),
            )
        )
    if soon:
        said.append(
            t.plural(
                "{n} more case falls due within {span}.",
                "{n} more cases fall due within {span}.",
                soon,
                span=t.days(here.settings.at_risk_days),
            )
        )
    return " ".join(said)


def _cases(here: Context, view: case_view.CaseView, counts: dict[str, Any]) -> list[Any]:
    """The list of the reader's own cases, what it leaves out of the city's, the case opened."""
    own = case_list.counts(here)
    by_remark = case_list.remark_counts(here)
    return [
        *([] if here.scope.every else [html.P(_own(here, counts, own), className="kz-own")]),
        html.Div(
            case_tools.choices(here, own, by_remark),
            id=case_tools.CHOICES,
            className="kz-tools",
        ),
        case_tools.view_tools(here, view),
        html.Div(
            [
                _list(here, view, by_remark[case_list.remark_state(here)]),
                html.Aside(case_panel.case_panel(here, view), id=case_panel.PANEL),
            ],
            className="kz-work",
        ),
        *(html.Store(id=_done_id(does)) for does in _IN_THE_BROWSER),
        html.Store(
            id=_VIEW,
            data={"columns": list(case_view.COLUMNS), "sortable": list(case_view.SORTABLE)},
        ),
    ]


def _own(here: Context, counts: dict[str, Any], own: Mapping[Only, int]) -> str:
    """How many of the city's cases the list can show to this reader."""
    t = here.t
    return t(
        "Of these, yours are {late} of {all_late} overdue and {soon} of {all_soon} due soon; the "
        "list and its files hold yours alone.",
        late=t.number(own["overdue"]),
        all_late=t.number(counts["overdue"]),
        soon=t.number(own["at_risk"]),
        all_soon=t.number(counts["at_risk"]),
    )


def _list(here: Context, view: case_view.CaseView, total: int) -> Any:
    t = here.t
    if not total:
        return html.Div(
            [
                notices.nothing_here(t("No case answers to this choice.")),
                html.P(html.Link(t("Take the filter away"), href=PATH)),
            ],
            className="kz-empty",
        )
    rows = {k: v for k, v in here.query.items() if k not in FOLLOWS}
    grid = case_grid(t, view, search=context.to_search(rows), label=t("List of cases"), total=total)
    if not here.may(Permission.CASES):
        return grid
    hint = t("A click or Enter on a row opens the case.")
    return html.Div([html.P(hint, className="kz-hint"), grid], className="kz-list")
