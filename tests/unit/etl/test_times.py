"""Texts to moments, against strptime and zoneinfo one text at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import times

ALMATY = "Asia/Almaty"
FORMATS = ("%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%d/%m/%y", "%d.%m.%Y ж.")
ZONES = ("Asia/Almaty", "Europe/Amsterdam", "America/New_York", "UTC")


def parsed(texts: list[str | None], formats: tuple[str, ...], zone: str = ALMATY) -> list[object]:
    result = times.parse(pd.Series(texts, dtype="str"), formats, zone=zone)
    assert result.dtype == "datetime64[us]"
    return [None if pd.isna(moment) else moment.to_pydatetime() for moment in result]


def slowly(text: str, formats: tuple[str, ...], zone: str) -> datetime | None:
    """The same by the standard library: the first format that reads the text."""
    for form in formats:
        try:
            local = datetime.strptime(text, form)  # noqa: DTZ007 (the zone follows)
        except ValueError:
            continue
        placed = local.replace(tzinfo=ZoneInfo(zone), fold=0)
        moment = placed.astimezone(UTC)
        if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:  # it did not occur
            moment = _first_after_gap(placed)
        return moment.replace(tzinfo=None)
    return None


def _first_after_gap(placed: datetime) -> datetime:
    """The moment at which the clocks went forward over a local time."""
    before = placed.astimezone(UTC) - timedelta(days=1)
    offset = before.astimezone(placed.tzinfo).utcoffset()
    low, high = before, before + timedelta(days=2)
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) / 2
        low, high = (
            (middle, high)
            if middle.astimezone(placed.tzinfo).utcoffset() == offset
            else (low, middle)
        )
    return high


numbers = st.integers(0, 99)
almost_dates = st.one_of(
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).flatmap(
        lambda moment: st.sampled_from([moment.strftime(form) for form in FORMATS])
    ),
    st.builds("{:02d}.{:02d}.20{:02d}".format, numbers, numbers, numbers),
    st.builds("{}.{}.20{:02d} {}:{:02d}".format, numbers, numbers, numbers, numbers, numbers),
    st.text("0123456789.:/- жTZ", max_size=20),
)


@settings(deadline=None)
@given(
    texts=st.lists(almost_dates, min_size=1, max_size=8),
    formats=st.permutations(FORMATS).flatmap(
        lambda all_of_them: st.integers(1, len(FORMATS)).map(lambda n: tuple(all_of_them[:n]))
    ),
    zone=st.sampled_from(ZONES),
)
def test_columns_are_read_as_strptime_reads_each_text(
    texts: list[str], formats: tuple[str, ...], zone: str
) -> None:
    expected = [slowly(text.strip(), formats, zone) for text in texts]
    assert parsed([text.strip() or None for text in texts], formats, zone) == [
        moment if text.strip() else None for text, moment in zip(texts, expected, strict=True)
    ]


offsets = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(deadline=None)
@given(
    moments=st.lists(
        st.datetimes(
            datetime(1950, 1, 1), datetime(2090, 1, 1), timezones=st.one_of(st.none(), offsets)
        ),
        min_size=1,
        max_size=8,
    ),
    separator=st.sampled_from("T "),
    timespec=st.sampled_from(["minutes", "seconds", "milliseconds", "microseconds"]),
)
def test_iso_texts_with_and_without_offset_stand_in_one_column(
    moments: list[datetime], separator: str, timespec: str
) -> None:
    texts = [moment.isoformat(separator, timespec) for moment in moments]
    zone = ZoneInfo("UTC")
    expected = [
        datetime.fromisoformat(text).replace(tzinfo=moment.tzinfo or zone).astimezone(UTC)
        for text, moment in zip(texts, moments, strict=True)
    ]
    assert parsed(texts, ("iso",), "UTC") == [m.replace(tzinfo=None) for m in expected]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2013-07-15", datetime(2013, 7, 14, 18)),
        ("2013-07-15T10:05", datetime(2013, 7, 15, 4, 5)),
        ("2013-07-15T10:05Z", datetime(2013, 7, 15, 10, 5)),
        ("2013-07-15 10:05:06.5+06:00", datetime(2013, 7, 15, 4, 5, 6, 500_000)),
        ("2013-07-15T10:05:06.123456789+0600", datetime(2013, 7, 15, 4, 5, 6, 123_456)),
        ("2013-07-15T10:05:06,25 +06", datetime(2013, 7, 15, 4, 5, 6, 250_000)),
    ],
)
def test_the_forms_of_iso_that_systems_write(text: str, moment: datetime) -> None:
    assert parsed([text], ("iso",)) == [moment]


@pytest.mark.parametrize(
    "text",
    [
        "2013",
        "2013-07",
        "20130715",
        "2013-7-1",
        "2013-02-30",
        "2013-07-15T24:00:00",
        "today",
        "1e5",
    ],
)
def test_what_is_half_a_date_or_none_is_not_guessed(text: str) -> None:
    assert parsed([text], ("iso",)) == [None]


def test_the_hour_that_almaty_had_twice_is_the_first_of_the_two() -> None:
    # Given the night in which the clocks went back from +06:00 to +05:00
    texts = ["29.02.2024 22:59", "29.02.2024 23:30", "01.03.2024 00:00"]
    # Then 23:30 is the one an hour and a half before midnight
    assert parsed(texts, ("%d.%m.%Y %H:%M",)) == [
        datetime(2024, 2, 29, 16, 59),
        datetime(2024, 2, 29, 17, 30),
        datetime(2024, 2, 29, 19, 0),
    ]


def test_an_hour_that_did_not_occur_becomes_the_first_that_did() -> None:
    assert parsed(["27.03.2011 02:30"], ("%d.%m.%Y %H:%M",), "Europe/Amsterdam") == [
        datetime(2011, 3, 27, 1, 0)
    ]


def test_counts_of_seconds_milliseconds_and_days_are_times_too() -> None:
    assert parsed(["1373860800"], ("epoch",)) == [datetime(2013, 7, 15, 4)]
    assert parsed(["1373860800250"], ("epoch_ms",)) == [datetime(2013, 7, 15, 4, 0, 0, 250_000)]
    assert parsed(["41470.5"], ("excel",)) == [datetime(2013, 7, 15, 6)]
    assert parsed(["12", "-1"], ("excel",)) == [None, None]


def test_a_format_with_its_own_offset_needs_no_zone() -> None:
    assert parsed(["15.07.2013 10:00 +0300"], ("%d.%m.%Y %H:%M %z",)) == [datetime(2013, 7, 15, 7)]


def test_the_ends_of_the_calendar_are_no_times() -> None:
    assert parsed(["0001-01-01", "9999-12-31"], ("iso",)) == [None, None]


def test_a_column_of_nothing_stays_one() -> None:
    assert parsed([None, None], ("iso",)) == [None, None]
    assert parsed([], ("iso",)) == []
