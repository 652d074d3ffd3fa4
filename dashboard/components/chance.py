"""What is said below the chance of being finished: how far it may be trusted, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard.i18n import Translator


def chance_said(
    t: Translator, chance: Mapping[str, Any], *, oldest: int, rough: bool
) -> Iterator[str]:
    """Why the naive figure is another, or that it is none; and whether the days are still to come.

    ``chance``: a ``p_within`` that is told. ``oldest``: days from the first day of the period to
    the as-of date, which no case of it can be older than. ``rough``: a naive figure that is None
    was not told.
    """
    yield from _difference(t, chance, rough=rough)
    if oldest < chance["t"] and chance["value"] < 1:
        yield t(
            "The earliest of them were received {age} before the as-of date at most and have not "
            "been followed for {limit} yet: the chance can only turn out higher.",
            age=t.days(oldest),
            limit=t.days(chance["t"]),
        )


def _difference(t: Translator, chance: Mapping[str, Any], *, rough: bool) -> Iterator[str]:
    naive = chance["naive"]
    if naive is None:
        if not rough:
            yield t("None of them is finished yet, so the finished cases alone say nothing.")
    elif t.percent(naive) == t.percent(chance["value"]):
        yield t(
            "Counted over finished cases alone it is {naive} as well: no case that is still open "
            "makes a difference here.",
            naive=t.percent(naive),
        )
    else:
        yield t(
            "Counted over finished cases alone it would be {naive}: that leaves out every case "
            "that is still open, and so the slowest.",
            naive=t.percent(naive),
        )
