"""Reaching steps through a diagram, against a closure computed by matrices."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl.regulation.ways import reach, reversed_edges

NODES = [str(n) for n in range(6)]
graphs = st.fixed_dictionaries({n: st.lists(st.sampled_from(NODES), max_size=3) for n in NODES})
node_sets = st.sets(st.sampled_from(NODES))


def closure(following: dict[str, list[str]], not_beyond: set[str]) -> np.ndarray:
    """Cell (i, j) is true if j is i or can be come to from i."""
    matrix = np.eye(len(NODES), dtype=bool)
    for code, successors in following.items():
        if code not in not_beyond:
            matrix[int(code), [int(s) for s in successors]] = True
    for _ in NODES:
        matrix = matrix @ matrix
    return matrix


@given(following=graphs, starts=node_sets, not_beyond=node_sets)
def test_reaches_what_the_closure_of_the_graph_reaches(
    following: dict[str, list[str]], starts: set[str], not_beyond: set[str]
) -> None:
    matrix = closure(following, not_beyond)
    expected = {j for i in starts for j in NODES if matrix[int(i), int(j)]}
    assert reach(starts, following, not_beyond=not_beyond) == expected


@given(following=graphs)
def test_turning_the_arrows_twice_gives_the_same_arrows(following: dict[str, list[str]]) -> None:
    twice = reversed_edges(reversed_edges(following))
    assert {code: sorted(s) for code, s in twice.items()} == {
        code: sorted(s) for code, s in following.items()
    }
