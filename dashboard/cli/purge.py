"""``kezek purge``: what records said that were kept out, and old notes, taken away after a time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy import Connection

from dashboard import audit
from dashboard.cli.options import Database, Json
from dashboard.cli.system_user import system_user
from dashboard.cli.warehouse import loaded
from dashboard.settings import read_settings
from etl import retention
from etl.errors import KezekError
from etl.retention import Purged


def purge(
    *,
    older_than: Annotated[
        int | None,
        typer.Option(
            metavar="DAYS",
            min=1,
            max=36_500,
            help="Default KEZEK_RETENTION_DAYS; one of them is needed.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would go, and change nothing.")
    ] = False,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Take away what records said that were kept out DAYS ago or earlier, and old notes.

    Entries that still stand in quarantine keep their place, rule and number and can be replayed;
    settled ones go whole. So do sessions and refused attempts to sign in of that age. Notes of
    heads that were taken back by then, or whose case was finished, lose their text. No figure and
    no count of a load changes. While a load is at work it is refused.
    """
    days = older_than or read_settings().retention_days
    if days is None:
        raise KezekError(
            "Nothing says how long rejected records are kept; "
            "give --older-than DAYS or set KEZEK_RETENTION_DAYS."
        )
    now = datetime.now(UTC).replace(tzinfo=None)
    before = now - timedelta(days=days)

    def note(connection: Connection, purged: Purged) -> None:
        about = {"days": days, **purged.to_json()}
        audit.add(connection, "purged", who=system_user(), about=about, now=now)

    with loaded(database) as engine:
        if dry_run:
            purged = retention.to_purge(engine, before=before)
        else:
            purged = retention.purge(engine, before=before, note=note)
    if as_json:
        answer = {"dry_run": dry_run, "days": days, **purged.to_json()}
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        typer.echo(_in_words(purged, dry_run=dry_run))


def _in_words(purged: Purged, *, dry_run: bool) -> str:
    were = "would be" if dry_run else "were"
    return (
        f"Of before {purged.before:%Y-%m-%d %H:%M} UTC, {purged.emptied} entries that stand in "
        f"quarantine and {purged.notes} notes of heads {were} emptied; {purged.deleted} settled "
        f"entries, {purged.findings} settled findings, {purged.sessions} sessions and "
        f"{purged.refusals} refused attempts to sign in {were} deleted."
    )
