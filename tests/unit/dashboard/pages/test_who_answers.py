"""Who answers, beside who applied."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from plotly.io.json import to_json_plotly

from dashboard.components import who_answers
from dashboard.context import Context
from etl.regulation.model import LANGUAGES
from tests.support import drawing
from tests.support.city import City

PERIOD = "from=2012-01-01&to=2013-12-31"


def said(here: Context) -> str:
    return drawing.words(json.loads(to_json_plotly(who_answers.panel(here))))


def test_the_title_counts_those_whom_nobody_asks(
    request_for: Callable[..., Context], town: City
) -> None:
    here = request_for("/satisfaction", f"?{PERIOD}&lang=en")
    asking = {place.code for place in here.regulation.service_points if place.surveys}
    received = [
        case
        for case in town.cases
        if case.clock == here.filter.clock
        and here.filter.period_from <= case.received_on <= here.filter.period_to
        and case.outcome != "rejected"
    ]
    unasked = sum(case.service_point not in asking for case in received)
    assert received
    words = said(here)
    assert f"{here.t.percent(unasked / len(received))} of applicants applied where" in words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_filter_of_channels_does_not_empty_it(
    request_for: Callable[..., Context], lang: str
) -> None:
    whole: Any = said(request_for("/satisfaction", f"?{PERIOD}&lang={lang}"))
    filtered = said(request_for("/satisfaction", f"?{PERIOD}&lang={lang}&channel=psc"))
    assert filtered == whole


def test_a_period_without_applications_says_so(request_for: Callable[..., Context]) -> None:
    words = said(request_for("/satisfaction", "?from=1999-01-01&to=1999-01-31&lang=en"))
    assert "Nobody applied in this period." in words
