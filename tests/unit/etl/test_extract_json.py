"""JSON documents and JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from etl import extract
from etl.errors import KezekError
from etl.extract import documents
from etl.extract.model import Extract
from etl.sources import NestedEvents
from tests.support.sources import raw_file, spec

COLUMNS = {"case_id": "id", "category": "applicant/category"}


def read(document: object, **given: object) -> Extract:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    source = spec(kind="json", **{"columns": COLUMNS, **given})
    return documents.read(source, raw_file(data, "feed.json"))


def values(extract: Extract) -> list[list[object]]:
    records = extract.records.astype(object).where(extract.records.notna(), None)
    return records.to_numpy().tolist()


def test_records_lie_at_a_path_and_fields_at_paths_inside_them() -> None:
    document = {"page": {"items": [
        {"id": 7, "applicant": {"category": " veterans "}},
        {"id": "008", "applicant": None},
        {"id": 9.0, "applicant": {"category": {"code": "Ә"}}},
    ]}}  # fmt: skip
    extract = read(document, records="page/items")
    assert values(extract) == [["7", "veterans"], ["008", None], ["9", '{"code": "Ә"}']]
    assert extract.place["row"].tolist() == [1, 2, 3]


def test_one_object_alone_is_one_record() -> None:
    assert values(read({"id": True})) == [["true", None]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_and_wide_encodings_are_seen_by_themselves(encoding: str) -> None:
    text = json.dumps([{"id": "Ә"}], ensure_ascii=False)
    assert values(read(text.encode(encoding))) == [["Ә", None]]


def test_lines_are_records_and_broken_ones_are_set_aside() -> None:
    lines = b'{"id": 1}\n\n{"id": 2\n[3]\n{"id": "\xff"}\n{"id": 5}\n'
    extract = read(lines)
    assert values(extract) == [["1", None], ["5", None]]
    assert extract.place["row"].tolist() == [1, 6]
    assert extract.unreadable[["row", "rule", "value"]].to_numpy().tolist() == [
        [3, "ragged_row", "{…} ≠ str"],
        [4, "ragged_row", "{…} ≠ list"],
        [5, "bad_encoding", "0xFF"],
    ]
    assert extract.files[0].rows == 5


def test_half_a_character_makes_a_record_unreadable_and_a_whole_one_does_not() -> None:
    extract = read(
        b'[{"id": "\\ud83c"}, {"id": "\\ud83c\\udfe0"}, {"id": 3, "n": {"x": "\\uDC98"}}]'
    )
    assert values(extract) == [["🏠", None]]
    assert extract.unreadable[["row", "rule", "value"]].to_numpy().tolist() == [
        [1, "bad_encoding", "U+D83C"],
        [3, "bad_encoding", "0x98"],
    ]


def test_a_record_that_says_two_things_under_one_name_is_set_aside() -> None:
    extract = read(
        b'[{"id": 1, "id": 1}, {"id": 2, "id": 3}, {"id": 4, "applicant": {"x": 1, "x": "1"}},'
        b' {"id": 5}]'
    )
    assert values(extract) == [["1", None], ["5", None]]
    assert extract.unreadable[["row", "rule", "value"]].to_numpy().tolist() == [
        [2, "repeated_name", "{…} × 2"],
        [3, "repeated_name", "{…} × 2"],
    ]
    assert extract.unreadable["digest"].nunique() == 2


def test_a_line_that_says_two_things_under_one_name_is_set_aside() -> None:
    extract = read(b'{"id": 1}\n{"id": 2, "id": 3}\n')
    assert values(extract) == [["1", None]]
    assert extract.unreadable[["row", "rule"]].to_numpy().tolist() == [[2, "repeated_name"]]


def test_events_inside_a_record_keep_their_record_and_order() -> None:
    events = NestedEvents(path="steps", step="code", at="when/start", event_id="key", actor="by")
    document = [
        {"id": 1, "steps": [{"code": "b", "when": {"start": "t2"}, "key": 5}, {"code": "a"}]},
        {"id": 2},
        {"id": 3, "steps": {"code": "c", "when": {"start": "t1"}, "by": "Ә"}},
    ]
    nested = read(document, events=events).nested
    assert nested is not None
    assert nested["record"].tolist() == [0, 0, 2]
    assert nested["step"].tolist() == ["b", "a", "c"]
    assert nested["at"].tolist()[::2] == ["t2", "t1"]
    assert nested["event_id"].tolist()[0] == "5"
    assert nested["actor"].tolist()[2] == "Ә"


@pytest.mark.parametrize(
    ("data", "given", "complaint"),
    [
        (b'[{"id": 1}, {"id"', {}, "feed.json is no whole JSON"),
        (b"", {}, "feed.json is no whole JSON"),
        (b'{"a": [1]}', {"records": "b"}, "has no list of records at 'b'; it has 'a' at the top"),
        (
            json.dumps(dict.fromkeys(map(str, range(30)))).encode(),
            {"records": "a"},
            "it has 30 names at the top",
        ),
        (b"[1]", {"records": "a"}, "has no list of records at 'a'"),
        (b'[{"id": "\xff"}]', {}, "is not utf-8-sig text (character 9)"),
        (b"[" * 200_000, {}, "is nested too deeply"),
        (b'{"a": [{"id": 1}], "a": [{"id": 2}]}', {"records": "a"}, "a name stands twice"),
    ],
)
def test_a_document_that_cannot_be_understood_is_refused(
    data: bytes, given: dict[str, object], complaint: str
) -> None:
    with pytest.raises(KezekError) as error:
        read(data, **given)
    assert complaint in str(error.value)


def test_a_required_name_that_no_record_has_is_a_mistake_of_the_mapping(tmp_path: Path) -> None:
    (tmp_path / "feed.json").write_text('[{"id": 1, "applicant": {}}]')
    source = spec(kind="json", columns=COLUMNS, path=tmp_path / "feed.json")
    with pytest.raises(KezekError, match=r"no record of .*feed\.json has 'applicant/category'"):
        extract.read(source)
