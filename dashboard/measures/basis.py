"""What a measure is computed from: the marts' rows that a filter lets through, as of a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from dashboard import queries
from dashboard.filters import DIMENSIONS, Filter
from dashboard.kpi.durations import Histogram, histogram
from dashboard.kpi.state import Answers, Cases, Queue, received
from etl.regulation.model import Regulation


@dataclass(frozen=True)
class Marts:
    """The rows that the filter's dimensions let through, whatever the day."""

    engine: Engine
    regulation: Regulation
    filter: Filter

    @cached_property
    def cases(self) -> Cases:
        rows, cases = _received(self.engine, self.regulation, self.filter)
        chosen = np.ones(len(rows), dtype=bool)
        for column, field in DIMENSIONS.items():
            if codes := getattr(self.filter, field):
                chosen &= rows[column].isin(codes).to_numpy()
        return cases.only(chosen)

    @cached_property
    def queue(self) -> Queue:
        """The register knows an entry's category and nothing of channels or offices."""
        rows, queue = _register(self.engine, self.filter.known_at)
        wanted = self.filter.categories
        return queue.only(rows["category"].isin(wanted).to_numpy()) if wanted else queue

    @cached_property
    def survey(self) -> Answers:
        """An answer belongs to the channel of the office that took it."""
        rows, answers = _answers(self.engine, self.filter.known_at)
        if not (self.filter.channels or self.filter.service_points):
            return answers
        places = [
            place.code
            for place in self.regulation.service_points
            if (not self.filter.channels or place.channel in self.filter.channels)
            and (not self.filter.service_points or place.code in self.filter.service_points)
        ]
        return answers.only(rows["service_point"].isin(places).to_numpy())


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
    def survey(self) -> Answers:
        return self.marts.survey.at(self.as_of)


@dataclass(frozen=True)
class Basis:
    """What was known on a day, and the period to look at: all that a measure may ask for.

    ``within``: the days of ``p_within``; ``at_risk_days``: how soon is soon.
    """

    known: Known
    first: date
    last: date
    within: int
    at_risk_days: int

    @property
    def regulation(self) -> Regulation:
        return self.known.marts.regulation

    @property
    def filter(self) -> Filter:
        return self.known.marts.filter

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

    def during(self, first: date, last: date) -> Basis:
        """The same day's knowledge of another period."""
        return replace(self, first=first, last=last)

    def at(self, as_of: date) -> Basis:
        """The same period as it was known on another day."""
        return replace(self, known=Known(self.known.marts, as_of))


def _received(
    engine: Engine, regulation: Regulation, filter_: Filter
) -> tuple[pd.DataFrame, Cases]:
    clock, version = filter_.clock, filter_.known_at
    kinds = {outcome.code: outcome.kind for outcome in regulation.outcomes}

    def make() -> tuple[pd.DataFrame, Cases]:
        rows = received(queries.case_days(engine, clock, version=version), kinds)
        return rows, Cases.of(rows, kinds)

    return queries.held(engine, ("received", clock, version, frozenset(kinds.items())), make)


def _register(engine: Engine, version: int | None) -> tuple[pd.DataFrame, Queue]:
    def make() -> tuple[pd.DataFrame, Queue]:
        rows = queries.queue_days(engine, version=version)
        return rows, Queue.of(rows)

    return queries.held(engine, ("register", version), make)


def _answers(engine: Engine, version: int | None) -> tuple[pd.DataFrame, Answers]:
    def make() -> tuple[pd.DataFrame, Answers]:
        rows = queries.survey_days(engine, version=version)
        return rows, Answers.of(rows)

    return queries.held(engine, ("answers", version), make)
