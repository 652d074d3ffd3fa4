"""``where``: which records of a file a source consists of."""

from __future__ import annotations

import pytest

from etl.extract import documents
from etl.extract.chosen import chosen
from etl.extract.model import Extract
from etl.sources import NestedEvents
from tests.support.sources import raw_file, spec

LINES = b"""\
{"id": 1, "act": "Create  fine", "life": "complete", "log": [{"s": "a", "t": 1}]}
{"id": 2, "act": "Send", "life": "START", "log": [{"s": "b", "t": 2}]}
{"id": 3, "act": "create FINE", "log": [{"s": "c", "t": 3}, {"s": "d", "t": 4}]}
broken
"""


def read(**where: tuple[str, ...]) -> Extract:
    source = spec(
        kind="json",
        columns={"case_id": "id"},
        events=NestedEvents(path="log", step="s", at="t"),
        where=where,
    )
    return chosen(source, documents.read(source, raw_file(LINES, "log.json")))


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({}, ["1", "2", "3"]),
        ({"act": ("Create Fine",)}, ["1", "3"]),
        ({"act": ("Create Fine", "Send")}, ["1", "2", "3"]),
        ({"life": ("",)}, ["3"]),
        ({"act": ("create fine",), "life": ("complete", "start")}, ["1"]),
        ({"act": ("Payment",)}, []),
    ],
)
def test_records_are_chosen_by_words_whatever_their_case_and_white_space(
    where: dict[str, tuple[str, ...]], ids: list[str]
) -> None:
    found = read(**where)
    assert found.records["id"].tolist() == ids
    assert found.place["row"].tolist() == [int(i) for i in ids]
    assert found.records.index.tolist() == list(range(len(ids)))


def test_events_stay_with_their_records_and_what_cannot_be_read_is_told() -> None:
    found = read(act=("Create Fine",))
    assert found.nested is not None
    assert found.nested[["record", "step"]].to_numpy().tolist() == [[0, "a"], [1, "c"], [1, "d"]]
    assert found.unreadable["row"].tolist() == [4]
