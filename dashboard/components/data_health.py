"""What every page says while the data cannot be relied on: a failed load, a source gone old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dashboard import html, queries
from dashboard.access import Permission
from dashboard.components.sources import local, source_name
from dashboard.context import Context


def warning(here: Context) -> html.Div | None:
    """What is wrong with the data, and where to look; None where nothing is.

    None also for a reader whose work has nothing to do with loads.
    """
    if not here.may(Permission.RUNS):
        return None
    said = [*_failed(here), *_stale(here)]
    if not said:
        return None
    t = here.t
    words: list[Any] = [" ".join(said)]
    if here.path != "/data":
        words += [" ", html.Link(t("Details"), href=here.href("/data"))]
    return html.Div(html.P(words), className="kz-warning", role="alert")


def _failed(here: Context) -> list[str]:
    ended = queries.last_ended(here.engine)
    if ended is None or ended[0] != "failed":
        return []
    when = here.t.date_time(local(here, ended[1]))
    return [
        here.t(
            "The last load failed on {when}: the figures are those of the one before.", when=when
        )
    ]


def _stale(here: Context) -> list[str]:
    """The sources that no load has read for too long.

    Exports that state a day of their own are of the past on purpose, and do not grow old.
    """
    if here.default_as_of != here.today:
        return []
    longest = timedelta(hours=here.settings.stale_hours)
    old = [f for f in here.freshness if here.now - f.run_at > longest]
    if not old:
        return []
    t = here.t
    return [
        t.plural(
            "{n} source has not been loaded for more than {hours} hours: {names}.",
            "{n} sources have not been loaded for more than {hours} hours: {names}.",
            len(old),
            hours=t.number(here.settings.stale_hours),
            names=", ".join(source_name(here, f.source) for f in old),
        )
    ]
