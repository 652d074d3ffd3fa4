"""What the figures beside it mean, folded away: definition, base, what they do not say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dashboard import html
from dashboard.components.sources import loaded_when
from dashboard.context import Context
from dashboard.measures import REGISTRY, Measure, words


def meaning(here: Context, *keys: str) -> html.Details:
    """The measures of ``keys``, one below the other, under the clock of the reader's filter."""
    measures = [REGISTRY[key] for key in keys]
    shared = _shared(measures)
    entries = [html.Div(list(_entry(here, measure, shared))) for measure in measures]
    common = [html.Ul([html.Li(here.t(caveat)) for caveat in shared])] if shared else []
    return html.Details(
        [
            html.Summary(here.t(words.MEANING)),
            html.Dl(entries),
            *common,
            html.P(loaded_when(here)),
        ],
        className="kz-folded kz-meaning",
    )


def _shared(measures: list[Measure]) -> list[str]:
    """What none of several says, to be told once for all."""
    if len(measures) == 1:
        return []
    return [c for c in measures[0].caveats if all(c in measure.caveats for measure in measures)]


def _entry(here: Context, measure: Measure, shared: list[str]) -> Iterator[Any]:
    t = here.t
    yield html.Dt(t(measure.name))
    yield html.Dd(t(measure.definition))
    if measure.denominator:
        yield html.Dd(f"{t(words.BASE)}: {t(measure.denominator)}")
    own = [html.Li(t(caveat)) for caveat in measure.caveats if caveat not in shared]
    if own:
        yield html.Dd(html.Ul(own))
    item = measure.item(here.regulation, here.filter.clock)
    if item is not None:
        yield html.Dd(t("Regulation, item {item}", item=item))
