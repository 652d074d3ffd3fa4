"""Every staged source into the warehouse: cases first, then what hangs on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    func,
    literal,
    select,
    union_all,
)

from etl import versions
from etl.load import orphans, retold, ties, upsert, vanished
from etl.load.batch import Tally
from etl.load.entities import CASES, EVENTS, MESSAGES, QUEUE, SURVEYS, Entity
from etl.load.first_events import FirstEvents, Homes
from etl.load.records import DUPLICATE, OK, REJECTED
from etl.load.remarks import ORPHANED, Noted, note
from etl.load.staging import Staged
from etl.load.upsert import Changes
from etl.warehouse import (
    QUEUE_FACTS,
    findings,
    quarantine,
    queue_entries,
    survey_responses,
)


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What a merge did: a tally for each source, and what it touched.

    ``orphans``: by source, the records that it rejected, as `Staged.rejects`.
    ``case_ids``: queries for the cases whose record or events changed. ``first_events``: all events
    of the warehouse, where it held none before. ``queue_days`` and ``survey_days``: the first days,
    old and new, of the entries and responses that changed.
    """

    tallies: Mapping[str, Tally]
    orphans: Mapping[str, pd.DataFrame]
    case_ids: Sequence[Select[Any]]
    first_events: FirstEvents | None
    queue_days: frozenset[date]
    survey_days: frozenset[date]


def merge(
    connection: Connection,
    staged: Sequence[Staged],
    *,
    run_id: int | None,
    version: int,
    declared: Mapping[str, str],
    entered_at: datetime | None = None,
) -> Merged:
    """Bring the warehouse to what the staged sources say, in the caller's transaction.

    ``declared``: every source of the sources file in its order, with its entity; of two sources
    that tell of the same thing the later one is believed. ``run_id``, ``version`` and
    ``entered_at`` are written to what changes. The clocks of the cases and the marts are not
    brought up to date here.
    """
    works = [
        _SourceMerge(
            connection,
            one,
            run_id=run_id,
            version=version,
            declared=declared,
            entered_at=entered_at,
        )
        for one in staged
    ]
    for work in works:
        work.write_cases()
    for work in works:  # whether a case is in quarantine must be known before its events are judged
        work.note_rejects()
    homes = _homes(connection, staged)
    for work in works:
        work.write_events(staged, homes)
        work.write_queue()
        work.write_surveys()
        work.note_findings()
    return Merged(
        tallies={work.staged.source: work.tally() for work in works},
        orphans={work.staged.source: work.orphans for work in works},
        case_ids=[query for work in works for query in work.case_ids],
        first_events=homes.first_events() if homes else None,
        queue_days=frozenset().union(*(work.queue_days for work in works)),
        survey_days=frozenset().union(*(work.survey_days for work in works)),
    )


def _homes(connection: Connection, staged: Sequence[Staged]) -> Homes | None:
    """None where not all events of the warehouse are about to come from staging."""
    given = [one for one in staged if EVENTS.frame in one.tables]
    if not given or not all(one.full and one.events for one in given):
        return None
    return Homes(connection)


class _SourceMerge:
    """The merge of one source, step by step."""

    def __init__(
        self,
        connection: Connection,
        staged: Staged,
        *,
        run_id: int | None,
        version: int,
        declared: Mapping[str, str],
        entered_at: datetime | None,
    ) -> None:
        self.connection = connection
        self.staged = staged
        self.run_id = run_id
        self.version = version
        self.entered_at = entered_at
        self.case_ids: list[Select[Any]] = []
        self.queue_days: set[date] = set()
        self.survey_days: set[date] = set()
        names = list(declared)
        known = staged.source in declared
        self._outranking = names[names.index(staged.source) + 1 :] if known else []
        self._case_sources = [name for name, entity in declared.items() if entity == "cases"]
        self._changes: list[Changes] = []
        self._gone: Table | None = None  # events that a record no longer lists: record, case_id
        self._rejected: list[Noted] = []
        self.orphans = pd.DataFrame(columns=["record"])
        self._findings = Noted(Counter())
        self._vanished = 0

    def write_cases(self) -> None:
        gone = upsert.remove_vanished_events(self.connection, self.staged)
        if gone is not None:
            self._gone = gone
            self.case_ids.append(select(gone.c.case_id))
        if (changed := self._find(CASES)) is not None:
            self._write(CASES, changed)
            self.case_ids.append(self._of_changed(CASES, changed, "case_id"))

    def note_rejects(self) -> None:
        """The contract's; what it no longer says of this source is settled."""
        self._note_rejects(self.staged.rejects, quarantine.c.rule.not_in(ORPHANED))

    def write_events(self, read: Sequence[Staged], homes: Homes | None) -> None:
        """And messages; ``read``: all that this run has staged."""
        among = homes.find(self.staged.events) if homes and self.staged.events else None
        self.orphans = orphans.set_aside(
            self.connection, self.staged, case_sources=self._case_sources, among=among
        )
        self._note_rejects(self.orphans, quarantine.c.rule.in_(ORPHANED))
        ties.number_behind(self.connection, self.staged)
        for entity in (EVENTS, MESSAGES):
            if (changed := self._find(entity)) is not None:
                find = upsert.find_cases_left if entity is EVENTS else retold.find_overwritten
                before = find(self.connection, self.staged, changed.rows)  # while it is still known
                self.case_ids.append(select(before.c.case_id))
                self._write(entity, changed)
                if entity is EVENTS and homes:
                    homes.confirm(staged=changed.staged, new=changed.new)
                if entity is MESSAGES:
                    retold.take_back(self.connection, before, read, run_id=self.run_id)
                self.case_ids.append(self._of_changed(entity, changed, "case_id"))

    def write_queue(self) -> None:
        if self.staged.snapshot:
            gone = vanished.remove(self.connection, self.staged, version=self.version)
            self._vanished = len(gone)
            self.queue_days |= set(gone)
        if (changed := self._find(QUEUE)) is not None:
            self.queue_days |= self._days(QUEUE, changed, queue_entries.c.registered_on)
            rows = self.staged.tables[QUEUE.frame]
            told = select(rows).where(rows.c.n.in_(select(changed.rows.c.n))).subquery()
            versions.supersede(self.connection, QUEUE_FACTS, told, version=self.version)
            self._write(QUEUE, changed)

    def write_surveys(self) -> None:
        if (changed := self._find(SURVEYS)) is not None:
            self.survey_days |= self._days(SURVEYS, changed, survey_responses.c.answered_on)
            self._write(SURVEYS, changed)
            upsert.replace_answers(self.connection, self.staged, changed.rows, version=self.version)

    def note_findings(self) -> None:
        """Those of records that got in."""
        made = self.staged.findings
        made = made[~made["record"].isin(self.orphans["record"])]
        self._findings = self._note(findings, made)

    def tally(self) -> Tally:
        """Every record once: by what its rows did, by what the contract or the case said of it."""
        records = self.staged.records
        is_new = self._changed_records()
        rejected = sum(noted.new for noted in self._rejected)
        again = sum(noted.again for noted in self._rejected)
        orphaned = len(self.orphans)
        known = records.count(REJECTED) + orphaned - rejected - again
        return Tally(
            read=records.size,
            inserted=is_new[1],
            updated=is_new[0],
            unchanged=records.count(OK) - orphaned - is_new.total() + known,
            duplicate=records.count(DUPLICATE) + again,
            rejected=rejected,
            vanished=self._vanished,
            rejects=dict(sum((noted.by_rule for noted in self._rejected), Counter())),
            findings=dict(self._findings.by_rule),
        )

    def _find(self, entity: Entity) -> Changes | None:
        if entity.frame not in self.staged.tables:
            return None
        return upsert.find_changes(
            self.connection, entity, self.staged, outranking=self._outranking
        )

    def _write(self, entity: Entity, changed: Changes) -> None:
        upsert.write_changes(
            self.connection,
            entity,
            self.staged,
            changed,
            run_id=self.run_id,
            version=self.version,
            entered_at=self.entered_at,
        )
        self._changes.append(changed)

    def _of_changed(self, entity: Entity, changed: Changes, column: str) -> Select[Any]:
        rows, places = self.staged.tables[entity.frame], changed.rows.c.n
        return select(rows.c[column]).join_from(changed.rows, rows, rows.c.n == places).distinct()

    def _days(self, entity: Entity, changed: Changes, day: Column[date]) -> set[date]:
        """The days of the changed rows as they are told now and as the warehouse still has them."""
        rows = self.staged.tables[entity.frame]
        told = self._of_changed(entity, changed, day.name)
        old = (
            self._of_changed(entity, changed, day.name)
            .with_only_columns(day)
            .join(entity.table, entity.table.c[entity.key] == rows.c[entity.key])
        )
        return {*self.connection.scalars(told), *self.connection.scalars(old)}

    def _note_rejects(self, rejects: pd.DataFrame, among: ColumnElement[bool]) -> None:
        self._rejected.append(self._note(quarantine, rejects, among))

    def _note(
        self, table: Table, remarks: pd.DataFrame, among: ColumnElement[bool] | None = None
    ) -> Noted:
        return note(
            self.connection,
            table,
            remarks,
            source=self.staged.source,
            run_id=self.run_id,
            accepted=None if self.staged.full else self._accepted,
            unread=self.staged.unread,
            among=among,
        )

    def _accepted(
        self, hashes: Collection[str], keys: Collection[str | None]
    ) -> tuple[set[str], set[str]]:
        """Which of the hashes, and which of the keys, are of records that got in."""
        outside = self.orphans["record"]
        found: tuple[set[str], set[str]] = set(), set()
        for some in self.staged.records.accepted():
            inside = some[~some["record"].isin(outside)]
            for column, wanted, kept in zip(
                ("record_hash", "key"), (hashes, keys), found, strict=True
            ):
                kept.update(inside[column][inside[column].isin(list(wanted))].dropna())
        return found

    def _changed_records(self) -> Counter[int]:
        """How many records changed something, by whether any of it is new (1) or not (0)."""
        if self.staged.row_each and len(self._changes) == 1 and self._gone is None:
            (only,) = self._changes
            return Counter({1: only.new, 0: only.how_many - only.new})
        told = [select(some.rows.c.record, some.rows.c.is_new) for some in self._changes]
        if self._gone is not None:
            told.append(select(self._gone.c.record, literal(0)))
        if not told:
            return Counter()
        each = union_all(*told).subquery()
        records = select(func.max(each.c.is_new).label("is_new")).group_by(each.c.record).subquery()
        counted = select(func.count(), func.coalesce(func.sum(records.c.is_new), 0))
        changed, new = self.connection.execute(counted.select_from(records)).one()
        return Counter({1: int(new), 0: changed - int(new)})
