"""How a course keeps to its diagram, and how courses lie in a row and come back."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.courses import packed
from etl.courses.verdicts import KINDS, Diagram, deviations_at, over_time
from tests.support import oracle
from tests.support.regulations import almaty

DIRECT = almaty().named("channels", "direct")
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


times = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2**60)), max_size=40
)


@given(rows=times)
def test_times_come_back_from_the_rows_that_keep_them(rows: list[tuple[int, int, int]]) -> None:
    rows.sort()
    columns = [np.array([row[n] for row in rows], dtype="int64") for n in range(3)]
    kept = list(packed.rows_of(packed.Times(*columns), ["a", "b", "c", "d"]))
    coded = packed.times_of([row[1] for row in kept], [row[2] for row in kept])
    micros = np.frombuffer(b"".join(row[3] for row in kept), packed.TIME)
    row = np.repeat([one[0] for one in kept], coded.lengths)
    steps = ["abcd".index(coded.names[code]) for code in coded.codes]
    assert sorted(zip(row.tolist(), steps, micros.tolist(), strict=True)) == rows


def test_courses_come_back_as_their_steps() -> None:
    rows = [packed.joined(steps) for steps in (["b", "a", "b"], [], ["c"])]
    coded = packed.courses(rows)
    assert [coded.names[code] for code in coded.codes] == ["b", "a", "b", "c"]
    assert coded.lengths.tolist() == [3, 0, 1]
