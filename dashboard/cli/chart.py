"""``kezek chart``: limits of control charts that begin anew, only ever by somebody's decision."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from dashboard import audit, queries
from dashboard.charted import CHARTED, why_not
from dashboard.cli.etl_tables import LOOK, show
from dashboard.cli.kpi_asked import regulation_of
from dashboard.cli.options import Database, Json
from dashboard.cli.system_user import system_user
from dashboard.cli.warehouse import loaded
from dashboard.queries import Rebase
from etl import charts
from etl.regulation.model import Regulation
from etl.regulation.reader import suggestion

app = typer.Typer(
    help="Control charts whose limits begin anew: recorded with the reason, never by themselves.",
    no_args_is_help=True,
)

By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Who decides; default this machine's user."),
]


@app.command()
def rebase(
    *,
    measure: Annotated[
        str, typer.Argument(metavar="MEASURE", help=f"{', '.join(CHARTED)}.<question>.")
    ],
    from_month: Annotated[
        str, typer.Option("--from", metavar="MONTH", help="The first month of the new limits.")
    ],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Shown at the break.")],
    by: By = None,
    database: Database = None,
) -> None:
    """Reckon a chart's limits anew from a month on; earlier months keep theirs.

    For a lasting change whose cause is known, such as another rule; not to hide a bad month.
    """
    month, reason, decided = _month(from_month), _said(why, "--why"), _who(by)

    def witness(connection: Connection, number: int) -> None:
        about = {"measure": measure, "from": f"{month:%Y-%m}", "number": number, "by": decided}
        _note(connection, "chart rebased", about)

    with loaded(database) as engine:
        _must_be_charted(measure, regulation_of(engine, None))
        number = charts.rebase(
            engine, measure, month, why=reason, by=decided, at=_now(), witness=witness
        )
    typer.echo(
        f"{number}: the limits of {measure} begin anew from {month:%Y-%m}. "
        f"To take it back: kezek chart undo {number}"
    )


@app.command(name="list")
def list_(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were undone.")] = False,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show from which months charts begin anew, why, and who said so."""
    with loaded(database) as engine:
        held = queries.rebases(engine, undone=everything)
    if as_json:
        answer = {"rebases": [_plain(one) for one in held]}
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    elif held:
        show(_table(held))
    else:
        typer.echo("The limits of no chart begin anew.")


@app.command()
def undo(
    *,
    number: Annotated[int, typer.Argument(metavar="ID", help="As `kezek chart list` tells.")],
    by: By = None,
    database: Database = None,
) -> None:
    """Let a rebasing hold no more; it stays on record."""
    decided = _who(by)

    def witness(connection: Connection) -> None:
        _note(connection, "chart rebasing undone", {"number": number, "by": decided})

    with loaded(database) as engine:
        charts.undo(engine, number, by=decided, at=_now(), witness=witness)
    typer.echo(f"{number}: undone; it stays on record.")


def _month(said: str) -> date:
    try:
        return datetime.strptime(said, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise typer.BadParameter(
            f"{said!r} is no month; write it like 2013-11.", param_hint="--from"
        ) from None


def _said(text: str, option: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise typer.BadParameter("it is empty; readers see it at the break.", param_hint=option)
    return words


def _must_be_charted(measure: str, regulation: Regulation) -> None:
    wrong = why_not(measure)
    key, _, question = measure.partition(".")
    if wrong is None and question:
        known = [q.code for q in regulation.survey.questions] if regulation.survey else []
        if question not in known:
            near = suggestion(question, known)
            wrong = f"{key}: the survey has no question {question}{near}"
    if wrong is not None:
        raise typer.BadParameter(f"{wrong}.", param_hint="MEASURE")


def _who(by: str | None) -> str:
    return system_user() if by is None else _said(by, "--by")


def _note(connection: Connection, what: str, about: dict[str, Any]) -> None:
    """In the audit, under who typed it, whoever is said to have decided."""
    audit.add(connection, what, who=system_user(), about=about, now=_now())


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _table(held: list[Rebase]) -> Table:
    table = Table(title="Limits that begin anew", **LOOK)
    for name in ("id", "measure", "from", "by", "on", "why", "undone"):
        table.add_column(name, no_wrap=name != "why", overflow="fold")
    for one in held:
        table.add_row(
            str(one.rebase_id),
            one.measure,
            f"{one.from_month:%Y-%m}",
            escape(one.made_by),
            f"{one.made_at:%Y-%m-%d}",
            escape(one.why),
            f"{one.undone_at:%Y-%m-%d} {escape(one.undone_by or '')}" if one.undone_at else "",
        )
    return table


def _plain(one: Rebase) -> dict[str, Any]:
    """As JSON has it: the month like 2013-11, times UTC."""
    return {
        **vars(one),
        "from_month": f"{one.from_month:%Y-%m}",
        "made_at": one.made_at.isoformat() + "Z",
        "undone_at": one.undone_at.isoformat() + "Z" if one.undone_at else None,
    }
