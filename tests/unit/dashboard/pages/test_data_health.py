"""What every page says of data that cannot be relied on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from plotly.io.json import to_json_plotly
from sqlalchemy import Engine, insert, select, update

from dashboard.components import data_health
from dashboard.context import Context
from etl import warehouse
from etl.regulation.model import LANGUAGES
from tests.support import drawing

_RUN = warehouse.run.c


def said(here: Context) -> str:
    return drawing.words(json.loads(to_json_plotly(data_health.warning(here))))


def loaded_at_its_own_day(here: Context, engine: Engine, **late: int) -> Context:
    """The request, so much later than the newest load of a warehouse that goes by the clock."""
    with engine.connect() as connection:
        newest = connection.execute(select(_RUN.finished_at)).scalars().first()
    now = newest + timedelta(**late)
    return replace(here, now=now, default_as_of=here.today)


def test_nothing_is_said_of_data_that_is_in_order(
    request_for: Callable[..., Context], engine: Engine
) -> None:
    here = request_for("/")
    assert data_health.warning(loaded_at_its_own_day(here, engine, hours=48)) is None


def test_a_source_is_old_a_moment_after_its_hours_have_passed(
    request_for: Callable[..., Context], engine: Engine
) -> None:
    here = loaded_at_its_own_day(request_for("/"), engine, hours=48, seconds=1)
    assert "not been loaded for more than 48 hours" in said(here)


def test_exports_that_state_their_own_day_do_not_grow_old(
    request_for: Callable[..., Context], engine: Engine
) -> None:
    here = loaded_at_its_own_day(request_for("/"), engine, days=900)
    pinned = replace(here, default_as_of=here.today - timedelta(days=1))
    assert data_health.warning(pinned) is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_load_that_failed_is_told_until_one_succeeds(
    request_for: Callable[..., Context], engine: Engine, lang: str
) -> None:
    here = request_for("/", f"?lang={lang}")
    assert data_health.warning(here) is None
    with engine.begin() as connection:
        known = connection.execute(select(warehouse.run)).mappings().first()
        again = {k: v for k, v in known.items() if k != "run_id"} | {"status": "failed"}
        connection.execute(insert(warehouse.run).values(**again))
    assert here.t("Details") in said(here)
    with engine.begin() as connection:
        connection.execute(
            insert(warehouse.run).values(**{**again, "status": "running", "finished_at": None})
        )
    assert data_health.warning(here) is not None
    with engine.begin() as connection:
        connection.execute(
            update(warehouse.run)
            .where(_RUN.status == "running")
            .values(status="succeeded", finished_at=known["finished_at"])
        )
    assert data_health.warning(here) is None
