"""The answer of ``kezek kpi`` as tables for a reader at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from rich import box
from rich.table import Table
from rich.text import Text

from dashboard.filters import DIMENSIONS, Filter
from dashboard.i18n import N_, NOTHING, Translator
from dashboard.measures import REGISTRY, By, Measure
from dashboard.measures.words import DEVIATIONS
from etl.regulation.model import Regulation

_PARTS_BESIDE = 4  # more columns than that are hard to read in a terminal
_IN_DAYS = 48  # hours: an age of as many is told in days
_MEMBERS = {"queue": "categories", "queue_out": "reasons"}
_TITLES: Mapping[By, str] = {
    "month": N_("By month"),
    "channel": N_("By channel"),
    "category": N_("By category"),
    "service_point": N_("By service point"),
}

Values = Mapping[str, Any]


class Line(NamedTuple):
    """A row of a table: what it is called, what it says, and which member of the measure it is.

    ``member``: ``total`` for the measure itself, else the code of a part or of a question.
    """

    name: str
    figure: str
    member: str = "total"


def tables(
    answer: Values, chosen: Filter, regulation: Regulation, t: Translator, by: By | None
) -> Iterator[Text | Table]:
    """What was asked, a table of all, then the parts, a few beside each other."""
    yield Text(heading(chosen, regulation, t), style="bold")
    yield _table({"": answer["measures"]}, regulation, t)
    if by is None:
        return
    yield Text(t(_TITLES[by]), style="bold")
    rows: Sequence[Values] = answer["rows"]
    for at in range(0, len(rows), _PARTS_BESIDE):
        beside = rows[at : at + _PARTS_BESIDE]
        named = {_part_name(row[by], by, regulation, t): row for row in beside}
        yield _table(named, regulation, t)


def heading(chosen: Filter, regulation: Regulation, t: Translator) -> str:
    """The city, the day, the period, the clock and what else was chosen."""
    city = regulation.city[t.lang]
    return " · ".join([city, *days_said(chosen, t), *choice_said(chosen, regulation, t)])


def days_said(chosen: Filter, t: Translator) -> list[str]:
    """The day and the period."""
    return [
        t("as of {date}", date=t.date(chosen.as_of)),
        f"{t.date(chosen.period_from)} – {t.date(chosen.period_to)}",
    ]


def choice_said(chosen: Filter, regulation: Regulation, t: Translator) -> list[str]:
    """The clock and what else was chosen."""
    said = [regulation.clock(chosen.clock).name[t.lang]]
    for field in DIMENSIONS.values():
        names = [regulation.named(field, c).name[t.lang] for c in getattr(chosen, field)]
        said.extend(names)
    return said


def _part_name(code: str, by: By, regulation: Regulation, t: Translator) -> str:
    if by == "month":
        return t.month(date.fromisoformat(f"{code}-01"))
    member = regulation.named(DIMENSIONS[by], code)
    return str(getattr(member, "short", member.name)[t.lang])


def _table(parts: Mapping[str, Values], regulation: Regulation, t: Translator) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_header="" not in parts)
    table.add_column(t("Measure"))
    for name in parts:
        table.add_column(name, justify="right")
    for measure in REGISTRY.values():
        columns = [
            {line.member: line for line in lines(measure, values, regulation, t)}
            for values in parts.values()
        ]
        names = {line.member: line.name for column in columns for line in column.values()}
        for member, name in names.items():
            said = (column[member].figure if member in column else NOTHING for column in columns)
            table.add_row(name, *said)
    return table


def lines(
    measure: Measure, values: Values, regulation: Regulation, t: Translator
) -> Iterable[Line]:
    """The rows of one measure: its name and figure, then its members, indented."""
    value, name = values[measure.key], t(measure.name)
    if measure.key == "satisfied":
        return [Line(name, ""), *_answers(value, regulation, t)]
    if measure.key == "freshness":
        return _ages(name, value, t)
    if measure.key == "step_time":
        return _steps(name, value, regulation, t)
    if measure.key == "deviations":
        return _deviations(name, value, t)
    if measure.key in _MEMBERS:
        return _members(name, value, regulation, _MEMBERS[measure.key], t)
    return [Line(name, _figure(measure, values, t))]


def _figure(measure: Measure, values: Values, t: Translator) -> str:
    value = values[measure.key]
    if measure.key in ("p_within", "response_rate"):
        return (_chance if measure.key == "p_within" else _ratio)(value, t)
    if isinstance(value, dict):  # days late
        return f"{t.days(value['median'], 1)} (≤ {t.number(value['max'])})"
    if measure.unit == "share":
        key = measure.key
        return _share(value, values[f"{key}_low"], values[f"{key}_high"], values[f"{key}_n"], t)
    if measure.unit == "days":
        return t.days(value, 1)
    if measure.unit == "years" and value is not None:
        return t("{number} years", number=t.number(value, 1))
    return t.number(value)


def _share(
    value: float | None, low: float | None, high: float | None, n: int, t: Translator
) -> str:
    if value is None:
        return NOTHING
    return f"{t.percent(value)} ({t.interval(low, high)}; n = {t.number(n)})"


def _ratio(value: Values | None, t: Translator) -> str:
    if value is None:
        return NOTHING
    if value["responses"] is None:
        return t("too few answers")
    responses, stopped = t.number(value["responses"]), t.number(value["stopped"])
    return f"{t.number(value['value'], 2)} ({responses} : {stopped})"


def _ages(name: str, value: Mapping[str, Values] | None, t: Translator) -> Iterator[Line]:
    """Nothing at all where the age was not asked for, as in the columns of parts."""
    if value is None:
        return
    yield Line(name, "")
    for source, of in value.items():
        told = t(
            "{event} since the newest event; {load} since the last load",
            event=_age(of["newest_event_hours"], t),
            load=_age(of["run_hours"], t),
        )
        yield Line(f"  {source}", told, source)


def _steps(
    name: str, value: Mapping[str, Values] | None, regulation: Regulation, t: Translator
) -> Iterator[Line]:
    yield Line(name, NOTHING if value is None else "")
    for code, of in (value or {}).items():
        known = regulation.steps.get(code)
        told = t(
            "{share}; median {median}, 90 % {p90} (n = {n})",
            share=t.percent(of["share"]),
            median=t.days(of["median"], 1),
            p90=t.days(of["p90"], 1),
            n=t.number(of["n"]),
        )
        yield Line(f"  {code} {known.name[t.lang] if known else ''}".rstrip(), told, code)


def _deviations(name: str, value: Mapping[str, int], t: Translator) -> Iterator[Line]:
    yield Line(name, t.number(value["total"]))
    for kind, words in DEVIATIONS.items():
        yield Line(f"  {t(words)}", t.number(value[kind]), kind)


def _age(hours: float | None, t: Translator) -> str:
    """Hours, or days from two of them on."""
    if hours is None:
        return NOTHING
    if hours >= _IN_DAYS:
        return t.days(hours / 24, 1)
    return t("{number} h", number=t.number(hours, 1))


def _chance(value: Values | None, t: Translator) -> str:
    if value is None:
        return NOTHING
    return t(
        "{share} within {span} ({interval}); naive {naive}",
        share=t.percent(value["value"]),
        span=t.days(value["t"]),
        interval=t.interval(value["low"], value["high"]),
        naive=t.percent(value["naive"]),
    )


def _members(
    name: str, value: Values | None, regulation: Regulation, what: str, t: Translator
) -> Iterator[Line]:
    counts = value or {}
    yield Line(name, t.number(counts.get("total")))
    for member in getattr(regulation, what):
        short = getattr(member, "short", member.name)[t.lang]
        yield Line(f"  {short}", t.number(counts.get(member.code)), member.code)


def _answers(
    value: Mapping[str, Values] | None, regulation: Regulation, t: Translator
) -> Iterator[Line]:
    for question in regulation.survey.questions if regulation.survey else ():
        said = (value or {}).get(question.code)
        yield Line(f"  {question.short[t.lang]}", _answer(said, t), question.code)


def _answer(said: Values | None, t: Translator) -> str:
    if said is None:
        return NOTHING
    if said["n"] is None:
        return t("too few answers")
    return _share(said["value"], said["low"], said["high"], said["n"], t)
