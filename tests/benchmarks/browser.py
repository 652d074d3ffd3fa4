"""A reader's visits in Chromium, beside Dash as it comes (``tests.benchmarks.stock``).

A visit is cold: a new profile, nothing kept, over loopback. The two take turns, so that whatever
else the machine does befalls both.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import numpy as np
import psutil
import requests
from playwright.sync_api import Browser, sync_playwright

from dashboard.settings import DEFAULT_REGULATION
from etl import regulation
from tests.benchmarks.changes import changes
from tests.benchmarks.cities import AS_OF
from tests.support import chromium, drawing
from tests.support.reader import DRAWN
from tests.support.serving import serving
from tests.support.signing import token_in

VISITS = 9
READERS = 16
CHOICES = 10  # of each of the readers at once
CLICKS = 720  # of an hour, one in five seconds
_IDLE = 0.05  # seconds of processor in a second: less is no work
_LONGEST = 300  # seconds that a server may take to get ready
WARM = 720  # clicks before memory is looked at: what is kept of filters has found its bound
_SETTINGS = {"today": AS_OF.isoformat(), "requests_a_minute": "100000"}  # nobody is held back
_STOCK_DRAWN = """() => [...document.querySelectorAll('.dash-graph')]
  .filter(g => g.querySelector('.trace, .points')).length === 4"""
_LISTENS = re.compile(r"Listening at: (http://127\.0\.0\.1:\d+)")
_PATHS = ("/", "/queue", "/times", "/satisfaction", "/data")

Cookies = dict[str, str]


@dataclass(frozen=True)
class Side:
    """Medians of cold visits (milliseconds until the charts stand, kB over the wire), and the 95th
    percentile of a filter's change, asked by all readers at once (milliseconds, of the server)."""

    drawn: float
    weight: float
    change: float


@dataclass(frozen=True)
class BrowserTimes:
    """Ours and Dash's; ``held``: MB of the server's processes once warm, after half of the CLICKS
    and after all of them."""

    ours: Side
    stock: Side
    held: tuple[float, float, float]

    @property
    def grown(self) -> float:
        """MB that they hold more at the end."""
        return self.held[-1] - self.held[0]


def measure_browser(url: str) -> BrowserTimes:
    """Both over the warehouse at ``url``, which is filled; the stock page needs none."""
    with (
        tempfile.TemporaryDirectory(prefix="kezek-bench-") as folder,
        serving(url, log=Path(folder, "log.txt"), **_SETTINGS) as ours,
        _stock(Path(folder)) as stock,
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.arguments()
        ) as browser,
    ):
        akim = _signed_in(ours)
        _wait_until_ready(ours)
        visits: dict[str, list[tuple[float, float]]] = {ours: [], stock: []}
        for _ in range(VISITS + 1):
            visits[ours].append(_visit(browser, ours, DRAWN, akim))
            visits[stock].append(_visit(browser, stock, _STOCK_DRAWN))
        changed = {
            ours: _at_once(_kezek_change(ours, akim)),
            stock: _at_once(_stock_change(stock)),
        }
        sides = [_side(visits[base][1:], changed[base]) for base in (ours, stock)]
        return BrowserTimes(*sides, held=_held(ours, akim))


def _signed_in(base: str) -> Cookies:
    """The cookies of the demonstration's akim, so that a visit is one of the overview."""
    with requests.Session() as session:
        form = session.get(f"{base}/sign-in", timeout=60).text
        given = {"csrf_token": token_in(form), "login": "akim"}
        session.post(f"{base}/sign-in/demo", data=given, timeout=60).raise_for_status()
        return session.cookies.get_dict()


def _side(visits: list[tuple[float, float]], change: float) -> Side:
    drawn, weight = (statistics.median(values) for values in zip(*visits, strict=True))
    return Side(drawn, weight, change)


@contextmanager
def _stock(folder: Path) -> Iterator[str]:
    """The peer, served as ours is: two processes of four threads."""
    log = folder / "stock.txt"
    command = ["gunicorn", "--workers", "2", "--threads", "4", "--no-control-socket"]
    where = ["--bind", "127.0.0.1:0", "tests.benchmarks.stock:application"]
    with (
        log.open("w") as kept,
        subprocess.Popen(
            [sys.executable, "-m", *command, *where], stderr=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stderr is not None
        try:
            lines = iter(process.stderr)
            yield next(found.group(1) for line in lines if (found := _LISTENS.search(line)))
        finally:
            process.terminate()
            kept.write(process.stderr.read())


def _visit(
    browser: Browser, base: str, drawn: str, cookies: Cookies | None = None
) -> tuple[float, float]:
    """Milliseconds from the address to the last chart, and kB that came over the wire."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="ru-RU")
    context.add_cookies(
        [{"name": name, "value": value, "url": base} for name, value in (cookies or {}).items()]
    )
    page = context.new_page()
    sizes: list[float] = []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(base, wait_until="commit")
    page.wait_for_function(drawn, polling="raf")
    milliseconds: float = page.evaluate("() => performance.now()")
    page.wait_for_load_state("networkidle")
    context.close()
    return milliseconds, sum(sizes) / 1000


def _at_once(change: Callable[[requests.Session, int], requests.Response]) -> float:
    """The 95th percentile of a change, in milliseconds, READERS asking at once."""

    def reader(number: int) -> list[float]:
        taken = []
        with requests.Session() as session:
            for turn in range(CHOICES):
                started = perf_counter()
                change(session, number + turn).raise_for_status()
                taken.append((perf_counter() - started) * 1000)
        return taken[1:]

    with ThreadPoolExecutor(READERS) as readers:
        taken = [t for each in readers.map(reader, range(READERS)) for t in each]
    return float(np.percentile(taken, 95))


def _kezek_change(base: str, akim: Cookies) -> Callable[[requests.Session, int], requests.Response]:
    dependencies = requests.get(f"{base}/_dash-dependencies", cookies=akim, timeout=60).json()
    searches = changes(regulation.load(DEFAULT_REGULATION), READERS + CHOICES)

    def change(session: requests.Session, turn: int) -> requests.Response:
        body = drawing.request(dependencies, "/", searches[turn])
        return session.post(f"{base}/_dash-update-component", json=body, cookies=akim, timeout=60)

    return change


def _stock_change(base: str) -> Callable[[requests.Session, int], requests.Response]:
    (callback,) = requests.get(f"{base}/_dash-dependencies", timeout=60).json()
    offices = ("Alatau", "Almaly", "Auezov")

    def change(session: requests.Session, turn: int) -> requests.Response:
        body = drawing.body(callback["output"], {("office", "value"): offices[turn % 3]})
        return session.post(f"{base}/_dash-update-component", json=body, timeout=60)

    return change


def _held(base: str, akim: Cookies) -> tuple[float, float, float]:
    """MB of the processes behind ``base`` when warm, after half of the CLICKS and at their end:
    another filter each time, a page after the other."""
    dependencies = requests.get(f"{base}/_dash-dependencies", cookies=akim, timeout=60).json()
    found = {}
    with requests.Session() as session:
        session.cookies.update(akim)
        for click, search in enumerate(changes(regulation.load(DEFAULT_REGULATION), WARM + CLICKS)):
            if click in (WARM, WARM + CLICKS // 2):
                found[click] = _resident(base)
            body = drawing.request(dependencies, _PATHS[click % len(_PATHS)], search)
            asked = session.post(f"{base}/_dash-update-component", json=body, timeout=60)
            asked.raise_for_status()
    return found[WARM], found[WARM + CLICKS // 2], _resident(base)


def _wait_until_ready(base: str) -> None:
    """Until the server has read what pages read, as it does when it begins and after each load: no
    visit is to stand for the one minute of a day in which it does."""
    servers, spent = _servers(base), -_IDLE
    assert servers, f"nobody answers at {base}"
    for _ in range(_LONGEST):
        now = sum(p.cpu_times().user + p.cpu_times().system for p in servers)
        if now - spent < _IDLE:
            return
        spent = now
        sleep(1)
    raise TimeoutError(f"after {_LONGEST} seconds the server at {base} is not ready")


def _resident(base: str) -> float:
    """MB of them."""
    return sum(p.memory_info().rss for p in _servers(base)) / 1e6


def _servers(base: str) -> list[psutil.Process]:
    """Every process of ours that answers at an address."""
    port = int(base.rpartition(":")[2])
    return [p for p in psutil.Process().children(recursive=True) if _listens(p, port)]


def _listens(process: psutil.Process, port: int) -> bool:
    connections: list[Any] = process.net_connections(kind="tcp4")
    return any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections)
