"""CSV files as offices make them: encodings, marks, quotes, broken lines."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import KezekError
from etl.extract import cells, delimited
from etl.extract.csv_records import records
from etl.extract.csv_whole import whole
from etl.extract.files import Stream
from etl.extract.model import Extract
from tests.support.sources import raw_file, spec

KAZAKH = "Әлия Ғалымқызы, Түрксіб, Жетісу, Өскемен, Һ, Ұлы, Ңұр, Іңкәр"


def read(data: bytes | str, **given: object) -> Extract:
    source = spec(**{"columns": {"case_id": "id", "executor": "name"}, "delimiter": ";", **given})
    octets = data.encode() if isinstance(data, str) else data
    return delimited.read(source, raw_file(octets, "journal.csv"))


def rows(extract: Extract) -> list[tuple[object, ...]]:
    """Row number and the two columns; a null as None."""
    records = extract.records.astype(object).where(extract.records.notna(), None)
    return list(zip(extract.place["row"], *(records[c] for c in records), strict=True))


def faults(extract: Extract) -> list[list[object]]:
    return extract.unreadable[["row", "rule", "value"]].to_numpy().tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "kz1048", "utf-16", "ptcp154"])
def test_kazakh_letters_survive_every_encoding_that_has_them(encoding: str) -> None:
    data = f"id;name\n1;{KAZAKH}\n".encode(encoding)
    assert rows(read(data, encoding=encoding)) == [(2, "1", KAZAKH)]


def test_russian_in_cp1251_and_a_mark_of_utf_8_that_contradicts_the_declaration() -> None:
    assert rows(read("id;name\n1;Ахметова\n".encode("cp1251"), encoding="cp1251")) == [
        (2, "1", "Ахметова")
    ]
    assert rows(read("id;name\n1;Ахметова\n".encode("utf-8-sig"), encoding="cp1251")) == [
        (2, "1", "Ахметова")
    ]


@pytest.mark.parametrize(("bytes_", "lines"), [(8_000, 10**9), (8_000, 100), (800, 100)])
def test_a_part_has_no_more_bytes_or_lines_than_are_taken_apart_at_once(
    bytes_: int, lines: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a file of narrow lines, of which a part holds many
    path = tmp_path / "journal.csv"
    path.write_text("id;name\n" + "".join(f"{n};x\n" for n in range(3_000)))
    monkeypatch.setattr(delimited, "_PART", bytes_)
    monkeypatch.setattr(delimited, "_LINES", lines)
    source = spec(columns={"case_id": "id", "executor": "name"}, delimiter=";")
    # When
    found = list(delimited.parts(source, Stream(source, path)))
    # Then
    assert len(found) > 1
    assert b"".join(data for data, _ in found) == path.read_bytes()
    one_more = bytes_ // 8  # what is read at once
    for data, _ in found:
        assert data.endswith(b"\n")
        assert len(data) < bytes_ + one_more
        assert data.count(b"\n") <= lines + one_more // 3
    above = [above.lines for _, above in found if above]
    assert above == [sum(data.count(b"\n") for data, _ in found[:n]) for n in range(1, len(found))]


@pytest.mark.parametrize("end", ["\r", "\n"])
def test_a_file_whose_ends_are_not_seen_is_looked_through_a_few_times(
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given lines that end in CR alone, or all within one pair of quotes
    path, quote = tmp_path / "journal.csv", '"' if end == "\n" else ""
    path.write_text(f"id;name{end}{quote}" + f"1;x{end}" * 30_000, newline="")
    monkeypatch.setattr(delimited, "_PART", 800)
    monkeypatch.setattr(delimited, "_LINES", 100)
    scans: list[int] = []
    find = delimited._end_of_records

    def counted(data: bytearray, delimiter: str) -> int | None:
        scans.append(len(data))
        return find(data, delimiter)

    monkeypatch.setattr(delimited, "_end_of_records", counted)
    source = spec(columns={"case_id": "id", "executor": "name"}, delimiter=";")
    # When
    found = list(delimited.parts(source, Stream(source, path)))
    # Then
    assert b"".join(data for data, _ in found) == path.read_bytes()
    assert sum(scans) < 3 * path.stat().st_size


def test_values_are_stripped_and_blank_ones_are_null() -> None:
    assert rows(read("id;name\n 1 ;\u00a0\n2;  Ә \t\n;x")) == [
        (2, "1", None),
        (3, "2", "Ә"),
        (4, None, "x"),
    ]


def test_blank_lines_and_rows_of_empty_fields_are_no_records() -> None:
    extract = read("\r\nid;name\r\n\r\n1;a\r\n;;\r\n  \r\n; \r\n2;b\r\n\r\n", header_row=2)
    assert rows(extract) == [(4, "1", "a"), (8, "2", "b")]
    assert faults(extract) == [[5, "ragged_row", "3 ≠ 2"]]
    assert extract.files[0].rows == 3


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quotes_may_hold_delimiters_quotes_and_ends_of_lines(end: str) -> None:
    text = f'id;name{end}1;"a;b ""c"""{end}2;"one{end}two"{end}3;d"e{end}'
    assert rows(read(text)) == [(2, "1", 'a;b "c"'), (3, "2", f"one{end}two"), (5, "3", 'd"e')]


def test_a_record_with_bytes_that_are_no_text_is_set_aside_and_only_that() -> None:
    extract = read(b'id;name\n1;a\n2;\x98b\n\n3;"c\nd"\n4;"e\n\x98f"\n5;g\n', encoding="cp1251")
    assert rows(extract) == [(2, "1", "a"), (5, "3", "c\nd"), (9, "5", "g")]
    assert faults(extract) == [[3, "bad_encoding", "0x98"], [7, "bad_encoding", "0x98"]]


def test_uneven_rows_are_set_aside_with_their_numbers() -> None:
    extract = read("id;name\n1;a\n2\n3;b;c\n4;d\n")
    assert rows(extract) == [(2, "1", "a"), (5, "4", "d")]
    assert faults(extract) == [[3, "ragged_row", "1 ≠ 2"], [4, "ragged_row", "3 ≠ 2"]]


def test_a_row_both_uneven_and_unreadable_is_unreadable() -> None:
    assert faults(read(b"id;name\n1;\xff;x\n")) == [[2, "bad_encoding", "0xFF"]]


def test_a_quote_that_nobody_closes_costs_one_line_not_the_rest_of_the_file() -> None:
    extract = read('id;name\n1;a\n2;"b\n3;c\n4;d\n')
    assert rows(extract) == [(2, "1", "a"), (4, "3", "c"), (5, "4", "d")]
    assert faults(extract) == [[3, "ragged_row", '"']]


def test_two_unclosed_quotes_cost_their_own_lines() -> None:
    extract = read('id;name\n"1;a\n2;b\n3;c\n"4;d\n5;e\n')
    assert rows(extract) == [(3, "2", "b"), (4, "3", "c"), (6, "5", "e")]
    assert [fault[0] for fault in faults(extract)] == [2, 5]


def test_the_same_broken_line_has_the_same_digest_wherever_it_stands() -> None:
    alone, beside = read("id;name\n1\n"), read('id;name\n2;"a\nb"\n1\n')
    assert alone.unreadable["digest"].tolist() == beside.unreadable["digest"].tolist()


def test_nul_characters_are_taken_out() -> None:
    assert rows(read("id;name\n1;a\0b\n")) == [(2, "1", "ab")]


def test_a_cell_of_two_megabytes_is_read() -> None:
    long = "ұ" * 1_000_000
    assert rows(read(f'id;name\n1;{long}\n2;"{long}\n"\n')) == [(2, "1", long), (3, "2", long)]


def test_headings_are_compared_without_regard_to_white_space() -> None:
    assert rows(
        read('№; id ;"full\nname"\n0;1;a\n', columns={"case_id": "id", "executor": "full name"})
    ) == [(3, "1", "a")]


def test_a_header_of_two_lines_is_joined_and_rows_below_it_keep_their_numbers() -> None:
    text = 'Title;\n№;"Came\nin";\n;on;from\n1;a;b\n'
    columns = {"case_id": "№", "executor": "Came in / from"}
    assert rows(read(text, header_row=2, header_rows=2, columns=columns)) == [(5, "1", "b")]


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ([["a", "b"]], ["a", "b"]),
        ([["a", "", "b"], ["", "", "c"]], ["a", "", "b / c"]),
        ([["a", "", "b", ""], ["x", "y", "", ""]], ["a / x", "a / y", "b", ""]),
        ([["a", "", "b"], ["", "x"]], ["a", "x", "b"]),
        (
            [["g", "", "", "h"], ["m", "", "n", ""], ["1", "2", "3", "4"]],
            ["g / m / 1", "g / m / 2", "g / n / 3", "h / 4"],
        ),
        ([[], ["a"]], ["a"]),
    ],
)
def test_a_blank_heading_above_others_is_that_of_the_group(
    lines: list[list[str]], names: list[str]
) -> None:
    assert cells.headings(lines) == names


@pytest.mark.parametrize(
    ("data", "given", "complaint"),
    [
        ("id;nome\n1;a\n", {}, "journal.csv has no column 'name'; its columns are 'id', 'nome'"),
        ("id;name;name\n1;a;b\n", {}, "has 2 columns named 'name'"),
        (
            "7;Ахметов А.;500101100000\n",
            {},
            "has no column 'id'; the row that was read as its header looks like a record: correct",
        ),
        ("", {}, "has no header in row 1"),
        ("id;name\n", {"header_row": 5}, "has no header in row 5"),
        ("\n\n", {}, "has no header in row 1"),
        ('"id;name\n1;a\n', {}, "has no header in row 1"),
        ("id;name\n1;Ә\n", {"encoding": "kz1048"}, "is not kz1048 text, it looks like utf-8"),
        ("id;name\n1;Ә\n".encode("utf-16-le"), {}, "is not utf-8-sig text, it looks like utf-16"),
        ("ід;name\n".encode("cp1251"), {}, "The header of journal.csv is not utf-8-sig text"),
        (b"\xff\xfei\0d\0;\0n\0", {"encoding": "utf-16"}, "has no column 'name'"),
        (b"\xff\xfei\0d\0;\0n\0a", {"encoding": "utf-16"}, "is not utf-16 text"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(
    data: bytes | str, given: dict[str, object], complaint: str
) -> None:
    with pytest.raises(KezekError) as error:
        read(data, **given)
    assert complaint in str(error.value)
    assert "sources.desk" in str(error.value)


fields = st.text(st.sampled_from('ab "\n;Ә'), max_size=4)


@settings(deadline=None)
@given(table=st.lists(st.tuples(fields, fields), max_size=8), quoted=st.booleans())
def test_what_the_standard_library_writes_is_read_back(
    table: list[tuple[str, str]], quoted: bool
) -> None:
    file = io.StringIO()
    style = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(file, delimiter=";", lineterminator="\n", quoting=style)
    writer.writerow(("id", "name"))
    writer.writerows(table)
    expected = [tuple(value.strip() or None for value in row) for row in table]
    extract = read(file.getvalue())
    assert [row[1:] for row in rows(extract)] == [row for row in expected if any(row)]
    assert faults(extract) == []


@settings(deadline=None)
@given(body=st.lists(st.sampled_from(["1;a", '2;"b"', '"3;c', "4", "5;\x98", "", '"', "6;d;e"])))
def test_the_fast_way_and_the_slow_way_agree(body: list[str]) -> None:
    text = "\n".join(body)
    clean = "\x98" not in text
    told = text.replace("\x98", "\udc98")
    fast = whole(told, ";", 2, clean=clean)
    slow = records(told, ";", 2)
    if fast is not None:
        assert fast.lines.tolist() == slow.lines.tolist()
        assert fast.faults == slow.faults
        assert [c.to_pylist() for c in fast.columns] == [c.to_pylist() for c in slow.columns]
