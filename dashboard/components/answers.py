"""The answers to one question of the survey as a bar on both sides of its middle."""

from __future__ import annotations

from typing import Any

from dashboard import html
from dashboard.components.attributes import aria
from dashboard.context import Context

PARTS = (("fully", "satisfied"), ("partly", "partly"), ("not", "not_satisfied"))


def answers_bar(here: Context, said: dict[str, Any]) -> html.Div | None:
    """Shares of not, partly and fully satisfied, named; None where too few answered.

    The middle of the partly satisfied stands in the middle: which way a bar leans is what was felt,
    and the bars of two questions can be compared.
    """
    survey = here.regulation.survey
    if survey is None or not said["n"]:
        return None
    names = {a.value: a.name[here.lang] for a in survey.answers}
    parts = [
        (kind, names[getattr(survey, value)], said[kind] / said["n"])
        for kind, value in reversed(PARTS)
    ]
    return html.Div([_bar(parts), _legend(here, parts)], className="kz-answers")


def _bar(parts: list[tuple[str, str, float]]) -> html.Div:
    """The picture, half as wide as its room; the words beside it say the same."""
    (*_, against), (*_, between), _ = parts
    styles = [{"width": f"{share / 2:.4%}"} for *_, share in parts]
    styles[0]["marginLeft"] = f"{(1 - against - between / 2) / 2:.4%}"
    return html.Div(
        [
            html.Span(className=f"kz-answer-{kind}", style=style)
            for (kind, *_), style in zip(parts, styles, strict=True)
        ],
        className="kz-answers-bar",
        **aria(hidden="true"),
    )


def _legend(here: Context, parts: list[tuple[str, str, float]]) -> html.Ul:
    return html.Ul(
        [
            html.Li(
                [
                    html.Span(className=f"kz-swatch kz-answer-{kind}", **aria(hidden="true")),
                    f"{name}: ",
                    html.B(here.t.percent(share, 0)),
                ]
            )
            for kind, name, share in parts
        ]
    )
