"""From when on to ask a table for what has changed: somewhat earlier than its newest change that an
earlier reading saw, for a row may be written under a time that lies before its commit."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from etl.errors import KezekError
from etl.sources.model import SourceSpec


def start(spec: SourceSpec, since: str, newest: object) -> object:
    """``since``, the watermark in words, less the source's overlap, of the kind that ``newest``, a
    value of the column, is: a text in the same form, a date or a time.

    Raises KezekError where the column holds neither times nor ISO texts.
    """
    try:
        begun = datetime.fromisoformat(since) - timedelta(hours=spec.overlap_hours)
    except ValueError:
        raise _no_time(spec) from None
    match newest:
        case str():
            is_day = len(since) == len("2013-12-31")
            return str(begun.date()) if is_day else begun.isoformat(since[10], "seconds")
        case datetime():
            return begun
        case date():
            return begun.date()
    raise _no_time(spec)


def _no_time(spec: SourceSpec) -> KezekError:
    return KezekError(
        f"Source {spec.name}: the watermark {spec.watermark!r} does not hold times such as "
        f"2013-12-31 09:30:00; correct watermark in {spec.declared_in}, or leave it out."
    )
