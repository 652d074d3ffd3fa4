"""The whole city, a stretch of days at a time: memory does not grow with its size.

What is kept to the end is a few bytes an application, for the truth.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from xlsxwriter.exceptions import XlsxWriterException

from etl.errors import KezekError
from etl.regulation.model import Regulation
from etl.sample.arrivals import Arrivals, arrivals
from etl.sample.authority import Base
from etl.sample.batches import Batch, batch
from etl.sample.centres import Journal
from etl.sample.days import DAY, NEVER, Days, calendar_of, due
from etl.sample.defects import (
    OF_CENTRES,
    OF_PORTAL,
    OF_REGISTER,
    OF_WIDE_ROWS,
    Plan,
    Tally,
    accepted,
    days_settled,
    plan,
)
from etl.sample.files import database
from etl.sample.folder import REGISTER, SOURCES, TRUTH, prepare
from etl.sample.mapping import sources_toml
from etl.sample.parameters import (
    AUTHORITY,
    CATEGORIES,
    CENTRES,
    OUTCOMES,
    PLACES,
    PORTAL,
    REASONS,
    REGISTERED,
    STEPS,
    STOCK_PER_APPLICATION,
)
from etl.sample.portal import Gateway
from etl.sample.register import Register
from etl.sample.stamps import Stamps
from etl.sample.surveys import Surveys, answered
from etl.sample.truth import Cases, truth

Progress = Callable[[int, int], None]  # applications written, applications in all

EARLIEST: Final = date(2003, 1, 1)  # before it the planted dates of "last century" are no mistake
LATEST: Final = date(2090, 12, 31)


def write_city(
    directory: Path,
    *,
    regulation: Regulation,
    applications: int,
    seed: int,
    as_of: date,
    progress: Progress | None = None,
    sources: Path | None = None,
) -> dict[str, Any]:
    """Write one export per source, ``sources.toml`` and ``truth.json``; the truth.

    The same arguments give the same bytes. ``sources`` puts the mapping elsewhere than into the
    directory. Raises KezekError for a directory that holds anything but a former sample or cannot
    be written, for a city of nobody, and for a regulation that has not the city's ways.
    """
    _check(regulation, applications, seed, as_of)
    prepare(directory)
    mapping = sources or directory / SOURCES
    try:
        city = _City(directory, regulation, applications, seed, as_of)
        told = city.write(progress or (lambda _done, _total: None))
        mapping.write_text(sources_toml(directory, mapping, as_of), encoding="utf-8", newline="\n")
        text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
        (directory / TRUTH).write_text(text, encoding="utf-8", newline="\n")
    except (OSError, sqlite3.OperationalError, XlsxWriterException) as error:
        raise KezekError(
            f"The sample in {directory} could not be finished ({error}); "
            "make room or name another folder."
        ) from error
    return told


class Writer(Protocol):
    """Writes the export of one place."""

    def write(
        self, rng: np.random.Generator, batch: Batch, queue_numbers: Sequence[str]
    ) -> None: ...


class _City:
    """The writers of every source, and what is needed for the truth."""

    def __init__(
        self, directory: Path, regulation: Regulation, applications: int, seed: int, as_of: date
    ) -> None:
        self._directory = directory
        self._regulation = regulation
        self._applications = applications
        self._seeds = np.random.SeedSequence(seed)
        self._as_of = as_of
        self._days = calendar_of(regulation, as_of)
        self._arrivals = arrivals(self._random(), self._days, applications)
        self._plans = _plans(self._random(), self._arrivals, self._days)
        self._tally = Tally()
        self._cases = Cases()

    def _random(self) -> np.random.Generator:
        """The next generator of the seed: one for each task and each stretch of days."""
        return np.random.Generator(np.random.PCG64(self._seeds.spawn(1)[0]))

    def write(self, progress: Progress) -> dict[str, Any]:
        """Everything but the mapping; the truth."""
        folder, days, tally = self._directory, self._days, self._tally
        stamps = Stamps(days)
        base = Base(folder / "authority", stamps, tally, as_of=self._as_of)
        journals = [Journal(folder / "centres", centre, stamps, tally) for centre in CENTRES]
        gateway = Gateway(folder / "portal", stamps, tally, days=days, regulation=self._regulation)
        surveys = Surveys(folder / "surveys", stamps, tally, as_of=self._as_of)
        writers: tuple[Writer, ...] = (base, *journals, gateway)
        with closing(base), database(folder / REGISTER) as connection:
            register = Register(connection, days, tally)
            register.write_stock(self._random(), self._stock())
            firsts, done = [0] * len(PLACES), 0
            for stretch in self._arrivals.stretches():
                rng = self._random()
                for place, writer in enumerate(writers):
                    drawn = self._batch(rng, place, stretch, firsts[place])
                    firsts[place] += len(drawn)
                    done += len(drawn)
                    self._remember(rng, drawn, surveys)
                    writer.write(rng, drawn, self._register(rng, register, drawn))
                gateway.flush((days.first + stretch[1]) * DAY)
                progress(done, self._applications)
            for journal in journals:
                journal.start(self._as_of.year)
        gateway.close()
        forms = surveys.write(self._random())
        return truth(self._cases, register.queue.entries(), forms, tally, self._as_of)

    def _stock(self) -> Plan:
        """What ails the entries that are older than the period."""
        size = int(STOCK_PER_APPLICATION * self._applications)
        return plan(self._random(), OF_REGISTER, size, settled=size)

    def _batch(
        self, rng: np.random.Generator, place: int, stretch: tuple[int, int], first: int
    ) -> Batch:
        return batch(
            rng,
            self._days,
            self._arrivals,
            self._plans[place],
            place=place,
            stretch=stretch,
            first=first,
        )

    def _remember(self, rng: np.random.Generator, drawn: Batch, surveys: Surveys) -> None:
        """Take the batch into the truth; a centre's applicants fill in their forms."""
        last = due(self._days, drawn.received, self._regulation.clock())
        kinds = np.array(drawn.kinds, dtype=object)
        if drawn.place == PORTAL:
            kept, lost = kinds != "unknown_category", kinds == "unknown_outcome"
        else:
            kept, lost = accepted(drawn.kinds), np.zeros(len(drawn), dtype=bool)
        self._cases.add(drawn, last, accepted=kept, lost=lost)
        if drawn.way == "psc":
            centre = CENTRES[drawn.place - 1]
            surveys.collect(centre, answered(rng, self._days, drawn, last, centre))

    def _register(self, rng: np.random.Generator, register: Register, drawn: Batch) -> list[str]:
        registered = np.where(drawn.outcome == REGISTERED, drawn.drafted, NEVER)
        return register.write(rng, drawn.category, registered)


def _plans(rng: np.random.Generator, coming: Arrivals, days: Days) -> list[Plan]:
    """What ails the applications of each place."""
    settled = days_settled(days.as_of)
    kinds = {AUTHORITY: OF_WIDE_ROWS, PORTAL: OF_PORTAL}
    return [
        plan(
            rng,
            kinds.get(place, OF_CENTRES),
            coming.of(place),
            settled=coming.of(place, before=settled),
        )
        for place in range(len(PLACES))
    ]


def _check(regulation: Regulation, applications: int, seed: int, as_of: date) -> None:
    if applications < 1:
        raise KezekError("A city needs at least one application: raise --applications.")
    if seed < 0:
        raise KezekError("A seed is a whole number from 0 on: correct --seed.")
    if not EARLIEST <= as_of <= LATEST:
        raise KezekError(f"The city lives from {EARLIEST} to {LATEST}: correct --as-of.")
    wanted = {
        "channels": set(STEPS),
        "steps": {code for codes in STEPS.values() for code in codes},
        "categories": set(CATEGORIES),
        "outcomes": set(OUTCOMES),
        "reasons": set(REASONS),
        "service_points": set(PLACES),
    }
    for part, codes in wanted.items():
        known = regulation.steps if part == "steps" else regulation.codes(part)
        if missing := sorted(codes.difference(known)):
            raise KezekError(
                f"The sample city works under Almaty's regulation of 2013; {regulation.id} "
                f"lacks {part} {', '.join(missing)}."
            )
    if regulation.clock().day_type != "calendar":
        raise KezekError(
            f"The sample city counts calendar days, {regulation.id} counts working days."
        )
