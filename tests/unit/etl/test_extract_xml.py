"""XML exports that are lists of records, and what must never come of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl import extract
from etl.errors import KezekError
from etl.extract import xml_records
from etl.extract.model import Extract
from etl.sources import NestedEvents
from tests.support.sources import raw_file, spec, values

COLUMNS = {"case_id": "@id", "category": "applicant/category"}


def read(document: str | bytes, **given: object) -> Extract:
    data = document if isinstance(document, bytes) else document.encode()
    source = spec(kind="xml", **{"columns": COLUMNS, "records": "export/application", **given})
    return xml_records.read(source, raw_file(data, "feed.xml"))


def columns(extract: Extract) -> list[list[object]]:
    return [values(extract.records[name]) for name in extract.records]


def test_records_are_the_elements_at_a_path_and_fields_stand_at_paths_inside_them() -> None:
    extract = read(
        """<?xml version="1.0"?><x:Export xmlns:x="urn:x"><made>2013</made>
        <x:Application id=" 7 "><applicant><Category>Ә<!-- x -->&amp;</Category></applicant>
        <application id="none: it is inside one"/></x:Application>
        <other><application id="none: it stands elsewhere"/></other>
        <application id="8"/></x:Export>"""
    )
    assert columns(extract) == [["7", "8"], ["Ә&", None]]
    assert extract.place.to_dict("list") == {"file": ["feed.xml"] * 2, "row": [1, 2]}
    assert extract.files[0].rows == 2


def test_events_inside_a_record_keep_their_record_and_order() -> None:
    events = NestedEvents(path="steps/step", step=".", at="@at", event_id="@key", actor="@by")
    extract = read(
        """<export><application id="1"><steps><step at="t2" key="5">b</step>
        <step at="t1">a</step></steps></application><application id="2"/>
        <application id="3"><steps><step by="Ә" at="t3">c</step></steps></application></export>""",
        events=events,
    )
    assert extract.nested is not None
    assert {name: values(extract.nested[name]) for name in extract.nested} == {
        "record": [0, 0, 2],
        "step": ["b", "a", "c"],
        "at": ["t2", "t1", "t3"],
        "event_id": ["5", None, None],
        "actor": [None, None, "Ә"],
    }


def test_elements_of_one_name_are_told_apart_by_their_key() -> None:
    extract = read(
        """<export xmlns:x="urn:x"><application><x:string key="Plain:A" value="a">t</x:string>
        <string key="b" value="b">u</string><string value="c"/></application></export>""",
        columns={
            "case_id": "string[plain:a]/@value",
            "category": "string[b]",
            "x": "string/@value",
        },
    )
    assert columns(extract) == [["a"], ["u"], ["c"]]


def test_a_record_that_says_two_things_is_set_aside_and_one_that_repeats_itself_is_not() -> None:
    record = "<application id='{}'><applicant><category>{}</category><category>{}</category>"
    text = "".join((record + "</applicant></application>").format(*r) for r in ("1ab", "2cc"))
    extract = read(f"<export>{text}</export>")
    assert columns(extract) == [["2"], ["c"]]
    assert extract.unreadable[["row", "rule", "value"]].to_numpy().tolist() == [
        [1, "repeated_name", "<…> × 2"]
    ]
    assert extract.files[0].rows == 2


def test_a_day_on_which_nothing_came_is_no_fault() -> None:
    assert len(read("<export/>").place) == 0
    assert len(read("<all><export> </export></all>", records="all/export/item").place) == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251", "kz1048"])
def test_the_file_says_its_own_encoding(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><export><application id="Ж"/></export>'
    assert columns(read(text.encode(encoding))) == [["Ж"], [None]]


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (f"{BOMB}<export><application id='&b;'/></export>", r"has a document type \(DOCTYPE\)"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><export/>', "has a document type"),
        (
            '<!DOCTYPE x [<!ENTITY % i SYSTEM "http://127.0.0.1:1/x.dtd"> %i;]><export/>',
            "has a document type",
        ),
        ("<export><application id='&i;'/></export>", "is no whole XML"),
        ("<export><application id='1'/>", "is no whole XML"),
        ("", "is no whole XML"),
        ("<?xml version='1.0' encoding='klingon'?><export/>", "is no whole XML"),
        ("<?xml version='1.0' encoding='base64'?><export/>", "is no whole XML"),
        ("<?xml version='1.0' encoding='shift_jis'?><export/>", "is no whole XML"),
        (
            "<html><body>502</body></html>",
            "no element 'export/application', in its place is 'html'",
        ),
        ("<export><item/></export>", "in its place is 'export/item'; correct records in"),
    ],
)
def test_a_document_that_cannot_be_understood_is_refused(document: str, complaint: str) -> None:
    with pytest.raises(KezekError, match=rf"^feed.xml .*{complaint}"):
        read(document)


def test_deep_nesting_neither_hangs_nor_crashes() -> None:
    deep = "<a>" * 200_000 + "</a>" * 200_000
    assert columns(read(f"<export><application id='1'>{deep}</application></export>"))[0] == ["1"]


def test_a_required_element_that_no_record_has_is_a_mistake_of_the_mapping(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text("<export><application id='1'/></export>")
    source = spec(
        kind="xml", columns=COLUMNS, records="export/application", path=tmp_path / "feed.xml"
    )
    with pytest.raises(KezekError, match=r"no record of .*feed\.xml has 'applicant/category'"):
        extract.read(source)
