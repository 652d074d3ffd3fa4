"""What a bench should reach, and whether it did, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dashboard.measures import REGISTRY
from tests.benchmarks.browser import BrowserTimes
from tests.benchmarks.databases import POSTGRESQL, SQLITE
from tests.benchmarks.etl import EtlTimes, Peers, Rate
from tests.benchmarks.timing import Timing

TIMES_DLT = {POSTGRESQL: 1.0, SQLITE: 30.0}
_GROWS = 1.2  # times as much memory for a log ten times as large: more than chance
_SLOWER = 1.3  # times as long may a measure take of ten times as many applications
_AT_MOST = 60  # milliseconds of a measure, at the 95th percentile
_OF_STOCK = 0.6
_WEIGHT = 900  # kB
_FLAT = 10  # MB: what allocators keep by chance
_LONGER = 1.5  # times as long may a run over a few changes take, ten times as many being held


def verdicts(times: Sequence[EtlTimes], peers: Mapping[str, Peers]) -> list[str]:
    """A sentence a target, on the largest log that was measured; what grows is compared with the
    log before it: a small one's cost is all in what a run does whatever the log holds."""
    largest = {t.kind: t for t in times}
    said = []
    for kind, ours in largest.items():
        theirs = peers[kind]
        said += [
            _against("dlt's first load", kind, ours.rate, theirs.dlt, TIMES_DLT[kind]),
            _against(
                "dlt merging the same again",
                kind,
                ours.rate_again,
                theirs.dlt_again,
                TIMES_DLT[kind],
            ),
            _against("to_sql alone", kind, ours.rate, theirs.to_sql, 1.0),
        ]
    return [*said, *_of_changes(times), *_of_memory(times), *_of_measures(times)]


def page_changes(times: Sequence[Timing]) -> Iterator[str]:
    """A sentence a database on the pages of the largest city, the slowest first."""
    most = max((t.applications for t in times), default=0)
    pages = [t for t in times if t.applications == most and t.what.startswith("/")]
    for kind in dict.fromkeys(t.kind for t in pages):
        slowest, *others = sorted(
            (t for t in pages if t.kind == kind), key=lambda t: t.p95, reverse=True
        )
        too_slow = [f"{t.what} with {t.p95:.1f} ms" for t in others if t.p95 >= _AT_MOST]
        yield (
            f"**{_reached(slowest.p95 < _AT_MOST)}**: a filter's change on every page of "
            f"{most:,} applications in less than {_AT_MOST} ms at the 95th percentile, {kind}. "
            f"The slowest is {slowest.what} with {slowest.p95:.1f} ms"
            f"{''.join(f', then {said}' for said in too_slow)}."
        )


def visits(times: BrowserTimes) -> list[str]:
    """A sentence each on the visits' time, weight and memory."""
    ratio, weight = times.ours.drawn / times.stock.drawn, times.ours.weight
    found = (
        (ratio <= _OF_STOCK, f"a cold visit in {_OF_STOCK} times a stock Dash page's: {ratio:.2f}"),
        (weight < _WEIGHT, f"a cold visit of less than {_WEIGHT} kB: {weight:,.0f} kB"),
        (times.grown < _FLAT, f"the server's memory stays flat: {times.grown:.1f} MB more"),
    )
    return [f"**{_reached(is_so)}**: {said}." for is_so, said in found]


def _reached(yes: bool) -> str:
    return "Reached" if yes else "Not reached"


def _against(what: str, kind: str, ours: float, theirs: Rate | None, wanted: float) -> str:
    if theirs is None:
        return f"**Not measured**: {what} on {kind}."
    times = ours / theirs.a_second
    word = "Reached" if times >= wanted else "Not reached"
    goal = f"{wanted:.0f} times" if wanted > 1 else "at least"
    return (
        f"**{word}**: {goal} the rate of {what} on {kind}. It is {times:.2f} times "
        f"(theirs measured with {theirs.events:,} events)."
    )


def _of_changes(times: Sequence[EtlTimes]) -> Iterator[str]:
    for kind in dict.fromkeys(t.kind for t in times):
        *fewer, last = [t for t in times if t.kind == kind]
        before_it = fewer[-1] if fewer else last
        for what, before, after in (
            ("as a small source's new content", before_it.in_place, last.in_place),
            ("as a file more", before_it.another_file, last.another_file),
        ):
            goal = f"1,000 changes {what} take at most {_LONGER} times as long, {kind}"
            if not fewer:
                yield f"**Not judged**: {goal}; fewer than two sizes to compare."
                continue
            word = "Reached" if after <= _LONGER * before else "Not reached"
            yield (
                f"**{word}**: {goal}. It is {after / before:.1f} times from "
                f"{before_it.applications:,} to {last.applications:,}."
            )


def _of_memory(times: Sequence[EtlTimes]) -> Iterator[str]:
    for kind in dict.fromkeys(t.kind for t in times):
        of_kind = [t for t in times if t.kind == kind]
        yield _growth("its own process", kind, {t.applications: t.memory for t in of_kind})
        workers = {t.applications: t.worker_memory for t in of_kind if t.worker_memory}
        yield _growth("its largest worker", kind, workers)


def _of_measures(times: Sequence[EtlTimes]) -> Iterator[str]:
    for kind in dict.fromkeys(t.kind for t in times):
        *before, last = [t for t in times if t.kind == kind]
        ours = {timing.what: timing for timing in last.measures if timing.what in REGISTRY}
        slowest = max(ours.values(), key=lambda timing: timing.p95)
        word = "Reached" if slowest.p95 < _AT_MOST else "Not reached"
        yield (
            f"**{word}**: every measure of {last.applications:,} applications in less than "
            f"{_AT_MOST} ms at the 95th percentile, {kind}. The slowest is {slowest.what} with "
            f"{slowest.p95:.1f} ms."
        )
        goal = f"every measure takes at most {_SLOWER} times as long, {kind}"
        if not before:
            yield f"**Not judged**: {goal}; fewer than two sizes to compare."
            continue
        fewer = {timing.what: timing for timing in before[-1].measures}
        grown = {key: timing.median / fewer[key].median for key, timing in ours.items()}
        most = max(grown, key=grown.__getitem__)
        word = "Reached" if grown[most] <= _SLOWER else "Not reached"
        yield (
            f"**{word}**: {goal}. The most is {most} with {grown[most]:.2f} times from "
            f"{before[-1].applications:,} to {last.applications:,}."
        )


def _growth(what: str, kind: str, memory: Mapping[int, int]) -> str:
    """``memory``: bytes by the number of applications, smallest first."""
    goal = f"memory of the run that does not grow with the file, {what}, {kind}"
    if len(memory) < 2:
        return f"**Not judged**: {goal}; fewer than two sizes to compare."
    (few, before), (many, after) = list(memory.items())[-2:]
    word = "Not reached" if after > _GROWS * before else "Reached"
    return f"**{word}**: {goal}. It is {after / before:.1f} times from {few:,} to {many:,}."
