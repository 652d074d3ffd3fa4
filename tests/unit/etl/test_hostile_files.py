"""Broken and hostile files: loaded as documented, or refused with a reason, and never by halves.

What each kind's own test file does not say already: `test_extract_csv` has encodings, NULs, lone
CRs, uneven rows, quoted ends of lines and long cells; `test_extract_gateway` and `test_extract_xml`
document types; `test_contract` records with one key.
"""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import tracemalloc
import zipfile
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from etl import extract
from etl.errors import KezekError
from etl.extract.model import Extract
from etl.sources import SourceSpec
from tests.support import hostile
from tests.support.regulations import small_town
from tests.support.sources import judged, rejects, spec, values

HEADER = ("№", "Күні")
COLUMNS = {"case_id": "№", "received_at": "Күні"}
PERSON, IIN = "Ахметова", "500101100000"


def source(folder: Path, name: str, data: bytes, **given: object) -> SourceSpec:
    (folder / name).write_bytes(data)
    kind = Path(name).suffix[1:]
    default = {"kind": kind, "path": folder / name, "declared_in": folder / "s", "columns": COLUMNS}
    return spec(**{**default, **given})


def cases(folder: Path, name: str, data: bytes, **given: object) -> SourceSpec:
    """A source of whole cases of the small town."""
    constants = {"channel": "desk", "category": "families", "service_point": "hall"}
    return source(folder, name, data, constants=constants, **given)


def read(folder: Path, name: str, data: bytes, **given: object) -> Extract:
    return extract.read(source(folder, name, data, **given))


def refusal(folder: Path, name: str, data: bytes, **given: object) -> str:
    """What is said of the file: its name first, and nothing of the people in it."""
    with pytest.raises(KezekError) as error:
        read(folder, name, data, **given)
    said = str(error.value)
    assert name in said
    assert PERSON not in said
    assert IIN not in said
    return said


# --- dates


def test_a_day_first_date_is_never_read_month_first(tmp_path: Path) -> None:
    data = "№;Күні\n1;03.04.2013\n2;13.04.2013\n3;04.13.2013\n4;12/31/2013\n".encode()
    formats = ("%d.%m.%Y", "%d/%m/%Y")
    checked = judged(
        cases(tmp_path, "a.csv", data, delimiter=";", date_formats=formats, timezone="UTC"),
        small_town(),
    )
    assert values(checked.cases["recorded_start_at"]) == [
        datetime(2013, 4, 3),
        datetime(2013, 4, 13),
    ]
    assert rejects(checked) == [
        (2, "bad_date", "Күні", "04.13.2013"),
        (3, "bad_date", "Күні", "12/31/2013"),
    ]


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_a_workbook_may_count_its_dates_from_1900_or_from_1904(
    tmp_path: Path, epoch_1904: bool
) -> None:
    moments = (date(2013, 7, 15), datetime(2013, 7, 15, 10, 30, 0, 250_000), date(1904, 1, 2))
    data = hostile.workbook(HEADER, *enumerate(moments), epoch_1904=epoch_1904)
    told = read(tmp_path, "a.xlsx", data).native["Күні"].tolist()
    assert told == [datetime(2013, 7, 15), moments[1], datetime(1904, 1, 2)]


def test_numbers_of_days_are_dates_where_the_source_says_from_when_they_count(
    tmp_path: Path,
) -> None:
    for name, from_1904, form, number in (
        ("new.xlsx", False, "excel", 41470.4375),
        ("old.xlsx", True, "excel_1904", 40008.4375),
    ):
        data = hostile.workbook(HEADER, ("1", number), ("2", "soon"), epoch_1904=from_1904)
        given = {"date_formats": (form,), "timezone": "UTC"}
        checked = judged(cases(tmp_path, name, data, **given), small_town())
        assert values(checked.cases["recorded_start_at"]) == [datetime(2013, 7, 15, 10, 30)]
        assert rejects(checked) == [(1, "bad_date", "Күні", "soon")]


@pytest.mark.parametrize(("from_1904", "form"), [(True, "excel"), (False, "excel_1904")])
def test_a_workbook_that_counts_from_another_year_than_the_source_says_is_refused(
    tmp_path: Path, from_1904: bool, form: str
) -> None:
    data = hostile.workbook(HEADER, ("1", 41470), epoch_1904=from_1904)
    said = refusal(tmp_path, "a.xlsx", data, date_formats=(form,))
    assert f"counts days from {1904 if from_1904 else 1900}; write" in said


def test_texts_beside_real_dates_are_read_by_the_formats(tmp_path: Path) -> None:
    rows = ((1, date(2013, 7, 15)), (2, "16.07.2013"), (3, "2013-07-17"), (4, None))
    data = hostile.workbook(HEADER, *rows)
    checked = judged(
        cases(tmp_path, "a.xlsx", data, date_formats=("%d.%m.%Y",), timezone="UTC"), small_town()
    )
    assert values(checked.cases["recorded_start_at"]) == [
        datetime(2013, 7, 15),
        datetime(2013, 7, 16),
    ]
    assert rejects(checked) == [
        (2, "bad_date", "Күні", "2013-07-17"),
        (3, "missing_value", "Күні", None),
    ]


# --- workbooks


def test_a_workbook_that_openpyxl_cannot_open_is_read(tmp_path: Path) -> None:
    data = hostile.with_part(
        hostile.workbook(HEADER, ("1", date(2013, 7, 15))),
        hostile.STYLES,
        lambda text: text.replace(b'<family val="2"/>', b'<family val="200"/>'),
    )
    with pytest.raises(ValueError, match="could not read stylesheet"):
        openpyxl.load_workbook(io.BytesIO(data))
    assert read(tmp_path, "a.xlsx", data).native["Күні"].tolist() == [datetime(2013, 7, 15)]


@pytest.mark.parametrize(
    ("streams", "complaint"),
    [
        (("EncryptionInfo", "EncryptedPackage"), "is locked by a password; save it without one"),
        (("Workbook",), "is no XLSX workbook but a workbook of Excel 97-2003; save it as .xlsx"),
    ],
)
def test_a_workbook_in_an_old_container_is_refused(
    tmp_path: Path, streams: tuple[str, ...], complaint: str
) -> None:
    assert complaint in refusal(tmp_path, "a.xlsx", hostile.container(*streams))


def test_an_archive_of_something_else_is_no_workbook(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("content.xml", "<x/>")
    assert "is no XLSX workbook but" in refusal(tmp_path, "a.xlsx", data.getvalue())


def test_an_archive_with_a_part_twice_is_no_workbook(tmp_path: Path) -> None:
    data = io.BytesIO(hostile.workbook(HEADER, ("1", "2")))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("XL\\worksheets/sheet1.xml", "<x/>")
    assert "is no XLSX workbook but" in refusal(tmp_path, "a.xlsx", data.getvalue())


CELL = b'<c r="B2"'
SHEETS = {
    "a cell at the end of the sheet": (CELL, b'<c r="XFD1048576"', "reaches to row 1048576"),
    "a cell beyond the sheet": (CELL, b'<c r="ZZZZZZZ2"', "further than a table does"),
    "a row beyond the sheet": (b'<row r="2"', b'<row r="4294967295"', "further than a table"),
    "single quotes": (CELL, b"<c  r = 'XFD1048576' x='/>'", "further than a table does"),
    "entities": (
        b"<worksheet",
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet',
        "has a document type (DOCTYPE)",
    ),
    "an external entity": (
        b"<worksheet",
        b'<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]><worksheet',
        "has a document type (DOCTYPE)",
    ),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_that_would_do_harm_is_refused(tmp_path: Path, name: str) -> None:
    old, new, complaint = SHEETS[name]
    sound = hostile.workbook(HEADER, ("1", PERSON))
    data = hostile.with_part(sound, hostile.SHEET, lambda text: text.replace(old, new))
    assert complaint in refusal(tmp_path, "a.xlsx", data)


def test_texts_that_are_counted_but_not_there_are_refused(tmp_path: Path) -> None:
    data = hostile.with_part(
        hostile.workbook(HEADER, ("1", PERSON)),
        hostile.STRINGS,
        lambda text: text.replace(b'uniqueCount="4"', b'uniqueCount="99999999999"'),
    )
    assert "it counts more than it holds" in refusal(tmp_path, "a.xlsx", data)


def test_blank_cells_that_are_formatted_far_away_do_no_harm(tmp_path: Path) -> None:
    data = hostile.with_part(
        hostile.workbook(HEADER, ("1", "2")),
        hostile.SHEET,
        lambda text: text.replace(b"</row></sheetData>", b"""</row>
            <row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>"""),
    )  # fmt: skip
    assert read(tmp_path, "a.xlsx", data).records["№"].tolist() == ["1"]


def test_an_error_in_a_cell_is_blank(tmp_path: Path) -> None:
    data = hostile.with_part(
        hostile.workbook(HEADER, ("1", 2)),
        hostile.SHEET,
        lambda text: text.replace(b'"B2"><v>2</v>', b'"B2" t="e"><v>#N/A</v>'),
    )
    assert values(read(tmp_path, "a.xlsx", data).records["Күні"]) == [None]


def test_a_damaged_part_is_told_whichever_it_is(tmp_path: Path) -> None:
    data = bytearray(hostile.workbook(HEADER, *((str(n), PERSON) for n in range(300))))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as book:
        start = book.getinfo(hostile.SHEET).header_offset + 100
    data[start : start + 20] = b"\xff" * 20
    assert "is no whole workbook" in refusal(tmp_path, "a.xlsx", bytes(data))


# --- packed files


@pytest.mark.parametrize("limit", [1, 3])
def test_a_packed_file_that_grows_beyond_measure_is_refused_before_it_does(
    tmp_path: Path, limit: int
) -> None:
    data = gzip.compress(b"id\n" + b"0" * 20 * 2**20)
    tracemalloc.start()
    said = refusal(tmp_path, "a.csv", data, max_unpacked=limit * 2**20)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert f"a.csv is more than {limit} MB unpacked" in said
    assert "write a larger max_unpacked_mb in [sources.desk]" in said
    assert most < 12 * 2**20


def test_a_workbook_that_grows_beyond_measure_is_refused(tmp_path: Path) -> None:
    data = hostile.with_part(
        hostile.workbook(HEADER, ("1", "2")), hostile.STYLES, lambda text: text + b" " * 3 * 2**20
    )
    assert "a.xlsx is more than 2 MB unpacked" in refusal(
        tmp_path, "a.xlsx", data, max_unpacked=2 * 2**20
    )


@pytest.mark.parametrize("kind", ["csv", "json", "xml", "xlsx"])
def test_every_length_of_a_packed_file_but_the_whole_is_refused(tmp_path: Path, kind: str) -> None:
    whole = gzip.compress(EXPORTS[kind])
    given = {"columns": {"case_id": "id"}, "records": "all/item" if kind == "xml" else "."}
    for length in range(3, len(whole), max(1, len(whole) // 40)):
        said = refusal(tmp_path, f"a.{kind}", whole[:length], **given)
        assert "is a damaged or incomplete gzip file; fetch it again" in said
    assert len(read(tmp_path, f"a.{kind}", whole, **given).place) == 2


EXPORTS = {
    "csv": b"id\n1\n2\n",
    "json": b'[{"id": 1}, {"id": 2}]',
    "xml": b"<all><item><id>1</id></item><item><id>2</id></item></all>",
    "xlsx": hostile.workbook(("id",), (1,), (2,)),
}


# --- documents


def _nested(depth: int) -> bytes:
    return f'[{{"№": 1, "Күні": {"[" * depth + "]" * depth}}}]'.encode()


@pytest.mark.parametrize("depth", [1, 100, 300])
def test_json_of_reasonable_depth_is_read(tmp_path: Path, depth: int) -> None:
    assert read(tmp_path, "a.json", _nested(depth)).records["Күні"][0].startswith("[")


@pytest.mark.parametrize("depth", [*range(880, 1000, 4), 10_000, 1_000_000])
def test_json_of_any_depth_ends_as_a_record_or_as_a_refusal(tmp_path: Path, depth: int) -> None:
    path = source(tmp_path, "a.json", _nested(depth))
    try:
        told = str(len(extract.read(path).place))
    except KezekError as error:
        told = str(error)
    assert told in {"1", "a.json is nested too deeply to be a list of records."}


def test_an_object_of_very_many_names_is_looked_through_once(tmp_path: Path) -> None:
    names = ", ".join(f'"{n}": 1' for n in range(100_000))
    data = f'[{{"№": 1, {names}, "7": 2}}, {{"№": 2, "Күні": "2013-07-15"}}]'.encode()
    extract = read(tmp_path, "a.json", data)
    assert extract.records["№"].tolist() == ["2"]
    assert extract.unreadable["rule"].tolist() == ["repeated_name"]


@pytest.mark.parametrize("number", ["1e400", "-1e-400", "NaN", "Infinity", "-0", "1E5", "0.1e1"])
def test_numbers_that_are_none_stop_nothing(tmp_path: Path, number: str) -> None:
    data = f'{{"№": 1, "Күні": {number}}}\n{{"№": 2, "Күні": "2013-07-15"}}\n'.encode()
    extract = read(tmp_path, "a.json", data)
    assert len(extract.place) + len(extract.unreadable) == extract.files[0].rows == 2


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_a_text_of_two_megabytes_is_read(tmp_path: Path, kind: str) -> None:
    long = "ұ" * 1_000_000
    text = {"json": f'[{{"id": "{long}"}}]', "xml": f"<all><item><id>{long}</id></item></all>"}
    given = {"columns": {"case_id": "id"}, "records": "." if kind == "json" else "all/item"}
    extract = read(tmp_path, f"a.{kind}", text[kind].encode(), **given)
    assert extract.records["id"].tolist() == [long]


def test_a_record_read_in_place_of_a_header_is_not_repeated(tmp_path: Path) -> None:
    for line in (f"P-1;{PERSON};15.07.2013", f"{PERSON};{IIN}", f"1-2;{PERSON}"):
        refusal(tmp_path, "a.csv", f"{line}\n{line}\n".encode(), delimiter=";")


# --- databases


def database(rows: int) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA page_size = 512")
        connection.execute("CREATE TABLE t (id, name)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(n, PERSON) for n in range(rows)])
        connection.commit()
        return connection.serialize()


def read_database(folder: Path, data: bytes) -> Extract:
    path = folder / "a.sqlite"
    path.write_bytes(data)
    given = {"kind": "database", "url": f"sqlite:///{path}", "table": "t"}
    return extract.read(spec(columns={"case_id": "id", "executor": "name"}, **given))


@pytest.mark.parametrize("page", range(1, 7))
def test_a_database_without_some_of_its_pages_is_refused(tmp_path: Path, page: int) -> None:
    whole = database(100)
    assert len(read_database(tmp_path, whole).place) == 100
    cut, blank = whole[: page * 512], whole[: page * 512] + bytes(512) + whole[page * 512 + 512 :]
    for damaged in (cut, cut[:-7], blank):
        with pytest.raises(KezekError, match=r"a\.sqlite.* (damaged|malformed|not a database)"):
            read_database(tmp_path, damaged)


def test_a_page_that_says_it_holds_fewer_rows_is_refused(tmp_path: Path) -> None:
    data = bytearray(database(5))
    assert data[512 + 4] == 5
    data[512 + 4] = 2
    with pytest.raises(KezekError, match=r"a\.sqlite t is damaged or incomplete; fetch it again"):
        read_database(tmp_path, bytes(data))


def test_json_of_two_records_with_one_key_keeps_the_last_and_counts_the_other(
    tmp_path: Path,
) -> None:
    data = json.dumps([{"№": 1, "Күні": "2013-07-15"}, {"№": "1", "Күні": "2013-07-16"}]).encode()
    checked = judged(cases(tmp_path, "a.json", data, timezone="UTC"), small_town())
    assert values(checked.records["status"]) == ["duplicate", "ok"]
    assert values(checked.cases["recorded_start_at"]) == [datetime(2013, 7, 16)]
