"""What the contract lets in, what it keeps out, and that every record is accounted for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from etl.contract import RULES, Checked
from etl.sources import SourceSpec
from tests.support.regulations import small_town
from tests.support.sources import judged, spec

IIN = "500101100000"
STEPS = {"desk-start": "начато", "desk-review": "рассмотрено", "desk-end": "окончено"}
HEADER = ("id", "channel", "category", "place", "iin", "начато", "рассмотрено", "окончено", "outcome")
GOOD = {
    "id": "1",
    "channel": "desk",
    "category": "veterans",
    "place": "hall",
    "iin": IIN,
    "начато": "2013-07-01 10:00",
    "рассмотрено": "2013-07-15",
    "окончено": "2013-07-20 12:00",
    "outcome": "registered",
}
CASES = {"case_id": "id", "channel": "channel", "category": "category", "service_point": "place"}
Judge = Callable[..., Checked]


def wide(**given: object) -> SourceSpec:
    """Applications with a column for each step."""
    columns = {**CASES, "iin": "iin", "outcome": "outcome"}
    return spec(**{"delimiter": ";", "columns": columns, "steps": STEPS, **given})


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Judge rows of a wide table: each GOOD but for what is said."""

    def run(*rows: dict[str, str], source: SourceSpec | None = None, **given: object) -> Checked:
        lines = [[{**GOOD, **row}[name] for name in HEADER] for row in rows]
        text = "\n".join(";".join(line) for line in [list(HEADER), *lines])
        return judged_text(tmp_path, text, source or wide(), **given)

    return run


def judged_text(folder: Path, text: str, source: SourceSpec, **given: object) -> Checked:
    path = folder / "export.csv"
    path.write_text(text, "utf-8")
    fields = {name: getattr(source, name) for name in source.__dataclass_fields__}
    return judged(SourceSpec(**{**fields, "path": path}), small_town(), **given)  # type: ignore[arg-type]


def values(column: pd.Series) -> list[object]:
    return column.astype(object).where(column.notna(), None).tolist()


def rejects(checked: Checked) -> list[tuple[object, ...]]:
    frame = checked.rejects
    return list(zip(*(values(frame[c]) for c in ("record", "rule", "column", "value")), strict=True))


# --- what goes in ------------------------------------------------------------------------------


def test_a_good_row_becomes_a_case_with_its_events(judge: Judge) -> None:
    checked = judge({}, pseudonym_key="key")
    case = checked.cases.astype(object).iloc[0].to_dict()
    person = case.pop("person")
    assert len(person) == 32
    assert {name: None if pd.isna(value) else value for name, value in case.items()} == {
        "record": 0,
        "case_id": "1",
        "channel": "desk",
        "category": "veterans",
        "service_point": "hall",
        "executor": None,
        "gives_start": False,
        "gives_stop": False,
        "recorded_start_at": None,
        "recorded_stop_at": None,
        "recorded_outcome": "registered",
        "queue_number": None,
    }
    assert values(checked.events["step"]) == list(STEPS)
    assert values(checked.events["occurred_at"]) == [
        pd.Timestamp("2013-07-01 04:00"),
        pd.Timestamp("2013-07-14 18:00"),
        pd.Timestamp("2013-07-20 06:00"),
    ]
    assert values(checked.events["occurred_on"])[1] == pd.Timestamp("2013-07-15")
    assert checked.events["event_id"].str.fullmatch("[0-9a-f]{32}").all()
    assert values(checked.records["status"]) == ["ok"]
    assert len(checked.rejects) == len(checked.findings) == 0


def test_frames_have_their_columns_and_types_even_when_empty(judge: Judge) -> None:
    full, empty = judge({}, pseudonym_key="key"), judge(pseudonym_key="key")
    for name in Checked.__dataclass_fields__:
        assert getattr(full, name).dtypes.to_dict() == getattr(empty, name).dtypes.to_dict()
    assert full.cases.dtypes["recorded_start_at"] == "datetime64[us]"
    assert full.events.dtypes["occurred_on"] == "datetime64[s]"
    assert full.answers.dtypes["answer"] == "int64"


def test_an_event_has_the_same_id_in_every_delivery(judge: Judge) -> None:
    first = judge({"id": "0"}, {}).events
    again = judge({"рассмотрено": ""}).events
    ids = dict(zip(first["case_id"] + first["step"], first["event_id"], strict=True))
    assert values(again["event_id"]) == [ids["1desk-start"], ids["1desk-end"]]


def test_events_of_one_moment_keep_the_order_of_the_source(judge: Judge) -> None:
    day = "2013-07-01"
    events = judge({"начато": day, "рассмотрено": day, "окончено": day}).events
    assert values(events["position"]) == [0, 1, 2]
    assert values(judge({}).events["position"]) == [0, 0, 0]


def test_ends_that_a_record_gives_are_recorded(judge: Judge) -> None:
    columns = {**CASES, "received_at": "начато", "stopped_at": "окончено"}
    source = wide(columns=columns, steps={}, constants={"outcome": "registered"})
    checked = judge({}, {"id": "2", "окончено": ""}, source=source)
    assert values(checked.cases["gives_start"]) == values(checked.cases["gives_stop"]) == [True, True]
    assert values(checked.cases["recorded_stop_at"]) == [pd.Timestamp("2013-07-20 06:00"), None]
    # a constant outcome holds only once stopped
    assert values(checked.cases["recorded_outcome"]) == ["registered", None]


def test_a_constant_outcome_waits_for_the_stopping_step(judge: Judge) -> None:
    source = wide(columns=CASES, constants={"outcome": "registered"})
    checked = judge({}, {"id": "2", "окончено": ""}, source=source)
    assert values(checked.cases["recorded_outcome"]) == ["registered", None]


# --- what stays out ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "rule", "column", "value"),
    [
        ({"id": " "}, "missing_key", "id", None),
        ({"channel": ""}, "missing_value", "channel", None),
        ({"category": ""}, "missing_value", "category", None),
        ({"place": ""}, "missing_value", "place", None),
        ({"рассмотрено": "31.12.2013"}, "bad_date", "рассмотрено", "31.12.2013"),
        ({"channel": "fax"}, "unknown_channel", "channel", "fax"),
        ({"category": "all"}, "unknown_category", "category", "all"),
        ({"place": "pub"}, "unknown_service_point", "place", "pub"),
        ({"outcome": "archived"}, "unknown_outcome", "outcome", "archived"),
        ({"outcome": ""}, "missing_outcome", "outcome", None),
        ({"начато": "1999-12-31 23:59"}, "before_window", "начато", "1999-12-31 23:59"),
        ({"окончено": "2014-01-01"}, "in_future", "окончено", "2014-01-01"),
        ({"окончено": "2013-07-01 09:59"}, "stop_before_start", "окончено", "2013-07-01 09:59"),
        ({"окончено": "2013-06-30"}, "stop_before_start", "окончено", "2013-06-30"),
    ],
)
def test_a_row_that_breaks_a_rule_is_kept_out_whole(
    judge: Judge, row: dict[str, str], rule: str, column: str, value: str | None
) -> None:
    checked = judge({"id": "good"}, {"id": "bad", **row})
    assert rejects(checked) == [(1, rule, column, value)]
    assert values(checked.records["status"]) == ["ok", "rejected"]
    assert values(checked.cases["case_id"]) == ["good"]
    assert set(values(checked.events["case_id"])) == {"good"}


@pytest.mark.parametrize(
    "row",
    [
        {"начато": "2000-01-01"},  # the first day of the window
        {"окончено": "2013-12-31 23:59"},  # the last moment of the day of the exports
        {"окончено": "2013-07-01"},  # a date on the day of the start
        {"начато": "2013-07-20", "рассмотрено": ""},  # the other way round
        {"окончено": "", "outcome": ""},  # not finished: nothing says how
        {"окончено": "", "рассмотрено": ""},
        {"iin": ""},
    ],
)
def test_what_only_looks_odd_goes_in(judge: Judge, row: dict[str, str]) -> None:
    assert rejects(judge(row)) == []


def test_the_first_rule_in_the_table_decides(judge: Judge) -> None:
    codes = [rule.code for rule in RULES]
    worst = {"id": "", "category": "?", "начато": "soon", "outcome": "?", "окончено": "2099-01-01"}
    order = []
    for field, good in [("id", "1"), ("начато", "2013-07-01"), ("category", "veterans"), ("outcome", "registered")]:
        order += [rule for _, rule, _, _ in rejects(judge(worst))]
        worst[field] = good
    order += [rule for _, rule, _, _ in rejects(judge(worst))]
    assert order == ["missing_key", "bad_date", "unknown_category", "unknown_outcome", "in_future"]
    assert order == sorted(order, key=codes.index)


def test_a_recorded_start_that_is_blank_is_missing_unless_the_case_was_turned_away(judge: Judge) -> None:
    columns = {**CASES, "received_at": "начато", "outcome": "outcome"}
    source = wide(columns=columns, steps={})
    checked = judge({"начато": ""}, {"id": "2", "начато": "", "outcome": "rejected"}, source=source)
    assert rejects(checked) == [(0, "missing_value", "начато", None)]


def test_quarantine_keeps_the_mapped_columns_and_masks_the_iin(judge: Judge) -> None:
    checked = judge({"category": "?", "iin": IIN}, source=wide(columns={**CASES, "iin": "iin"}, steps={}))
    assert json.loads(checked.rejects["raw"][0]) == {
        "id": "1", "channel": "desk", "category": "?", "place": "hall", "iin": "*" * 12
    }  # fmt: skip


def test_no_frame_holds_an_iin_nor_a_hash_that_gives_it_away(judge: Judge) -> None:
    other = "651231200007"
    rows = [{"iin": IIN}, {"id": "2", "category": "?"}, {"id": "3", "iin": "500101100001"}]
    checked = judge(*rows)
    for name in Checked.__dataclass_fields__:
        assert "50010110000" not in getattr(checked, name).to_json()
    # without a key two records that differ in nothing but the IIN hash alike
    assert values(judge({"iin": other}).records["record_hash"]) == values(
        judge({"iin": IIN}).records["record_hash"]
    )
    keyed = [judge({"iin": n}, pseudonym_key="k").records["record_hash"][0] for n in (IIN, other)]
    assert keyed[0] != keyed[1]


def test_records_that_could_not_be_taken_apart_are_counted_too(tmp_path: Path) -> None:
    source = spec(delimiter=";", columns=CASES)
    text = "id;channel;category;place\n1;desk;veterans;hall\n2;desk\n2;desk\n3;desk;veterans;hall;x\n"
    checked = judged_text(tmp_path, text, source)
    assert values(checked.records["status"]) == ["ok", "rejected", "duplicate", "rejected"]
    assert values(checked.records["row"]) == [2, 3, 4, 5]
    assert rejects(checked) == [(1, "ragged_row", None, "2 ≠ 4"), (3, "ragged_row", None, "5 ≠ 4")]
    assert checked.records["record_hash"].str.fullmatch("[0-9a-f]{32}").all()


# --- what is said twice ------------------------------------------------------------------------


def test_a_record_given_twice_is_counted_once(judge: Judge) -> None:
    checked = judge({}, {}, {"id": "2"})
    assert values(checked.records["status"]) == ["duplicate", "ok", "ok"]
    assert values(checked.cases["case_id"]) == ["1", "2"]
    assert len(checked.events) == 6


def test_of_two_versions_in_one_delivery_the_later_wins(judge: Judge) -> None:
    checked = judge({"place": "mall"}, {"place": "hall"})
    assert values(checked.cases["service_point"]) == ["hall"]
    assert values(checked.records["status"]) == ["duplicate", "ok"]


def test_a_rejected_version_leaves_the_one_before_it_in_force(judge: Judge) -> None:
    checked = judge({}, {"category": "?"}, {"category": "?"})
    assert values(checked.records["status"]) == ["ok", "rejected", "duplicate"]


def test_the_hash_of_a_record_tells_what_it_says_and_nothing_else(judge: Judge) -> None:
    rows = [{}, {"channel": " desk "}, {"рассмотрено": "2013-07-15T00:00+06:00"}]
    same = {judge(row).records["record_hash"][0] for row in rows}
    assert len(same) == 1
    others = [
        {"place": "mall"}, {"рассмотрено": ""}, {"рассмотрено": "2013-07-16"}, {"id": "2"},
        {"начато": "soon"}, {"начато": "later"}, {"outcome": "refused"},
    ]  # fmt: skip
    hashes = {judge(row).records["record_hash"][0] for row in others}
    assert len(hashes | same) == len(others) + 1


# --- the other entities ------------------------------------------------------------------------

EVENTS = {"case_id": "case", "step": "step", "occurred_at": "at", "actor": "by", "outcome": "result"}


def events_of(folder: Path, *rows: str, **given: object) -> Checked:
    source = spec(**{"entity": "events", "columns": EVENTS, **given})
    return judged_text(folder, "\n".join(["case,step,at,by,result", *rows]), source)


def test_events_stand_by_themselves(tmp_path: Path) -> None:
    checked = events_of(
        tmp_path,
        "1,desk-start,2013-07-01T10:00Z,Әлия,",
        "1,desk-end,2013-07-02T10:00Z,,refused",
        "1,desk-start,2013-07-01T10:00Z,Әлия,",
        "1,desk-start,2013-07-01T10:00Z,Дина,",
        "1,desk-nap,2013-07-01T10:00Z,,",
        "1,,2013-07-01T10:00Z,,",
        "1,desk-end,never,,",
        "1,desk-end,,,",
        ",desk-end,2013-07-01T10:00Z,,",
        "1,desk-end,2013-07-02T10:00Z,,lost",
    )
    assert [rule for _, rule, _, _ in rejects(checked)] == [
        "unknown_step", "missing_value", "bad_date", "missing_value", "missing_key", "unknown_outcome"
    ]  # fmt: skip
    assert values(checked.records["status"])[:4] == ["duplicate", "ok", "duplicate", "ok"]
    assert values(checked.events["actor"]) == [None, "Дина"]
    assert values(checked.events["outcome"]) == ["refused", None]
    assert values(checked.records["key"])[1] == checked.events["event_id"][0]
    assert len(checked.cases) == len(checked.findings) == 0


def test_events_may_bring_their_own_ids(tmp_path: Path) -> None:
    columns = {"case_id": "case", "step": "step", "occurred_at": "at", "event_id": "by"}
    rows = ("1,desk-start,2013-07-01,a,", "1,desk-start,2013-07-01,,")
    checked = events_of(tmp_path, *rows, columns=columns, key_prefix="T-")
    assert checked.events["event_id"][0] == "T-a"
    assert len(checked.events["event_id"][1]) == 32


QUEUE = {
    "entry_id": "id", "number": "n", "category": "c", "registered_on": "since",
    "removed_on": "until", "reason": "why", "iin": "iin",
}  # fmt: skip


def queue_of(folder: Path, *rows: str, **given: object) -> Checked:
    source = spec(**{"entity": "queue", "columns": QUEUE, **given})
    return judged_text(folder, "\n".join(["id,n,c,since,until,why,iin", *rows]), source)


def test_entries_of_the_queue(tmp_path: Path) -> None:
    checked = queue_of(
        tmp_path,
        f"1,А-7,veterans,2005-03-01,2013-07-01,housed,{IIN}",
        "2,,families,2005-03-02,,,",
        "3,x,veterans,2005-03-02,2005-03-01,housed,",
        "4,x,veterans,2005-03-02,2006-03-01,lost,",
        "5,x,veterans,1999-03-02,,,",
        "6,x,veterans,,,,",
        ",x,veterans,2005-03-02,,,",
        "8,x,people,2005-03-02,,,",
        "9,x,veterans,2005-03-02,2014-03-02,housed,",
        "2,,families,2005-03-02,,,",
    )
    assert [rule for _, rule, _, _ in rejects(checked)] == [
        "stop_before_start", "unknown_reason", "before_window", "missing_value", "missing_key",
        "unknown_category", "in_future",
    ]  # fmt: skip
    assert values(checked.queue["entry_id"]) == ["1", "2"]
    assert values(checked.queue["number"]) == ["А-7", "2"]
    assert values(checked.queue["registered_on"]) == [pd.Timestamp("2005-03-01"), pd.Timestamp("2005-03-02")]
    assert values(checked.queue["removed_on"]) == [pd.Timestamp("2013-07-01"), None]
    assert values(checked.records["status"]).count("duplicate") == 1


SURVEYS = {"response_id": "id", "service_point": "p", "answered_on": "on", "q1": "a", "q2": "b"}


def test_responses_to_the_survey(tmp_path: Path) -> None:
    rows = (
        "1,hall,2013-07-01,3,1", "2,hall,2013-07-01,4,1", "3,hall,2013-07-01,,1",
        "4,pub,2013-07-01,1,1", "5,hall,2013-07-32,1,1", "6,hall,2013-07-01,2,да",
    )  # fmt: skip
    source = spec(entity="surveys", columns=SURVEYS, values={"q2": {"да": "3"}})
    checked = judged_text(tmp_path, "\n".join(["id,p,on,a,b", *rows]), source)
    assert [rule for _, rule, _, _ in rejects(checked)] == [
        "bad_answer", "missing_value", "unknown_service_point", "bad_date"
    ]  # fmt: skip
    assert values(checked.surveys["response_id"]) == ["1", "6"]
    answers = checked.answers.sort_values(["response_id", "question"])
    assert answers[["record", "response_id", "question", "answer"]].to_numpy().tolist() == [
        [0, "1", "q1", 3], [0, "1", "q2", 1], [5, "6", "q1", 2], [5, "6", "q2", 3]
    ]  # fmt: skip


# --- everything is accounted for ---------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("contract")


times = st.sampled_from(["", "2013-07-01", "2013-07-01 10:00", "2013-07-02", "1990-01-01", "2020-01-01", "?"])
cells = st.tuples(
    st.sampled_from(["", "1", "2", "3"]),
    st.sampled_from(["desk", "fax"]),
    st.sampled_from(["veterans", "", "?"]),
    st.sampled_from(["hall", "hall", "pub"]),
    st.sampled_from(["", IIN, "1"]),
    times, times, times,
    st.sampled_from(["", "registered", "?"]),
)  # fmt: skip


def rules_of(row: Sequence[str]) -> set[str]:
    """Every rule that a row breaks, one cell after the other."""
    key, channel, category, place, _, *moments, outcome = row
    start, review, stop = (_moment(text) for text in moments)
    known = [m for m in (start, review, stop) if m]
    broken = {
        "missing_key": not key,
        "missing_value": not category,
        "bad_date": "?" in moments,
        "unknown_channel": channel == "fax",
        "unknown_category": category == "?",
        "unknown_service_point": place == "pub",
        "unknown_outcome": outcome == "?",
        "missing_outcome": stop is not None and not outcome,
        "before_window": any(m.date() < date(2000, 1, 1) for m in known),
        "in_future": any(m.date() > date(2013, 12, 31) for m in known),
        "stop_before_start": start is not None and stop is not None and _before(stop, start),
    }
    return {rule for rule, is_broken in broken.items() if is_broken}


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text not in {"", "?"} else None


def _before(stop: datetime, start: datetime) -> bool:
    bare = any(m.time() == datetime.min.time() for m in (stop, start))
    return stop.date() < start.date() if bare else stop < start


@settings(deadline=None, max_examples=60, phases=[Phase.explicit, Phase.generate])
@given(rows=st.lists(cells, max_size=8))
def test_every_record_is_in_or_out_or_said_twice(folder: Path, rows: list[tuple[str, ...]]) -> None:
    text = "\n".join(";".join(row) for row in [HEADER, *rows])
    checked = judged_text(folder, text, wide())
    order = [rule.code for rule in RULES]
    status = values(checked.records["status"])
    assert len(status) == len(rows)
    assert sorted(status) == sorted(
        ["ok"] * len(checked.cases)
        + ["rejected"] * len(checked.rejects)
        + ["duplicate"] * status.count("duplicate")
    )
    told = dict(zip(checked.rejects["record"], checked.rejects["rule"], strict=True))
    for record, row in enumerate(rows):
        broken = sorted(rules_of(row), key=order.index)
        if status[record] == "rejected":
            assert told[record] == broken[0]
        elif status[record] == "ok":
            assert not broken
        elif broken:  # an earlier row said the same
            assert row in rows[:record]
        else:  # a later row has the key
            assert any(other[0] == row[0] and not rules_of(other) for other in rows[record + 1 :])
