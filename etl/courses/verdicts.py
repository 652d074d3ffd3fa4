"""How a finished case keeps to the diagram of its channel: one word, whatever day it is asked for.

``path`` where its steps are a way from a start to an end, else the kinds of its deviations joined
by ``+``. What happens after the clock's stop may change it: the later words follow, each with the
day from which it holds, as in ``skipped;2013-05-03=path``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import date
from functools import cached_property

from etl.regulation.model import Channel
from etl.regulation.ways import edges

KINDS = ("skipped", "repeated", "out_of_order", "unknown")
PATH = "path"

_START, _END = "\x02", "\x03"  # no step's code holds them
_LATER, _FROM, _AND = ";", "=", "+"


class Diagram:
    """Judges the sequences of steps of one channel.

    A condition may leave an event or none. Of a sequence, read from its start:

    - ``unknown``: a step that is not of the channel; the others are read as if it were not there;
    - ``repeated``: a step taken once more where the diagram does not lead to it again;
    - ``skipped``: a step that lies further on, and on every way to it one was never taken;
    - ``out_of_order``: any other step where the diagram does not lead, be it earlier on, on another
      way, or further on with all in between taken at another time.

    To end where the diagram does not end is to skip what would have come.
    """

    def __init__(self, channel: Channel) -> None:
        ends = [step.code for step in channel.steps if step.outcomes]
        self._following: dict[str, Collection[str]] = {
            code: (*next_, _END) if code in ends else next_
            for code, next_ in edges(channel).items()
        }
        self._following[_START] = [step.code for step in channel.steps if step.start]
        self._following[_END] = ()
        self._silent = {step.code for step in channel.steps if step.kind == "condition"}

    def judge(self, steps: Sequence[str]) -> str:
        """The word for a sequence of steps, without days."""
        known = [step for step in steps if step in self._following]
        kinds = set() if len(known) == len(steps) else {"unknown"}
        taken, seen, at = self._silent | {*known}, set[str](), _START
        for step in (*known, _END):
            if step in self._after(at, self._silent):
                at = step
            elif step in seen:
                kinds.add("repeated")
            elif step not in self._beyond[at]:
                kinds.add("out_of_order")
            else:
                kinds.add("out_of_order" if step in self._after(at, taken) else "skipped")
                at = step
            seen.add(step)
        return _AND.join(kind for kind in KINDS if kind in kinds) or PATH

    @cached_property
    def _beyond(self) -> Mapping[str, Set[str]]:
        """For each step all that lie further on."""
        everything = set(self._following)
        return {step: self._after(step, everything) for step in self._following}

    def _after(self, step: str, through: Set[str]) -> set[str]:
        """The steps to which a way leads from ``step`` that passes those of ``through`` alone."""
        found: set[str] = set()
        waiting = list(self._following[step])
        while waiting:
            code = waiting.pop()
            if code not in found:
                found.add(code)
                waiting.extend(self._following[code] if code in through else ())
        return found


def over_time(first: str, later: Sequence[tuple[date, str]]) -> str:
    """The verdict of a case: the word that holds at its stop, and each with the day it holds from,
    in their order; one that says what the one before it says is left out."""
    words, last = [first], first
    for day, word in later:
        if word != last:
            words.append(f"{day.isoformat()}{_FROM}{word}")
            last = word
    return _LATER.join(words)


def deviations_at(verdict: str, day: date) -> frozenset[str]:
    """The kinds of deviations that a case had at the end of ``day``, its stop or later."""
    word, *later = verdict.split(_LATER)
    for told in later:
        since, _, then = told.partition(_FROM)
        if since > day.isoformat():
            break
        word = then
    return frozenset() if word == PATH else frozenset(word.split(_AND))
