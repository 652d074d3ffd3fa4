"""What a page says when it has nothing else to show, or something to add."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dashboard import html
from dashboard.filters import Problem
from dashboard.i18n import N_, Translator

_KEYS = {
    "as_of": N_("As of"),
    "from": N_("From"),
    "to": N_("To"),
    "period": N_("Period"),
    "clock": N_("Time limit"),
    "channel": N_("Channel"),
    "category": N_("Category"),
    "service_point": N_("Service point"),
    "show": N_("Which cases"),
    "remark": N_("Expected date"),
    "sort": N_("Order"),
    "columns": N_("Columns"),
}
_SHOWN_CHARACTERS = 40


def _state(title: str, *content: Any) -> html.Section:
    return html.Section([html.H2(title), *content], className="kz-state", role="status")


def empty_warehouse(t: Translator) -> html.Section:
    """Nothing was ever loaded: what to do about it."""
    return _state(
        t("There is no data yet"),
        html.P(
            t("The warehouse is empty. Load the sources by this command, then open the page again:")
        ),
        html.Pre(html.Code("kezek etl run"), lang="en"),
    )


def not_found(t: Translator, home: str) -> html.Section:
    """An address without a page. ``home``: where the reader may go on."""
    return _state(
        t("Page not found"),
        html.P(t("There is no page at this address.")),
        html.P(html.Link(t("To the first page"), href=home)),
    )


def forbidden(t: Translator, home: str) -> html.Section:
    """A page that is not for this reader. ``home``: where they may go on."""
    return _state(
        t("This page is not open to you"),
        html.P(t("Your account has no right to it. Those who run Kezek can give you one.")),
        html.P(html.Link(t("To the first page"), href=home)),
    )


def failure(t: Translator) -> html.Section:
    """Something broke: no details for the reader, they are in the log."""
    return _state(
        t("This could not be shown"),
        html.P(t("Something went wrong. The details are in the server's log.")),
        html.P(t("Reload the page; if it happens again, tell those who run Kezek.")),
    )


def nothing_here(why: str) -> html.P:
    """A chart or figure without data: the reason in its place."""
    return html.P(why, className="kz-nothing", role="status")


def in_fives(t: Translator) -> html.P:
    """That counts are not told to the last case."""
    said = t(
        "For your account counts are given to the nearest five, one to four as “1–4”, "
        "and shares to the nearest 5 %, from 500 cases on to the nearest 1 %."
    )
    return html.P(said, className="kz-ignored", role="status")


def ignored(t: Translator, problems: Iterable[Problem]) -> html.P | None:
    """What in the address was not understood, named; None where all was."""
    named = [f"{t(_KEYS.get(p.key, p.key))}: {p.value[:_SHOWN_CHARACTERS]}" for p in problems]
    if not named:
        return None
    return html.P(
        t("Left out of the filter, because it is not known here: {what}.", what="; ".join(named)),
        className="kz-ignored",
        role="status",
    )
