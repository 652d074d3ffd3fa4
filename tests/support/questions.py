"""Any filter that a reader may set, for properties that hold whatever is asked."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from dashboard.filters import Filter
from etl.regulation.model import Regulation


@st.composite
def any_filters(draw: st.DrawFn, regulation: Regulation, days: st.SearchStrategy[date]) -> Filter:
    """Any clock, any codes in the regulation's order, any day and any period of ``days``."""
    first, last = sorted((draw(days), draw(days)))
    return Filter(
        as_of=draw(days),
        period_from=first,
        period_to=last,
        clock=draw(st.sampled_from(regulation.codes("clocks"))),
        channels=draw(_some(regulation.codes("channels"))),
        categories=draw(_some(regulation.codes("categories"))),
        service_points=draw(_some(regulation.codes("service_points"))),
    )


def _some(codes: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """None of the codes as often as some of them: most readers set no filter."""
    chosen = st.just(()) | st.sets(st.sampled_from(codes), min_size=1)
    return chosen.map(lambda taken: tuple(code for code in codes if code in taken))
