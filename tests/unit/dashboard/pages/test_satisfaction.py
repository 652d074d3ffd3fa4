"""Satisfaction by channel and by service point."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dashboard.context import Context
from dashboard.pages import satisfaction
from tests.support.city import City

PERIOD = "from=2012-01-01&to=2013-12-31&lang=en"
INTERVAL, ANSWERS = 2, 3  # of the first question's columns: share, interval, answers


@pytest.mark.parametrize(("by", "field"), [("channel", "channels"), ("service_point", None)])
def test_each_part_has_the_answers_given_there(
    request_for: Callable[..., Context], town: City, by: str, field: str | None
) -> None:
    # Given what was answered where, counted from the raw rows
    here = request_for("/satisfaction", f"?{PERIOD}")
    places = {place.code: place for place in here.regulation.service_points}
    survey = here.regulation.survey
    assert survey
    question = survey.questions[0].code
    answered: dict[str, int] = {}
    for answer in town.answers:
        if here.filter.period_from <= answer.answered_on <= here.filter.period_to:
            point = answer.service_point
            part = places[point].channel if field else point
            if answer.question == question:
                answered[part] = answered.get(part, 0) + 1
    assert answered
    # When
    sheet = satisfaction.sheets(here)[by]()
    # Then
    names = {here.name(field or "service_points", code): n for code, n in answered.items()}
    for row in sheet.rows:
        n = names.get(row[0], 0)
        if row[1] == "too few answers":
            assert row[ANSWERS] is None
        else:
            assert row[ANSWERS] == n
            assert (row[INTERVAL] is None) == (n == 0)
    assert len(sheet.links) == len(sheet.rows)
    assert all(f"{by}=" in link for link in sheet.links)
