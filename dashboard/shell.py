"""The frame around every page, and the one callback that draws it for an address."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import flask
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, no_update, set_props
from dash.html import Div as Root  # a layout must begin with one of Dash's own

from dashboard import accounts, context, filters, html, ids, pieces, queries
from dashboard.accounts.words import DEMONSTRATION
from dashboard.components import account_menu, data_health, filter_bar, frame, notices
from dashboard.components.sources import age_line
from dashboard.context import Context
from dashboard.i18n import Translator
from dashboard.pages import Page, start

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Screen:
    """What one address shows, part by part; ``drawn_for`` is None where nothing may be kept."""

    header: Any
    age: Any = None
    filters: Any = None
    followed: Any = no_update
    notices: Any = None
    content: Any
    title: str
    drawn_for: dict[str, Any] | None = None


def find(pages: Sequence[Page], path: object) -> Page | None:
    """The page at a path, the first for none; None for an address that is none."""
    wanted = (path.rstrip("/") if isinstance(path, str) else "") or "/"
    return next((page for page in pages if wanted == page.PATH), None)


def window_title(t: Translator, page: Page | None) -> str:
    """What the browser's tab says."""
    return f"{t(page.TITLE) if page else t('Page not found')} · {frame.BRAND}"


def register(app: Dash, pages: Sequence[Page], papers: Sequence[Page] = ()) -> None:
    """The frame's layout and callbacks. ``papers``: pages without a place in the navigation."""
    app.layout = partial(_layout, pages, papers)

    @app.callback(
        Output(ids.HEADER, "children"),
        Output(ids.AGE, "children"),
        Output(ids.FILTERS, "children"),
        Output(ids.FOLLOWED, "data"),
        Output(ids.NOTICES, "children"),
        Output(ids.CONTENT, "children"),
        Output(ids.WINDOW_TITLE, "data"),
        Output(ids.DRAWN, "data"),
        Input(ids.LOCATION, "pathname"),
        Input(ids.LOCATION, "search"),
        State(ids.DRAWN, "data"),
        prevent_initial_call=True,
        running=[(Output(ids.PROGRESS, "hidden"), False, True)],
    )
    @queries.reading()
    def _draw(path: Any, search: Any, drawn_for: Any) -> Any:
        screen = draw(pages, path, search, papers, drawn_for)
        return tuple(getattr(screen, field.name) for field in fields(screen))

    @app.callback(
        Output(ids.LOCATION, "search"),
        Input(ids.CHOSEN, "data"),
        State(ids.LOCATION, "pathname"),
        State(ids.LOCATION, "search"),
        prevent_initial_call=True,
    )
    def _choose(chosen: Any, path: Any, search: Any) -> Any:
        return search_for(path, search, chosen) if isinstance(chosen, Mapping) else no_update

    # An answer that a later one has overtaken is dropped whole, and what follows an answer is no
    # choice of the reader's: else two steps back in haste would lead forth again.
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("kezek", "follow"),
        Output(ids.STANDING, "data"),
        Input(ids.FOLLOWED, "data"),
        State(ids.filter_control(ALL), "value"),  # type: ignore[arg-type]
        prevent_initial_call=True,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("kezek", "choose"),
        Output(ids.CHOSEN, "data"),
        Input(ids.filter_control(ALL), "value"),  # type: ignore[arg-type]
        prevent_initial_call=True,
    )

    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("kezek", "arrive"),
        Output(ids.ARRIVED, "data"),
        Input(ids.WINDOW_TITLE, "data"),
        prevent_initial_call=True,
    )


@queries.reading()
def _layout(pages: Sequence[Page], papers: Sequence[Page]) -> Root:
    """The screen at the address that ``at`` names in the request: drawn without a second round.

    Where none is named, it is the empty frame: the browser's location has it drawn.
    """
    at = flask.request.args.get("at", "")
    path, mark, query = at.partition("?")
    screen = draw(pages, path, mark + query, papers) if at else _waiting()
    main = [
        html.Div(screen.age, id=ids.AGE),
        html.Div(screen.filters, id=ids.FILTERS),
        html.Div(screen.notices, id=ids.NOTICES),
        html.Div(screen.content, id=ids.CONTENT),
    ]
    place = {"pathname": path, "search": mark + query} if at else {}
    parts: list[Any] = [
        html.Location(id=ids.LOCATION, refresh="callback-nav", **place),
        html.Store(id=ids.WINDOW_TITLE, data=screen.title),
        html.Store(id=ids.ARRIVED),
        html.Store(id=ids.FOLLOWED),
        html.Store(id=ids.STANDING),
        html.Store(id=ids.CHOSEN),
        html.Store(id=ids.DRAWN, data=screen.drawn_for),
        html.Div(id=ids.PROGRESS, className="kz-progress", hidden=bool(at)),
        _demonstration(context.parse_search(mark + query)),
        html.Header(screen.header, id=ids.HEADER, className="kz-header"),
        html.Main(main, id=ids.MAIN, tabIndex=-1),
    ]
    return Root(parts)


def _waiting() -> Screen:
    t = context.house().translator(context.reader_language({}))
    loading = html.P(t("Loading…"), className="kz-starting", role="status")
    return Screen(header=None, content=loading, title="")


def _demonstration(query: Mapping[str, str]) -> html.P | None:
    """What every page says of itself where accounts stand open to whoever comes."""
    if not accounts.in_demo():
        return None
    t = context.house().translator(context.reader_language(query))
    return html.P(t(DEMONSTRATION), className="kz-demo")


def draw(
    pages: Sequence[Page],
    path: object,
    search: object,
    papers: Sequence[Page] = (),
    drawn_for: object = None,
) -> Screen:
    """The whole screen at an address, in the reader's language.

    ``drawn_for``: of the screen that stands; what it shows already is not sent again, and where the
    address differs from it in nothing but keys that the page itself follows, its content stays.
    Never raises: what goes wrong is logged, and the reader is told so in words.
    """
    page = find((*pages, *papers), path)
    t = context.house().translator(context.reader_language(context.parse_search(search)))
    try:
        here = context.current(path, search)
        if here is None:
            return _bare(t, page, notices.empty_warehouse(t))
        return _whole(here, pages, page, drawn_for)
    except Exception:
        log.exception("the page %.100r could not be drawn", path)
        return _bare(t, page, notices.failure(t))


def _bare(t: Translator, page: Page | None, content: Any) -> Screen:
    return Screen(
        header=frame.bare_header(account_menu.account_menu(t, accounts.signed())),
        content=frame.titled(frame.BRAND, content, quiet=True),
        title=window_title(t, page),
    )


def _whole(
    here: Context, pages: Sequence[Page], page: Page | None, drawn_for: object = None
) -> Screen:
    opens = page is not None and here.may(page.NEEDS)
    controls = page.CONTROLS if page and opens else ()
    name = here.t(page.TITLE) if page else here.t("Page not found")
    follows: Sequence[str] = getattr(page, "FOLLOWS", ())
    rest = {k: v for k, v in here.query.items() if k not in follows}
    mark = {
        "page": page.PATH if page else "",
        "lang": here.lang,
        "opens": opens,
        "rest": context.to_search(rest),
    }
    before = drawn_for if isinstance(drawn_for, Mapping) else {}
    shown = before.get("shown")
    if opens and follows and {key: before.get(key) for key in mark} == mark:
        content = no_update
    else:
        content, shown = pieces.differing(_titled(here, pages, page, name), shown)
    stands = all(before.get(key) == mark[key] for key in ("page", "lang", "opens"))
    return Screen(
        header=frame.header(
            here, pages, page, account_menu.account_menu(here.t, accounts.signed())
        ),
        age=age_line(here),
        filters=no_update if stands else filter_bar.filter_bar(here, controls),
        followed=filter_bar.follow(here, controls) if stands else no_update,
        notices=[
            data_health.warning(here),
            notices.ignored(here.t, here.problems),
            notices.in_fives(here.t) if opens and controls and here.in_fives else None,
        ],
        content=content,
        title=window_title(here.t, page),
        drawn_for={**mark, "shown": shown},
    )


def _titled(here: Context, pages: Sequence[Page], page: Page | None, name: str) -> Any:
    opens = page is not None and here.may(page.NEEDS)
    return frame.titled(name, _content(here, pages, page), quiet=opens and here.path == "/")


def _content(here: Context, pages: Sequence[Page], page: Page | None) -> Any:
    """The page's own content; its failure leaves the frame standing."""
    home = here.href(start(pages, here.reader))
    if page is None:
        return notices.not_found(here.t, home)
    if not here.may(page.NEEDS):
        return notices.forbidden(here.t, home)
    try:
        return page.layout(here, **here.query)
    except Exception:
        log.exception("the page %s could not be drawn", page.PATH)
        return notices.failure(here.t)


def search_for(path: object, search: object, chosen: Mapping[str, Any]) -> Any:
    """The query of the address once the reader has chosen ``chosen``, a value by a control's key;
    ``no_update`` where it says so already."""
    here = context.current(path, search)
    if here is None:
        return no_update
    query = {**here.query, **filter_bar.as_query(chosen)}
    wanted, _ = filters.parse(query, regulation=here.regulation, default_as_of=here.default_as_of)
    if wanted == here.filter:
        return no_update
    own = {k: v for k, v in here.query.items() if k not in filters.DIMENSIONS and k not in _KEYS}
    said = filters.to_query(wanted, regulation=here.regulation, default_as_of=here.default_as_of)
    return context.to_search({**context.parse_search(said), **own})


_KEYS = ("as_of", "from", "to", "clock")


def report_failure(error: Exception) -> None:
    """A callback failed: the log has the details, the reader a sentence."""
    log.error("a callback failed", exc_info=error)
    t = context.house().translator(context.reader_language({}))
    set_props(ids.NOTICES, {"children": notices.failure(t)})
