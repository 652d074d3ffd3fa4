"""The answers to one question of the survey as one divided bar."""

from __future__ import annotations

from typing import Any

from dashboard import html
from dashboard.components.attributes import aria
from dashboard.context import Context

PARTS = (("fully", "satisfied"), ("partly", "partly"), ("not", "not_satisfied"))


def answers_bar(here: Context, said: dict[str, Any]) -> html.Div | None:
    """Shares of satisfied, partly and not satisfied, named; None where too few answered."""
    survey = here.regulation.survey
    if survey is None or not said["n"]:
        return None
    names = {a.value: a.name[here.lang] for a in survey.answers}
    parts = [(kind, names[getattr(survey, value)], said[kind] / said["n"]) for kind, value in PARTS]
    return html.Div([_bar(parts), _legend(here, parts)], className="kz-answers")


def _bar(parts: list[tuple[str, str, float]]) -> html.Div:
    """The picture; the words beside it say the same."""
    return html.Div(
        [
            html.Span(className=f"kz-answer-{kind}", style={"width": f"{share:.4%}"})
            for kind, _, share in parts
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
