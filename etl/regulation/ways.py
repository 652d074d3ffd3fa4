"""The ways through a channel: that each leads from a start to an end and stops the clocks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from etl.regulation.model import Channel, Clock, Regulation, Step
from etl.regulation.reader import Faults, path, suggestion

Edges = Mapping[str, Collection[str]]


def edges(channel: Channel) -> dict[str, tuple[str, ...]]:
    """For each step of the channel the steps of the same channel that may follow, in order."""
    codes = {step.code for step in channel.steps}
    return {s.code: tuple(n for n in s.next if n in codes) for s in channel.steps}


def reach(starts: Iterable[str], following: Edges, *, not_beyond: Collection[str] = ()) -> set[str]:
    """The starts and all that can follow them; nothing is followed beyond ``not_beyond``."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting.extend(() if code in not_beyond else following[code])
    return found


def reversed_edges(following: Edges) -> dict[str, list[str]]:
    """For each step the steps that it may follow."""
    preceding: dict[str, list[str]] = {code: [] for code in following}
    for code, successors in following.items():
        for successor in successors:
            preceding[successor].append(code)
    return preceding


def check_channel(channel: Channel, regulation: Regulation, faults: Faults) -> None:
    """Note a channel without start or end, and its steps that stand on no way between them."""
    key = path("channels", channel.code)
    starts = [step.code for step in channel.steps if step.start]
    ends = [step.code for step in channel.steps if step.outcomes]
    if not starts:
        faults.add(key, "no step has start = true, so nothing begins")
    if not ends:
        faults.add(key, "no step has outcomes, so nothing ends")
    loose = _loose(channel, regulation)
    if ends:
        _check_onward(channel, {*ends, *loose}, faults)
    if starts and not loose:
        _check_reached(channel, starts, faults)


def _loose(channel: Channel, regulation: Regulation) -> list[str]:
    """The steps whose ``next`` names one that is unknown or of another channel.

    That is a fault noted already; what hangs on it is not noted as a fault of its own.
    """

    def is_wrong(step: Step, code: str) -> bool:
        follower = regulation.steps.get(code)
        return follower is None or not set(follower.channels) & set(step.channels)

    return [s.code for s in channel.steps if any(is_wrong(s, code) for code in s.next)]


def _check_onward(channel: Channel, ends: set[str], faults: Faults) -> None:
    following = edges(channel)
    leading = reach(ends, reversed_edges(following))
    for step in channel.steps:
        key = path("steps", step.code, "next")
        if step.code in leading:
            continue
        if following[step.code]:
            faults.add(key, f"no end of channel {channel.code} can be reached from here")
        else:
            faults.add(key, f"leads nowhere in channel {channel.code}: name a step or outcomes")


def _check_reached(channel: Channel, starts: list[str], faults: Faults) -> None:
    reached = reach(starts, edges(channel))
    for step in channel.steps:
        if step.code not in reached:
            reason = f"cannot be reached from a start of channel {channel.code}"
            faults.add(path("steps", step.code), reason)


def check_clock(clock: Clock, regulation: Regulation, faults: Faults) -> None:
    """Note unknown steps of a clock, and channels where it cannot run from a start to a stop."""
    sound = True
    for end, codes in (("starts", clock.starts), ("stops", clock.stops)):
        for code in sorted(codes - set(regulation.steps)):
            sound = False
            reason = f"no step {code}{suggestion(code, regulation.steps)}"
            faults.add(path("clocks", clock.code, end), reason)
    for code in sorted(clock.starts & clock.stops):
        faults.add(path("clocks", clock.code, "stops"), f"{code} starts the clock too")
    if sound and clock.starts and clock.stops:
        for channel in regulation.channels:
            if not _loose(channel, regulation):
                _check_run(clock, channel, regulation, faults)


def _check_run(clock: Clock, channel: Channel, regulation: Regulation, faults: Faults) -> None:
    key = path("clocks", clock.code)
    following = edges(channel)
    starts, stops = clock.starts & set(following), clock.stops & set(following)
    headline = clock.code == regulation.headline_clock
    if not starts and (stops or headline):
        faults.add(f"{key}.starts", f"no step of channel {channel.code} starts it")
    elif starts and not stops & reach(starts, following):
        faults.add(f"{key}.stops", f"no step of channel {channel.code} stops it once started")
    elif headline:
        _check_stopped(clock, channel, regulation, faults)


def _check_stopped(clock: Clock, channel: Channel, regulation: Regulation, faults: Faults) -> None:
    """A case that ends without stopping the headline's clock would stay open for ever."""
    after = reach(clock.starts & set(edges(channel)), edges(channel), not_beyond=clock.stops)
    rejected = {o.code for o in regulation.outcomes if o.kind == "rejected"}
    for step in channel.steps:
        if step.code in after - clock.stops and set(step.outcomes) - rejected:
            reason = f"the way that ends with {step.code} in channel {channel.code} never stops it"
            faults.add(path("clocks", clock.code, "stops"), reason)
