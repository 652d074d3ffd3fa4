"""What may be done with a panel: table, files, picture, the way to the cases, paper."""

from __future__ import annotations

import csv
import io
import struct
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from etl.regulation.model import LANGUAGES

PIXELS = """url => new Promise(done => {
  const picture = new Image();
  picture.onload = () => {
    const canvas = document.createElement('canvas');
    canvas.width = picture.width; canvas.height = picture.height;
    const pen = canvas.getContext('2d');
    pen.drawImage(picture, 0, 0);
    const seen = pen.getImageData(0, 0, picture.width, picture.height).data;
    let blue = 0;
    for (let i = 0; i < seen.length; i += 4)
      if (seen[i] === 42 && seen[i + 1] === 107 && seen[i + 2] === 143) blue += 1;
    done({corner: [...seen.slice(0, 4)], blue: blue});
  };
  picture.src = url;
})"""


def panel_of(page: Page, chart: str) -> Locator:
    return page.locator(".kz-panel", has=page.locator(f"[id='{chart}']"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_is_named_and_headed_and_opens_by_keyboard(reader, lang: str) -> None:
    # Given
    panel = panel_of(reader.open("/times", lang=lang), "times-months")
    table = panel.locator("table")
    expect(table).to_be_hidden()
    # When
    panel.locator("summary").first.press("Enter")
    # Then
    expect(table).to_be_visible()
    assert table.locator("caption").inner_text() == panel.locator("h2").inner_text()
    assert table.locator("thead th[scope=col]").count() == 4  # month, share, usual range, target
    points = panel.locator(".points path").count()
    assert table.locator("tbody th[scope=row]").count() >= points > 10


def test_a_chart_is_told_in_words(reader) -> None:
    # When
    panel = panel_of(reader.open("/", lang="en"), "overview-days")
    # Then
    said = panel.locator("[role=img]").get_attribute("aria-label")
    for shown in ("h2", ".kz-subtitle"):
        assert panel.locator(shown).inner_text().replace("\xa0", " ") in said.replace("\xa0", " ")
    assert "Half within" in said


def test_the_csv_holds_the_rows_of_the_table(reader) -> None:
    # Given
    page = reader.open("/", lang="kk", channel="psc")
    panel = panel_of(page, "overview-offices")
    # When
    with page.expect_download() as kept:
        panel.get_by_role("link", name="CSV").click()
    # Then
    rows = csv.reader(io.StringIO(kept.value.path().read_text("utf-8-sig")), delimiter=";")
    names = [row[0] for row in rows][1:]
    assert names == panel.locator("tbody th").all_text_contents()
    assert kept.value.suggested_filename == "overview-offices-2013-12-31.csv"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_is_sharp_light_and_has_the_title(new_reader: Callable, scheme: str) -> None:
    # Given
    page = new_reader(scheme=scheme).open("/", lang="kk")
    panel = panel_of(page, "overview-days")
    chart = panel.locator(".js-plotly-plot").bounding_box()
    # When
    with page.expect_download() as kept:
        panel.get_by_role("button", name="PNG").press("Enter")
    # Then
    body = kept.value.path().read_bytes()
    width, height = struct.unpack(">II", body[16:24])
    assert width == 2 * (round(chart["width"]) + 40)
    assert height > 2 * (chart["height"] + 60), "room for title, subtitle and the age of the data"
    encoded = "data:image/png;base64," + b64encode(body).decode()
    seen = page.evaluate(PIXELS, encoded)
    assert seen["corner"] == [255, 255, 255, 255]
    assert seen["blue"] > 5_000
    assert kept.value.suggested_filename.endswith(".png")


@pytest.mark.parametrize(
    ("path", "kind", "least"),
    [
        ("/", "ul.kz-steps", 200),
        ("/", "ul.kz-bars:not(.kz-steps)", 100),
        ("/satisfaction", ".kz-answers", 60),
    ],
)
def test_bars_that_are_no_chart_of_plotly_are_kept_as_a_picture_too(
    reader, path: str, kind: str, least: int
) -> None:
    # Given
    page = reader.open(path, lang="ru")
    panel = page.locator(".kz-panel", has=page.locator(kind)).first
    bars = panel.locator(kind).bounding_box()
    # When
    with page.expect_download() as kept:
        panel.get_by_role("button", name="PNG").first.click()
    # Then
    body = kept.value.path().read_bytes()
    width, height = struct.unpack(">II", body[16:24])
    assert width == 2 * (round(bars["width"]) + 40)
    assert height > 2 * least
    seen = page.evaluate(PIXELS, "data:image/png;base64," + b64encode(body).decode())
    assert seen["corner"] == [255, 255, 255, 255]
    assert seen["blue"] > 5_000


def test_a_click_on_a_point_leads_where_its_row_of_the_table_leads(reader) -> None:
    # Given
    page = reader.open("/", lang="en")
    panel = panel_of(page, "overview-offices")
    link = panel.locator("tbody tr").first.locator("a")  # the lowest value, on top in the chart
    wanted = link.get_attribute("href")
    # When
    panel.locator(".points path").last.hover(force=True)
    panel.locator(".points path").last.click(force=True)
    page.wait_for_url(f"**{wanted}")
    # Then
    reader.drawn()
    assert "service_point=" in page.url
    expect(page.locator("h1")).to_have_text("Overdue")


def test_a_row_of_the_table_leads_to_its_month_by_keyboard(reader) -> None:
    # Given
    panel = panel_of(reader.open("/times", lang="en"), "times-months")
    panel.locator("summary").first.press("Enter")
    # When
    panel.locator("tbody tr").filter(has_text="March 2013").locator("a").press("Enter")
    page = reader.page
    page.wait_for_url("**from=2013-03-01**")
    # Then
    assert "to=2013-03-31" in reader.drawn().url


@pytest.mark.parametrize("width", [390, 768])
def test_the_actions_fit_a_small_screen_and_a_finger(new_reader: Callable, width: int) -> None:
    # When
    page = new_reader(width=width, height=844).open("/times", lang="kk")
    # Then
    for action in page.locator(".kz-keep > *").all():
        box = action.bounding_box()
        assert box["width"] >= 24
        assert box["height"] >= 24
        assert box["x"] + box["width"] <= width


@pytest.mark.parametrize(
    ("lang", "said", "left_out"),
    [
        ("kk", ("2013 ж. қараша", "Әуезов", "Жетісу"), "Көрсеткіштер нені білдіреді"),
        ("ru", ("ноябрь 2013", "Ауэзовский", "все каналы"), "Что означают показатели"),
    ],
)
def test_a_page_is_printed_whole_with_its_filter_and_without_what_is_pressed(
    new_reader: Callable, tmp_path: Path, lang: str, said: tuple[str, ...], left_out: str
) -> None:
    # Given
    page = new_reader(scheme="dark").open("/", lang=lang)
    # When
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    # Then
    sheets = PdfReader(tmp_path / "page.pdf").pages
    text = "\n".join(sheet.extract_text() for sheet in sheets).replace("\xa0", " ")
    for words in said:
        assert words in text.replace("\u202f", " ")
    assert left_out not in text
    assert "XLSX" not in text
    titles = page.locator(".kz-panel h2").all_inner_texts()
    flat = " ".join(text.replace("\u2011", "-").split())
    for title in titles:
        assert " ".join(title.replace("\u2011", "-").split()) in flat.replace("\u202f", " ") or (
            "".join(title.split()) in "".join(text.split())
        )


def test_paper_is_light_and_a_chart_on_it_is_as_wide_as_its_panel(new_reader: Callable) -> None:
    # Given
    page = new_reader(scheme="dark").open("/", lang="kk")
    page.evaluate(
        """() => matchMedia('print').addEventListener('change', event => {
          if (!event.matches) return;
          window.seen = [...document.querySelectorAll('.kz-graph')].map(graph => {
            const drawing = graph.querySelector('.main-svg');
            const panel = graph.closest('.kz-panel').getBoundingClientRect();
            const box = drawing.getBoundingClientRect();
            const shape = drawing.getAttribute('viewBox').split(' ').map(Number);
            return {
              left: panel.right - box.right, right: box.left - panel.left,
              skew: (box.width / box.height) / (shape[2] / shape[3]),
              ground: getComputedStyle(graph.closest('.kz-panel')).backgroundColor,
            };
          });
        })"""
    )
    # When
    page.pdf()
    # Then
    charts = page.evaluate("window.seen")
    assert charts
    for chart in charts:
        assert 0 <= chart["left"] < 24
        assert 0 <= chart["right"] < 24
        assert chart["skew"] == pytest.approx(1, abs=0.01)
        assert chart["ground"] == "rgb(255, 255, 255)"
    assert page.locator(".main-svg[viewBox]").count() == 0, "the screen is as it was"
