"""The frame of every page: brand, navigation, switches, the page's name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard import html, ids
from dashboard.access import Permission
from dashboard.components.attributes import aria
from dashboard.context import Context
from dashboard.i18n import Translator
from dashboard.pages import Page, open_to, start
from etl.regulation.model import LANGUAGES

BRAND = "Kezek"
LANGUAGE_NAMES = {"kk": ("ҚАЗ", "Қазақша"), "ru": ("РУС", "Русский"), "en": ("ENG", "English")}


def header(
    here: Context, pages: Sequence[Page], page: Page | None, account: Any = None
) -> list[Any]:
    """Brand, navigation, the reader's own switches and ``account``, their menu, behind the link
    that skips them."""
    return [
        _skip_link(here.t),
        html.Div([_brand(here, pages), _navigation(here, pages, page), _switches(here, account)]),
    ]


def bare_header(account: Any = None) -> html.Div:
    """The brand and the reader's menu, where there is no data to navigate in."""
    return html.Div(
        [html.Span(BRAND, className="kz-brand"), html.Div(account, className="kz-switches")]
    )


def titled(title: str, content: Any, *, quiet: bool = False) -> list[Any]:
    """The page under its name; ``quiet``: its own headline says more than the name."""
    return [
        html.H1(title, className="visually-hidden" if quiet else "kz-title"),
        html.Div(content, className="kz-page"),
    ]


def _skip_link(t: Translator) -> html.A:
    return html.A(t("Skip to the content"), href=f"#{ids.MAIN}", className="kz-skip")


def _brand(here: Context, pages: Sequence[Page]) -> html.Link:
    said: list[Any] = [
        html.Span(BRAND),
        html.Span(here.regulation.city[here.lang], className="kz-city"),
    ]
    return html.Link(
        said,
        href=here.href(start(pages, here.reader)),
        className="kz-brand",
    )


def _navigation(here: Context, pages: Sequence[Page], present: Page | None) -> html.Nav:
    overdue = _overdue(here) if here.may(Permission.FIGURES) else None
    links = []
    for page in open_to(pages, here.reader):
        name: list[Any] = [here.t(page.TITLE)]
        if page.PATH == "/overdue" and overdue:
            name.append(html.Span(here.t.number(overdue), className="kz-count"))
        if page is present:
            name.append(html.Span(f" ({here.t('this page')})", className="visually-hidden"))
        links.append(
            html.Li(
                html.Link(name, href=here.href(page.PATH)),
                className="kz-here" if page is present else "",
            )
        )
    return html.Nav(html.Ul(links), **aria(label=here.t("Pages")))


def _overdue(here: Context) -> int | None:
    found: int | None = here.compute("overdue")["overdue"]
    return found


def _switches(here: Context, account: Any) -> html.Div:
    languages = [
        html.A(
            LANGUAGE_NAMES[lang][0],
            href=here.href(lang=lang),
            lang=lang,
            title=LANGUAGE_NAMES[lang][1],
            **(aria(current="true") if lang == here.lang else {}),
        )
        for lang in LANGUAGES
    ]
    theme = html.Button(
        html.Span(className="kz-theme-icon", **aria(hidden="true")),
        type="button",
        title=here.t("Light or dark"),
        className="kz-theme",
        **aria(label=here.t("Light or dark")),
    )
    return html.Div(
        [html.Div(languages, role="group", **aria(label=here.t("Language"))), theme, account],
        className="kz-switches",
    )
