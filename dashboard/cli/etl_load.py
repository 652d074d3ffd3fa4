"""A run as the command line starts it: by the settings, with its progress told."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import typer
from rich.console import Console
from sqlalchemy import Connection

from dashboard import audit
from dashboard.cli.etl_log import Format, shows_progress
from dashboard.cli.etl_progress import shown
from dashboard.cli.system_user import system_user
from dashboard.settings import Settings, read_settings
from etl import databases
from etl import regulation as regulations
from etl.course import Progress, retrying, say
from etl.mapping import read_sources
from etl.migrate import upgrade
from etl.pseudonyms import read_key
from etl.retry import Patience
from etl.run import RunReport
from etl.run import run as run_etl
from etl.workers import Workers


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run is asked for on the command line; what is None is as the settings say."""

    sources: Path | None
    regulation: Path | None
    database: str | None
    as_of: date | None
    max_rejected: float | None
    log_format: Format | None

    def sources_file(self, settings: Settings) -> Path:
        """Where the sources are described."""
        return self.sources or settings.sources


def load(
    asked: Asked, console: Console, *, only: Sequence[str], afresh: bool, new_key: bool = False
) -> RunReport:
    """Load the sources, or those of ``only``, into a warehouse that is made or brought up to date
    first; how far it is shows on ``console`` where that is a terminal.

    Raises KezekError for all that a user can mend.
    """
    settings = read_settings()
    key = settings.pseudonym_key.get_secret_value() if settings.pseudonym_key else None
    pseudonym_key = read_key(key, settings.pseudonym_key_file)
    sources = asked.sources_file(settings)
    patience = Patience(tell=retrying)
    rules = regulations.load(asked.regulation or settings.regulation)
    engine = databases.open_engine(asked.database or settings.database_url)
    try:
        # A mistake in the sources file is told before a database is made or changed.
        chosen = read_sources(sources, regulation=rules, only=only)
        say(logging.DEBUG, "run_asked", f"{len(chosen.sources)} sources of {sources}")
        patience.call(lambda: upgrade(engine))
        workers = Workers(processes=settings.processes, dask=settings.dask)
        with _progress(console, asked.log_format) as progress, workers:
            return run_etl(
                engine=engine,
                regulation=rules,
                sources=sources,
                today=settings.today or datetime.now(rules.zone).date(),
                pseudonym_key=pseudonym_key,
                only=only,
                as_of=asked.as_of,
                max_rejected=asked.max_rejected,
                afresh=afresh,
                new_key=new_key,
                witness=_note_new_key,
                progress=progress,
                patience=patience,
                workers=workers,
            )
    finally:
        engine.dispose()


def _note_new_key(connection: Connection, run_id: int, unjoined: Mapping[str, int]) -> None:
    about = {"run_id": run_id, "unjoined": dict(unjoined)}
    who, now = system_user(), datetime.now(UTC)
    audit.add(connection, "changed the key", who=who, about=about, now=now)


def day_of(text: str | None) -> date | None:
    """The day that was asked for; raises typer.BadParameter where it is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(
            f"{text} is no date; write it like 2013-12-31.", param_hint="--as-of"
        ) from None


def share_of(share: float | None) -> float | None:
    """The share that was asked for; raises typer.BadParameter where it is none."""
    if share is not None and not 0 <= share <= 1:
        raise typer.BadParameter(
            f"{share} is no share from 0 to 1, such as 0.2.", param_hint="--max-rejected"
        )
    return share


def _progress(
    console: Console, log_format: Format | None
) -> AbstractContextManager[Progress | None]:
    return shown(console) if shows_progress(console, log_format) else nullcontext()
