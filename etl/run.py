"""One run: from the sources into the warehouse, all of it or nothing."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Unpack

from sqlalchemy import Connection, Engine, Table

from etl import (
    connect,
    courses,
    erasing,
    identities,
    ledger,
    load,
    lock,
    mapping,
    marts,
    pseudonyms,
    reading,
    tolerance,
    unread,
    versions,
)
from etl.course import Course, Progress, Stage, Told
from etl.errors import KezekError
from etl.judging import Task
from etl.ledger import Basis, SourceReport, utc_now
from etl.regulation.model import Regulation
from etl.retry import Patience
from etl.sources import Sources, SourceSpec
from etl.unread import Plan
from etl.warehouse import CASE_FACTS, COURSE_FACTS, QUEUE_FACTS, SURVEY_FACTS, Facts
from etl.workers import ALONE, Workers

_PACKAGE = Path(__file__).resolve().parent

PATIENT = Patience()


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """What a run did. ``status`` is always ``succeeded``: a run that fails raises.

    ``unjoined``: by table, how many rows a change of the key left without a pseudonym.
    """

    run_id: int
    as_of: date
    seconds: float
    sources: Mapping[str, SourceReport]
    status: str = "succeeded"
    unjoined: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "status": self.status,
            "as_of": self.as_of.isoformat(),
            "seconds": round(self.seconds, 3),
            "unjoined": dict(self.unjoined),
            "sources": {name: report.to_json() for name, report in self.sources.items()},
        }


def run(
    *,
    engine: Engine,
    regulation: Regulation,
    sources: Path,
    today: date,
    pseudonym_key: str | None,
    only: Sequence[str] = (),
    as_of: date | None = None,
    max_rejected: float | None = None,
    progress: Progress | None = None,
    afresh: bool = False,
    new_key: bool = False,
    witness: Callable[[Connection, int, Mapping[str, int]], None] | None = None,
    clock: Callable[[], datetime] = utc_now,
    patience: Patience = PATIENT,
    workers: Workers | None = None,
) -> RunReport:
    """Load the sources of the file (or those of ``only``) into a migrated warehouse.

    One transaction: whatever goes wrong, the warehouse is as it was, and the ledger says so. The
    as-of date, against which "in the future" is measured, is ``as_of``, else the sources file's
    own, else ``today``. A source whose files are those of the run before is not read again, unless
    ``afresh``. With ``new_key`` all is read, and every pseudonym is made anew with
    ``pseudonym_key`` or, without one, goes; else the key must be that of the runs before. Of a new
    key ``witness`` tells within the transaction, by the run's number and, by entity, how many
    records were left without a pseudonym.
    ``max_rejected``, a share 0..1, goes before what the sources allow for themselves. ``clock``
    gives naive UTC times. ``patience`` is had with a database, the warehouse's or a source's, whose
    fault passes. ``workers`` read, judge and work out, this process alone if None.

    Raises KezekError for all that a user can mend: a fault in the sources file, a file that is not
    there, a column that is missing, a database that cannot be reached, another run at work, too
    many rejected records, an identity that does not hold.
    """
    course = Course(progress or _silent)
    job = _Job(
        engine=engine,
        regulation=regulation,
        pseudonym_key=pseudonym_key,
        progress=course,
        clock=clock,
        afresh=afresh or new_key,
        new_key=new_key,
        witness=witness,
        patience=patience,
        workers=workers or ALONE,
    )
    with patience.enter(lambda: lock.only_run(engine)):
        pinned = as_of is not None
        basis = Basis(
            as_of=as_of or today,
            pinned=pinned,
            regulation=regulation,
            started_at=clock(),
            key_fingerprint=pseudonyms.fingerprint(pseudonym_key),
        )
        try:
            _require_key(engine, pseudonym_key, only, new_key=new_key)
            chosen = mapping.read_sources(sources, regulation=regulation, only=only)
            if chosen.as_of and not pinned:
                basis = replace(basis, as_of=chosen.as_of, pinned=True)
            report = job.carry_out(_tolerant(chosen, max_rejected), basis)
        except BaseException as error:
            ledger.record_failure(engine, basis, error=in_words(error), finished_at=clock())
            raise
        if new_key:
            erasing.rewrite(engine, pseudonyms.REWRITTEN)
    course.succeeded(report.run_id, report.seconds, report.sources)
    return report


def _require_key(engine: Engine, key: str | None, only: Sequence[str], *, new_key: bool) -> None:
    if new_key and only:
        raise KezekError(
            "A new key makes the pseudonyms of all sources anew; leave out the names of sources."
        )
    with connect.begin(engine, write=False) as connection:
        pseudonyms.require_same_key(connection, key, is_new=new_key)


def _tolerant(sources: Sources, max_rejected: float | None) -> Sources:
    if max_rejected is None:
        return sources
    specs = tuple(replace(spec, max_rejected=max_rejected) for spec in sources.sources)
    return replace(sources, sources=specs)


def in_words(error: BaseException) -> str:
    """An error in one sentence that repeats no value of a record."""
    if isinstance(error, KezekError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "The run was interrupted; nothing was changed."
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    place = f" in {Path(ours[-1].filename).name}, line {ours[-1].lineno}" if ours else ""
    return f"Kezek itself failed ({type(error).__name__}{place}); nothing was changed."


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What every part of a run needs."""

    engine: Engine
    regulation: Regulation
    pseudonym_key: str | None = field(repr=False)
    progress: Progress
    clock: Callable[[], datetime]
    afresh: bool
    new_key: bool
    witness: Callable[[Connection, int, Mapping[str, int]], None] | None
    patience: Patience
    workers: Workers

    def carry_out(self, sources: Sources, basis: Basis) -> RunReport:
        began = time.perf_counter()
        with (
            self.patience.enter(lambda: connect.own(self.engine)) as connection,
            load.area(connection) as area,
        ):
            load.prepare(connection)
            plans = self._plans(connection, sources, basis.as_of)
            known = {name: plan.report for name, plan in plans.items() if plan.report is not None}
            new = replace(sources, sources=tuple(s for s in sources.sources if s.name not in known))
            read = list(self._read_all(area, new, plans, basis.as_of))
            rows = {name: sum(file["rows"] for file in plan.known) for name, plan in plans.items()}
            tolerance.require(new.sources, [one.staged for one in read], known=rows)
            connection.commit()  # of what was read alone: the warehouse is not touched yet
            load.leave_out_indexes(connection, sum(one.staged.records.size for one in read))
            run_id, reports, unjoined = self.patience.call(
                lambda: self._write(connection, read, plans, new, basis)
            )
        seconds = time.perf_counter() - began
        told = {spec.name: reports[spec.name] for spec in sources.sources}
        return RunReport(
            run_id=run_id, as_of=basis.as_of, seconds=seconds, sources=told, unjoined=unjoined
        )

    def _write(
        self,
        connection: Connection,
        read: Sequence[reading.Read],
        plans: Mapping[str, Plan],
        sources: Sources,
        basis: Basis,
    ) -> tuple[int, Mapping[str, SourceReport], Mapping[str, int]]:
        """The one transaction, by all or nothing; what is staged outlives one that was undone."""
        with connect.writing(connection):
            run_id = ledger.open_run(connection, basis)
            self.progress("merge", run_id=run_id)
            if self.new_key:
                pseudonyms.forget(connection)
            rows = {name: sum(file["rows"] for file in plan.known) for name, plan in plans.items()}
            tallies = self._load(connection, [one.staged for one in read], sources, rows, run_id)
            reports = {name: plan.report for name, plan in plans.items() if plan.report is not None}
            for spec, one in zip(sources.sources, read, strict=True):
                plan, tally = plans[spec.name], tallies[spec.name]
                reports[spec.name] = _report(connection, spec, one, tally, plan)
            entities, now = sources.declared, self.clock()
            unjoined = pseudonyms.left_without(connection) if self.new_key else {}
            ledger.close_run(connection, run_id, reports, entities=entities, finished_at=now)
            if self.new_key and self.witness:
                self.witness(connection, run_id, unjoined)
            self.progress("done", done=len(read), total=len(read))
        return run_id, reports, unjoined

    def _plans(self, connection: Connection, sources: Sources, as_of: date) -> dict[str, Plan]:
        """By source, what is to be read of it."""
        bases = {
            spec.name: unread.basis_of(spec, sources, self.regulation, self.pseudonym_key)
            for spec in sources.sources
        }
        if self.afresh:
            return {name: Plan(basis=basis) for name, basis in bases.items()}
        return unread.plans(connection, sources, bases=bases, as_of=as_of)

    def _read_all(
        self, area: load.Area, sources: Sources, plans: Mapping[str, Plan], as_of: date
    ) -> Iterator[reading.Read]:
        tasks = [
            Task(
                spec=spec,
                regulation=self.regulation,
                as_of=as_of,
                pseudonym_key=self.pseudonym_key,
                known=frozenset(file["name"] for file in plans[spec.name].known),
                since=plans[spec.name].watermark,
            )
            for spec in sources.sources
        ]
        return reading.read_all(
            area,
            tasks,
            workers=self.workers,
            patience=self.patience,
            progress=self.progress,
        )

    def _load(
        self,
        connection: Connection,
        staged: Sequence[load.Staged],
        sources: Sources,
        rows: Mapping[str, int],
        run_id: int,
    ) -> Mapping[str, load.Tally]:
        version = versions.upcoming(connection)
        merged = load.merge(
            connection, staged, run_id=run_id, version=version, declared=sources.declared
        )
        tolerance.require(sources.sources, staged, merged.orphans, known=rows)
        tolerance.require_listed(sources.sources, merged.tallies)
        self.progress("derive")
        same = ledger.rests_on_the_same(connection, self.regulation)
        same = same and not courses.are_missing(connection)
        derived = load.derive(
            connection,
            merged.case_ids if same else None,
            regulation=self.regulation,
            run_id=run_id,
            version=version,
            first=merged.first_events,
            workers=self.workers,
        )
        times = courses.derive(
            connection,
            derived.touched,
            derived.took,
            regulation=self.regulation,
            version=version,
            every=derived.every,
            workers=self.workers,
        )
        self.progress("marts")
        due = identities.due_counts(connection, derived.grown) if derived.few else None
        if derived.few:
            _shift(connection, derived.touched, version)
        else:
            _recount(connection, times, self.workers)
        _refresh(connection, QUEUE_FACTS, merged.queue_days)
        _refresh(connection, SURVEY_FACTS, merged.survey_days)
        if derived.have_clocks or any(
            t.inserted or t.updated or t.vanished for t in merged.tallies.values()
        ):
            versions.publish(connection, version, run_id=run_id, made_at=self.clock())
        self.progress("check")
        wrong = identities.broken(
            connection,
            regulation=self.regulation,
            tallies=merged.tallies,
            case_days=due,
            turn=version,
        )
        if wrong:
            raise KezekError(
                f"The run was taken back, for its figures do not hold: {'; '.join(wrong)}."
            )
        return merged.tallies


def _recount(connection: Connection, times: courses.Gathered | None, workers: Workers) -> None:
    """Count all cases anew; ``times``: those of all steps, if they are at hand."""
    for facts in (CASE_FACTS, COURSE_FACTS):
        marts.refresh(connection, facts)
    courses.refresh(connection, times, workers=workers)


def _shift(connection: Connection, touched: Table, version: int) -> None:
    """Count what changed of the touched cases."""
    for facts in (CASE_FACTS, COURSE_FACTS):
        marts.shift(connection, facts, touched, version=version)
    courses.shift(connection, touched, version=version)


def _refresh(connection: Connection, facts: Facts, days: Collection[date]) -> None:
    if days:
        marts.refresh(connection, facts, days)


def _report(
    connection: Connection, spec: SourceSpec, read: reading.Read, tally: load.Tally, plan: Plan
) -> SourceReport:
    """What became of a source, the files that needed no reading included."""
    newest = read.staged.newest_event
    if not read.staged.full:
        rows = sum(file["rows"] for file in plan.known)
        before = unread.newest_event(connection, spec)
        newest = max(filter(None, [newest, before]), default=None)
        tally = replace(
            tally,
            read=tally.read + rows,
            unchanged=tally.unchanged + rows,
            rejects=unread.standing_rejects(connection, spec),
        )
    return SourceReport(
        tally=tally,
        newest_event=newest,
        seconds=read.seconds,
        files=[*plan.known, *read.files],
        basis=plan.basis,
        watermark=read.watermark,
    )


def _silent(stage: Stage, **told: Unpack[Told]) -> None:
    """Tell nobody."""
