"""The reader's own print of the list of cases: rows, not a grid that is cut off."""

from __future__ import annotations

import re
from io import BytesIO
from unicodedata import normalize

from pypdf import PdfReader

from dashboard.case_list import BLOCK


def test_the_printed_list_holds_its_first_rows_and_says_where_the_rest_is(reader) -> None:
    # Given
    page = reader.open("/overdue", lang="en")
    page.locator(".ag-cell", has_text="case-").first.wait_for()
    # When
    paper = PdfReader(BytesIO(page.pdf()))
    # Then
    words = normalize(
        "NFKC", " ".join(sheet.extract_text() for sheet in paper.pages)
    )  # no ligatures
    assert len(set(re.findall(r"case.?\d{5}", "".join(words.split())))) == BLOCK
    assert "Of 307 cases the first stand here" in " ".join(words.split())
    assert "What comes next by the regulation" in " ".join(words.split())
    # And the screen is as it was
    assert page.locator(".kz-printed").count() == 0
