"""Blocks of offices with enough people each, and months that totals do not give away."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.kpi.small_numbers import blocks, may_tell, steady


@given(counts=st.lists(st.integers(0, 15), max_size=9), least=st.integers(1, 8), data=st.data())
def test_every_block_has_enough_people_and_everybody_is_in_one(
    counts: list[int], least: int, data: st.DataObject
) -> None:
    of = dict(enumerate(counts))
    groups = {i: data.draw(st.sampled_from("ab")) for i in of}
    found = blocks(of, least, groups)
    assert sorted(i for block in found for i in block) == [i for i in of if of[i]]
    if sum(counts) >= least:
        assert all(sum(of[i] for i in block) >= least for block in found)
    else:
        assert len(found) <= 1
    for group in "ab":
        own = [i for i in of if groups[i] == group]
        n = sum(of[i] for i in own)
        left_over = sum(of[i] for i in of if groups[i] != group)
        if n >= least and not 0 < left_over < least:
            assert may_tell(own, of, found, least)


def test_a_small_office_is_put_with_the_smallest_other() -> None:
    assert set(blocks({"a": 30, "b": 2, "c": 8, "d": 12}, 5)) == {
        frozenset("a"),
        frozenset("bc"),
        frozenset("d"),
    }


def test_two_small_offices_protect_each_other_only_if_together_they_are_enough() -> None:
    assert set(blocks({"a": 3, "b": 3, "c": 9}, 5)) == {frozenset("ab"), frozenset("c")}
    assert blocks({"a": 2, "b": 2, "c": 9}, 5) == [frozenset("abc")]


def test_too_few_in_all_are_not_told_but_nobody_is() -> None:
    counts = {"a": 2, "b": 2, "c": 0}
    found = blocks(counts, 5)
    assert not may_tell("ab", counts, found, 5)
    assert may_tell("c", counts, found, 5)


@given(
    table=st.lists(st.lists(st.integers(0, 8), min_size=3, max_size=3), min_size=1, max_size=3).map(
        lambda rows: np.array(rows, dtype="int64")
    ),
    least=st.integers(2, 6),
)
@settings(max_examples=150, deadline=None)
def test_totals_and_the_rows_told_by_month_give_no_few_people_away(
    table: np.ndarray, least: int
) -> None:
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    if any(0 < n < least for n in (*rows, *columns)):
        return  # such totals are put together before
    told = steady(table, least)
    cells = list(product(range(len(table)), range(3)))
    known = [[cell[0] == row for cell in cells] for row in range(len(table))]
    known += [[cell[1] == column for cell in cells] for column in range(3)]
    known += [[cell == one for cell in cells] for one in cells if told[one[0]]]
    known += [
        [cell == one for cell in cells]
        for one in cells
        if columns[one[1]] == 0 or rows[one[0]] == 0
    ]
    space = np.array(known, dtype=float)
    rank = np.linalg.matrix_rank(space)
    people = [i for i, cell in enumerate(cells) if table[cell]]
    for size in range(1, least):
        for some in combinations(people, size):
            if sum(table[cells[i]] for i in some) < least:
                wanted = np.isin(np.arange(len(cells)), some)
                assert np.linalg.matrix_rank(np.vstack([space, wanted])) > rank
