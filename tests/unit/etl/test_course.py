"""What a run says of itself: when, how often, and to whom. The clock is the test's."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from etl import course
from etl.course import Course, seconds_left


class Clock:
    """A clock that stands until it is put on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told(clock: Clock, caplog: pytest.LogCaptureFixture) -> Course:
    caplog.set_level("DEBUG", logger="etl")
    return Course(lambda *_, **__: None, clock=clock)


def _events(caplog: pytest.LogCaptureFixture, level: int) -> list[tuple[str, str]]:
    return [
        (record.event, record.getMessage())  # type: ignore[attr-defined]
        for record in caplog.records
        if record.levelno >= level
    ]


def _read(told: Course, clock: Clock, *, seconds: int, source: str = "office", **more: Any) -> None:
    """A source that gives a part of a hundred rows every second."""
    before = more.pop("rows", 0)
    told("read", source=source, total=2, rows=before, **more)
    for second in range(1, seconds + 1):
        clock.now += 1
        told("read", source=source, total=2, rows=before + 100 * second, **more)


def test_a_long_source_is_a_line_every_ten_seconds_at_most(
    told: Course, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    _read(told, clock, seconds=25)
    assert _events(caplog, logging.INFO) == [
        ("stage_begun", "reading 2 sources"),
        ("source_begun", "office (1 of 2): begins"),
        ("reading", "office (1 of 2): 1000 rows, 100 rows/s in all"),
        ("reading", "office (1 of 2): 2000 rows, 100 rows/s in all"),
    ]
    assert [event for event, _ in _events(caplog, logging.DEBUG)].count("reading") == 25


def test_stages_and_sources_are_told_as_they_begin_and_end(
    told: Course, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    _read(told, clock, seconds=2)
    _read(told, clock, seconds=3, source="register", done=1, rows=200)
    told("merge", run_id=7)
    clock.now += 4
    told("done")
    assert _events(caplog, logging.INFO) == [
        ("stage_begun", "reading 2 sources"),
        ("source_begun", "office (1 of 2): begins"),
        ("source_read", "office: read in 2.0 s, 200 rows, 100 rows/s"),
        ("source_begun", "register (2 of 2): begins"),
        ("source_read", "register: read in 3.0 s, 300 rows, 100 rows/s"),
        ("stage_ended", "reading: done in 5.0 s, 500 rows, 100 rows/s"),
        ("stage_begun", "merging"),
        ("stage_ended", "merging: done in 4.0 s"),
    ]
    numbers = [record.fields.get("run_id") for record in caplog.records]  # type: ignore[attr-defined]
    assert numbers[-2:] == [7, 7]
    assert set(numbers[:-2]) == {None}


@pytest.mark.parametrize(
    ("done", "left", "expected"), [(400, 100, 2.5), (400, 0, 0.0), (0, 100, None), (9, None, None)]
)
def test_the_time_left_follows_the_bytes_and_is_none_where_they_are_not_known(
    done: int, left: int | None, expected: float | None
) -> None:
    assert seconds_left({"bytes_done": done, "bytes_left": left}, 10.0) == expected


def test_the_time_left_stands_in_the_line(
    told: Course, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    told("read", source="office", total=1)
    clock.now += 10
    told("read", source="office", total=1, rows=5, bytes_done=100, bytes_left=300)
    assert _events(caplog, logging.INFO)[-1][1].endswith(", 30 s left")


def test_a_retry_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    course.retrying("It is starting. Trying again in 0.5 s.")
    assert _events(caplog, logging.WARNING) == [("retry", "It is starting. Trying again in 0.5 s.")]
