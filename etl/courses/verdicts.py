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

Deviation = tuple[str, tuple[str, ...]]  # its kind, and the steps that it is of

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
        kinds = {kind for kind, _ in self.deviations(steps)}
        return _AND.join(kind for kind in KINDS if kind in kinds) or PATH

    def deviations(self, steps: Sequence[str]) -> list[Deviation]:
        """In which ways a sequence of steps deviates, and at which steps; each once.

        ``skipped`` names a step that lies on every way that was open, each such step for itself;
        where there is none, together those that the ways begin with. An end that is reached out of
        order is told by the step that it was reached from.
        """
        known = [step for step in steps if step in self._following]
        found: list[Deviation] = [("unknown", (s,)) for s in steps if s not in self._following]
        taken, seen, at = self._silent | {*known}, set[str](), _START
        for step in (*known, _END):
            told = known[-1:] if step == _END else [step]
            if step in self._after(at, self._silent):
                at = step
            elif step in seen:
                found.append(("repeated", (step,)))
            elif step not in self._beyond[at]:
                found.append(("out_of_order", tuple(told)))
            else:
                if step in self._after(at, taken):
                    found.append(("out_of_order", tuple(told)))
                else:
                    found += [("skipped", lacking) for lacking in self._lacking(at, step, taken)]
                at = step
            seen.add(step)
        return [*dict.fromkeys(found)]

    def _lacking(self, at: str, step: str, taken: Set[str]) -> list[tuple[str, ...]]:
        """What was not taken on the ways from ``at`` to ``step``, none of which was taken whole."""
        left = [code for code in self._following if code not in taken | {_START, _END}]
        everything = set(self._following)
        always = [code for code in left if step not in self._after(at, everything - {code})]
        if always:
            return [(code,) for code in always]
        near = self._after(at, taken)
        return [tuple(code for code in left if code in near and step in self._beyond[code])]

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
