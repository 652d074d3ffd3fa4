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


def end(spec: SourceSpec, until: date, newest: object) -> object:
    """The first moment after the day behind ``until``, of the kind that ``newest`` is: an office's
    midnight may be another's next morning.

    Raises KezekError as `start` does.
    """
    day = until + timedelta(days=2)
    match newest:
        case str() if _is_time(newest):
            return day.isoformat()
        case datetime():
            return datetime(day.year, day.month, day.day, tzinfo=newest.tzinfo)
        case date():
            return day
    raise _no_time(spec)


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _no_time(spec: SourceSpec) -> KezekError:
    return KezekError(
        f"Source {spec.name}: the watermark {spec.watermark!r} does not hold times such as "
        f"2013-12-31 09:30:00; correct watermark in {spec.declared_in}, or leave it out."
    )
