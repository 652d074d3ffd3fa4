"""What the contract lets in, what it keeps out, and that every record is accounted for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from etl.contract import RULES, Checked
from etl.sources import SourceSpec
from tests.support.sources import judged_text, rejects, spec, values

IIN = "500101100000"
STEPS = {"desk-start": "начато", "desk-review": "рассмотрено", "desk-end": "окончено"}
HEADER = (
    "id",
    "channel",
    "category",
    "place",
    "iin",
    "начато",
    "рассмотрено",
    "окончено",
    "outcome",
)
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
        "stated_at": None,
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
    assert (
        values(checked.cases["gives_start"]) == values(checked.cases["gives_stop"]) == [True, True]
    )
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
    for field, good in [
        ("id", "1"),
        ("начато", "2013-07-01"),
        ("category", "veterans"),
        ("outcome", "registered"),
    ]:
        order += [rule for _, rule, _, _ in rejects(judge(worst))]
        worst[field] = good
    order += [rule for _, rule, _, _ in rejects(judge(worst))]
    assert order == ["missing_key", "bad_date", "unknown_category", "unknown_outcome", "in_future"]
    assert order == sorted(order, key=codes.index)


def test_a_recorded_start_that_is_blank_is_missing_unless_the_case_was_turned_away(
    judge: Judge,
) -> None:
    columns = {**CASES, "received_at": "начато", "outcome": "outcome"}
    source = wide(columns=columns, steps={})
    checked = judge({"начато": ""}, {"id": "2", "начато": "", "outcome": "rejected"}, source=source)
    assert rejects(checked) == [(0, "missing_value", "начато", None)]


def test_quarantine_keeps_the_mapped_columns_and_masks_the_iin(judge: Judge) -> None:
    checked = judge(
        {"category": "?", "iin": IIN}, source=wide(columns={**CASES, "iin": "iin"}, steps={})
    )
    assert json.loads(checked.rejects["raw"][0]) == {
        "id": "1", "channel": "desk", "category": "?", "place": "hall", "iin": "*" * 12
    }  # fmt: skip


def test_quarantine_keeps_each_record_with_its_own_words_beside_repeated_ones(judge: Judge) -> None:
    wrong = [{"id": n, "category": f"unknown {n}"} for n in ("1", "2", "1", "3")]
    checked = judge(*wrong)
    assert [json.loads(raw)["id"] for raw in checked.rejects["raw"]] == ["1", "2", "3"]
    assert checked.rejects["value"].tolist() == ["unknown 1", "unknown 2", "unknown 3"]


def test_no_frame_holds_an_iin_nor_a_hash_that_gives_it_away(judge: Judge) -> None:
    other = "651231200007"
    rows = [{"iin": IIN}, {"id": "2", "category": "?"}, {"id": "3", "iin": "500101100001"}]
    checked = judge(*rows)
    for name in Checked.__dataclass_fields__:
        assert "50010110000" not in getattr(checked, name).to_csv()
    # without a key two records that differ in nothing but the IIN hash alike
    assert values(judge({"iin": other}).records["record_hash"]) == values(
        judge({"iin": IIN}).records["record_hash"]
    )
    keyed = [judge({"iin": n}, pseudonym_key="k").records["record_hash"][0] for n in (IIN, other)]
    assert keyed[0] != keyed[1]


def test_records_that_could_not_be_taken_apart_are_counted_too(tmp_path: Path) -> None:
    source = spec(delimiter=";", columns=CASES)
    text = (
        "id;channel;category;place\n1;desk;veterans;hall\n2;desk\n2;desk\n3;desk;veterans;hall;x\n"
    )
    checked = judged_text(tmp_path, text, source)
    assert values(checked.records["status"]) == ["ok", "rejected", "duplicate", "rejected"]
    assert values(checked.records["row"]) == [2, 3, 4, 5]
    assert rejects(checked) == [(1, "ragged_row", None, "2 ≠ 4"), (3, "ragged_row", None, "5 ≠ 4")]
    assert checked.records["record_hash"].str.fullmatch("[0-9a-f]{32}").all()


def test_nobody_can_try_all_numbers_on_the_hash_of_an_unreadable_line(tmp_path: Path) -> None:
    source = spec(delimiter=";", columns=CASES)

    def hash_of(line: str, key: str | None) -> str:
        text = f"id;channel;category;place\n{line}\n"
        checked = judged_text(tmp_path, text, source, pseudonym_key=key)
        return str(checked.records["record_hash"][0])

    line, other = f"1;{IIN}", "1;600101100000"
    assert hash_of(line, "a") == hash_of(line, "a") != hash_of(line, "b")
    assert hash_of(line, "a") != hash_of(other, "a")
    assert hash_of(line, None) == hash_of(other, None), "without a key the place alone counts"


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


def test_rejected_records_of_two_people_are_two(judge: Judge) -> None:
    checked = judge(*({"category": "?", "iin": number} for number in (IIN, "651231200007", IIN)))
    assert values(checked.records["status"]) == ["rejected", "rejected", "duplicate"]
