"""What stands above the list of cases: which of them, which columns, a link to the view, files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard import case_view, exports, html
from dashboard.access import Permission
from dashboard.case_view import COLUMNS, REMARKS, SHOWN, CaseView
from dashboard.components.attributes import aria
from dashboard.context import Context
from dashboard.queries.late import Only

CHOICES = "case-choices"
COLUMNS_BOX = "case-columns"
COLUMNS_RESET = "case-columns-reset"


def choices(here: Context, counts: Mapping[Only, int], by_remark: Mapping[Any, int]) -> list[Any]:
    """Which cases, which of them by what was written, and the files of just these."""
    return [
        _which(here, counts),
        *([_by_remark(here, by_remark)] if here.may(Permission.CASES) else []),
        _files(here),
    ]


def view_tools(here: Context, view: CaseView) -> html.Div:
    """The choice of columns and the link that opens the same view."""
    return html.Div([_columns(here, view), *_copy(here)], className="kz-view-tools")


def _which(here: Context, counts: Mapping[Only, int]) -> html.Nav:
    t = here.t
    late, soon = int(counts["overdue"]), int(counts["at_risk"])
    named = {
        "overdue": (t("Overdue"), late),
        "soon": (t("Due within {span}", span=t.days(here.settings.at_risk_days)), soon),
        "both": (t("Both"), late + soon),
    }
    chosen = case_view.shown(here.query)
    links = [
        _link(here, *named[show], here_now=only == chosen, show=None if show == "overdue" else show)
        for show, only in SHOWN.items()
    ]
    return _segments(t("Which cases"), links)


def _by_remark(here: Context, found: Mapping[Any, int]) -> html.Nav:
    t = here.t
    chosen = case_view.remark(here.query)
    named = {"none": t("without an expected date"), "passed": t("expected date passed")}
    links = [_link(here, t("all"), found[None], here_now=chosen is None, remark=None)]
    links += [
        _link(here, named[key], found[state], here_now=state == chosen, remark=key)
        for key, state in REMARKS.items()
    ]
    return _segments(t("Which of them"), links, quiet=True)


def _link(
    here: Context, name: str, number: int, *, here_now: bool, **changes: str | None
) -> html.Li:
    words: list[Any] = [name, " ", html.Span(here.t.number(number))]
    if here_now:
        words.append(html.Span(f" ({here.t('chosen')})", className="visually-hidden"))
    link = html.Link(words, href=here.href(**changes))
    return html.Li(link, className="kz-here" if here_now else "")


def _segments(label: str, links: list[html.Li], *, quiet: bool = False) -> html.Nav:
    name = "kz-segments kz-segments-quiet" if quiet else "kz-segments"
    return html.Nav(html.Ul(links), className=name, **aria(label=label))


def _files(here: Context) -> html.P:
    t = here.t
    own = {key: here.query.get(key) for key in ("show", "remark", "sort")}
    links = [
        html.A(name, href=here.href(path, **own), download="")
        for name, path in (("XLSX", exports.XLSX_PATH), ("CSV", exports.CSV_PATH))
    ]
    return html.P([t("All rows as a file:"), " ", links[0], " ", links[1]], className="kz-files")


def _columns(here: Context, view: CaseView) -> html.Details:
    t = here.t
    options = [
        {"label": t(name), "value": column, "disabled": column == case_view.ALWAYS}
        for column, name in COLUMNS.items()
    ]
    boxes = html.Checklist(id=COLUMNS_BOX, options=options, value=list(view.columns))
    reset = html.Button(
        t("Show all columns"), id=COLUMNS_RESET, type="button", className="kz-button-quiet"
    )
    said = t("The files hold all columns, whichever show here. This browser remembers the choice.")
    return html.Details(
        [
            html.Summary(t("Columns"), className="kz-chip"),
            html.Div(
                [
                    html.Fieldset([html.Legend(t("Columns of the list")), boxes]),
                    html.P(said),
                    reset,
                ],
                className="kz-panel-pop",
            ),
        ],
        className="kz-chip-box",
    )


def _copy(here: Context) -> list[Any]:
    t = here.t
    words: dict[str, Any] = {
        "data-copied": t("Link copied"),
        "data-failed": t("Copy the address of this page from the browser's address bar"),
    }
    button = html.Button(
        t("Copy link"),
        type="button",
        className="kz-chip kz-copy",
        title=t("A colleague who opens it sees this view"),
        **words,
    )
    return [button, html.Span(className="kz-copied", role="status")]
