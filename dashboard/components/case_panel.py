"""One case beside the list: what it is, its course, what comes next, what was written to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dash_bootstrap_components as dbc

from dashboard import case_list, html, noted, queries, remark_entry
from dashboard.case_view import CaseView
from dashboard.components.attributes import aria
from dashboard.components.date_field import date_field
from dashboard.components.sources import local
from dashboard.context import Context
from dashboard.i18n import NOTHING
from dashboard.queries import CaseFile, CaseRemark
from dashboard.remark_entry import EXPECTED, LONGEST_NOTE, NOTE

PANEL = "case-panel"
HEADING = "case-heading"
CLOSE = "case-close"
EXPECTED_BOX = "case-expected"
NOTE_BOX = "case-note"
SAVE = "case-save"
RESULT = "case-result"
REMARKS = "case-remarks"
STATE = "case-state"  # {"case": its number, "token": of the remark that is being written}
SAVED = "case-saved"  # the case whose remarks changed
OPENED = "case-opened"  # its number, for assets/cases.js


def error_id(name: Any) -> dict[str, Any]:
    """What is wrong with one field (or ``ALL``): EXPECTED or NOTE."""
    return {"type": "case-error", "field": name}


def withdraw_id(remark_id: Any) -> dict[str, Any]:
    """The button that takes a remark back (or ``ALL``)."""
    return {"type": "case-withdraw", "remark": remark_id}


def case_panel(here: Context, view: CaseView) -> list[Any]:
    """The opened case; nothing where none is.

    A case that does not exist (any more) and one of another's scope are answered alike.
    Raises UnnotedError.
    """
    if not view.case:
        return []
    found = find(here, view)
    if found is not None:
        noted.cases_seen(here, "case", [view.case])
    shown = _unknown(here) if found is None else [*_told(here, found), *_written(here, found)]
    return [
        html.Div(
            [html.H2(_name(here, view.case), id=HEADING, tabIndex=-1), _close(here)],
            className="kz-case-head",
        ),
        *shown,
        html.Store(id=OPENED, data=view.case),
    ]


def find(here: Context, view: CaseView) -> CaseFile | None:
    """The opened case, where it is within the present reader's scope."""
    found = queries.case_file(
        here.engine,
        view.case,
        here.filter,
        regulation=here.regulation,
        at_risk_days=here.settings.at_risk_days,
        only=view.only,
        remark=case_list.remark_state(here),
    )
    return found if found is not None and remark_entry.may_read(here, found.place) else None


def remarks(here: Context, found: CaseFile) -> list[Any]:
    """What was written to a case, the newest first; what was taken back is struck through."""
    if not found.remarks:
        return [html.P(here.t("Nothing has been written yet."), className="kz-quiet")]
    writes = remark_entry.may_write(here, found.place)
    return [html.Ol([_remark(here, one, writes) for one in found.remarks], className="kz-remarks")]


def notice(text: str) -> html.P:
    """A sentence about a remark that was not saved."""
    return html.P(text, className="kz-survey-notice")


def _name(here: Context, case_id: str) -> str:
    return here.t("Case {number}", number=case_id)


def _close(here: Context) -> html.Button:
    label = here.t("Close, back to the list")
    return html.Button("×", id=CLOSE, type="button", className="kz-close", **aria(label=label))


def _unknown(here: Context) -> list[Any]:
    t = here.t
    return [
        html.P(
            t(
                "There is no case of this number that you may see. It may have been taken out of "
                "the source, or it belongs to another department."
            ),
            role="status",
        )
    ]


def _told(here: Context, found: CaseFile) -> Iterator[Any]:
    if not found.listed:
        yield html.P(_why_unlisted(here, found), className="kz-ignored", role="status")
    yield html.Dl([html.Div([html.Dt(k), html.Dd(v)]) for k, v in _facts(here, found)])
    yield html.H3(here.t("Course so far"))
    yield _course(here, found)
    yield html.H3(here.t("What comes next by the regulation"))
    yield html.P(_next(here, found))


def _why_unlisted(here: Context, found: CaseFile) -> str:
    t, stopped, as_of = here.t, found.stopped_on, here.filter.as_of
    if stopped is not None and stopped <= as_of:
        return t("Not in the list: finished on {date}.", date=t.date(stopped))
    if found.received_on is None or found.received_on > as_of:
        return t("Not in the list: on {date} its time had not begun.", date=t.date(as_of))
    return t("Not in the list under the present filter.")


def _facts(here: Context, found: CaseFile) -> Iterator[tuple[str, str]]:
    t, as_of = here.t, here.filter.as_of
    going = found.stopped_on is None or found.stopped_on > as_of
    if going and found.due_on is not None:
        yield t("Late by"), case_list.lateness(here, (as_of - found.due_on).days)
    yield t("Due on"), t.date(found.due_on)
    yield t("Received on"), t.date(found.received_on)
    yield t("Channel"), here.name("channels", found.place.channel)
    yield t("Category"), here.name("categories", found.category)
    yield t("Service point"), here.name("service_points", found.place.service_point)
    yield t("Case officer"), found.executor or NOTHING


def _course(here: Context, found: CaseFile) -> Any:
    if not found.course:
        return html.P(here.t("No step is recorded."), className="kz-quiet")
    steps = [
        html.Li([html.Time(here.t.date(one.occurred_on)), html.Span(here.name("steps", one.step))])
        for one in found.course
    ]
    return html.Ol(steps, className="kz-course")


def _next(here: Context, found: CaseFile) -> str:
    last = found.course[-1].step if found.course else ""
    return case_list.following(here.regulation, last, here.lang)


def _written(here: Context, found: CaseFile) -> Iterator[Any]:
    yield html.H3(here.t("Expected dates and notes"))
    if remark_entry.may_write(here, found.place):
        yield _form(here, found)
    yield html.Div(remarks(here, found), id=REMARKS)


def _form(here: Context, found: CaseFile) -> html.Div:
    t = here.t
    first = remark_entry.earliest_day(here)
    day = date_field(t, EXPECTED_BOX, "", first=first, at_once=True)
    note = dbc.Textarea(id=NOTE_BOX, value="", rows=3, maxLength=LONGEST_NOTE)
    hint = t("At most {n} characters; no names, no personal data.", n=t.number(LONGEST_NOTE))
    named = [t("Note"), html.Span(hint, className="kz-field-hint")]
    return html.Div(
        [
            _field(t("Expected date"), EXPECTED_BOX, day, EXPECTED),
            _field(named, NOTE_BOX, note, NOTE),
            html.Button(t("Save"), id=SAVE, type="button", className="kz-button"),
            html.Div(id=RESULT, role="status"),
            html.Store(id=STATE, data={"case": found.case_id, "token": remark_entry.new_token()}),
            html.Store(id=SAVED),
        ],
        className="kz-remark-form",
    )


def _field(label: Any, box: str, control: Any, name: str) -> html.Div:
    error = html.P(id=error_id(name), className="kz-field-error", role="alert")
    return html.Div([html.Label(label, htmlFor=box), control, error], className="kz-field")


def _remark(here: Context, one: CaseRemark, writes: bool) -> html.Li:
    t = here.t
    who = f"{one.written_by}, {t.date_time(local(here, one.written_at))}"
    said: list[Any] = []
    if one.expected_on is not None:
        day = case_list.expected(here, one.expected_on)
        said.append(html.P([f"{t('Expected')}: ", html.Strong(day)]))
    if one.note is not None:
        said.append(html.P(one.note, className="kz-note"))
    if not said:  # a note alone, whose text went by its age
        said.append(html.P(t("purged"), className="kz-note"))
    if one.withdrawn_at is not None:
        back = t(
            "Taken back: {who}, {when}",
            who=one.withdrawn_by,
            when=t.date_time(local(here, one.withdrawn_at)),
        )
        return html.Li([html.P(who), html.Del(said), html.P(back)], className="kz-withdrawn")
    if writes:
        label = t("Take back what {who} wrote", who=who)
        button = html.Button(
            t("Take back"),
            id=withdraw_id(one.remark_id),
            type="button",
            className="kz-link-button",
            **aria(label=label),
        )
        return html.Li([html.P([who, button]), *said])
    return html.Li([html.P(who), *said])
