"""A page of the house as PDF: a server for one reader and the system's Chromium in front of it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from werkzeug.serving import WSGIRequestHandler, make_server

from dashboard import chromium
from dashboard.access import Reader, Role
from dashboard.app import create_app
from dashboard.settings import Settings
from etl.errors import KezekError

PRINTER = Reader(login="briefing", role=Role.AKIM)
"""Who reads what is printed: the figures of the whole city, no single case."""

_TIMES = 3
_COOKIE = "kezek-printer"
_ENTER = "/enter"
_DRAWN = "/drawn"  # the browser asks for it when every chart stands


def pdf(settings: Settings, address: str) -> bytes:
    """The page at an address (path and query) as it is printed.

    On a machine with much to do the page's time may be up before it stands, so it is printed anew.
    Raises KezekError where there is no Chromium, or where no page that it printed is complete.
    """
    chromium.find()
    joint = "&" if "?" in address else "?"
    with _serving(settings, f"{address}{joint}printed=1") as door:
        for _ in range(_TIMES):
            door.drawn.clear()
            printed = chromium.print_to_pdf(f"{door.base}{_ENTER}?key={door.key}")
            if door.drawn.is_set():
                return printed
    raise KezekError(
        "The page was printed before its charts were drawn, so nothing is kept of it; run the "
        "command again when the machine has less to do."
    )


@dataclass
class _Door:
    """Lets in who knows the key, leads to the page, and notes that it stands."""

    inside: Callable[..., Iterable[bytes]]
    target: str
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    drawn: threading.Event = field(default_factory=threading.Event)
    base: str = ""

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        asked = parse_qs(environ.get("QUERY_STRING", "")).get("key", [""])[0]
        if path == _ENTER and self._opens(asked):
            cookie = f"{_COOKIE}={self.key}; HttpOnly; SameSite=Lax; Path=/"
            start("302 Found", [("Location", self.target), ("Set-Cookie", cookie)])
            return []
        kept = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(_COOKIE)
        if not self._opens(kept.value if kept else ""):
            start("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"This server prints a briefing and answers nobody else.\n"]
        if path == _DRAWN:
            self.drawn.set()
            start("204 No Content", [])
            return []
        return self.inside(environ, start)

    def _opens(self, key: str) -> bool:
        return secrets.compare_digest(key.encode(), self.key.encode())


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """The key would stand in every line."""


@contextmanager
def _serving(settings: Settings, target: str) -> Iterator[_Door]:
    app = create_app(settings, reader=PRINTER)
    door = _Door(app.server, target)
    server = make_server("127.0.0.1", 0, door, threaded=True, request_handler=_Silent)
    door.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.house.engine.dispose()
