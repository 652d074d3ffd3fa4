"""Judged deliveries into a warehouse, as a run does it, without files."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine, delete

from etl import connect, courses, ledger, load, marts, versions, warehouse
from etl.contract.model import Checked
from etl.ledger import Basis, utc_now
from etl.load import Tally
from etl.regulation.model import Regulation
from tests.support.city import AS_OF

ENTITY_OF: Mapping[str, str] = {
    "office": "cases",
    "site": "cases",
    "journal": "events",
    "register": "queue",
    "surveys": "surveys",
}


def load_deliveries(
    engine: Engine,
    regulation: Regulation,
    deliveries: Mapping[str, Checked],
    *,
    whole_events: bool = False,
    full: bool = True,
) -> Mapping[str, Tally]:
    """One run over judged deliveries by the name of their source, one of `ENTITY_OF`."""
    order = sorted(deliveries, key=list(ENTITY_OF).index)
    with connect.own(engine) as connection, connect.writing(connection):
        basis = Basis(as_of=AS_OF, pinned=True, regulation=regulation, started_at=utc_now())
        run_id = ledger.open_run(connection, basis)
        staged = [
            load.stage(
                connection,
                load.Batch(
                    source=name,
                    checked=deliveries[name],
                    whole_events=whole_events,
                    full=full,
                ),
                number=number,
                zone=regulation.zone,
            )
            for number, name in enumerate(order)
        ]
        version = versions.upcoming(connection)
        merged = load.merge(connection, staged, run_id=run_id, version=version, declared=ENTITY_OF)
        derived = load.derive(
            connection, merged.case_ids, regulation=regulation, run_id=run_id, version=version
        )
        courses.derive(
            connection, derived.touched, derived.took, regulation=regulation, version=version
        )
        for facts in (warehouse.CASE_FACTS, warehouse.COURSE_FACTS):
            marts.shift(connection, facts, derived.touched, version=version)
        courses.shift(connection, derived.touched, version=version)
        marts.refresh(connection, warehouse.QUEUE_FACTS, merged.queue_days)
        marts.refresh(connection, warehouse.SURVEY_FACTS, merged.survey_days)
        if any(tally.inserted or tally.updated for tally in merged.tallies.values()):
            versions.publish(connection, version, run_id=run_id, made_at=utc_now())
        return merged.tallies


def empty(engine: Engine) -> None:
    """Take every row out of the warehouse."""
    with engine.begin() as connection:
        for table in reversed(warehouse.metadata.sorted_tables):
            connection.execute(delete(table))
