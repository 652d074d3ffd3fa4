"""The merge: records that are new, changed, repeated, gone, orphaned or rejected."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, String, select

from etl import identities, warehouse
from tests.support.deliveries import (
    case_row,
    delivery,
    event_row,
    message_row,
    queue_row,
    survey_row,
)
from tests.support.dump import dump
from tests.support.loading import load_deliveries
from tests.support.regulations import small_town

START = event_row("a", "desk-start", "2013-02-01 04:00")
END = event_row("a", "desk-end", "2013-02-10 04:00", outcome="registered")
TOWN = small_town()


def _column(engine: Engine, column, *where):
    with engine.connect() as connection:
        return connection.scalars(select(column).where(*where).order_by(column)).all()


def _open_rules(engine: Engine) -> list[str]:
    entries = warehouse.quarantine.c
    return _column(engine, entries.rule, entries.closed_run_id.is_(None))


def _everything():
    return {
        "office": delivery(
            cases=[case_row("a"), case_row("b", category="veterans")],
            events=[START, END],
            rejects=[{"key": "c", "rule": "bad_date"}],
            findings={"a": ("iin_check",)},
            duplicates=1,
        ),
        "journal": delivery(
            events=[
                event_row("b", "desk-start", "2013-03-01 04:00"),
                event_row("c", "desk-start", "2013-03-01 04:00"),
                event_row("d", "desk-start", "2013-03-01 04:00"),
            ]
        ),
        "register": delivery(queue=[queue_row("entry-1", "2013-01-01")]),
        "surveys": delivery(surveys=[survey_row("r", "2013-01-01", {"q1": 3, "q2": 1})]),
    }


def test_every_record_is_counted_once(engine: Engine) -> None:
    tallies = load_deliveries(engine, TOWN, _everything())
    office, journal = tallies["office"], tallies["journal"]
    assert (office.read, office.inserted, office.duplicate, office.rejected) == (4, 2, 1, 1)
    assert (journal.read, journal.inserted, journal.rejected) == (3, 1, 2)
    assert journal.rejects == {"unknown_case": 1, "case_rejected": 1}
    assert office.findings == {"iin_check": 1}
    assert all(tally.adds_up for tally in tallies.values())


def test_the_same_deliveries_again_change_nothing(engine: Engine) -> None:
    load_deliveries(engine, TOWN, _everything())
    before = dump(engine, without=["run"])
    tallies = load_deliveries(engine, TOWN, _everything())
    assert dump(engine, without=["run"]) == before
    assert all(tally.adds_up for tally in tallies.values())
    for tally in tallies.values():
        assert (tally.inserted, tally.updated, tally.rejected) == (0, 0, 0)
        assert tally.unchanged == tally.read - tally.duplicate
    assert tallies["office"].rejects == {"bad_date": 1}, "a known complaint is still told by rule"


def test_a_correction_updates_the_case_its_clock_and_the_days_of_its_mart(engine: Engine) -> None:
    load_deliveries(engine, TOWN, {"office": delivery(cases=[case_row("a")], events=[START, END])})
    moved = event_row("a", "desk-start", "2013-01-20 04:00", event_id=START["event_id"])
    corrected = delivery(cases=[case_row("a", category="veterans")], events=[moved, END])
    tally = load_deliveries(engine, TOWN, {"office": corrected})["office"]
    assert (tally.inserted, tally.updated) == (0, 1)
    assert dump(engine)["mart_cases"] == [
        (
            "service",
            "desk",
            "veterans",
            "hall",
            date(2013, 1, 20),
            date(2013, 2, 19),
            date(2013, 2, 10),
            "registered",
            date(2013, 2, 10),
            1,
        )
    ]


def test_a_record_with_a_new_event_counts_as_inserted_and_closes_its_case(engine: Engine) -> None:
    load_deliveries(engine, TOWN, {"office": delivery(cases=[case_row("a")], events=[START])})
    later = delivery(cases=[case_row("a")], events=[START, END])
    tally = load_deliveries(engine, TOWN, {"office": later})["office"]
    assert (tally.inserted, tally.updated, tally.unchanged) == (1, 0, 0)
    assert _column(engine, warehouse.cases.c.outcome) == ["registered"]
    assert _column(engine, warehouse.case_clocks.c.stopped_on) == [date(2013, 2, 10)]


def test_an_event_that_a_whole_record_no_longer_lists_is_gone(engine: Engine) -> None:
    first = delivery(cases=[case_row("a")], events=[START, END])
    load_deliveries(engine, TOWN, {"office": first}, whole_events=True)
    later = event_row("a", "desk-end", "2013-02-12 04:00", outcome="refused")
    corrected = delivery(cases=[case_row("a")], events=[START, later])
    load_deliveries(engine, TOWN, {"office": corrected}, whole_events=True)
    assert END["event_id"] not in _column(engine, warehouse.events.c.event_id)
    assert _column(engine, warehouse.cases.c.outcome) == ["refused"]
    reopened = delivery(cases=[case_row("a")], events=[START])
    tally = load_deliveries(engine, TOWN, {"office": reopened}, whole_events=True)["office"]
    assert tally.updated == 1
    assert _column(engine, warehouse.case_clocks.c.stopped_on) == [None]


def test_an_event_that_another_source_gave_stays(engine: Engine) -> None:
    load_deliveries(
        engine,
        TOWN,
        {"office": delivery(cases=[case_row("a")]), "journal": delivery(events=[START])},
    )
    alone = delivery(cases=[case_row("a")], events=[END])
    load_deliveries(engine, TOWN, {"office": alone}, whole_events=True)
    assert len(_column(engine, warehouse.events.c.event_id)) == 2


def test_a_quarantined_record_that_was_corrected_is_loaded_and_its_entry_closed(
    engine: Engine,
) -> None:
    bad = delivery(rejects=[{"key": "a", "rule": "bad_date"}])
    load_deliveries(engine, TOWN, {"office": bad, "journal": delivery(events=[START])})
    assert _open_rules(engine) == ["bad_date", "case_rejected"]
    good = delivery(cases=[case_row("a")])
    load_deliveries(engine, TOWN, {"office": good, "journal": delivery(events=[START])})
    assert _open_rules(engine) == []
    assert set(_column(engine, warehouse.quarantine.c.closed_run_id)) == {2}
    assert _column(engine, warehouse.case_clocks.c.received_on) == [date(2013, 2, 1)]


def test_an_orphan_becomes_an_orphan_of_another_kind_when_its_case_is_rejected(
    engine: Engine,
) -> None:
    load_deliveries(engine, TOWN, {"journal": delivery(events=[START])})
    assert _open_rules(engine) == ["unknown_case"]
    bad = delivery(rejects=[{"key": "a", "rule": "bad_date"}])
    tallies = load_deliveries(engine, TOWN, {"office": bad, "journal": delivery(events=[START])})
    assert _open_rules(engine) == ["bad_date", "case_rejected"]
    assert tallies["journal"].rejected == 1


def test_a_source_that_was_not_read_whole_settles_nothing(engine: Engine) -> None:
    bad = delivery(rejects=[{"key": "a", "rule": "bad_date"}])
    load_deliveries(engine, TOWN, {"office": bad})
    load_deliveries(engine, TOWN, {"office": delivery(cases=[case_row("b")])}, full=False)
    assert _open_rules(engine) == ["bad_date"]


def test_two_rejected_records_in_the_same_words_are_one_entry_and_a_duplicate(
    engine: Engine,
) -> None:
    twice = delivery(rejects=[{"key": None, "rule": "missing_key"}] * 2)
    first = load_deliveries(engine, TOWN, {"office": twice})["office"]
    assert (first.rejected, first.duplicate, first.unchanged) == (1, 1, 0)
    again = load_deliveries(engine, TOWN, {"office": twice})["office"]
    assert (again.rejected, again.duplicate, again.unchanged) == (0, 1, 1)
    assert _open_rules(engine) == ["missing_key"]


def test_of_two_sources_the_later_declared_is_believed_in_either_order(engine: Engine) -> None:
    one = {"office": delivery(cases=[case_row("a")])}
    other = {"site": delivery(cases=[case_row("a", category="veterans")])}
    for run in (one, other, one, {**one, **other}):
        load_deliveries(engine, TOWN, run)
    assert _column(engine, warehouse.cases.c.category) == ["veterans"]
    assert _column(engine, warehouse.cases.c.run_id) == [2]


def test_a_changed_answer_replaces_the_answers_and_the_counts_of_its_days(engine: Engine) -> None:
    first = delivery(surveys=[survey_row("r", "2013-01-01", {"q1": 3, "q2": 1})])
    load_deliveries(engine, TOWN, {"surveys": first})
    changed = delivery(surveys=[survey_row("r", "2013-01-02", {"q1": 2})])
    tally = load_deliveries(engine, TOWN, {"surveys": changed})["surveys"]
    assert tally.updated == 1
    assert [row[:2] + row[-2:] for row in dump(engine)["survey_answers"]] == [("r", "q1", 2, 2)]
    assert [row[-2:] for row in dump(engine)["former_survey_answers"]] == [(3, 2), (1, 2)]
    assert dump(engine)["mart_survey"] == [("hall", date(2013, 1, 2), "q1", 2, 1)]


def test_a_removal_from_the_queue_moves_its_mart(engine: Engine) -> None:
    load_deliveries(
        engine, TOWN, {"register": delivery(queue=[queue_row("entry-1", "2013-01-01")])}
    )
    left = queue_row("entry-1", "2013-01-03", removed_on="2013-05-01", reason="housed")
    load_deliveries(engine, TOWN, {"register": delivery(queue=[left])})
    assert dump(engine)["mart_queue"] == [
        ("families", date(2013, 1, 3), date(2013, 5, 1), "housed", 1)
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (date(2013, 2, 1), date(2013, 2, 10), "registered")),
        (
            {"gives_start": True, "recorded_start_at": "2013-01-31 18:30"},
            (date(2013, 2, 1), date(2013, 2, 10), "registered"),
        ),
        (
            {"gives_stop": True, "recorded_stop_at": None},
            (date(2013, 2, 1), None, None),
        ),
        (
            {"gives_stop": True, "recorded_stop_at": "2013-02-20", "recorded_outcome": "refused"},
            (date(2013, 2, 1), date(2013, 2, 20), "refused"),
        ),
        (
            {"recorded_outcome": "returned"},
            (date(2013, 2, 1), date(2013, 2, 10), "returned"),
        ),
    ],
    ids=["steps", "recorded start", "recorded as open", "recorded stop", "recorded outcome"],
)
def test_what_a_record_gives_of_its_clock_goes_before_its_steps(
    engine: Engine, given: dict, expected: tuple
) -> None:
    load_deliveries(
        engine, TOWN, {"office": delivery(cases=[case_row("a", **given)], events=[START, END])}
    )
    clocks, cases = warehouse.case_clocks.c, warehouse.cases.c
    with engine.connect() as connection:
        row = connection.execute(
            select(clocks.received_on, clocks.stopped_on, cases.outcome).where(
                clocks.clock == "service", clocks.case_id == cases.case_id
            )
        ).one()
    assert tuple(row) == expected


def test_a_rejected_application_was_never_received(engine: Engine) -> None:
    turned_away = event_row("a", "desk-review", "2013-02-02 04:00", outcome="rejected")
    load_deliveries(engine, TOWN, {"office": delivery(cases=[case_row("a")], events=[turned_away])})
    assert _column(engine, warehouse.cases.c.outcome) == ["rejected"]
    assert _column(engine, warehouse.case_clocks.c.case_id) == []


def test_a_stop_before_the_start_stops_nothing(engine: Engine) -> None:
    early = event_row("a", "desk-end", "2013-01-10 04:00", outcome="refused")
    load_deliveries(
        engine, TOWN, {"office": delivery(cases=[case_row("a")], events=[early, START])}
    )
    assert _column(engine, warehouse.case_clocks.c.stopped_on) == [None]
    assert _column(engine, warehouse.cases.c.outcome) == [None]


def test_a_case_without_a_start_has_no_clock(engine: Engine) -> None:
    load_deliveries(engine, TOWN, {"office": delivery(cases=[case_row("a")])})
    assert dump(engine)["case_clocks"] == []
    assert _column(engine, warehouse.cases.c.case_id) == ["a"]


def test_a_message_tells_the_result_and_the_number_that_its_event_left_open(engine: Engine) -> None:
    silent = event_row("a", "desk-end", "2013-02-10 04:00")
    load_deliveries(engine, TOWN, {"site": delivery(cases=[case_row("a")], events=[START, silent])})
    outcome, number = warehouse.cases.c.outcome, warehouse.cases.c.queue_number
    assert (_column(engine, outcome), _column(engine, number)) == ([None], [None])
    told = message_row("m2", "a", "2013-02-11", outcome="registered", queue_number="17")
    late = message_row("m3", "a", "2013-02-12", queue_number="18")
    tally = load_deliveries(engine, TOWN, {"site": delivery(messages=[late, told])})["site"]
    assert (tally.read, tally.inserted) == (2, 2)
    assert (_column(engine, outcome), _column(engine, number)) == (["registered"], ["18"])
    assert _column(engine, warehouse.mart_cases.c.outcome_on) == [date(2013, 2, 10)]


def test_a_message_of_a_case_that_nobody_sent_is_set_aside(engine: Engine) -> None:
    stray = delivery(messages=[message_row("m2", "z", None, queue_number="17")])
    tally = load_deliveries(engine, TOWN, {"site": stray})["site"]
    assert (tally.rejected, tally.rejects) == (1, {"unknown_case": 1})
    assert _column(engine, warehouse.messages.c.message_id) == []
    raw = _column(engine, warehouse.quarantine.c.raw.cast(String))
    assert '"queue_number": "17"' in raw[0]


def test_a_case_that_loses_an_event_to_another_is_worked_out_anew(engine: Engine) -> None:
    cases = delivery(cases=[case_row("a"), case_row("b")])
    begun = [event_row(case, "desk-start", "2013-02-01 04:00") for case in "ab"]
    end = event_row("a", "desk-end", "2013-02-10 04:00", event_id="e")
    load_deliveries(engine, TOWN, {"office": cases, "journal": delivery(events=[*begun, end])})
    clocks = warehouse.case_clocks.c
    assert _column(engine, clocks.case_id, clocks.stopped_on.is_not(None)) == ["a"]
    corrected = {**end, "case_id": "b"}
    load_deliveries(engine, TOWN, {"journal": delivery(events=[*begun, corrected])})
    assert _column(engine, clocks.case_id, clocks.stopped_on.is_not(None)) == ["b"]
    with engine.connect() as connection:
        assert identities.broken(connection, regulation=TOWN) == []
