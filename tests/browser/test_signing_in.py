"""Signing in, changing the password and leaving, at a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dashboard.access import Role
from dashboard.accounts import store
from dashboard.accounts.desk import utc_now
from dashboard.accounts.store import Account
from etl.databases import open_engine
from tests.support.desk import HASHED, NOON, OTHER, PASSWORD
from tests.support.reader import NewReader
from tests.support.serving import serving

GIVEN = {"kk": "Бұл құпиясөз сізге берілген", "ru": "Этот пароль вам выдали"}
WRONG = {"kk": "Логин немесе құпиясөз қате.", "ru": "Неверный логин или пароль."}


@pytest.fixture(scope="module")
def offices(filled_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server outside a demonstration, with an account for each language."""
    folder = tmp_path_factory.mktemp("offices")
    url = f"sqlite:///{shutil.copy(filled_city, folder / 'kezek.db')}"
    engine = open_engine(url)
    for login in GIVEN:
        made = Account(
            login=f"aigul-{login}",
            role=Role.AKIM,
            password_hash=HASHED,
            must_change=True,
            given_at=utc_now(),
            made_at=NOON,
        )
        store.add(engine, made, by="test")
    engine.dispose()
    settings: dict[str, Any] = {"demo": "0", "secure_cookies": "0"}
    with serving(url, log=folder / "log.txt", **settings) as address:
        yield address


def test_what_is_typed_can_be_shown_and_is_hidden_as_it_is_sent(
    new_reader: NewReader, offices: str
) -> None:
    page = new_reader(base=offices, role=None).page
    page.goto(f"{offices}/sign-in?lang=en")
    field, button = page.locator("#password"), page.get_by_role("button", name="Show the password")
    field.fill("x" * 200)
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(field).to_have_attribute("type", "text")
    expect(field).to_have_value("x" * 200)  # nothing is cut
    expect(page.locator("#login")).to_have_attribute("type", "text")
    button.click()
    expect(field).to_have_attribute("type", "password")
    button.click()
    page.evaluate("document.addEventListener('submit', (event) => event.preventDefault())")
    page.locator("#login").fill("aigul")
    page.locator("#login").press("Enter")
    expect(field).to_have_attribute("type", "password")
    expect(button).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("lang", GIVEN)
def test_somebody_new_signs_in_by_keyboard_and_leaves(
    new_reader: NewReader, offices: str, lang: str
) -> None:
    reader = new_reader(base=offices, role=None)
    page = reader.page
    # When a wrong password is typed
    page.goto(f"{offices}/times?lang={lang}")
    expect(page.locator("#login")).to_be_focused()
    _type(page, f"aigul-{lang}", OTHER)
    # Then the page says so, and keeps the login
    expect(page.get_by_role("alert")).to_have_text(WRONG[lang])
    expect(page.locator("#login")).to_have_value(f"aigul-{lang}")
    expect(page.locator("#login")).to_have_attribute("aria-describedby", "error")
    expect(page.locator("html")).to_have_attribute("lang", lang)
    reader.complaints.clear()  # the status of the refusal
    # When the right one is
    page.locator("#login").fill("")
    page.locator("#login").focus()
    _type(page, f"aigul-{lang}", PASSWORD)
    # Then the first password must be changed
    expect(page.locator("main")).to_contain_text(GIVEN[lang])
    expect(page.locator("#current")).to_be_focused()
    for password in (PASSWORD, OTHER, OTHER):
        page.keyboard.type(password)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # Then the overview opens
    page.wait_for_url(f"{offices}/")
    reader.drawn()
    assert page.locator(".kz-demo").count() == 0
    # When the menu is opened and the way out is taken by keyboard
    page.locator(".kz-account summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".kz-account b")).to_have_text(f"aigul-{lang}")
    page.keyboard.press("Tab")
    expect(page.locator(".kz-account a")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # Then nobody is in
    page.wait_for_url(f"{offices}/sign-in")
    page.goto(f"{offices}/times")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=/times$"))


def _type(page: Page, login: str, password: str) -> None:
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_a_newcomer_stands_before_the_overview_at_one_click(new_reader: NewReader) -> None:
    reader = new_reader(role=None)
    page = reader.page
    page.goto(f"{reader.base}/?lang=ru")
    page.get_by_role("button", name=re.compile("Аким")).click()
    reader.drawn()
    expect(page.locator(".kz-headline")).to_be_visible()
    expect(page.locator(".kz-demo")).to_contain_text("Демонстрация")
    expect(page.locator(".kz-account summary")).to_contain_text("Аким")


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_the_menu_stays_on_the_screen(new_reader: NewReader, width: int) -> None:
    page = new_reader(width=width, height=844).open("/", lang="kk")
    page.locator(".kz-account summary").click()
    box = page.locator(".kz-account .kz-panel-pop").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    page.keyboard.press("Escape")
    expect(page.locator(".kz-account")).not_to_have_attribute("open", "")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_the_sign_in_fits_and_is_in_one_language(
    new_reader: NewReader, width: int, scheme: str, lang: str
) -> None:
    reader = new_reader(width=width, height=844, scheme=scheme, role=None)
    page = reader.page
    page.goto(f"{reader.base}/sign-in?lang={lang}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    words = page.locator("main").inner_text()
    foreign = r"[А-яӘ-ө]{2,}" if lang == "en" else r"[A-Za-z]{2,}"
    assert re.findall(foreign, words) == []
    assert page.locator("html").get_attribute("data-bs-theme") == scheme
