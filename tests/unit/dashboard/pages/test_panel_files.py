"""The files of the panels: the rows of their tables, typed, safe, and no more than is shown."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from math import isclose
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from openpyxl.utils import get_column_letter
from python_calamine import CalamineWorkbook

from dashboard import pages, panel_files
from dashboard.i18n import NOTHING, Translator, read_catalogue
from dashboard.sheet import Column, Sheet, Stock, file_columns, file_rows, mark, said
from etl.regulation.model import LANGUAGES, Lang
from tests.support import drawing, screens
from tests.support.city import AS_OF, City
from tests.support.regulations import almaty

EN = Translator(read_catalogue("en"))
PATHS = [page.PATH for page in pages.load()]
MIXED = Sheet(
    key="mixed",
    title="=1+1",
    subtitle="",
    columns=[
        Column("=name"),
        Column("n", "number"),
        Column("share", "share", 1),
        Column("95 %", "interval"),
        Column("day", "day"),
        Column("change", "signed"),
        Column("will pass", "estimate"),
    ],
    rows=[
        ["=HYPERLINK(1)", 1204, 0.931, (0.5, 0.75), date(2013, 11, 30), -7, (12.4, 8, 15)],
        ["ҚАЗ", None, "too few answers", None, None, Stock(3), None],
    ],
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    url = screens.database(tmp_path_factory.mktemp("city"), almaty(), cases=300, responses=40)
    return screens.client(url)


def addresses(component: Any) -> Iterator[str]:
    """Every address that a drawn component leads to."""
    if isinstance(component, list):
        for part in component:
            yield from addresses(part)
    elif isinstance(component, dict):
        props = component.get("props", {})
        if "href" in props:
            yield props["href"]
        yield from addresses(props.get("children"))


def tables(component: Any) -> Iterator[tuple[str, list[list[str]]]]:
    """Every table that is drawn: its caption, and the words of its rows."""
    if isinstance(component, list):
        for part in component:
            yield from tables(part)
    elif isinstance(component, dict):
        inner = component.get("props", {}).get("children")
        if component.get("type") == "Table":
            body = inner[-1]["props"]["children"]
            rows = [[drawing.words(cell) for cell in r["props"]["children"]] for r in body]
            yield drawing.words(inner[0]), rows
        else:
            yield from tables(inner)


def read_csv(text: str) -> list[list[str]]:
    assert text[0] == "\ufeff"
    return list(csv.reader(io.StringIO(text[1:]), delimiter=";"))


@pytest.mark.parametrize("path", PATHS)
def test_every_file_that_a_page_offers_holds_as_many_rows_as_the_table(
    client: FlaskClient, path: str
) -> None:
    # Given
    content = drawing.screen(client, path, "?lang=en&from=2013-01-01&to=2013-12-31")["content"]
    offered = [href for href in addresses(content) if href.startswith("/export/chart/")]
    # When
    found: list[int] = []
    for href in offered:
        answer = client.get(href)
        assert answer.status_code == 200, href
        assert "attachment" in answer.headers["Content-Disposition"]
        if ".csv" in href:
            found.append(len(read_csv(answer.get_data(as_text=True))) - 1)
    # Then
    shown = {caption: len(rows) for caption, rows in tables(content)}  # the last of one is whole
    assert Counter(found) == Counter(shown.values())
    assert len(offered) == 2 * len(found)
    assert bool(offered) == (path != "/survey")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_file_says_what_the_table_says(client: FlaskClient, lang: Lang) -> None:
    # Given
    search = f"?lang={lang}&from=2013-01-01&to=2013-12-31"
    content = drawing.screen(client, "/times", search)["content"]
    t = Translator(read_catalogue(lang))
    (shown,) = [rows for caption, rows in tables(content) if caption.startswith(t("Channel"))]
    # When
    text = client.get(f"/export/chart/times/channel.csv{search}").get_data(as_text=True)
    # Then
    for words, (name, decided, half, most, due, *shares) in zip(
        shown, read_csv(text)[1:], strict=True
    ):
        share, low, high = (float(share.replace(",", ".")) for share in shares)
        assert ("." if lang != "en" else ",") not in "".join(shares)
        days = [t.number(float(n.replace(",", "."))) for n in (half, most)]
        told = t.percent(share), t.interval(low, high)
        read = [name, t.number(int(decided)), *days, t.number(int(due)), *told]
        assert [" ".join(cell.split()) for cell in read] == words


def test_the_filter_of_the_page_holds_for_its_files(client: FlaskClient) -> None:
    # When
    query = "lang=en&from=2013-01-01&service_point=portal"
    answer = client.get(f"/export/chart/overview/offices.csv?{query}")
    # Then
    assert [row[0] for row in read_csv(answer.get_data(as_text=True))[1:]] == ["Portal"]


def test_the_queue_s_file_counts_the_register_s_people(request_for: Callable, town: City) -> None:
    # Given: counted over the rows alone
    here = request_for("/")
    waiting = Counter(
        e.category
        for e in town.queue
        if e.registered_on <= AS_OF and (e.removed_on is None or e.removed_on > AS_OF)
    )
    # When
    (overview,) = (page for page in pages.load() if page.PATH == "/")
    sheet = overview.sheets(here)["queue"]()
    # Then
    found = {row[0]: row[1] for row in sheet.rows if row[1]}
    assert found == {here.name("categories", code): n for code, n in waiting.items()}


@pytest.mark.parametrize("path", ["nowhere/days.csv", "times/nothing.csv", "times/=1.xlsx"])
def test_an_unknown_panel_is_answered_in_words(client: FlaskClient, path: str) -> None:
    # When
    answer = client.get(f"/export/chart/{path}?lang=ru")
    # Then
    assert answer.status_code == 404
    assert "По этому адресу страницы нет." in answer.text


def test_a_survey_with_too_few_answers_is_not_told_in_files_either(tmp_path) -> None:
    # Given
    few = screens.client(screens.database(tmp_path, almaty(), cases=30, responses=4))
    search = "?lang=en&from=2011-01-01&to=2013-12-31"
    content = drawing.screen(few, "/satisfaction", search)["content"]
    of_answers = re.compile(r"(answers|places)-.*csv|channel\.csv")
    offered = [address for address in addresses(content) if of_answers.search(address)]
    # When
    texts = [few.get(href).get_data(as_text=True) for href in offered]
    # Then
    assert len(texts) == 1 + 2 * len(almaty().survey.questions)
    for text in texts:
        assert "too few answers" in text
        cells = [cell for row in read_csv(text)[1:] for cell in row[1:]]
        assert set(cells) <= {"too few answers", "", "0"}


def test_a_workbook_is_typed_frozen_and_filterable_and_holds_no_formula() -> None:
    # When
    sheet = openpyxl.load_workbook(io.BytesIO(panel_files.xlsx(EN, MIXED))).active
    # Then
    head, first, second = ([cell.value for cell in row] for row in sheet.iter_rows())
    estimate = ["will pass", "will pass: from", "will pass: to"]
    assert head == ["=name", "n", "share", "95 %: from", "95 %: to", "day", "change", *estimate]
    day = datetime(2013, 11, 30)
    assert first == ["=HYPERLINK(1)", 1204, 0.931, 0.5, 0.75, day, -7, 12.4, 8, 15]
    assert second == ["ҚАЗ", None, "too few answers", None, None, None, 3, None, None, None]
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert sheet["C2"].number_format == "0.0%"
    assert sheet["F2"].is_date
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:J3"


@pytest.mark.parametrize("path", [p for p in PATHS if p != "/survey"])
def test_workbooks_read_back_by_others_say_cell_for_cell_what_the_page_says(
    request_for: Callable, path: str
) -> None:
    # Given
    here = request_for(path, "?lang=kk&from=2013-01-01&to=2013-12-31")
    page = next(page for page in pages.load() if path == page.PATH)
    sheets = [make() for make in page.sheets(here).values()]
    assert any(sheet.rows for sheet in sheets)
    for sheet in sheets:
        columns, wanted = file_columns(here.t, sheet), list(file_rows(sheet))
        # When
        body = panel_files.xlsx(here.t, sheet)
        book = openpyxl.load_workbook(io.BytesIO(body)).active
        head, *rows = book.iter_rows(values_only=True)
        also = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()
        # Then
        assert list(head) == also[0] == [column.name for column in columns]
        last = f"{get_column_letter(len(columns))}{len(wanted) + 1}"
        assert (book.freeze_panes, book.auto_filter.ref) == ("B2", f"A1:{last}")
        for cells in zip(wanted, rows, also[1:], strict=True):
            for column, value, one, other in zip(columns, *cells, strict=True):
                assert _is(one, value)
                assert _is(None if other == "" else other, value)
                shown = type(value)(one) if isinstance(value, Stock) else one
                assert said(here.t, column, shown) == said(here.t, column, value)


def _is(read: Any, value: Any) -> bool:
    """Whether a cell that was read is of the value's type and is the value."""
    if isinstance(value, date):
        whole = [datetime(d.year, d.month, d.day) if type(d) is date else d for d in (read, value)]
        return isinstance(read, date) and abs(whole[0] - whole[1]) < timedelta(seconds=1)
    if isinstance(value, int | float):
        return isinstance(read, int | float) and isclose(read, value, rel_tol=1e-14)  # 16 digits
    return read == value


@pytest.mark.parametrize(("lang", "decimal"), [("kk", ","), ("ru", ","), ("en", ".")])
def test_a_csv_has_the_reader_s_decimal_sign_and_no_formula(lang: Lang, decimal: str) -> None:
    # When
    t = Translator(read_catalogue(lang))
    head, first, second = read_csv("".join(panel_files.csv_lines(t, MIXED)))
    # Then
    assert head[0] == "'=name"
    assert first[:3] == ["'=HYPERLINK(1)", "1204", f"0{decimal}931"]
    assert first[5:] == ["2013-11-30", "-7", f"12{decimal}4", "8", "15"]
    assert second == ["ҚАЗ", "", "too few answers", "", "", "", "3", "", "", ""]


def test_what_is_missing_is_a_dash_on_the_screen_and_nothing_in_a_file() -> None:
    # Given
    nan = float("nan")
    sheet = Sheet(
        key="k",
        title="",
        subtitle="",
        columns=[Column("a", "number"), Column("b", "share"), Column("c", "interval")],
        rows=[[nan, None, (None, None)]],
    )
    # Then
    shown = [said(EN, c, v) for c, v in zip(sheet.columns, sheet.rows[0], strict=True)]
    assert shown == [NOTHING] * 3
    assert list(file_rows(sheet)) == [[None, None, None, None]]


def test_a_point_is_told_by_its_day_or_its_name() -> None:
    assert mark(datetime(2013, 11, 1)) == "2013-11-01"
    assert mark("Медеу") == "Медеу"


def test_links_of_a_table_keep_the_filter_and_lead_to_the_cases(client: FlaskClient) -> None:
    # When
    content = drawing.screen(client, "/", "?lang=kk&as_of=2013-12-30&from=2013-01-01")["content"]
    # Then
    to_cases = {a for a in addresses(content) if "service_point=portal" in a}
    assert to_cases == {"/overdue?lang=kk&as_of=2013-12-30&from=2013-01-01&service_point=portal"}
