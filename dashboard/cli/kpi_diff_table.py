"""The answer of ``kezek kpi diff`` as tables for a reader at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dashboard.cli.kpi_diff_asked import Sides
from dashboard.cli.kpi_table import Line, choice_said, days_said, heading, lines
from dashboard.i18n import N_, NOTHING, Translator
from dashboard.measures import KINDS, REGISTRY, Comparison, Measure, Movement
from dashboard.queries import What
from etl.regulation.model import Regulation

Form = Mapping[str, str | date | None]  # what a changed row said of some columns

_KIND: Mapping[str, str] = {
    "rules": N_("another regulation"),
    "arrived": N_("not known before"),
    "vanished": N_("no longer known"),
    "reclassified": N_("another channel, category or service point"),
    "redated": N_("another first day or due date"),
    "finished": N_("finished in the meantime"),
    "reopened": N_("no longer finished"),
    "finish_moved": N_("another day of finish"),
    "result": N_("another result"),
    "removed": N_("removed in the meantime"),
    "reinstated": N_("no longer removed"),
    "removal": N_("another day or reason of removal"),
    "answer": N_("another answer, day or service point"),
    "corrected": N_("corrected or reported late"),
    "received": N_("received"),
    "decided": N_("decided"),
    "left": N_("finished without a decision"),
    "result_known": N_("result became known"),
    "fell_due": N_("due date passed"),
    "came_near": N_("due date came near"),
    "joined_queue": N_("joined the queue"),
    "left_queue": N_("left the queue"),
    "answered": N_("answered"),
    "period": N_("another period"),
}
_WHAT: Mapping[What, str] = {
    "cases": N_("applications"),
    "queue": N_("queue register"),
    "survey": N_("answers"),
}
_COLUMN: Mapping[str, str] = {
    "channel": N_("Channel"),
    "category": N_("Category"),
    "service_point": N_("Service point"),
    "received_on": N_("Received on"),
    "due_on": N_("Due on"),
    "stopped_on": N_("Finished on"),
    "outcome": N_("Result"),
    "outcome_on": N_("Result counts from"),
    "registered_on": N_("Registered on"),
    "removed_on": N_("Removed on"),
    "reason": N_("Reason of removal"),
}
_NAMED = {  # a column of codes -> the list of the regulation that names them
    "channel": "channels",
    "category": "categories",
    "service_point": "service_points",
    "outcome": "outcomes",
    "reason": "reasons",
}


@dataclass(frozen=True)
class Change:
    """A case or an entry by its number, and what of it is otherwise.

    ``before``, ``after``: the same columns of each, those that differ; None where it was, or is,
    not known at all.
    """

    number: str
    before: Form | None
    after: Form | None


def tables(
    found: Comparison,
    sides: Sides,
    listed: Mapping[What, Mapping[str, Sequence[Change]]],
    t: Translator,
    *,
    said: tuple[str, str | None] | None,
) -> Iterator[Text | Table]:
    """What was asked; every measure before and after with its parts; what changed; which cases.

    ``said``: the two moments as they were asked for, each a run's number or a date, the second None
    for now; None where both sides are as they are known now.
    """
    after = sides.after
    yield Text(_heading(sides, t), style="bold")
    before, then = _each_side(sides, said, t)
    yield Text(t("before: {before}; after: {after}", before=before, after=then))
    yield _measures(found, after.regulation, t)
    yield Text(t("How many changed, by kind"), style="bold")
    yield _changed(found, t)
    for what, kinds in listed.items():
        if kinds:
            yield Text(t("Which changed: {what}", what=t(_WHAT[what])), style="bold")
            yield _rows(kinds, after.regulation, t)


def _heading(sides: Sides, t: Translator) -> str:
    """All that the two sides have in common."""
    chosen, regulation = sides.before.filter, sides.before.regulation
    if not sides.days:
        return heading(chosen, regulation, t)
    return " · ".join([regulation.city[t.lang], *choice_said(chosen, regulation, t)])


def _each_side(sides: Sides, said: tuple[str, str | None] | None, t: Translator) -> list[str]:
    """What the two have not."""
    moments = [[_moment(text, t)] for text in said] if said else [[], []]
    if sides.days:
        filters = (sides.before.filter, sides.after.filter)
        moments = [[*days_said(f, t), *m] for f, m in zip(filters, moments, strict=True)]
    return [", ".join(parts) for parts in moments]


def _moment(said: str | None, t: Translator) -> str:
    if said is None:
        return t("as known now")
    if said.isdigit():
        return t("as known after load {number}", number=said)
    return t("as known at the end of {date}", date=t.date(date.fromisoformat(said)))


def _measures(found: Comparison, regulation: Regulation, t: Translator) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(t("Measure"))
    for name in (t("before"), t("after"), t("change")):
        table.add_column(name, justify="right")
    for measure in REGISTRY.values():
        if measure.many:  # a line a step would be many, and what moved one nobody knows
            continue
        movements = found.counts.get(measure.key, {})
        for was, now in zip(
            lines(measure, found.before, regulation, t),
            lines(measure, found.after, regulation, t),
            strict=True,
        ):
            table.add_row(now.name, was.figure, now.figure, _change(measure, now, found, t))
            for name, label in _counted(measure, now, regulation, t):
                if name in movements:
                    _add_parts(table, label, movements[name], t)
    return table


def _change(measure: Measure, line: Line, found: Comparison, t: Translator) -> str:
    """By how much a line's figure moved, in its unit."""
    movement = found.counts.get(measure.key, {}).get(line.member)
    if movement is not None:
        return t.signed(movement.after - movement.before)
    name = measure.key if line.member == "total" else f"{measure.key}.{line.member}"
    moved = found.difference.get(name)
    if moved is None:
        return "" if not line.figure else NOTHING
    if measure.unit == "share":
        return t("{change} pp", change=t.signed(moved * 100, 1))
    if measure.unit in ("count", "ratio"):
        return t.signed(moved, 2 if measure.unit == "ratio" else 0)
    sign = t.signed(moved, 1)
    if measure.unit == "years":
        return t("{number} years", number=sign)
    return t("{number} days", number=sign)


def _counted(
    measure: Measure, line: Line, regulation: Regulation, t: Translator
) -> Iterator[tuple[str, str]]:
    """The counts behind a line: their names in the comparison, and what a reader calls them.

    The line itself is the count where there is nothing to call it.
    """
    if measure.counted and regulation.survey and line.member != "total":
        survey = regulation.survey
        values = {"not": survey.not_satisfied, "partly": survey.partly, "fully": survey.satisfied}
        named = {answer.value: answer.name[t.lang] for answer in survey.answers}
        yield f"{line.member}.n", t("answers")
        for name, value in values.items():
            yield f"{line.member}.{name}", named[value]
    elif measure.unit == "share":
        yield "part", t("within the limit")
        yield "n", t("of so many")
    else:
        yield line.member, ""


def _add_parts(table: Table, label: str, movement: Movement | None, t: Translator) -> None:
    """What moved a count; nothing where nothing did."""
    if movement is None:
        table.add_row(_indented(label, 4), "", "", t("too few answers"), style="dim")
        return
    if not movement.parts:
        return
    if label:
        moved = t.signed(movement.after - movement.before)
        counts = t.number(movement.before), t.number(movement.after)
        table.add_row(_indented(label, 4), *counts, moved, style="dim")
    depth = 6 if label else 4
    for kind in KINDS:
        if kind in movement.parts:
            said = t.signed(movement.parts[kind])
            table.add_row(_indented(t(_KIND[kind]), depth), "", "", said, style="dim")


def _indented(text: str, depth: int) -> Padding:
    """Every line of it, however narrow the terminal is."""
    return Padding(Text(text), (0, 0, 0, depth))


def _changed(found: Comparison, t: Translator) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for name in _WHAT.values():
        table.add_column(t(name), justify="right")
    for kind in KINDS:
        if any(found.changed[what].get(kind, 0) != 0 for what in _WHAT):
            table.add_row(t(_KIND[kind]), *(_size(found.changed[what], kind, t) for what in _WHAT))
    return table


def _size(sizes: Mapping[str, int | None], kind: str, t: Translator) -> str:
    return t("too few answers") if sizes.get(kind, 0) is None else t.number(sizes.get(kind))


def _rows(kinds: Mapping[str, Sequence[Change]], regulation: Regulation, t: Translator) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in (t("number of the record"), t("before"), t("after")):
        table.add_column(name)
    for kind, changes in kinds.items():
        table.add_row(Text(t(_KIND[kind]), style="italic"))
        for change in changes:
            before, after = (_said(form, regulation, t) for form in (change.before, change.after))
            table.add_row(Text(change.number), Text(before), Text(after))
    return table


def _said(form: Form | None, regulation: Regulation, t: Translator) -> str:
    if form is None:
        return NOTHING
    return "; ".join(
        f"{t(_COLUMN[name])}: {_cell(name, cell, regulation, t)}" for name, cell in form.items()
    )


def _cell(name: str, cell: str | date | None, regulation: Regulation, t: Translator) -> str:
    """A day or the name of a code as the reader writes it; the code where it has no name."""
    if cell is None or isinstance(cell, date):
        return t.date(cell)
    members = {member.code: member for member in getattr(regulation, _NAMED[name])}
    return str(members[cell].name[t.lang]) if cell in members else cell
