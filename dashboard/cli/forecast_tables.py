"""What ``kezek forecast`` tells, as a table and lines for a reader and as plain JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.table import Table

from dashboard.cli.etl_tables import LOOK, show
from dashboard.kpi import forecast_score
from dashboard.kpi.forecast_score import Score, Verdict
from dashboard.queries import StoredForecast

__all__ = ["of_forecasts", "plain", "said", "show", "summary"]

_NUMBERS = ("expected", "90 %", "came", "before")  # the last: in the same span before
_VERDICTS: dict[Verdict, str] = {
    "better": "better than",
    "same": "no better than",
    "worse": "WORSE than",
}
_Key = tuple[str, int, str]


def of_forecasts(forecasts: Iterable[StoredForecast], title: str) -> Table:
    """A row a forecast; "–" where its day has not come."""
    table = Table(title=title, **LOOK)
    for name in ("as of", "days", "clock", "channel"):
        table.add_column(name, no_wrap=True)
    for name in _NUMBERS:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for one in forecasts:
        table.add_row(
            one.as_of.isoformat(),
            str(one.horizon),
            one.clock,
            one.channel or "all",
            f"{one.expected:.1f}",
            f"{one.low}–{one.high}",
            "–" if one.realised is None else str(one.realised),
            str(one.naive),
            "backtest" if one.is_backtest else "",
        )
    return table


def plain(one: StoredForecast) -> dict[str, Any]:
    """A forecast as JSON has it: days ISO, times UTC, ``channel`` null for all of them."""
    return {
        **vars(one),
        "as_of": one.as_of.isoformat(),
        "channel": one.channel or None,
        "known_to": one.known_to.isoformat(),
        "made_at": one.made_at.isoformat() + "Z",
        "scored_at": one.scored_at.isoformat() + "Z" if one.scored_at else None,
        "backtest": one.is_backtest,
    }


def summary(scored: Sequence[StoredForecast]) -> list[dict[str, Any]]:
    """A score for each clock, horizon and channel of which there is one."""
    return [
        {
            "clock": clock,
            "horizon": horizon,
            "channel": channel or None,
            "scored": found.n,
            "mean_absolute_error": found.error,
            "mean_absolute_error_naive": found.naive_error,
            "inside_interval": found.inside,
            "verdict": found.verdict,
        }
        for (clock, horizon, channel), found in _scores(scored)
    ]


def said(scored: Sequence[StoredForecast]) -> Iterator[str]:
    """The same in words, a line each."""
    for (clock, horizon, channel), found in _scores(scored):
        yield (
            f"{clock}, {horizon} days, {channel or 'all channels'}: over {found.n} scored, off by "
            f"{found.error:.1f} cases on average; {_as_before(horizon)} by "
            f"{found.naive_error:.1f}; {found.inside:.0%} inside the interval. "
            f"It does {_VERDICTS[found.verdict]} {_as_before(horizon)}."
        )


def _as_before(horizon: int) -> str:
    return (
        '"same as last fortnight"' if horizon == 14 else f'"same as in the {horizon} days before"'
    )


def _scores(scored: Sequence[StoredForecast]) -> Iterator[tuple[_Key, Score]]:
    parts: dict[_Key, list[StoredForecast]] = {}
    for one in scored:
        parts.setdefault((one.clock, one.horizon, one.channel), []).append(one)
    for key in sorted(parts):
        found = forecast_score.score(parts[key])
        if found:
            yield key, found
