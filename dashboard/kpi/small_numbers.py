"""Which figures of a whole may be told so that no arithmetic gives one over too few people.

The offices (or months) that are counted are put together into blocks, each with nobody or with at
least ``least`` people, by a rule that does not look at who asks for what. A figure is told where
what it counts is a union of blocks. Sums and differences of unions of blocks are made of whole
blocks again, so whatever is asked beside it, nothing about fewer people comes out.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

import numpy as np
import numpy.typing as npt

K = TypeVar("K", bound=Hashable)
_MIDDLE = 2.5  # of one to four
Table = npt.NDArray[np.int64]  # blocks of offices by months


def is_small(n: int, least: int) -> bool:
    """Whether there is somebody, but fewer than ``least``."""
    return 0 < n < least


class Few(int):
    """One to four, of whom not more is told: read as "1–4", reckoned with as five."""

    def __str__(self) -> str:
        return "1–4"


def in_fives(n: int) -> int:
    """A count to the nearest five; one to four are ``Few``."""
    return Few(5) if is_small(n, 5) else 5 * round(n / 5)


def drawn(n: float | None) -> float | None:
    """Where a count lies in a chart or among months: ``Few`` in its middle, where no other told
    count lies."""
    return _MIDDLE if isinstance(n, Few) else n


def of_drawn(value: float | None) -> float | None:
    """The count again, of what ``drawn`` gave."""
    return Few(5) if value == _MIDDLE else value


def in_steps(part: int, n: int) -> float | None:
    """``part`` of ``n`` as a share from which no small count comes out; None where any would.

    To the nearest 1 % where that is five or more, else to the nearest 5 %. Over fewer than a
    hundred that is less than five, and then neither the part nor what remains may be one to four.
    """
    if not n or (n < 100 and any(is_small(k, 5) for k in (n, part, n - part))):
        return None
    steps = 100 if n >= 500 else 20
    return round(steps * part / n) / steps


def of_fives(part: int, n: int) -> float | None:
    """``part`` for each of ``n``, counts in fives; None where rounding would falsify it."""
    if n and not part:
        return 0.0
    return None if n < 100 or isinstance(part, Few) else part / n


def blocks(
    counts: Mapping[K, int], least: int, groups: Mapping[K, str] | None = None
) -> list[frozenset[K]]:
    """The keys of ``counts`` over whom there is somebody, in blocks of at least ``least``.

    A key that has so many is a block of its own. The smaller are put together in their order, and
    what is left over joins the smallest other block. ``groups``: keys of one group are put together
    first, so that the figure of a group with enough people can be told. Where all together are too
    few they are one block, which may not be told.
    """
    parts: dict[str, list[frozenset[K]]] = {}
    for key, n in counts.items():
        if n > 0:
            parts.setdefault((groups or {}).get(key, ""), []).append(frozenset([key]))
    merged = [block for part in parts.values() for block in _merged(part, counts, least)]
    return _merged(merged, counts, least)


def may_tell(
    asked: Collection[K], counts: Mapping[K, int], partition: Iterable[frozenset[K]], least: int
) -> bool:
    """Whether a figure over the keys of ``asked`` is one of whole blocks; of nobody it always is.

    ``counts`` and ``partition``: as given to and by ``blocks``.
    """
    wanted = {key for key in asked if counts.get(key, 0) > 0}
    inside = [block for block in partition if block & wanted]
    return all(block <= wanted and _size(block, counts) >= least for block in inside)


def steady(table: Table, least: int) -> npt.NDArray[np.bool_]:
    """Which rows may be told month by month beside the totals of every row and of every column.

    ``table``: int64, a row for each block of offices, a column for each month. A row with a small
    cell is not told by month. The others together are told as the column less the rows told, so
    where these are few in any month, the smallest other row joins them. What remains hidden is a
    table of which only whole rows and whole columns are known; only sums of these come out of it.
    """
    told: npt.NDArray[np.bool_] = np.asarray(~((table > 0) & (table < least)).any(axis=1))
    order = np.argsort(table.sum(axis=1), kind="stable")
    for row in order:
        rest = table[~told].sum(axis=0)
        if not ((rest > 0) & (rest < least)).any():
            break
        told[row] = False
    return told


def _merged(units: list[frozenset[K]], counts: Mapping[K, int], least: int) -> list[frozenset[K]]:
    whole: list[frozenset[K]] = []
    small: list[frozenset[K]] = []
    for unit in units:
        (whole if _size(unit, counts) >= least else small).append(unit)
    rest: frozenset[K] = frozenset()
    for unit in small:
        rest |= unit
        if _size(rest, counts) >= least:
            whole.append(rest)
            rest = frozenset()
    if rest and whole:
        nearest = min(range(len(whole)), key=lambda i: _size(whole[i], counts))
        whole[nearest] |= rest
    elif rest:
        whole.append(rest)
    return whole


def _size(block: Iterable[K], counts: Mapping[K, int]) -> int:
    return sum(counts[key] for key in block)
