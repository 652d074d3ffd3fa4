"""The courses of some cases, worked out by whichever process is free.

Events of one moment come in the order of their source, then of their steps' codes.
"""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from etl.courses import packed
from etl.courses.month import Courses, Month, months
from etl.courses.verdicts import Diagram, over_time
from etl.frames import Texts
from etl.load.spool import Int64s
from etl.load.taken import Share
from etl.regulation.model import Regulation

Judge = Callable[[tuple[str, ...]], str]
Judges = Mapping[str, Judge]  # by channel
Days = npt.NDArray[np.int32]  # since 1970

COUNTED_BY = ("channel", "category", "service_point")
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Given:
    """The events of some cases; those of them that were ``received``, in no order: number, channel,
    category, service_point, stopped_on; the regulation, pickled; and whether their times are to be
    ``gathered``, too."""

    share: Share
    received: Texts
    rules: bytes = field(repr=False)
    gathered: bool


@dataclass(frozen=True)
class Made:
    """The ``courses`` of received cases (number, stopped_on, verdict, steps, times), and by channel
    and month the times of their steps, if these were asked for."""

    courses: pa.Table
    months: Sequence[Month]


def worked_out(given: Given) -> Made:
    """The courses of the received cases."""
    found = given.received.typed().sort_values("number", ignore_index=True)
    taken, judges = given.share.by_step(), _judges(given.rules)
    case = found["number"].to_numpy() - given.share.span.first
    chosen = np.isin(taken.case, case)
    when = np.empty(np.count_nonzero(chosen), packed.TAKEN)
    when["at"] = taken.at[chosen].view("int64")
    when["on"] = taken.on[chosen].view("int64")
    bounds = np.append(np.searchsorted(taken.case[chosen], case), len(when))
    steps = list(_in_words(taken.step[chosen].astype(packed.CODE), taken.steps, bounds.tolist()))
    made = pa.table(
        {
            "number": pa.array(found["number"]),
            "stopped_on": pa.array(found["stopped_on"], pa.date32()),
            "verdict": pa.array(
                _verdicts(found, steps, when["on"], bounds, judges), pa.large_string()
            ),
            "steps": pa.array(steps, pa.large_string()),
            "times": pa.LargeBinaryArray.from_buffers(
                pa.large_binary(),
                len(steps),
                [None, pa.py_buffer(bounds * when.itemsize), pa.py_buffer(when.tobytes())],
            ),
        }
    )
    if not given.gathered:
        return Made(made, [])
    channel, category, service_point = (found[name].tolist() for name in COUNTED_BY)
    each = Courses(
        channel, category, service_point, steps, made["times"].to_pylist(), [1] * len(steps)
    )
    return Made(made, list(months(each)))


@lru_cache(maxsize=1)  # of one run; a way that many cases go is then judged once
def _judges(pickled: bytes) -> Judges:
    regulation: Regulation = pickle.loads(pickled)  # noqa: S301 (what the run itself handed out)
    return {channel.code: cache(Diagram(channel).judge) for channel in regulation.channels}


def _in_words(code: packed.Whole, names: Sequence[str], bounds: list[int]) -> Iterator[str]:
    """The steps of each case. Few sequences are different: each is put in words once."""
    codes, wide = code.tobytes(), packed.CODE.itemsize
    words: dict[bytes, str] = {}
    for begin, end in itertools.pairwise(bounds):
        sequence = codes[begin * wide : end * wide]
        if sequence not in words:
            words[sequence] = packed.joined(names[c] for c in code[begin:end])
        yield words[sequence]


def _verdicts(
    found: pd.DataFrame, steps: list[str], on: Days, bounds: Int64s, judges: Judges
) -> Iterator[str | None]:
    """A verdict a case, None while it is open. Each sequence of a channel is judged once."""
    stops = found["stopped_on"].to_numpy().astype("datetime64[D]")
    days = np.where(np.isnat(stops), -1, stops.view("int64"))
    last = np.where(np.diff(bounds) > 0, np.append(on, 0)[bounds[1:] - 1], -1)
    known: dict[tuple[str, str], str] = {}
    told = zip(found["channel"], steps, days.tolist(), (last > days).tolist(), strict=True)
    for place, (channel, words, stop, changes) in enumerate(told):
        judge = judges.get(channel)
        if stop < 0 or judge is None:
            yield None
        elif changes:
            own = on[bounds[place] : bounds[place + 1]]
            yield _changing(packed.parted(words), own, stop, judge)
        else:
            if (channel, words) not in known:
                known[channel, words] = judge(packed.parted(words))
            yield known[channel, words]


def _changing(steps: tuple[str, ...], on: Days, stop: int, judge: Judge) -> str:
    """The verdict of a case of which something happened after its stop."""
    later = [
        (_EPOCH + timedelta(days=day), judge(steps[: np.searchsorted(on, day, "right")]))
        for day in sorted({int(day) for day in on if day > stop})
    ]
    return over_time(judge(steps[: np.searchsorted(on, stop, "right")]), later)
