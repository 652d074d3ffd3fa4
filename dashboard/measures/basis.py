"""What a measure is computed from: the rows that a filter lets through, as of a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TypeVar

import pandas as pd

from dashboard.filters import Filter
from dashboard.kpi.durations import Histogram, histogram
from dashboard.kpi.freshness import Ages
from dashboard.kpi.register import Register
from dashboard.kpi.state import Answers, Cases, Courses, Queue, Responses
from dashboard.measures.rows import ByStep, Rows, let_through
from dashboard.queries import What
from etl.regulation.model import Regulation

R = TypeVar("R", Cases, Queue, Answers, Responses, Courses)

_COUNTS: dict[str, What] = {  # what the rows of each mart are, to a filter
    "cases": "cases",
    "queue": "queue",
    "survey": "survey",
    "responses": "survey",
    "courses": "cases",
}


@dataclass(frozen=True)
class Marts:
    """The rows that the filter's dimensions let through, whatever its days."""

    rows: Rows
    regulation: Regulation
    filter: Filter

    @cached_property
    def cases(self) -> Cases:
        return self.rows.kept(
            "cases",
            self.regulation,
            self.filter,
            lambda: self.rows.let_through(self.regulation, self.filter),
        )

    @cached_property
    def queue(self) -> Queue:
        return self._chosen("queue", lambda: self.rows.queue(self.filter))

    @cached_property
    def register(self) -> Register:
        return self.rows.register(self.regulation, self.filter)

    @cached_property
    def survey(self) -> Answers:
        return self._chosen("survey", lambda: self.rows.survey(self.filter))

    @cached_property
    def responses(self) -> Responses:
        return self._chosen("responses", lambda: self.rows.responses(self.filter))

    @cached_property
    def courses(self) -> Courses:
        return self._chosen("courses", lambda: self.rows.courses(self.filter))

    def _chosen(self, mart: str, read: Callable[[], tuple[pd.DataFrame, R]]) -> R:
        def choose() -> R:
            rows, arrays = read()
            return arrays.only(let_through(_COUNTS[mart], rows, self.filter, self.regulation))

        return self.rows.kept(mart, self.regulation, self.filter, choose)


@dataclass(frozen=True)
class Known:
    """The same rows as they stood at the end of ``as_of``."""

    marts: Marts
    as_of: date

    @cached_property
    def cases(self) -> Cases:
        return self.marts.cases.at(self.as_of)

    @cached_property
    def queue(self) -> Queue:
        return self.marts.queue.at(self.as_of)

    @cached_property
    def register(self) -> Register:
        return self.marts.register.at(self.as_of)

    @cached_property
    def survey(self) -> Answers:
        return self.marts.survey.at(self.as_of)

    @cached_property
    def responses(self) -> Responses:
        return self.marts.responses.at(self.as_of)

    @cached_property
    def courses(self) -> Courses:
        return self.marts.courses.at(self.as_of)


@dataclass(frozen=True)
class Stock(Known):
    """As much of it as a measure of a state looks at: no case that had been finished by then."""

    @cached_property
    def cases(self) -> Cases:
        return self.marts.cases.standing(self.as_of)


@dataclass(frozen=True)
class Standing(Known):
    """Rows that are at hand as they stand; ``as_of`` says only what is late or near by then."""

    cases: Cases
    queue: Queue
    survey: Answers

    @cached_property
    def register(self) -> Register:
        return Register.of(self.queue)


@dataclass(frozen=True)
class Basis:
    """What was known on a day, and the period to look at: all that a measure may ask for.

    ``filter``: what was asked; ``known`` keeps to its dimensions. ``within``: the days of
    ``p_within``; ``at_risk_days``: how soon is soon; ``ages``: how old each source is, where that
    is asked.
    """

    known: Known
    filter: Filter
    first: date
    last: date
    within: int
    at_risk_days: int
    ages: Ages | None = None

    @property
    def regulation(self) -> Regulation:
        return self.known.marts.regulation

    @property
    def as_of(self) -> date:
        return self.known.as_of

    @property
    def cases(self) -> Cases:
        return self.known.cases

    @cached_property
    def days(self) -> Histogram:
        """The histogram of days to decision in the period."""
        return histogram(self.cases, self.first, self.last)

    @property
    def step_times(self) -> ByStep | None:
        """What ``kpi.step_times`` tells of the period, as far as it had come by ``as_of``."""
        marts = self.known.marts
        last = min(self.last, self.as_of)
        return marts.rows.step_times(marts.regulation, marts.filter, self.first, last)

    def during(self, first: date, last: date) -> Basis:
        """The same day's knowledge of another period."""
        return replace(self, first=first, last=last)

    def at(self, as_of: date) -> Basis:
        """The same period as it was known on another day."""
        return replace(self, known=Known(self.known.marts, as_of))

    def standing(self, as_of: date) -> Basis:
        """The same for a measure of a state (``stock``) alone, which looks at little of it."""
        return replace(self, known=Stock(self.known.marts, as_of))
