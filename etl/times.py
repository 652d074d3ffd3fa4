"""Texts to moments: a source's date formats, tried in order, a whole column at a time.

Naive local times are placed in the source's zone: where the clocks went back and an hour occurred
twice, the first of the two; where they went forward and a time did not occur, the first that did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl import fixed_width
from etl.columns import text_array
from etl.fixed_width import Int64s, Mask

NAMED_FORMATS = ("iso", "epoch", "epoch_ms", "excel", "excel_1904")

_ISO = (
    r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?"
    r"( ?(Z|[+-]\d{2}(:?\d{2})?))?)?$"
)
_ISO_OFFSET = r":.*(Z|[+-]\d{2}(:?\d{2})?)$"
_ISO_TIMES = ("", "%t%H:%M", "%t%H:%M:%S", "%t%H:%M:%S.%3", "%t%H:%M:%S.%6")
_ISO_FIXED = tuple(
    f"%Y-%m-%d{time}{zone}" for time in _ISO_TIMES for zone in ("", "%u", "%o") if time or not zone
)
_EXCEL_EPOCH = -25_569  # days: 1899-12-30, from which Excel counts since 1 March 1900
_EXCEL_FIRST, _EXCEL_LAST = 61, 2_958_465
_EXCEL_1904 = 1_462  # days from Excel's beginning to that of old workbooks of the Macintosh
_DAY = 86_400_000_000  # microseconds
_BOUNDS = tuple(int(np.datetime64(d, "us").astype("int64")) for d in ("0001-01-03", "9999-12-29"))

# microseconds since 1970, whether they are UTC (else local), and which of the texts were read
_Read = tuple[Int64s, Mask, Mask]


def parse(texts: pd.Series, formats: Sequence[str], *, zone: str) -> pd.Series:
    """The moments that the texts (``str``) mean, as ``datetime64[us]`` naive UTC.

    NaT where there is no text and where no format reads it. ``formats``: strptime's, or ``iso``
    (a date, or date and time, with or without fraction and offset), ``epoch``, ``epoch_ms``
    (since 1970, UTC), ``excel``, ``excel_1904`` (days as Excel counts them). Formats without
    offset, and ISO texts without one, are local times of ``zone``.
    """
    array = text_array(texts)
    moments = np.zeros(len(array), dtype="int64")
    utc = np.zeros(len(array), dtype=bool)
    waiting = array.is_valid().to_numpy(zero_copy_only=False)
    for reader in _readers(formats):
        where = np.flatnonzero(waiting)
        if not where.size:
            break
        values, aware, sound = reader(array.take(pa.array(where)))
        moments[where[sound]], utc[where[sound]] = values[sound], aware[sound]
        waiting[where[sound]] = False
    known = array.is_valid().to_numpy(zero_copy_only=False) & ~waiting
    return _as_utc(moments, utc, known, zone)


def to_utc(times: pd.Series, *, zone: str) -> pd.Series:
    """Naive local times of ``zone``, or aware ones, as ``datetime64[us]`` naive UTC."""
    if times.dt.tz is None:
        first_of_two = np.ones(len(times), dtype=bool)
        times = times.dt.tz_localize(zone, ambiguous=first_of_two, nonexistent="shift_forward")
    utc: pd.Series = times.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[us]")
    return utc


def _as_utc(moments: Int64s, utc: Mask, known: Mask, zone: str) -> pd.Series:
    """The result; what lies at the ends of the calendar, where a zone leads out of it, is NaT."""
    known = known & (moments >= _BOUNDS[0]) & (moments <= _BOUNDS[1])
    result = pd.Series(np.where(known, moments, 0).astype("datetime64[us]"))
    local = known & ~utc
    if local.any():
        result[local] = to_utc(result[local], zone=zone)
    return result.mask(~known)


def _readers(formats: Sequence[str]) -> Iterator[Callable[[pa.LargeStringArray], _Read]]:
    """The ways to read a text, in order: for each format the fast one first."""
    for form in formats:
        if form == "iso":
            yield partial(_fixed, patterns=_ISO_FIXED)
            yield _iso
        elif form in ("epoch", "epoch_ms"):
            yield partial(_epoch, unit=1_000_000 if form == "epoch" else 1_000)
        elif form in ("excel", "excel_1904"):
            yield partial(_excel, later=_EXCEL_1904 if form == "excel_1904" else 0)
        else:
            yield partial(_fixed, patterns=[form])
            yield partial(_strptime, form=form)


def _fixed(texts: pa.LargeStringArray, patterns: Sequence[str]) -> _Read:
    widths = pc.binary_length(texts).to_numpy()
    values = np.zeros(len(texts), dtype="int64")
    aware, sound = np.zeros(len(texts), dtype=bool), np.zeros(len(texts), dtype=bool)
    for layout in filter(None, map(fixed_width.layout, patterns)):
        where = np.flatnonzero(widths == layout.width)
        if where.size:
            values[where], sound[where] = fixed_width.parse(texts.take(pa.array(where)), layout)
            aware[where] = layout.aware
    return values, aware, sound


def _iso(texts: pa.LargeStringArray) -> _Read:
    sound = _matches(texts, _ISO)
    aware = sound & _matches(texts, _ISO_OFFSET)
    plain = pc.replace_substring_regex(texts, r"[.,](\d{1,6})\d*", r".\1")
    plain = pc.replace_substring(plain, "z", "Z")
    plain = pc.replace_substring_regex(plain, r" ([Z+-])", r"\1")
    values, parsed = _to_datetime(plain, "ISO8601", sound)
    return values, aware, parsed


def _strptime(texts: pa.LargeStringArray, form: str) -> _Read:
    values, parsed = _to_datetime(texts, form, np.ones(len(texts), dtype=bool))
    return values, np.full(len(texts), "%z" in form), parsed


def _to_datetime(texts: pa.LargeStringArray, form: str, wanted: Mask) -> tuple[Int64s, Mask]:
    series = pd.Series(texts.to_pandas()).where(wanted)
    parsed = pd.to_datetime(series, format=form, utc=True, errors="coerce")
    moments = parsed.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return moments.astype("int64"), parsed.notna().to_numpy(dtype=bool)


def _epoch(texts: pa.LargeStringArray, unit: int) -> _Read:
    numbers, sound = _numbers(texts)
    sound &= np.abs(numbers) < _BOUNDS[1] / unit
    values = np.where(sound, np.rint(numbers * unit), 0).astype("int64")
    return values, np.ones(len(texts), dtype=bool), sound


def _excel(texts: pa.LargeStringArray, later: int) -> _Read:
    days, sound = _numbers(texts)
    days = days + later
    sound &= (days >= _EXCEL_FIRST) & (days <= _EXCEL_LAST)
    milliseconds = np.rint(np.where(sound, days + _EXCEL_EPOCH, 0) * (_DAY / 1000))
    return milliseconds.astype("int64") * 1000, np.zeros(len(texts), dtype=bool), sound


def _numbers(texts: pa.LargeStringArray) -> tuple[npt.NDArray[np.float64], Mask]:
    sound = _matches(texts, r"^-?\d{1,15}(\.\d{1,12})?$")
    plain = pc.if_else(pa.array(sound), texts, "0")
    return pc.cast(plain, pa.float64()).to_numpy(zero_copy_only=False), sound


def _matches(texts: pa.LargeStringArray, pattern: str) -> Mask:
    found: Mask = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return found
