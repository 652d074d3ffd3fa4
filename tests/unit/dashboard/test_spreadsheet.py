"""CSV as spreadsheets take it: whose text is text."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import spreadsheet


def test_blocks_of_rows_become_one_file_with_one_heading() -> None:
    # Given
    blocks = [[["=1+1", -2, date(2013, 12, 31)]], [], [['a;\n"b"', None, 1.5]]]
    # When
    text = "".join(spreadsheet.csv_lines(["а", "б", "в"], blocks))
    # Then
    assert text[0] == "\ufeff"
    assert list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";")) == [
        ["а", "б", "в"],
        ["'=1+1", "-2", "2013-12-31"],
        ['a;\n"b"', "", "1.5"],
    ]


def test_without_rows_the_heading_stands_alone() -> None:
    assert "".join(spreadsheet.csv_lines(["a", "b"], [])) == "\ufeffa;b\r\n"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+7", "-7", "@x", "\tx", "\rx", "\nx", "\uff1d1", "\uff0b7", "\uff0d7", "\uff20x"],
)
def test_text_that_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert spreadsheet.safe(text) == f"'{text}"


def test_numbers_stay_numbers_and_headings_are_quoted_too() -> None:
    # Given negative numbers, which begin as a formula does
    rows = [[-7, -1.5, 0, None, "-7"], [7, 1e-9, date(2013, 1, 2), "@SUM(A1)", "+7 (727)"]]
    # When
    lines = "".join(spreadsheet.csv_lines(["=a", "b", "c", "d", "e"], [rows])).splitlines()
    # Then
    assert lines[0] == "\ufeff'=a;b;c;d;e"
    assert lines[1] == "-7;-1.5;0;;'-7"
    assert lines[2] == "7;1e-09;2013-01-02;'@SUM(A1);'+7 (727)"


@given(st.text(max_size=30))
def test_no_text_of_any_kind_begins_as_a_formula(text: str) -> None:
    (_, line) = csv.reader(
        io.StringIO("".join(spreadsheet.csv_lines(["a"], [[[text]]]))[1:], newline=""),
        delimiter=";",
    )
    cell = line[0] if line else ""
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell in (text, f"'{text}"), "and none is lost"


@pytest.mark.parametrize("text", ["", "case-7", "Әлия", "7-1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert spreadsheet.safe(text) == text
