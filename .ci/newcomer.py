"""What a newcomer does: clone into an empty folder, `make run`, sign in at one click, open every
page that their role may.

The clone sets up an environment of its own. Every page must draw a heading of its own in each
language and ask nothing of another host. A second `make run` must find the city loaded.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support import chromium  # noqa: E402 (the path above makes it importable)

PAGES = {  # by the role that opens them
    "akim": ("/", "/queue", "/times", "/overdue", "/satisfaction", "/data"),
    "operator": ("/survey",),
}
LANGUAGES = ("kk", "ru", "en")


def main() -> None:
    """Clone, run, look, run again. Raises AssertionError where something is not as promised."""
    with tempfile.TemporaryDirectory(prefix="kezek-newcomer-") as folder:
        clone = Path(folder) / "kezek"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        with running(clone) as (address, said):
            assert "applications" in said, "the first run made no sample city"
            look(address)
        with running(clone) as (address, said):
            assert "applications" not in said, "the second run loaded the city again"
    print("newcomer: every page drew in every language, twice")


@contextmanager
def running(clone: Path) -> Iterator[tuple[str, str]]:
    """``make run`` in the clone: its address and all that it said before it was ready."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KEZEK_")}
    process = subprocess.Popen(
        ["make", "run", "PORT=0"],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = ""
    try:
        for line in process.stdout:
            said += line
            print("  ", line, end="", flush=True)
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found.group(), said
                break
        else:
            sys.exit("newcomer: `make run` ended before it served anything")
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)


def look(address: str) -> None:
    """Open every page in every language; the browser may ask this machine alone."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.arguments()
        )
        page = browser.new_page()
        strangers: list[str] = []
        page.on("request", lambda request: note_stranger(request.url, address, strangers))
        for language in LANGUAGES:
            for role, paths in PAGES.items():
                sign_in(page, address, role, language)
                for path in paths:
                    draw(page, f"{address}{path}?lang={language}", language)
        browser.close()
    assert not strangers, f"the pages asked other hosts: {strangers}"


def sign_in(page: Page, address: str, role: str, language: str) -> None:
    """Leave, where somebody is in; then come in at one click."""
    page.context.clear_cookies()
    page.goto(f"{address}/?lang={language}")
    page.click(f"button[value={role}]")
    page.wait_for_selector(".kz-account")
    assert page.locator(".kz-demo").inner_text(), "the page does not say that it is a demonstration"


def note_stranger(url: str, address: str, strangers: list[str]) -> None:
    """Remember a request to another host; data: and blob: stay in the browser."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(address).netloc:
        strangers.append(url)


def draw(page: Page, url: str, language: str) -> None:
    """Wait until the page stands; its charts, where it has any, must be drawn."""
    page.goto(url)
    page.wait_for_selector("main h1, main h2")
    for chart in page.query_selector_all(".js-plotly-plot"):
        chart.wait_for_selector("svg.main-svg")
    assert page.get_attribute("html", "lang") == language, f"{url} speaks another language"
    text = page.inner_text("main")
    for wrong in ("NaN", "Traceback", "None", "undefined"):
        assert wrong not in text, f"{url} shows {wrong}"


if __name__ == "__main__":
    main()
