"""A log of events alone, under rules of its own: loaded by the two files of the documents."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from sqlalchemy import Engine

from dashboard import measures
from dashboard.filters import Filter
from etl import regulation as regulations
from etl.run import RunReport, run

DOCS = Path(__file__).resolve().parents[2] / "docs"
ROME = ZoneInfo("Europe/Rome")
AS_OF = date(2020, 6, 30)
PERIOD = Filter(
    as_of=AS_OF,
    period_from=date(2019, 4, 1),
    period_to=date(2020, 3, 31),
    clock="payment",
)
LIMIT = 60
ENDS = ("Payment", "Send for Credit Collection")

Event = tuple[str, str, datetime, str, str]  # case, activity, time, lifecycle, article


def documented(name: str, beginning: str) -> str:
    """The example of a document that begins so."""
    examples = re.findall(r"```toml\n(.*?)```", (DOCS / name).read_text("utf-8"), re.DOTALL)
    return next(example for example in examples if example.startswith(beginning))


def log_of(cases: int = 300) -> list[Event]:
    """Events in the order of their times; only the first of a case says of which article it is."""
    dice = random.Random(11)  # noqa: S311 (no secret hangs on it)
    found: list[Event] = []
    for number in range(cases):
        case = f"A{number}"
        at = datetime(2019, 1, 2, tzinfo=ROME) + timedelta(minutes=dice.randrange(500 * 24 * 60))
        found.append((case, "Create Fine", at, "complete", dice.choice(("157", "158"))))
        if dice.random() < 0.7:
            at += timedelta(minutes=dice.randrange(40 * 24 * 60))
            found.append((case, "Send Fine", at, "start", ""))
            at += timedelta(minutes=dice.randrange(600))
            found.append((case, "Send Fine", at, "complete", ""))
        if dice.random() < 0.8:
            at += timedelta(minutes=dice.randrange(120 * 24 * 60))
            found.append((case, dice.choice(ENDS), at, "complete", ""))
    return sorted((e for e in found if e[2].date() <= AS_OF), key=lambda event: event[2])


def write(folder: Path, events: Sequence[Event], kind: str) -> Path:
    """The log and its sources: as documented, or as lines of JSON with times as numbers."""
    sources = documented("sources.md", "[templates.log]")
    names = ["case:concept:name", "concept:name", "time:timestamp", "lifecycle:transition"]
    frame = pd.DataFrame(events, columns=[*names, "case:article"])
    if kind == "csv":
        frame["time:timestamp"] = [at.isoformat(sep=" ") for at in frame["time:timestamp"]]
        frame.to_csv(folder / "log.csv", index=False)
    else:
        frame["time:timestamp"] = [round(e[2].timestamp() * 1000) for e in events]
        frame.to_json(folder / "log.json", orient="records", lines=True)
        sources = sources.replace('kind = "csv"\npath = "log.csv"', LINES_OF_JSON)
    (folder / "sources.toml").write_text(sources, "utf-8")
    return folder / "sources.toml"


def xes(folder: Path, events: Sequence[Event]) -> Path:
    """The same as traces, with what has only begun left out: its events lie in their case."""
    by_case = defaultdict[str, list[Event]](list)
    for event in events:
        if event[3] == "complete":
            by_case[event[0]].append(event)
    traces = "".join(
        f'<trace><string key="concept:name" value="{case}"/>'
        f'<string key="article" value="{steps[0][4]}"/>'
        + "".join(
            f'<event><string key="concept:name" value="{step}"/>'
            f'<date key="time:timestamp" value="{at.isoformat()}"/></event>'
            for _, step, at, _, _ in steps
        )
        + "</trace>"
        for case, steps in by_case.items()
    )
    log = f'<log xmlns="http://www.xes-standard.org/"><string key="origin" value=""/>{traces}</log>'
    (folder / "log.xes").write_text(log, "utf-8")
    (folder / "sources.toml").write_text(TRACES, "utf-8")
    return folder / "sources.toml"


TRACES = """
[sources.fines]
kind = "xml"
entity = "cases"
path = "log.xes"
records = "log/trace"
columns = { case_id = "string[concept:name]/@value", category = "string[article]/@value" }
constants = { channel = "fines", service_point = "headquarters" }
[sources.fines.events]
path = "event"
step = "string[concept:name]/@value"
at = "date[time:timestamp]/@value"
"""
LINES_OF_JSON = 'kind = "json"\npath = "log.json"\ndate_formats = ["epoch_ms"]'
RULES = regulations.parse(documented("regulation.md", 'id = "fines"'), name="regulation.md")


@dataclass(frozen=True)
class Fine:
    """What the log tells of a case, counted by hand: local days, and those that steps took."""

    received: date
    stopped: date | None
    took: Sequence[tuple[str, date, float]]  # step, its day, days with decimals

    @property
    def due(self) -> date:
        """Sixty days on, and to the next working day."""
        day = self.received + timedelta(days=LIMIT)
        closed = holidays.country_holidays("IT", years=(2019, 2020, 2021))
        while day.weekday() >= 5 or day in closed:
            day += timedelta(days=1)
        return day


def fines(events: Sequence[Event]) -> Iterator[Fine]:
    by_case = defaultdict[str, list[tuple[str, datetime]]](list)
    for case, activity, at, lifecycle, _ in events:
        if lifecycle == "complete":
            by_case[case].append((activity, at))
    for steps in by_case.values():
        ends = [at.date() for activity, at in steps if activity in ENDS]
        took = [
            (step, at.date(), (at.timestamp() - before.timestamp()) / 86_400)
            for (_, before), (step, at) in pairwise(steps)
        ]
        yield Fine(steps[0][1].date(), min(ends, default=None), took)


def load(engine: Engine, sources: Path) -> RunReport:
    return run(engine=engine, regulation=RULES, sources=sources, today=AS_OF, pseudonym_key=None)


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_all_gets_in_and_its_figures_are_those_of_lifelines_and_numpy(
    engine: Engine, tmp_path: Path, kind: str
) -> None:
    events = log_of()
    loaded = load(engine, write(tmp_path, events, kind))
    fine, step = loaded.sources["fines"].tally, loaded.sources["steps"].tally
    assert (fine.read, fine.inserted) == (300, 300)
    assert step.read == step.inserted == sum(event[3] == "complete" for event in events)
    agree(engine)


def test_so_are_those_of_a_log_in_xes(engine: Engine, tmp_path: Path) -> None:
    load(engine, xes(tmp_path, log_of()))
    agree(engine)


def agree(engine: Engine) -> None:
    """The figures that the screens show and those counted from the log by others."""
    known = list(fines(log_of()))
    found: dict[str, Any] = measures.compute(engine, RULES, PERIOD, within=45)
    first, last = PERIOD.period_from, PERIOD.period_to

    came = [f for f in known if first <= f.received <= last]
    ages = [((f.stopped or AS_OF) - f.received).days for f in came]
    curve = KaplanMeierFitter().fit(ages, [f.stopped is not None for f in came])
    low, high = 1 - curve.confidence_interval_.loc[:45].iloc[-1].to_numpy()[::-1]
    assert found["received"] == len(came)
    assert found["p_within"]["value"] == pytest.approx(1 - curve.predict(45))
    assert (found["p_within"]["low"], found["p_within"]["high"]) == pytest.approx((low, high))

    days = [
        (f.stopped - f.received).days for f in known if f.stopped and first <= f.stopped <= last
    ]
    for percent in (50, 80, 90):
        expected = np.percentile(days, percent, method="inverted_cdf")
        assert found[f"days_p{percent}"] == expected
    assert found["days_mean"] == pytest.approx(np.mean(days))

    due = [f for f in known if first <= f.due <= last]
    assert found["within_limit_n"] == len(due)
    assert found["within_limit"] == np.mean([bool(f.stopped and f.stopped <= f.due) for f in due])

    taken = [t for f in known for t in f.took if first <= t[1] <= last]
    for step in ("Send Fine", *ENDS):
        times = [days for name, _, days in taken if name == step]
        assert found["step_time"][step]["n"] == len(times)
        assert found["step_time"][step]["median"] == pytest.approx(np.median(times))
