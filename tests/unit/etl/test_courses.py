"""How a course keeps to its diagram, and how courses lie in a row and come back."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.courses import packed
from etl.courses.month import ALL, CATEGORIES, CELLS, EVERY, LEVELS, Month, Times, tidy
from etl.courses.verdicts import KINDS, Diagram, deviations_at, over_time
from etl.warehouse import mart_step_times, mart_steps
from tests.support import oracle
from tests.support.regulations import almaty

DIRECT = almaty().named("channels", "direct")
MARCH = date(2013, 3, 1)
USUAL = [f"D-P{n}" for n in range(1, 10)]


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        (USUAL, "path"),
        ([*USUAL[:4], "D-P10", "D-P11", "D-P12"], "path"),
        ([*USUAL[:4], "D-C1", *USUAL[4:]], "path"),
        ([*USUAL[:2], *USUAL[3:]], "skipped"),
        (USUAL[1:], "skipped"),
        (USUAL[:-1], "skipped"),
        ([], "skipped"),
        ([*USUAL[:3], "D-P3", *USUAL[3:]], "repeated"),
        ([*USUAL, "D-P8"], "repeated"),
        ([*USUAL[:1], "D-P3", "D-P2", *USUAL[3:]], "out_of_order"),
        ([*USUAL, "D-P12"], "out_of_order"),
        (["X-P1", *USUAL], "unknown"),
        (["X-P1", *USUAL[1:], "D-P9"], "skipped+repeated+unknown"),
    ],
)
def test_a_sequence_of_steps_is_judged_by_the_diagram(steps: list[str], verdict: str) -> None:
    assert Diagram(DIRECT).judge(steps) == verdict


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (USUAL, []),
        ([*USUAL[:2], *USUAL[3:]], [("skipped", ("D-P3",))]),
        (USUAL[2:], [("skipped", ("D-P1",)), ("skipped", ("D-P2",))]),
        (USUAL[:-1], [("skipped", ("D-P9",))]),
        (USUAL[:4], [("skipped", ("D-P5", "D-P10"))]),  # two ways lead on, and neither was taken
        ([*USUAL, "D-P8", "D-P8"], [("repeated", ("D-P8",))]),
        (
            [*USUAL[:1], "D-P3", "D-P2", *USUAL[3:]],
            [("out_of_order", ("D-P3",)), ("out_of_order", ("D-P2",))],
        ),
        (["X-P1", *USUAL[1:]], [("unknown", ("X-P1",)), ("skipped", ("D-P1",))]),
    ],
)
def test_a_deviation_names_its_steps(steps: list[str], told: list[Any]) -> None:
    assert Diagram(DIRECT).deviations(steps) == told


@given(data=st.data())
@settings(deadline=None, max_examples=100)
def test_any_sequence_is_judged_as_by_looking_at_all_ways(data: st.DataObject) -> None:
    channel = data.draw(st.sampled_from(almaty().channels))
    codes = [step.code for step in channel.steps]
    start = data.draw(st.integers(0, len(codes)))
    length = data.draw(st.integers(0, len(codes) - start))
    strange = st.lists(st.sampled_from([*codes, "a step of nowhere"]), max_size=5)
    steps = [*codes[start : start + length], *data.draw(strange)]
    word = Diagram(channel).judge(steps)
    expected = oracle.deviations(channel, steps)
    assert (word == "path") == oracle.is_way(channel, steps) == (not expected)
    assert set(word.split("+")) - {"path"} == expected


def test_a_verdict_says_what_held_on_each_day() -> None:
    first, second, third = (date(2013, 5, day) for day in (3, 9, 20))
    later = [(first, "skipped"), (second, "path"), (third, "repeated+unknown")]
    verdict = over_time("skipped", later)
    assert verdict == "skipped;2013-05-09=path;2013-05-20=repeated+unknown"
    said = {day: deviations_at(verdict, date(2013, 5, day)) for day in (1, 3, 8, 9, 19, 20, 31)}
    assert said == {
        1: {"skipped"},
        3: {"skipped"},
        8: {"skipped"},
        9: set(),
        19: set(),
        20: {"repeated", "unknown"},
        31: {"repeated", "unknown"},
    }
    assert set(KINDS) >= {"skipped", "repeated", "unknown"}


@given(st.lists(st.integers(0, 2**62), min_size=2))
def test_bins_rise_with_the_times_and_are_narrow(some: list[int]) -> None:
    some.sort()
    found = packed.bins(np.array(some, dtype="int64")).tolist()
    assert found == sorted(found)
    assert 0 <= found[0] <= found[-1] < packed.BINS
    for (low, own), (high, other) in itertools.pairwise(zip(some, found, strict=True)):
        assert own != other or high - low <= max(low, 1) / 31
        assert (own == 0) == (low == 0)


PLACES = [("families", "centre"), ("families", "north"), ("veterans", "centre")]
NAMES = ["a", "b", "c", "d"]
times = st.lists(
    st.tuples(
        st.sampled_from(PLACES),
        st.integers(1, 31),
        st.sampled_from(NAMES),
        st.sampled_from([0, 1, 86_400_000_000]) | st.integers(0, 2**45),
    ),
    max_size=40,
)
Known = tuple[tuple[str, str], int, str, int]


def month(rows: list[Known], *, sign: int = 1) -> Month:
    """March 2013 with times, each of a cell, a day and a step."""
    columns = (
        [PLACES.index(row[0]) for row in rows],
        [row[1] for row in rows],
        [NAMES.index(row[2]) for row in rows],
        [row[3] for row in rows],
        [sign] * len(rows),
    )
    own = Times(*(np.array(column, dtype="int64") for column in columns))
    return tidy("desk", MARCH, PLACES, NAMES, own)


def kept(whole: Month) -> tuple[list[Any], list[Any]]:
    """The rows that keep a month, as they come back from the two marts."""
    both = (mart_steps, whole.count_rows()), (mart_step_times, whole.time_rows())
    counts, single = (
        [SimpleNamespace(**dict(zip(mart.c.keys(), row, strict=True))) for row in rows]
        for mart, rows in both
    )
    return counts, single


def told(whole: Month) -> list[Known]:
    cells, names = whole.cells, whole.names
    cell, day, step, micros, sign = (column.tolist() for column in whole.times)
    assert set(sign) <= {1}
    rows = zip(cell, day, step, micros, strict=True)
    return sorted((cells[c], d, names[s], m) for c, d, s, m in rows)


@given(rows=times.filter(bool))
def test_times_come_back_from_the_rows_that_keep_them(rows: list[Known]) -> None:
    counts, single = kept(month(rows))
    of_month = [row for row in counts if row.span == "month"]
    assert told(Month.stood("desk", MARCH, of_month, single)) == sorted(rows)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("span", ["day", "month"])
@given(rows=times.filter(bool))
def test_days_and_months_count_the_same_times_of_cells_and_of_cells_together(
    rows: list[Known], span: str, level: str
) -> None:
    def group(cell: tuple[str, str]) -> tuple[str, str]:
        category, _ = cell
        return {CELLS: cell, CATEGORIES: (category, EVERY), ALL: (EVERY, EVERY)}[level]

    n, total = Counter[Any](), Counter[Any]()
    whole = month(rows)
    for row in (row for row in kept(whole)[0] if row.span == span + level):
        own = (row.category, row.service_point)
        places = [i for i, cell in enumerate(whole.cells) if group(cell) == own]
        assert [*range(row.cell, row.cell + row.cells)] == places
        key = own, row.starts_on.day
        steps = packed.parted(row.steps)
        for step, number, count in np.frombuffer(row.counts, packed.COUNT).tolist():
            n[*key, steps[step], number] += count
        for step, time in zip(steps, np.frombuffer(row.sums, packed.SUM).tolist(), strict=True):
            total[*key, step] += time
    for cell, day, step, micros in rows:
        key = group(cell), day if span == "day" else 1
        n[*key, step, int(packed.bins(np.array([micros]))[0])] -= 1
        total[*key, step] -= micros
    assert {*n.values(), *total.values()} == {0}


@given(before=times, gone=st.data(), come=times)
def test_what_goes_and_what_comes_leaves_the_rest(
    before: list[Known], gone: st.DataObject, come: list[Known]
) -> None:
    went = [row for row in before if gone.draw(st.booleans())]
    left = month(before).after(month(went, sign=-1)).after(month(come))
    rest = Counter(before)
    rest.subtract(went)
    expected = [*rest.elements(), *come]
    assert told(left) == sorted(expected)
    assert not expected or kept(left) == kept(month(expected))


def test_courses_come_back_as_their_steps() -> None:
    rows = [packed.joined(steps) for steps in (["b", "a", "b"], [], ["c"])]
    coded = packed.courses(rows)
    assert [coded.names[code] for code in coded.codes] == ["b", "a", "b", "c"]
    assert coded.lengths.tolist() == [3, 0, 1]
