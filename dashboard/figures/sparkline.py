"""A line the size of a word: two years of a measure within its usual range, as SVG.

Not a Plotly figure: five of them stand on the first screen, and each would cost a chart's start-up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from dashboard import theme
from dashboard.kpi.signals import Phase

WIDTH, HEIGHT = 240, 54
_MARGIN_X, _MARGIN_Y = 5, 6
_COLOURS = {"better": theme.BLUE, "worse": theme.ORANGE}

Points = Sequence[float | None]


def sparkline(
    values: Points,
    *,
    phases: Sequence[Phase] = (),
    marks: Mapping[int, str] | None = None,
    target: Points = (),
) -> str:
    """``values`` from old to new, None where there is none; "" where nothing can be drawn.

    ``phases``: each with its band and middle line. ``marks``: position -> "better" or "worse",
    drawn as dots; the last value always has a dot. ``target``: by position, as a dashed line.
    """
    known = [(i, v) for i, v in enumerate(values) if v is not None]
    if len(known) < 2:
        return ""
    wanted = [v for v in target if v is not None]
    place = _scale(len(values), [*(v for _, v in known), *wanted], phases)
    last = known[-1][0]
    dots = {
        **dict.fromkeys([last], theme.BLUE),
        **{i: _COLOURS[m] for i, m in (marks or {}).items()},
    }
    body = [
        *(part for phase in phases for part in _band(place, phase)),
        *(_dashes(place, piece) for piece in _pieces(target)),
        *(_line(place, piece) for piece in _pieces(values)),
        *(_dot(place, i, value, dots[i]) for i, value in known if i in dots),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"{''.join(body)}</svg>"
    )


class _scale:  # noqa: N801 (called like the function that it is)
    """Positions and values -> points of the drawing."""

    def __init__(self, count: int, values: Sequence[float], phases: Sequence[Phase]) -> None:
        ends = [end for p in phases if p.limits for end in (p.limits.low, p.limits.high)]
        edges = [*values, *ends]
        self.low, self.high = min(edges), max(edges)
        self.step = (WIDTH - 2 * _MARGIN_X) / max(count - 1, 1)

    def __call__(self, position: float, value: float) -> tuple[float, float]:
        return round(_MARGIN_X + position * self.step, 1), self.y(value)

    def y(self, value: float) -> float:
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return round(HEIGHT - _MARGIN_Y - share * (HEIGHT - 2 * _MARGIN_Y), 1)


def _band(place: _scale, phase: Phase) -> list[str]:
    limits = phase.limits
    if limits is None:
        return []
    begin = phase.start - 0.5 if phase.start else 0  # half-way from the phase before
    (left, top), (right, bottom) = place(begin, limits.high), place(phase.stop - 1, limits.low)
    middle = place.y(limits.mean)
    size = f'width="{right - left:.1f}" height="{bottom - top:.1f}"'
    return [
        f'<rect x="{left}" y="{top}" {size} fill="{theme.BLUE}" fill-opacity="0.12"/>',
        f'<path d="M{left} {middle}H{right}" stroke="{theme.GREY}" stroke-width="0.8"/>',
    ]


def _dashes(place: _scale, piece: Sequence[tuple[int, float]]) -> str:
    """The target, in steps where it changes."""
    (first, value), *rest = piece
    x, y = place(first, value)
    steps = "".join("H{}V{}".format(*place(i, v)) for i, v in rest)
    return (
        f'<path d="M{x} {y}{steps}" fill="none" stroke="{theme.GREY}" stroke-width="1.2" '
        'stroke-dasharray="4 3"/>'
    )


def _pieces(values: Points) -> list[list[tuple[int, float]]]:
    """Unbroken runs of values: a gap in the data is a gap in the line."""
    runs = groupby(enumerate(values), key=lambda pair: pair[1] is None)
    return [[(i, v) for i, v in run if v is not None] for gap, run in runs if not gap]


def _line(place: _scale, piece: Sequence[tuple[int, float]]) -> str:
    points = " ".join("{},{}".format(*place(i, v)) for i, v in piece)
    return (
        f'<polyline points="{points}" fill="none" stroke="{theme.BLUE}" stroke-width="1.8" '
        'stroke-linejoin="round" stroke-linecap="round"/>'
    )


def _dot(place: _scale, position: int, value: float, colour: str) -> str:
    x, y = place(position, value)
    return f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>'
