"""Workbooks: sheets, headers in odd rows, numbers and dates as spreadsheets hold them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime

import pytest
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from etl.errors import KezekError
from etl.extract import workbook
from etl.extract.model import Extract
from tests.support.sources import raw_file, spec

Fill = Callable[[Worksheet], None]


def book(fill: Fill, *, sheet: str = "Кіріс", first: str | None = None) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"default_date_format": "dd.mm.yyyy"}) as made:
        if first:
            made.add_worksheet(first)
        fill(made.add_worksheet(sheet))
    return data.getvalue()


def table(*rows: tuple[object, ...], top: int = 0) -> Fill:
    def fill(sheet: Worksheet) -> None:
        for offset, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(top + offset, column, cell)

    return fill


def read(data: bytes, **given: object) -> Extract:
    columns = {"case_id": "№", "received_at": "Күні"}
    return workbook.read(
        spec(kind="xlsx", **{"columns": columns, **given}), raw_file(data, "b.xlsx")
    )


def test_numbers_read_as_a_clerk_reads_them() -> None:
    extract = read(
        book(table(("№", "Күні"), (20130001.0, 0.5), (12345678901, True), ("007", " x ")))
    )
    assert extract.records["№"].tolist() == ["20130001", "12345678901", "007"]
    assert extract.records["Күні"].tolist() == ["0.5", "true", "x"]


def test_real_dates_stay_dates_and_texts_stay_beside_them() -> None:
    moment = datetime(2013, 7, 15, 10, 30)
    extract = read(
        book(
            table(("№", "Күні"), (1, date(2013, 7, 15)), (2, moment), (3, "16.07.2013"), (4, None))
        )
    )
    native = extract.native["Күні"]
    assert native.dtype == "datetime64[us]"
    assert native.isna().tolist() == [False, False, True, True]
    assert native[:2].tolist() == [datetime(2013, 7, 15), moment]
    assert extract.records["Күні"].tolist()[:3] == [
        "2013-07-15",
        "2013-07-15 10:30:00",
        "16.07.2013",
    ]
    assert extract.records["Күні"].isna().tolist() == [False, False, False, True]


def test_a_header_below_a_title_and_rows_with_nothing_in_them() -> None:
    fill = table(("№", "Күні"), ("1", "a"), (None, None), (None, "  "), ("2", "b"), top=2)
    extract = read(book(fill), header_row=3)
    assert extract.records["№"].tolist() == ["1", "2"]
    assert extract.place.to_dict("list") == {"file": ["b.xlsx"] * 2, "row": [4, 7]}


def test_a_header_of_two_lines_with_merged_cells_has_the_heading_of_each_group() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.merge_range(0, 0, 0, 4, "Тізілім, 2013")
        sheet.merge_range(1, 0, 2, 0, "№")
        sheet.merge_range(1, 1, 1, 2, "Өтініш")
        sheet.merge_range(1, 3, 1, 4, "Шешім")
        for column, heading in enumerate(("келді", "тіркелді", "шықты", "жетті"), start=1):
            sheet.write(2, column, heading)
        sheet.write_row(3, 0, ("1", "a", "b", "c", "d"))

    names = {"case_id": "№", "executor": "Өтініш / тіркелді", "queue_number": "Шешім / жетті"}
    extract = read(book(fill), header_row=2, header_rows=2, columns=names)
    assert extract.records.to_numpy().tolist() == [["1", "b", "d"]]
    assert extract.place["row"].tolist() == [4]
    with pytest.raises(KezekError, match="'Өтініш / келді', 'Өтініш / тіркелді', 'Шешім / шықты'"):
        read(book(fill), header_row=2, header_rows=2, columns={"case_id": "№", "executor": "x"})
    with pytest.raises(KezekError, match="has no header in row 4"):
        read(book(fill), header_row=4, header_rows=2)


def test_a_heading_of_merged_cells_is_that_of_the_first() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.merge_range(0, 0, 0, 1, "№")
        sheet.write(0, 2, "Күні")
        sheet.write_row(1, 0, ("1", "x", "a"))

    assert read(book(fill)).records.to_numpy().tolist() == [["1", "a"]]


def test_a_sheet_by_its_name_or_else_the_first() -> None:
    data = book(table(("№", "Күні"), ("1", "a")), first="Титул")
    assert read(data, sheet="Кіріс").records["№"].tolist() == ["1"]
    with pytest.raises(KezekError, match=r"b\.xlsx has no header in row 1"):
        read(data)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"sheet": "Шығыс"}, "has no sheet 'Шығыс'; its sheets are 'Кіріс'"),
        ({"header_row": 9}, "has no header in row 9"),
        ({"columns": {"case_id": "Нөмірі"}}, "has no column 'Нөмірі'; its columns are '№', 'Күні'"),
    ],
)
def test_what_is_not_in_the_book_is_named(given: dict[str, object], complaint: str) -> None:
    with pytest.raises(KezekError) as error:
        read(book(table(("№", "Күні"), ("1", "a"))), **given)
    assert complaint in str(error.value)


@pytest.mark.parametrize("keep", [0, 10, 2000, -100, -1])
def test_half_a_workbook_is_no_workbook(keep: int) -> None:
    data = book(table(("№", "Күні"), *((str(n), "a") for n in range(500))))
    with pytest.raises(KezekError, match=r"b.xlsx is no whole workbook"):
        read(data[:keep])


def test_a_page_of_html_under_the_name_of_a_workbook_is_refused() -> None:
    with pytest.raises(KezekError, match=r"b.xlsx is no whole workbook"):
        read(b"<html><body>Session expired</body></html>")
