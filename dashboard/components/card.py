"""One measure at a glance: value, context, two years of it, what the last month says."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard import html
from dashboard.assess import ASSURANCE, VARIATION, Assessment
from dashboard.components.attributes import aria
from dashboard.figures.sparkline import sparkline
from dashboard.i18n import Translator, is_missing
from dashboard.kpi.signals import Assurance, Variation

_SIGNS = {"common_cause": "○", "improving": "▲", "worsening": "▼", "special_cause": "◆"}
_MET = {"passes": "●", "hit_or_miss": "◐", "fails": "✕"}


@dataclass(frozen=True, kw_only=True)
class Card:
    """``value`` as it is read; ``line``: the months that the small chart draws.

    ``judged``: what the words on variation are about (the line, or the flow behind a stock).
    ``limited``: whether the small chart shows the usual range.
    """

    name: str
    value: str
    context: str
    line: Assessment
    judged: Assessment
    what: str = ""  # whose variation it is, where that is not the line itself
    limited: bool = True
    more: Sequence[str] = ()
    n: str
    link: str
    href: str
    shape: str  # the small chart in words


def card(t: Translator, c: Card) -> html.Article:
    """The card of one measure."""
    judged = c.judged.assurance
    return html.Article(
        [
            html.H2(c.name),
            html.P(c.value, className="kz-value"),
            html.P(c.context, className="kz-context"),
            _chart(c),
            html.P(variation(t, c.judged.variation, c.what), className="kz-variation"),
            *([html.P(assurance(t, judged), className="kz-more")] if judged else []),
            *(html.P(text, className="kz-more") for text in c.more),
            html.P([c.n, " · ", html.Link(c.link, href=c.href)], className="kz-foot"),
        ],
        className="kz-card",
    )


def variation(t: Translator, said: Variation | None, what: str = "") -> Any:
    """The variation as sign and words; how it matters shows in the words, not the colour alone."""
    if said is None:
        return html.Span(t("too few months to say"))
    words = t(VARIATION[said])
    return html.Span(
        [
            html.Span(_SIGNS[said], **aria(hidden="true")),
            " ",
            f"{what}: {words}" if what else words[:1].upper() + words[1:],
        ],
        className=f"kz-{said.replace('_', '-')}",
    )


def assurance(t: Translator, said: Assurance, words: str | None = None) -> html.Span:
    """Whether the target is within reach, as sign and words; ``words``: other than the card's."""
    words = words or t(ASSURANCE[said])
    sign = html.Span(_MET[said], **aria(hidden="true"))
    return html.Span([sign, " ", words[:1].upper() + words[1:]], className="kz-assurance")


def _chart(c: Card) -> html.Div:
    line = c.line
    svg = sparkline(
        _points(line.values),
        phases=line.phases if c.limited else (),
        marks=line.marks if c.limited else None,
        target=() if line.target is None else _points(line.target),
    )
    if not svg:
        return html.Div(className="kz-spark")
    source = "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()
    return html.Div(html.Img(src=source, alt=c.shape), className="kz-spark")


def _points(values: Iterable[float]) -> list[float | None]:
    return [None if is_missing(v) else float(v) for v in values]
