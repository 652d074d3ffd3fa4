"""Satisfaction by channel and by service point."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from plotly.io.json import to_json_plotly

from dashboard.components import satisfied_places
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
    sheet = satisfaction.sheets(here)["channel" if field else f"places-{question}"]()
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


@pytest.mark.parametrize("at", [0, 1])
def test_the_service_points_stand_under_who_of_them_is_behind(
    request_for: Callable[..., Context], at: int
) -> None:
    here = request_for("/satisfaction", f"?{PERIOD}")
    question = here.regulation.survey.questions[at]
    sheet = satisfaction.sheets(here)[f"places-{question.code}"]()
    whole = here.compute("satisfied")["satisfied"][question.code]["value"]
    # Given those whose whole interval lies below the share of all
    told = [row for row in sheet.rows if isinstance(row[1], float)]
    behind = [row[0] for row in told if row[INTERVAL][1] < whole]
    # Then
    assert len(told) > 1
    assert [row[1] for row in told] == sorted(row[1] for row in told)
    if behind:
        assert all(name in sheet.title for name in behind)
    else:
        assert sheet.title.endswith(". No service point is worse than the whole beyond chance")
    one = request_for("/satisfaction", f"?{PERIOD}&service_point=medeu")
    alone = satisfaction.sheets(one)[f"places-{question.code}"]().title
    assert alone == f"{question.short['en']}. Service points side by side"


def test_each_place_of_which_a_share_is_told_is_drawn_with_its_interval(
    request_for: Callable[..., Context],
) -> None:
    here = request_for("/satisfaction", f"?{PERIOD}")
    (question, *_) = here.regulation.survey.questions
    numbers = satisfaction.sheets(here)[f"places-{question.code}"]()
    section = json.loads(to_json_plotly(satisfied_places.panel(here, question)))
    (drawn,) = [one for one in _props(section) if "figure" in one]
    *lines, dots = drawn["figure"]["data"]
    told = [row for row in numbers.rows if isinstance(row[1], float)]
    assert dict(zip(dots["y"], dots["x"], strict=True)) == {row[0]: row[1] * 100 for row in told}
    ends = [
        (name, at) for line in lines for name, at in zip(line["y"], line["x"], strict=True) if name
    ]
    assert sorted(ends) == sorted((row[0], end * 100) for row in told for end in row[INTERVAL])


def test_places_are_drawn_and_nobody_is_judged_where_the_whole_is_not_told(
    request_for: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = request_for("/satisfaction", f"?{PERIOD}")
    (question, *_) = here.regulation.survey.questions
    monkeypatch.setattr(satisfied_places, "_whole", lambda *_: None)
    section = json.loads(to_json_plotly(satisfied_places.panel(here, question)))
    (drawn,) = [one for one in _props(section) if "figure" in one]
    assert not drawn["figure"]["layout"].get("shapes")
    title = satisfied_places.sheet(here, question).title
    assert title == f"{question.short['en']}. Service points side by side"


def test_where_too_few_answered_nothing_is_drawn(request_for: Callable[..., Context]) -> None:
    here = request_for("/satisfaction", "?from=2013-12-30&to=2013-12-30&lang=en")
    (question, *_) = here.regulation.survey.questions
    section = json.loads(to_json_plotly(satisfied_places.panel(here, question)))
    assert not [one for one in _props(section) if "figure" in one]
    assert "Too few answers in this period." in json.dumps(section)


def _props(node: object) -> list[dict[str, Any]]:
    """What every component in a tree was given."""
    if isinstance(node, list):
        return [one for part in node for one in _props(part)]
    if not isinstance(node, dict) or "props" not in node:
        return []
    return [node["props"], *_props(node["props"].get("children"))]
