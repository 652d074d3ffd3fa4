"""Events of one case and one time, where only a part of their source was read."""

from __future__ import annotations

from sqlalchemy import Connection, and_, bindparam, func, select, update

from etl.load.entities import EVENTS
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
    connection.execute(
        update(rows).where(rows.c.n == bindparam("of_n")).values(position=bindparam("place")),
        [{"of_n": n, "place": place} for n, place in places.items()],
    )
