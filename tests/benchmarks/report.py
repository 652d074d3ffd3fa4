"""docs/benchmarks.md, or of pages alone docs/benchmarks-pages.md: written from one run of the bench
and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tests.benchmarks import tables
from tests.benchmarks.asked import ROUNDS
from tests.benchmarks.browser import CHOICES, CLICKS, READERS, VISITS, WARM, BrowserTimes
from tests.benchmarks.etl import DLT_AGAIN, DLT_FIRST, EtlTimes, Peers
from tests.benchmarks.pages import CHANGES
from tests.benchmarks.tables import Grid
from tests.benchmarks.targets import page_changes, verdicts, visits
from tests.benchmarks.timing import Timing

_HEAD = """\
# Benchmarks

Written by one run of

    {command}

on {day}: {machine}. Every figure below is of that run. Seconds belong to the machine; the ratios to
peers, measured beside, travel better.
"""

_LOG = """\
**The log**: applications of one channel with eleven events each, sorted by time, two CSV files
(`tests/benchmarks/narrow.py`). The last event of up to 2,000 applications is kept back and comes as
changes. Each measurement is made in a process of its own; importing is not in its time.
"""

_FIRST = """\
*events/s*: of the whole run: files read, checked, mapped, merged, clocks and marts derived,
identities proved, committed; *records/s* counts applications and events. *dlt*: the same two files
(applications: {dlt}), merged by key into tables that are not there yet, by the fastest way that it
has (Arrow, and COPY on PostgreSQL); it checks and derives nothing. *to_sql*: pandas writing
{to_sql:,} of the same events as the warehouse holds them, 10,000 at a time, without key or index.
× is our rate over theirs.
"""

_LATER = """\
*nothing new*: no file has changed, none is read. *all again*: `--afresh`, everything is read,
nothing changes. *dlt again*: dlt merging the same files once more (applications: {again}).
*own source*: 1,000 changes are a small source's new content. *a file more*: 1,000 changes lie
beside the large file in the same source. *growth*:
over the smallest log; the targets below compare the largest log with the one before it.
"""

_TAKES = """\
*warehouse*: after the first run, indexes included. *memory*: the peak of resident bytes in the
first run; the database server's own is not in it. A log below some 24 MB is read without workers.
*overview*: the first page of the warehouse that holds this log, warm, the median of ten.
"""

_ASKED = f"""\
Each measure asked of the warehouse that holds the log, by the function that screens, exports and
the command call: for twelve months and for the year of them, each for everything and for one
category, one of them before that does not count; {ROUNDS} times over, all measures in turn. Marts
that were read are kept until the next load; the times of steps are read for every question. *first
after a load*: by a process that has read nothing yet; the server's read beforehand.
The log has no register and no survey: what is asked of these is answered out of nothing. The last
line asks the case table for the headline measure in SQL, without a mart. *growth*: of the medians.
"""

_VISITS = f"""\
The overview of the largest city on SQLite beside a page of Dash as it comes, with a filter and
four charts over figures held in memory (`tests/benchmarks/stock.py`), both served by two processes
of four threads, ours once it has read what pages read. *cold visit*: from the address to the last
chart, nothing kept by the browser, the median of {VISITS}; *over the wire*: all that was sent for
it. *filter change*: the server's answer, of {READERS} readers at once with {CHOICES} choices each,
the 95th percentile. *server's memory*: resident, over an hour of clicks: {CLICKS} pages, each under
another filter; *warm*: after {WARM} such pages, when as much is kept of filters as ever is.
"""

_PAGES = f"""\
The synthetic city of all sources: each page through the application's own callback, by a process
of its own for each warehouse, for {CHANGES} filters one after the other, none of which had been
asked for before on it: on SQLite the processor time of the process, which does all the work; on
PostgreSQL the time that passed, its server's own work in it. *SQL on the cases* asks the case table
for the headline measure, without a mart.
"""

_OTHERS = 0.75  # load before the first measurement: somebody else's
_QUIET = "The machine was quiet before the first."
_SHARED = "Other work ran on the machine: take seconds as bounds, and rows that stand out as its."


@dataclass(frozen=True)
class Bench:
    """Everything that one run found."""

    command: str
    day: date
    machine: str
    etl: Sequence[EtlTimes]
    peers: Mapping[str, Peers]
    pages: Sequence[Timing]
    page_sizes: Sequence[int]
    browser: BrowserTimes | None = None

    def grids(self) -> list[tuple[Grid, str]]:
        """The tables, each with what its columns mean."""
        found = self._of_runs() if self.etl else []
        if self.pages:
            found.append((tables.pages(self.pages, self.page_sizes), _PAGES))
        if self.browser:
            found.append((tables.visits(self.browser), _VISITS))
        return found

    def _of_runs(self) -> list[tuple[Grid, str]]:
        most = max(t.applications for t in self.etl)
        written = max(peers.to_sql.events for peers in self.peers.values())
        return [
            (
                tables.rates(self.etl, self.peers),
                _FIRST.format(dlt=_capped(DLT_FIRST, most), to_sql=written),
            ),
            (
                tables.later_runs(self.etl, self.peers),
                _LATER.format(again=_capped(DLT_AGAIN, most)),
            ),
            (tables.sizes(self.etl), _TAKES),
            (tables.measures(self.etl), _ASKED),
        ]

    def verdicts(self) -> list[str]:
        """A sentence a target."""
        visited = visits(self.browser) if self.browser else []
        return [*verdicts(self.etl, self.peers), *page_changes(self.pages), *visited]

    def as_markdown(self) -> str:
        head = _HEAD.format(command=self.command, day=self.day.isoformat(), machine=self.machine)
        sections = [
            f"## {grid.title}\n\n{grid.as_markdown()}\n\n{note}" for grid, note in self.grids()
        ]
        reached = "\n".join(f"- {said}" for said in self.verdicts())
        ends = [f"## Targets\n\n{reached}\n", f"## Beside what\n\n{self.beside()}\n"]
        return "\n".join([head, *([_LOG] if self.etl else []), *sections, *ends])

    def beside(self) -> str:
        """How busy the machine was; a run is itself worth as many as it has processes."""
        if not self.etl:
            return "Only pages were measured."
        loads = "; ".join(
            f"{t.kind} {t.applications:,}: {t.busy[0]:.1f} → {t.busy[1]:.1f}" for t in self.etl
        )
        return (
            "Load average of one minute before and after each warehouse's measurements (the "
            f"measurements themselves are in it): {loads}. {_QUIET if self._quiet() else _SHARED}"
        )

    def _quiet(self) -> bool:
        return self.etl[0].busy[0] < _OTHERS


def _capped(caps: Mapping[str, int], most: int) -> str:
    return ", ".join(f"{min(cap, most):,} on {kind}" for kind, cap in caps.items())
