"""``kezek briefing``: the month on paper, from the same pages as the screens."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer
from sqlalchemy import Engine

from dashboard import paper
from dashboard.cli.kpi_asked import default_as_of, regulation_of
from dashboard.cli.options import Database, Language
from dashboard.cli.warehouse import loaded
from dashboard.cli.whole_file import write_whole
from dashboard.settings import read_settings
from etl.errors import KezekError

PATH = "/briefing"
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


def briefing(
    *,
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="The month that is reported on.")],
    lang: Language = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Default kezek-briefing-<month>-<lang>.pdf, here."),
    ] = None,
    database: Database = None,
) -> None:
    """Write the monthly briefing as PDF: overview, processing times, queue and satisfaction.

    The state is that of the day after the month, which is when a month's usual report is due, or
    of the last day of the data. Needs Chromium.
    """
    first, last = _days(month)
    settings = read_settings()
    url, language = database or settings.database_url, lang or settings.language
    with loaded(url) as engine:
        as_of = _as_of(engine, last)
    query = {"from": first, "to": last, "as_of": as_of, "lang": language}
    own = settings.model_copy(update={"database_url": url})
    printed = paper.pdf(own, f"{PATH}?{urlencode(query)}")
    target = out or Path(f"kezek-briefing-{month}-{language}.pdf")
    write_whole(target, [printed])
    typer.echo(target)


def _days(month: str) -> tuple[date, date]:
    """The first and last day of "2013-11". Raises BadParameter for what is no month."""
    found = _MONTH.fullmatch(month)
    try:
        first = date(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        first = None
    if first is None or not 1900 <= first.year <= 2999:
        raise typer.BadParameter(f"{month!r} is no month like 2013-11.", param_hint="--month")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _as_of(engine: Engine, last: date) -> date:
    """The day after the month, as far as the data reach. Raises KezekError for a later month."""
    known = default_as_of(engine, regulation_of(engine, None))
    if known < last:
        raise KezekError(
            f"The data reach to {known}, so the month that ends on {last} cannot be reported on "
            "yet; name an earlier one with --month, or load newer exports with `kezek etl run`."
        )
    return min(last + timedelta(days=1), known)
