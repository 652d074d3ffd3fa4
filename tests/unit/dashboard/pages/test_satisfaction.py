"""Satisfaction by channel and by service point."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from plotly.io.json import to_json_plotly

from dashboard.components.answers import answers_bar
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


@pytest.mark.parametrize("counts", [(2, 4, 4), (0, 0, 5), (5, 0, 0)])
def test_the_middle_of_the_partly_satisfied_stands_in_the_middle(
    request_for: Callable[..., Context], counts: tuple[int, int, int]
) -> None:
    # Given so many not, partly and fully satisfied
    against, between, fully = counts
    here = request_for("/satisfaction", f"?{PERIOD}")
    said = {"n": sum(counts), "not": against, "partly": between, "fully": fully}
    # When
    drawn = answers_bar(here, said)
    # Then
    parts = json.loads(to_json_plotly(drawn))["props"]["children"][0]["props"]["children"]
    widths = [float(part["props"]["style"]["width"].rstrip("%")) for part in parts]
    start = float(parts[0]["props"]["style"]["marginLeft"].rstrip("%"))
    assert start == pytest.approx(50 - widths[0] - widths[1] / 2)
    assert sum(widths) == pytest.approx(50)


def test_the_service_points_stand_under_who_of_them_is_behind(
    request_for: Callable[..., Context],
) -> None:
    here = request_for("/satisfaction", f"?{PERIOD}")
    sheet = satisfaction.sheets(here)["service_point"]()
    whole = here.compute("satisfied")["satisfied"]
    shares = [whole[question.code]["value"] for question in here.regulation.survey.questions]
    # Given those whose whole interval lies below the share of all, in one question or another
    behind = [
        row[0]
        for row in sheet.rows
        if any(
            isinstance(row[at], float) and row[at + 1][1] < share
            for at, share in zip((1, 4), shares, strict=True)
        )
    ]
    # Then
    if behind:
        assert all(name in sheet.title for name in behind)
    else:
        assert sheet.title == "No service point is worse than the whole beyond chance"
    one = request_for("/satisfaction", f"?{PERIOD}&service_point=medeu")
    assert satisfaction.sheets(one)["service_point"]().title == "Service points side by side"
