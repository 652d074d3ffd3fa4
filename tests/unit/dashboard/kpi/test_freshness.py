"""The age of each source at a moment."""

from __future__ import annotations

from datetime import datetime

from dashboard.kpi.freshness import Loaded, ages

MOMENT = datetime.fromisoformat("2013-12-31T18:00")


def test_each_source_is_as_old_as_its_newest_event_and_its_newest_run() -> None:
    event, run = (datetime.fromisoformat(f"2013-12-30T{at}") for at in ("18:00", "23:30"))
    assert ages([Loaded("office", event, run)], MOMENT) == {
        "office": {"newest_event_hours": 24.0, "run_hours": 18.5}
    }


def test_what_there_is_not_has_no_age() -> None:
    assert ages([], MOMENT) == {}
    assert ages([Loaded("register", None, MOMENT)], MOMENT) == {
        "register": {"newest_event_hours": None, "run_hours": 0.0}
    }
