"""One chip for each part of the filter: what it says and what it lets choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard import html, ids, periods
from dashboard.components.date_field import date_field
from dashboard.context import Context
from dashboard.days import written
from dashboard.filters import DIMENSIONS, last_full_month
from dashboard.i18n import N_, Translator

CUSTOM = "custom"
_ALL = {
    "channel": N_("all channels"),
    "category": N_("all categories"),
    "service_point": N_("all service points"),
}
_LEGEND = {
    "channel": N_("Channel"),
    "category": N_("Category"),
    "service_point": N_("Service point"),
}

Props = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Chip:
    """``on``: set to something else than the default.

    ``controls``: key of a control -> the properties that follow the address; ``panel`` holds them.
    """

    key: str
    text: str
    on: bool
    controls: Mapping[str, Props]
    panel: Sequence[Any]


def presets(t: Translator, as_of: date) -> list[tuple[str, date, date]]:
    """Usual periods before ``as_of``: name, first and last day."""
    first, last = last_full_month(as_of)
    year = as_of.year if as_of.month > 1 else as_of.year - 1
    return [
        (t.month(first), first, last),
        (t("3 months"), periods.months_before(first, 2), last),
        (t("12 months"), periods.months_before(first, 11), last),
        (t("the year {year}", year=year - 1), date(year - 1, 1, 1), date(year - 1, 12, 31)),
        (t("since the start of {year}", year=year), date(year, 1, 1), last),
    ]


def period_name(t: Translator, first: date, last: date) -> str:
    """A period as a reader calls it: a month, a year, or two dates."""
    if periods.is_month(first, last):
        return t.month(first)
    if periods.is_year(first, last):
        return t("the year {year}", year=first.year)
    return f"{t.date(first)} – {t.date(last)}"


def _period(here: Context, key: str) -> Chip:
    t, f = here.t, here.filter
    options = [{"label": name, "value": f"{a}/{b}"} for name, a, b in presets(t, f.as_of)]
    now = f"{f.period_from}/{f.period_to}"
    is_usual = any(option["value"] == now for option in options)
    options.append({"label": t("own dates"), "value": CUSTOM})
    controls: dict[str, Props] = {
        "period": {"options": options, "value": now if is_usual else CUSTOM},
        "from": {"value": written(f.period_from)},
        "to": {"value": written(f.period_to)},
    }
    days = [_day(t, t("From"), "from", controls), _day(t, t("To"), "to", controls)]
    return Chip(
        key=key,
        text=period_name(t, f.period_from, f.period_to),
        on=(f.period_from, f.period_to) != last_full_month(f.as_of),
        controls=controls,
        panel=[_radio(t("Period"), "period", controls), html.Div(days, className="kz-days")],
    )


def _as_of(here: Context, key: str) -> Chip:
    t, day = here.t, here.filter.as_of
    controls = {key: {"value": written(day)}}
    why = t("Every figure is counted from what had happened by the end of this day.")
    return Chip(
        key=key,
        text=t("as of {date}", date=t.date(day)),
        on=day != here.default_as_of,
        controls=controls,
        panel=[_day(t, t("As of"), key, controls), html.P(why)],
    )


def _clock(here: Context, key: str) -> Chip:
    options = [{"label": c.name[here.lang], "value": c.code} for c in here.regulation.clocks]
    controls = {key: {"options": options, "value": here.filter.clock}}
    return Chip(
        key=key,
        text=here.name("clocks", here.filter.clock),
        on=here.filter.clock != here.regulation.headline_clock,
        controls=controls,
        panel=[_radio(here.t("Time limit"), key, controls)],
    )


def _codes(here: Context, key: str) -> Chip:
    field = DIMENSIONS[key]
    chosen = list(getattr(here.filter, field))
    options = [
        {"label": here.name(field, code), "value": code} for code in here.regulation.codes(field)
    ]
    controls = {key: {"value": chosen}}
    boxes = html.Checklist(id=ids.filter_control(key), options=options, value=chosen)
    return Chip(
        key=key,
        text=_summary(here, key, chosen),
        on=bool(chosen),
        controls=controls,
        panel=[_fieldset(here.t(_LEGEND[key]), boxes)],
    )


def _summary(here: Context, key: str, chosen: Sequence[str]) -> str:
    if not chosen:
        return here.t(_ALL[key])
    first = here.name(DIMENSIONS[key], chosen[0])
    return first if len(chosen) == 1 else f"{first} +{len(chosen) - 1}"


def _radio(legend: str, key: str, controls: Mapping[str, Props]) -> html.Fieldset:
    return _fieldset(legend, html.RadioItems(id=ids.filter_control(key), **controls[key]))


def _fieldset(legend: str, content: Any) -> html.Fieldset:
    return html.Fieldset([html.Legend(legend), content])


def _day(t: Translator, label: str, key: str, controls: Mapping[str, Props]) -> html.Div:
    return date_field(t, ids.filter_control(key), controls[key]["value"], label=label)


MAKERS: Mapping[str, Callable[[Context, str], Chip]] = {
    "period": _period,
    "as_of": _as_of,
    "clock": _clock,
    "channel": _codes,
    "category": _codes,
    "service_point": _codes,
}
"""Key of a control -> its chip, in the order of reading."""
