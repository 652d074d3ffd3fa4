"""How many surveys come back for each case that is finished."""

from __future__ import annotations

from datetime import date

from dashboard.kpi.state import Cases, Responses, count, during

Rate = dict[str, float | int | None]  # value, responses, stopped


def response_rate(responses: Responses, cases: Cases, first: date, last: date) -> Rate:
    """``value``: the ``responses`` of the period for each case ``stopped`` in it, None where none
    was. A form says nothing of its case, so this is no share: it may exceed 1."""
    given = count(responses.n, during(responses.answered, first, last))
    stopped = count(cases.n, during(cases.stopped, first, last))
    return {"value": given / stopped if stopped else None, "responses": given, "stopped": stopped}


def without(rate: Rate) -> Rate:
    """The rate without what would tell of too few responses; how many cases stopped remains."""
    return {**rate, "value": None, "responses": None}
