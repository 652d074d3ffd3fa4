"""What is suspicious in a record that is loaded all the same: counted and listed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.contract.delivery import Delivery, Int64s, Mask
from etl.identity import iin_check, masked
from etl.regulation.model import Regulation, Step

IIN_CHECK, EVENT_AFTER_RESULT, STEP_ORDER = FINDINGS = (
    "iin_check",
    "event_after_result",
    "step_order",
)

_NEVER = np.iinfo("int64").max
_COLUMNS = ["record", "rule", "column", "value"]


def findings(d: Delivery, accepted: Mask) -> pd.DataFrame:
    """record, rule, column, value: at most one of each rule a record, of accepted records only.

    The order of steps is looked at inside a record: events that other records bring may lie
    anywhere between. What comes after the result is looked at over all messages of a case.
    """
    parts = list(_iin(d, accepted))
    if d.mapped.events is not None and d.spec.entity == "cases":
        events = _ordered(d, accepted)
        parts += [_after_result(d, events), _out_of_order(d, events)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_COLUMNS)


def _ordered(d: Delivery, accepted: Mask) -> Int64s:
    """The positions of the accepted records' events, in the order of time inside each record."""
    record = d.events["record"].to_numpy()
    inside = np.flatnonzero(accepted[record])
    times = d.events["occurred_at"].to_numpy()[inside]
    return inside[np.lexsort((times, record[inside]))]


def _iin(d: Delivery, accepted: Mask) -> Iterator[pd.DataFrame]:
    """``iin_check``: the IIN is malformed or its check digit is wrong."""
    if not d.spec.gives("iin"):
        return
    numbers = d.fields["iin"]
    wrong = np.flatnonzero(accepted & numbers.notna().to_numpy() & ~iin_check(numbers).to_numpy())
    yield pd.DataFrame(
        {
            "record": wrong,
            "rule": IIN_CHECK,
            "column": d.column_of("iin"),
            "value": [masked(number) for number in numbers.take(wrong)],
        }
    )


def _after_result(d: Delivery, events: Int64s) -> pd.DataFrame:
    """``event_after_result``: an event on a later day than the case's result."""
    record = d.events["record"].to_numpy()[events]
    day = d.events["occurred_on"].to_numpy()[events].astype("int64")
    result = np.full(d.size, _NEVER)
    if d.spec.gives("stopped_at"):
        stopped = d.days["stopped_at"].notna().to_numpy()
        result[stopped] = d.days["stopped_at"].to_numpy()[stopped].astype("int64")
        late = day > result[record]
    else:
        stops = d.is_one_of(d.clock.stops)[events]
        case = d.case_numbers[record]
        np.minimum.at(result, case[stops], day[stops])
        late = day > result[case]
    return _first_of_each(d.events.iloc[events[late]].assign(rule=EVENT_AFTER_RESULT))


def _out_of_order(d: Delivery, events: Int64s) -> pd.DataFrame:
    """``step_order``: up to the result, a step that may not follow the one before it, or one that
    begins a whole record and may not begin a case."""
    codes = np.array(list(d.regulation.steps), dtype=object)
    starts = np.array([d.regulation.steps[code].start for code in codes])
    step, record = d.steps[events], d.events["record"].to_numpy()[events]
    first = np.ones(len(events), dtype=bool)
    first[1:] = record[1:] != record[:-1]
    previous = np.where(first, step, np.roll(step, 1))
    right = np.where(
        first, starts[step] | d.is_update[record], _may_follow(d.regulation)[previous, step]
    )
    wrong = ~right & _up_to_result(d.is_one_of(d.clock.stops)[events], first)
    before = np.where(first, "", codes[previous] + " → ")[wrong]
    found = d.events.iloc[events[wrong]].assign(rule=STEP_ORDER)
    return _first_of_each(found.assign(value=before + codes[step[wrong]]))


def _first_of_each(found: pd.DataFrame) -> pd.DataFrame:
    columns: pd.DataFrame = found.drop_duplicates("record")[_COLUMNS]
    return columns


def _up_to_result(is_stop: Mask, first: Mask) -> Mask:
    """Which events come no later than the first stop in their record."""
    stops = is_stop.astype("int64")
    before = np.cumsum(stops) - stops
    at_first = np.maximum.accumulate(np.where(first, before, 0))
    no_stop_yet: Mask = np.equal(before, at_first)
    return no_stop_yet


def _may_follow(regulation: Regulation) -> npt.NDArray[np.bool_]:
    """[i, j]: whether step j may come right after step i, conditions passed through silently."""
    steps = regulation.steps
    position = {code: i for i, code in enumerate(steps)}
    allowed = np.zeros((len(steps), len(steps)), dtype=bool)
    for code, step in steps.items():
        for after in _reachable(step, regulation):
            allowed[position[code], position[after]] = True
    return allowed


def _reachable(step: Step, regulation: Regulation) -> set[str]:
    """The steps that may follow, and those behind each condition among them."""
    found: set[str] = set()
    waiting = list(step.next)
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            if regulation.steps[code].kind == "condition":
                waiting += regulation.steps[code].next
    return found
