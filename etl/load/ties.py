"""Events of one case and one time, where only a part of their source was read."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection, and_, bindparam, func, select, update

from etl.contract.frames import TYPES
from etl.load import across
from etl.load.entities import EVENTS
from etl.load.prepared import row_hashes
from etl.load.staging import Staged
from etl.warehouse import events


def number_behind(connection: Connection, staged: Staged) -> None:
    """Number the staged events behind those of the same moment that were not read again, for they
    stand in files before them; before the events are merged.

    Of a table nobody knows that order: an event that is known already keeps its place there.
    """
    rows = staged.tables.get(EVENTS.frame)
    if staged.full or rows is None:
        return
    others = rows.alias()
    moment = and_(
        events.c.case_id == rows.c.case_id,
        events.c.occurred_at == rows.c.occurred_at,
        events.c.source == staged.source,
    )
    before = (
        select(rows.c.n, (rows.c.position + func.count()).label("place"))
        .join_from(rows, events, moment)
        .outerjoin(others, others.c.event_id == events.c.event_id)
        .where(others.c.event_id.is_(None))
        .group_by(rows.c.n, rows.c.position)
    )
    places = {row.n: row.place for row in connection.execute(before)}
    if staged.unread is None:
        known = select(rows.c.n, events.c.position).join_from(
            rows, events, and_(moment, events.c.event_id == rows.c.event_id)
        )
        places |= {row.n: row.position for row in connection.execute(known)}
    if not places:
        return
    columns = [rows.c.n, *(rows.c[name] for name in EVENTS.columns)]
    frame = across.fetched(connection, rows, np.array(sorted(places)), columns)
    frame["position"] = frame["n"].map(places)
    types = {name: kind for name, kind in TYPES["events"].items() if name in EVENTS.columns}
    frame = frame.astype(types)
    hashes = row_hashes(EVENTS, frame, staged.source)
    changes = [
        {"of_n": int(n), "place": int(place), "hash": row_hash}
        for n, place, row_hash in zip(frame["n"], frame["position"], hashes, strict=True)
    ]
    connection.execute(
        update(rows)
        .where(rows.c.n == bindparam("of_n"))
        .values(position=bindparam("place"), row_hash=bindparam("hash")),
        changes,
    )
