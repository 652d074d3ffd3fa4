"""The mart of steps also counts all offices of a category together, and all there are, so that how
many a city has makes no difference to what is asked of all (docs/decisions/0010-courses.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

import numpy as np
import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SPANS = ("day", "month")
_COUNT = np.dtype([("step", "<u2"), ("bin", "<u2"), ("n", "<u4")])
_BINS = 2048
_MART = sa.table(
    "mart_steps",
    sa.column("span", sa.String),
    sa.column("starts_on", sa.Date),
    sa.column("channel", sa.String),
    sa.column("category", sa.String),
    sa.column("service_point", sa.String),
    sa.column("cell", sa.Integer),
    sa.column("steps", sa.String),
    sa.column("counts", sa.LargeBinary),
    sa.column("sums", sa.LargeBinary),
    sa.column("cells", sa.Integer),
)


def upgrade() -> None:
    cells = sa.Column("cells", sa.Integer(), server_default="1", nullable=False)
    op.add_column("mart_steps", cells)
    connection, mart = op.get_bind(), _MART.c
    month = sa.select(mart.starts_on, mart.channel).where(mart.span == "month")
    for starts_on, channel in connection.execute(month.distinct()).all():
        end = (starts_on.replace(day=28) + timedelta(days=4)).replace(day=1)
        own = sa.and_(mart.channel == channel, mart.starts_on >= starts_on, mart.starts_on < end)
        query = sa.select(_MART).where(own, mart.span.in_(_SPANS))
        rows = connection.execute(query.order_by(mart.span, mart.starts_on, mart.cell)).all()
        connection.execute(sa.insert(_MART), list(_together(rows)))


def downgrade() -> None:
    op.execute(sa.delete(_MART).where(_MART.c.span.not_in(_SPANS)))
    op.drop_column("mart_steps", "cells")


def _together(rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """What the rows of one channel's month add up to, by category and in all."""
    size: dict[str, int] = {}
    first: dict[str, int] = {}
    for row in (row for row in rows if row.span == "month"):
        size[row.category] = size.get(row.category, 0) + 1
        first.setdefault(row.category, row.cell)
    for _, on_day in groupby(rows, key=lambda row: (row.span, row.starts_on)):
        every = list(on_day)
        for category, same in groupby(every, key=lambda row: row.category):
            of = {"category": category, "cell": first[category], "cells": size[category]}
            yield _sum(list(same), " of a category") | of
        yield _sum(every, " of all") | {"category": "", "cell": 0, "cells": sum(size.values())}


def _sum(rows: Sequence[Any], level: str) -> dict[str, Any]:
    one = rows[0]
    counts = np.concatenate([np.frombuffer(row.counts, _COUNT) for row in rows])
    places = counts["step"].astype("int64") * _BINS + counts["bin"]
    known, place = np.unique(places, return_inverse=True)
    found = np.empty(known.size, _COUNT)
    found["step"], found["bin"] = known // _BINS, known % _BINS
    found["n"] = np.bincount(place, weights=counts["n"])
    sums = np.sum([np.frombuffer(row.sums, "<i8") for row in rows], axis=0)
    return {
        "span": one.span + level,
        "starts_on": one.starts_on,
        "channel": one.channel,
        "service_point": "",
        "steps": one.steps,
        "counts": found.tobytes(),
        "sums": sums.astype("<i8").tobytes(),
    }
