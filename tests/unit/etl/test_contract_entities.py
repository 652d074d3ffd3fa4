"""Events, entries of the queue and survey responses under the contract."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from etl.contract import Checked
from tests.support.sources import judged_text, rejects, spec, values

IIN = "500101100000"
EVENTS = {
    "case_id": "case",
    "step": "step",
    "occurred_at": "at",
    "actor": "by",
    "outcome": "result",
}


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
        "unknown_step", "missing_value", "bad_date", "missing_value", "missing_key",
        "unknown_outcome",
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
    assert values(checked.queue["registered_on"]) == [
        pd.Timestamp("2005-03-01"),
        pd.Timestamp("2005-03-02"),
    ]
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
