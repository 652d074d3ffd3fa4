"""Somebody who signs in without looking at the page: for tests of what comes after."""

from __future__ import annotations

import re

from playwright.sync_api import APIRequestContext

SURVEY = "/survey"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def role_for(path: object) -> str:
    """The account of the demonstration that may open a page."""
    return "operator" if path == SURVEY else "akim"


def token_in(page: str) -> str:
    """The token that a form of the page carries."""
    found = TOKEN.search(page)
    assert found, "the page has no form"
    return found[1]


def sign_in(browser: APIRequestContext, base: str, login: str) -> None:
    """Sign in at the demonstration at ``base`` as one of its accounts, in the browser's cookies."""
    token = token_in(browser.get(f"{base}/sign-in").text())
    form = {"csrf_token": token, "login": login}
    answer = browser.post(f"{base}/sign-in/demo", form=form, max_redirects=0)
    assert answer.status == 303, answer.text()
