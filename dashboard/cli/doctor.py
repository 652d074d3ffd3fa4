"""``kezek doctor``: whether the warehouse agrees with itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import Connection, Engine, func, select, union_all

from dashboard import filters, measures, queries
from dashboard.cli.warehouse import loaded
from dashboard.filters import DIMENSIONS, Filter
from dashboard.kpi import identities
from dashboard.kpi.identities import BrokenDay
from dashboard.measures import By
from dashboard.settings import Settings, read_settings
from etl import courses, marts, warehouse
from etl.errors import KezekError
from etl.regulation.model import Regulation
from etl.warehouse import Facts

_COUNTED = ("received", "decided", "returned", "open", "overdue", "at_risk")
_SHOWN = 3  # of many days broken in the same way

Check = tuple[str, list[str]]  # what must hold, and each way in which it does not


def doctor(
    *,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="The warehouse; default KEZEK_DATABASE_URL.")
    ] = None,
) -> None:
    """Count the marts anew and compare, check every identity; exit 1 where one is broken."""
    settings = read_settings()
    broken = 0
    with loaded(database) as engine:
        for name, faults in _checks(engine, settings):
            broken += bool(faults)
            typer.echo(f"{'BROKEN' if faults else 'ok':<8}{name}")
            for fault in faults:
                typer.echo(f"{'':<8}- {fault}")
    if broken:
        typer.echo(f"{broken} of the checks failed.", err=True)
        raise typer.Exit(1)


def _checks(engine: Engine, settings: Settings) -> Iterator[Check]:
    regulation = queries.remembered_regulation(engine)
    if regulation is None:
        raise KezekError(
            "The warehouse remembers no regulation; load it again with `kezek etl run`."
        )
    yield from _mart_checks(engine)
    for clock in regulation.codes("clocks"):
        rows = queries.case_days(engine, clock)
        days = identities.broken_days(rows["received_on"], rows["stopped_on"], rows["n"])
        yield f"in progress, clock {clock}: today = yesterday + received - stopped", _said(days)
        yield from _sum_checks(engine, regulation, _everything(engine, regulation, clock, settings))
    queue = queries.queue_days(engine)
    days = identities.broken_days(queue["registered_on"], queue["removed_on"], queue["n"])
    yield "queue: today = yesterday + in - out", _said(days)
    yield _queue_sum(engine, regulation, _everything(engine, regulation, None, settings))
    yield _ledger_check(engine)


def _mart_checks(engine: Engine) -> Iterator[Check]:
    """Each mart beside what it would be if it were counted from the warehouse now."""
    with engine.connect() as connection:
        _hold_still(connection)
        for facts in warehouse.FACTS:
            name = f"{facts.mart.name} is what its rows add up to"
            yield name, list(_differences(connection, facts))
        name = "the marts of steps hold the times of the courses"
        yield name, list(courses.differences(connection))


def _hold_still(connection: Connection) -> None:
    """Let both readings see one moment, whatever is loaded meanwhile."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _differences(connection: Connection, facts: Facts) -> Iterator[str]:
    """What is left of the mart when what it should hold is taken away."""
    mart = facts.mart
    dimensions = [column for column in mart.columns if column is not mart.c.n]
    counted = marts.recount(facts).subquery()
    taken = select(*(counted.c[c.name] for c in dimensions), (-counted.c.n).label("n"))
    both = union_all(select(*dimensions, mart.c.n), taken).subquery()
    keys = [both.c[c.name] for c in dimensions]
    rest = func.sum(both.c.n)
    rows = connection.execute(select(*keys, rest).group_by(*keys).having(rest != 0)).all()
    if rows:
        *key, surplus = rows[0]
        where = ", ".join(str(cell) for cell in key)
        yield f"{len(rows)} rows, such as {where}: {surplus:+} too many"


def _everything(
    engine: Engine, regulation: Regulation, clock: str | None, settings: Settings
) -> Filter:
    """All time up to the day that the exports state, or to today."""
    today = settings.today or datetime.now(regulation.zone).date()
    as_of = queries.default_as_of(engine, today)
    first, _ = filters.last_full_month(regulation.data_from)
    return Filter(
        as_of=as_of,
        period_from=first,
        period_to=as_of,
        clock=clock or regulation.headline_clock,
    )


def _sum_checks(engine: Engine, regulation: Regulation, everything: Filter) -> Iterator[Check]:
    whole = measures.compute(engine, regulation, everything, keys=_COUNTED)
    for by in DIMENSIONS:
        rows = measures.compute_by(engine, regulation, everything, by=_by(by), keys=_COUNTED)
        faults = [
            f"{key}: {whole[key]} in all, {total} by {by}"
            for key in _COUNTED
            if (total := sum(row[key] for row in rows)) != whole[key]
        ]
        yield f"cases, clock {everything.clock}: the sum by {by} is the whole", faults


def _by(dimension: str) -> By:
    return next(by for by in measures.BY if by == dimension)


def _queue_sum(engine: Engine, regulation: Regulation, everything: Filter) -> Check:
    keys = ("queue", "queue_in", "queue_out")
    values = measures.compute(engine, regulation, everything, keys=keys)
    rows = measures.compute_by(engine, regulation, everything, by="category", keys=keys)
    faults = [
        *_unequal("in the queue, by category", values["queue"]),
        *_unequal("removed, by reason", values["queue_out"]),
    ]
    joined = sum(row["queue_in"] for row in rows)
    if joined != values["queue_in"]:
        faults.append(f"joined: {values['queue_in']} in all, {joined} by category")
    return "queue: the sum by category and by reason is the whole", faults


def _unequal(name: str, counts: dict[str, int]) -> Iterator[str]:
    parts = sum(n for code, n in counts.items() if code != "total")
    if parts != counts["total"]:
        yield f"{name}: {counts['total']} in all, {parts} in the parts"


def _ledger_check(engine: Engine) -> Check:
    broken = identities.broken_ledger(queries.ledger_rows(engine))
    faults = [
        f"run {row.run_id}, {row.source}: read {row.read}, not what became of the records"
        for row in broken.itertuples()
    ]
    return "ledger: read = inserted + updated + unchanged + duplicate + rejected", faults


def _said(days: Iterable[BrokenDay]) -> list[str]:
    broken = list(days)
    said = [f"{d.day}: {d.found} counted, {d.expected} expected" for d in broken[:_SHOWN]]
    if len(broken) > _SHOWN:
        said.append(f"and {len(broken) - _SHOWN} more days")
    return said
