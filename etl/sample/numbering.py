"""Numbers that begin anew every year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


class Numbers:
    """One book's running numbers."""

    def __init__(self) -> None:
        self._last: Counter[int] = Counter()

    def next(self, years: Sequence[int]) -> list[int]:
        """The next number for each document, by its year."""
        given = []
        for year in years:
            self._last[year] += 1
            given.append(self._last[year])
        return given
