"""The pages of the sample city as pictures in docs/screens: ``python -m tests.support.pictures``.

The city is the one of ``kezek demo``: made up, nobody in it lives. ``KEZEK_DATABASE_URL`` names a
warehouse that holds it already; without it one is made, which takes half a minute.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from dashboard.settings import DEFAULT_REGULATION
from etl import regulation
from etl.databases import open_engine
from etl.migrate import upgrade
from etl.run import run
from etl.sample import write_city
from etl.workers import Workers
from tests.support import chromium
from tests.support.reader import Reader
from tests.support.serving import serving

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screens"
_AS_OF = date(2013, 12, 31)
_APPLICATIONS = 20_000
_COLOURS = 256  # of a picture: flat as the pages are, nobody sees that there were more
_ROWS_STAND = """() => {
  const number = document.querySelector('#case-grid .ag-cell[col-id=case_id]');
  return !document.querySelector('#case-grid') || (number && number.innerText.trim());
}"""
_DESK, _PHONE = (1440, 900), (390, 844)


@dataclass(frozen=True)
class Picture:
    """What is shown to whom, on which screen."""

    name: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    login: str = "akim"
    size: tuple[int, int] = _DESK
    scheme: str = "light"


PICTURES = (
    Picture("overview", "/", {"lang": "en"}),
    Picture("queue", "/queue", {"lang": "en"}),
    Picture("times", "/times", {"lang": "en"}),
    Picture("overdue", "/overdue", {"lang": "en"}),
    Picture("satisfaction", "/satisfaction", {"lang": "en"}),
    Picture("data", "/data", {"lang": "en"}),
    Picture("overview-kk", "/", {"lang": "kk"}),
    Picture("overview-ru-dark", "/", {"lang": "ru"}, scheme="dark"),
    Picture("overview-phone", "/", {"lang": "kk"}, size=_PHONE),
    Picture("overdue-phone", "/overdue", {"lang": "ru"}, login="head", size=_PHONE, scheme="dark"),
)


def main() -> None:
    """Make every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="kezek-pictures-") as folder,
        _served(Path(folder)) as base,
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.arguments()
        ) as browser,
    ):
        for picture in PICTURES:
            (FOLDER / f"{picture.name}.png").write_bytes(_small(_taken(browser, base, picture)))


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    url = os.environ.get("KEZEK_DATABASE_URL") or _city(folder)
    with serving(url, log=folder / "log.txt", TODAY=_AS_OF.isoformat()) as base:
        yield base


def _city(folder: Path) -> str:
    rules, url = regulation.load(DEFAULT_REGULATION), f"sqlite:///{folder / 'kezek.db'}"
    write_city(folder / "city", regulation=rules, applications=_APPLICATIONS, seed=7, as_of=_AS_OF)
    engine = open_engine(url)
    upgrade(engine)
    with Workers() as workers:
        run(
            engine=engine,
            regulation=rules,
            sources=folder / "city" / "sources.toml",
            today=_AS_OF,
            pseudonym_key="pictures",
            workers=workers,
        )
    engine.dispose()
    return url


def _taken(browser: Browser, base: str, picture: Picture) -> bytes:
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=picture.scheme,  # type: ignore[arg-type]  # light or dark
    )
    page = context.new_page()
    page.goto(f"{base}/")
    page.locator(f"button[value={picture.login}]").click()
    Reader(base, page).open(picture.path, **picture.query)
    page.wait_for_load_state("networkidle")
    page.wait_for_function(_ROWS_STAND)
    taken = page.screenshot()
    context.close()
    return taken


def _small(png: bytes) -> bytes:
    """The same with its most frequent colours alone, which takes a third of the room."""
    small = io.BytesIO()
    whole = Image.open(io.BytesIO(png)).convert("RGB")
    found = whole.getcolors(whole.width * whole.height)
    assert found is not None
    most = sorted(found, key=lambda one: -one[0])[:_COLOURS]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, colour in most for part in colour])  # type: ignore[union-attr]
    kept = whole.quantize(palette=palette, dither=Image.Dither.NONE)
    kept.save(small, "png", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    main()
