"""Overdue: the cases that are late or soon due, and what should happen to each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dash import Dash, Input, Output, dcc, html

from dashboard import case_list, context, exports, noted
from dashboard.access import Permission
from dashboard.case_list import SHOWN, Only
from dashboard.components import notices, stuck
from dashboard.components.attributes import aria
from dashboard.components.case_grid import GRID, case_grid
from dashboard.components.meaning import meaning
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.sheet import Sheet

PATH = "/overdue"
TITLE = N_("Overdue")
NEEDS = Permission.FIGURES  # of its counts; the list asks for CASES
CONTROLS = ("as_of", "clock", "channel", "category", "service_point")
_COUNTS = ("overdue", "days_late", "at_risk")


def layout(here: Context, /, **_: str) -> list[Any]:
    """The state in one sentence, which cases to list, and the list."""
    counts = here.compute(*_COUNTS)
    return [
        html.P(sentence(here, counts), className="kz-lead"),
        meaning(here, *_COUNTS),
        *([stuck.panel(here)] if counts["overdue"] else []),
        *(_cases(here, counts) if here.may(Permission.CASES) else []),
    ]


def sheets(_here: Context) -> dict[str, Callable[[], Sheet]]:
    """None: the list has files of its own."""
    return {}


def register(app: Dash) -> None:
    """The callback that fills the grid, and the files."""
    exports.register(app.server)

    @app.callback(
        Output(GRID, "getRowsResponse"), Input(GRID, "getRowsRequest"), prevent_initial_call=True
    )
    def _rows(request: object) -> dict[str, Any]:
        return answer(request)


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


def _cases(here: Context, counts: dict[str, Any]) -> list[Any]:
    """The list of the reader's own cases, and what it leaves out of the city's."""
    own = case_list.counts(here)
    return [
        *([] if here.scope.every else [html.P(_own(here, counts, own), className="kz-own")]),
        html.Div([_choice(here, own), _files(here)], className="kz-tools"),
        _list(here, own[case_list.shown(here.query)]),
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


def _choice(here: Context, own: Mapping[Only, int]) -> html.Nav:
    t = here.t
    names = {
        "overdue": t("Overdue"),
        "soon": t("Due within {span}", span=t.days(here.settings.at_risk_days)),
        "both": t("Both"),
    }
    chosen = case_list.shown(here.query)
    links = []
    for show, name in names.items():
        words: list[Any] = [name, " ", html.Span(t.number(own[SHOWN[show]]))]
        here_now = SHOWN[show] == chosen
        if here_now:
            words.append(html.Span(f" ({t('chosen')})", className="visually-hidden"))
        link = dcc.Link(words, href=here.href(show=None if show == "overdue" else show))
        links.append(html.Li(link, className="kz-here" if here_now else ""))
    return html.Nav(html.Ul(links), className="kz-segments", **aria(label=t("Which cases")))


def _files(here: Context) -> html.P:
    t = here.t
    links = [
        html.A(name, href=here.href(path, show=here.query.get("show")), download="")
        for name, path in (("XLSX", exports.XLSX_PATH), ("CSV", exports.CSV_PATH))
    ]
    return html.P([t("All rows as a file:"), " ", links[0], " ", links[1]], className="kz-files")


def _list(here: Context, total: int) -> Any:
    t = here.t
    if not total:
        return html.Div(
            [
                notices.nothing_here(t("No case answers to this choice.")),
                html.P(dcc.Link(t("Take the filter away"), href=PATH)),
            ],
            className="kz-empty",
        )
    search = context.to_search(dict(here.query))
    return case_grid(t, search=search, label=t("List of cases"))
