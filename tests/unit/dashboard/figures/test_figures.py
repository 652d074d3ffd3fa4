"""The pictures: what is drawn, in which colour, and what is said on touch."""

from __future__ import annotations

import re
from datetime import date
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plotly import graph_objects as go

from dashboard import theme
from dashboard.assess import Assessment, assess
from dashboard.figures import control, durations, intervals, queue
from dashboard.figures.base import Figure, month_axis
from dashboard.figures.sparkline import HEIGHT, sparkline
from dashboard.i18n import Translator, read_catalogue
from dashboard.kpi.signals import Limits, Phase

RU = Translator(read_catalogue("ru"))
EN = Translator(read_catalogue("en"))
SVG = "{http://www.w3.org/2000/svg}"


def histogram_of(*days: int) -> pd.DataFrame:
    values, counts = np.unique(days, return_counts=True)
    return pd.DataFrame({"days": values, "n": counts}).astype("int64")


def checked(figure: Figure) -> go.Figure:
    """The figure as Plotly's own object, which refuses a property that there is none of."""
    return go.Figure(figure)


def months(*values: float) -> pd.Series:
    return pd.Series(values, index=pd.date_range("2012-01-01", periods=len(values), freq="MS"))


def judged(values: pd.Series, **more: Any) -> Assessment:
    return Assessment(values, **{"phases": (), "marks": {}, "variation": None, **more})


def test_days_after_the_limit_stand_out_and_the_limit_itself_does_not() -> None:
    # When
    figure = checked(durations.histogram(EN, histogram_of(29, 30, 30, 31), limit=30))
    # Then
    bars = figure.data[0]
    assert list(bars.x) == [29, 30, 31]
    assert list(bars.y) == [1, 2, 1]
    assert list(bars.marker.color) == [theme.BLUE, theme.BLUE, theme.ORANGE]
    assert bars.customdata[1] == "30 days: 2 cases"


@given(st.lists(st.integers(min_value=0, max_value=2000), min_size=1), st.integers(1, 60))
def test_gathering_the_tail_loses_no_case(days: list[int], limit: int) -> None:
    rows, end = durations.gathered(histogram_of(*days), limit=limit)
    assert rows["n"].sum() == len(days)
    assert rows["days"].max() <= end


def test_a_long_tail_is_one_bar_whose_tick_says_so() -> None:
    figure = checked(durations.histogram(RU, histogram_of(10, 400, 500), limit=30))
    assert list(figure.data[0].x) == [10, 90]
    assert figure.layout.xaxis.ticktext[-1] == "90+"
    assert figure.data[0].customdata[-1] == "90 дней+: 2 дела"


def test_a_limit_in_other_days_than_the_chart_s_is_not_drawn() -> None:
    figure = checked(durations.histogram(EN, histogram_of(5, 50), limit=None))
    assert not figure.layout.shapes
    assert set(figure.data[0].marker.color) == {theme.BLUE}


@pytest.mark.parametrize(("longest", "anchor"), [(32, "right"), (60, "left")])
def test_the_limit_s_name_is_never_cut_off(longest: int, anchor: str) -> None:
    drawn = checked(durations.histogram(EN, histogram_of(1, 1, 1, longest), limit=30))
    assert [note.xanchor for note in drawn.layout.annotations] == [anchor]


def test_the_curve_of_being_finished_stands_beside_the_naive_one() -> None:
    # Given: two of four finished after 10 and 20 days, two open for 40
    curve = pd.DataFrame(
        {
            "days": [10, 20, 40],
            "events": [1, 1, 0],
            "value": [0.25, 0.5, 0.5],
            "low": [0.04, 0.15, 0.15],
            "high": [0.87, 0.94, 0.94],
        }
    )
    # When
    figure = checked(durations.finished_within(EN, durations.drawn_days(curve, limit=30), limit=30))
    # Then
    _, ours, naive = figure.data
    assert list(ours.y) == [0, 25, 50, 50]
    assert list(naive.y) == [0, 50, 100, 100]


def test_a_month_of_special_cause_has_a_sign_and_not_a_colour_alone() -> None:
    limits = Limits(0.8, 0.6, 1.1, trial=True)
    figure = checked(
        control.control_chart(
            RU, judged(months(0.9, 0.5, 0.9), phases=(Phase(0, 3, limits),), marks={1: "worse"})
        )
    )
    line = figure.data[0]
    assert line.marker.symbol == ("circle", "triangle-down", "circle")
    assert line.marker.color[1] == theme.ORANGE
    assert line.customdata[1].endswith("50,0\u00a0%")
    band = figure.layout.shapes[0]
    assert (band.y0, band.y1) == (60, 100)


def test_a_month_without_a_value_is_a_gap() -> None:
    figure = checked(control.control_chart(EN, judged(months(0.9, float("nan"), 0.7))))
    assert figure.data[0].y[1] is None
    assert figure.data[0].connectgaps is False
    assert figure.data[0].customdata[1].endswith("–")


def test_the_target_is_dashed_and_named_on_touch() -> None:
    values = months(0.9, 0.8, 0.7)
    target = pd.Series([float("nan"), 0.95, 0.925], index=values.index)
    figure = checked(control.control_chart(RU, judged(values, target=target)))
    line, points = figure.data
    assert line.line.dash == "dash"
    assert list(line.y)[1:] == pytest.approx([95, 92.5])
    assert line.customdata[1:] == ("цель 95\u00a0%", "цель 92,5\u00a0%")
    assert figure.layout.yaxis.range[1] > 95, "the target is within the chart"
    assert list(points.y) == pytest.approx([90, 80, 70])


def test_where_limits_begin_anew_each_phase_has_its_band_and_the_break_its_reason() -> None:
    values = months(0.5, 0.52, 0.5, 0.9, 0.92, 0.9)
    rebased = [SimpleNamespace(from_month=date(2012, 4, 1), why="weekly sittings")]
    line = assess(values, "up", rebased=rebased)
    figure = checked(control.control_chart(EN, line))
    bands = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert [(band.y0 + band.y1) / 2 for band in bands] == pytest.approx([152 / 3, 272 / 3])
    assert bands[0].x1 == bands[1].x0, "the second begins where the first ends"
    breaks = figure.data[-1]
    assert list(breaks.customdata) == ["limits anew from April 2012: weekly sittings"]
    assert pd.Timestamp(breaks.x[0]) < pd.Timestamp("2012-04-01")


def test_an_office_behind_the_whole_stands_out_by_colour_and_shape() -> None:
    rows = pd.DataFrame(
        {
            "name": ["A", "B"],
            "value": [0.95, 0.7],
            "low": [0.9, 0.6],
            "high": [0.98, 0.8],
            "n": [100, 50],
            "side": ["same", "below"],
        }
    )
    figure = checked(intervals.intervals(EN, rows.itertuples(), whole=0.9, whole_name="all: 90%"))
    lines, dots = figure.data[0], figure.data[-1]
    assert list(lines.x)[:2] == [60, 80]
    assert lines.line.color == theme.PALE_ORANGE
    assert list(dots.y) == ["A", "B"], "the last is on top"
    assert list(dots.marker.color) == [theme.BLUE, theme.ORANGE]
    assert list(dots.marker.symbol) == ["circle", "diamond"]
    assert "60–80%" in dots.customdata[1]


def test_who_left_stands_below_the_line_by_reason() -> None:
    index = pd.DatetimeIndex(["2013-10-01", "2013-11-01"])
    figure = checked(
        queue.flow(
            EN,
            pd.Series([10, 12], index=index),
            pd.DataFrame({"housed": [3, 4], "deceased": [0, 0]}, index=index),
            reasons={"housed": "Housed", "deceased": "Deceased"},
        )
    )
    assert [trace.name for trace in figure.data] == ["joined", "Housed"]
    assert list(figure.data[1].y) == [-3, -4]
    assert figure.data[1].customdata[1] == "Housed, November 2013: 4"


def test_months_are_named_in_the_reader_s_language_and_years_once() -> None:
    axis = month_axis(RU, list(pd.date_range("2012-01-01", periods=24, freq="MS")))
    assert axis["ticktext"][0] == "янв<br>2012"
    assert [text for text in axis["ticktext"] if text.endswith("2013")] == ["янв<br>2013"]
    assert len(axis["tickvals"]) == 8


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=2, max_size=30))
def test_a_sparkline_stays_within_its_frame(values: list[float | None]) -> None:
    svg = sparkline(values)
    if sum(v is not None for v in values) < 2:
        assert svg == ""
        return
    picture = ET.fromstring(svg)  # noqa: S314 (our own text)
    for line in picture.iter(f"{SVG}polyline"):
        for point in line.attrib["points"].split():
            assert 0 <= float(point.split(",")[1]) <= HEIGHT
    last = max(i for i, v in enumerate(values) if v is not None)
    assert len(list(picture.iter(f"{SVG}circle"))) == 1, last


def test_limits_are_a_band_and_marks_are_dots() -> None:
    limits = Limits(2.0, 1.0, 3.0, trial=False)
    picture = ET.fromstring(  # noqa: S314 (our own text)
        sparkline([1, 2, 5], phases=[Phase(0, 3, limits)], marks={2: "worse"})
    )
    assert len(list(picture.iter(f"{SVG}rect"))) == 1
    assert [c.attrib["fill"] for c in picture.iter(f"{SVG}circle")] == [theme.ORANGE]


def test_a_small_chart_shows_phases_and_a_dashed_target_within_its_frame() -> None:
    phases = [Phase(0, 3, Limits(2, 1, 3, trial=True)), Phase(3, 6, Limits(6, 5, 7, trial=True))]
    svg = sparkline([2, 1, 3, 6, 5, 7], phases=phases, target=[None, None, 8, 8, 9, 9])
    picture = ET.fromstring(svg)  # noqa: S314 (our own text)
    bands = list(picture.iter(f"{SVG}rect"))
    assert len(bands) == 2
    assert float(bands[1].attrib["y"]) < float(bands[0].attrib["y"])
    dashed = [p for p in picture.iter(f"{SVG}path") if "stroke-dasharray" in p.attrib]
    assert len(dashed) == 1
    heights = [float(y) for y in re.findall(r"V([\d.]+)", dashed[0].attrib["d"])]
    assert min(heights) >= 0
    assert heights == sorted(heights, reverse=True), "a higher target lies higher"


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "card"])
def test_text_and_marks_can_be_read_on_their_ground(colours, ground: str) -> None:
    for text in ("ink", "quiet", "better", "worse", "link"):
        assert contrast(colours[text], colours[ground]) >= 4.5, text
    for mark in ("mark", "not", "focus"):
        assert contrast(colours[mark], colours[ground]) >= 3, mark
    assert contrast(colours["ink"], colours["chosen"]) >= 4.5


def test_figures_bring_no_ground_of_their_own_and_cannot_be_zoomed() -> None:
    layout = theme.template().layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.xaxis.fixedrange
    assert layout.yaxis.fixedrange
    assert layout.dragmode is False
