"""How many surveys come back for each case that is finished."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dashboard.kpi.small_numbers import hidden, is_small
from dashboard.kpi.state import Cases, Responses, count, during

Rate = dict[str, float | int | None]  # value, responses, stopped


def response_rate(responses: Responses, cases: Cases, first: date, last: date) -> Rate:
    """``value``: the ``responses`` of the period for each case ``stopped`` in it, None where none
    was. A form says nothing of its case, so this is no share: it may exceed 1."""
    given = count(responses.n, during(responses.answered, first, last))
    stopped = count(cases.n, during(cases.stopped, first, last))
    return {"value": given / stopped if stopped else None, "responses": given, "stopped": stopped}


def hide_small(parts: Sequence[Rate], whole: Rate, least: int) -> tuple[list[Rate], Rate]:
    """``parts`` and ``whole`` without what would tell of fewer than ``least`` responses; how many
    cases stopped remains."""
    total = _responses(whole)
    places = hidden([_responses(part) for part in parts], total, least)
    shown = [_without(part) if i in places else part for i, part in enumerate(parts)]
    return shown, _without(whole) if is_small(total, least) else whole


def _responses(rate: Rate) -> int:
    return int(rate["responses"] or 0)


def _without(rate: Rate) -> Rate:
    return {**rate, "value": None, "responses": None}
