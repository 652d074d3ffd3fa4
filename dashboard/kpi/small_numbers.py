"""Which parts of a whole must not be shown, since few people stand behind them."""

from __future__ import annotations

from collections.abc import Sequence


def is_small(n: int, least: int) -> bool:
    """Whether there is somebody, but fewer than ``least``."""
    return 0 < n < least


def hidden(counts: Sequence[int], total: int, least: int) -> set[int]:
    """The places of those parts to hide: the small, and the next smallest with them where the whole
    is shown and would give the hidden away by subtraction."""
    found = {i for i, n in enumerate(counts) if is_small(n, least)}
    if total < least:
        return found
    rest = total - sum(counts) + sum(counts[i] for i in found)
    for i in sorted((i for i, n in enumerate(counts) if n >= least), key=lambda i: counts[i]):
        if not is_small(rest, least):
            break
        found.add(i)
        rest += counts[i]
    return found
