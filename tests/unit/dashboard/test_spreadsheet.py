"""CSV as spreadsheets take it: whose text is text."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

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


@pytest.mark.parametrize("text", ["=1+1", "+7", "-7", "@x", "\tx", "\rx", "\nx"])
def test_text_that_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert spreadsheet.safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "case-7", "Әлия", "7-1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert spreadsheet.safe(text) == text
