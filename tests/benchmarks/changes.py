"""Filters that a reader might choose one after the other, no two of them alike."""

from __future__ import annotations

import random
from datetime import date, timedelta

from dashboard import filters
from dashboard.filters import Filter
from etl.regulation.model import Regulation
from tests.benchmarks.cities import AS_OF

_DIMENSIONS = (
    ("channel", "channels"),
    ("category", "categories"),
    ("service_point", "service_points"),
)


def changes(regulation: Regulation, many: int) -> list[str]:
    """The addresses' queries of ``many`` filters: some offices, categories or channels, another
    period, another as-of date; the same for the same arguments."""
    dice = random.Random(7)  # noqa: S311 (no secret hangs on it)
    found: dict[Filter, str] = {}
    while len(found) < many:
        asked = {}
        for key, field in dice.sample(_DIMENSIONS, dice.choice((0, 1, 1, 2))):
            codes = regulation.codes(field)
            asked[key] = ",".join(sorted(dice.sample(codes, dice.randint(1, 2))))
        if dice.random() < 0.4:
            first = date(dice.choice((2012, 2013)), dice.randint(1, 9), 1)
            last = first + timedelta(days=dice.choice((30, 60, 90)))
            asked |= {"from": first.isoformat(), "to": last.isoformat()}
        if dice.random() < 0.2:
            asked["as_of"] = (AS_OF - timedelta(days=dice.randint(1, 300))).isoformat()
        chosen, _ = filters.parse(asked, regulation=regulation, default_as_of=AS_OF)
        found.setdefault(chosen, "".join(["?lang=ru", *(f"&{k}={v}" for k, v in asked.items())]))
    return list(found.values())
