"""``kezek briefing``: the month on paper, with the figures of ``kezek kpi``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pypdf import PdfReader

from dashboard.i18n import Translator, read_catalogue
from etl.regulation.model import LANGUAGES, Lang
from tests.support.command import kezek

MONTH = {"kk": "2013 жылғы қарашада", "ru": "в ноябре 2013 года", "en": "in November 2013"}


def plain(text: str) -> str:
    """With ordinary hyphens and without any space: paper breaks lines where it likes."""
    return "".join(text.replace("\u2011", "-").split())


@pytest.fixture
def city(warehouse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEZEK_DATABASE_URL", warehouse)
    monkeypatch.setenv("KEZEK_TODAY", "2013-12-31")


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_briefing_says_the_month_with_the_figures_of_the_command(
    lang: Lang, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given
    kezek("kpi", "--as-of", "2013-12-01", "--json")
    measures = json.loads(capsys.readouterr().out)["measures"]
    t = Translator(read_catalogue(lang))
    # When
    kezek("briefing", "--month", "2013-11", "--lang", lang, "--out", tmp_path / "b.pdf")
    # Then
    pages = [plain(page.extract_text()) for page in PdfReader(tmp_path / "b.pdf").pages]
    text = "".join(pages)
    assert plain(MONTH[lang]) in pages[0]
    for figure in (
        t.percent(measures["within_limit"]),
        t.number(measures["overdue"]),
        t.number(measures["open"]),
        t.number(measures["queue"]["total"]),
    ):
        assert plain(figure) in pages[0], figure
    for figure in (t.days(measures["days_p50"]), t.days(measures["days_p90"])):
        assert plain(figure) in text, figure
    if lang == "kk":
        assert set("әғқңөұүі") <= set(text.lower())
    assert not [page for page in PdfReader(tmp_path / "b.pdf").pages if page.get("/Annots")]
    assert capsys.readouterr().out.strip() == str(tmp_path / "b.pdf")


@pytest.mark.usefixtures("city")
def test_a_page_whose_charts_were_not_drawn_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given: a browser that prints at once
    monkeypatch.setattr("dashboard.chromium.print_to_pdf", lambda _address: b"%PDF-")
    # When
    with pytest.raises(SystemExit, match="before its charts were drawn"):
        kezek("briefing", "--month", "2013-11", "--out", tmp_path / "b.pdf")
    # Then
    assert not (tmp_path / "b.pdf").exists()
