"""What heads wrote to cases: what holds now, its history, and which cases have none.

It is always what is known now, whatever day the cases are asked about: a plan has no past.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, and_, exists, or_, select

from etl.frames import DAY
from etl.warehouse import case_clocks, case_remark

RemarkState = Literal["none", "passed"]
"""``none``: no expected date holds; ``passed``: the one that holds lies before ``as_of``."""

_LATEST = ("expected_on", "note", "written_by", "written_at")


@dataclass(frozen=True, kw_only=True)
class CaseRemark:
    """One remark. ``written_at``, ``withdrawn_at``: naive UTC; the latter None while it holds."""

    remark_id: int
    written_by: str
    written_at: datetime
    expected_on: date | None
    note: str | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None


def expected_on() -> ScalarSelect[date]:
    """The expected date that holds for a row of ``case_clocks``: the one written last."""
    return (
        select(case_remark.c.expected_on)
        .where(
            case_remark.c.case_id == case_clocks.c.case_id,
            case_remark.c.expected_on.is_not(None),
            _holds(),
        )
        .order_by(case_remark.c.remark_id.desc())
        .limit(1)
        .correlate(case_clocks)
        .scalar_subquery()
    )


def remark_conditions(state: RemarkState | None, as_of: date) -> Iterator[ColumnElement[bool]]:
    """Which rows of ``case_clocks`` are in a state; None lets all through."""
    if state == "none":
        yield expected_on().is_(None)
    elif state == "passed":
        yield expected_on() < as_of


def with_remarks(connection: Connection, rows: pd.DataFrame, chunk: int) -> pd.DataFrame:
    """The rows with expected_on (datetime64[s]), note, written_by (str), written_at
    (datetime64[s], UTC) beside them: the latest that holds of each, and who wrote last and when.
    """
    ids = list(rows["case_id"])
    held: dict[str, dict[str, object]] = {}
    for at in range(0, len(ids), chunk):
        for row in connection.execute(_standing(ids[at : at + chunk])).mappings():
            said = held.setdefault(row["case_id"], {})
            said.update({name: row[name] for name in _LATEST if row[name] is not None})
    told: dict[str, list[Any]] = {n: [held.get(i, {}).get(n) for i in ids] for n in _LATEST}
    return rows.assign(
        expected_on=pd.Series(told["expected_on"], index=rows.index).astype(DAY),
        note=pd.array(told["note"], dtype="str"),
        written_by=pd.array(told["written_by"], dtype="str"),
        written_at=pd.Series(told["written_at"], index=rows.index).astype(DAY),
    )


def history(connection: Connection, case_id: str) -> list[CaseRemark]:
    """Everything that was written to a case, the newest first, also what was taken back."""
    back = case_remark.alias("back")
    names = ("remark_id", "written_by", "written_at", "expected_on", "note")
    query = (
        select(
            *(case_remark.c[name] for name in names),
            back.c.written_by.label("withdrawn_by"),
            back.c.written_at.label("withdrawn_at"),
        )
        .outerjoin(
            back,
            and_(
                back.c.case_id == case_remark.c.case_id,
                back.c.withdraws == case_remark.c.remark_id,
            ),
        )
        .where(case_remark.c.case_id == case_id, case_remark.c.withdraws.is_(None))
        .order_by(case_remark.c.remark_id.desc())
    )
    return [CaseRemark(**row) for row in connection.execute(query).mappings()]


def _standing(case_ids: Sequence[str]) -> Select[tuple[str]]:
    """The remarks that hold of some cases, the oldest first."""
    c = case_remark.c
    return (
        select(c.case_id, *(c[name] for name in _LATEST))
        .where(
            c.case_id.in_(case_ids), or_(c.expected_on.is_not(None), c.note.is_not(None)), _holds()
        )
        .order_by(c.remark_id)
    )


def _holds() -> ColumnElement[bool]:
    """Neither taken back nor the row that takes another back."""
    back = case_remark.alias("back")
    taken = exists().where(
        back.c.case_id == case_remark.c.case_id, back.c.withdraws == case_remark.c.remark_id
    )
    return and_(case_remark.c.withdraws.is_(None), ~taken)
