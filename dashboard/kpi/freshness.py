"""How old the data of each source is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

Ages = dict[str, dict[str, float | None]]


class Loaded(NamedTuple):
    """A source with its newest event and its newest successful run, where there is one."""

    source: str
    newest_event: datetime | None
    run_at: datetime | None


def ages(sources: Iterable[Loaded], moment: datetime) -> Ages:
    """By source, ``newest_event_hours`` and ``run_hours``: the hours from each to ``moment``, None
    where there is none. All times are of one zone."""
    return {
        loaded.source: {
            "newest_event_hours": _hours(loaded.newest_event, moment),
            "run_hours": _hours(loaded.run_at, moment),
        }
        for loaded in sources
    }


def _hours(since: datetime | None, moment: datetime) -> float | None:
    return None if since is None else (moment - since).total_seconds() / 3600
