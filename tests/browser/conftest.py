"""A filled warehouse, a real server process over it and a real Chromium in front of it.

Everything is made once a test process, so workers of pytest-xdist share nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import text

from etl.databases import open_engine
from etl.migrate import upgrade
from tests.support import chromium
from tests.support.city import fill, random_city
from tests.support.reader import NewReader, Reader
from tests.support.regulations import almaty
from tests.support.serving import serving
from tests.support.signing import role_for, sign_in

_TOGETHER = "--process-per-site"  # a page that is opened beside another finds the scripts compiled
_LOOKS: dict[str, Any] = {"locale": "kk-KZ", "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def filled_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse under Almaty's regulation, with more late cases than one page of a list."""
    path = tmp_path_factory.mktemp("city") / "kezek.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    fill(engine, random_city(almaty(), seed=7, cases=6_000, entries=2_000, responses=600))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def warehouse(filled_city: Path) -> str:
    """The address of a filled warehouse that no test changes."""
    return f"sqlite:///{filled_city}"


@pytest.fixture(scope="session")
def app_url(warehouse: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server process over ``warehouse``."""
    with serving(warehouse, log=tmp_path_factory.mktemp("server") / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium. Where there is none the test fails and says how to install one."""
    try:
        path = chromium.find()
    except RuntimeError as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright:
        arguments = [*chromium.arguments(), _TOGETHER]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def known_browser(browser: Browser, app_url: str) -> Iterator[Page]:
    """A page of a browser that has been at the app: it holds its files, and its scripts compiled.

    Who comes with it opens further pages; a page costs half of what it costs in a fresh browser.
    """
    context = browser.new_context(**_LOOKS)
    page = context.new_page()
    page.goto(f"{app_url}/healthz")
    yield page
    context.close()


@pytest.fixture
def new_reader(
    browser: Browser, app_url: str, request: pytest.FixtureRequest
) -> Iterator[NewReader]:
    """Make readers; what their pages complain of, or ask another host for, fails the test.

    ``role``: the account of the demonstration that they come as; None: nobody yet. The first of a
    test comes with the known browser, unless it is to be a ``fresh`` one, as all others are. To the
    app each is somebody who has chosen nothing yet.
    """
    readers: list[Reader] = []
    with ExitStack() as leaving:

        def make(
            *,
            width: int = 1440,
            height: int = 900,
            scheme: str = "light",
            base: str = app_url,
            role: str | None = "akim",
            fresh: bool = False,
        ) -> Reader:
            if fresh or readers:
                context = browser.new_context(**_LOOKS)
                leaving.callback(context.close)
            else:
                held: Page = request.getfixturevalue("known_browser")
                context = held.context
                leaving.callback(_forget, held, base)
            if role is not None:
                _let_in(browser, context, base, role)
            page = context.new_page()
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two words
            reader = Reader(base, page)
            reader.watch(page)
            readers.append(reader)
            return reader

        yield make
    assert not [c for reader in readers for c in reader.complaints]
    assert not [host for reader in readers for host in reader.strangers]


def _let_in(browser: Browser, context: BrowserContext, base: str, role: str) -> None:
    """Give a browser the cookies of somebody who has signed in.

    Elsewhere: in the known browser a late answer to the page of the test before could put
    another form's cookie between this form and its sending.
    """
    elsewhere = browser.new_context()
    sign_in(elsewhere.request, base, role)
    context.add_cookies(elsewhere.cookies())  # type: ignore[arg-type]  # one shape with two names
    elsewhere.close()


def _forget(held: Page, base: str) -> None:
    """All that a test did in the known browser, but the files of the server at ``base``."""
    for page in held.context.pages:
        if page is not held:
            page.unroute_all(behavior="ignoreErrors")  # a request held back would hold this up
            page.close()
    held.context.clear_cookies()
    held.context.clear_permissions()
    session = held.context.new_cdp_session(held)
    kept = {"origin": base, "storageTypes": "local_storage"}
    session.send("Storage.clearDataForOrigin", kept)
    session.detach()


@pytest.fixture
def reader(new_reader: NewReader, request: pytest.FixtureRequest) -> Reader:
    """One reader at a desktop, who may open the page that the test is about."""
    given = getattr(request.node, "callspec", None)
    return new_reader(role=role_for(given.params.get("path") if given else None))
