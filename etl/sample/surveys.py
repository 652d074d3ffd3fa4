"""The centres' survey forms: who answered what, and the files they were typed into."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from etl.sample.batches import Batch
from etl.sample.days import DAY, NEVER, Days, Ints, add
from etl.sample.defects import CLEAN, OF_SURVEYS, OF_TEXT_FILES, Tally, accepted, plan
from etl.sample.files import Workbook
from etl.sample.parameters import CENTRES, REGISTERED, Centre
from etl.sample.spelling import picked
from etl.sample.stamps import Stamps
from etl.sample.words import (
    STRANGERS,
    SURVEY_HEADERS,
    SURVEY_SHEET,
    SURVEY_TITLE,
    place_names,
)

SATISFIED: Final = 3
PARTLY: Final = 2
NOT: Final = 1
SOURCES: Final[dict[str, Literal["csv", "xlsx"]]] = {"surveys_csv": "csv", "surveys_xlsx": "xlsx"}
_ANSWERS_WITHIN: Final = 6  # days of the centre after the result
_AT_ITS_BEST: Final = 0.62  # share of satisfied where all goes well and fast
_PER_DAY: Final = 0.008  # lost with each day
_LATE: Final = 0.14
_DISAPPOINTED: Final = 0.16
_PARTLY: Final = 0.72  # of those who are not fully satisfied
_SAME_AGAIN: Final = 0.55  # who answers the second question as the first
_UNDECODABLE: Final = b"\xc3("  # no UTF-8
_NUMBER, _PLACE, _DATE, _FIRST_ANSWER = range(4)

Form = list[str]


def answered(rng: np.random.Generator, days: Days, batch: Batch, due: Ints, centre: Centre) -> Ints:
    """The forms that a batch's applicants fill in after their result: day and two answers each."""
    done = batch.stopped < NEVER
    stopped, received = batch.stopped[done], batch.received[done]
    n = len(stopped)
    chance = _AT_ITS_BEST - _PER_DAY * np.maximum(stopped - received - 10, 0)
    chance -= _LATE * (stopped > due[done]) + _DISAPPOINTED * (batch.outcome[done] != REGISTERED)
    first = _answers(rng, np.maximum(chance, 0.08))
    other = _answers(rng, np.maximum(chance + 0.04, 0.08))
    second = np.where(rng.random(n) < _SAME_AGAIN, first, other)
    day = add(days.centres, stopped, rng.integers(0, _ANSWERS_WITHIN, n))
    responds = (rng.random(n) < centre.responds) & (day <= days.as_of)
    return np.column_stack([day, first, second])[responds]


def _answers(rng: np.random.Generator, chance: NDArray[np.float64]) -> Ints:
    drawn = rng.random(len(chance))
    partly = chance + (1 - chance) * _PARTLY
    return np.select([drawn < chance, drawn < partly], [SATISFIED, PARTLY], NOT).astype(np.int64)


class Surveys:
    """Collects the forms of every centre, then writes them, each kind of file a source."""

    def __init__(self, folder: Path, stamps: Stamps, tally: Tally, *, as_of: date) -> None:
        self._folder = folder
        self._stamps = stamps
        self._tally = tally
        self._as_of = as_of
        self._forms: dict[str, list[Ints]] = {c.code: [] for c in CENTRES}

    def collect(self, centre: Centre, forms: Ints) -> None:
        """Forms of one centre, in any order."""
        self._forms[centre.code].append(forms)

    def write(self, rng: np.random.Generator) -> Ints:
        """Write the files; the forms that a right contract lets in: day and two answers each."""
        return np.concatenate([self._source(rng, name, kind) for name, kind in SOURCES.items()])

    def _source(self, rng: np.random.Generator, source: str, kind: Literal["csv", "xlsx"]) -> Ints:
        self._tally.open_source(source)
        (self._folder / kind).mkdir(parents=True)
        centres = [c for c in CENTRES if c.surveys == kind]
        forms = [_in_order(self._forms[c.code]) for c in centres]
        dirt = OF_SURVEYS + (OF_TEXT_FILES if kind == "csv" else ())
        n = sum(map(len, forms))
        kinds = plan(rng, dirt, n, settled=n).of(0, n)
        self._tally.wrote(source, n + kinds.count("duplicate"))
        for ailing in filter(None, kinds):
            self._tally.planted(source, ailing)
        write = self._csv if kind == "csv" else self._xlsx
        first = 0
        for centre, answers in zip(centres, forms, strict=True):
            write(rng, centre, answers, kinds[first : first + len(answers)])
            first += len(answers)
        kept: Ints = np.concatenate(forms)[accepted(kinds)]
        return kept

    def _csv(
        self, rng: np.random.Generator, centre: Centre, answers: Ints, kinds: Sequence[str]
    ) -> None:
        lines = ["\ufeff".encode() + _line(SURVEY_HEADERS["csv"])]
        for form, kind in zip(self._typed(rng, centre, answers), kinds, strict=True):
            if kind == "ragged_row":
                lines.append(_line(form[:-1]))
            elif kind == "bad_encoding":
                lines.append(_line(form).replace(b";", b";" + _UNDECODABLE, 1))
            else:
                lines += map(_line, _spoilt(form, kind, centre))
        (self._folder / "csv" / f"{centre.code}.csv").write_bytes(b"".join(lines))

    def _xlsx(
        self, rng: np.random.Generator, centre: Centre, answers: Ints, kinds: Sequence[str]
    ) -> None:
        book = Workbook(
            self._folder / "xlsx" / f"{centre.code}.xlsx",
            sheet=SURVEY_SHEET,
            titles=[SURVEY_TITLE],
            header=SURVEY_HEADERS["xlsx"],
            made_on=self._as_of,
        )
        days = answers[:, 0].tolist()
        for form, kind, day in zip(self._typed(rng, centre, answers), kinds, days, strict=True):
            for typed in _spoilt(form, kind, centre):
                real = typed[_DATE] == form[_DATE]
                book.write_form(typed[:_DATE], day if real else typed[_DATE], typed[_FIRST_ANSWER:])
        book.close()

    def _typed(self, rng: np.random.Generator, centre: Centre, answers: Ints) -> list[Form]:
        """The forms as text: number, centre, date, answers."""
        names = picked(rng, place_names(centre), len(answers))
        return [
            [f"{centre.prefix}{k:05d}", name, self._stamps.date(day * DAY), str(one), str(two)]
            for k, (name, (day, one, two)) in enumerate(
                zip(names, answers.tolist(), strict=True), start=1
            )
        ]


def _spoilt(form: Form, kind: str, centre: Centre) -> list[Form]:
    if kind == CLEAN:
        return [form]
    if kind == "duplicate":
        return [form, form]
    day, number = form[_DATE], int(form[_NUMBER][-1])
    at, text = {
        "missing_key": (_NUMBER, ""),
        "missing_value": ((_PLACE, _DATE, _FIRST_ANSWER)[number % 3], ""),
        "bad_date": (_DATE, f"31.02.{day[6:]}"),
        "unknown_service_point": (_PLACE, STRANGERS[centre.lang].service_point),
        "before_window": (_DATE, f"{day[:6]}19{day[8:]}"),
        "in_future": (_DATE, f"{day[:6]}{int(day[6:]) + 20}"),
        "bad_answer": (_FIRST_ANSWER, "450"[number % 3]),
    }[kind]
    return [[*form[:at], text, *form[at + 1 :]]]


def _in_order(forms: Sequence[Ints]) -> Ints:
    whole: Ints = np.concatenate([np.empty((0, 3), dtype=np.int64), *forms])
    return whole[np.argsort(whole[:, 0], kind="stable")]


def _line(cells: Sequence[str]) -> bytes:
    return (";".join(cells) + "\r\n").encode()
