"""How old what is shown is."""

from __future__ import annotations

from dashboard.i18n import N_
from dashboard.measures.measure import Measure

MEASURES = (
    Measure(
        key="freshness",
        name=N_("Age of the data"),
        definition=N_(
            "By source, the hours since its newest event and since its newest successful load: as "
            "of now, or as of the end of the as-of date where that is past."
        ),
        formula="A − newest event, A − newest successful run, by source",
        caveats=(
            N_(
                "A source in which nothing happened is as old as one that was not delivered: "
                "look at both hours."
            ),
        ),
        unit="hours",
        good="down",
        stock=True,
        many=True,
        of=lambda b: None if b.ages is None else dict(b.ages),
    ),
)
