"""Records that come from a screen: through the same contract, into the same tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine

from etl import connect, contract, load, mapping, marts, versions
from etl.connect import Witness
from etl.contract.delivery import Delivery
from etl.errors import ContractError, KezekError, Violation
from etl.extract import cells
from etl.extract.model import Extract
from etl.mapping import Mapped
from etl.regulation.model import Regulation
from etl.sources import SourceSpec
from etl.warehouse import SURVEY_FACTS

SOURCE = "screen"


def record_survey(
    engine: Engine,
    regulation: Regulation,
    *,
    response_id: str,
    service_point: object,
    answered_on: object,
    answers: Mapping[str, object],
    now: datetime,
    today: date | None = None,
    witness: Witness | None = None,
) -> None:
    """Keep one answered form, in one transaction with the counts that the screens read.

    The values may be whatever a browser sent: the contract judges them. The same ``response_id``
    again with the same answers changes nothing, with others it corrects them. ``now``: when it was
    entered, with an offset. ``today``: the last day that is not the future, the local date of
    ``now`` if not given. ``witness``: tells of what was entered or corrected. Raises ContractError
    naming every field that is wrong, and KezekError where the warehouse cannot be written.
    """
    if regulation.survey is None:
        raise KezekError(f"The regulation {regulation.id} has no survey; nothing can be entered.")
    said = {
        "response_id": response_id,
        "service_point": service_point,
        "answered_on": answered_on,
        **answers,
    }
    as_of = today or now.astimezone(regulation.zone).date()
    mapped = _mapped(said, regulation)
    if violations := _violations(mapped, regulation, as_of):
        raise ContractError(violations)
    checked = contract.check(mapped, regulation=regulation, as_of=as_of, pseudonym_key=None)
    batch = load.Batch(source=SOURCE, checked=checked, full=False)
    entered_at = now.astimezone(UTC).replace(tzinfo=None)
    _save(engine, regulation, batch, entered_at=entered_at, witness=witness)


def _mapped(said: Mapping[str, object], regulation: Regulation) -> Mapped:
    """The form as a source of one record, whose columns are called as our fields are."""
    words = {name: _word(value) for name, value in said.items()}
    spec = SourceSpec(
        name=SOURCE,
        entity="surveys",
        kind="csv",
        declared_in=Path(SOURCE),
        timezone=regulation.timezone,
        columns={name: name for name in said},
    )
    extract = Extract(
        records=pd.DataFrame(
            {name: pd.Series([word], dtype="str") for name, word in words.items()}
        ),
        place=cells.placed(SOURCE, [1]),
        files=(),
        unreadable=cells.faulty(),
    )
    return mapping.apply(spec, extract, regulation=regulation)


def _word(value: object) -> str | None:
    return None if value is None else str(value).strip() or None


def _violations(mapped: Mapped, regulation: Regulation, as_of: date) -> list[Violation]:
    """Every field that is wrong with the first rule it breaks; the contract stops at the first."""
    delivery = Delivery(mapped, regulation, as_of)
    found: dict[str, str] = {}
    for rule in contract.RULES:
        if "surveys" in rule.entities:
            for hits in rule.find(delivery):
                for column in hits["column"]:
                    found.setdefault(column, rule.code)
    return [Violation(column, rule) for column, rule in found.items()]


def _save(
    engine: Engine,
    regulation: Regulation,
    batch: load.Batch,
    *,
    entered_at: datetime,
    witness: Witness | None,
) -> None:
    with connect.own(engine) as connection, connect.writing(connection):
        staged = load.stage(connection, batch, number=0, zone=regulation.zone)
        version = versions.upcoming(connection)
        merged = load.merge(
            connection,
            [staged],
            run_id=None,
            version=version,
            declared={SOURCE: "surveys"},
            entered_at=entered_at,
        )
        if merged.survey_days:
            marts.refresh(connection, SURVEY_FACTS, merged.survey_days)
            versions.publish(connection, version, run_id=None, made_at=entered_at)
            if witness:
                witness(connection)
