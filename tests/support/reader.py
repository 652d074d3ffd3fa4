"""Somebody at a browser, who opens pages and notes what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import ConsoleMessage, Page

# The page is drawn: its frame stands, no callback is on its way, every chart has its picture.
DRAWN = """() => {
  const main = document.querySelector('#main');
  return main && main.querySelector('h1')
    && !document.querySelector('#progress:not([hidden]), [data-dash-is-loading=true]')
    && [...document.querySelectorAll('.kz-graph')].every(g => g.querySelector('.main-svg'));
}"""


@dataclass
class Reader:
    """One person at a browser of their own: a page, what it asked for, what it complained of."""

    base: str
    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/", **query: str) -> Page:
        """Go to a page of the app and wait until it is drawn."""
        address = self.base + path + (f"?{urlencode(query, safe=',')}" if query else "")
        self.page.goto(address)
        self.page.wait_for_function(DRAWN)
        return self.page

    def drawn(self) -> Page:
        """Wait until the page that the address was changed to is drawn."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function(DRAWN)
        return self.page

    @property
    def strangers(self) -> set[str]:
        """The hosts that were asked for something and are not the app."""
        own = urlsplit(self.base).netloc
        asked = {urlsplit(url) for url in self.requests}
        return {a.netloc for a in asked if a.scheme not in ("data", "blob") and a.netloc != own}

    def watch(self, page: Page) -> None:
        """Note every request, console error and uncaught exception of ``page`` and what it opens.

        Not of its browser: what a page of the test before says last would be heard there too.
        """
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("console", self._hear)
        page.on("popup", self.watch)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text} ({message.location.get('url')})")


NewReader = Callable[..., Reader]
