"""Every door of the server and what it asks of whoever comes; what is not named here is shut.

The layout of a page guards nothing: a browser may call any callback and any address by itself. So
each request is judged here, before anything else looks at it; what a page draws and which rows a
query returns is judged again where it happens (``shell``, ``queries.scope``).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import flask
from dash import Dash

from dashboard import access, callback_shape, context, noted, pages, panel_files, refusals
from dashboard.access import Permission, Reader
from dashboard.pages import Page

log = logging.getLogger(__name__)


class Ask(StrEnum):
    """What a door may ask for beside a permission."""

    OPEN = "open"  # nothing: it says nothing of the city and nothing of anybody
    ITSELF = "itself"  # it asks by itself: the sign-in, and who has yet to choose a password
    SIGNED_IN = "signed in"


Needs = Ask | Permission

SIGN_IN = "/sign-in"
CALLBACKS_ENDPOINT = "/_dash-update-component"
PAGES = ("/", "/<path:path>")  # the endpoints that draw the frame of a page

ENDPOINTS: Mapping[str, Needs] = {
    # what a browser needs before anybody is known
    "static": Ask.OPEN,
    "_dash_assets.static": Ask.OPEN,
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": Ask.OPEN,
    "/_favicon.ico": Ask.OPEN,
    "vendor": Ask.OPEN,
    "theme": Ask.OPEN,
    "plotly": Ask.OPEN,
    "page_script": Ask.OPEN,
    "page_style": Ask.OPEN,
    "healthz": Ask.OPEN,
    # accounts
    "sign_in": Ask.ITSELF,
    "sign_in_as": Ask.ITSELF,
    "sign_in_oidc": Ask.ITSELF,
    "oidc_callback": Ask.ITSELF,
    "sign_out": Ask.ITSELF,
    "sign_out_everywhere": Ask.ITSELF,
    "password": Ask.ITSELF,
    "accounts": Permission.ACCOUNTS,
    "accounts_add": Permission.ACCOUNTS,
    "accounts_disable": Permission.ACCOUNTS,
    "accounts_enable": Permission.ACCOUNTS,
    "accounts_reset": Permission.ACCOUNTS,
    # the screens: a page and a callback ask for more, each for its own
    "/": Ask.SIGNED_IN,
    "/<path:path>": Ask.SIGNED_IN,
    "/_dash-layout": Ask.SIGNED_IN,
    "/_dash-dependencies": Ask.SIGNED_IN,
    "/_reload-hash": Ask.SIGNED_IN,
    CALLBACKS_ENDPOINT: Ask.SIGNED_IN,
    # files: that of a panel asks for what its page asks
    "chart_file": Ask.SIGNED_IN,
    "overdue_csv": Permission.CASES,
    "overdue_xlsx": Permission.CASES,
}
"""Endpoint of a Flask route -> what it asks."""

CALLBACKS: Mapping[str, Needs] = {
    "location.pathname, location.search > header.children": Ask.SIGNED_IN,  # as its page asks
    "filter.value > chosen.data": Ask.SIGNED_IN,
    "chosen.data > location.search": Ask.SIGNED_IN,
    "followed.data > standing.data": Ask.SIGNED_IN,
    "window-title.data > arrived.data": Ask.SIGNED_IN,
    "case-grid.getRowsRequest > case-grid.getRowsResponse": Permission.CASES,
    "location.search > case-panel.children": Permission.CASES,
    "case-save.n_clicks > case-state.data": Permission.REMARK,
    "case-withdraw.n_clicks > case-saved.data": Permission.REMARK,
    "case-view.data > case-done.data": Permission.CASES,
    "case-columns.value > case-done.data": Permission.CASES,
    "case-grid.getRowsRequest > case-done.data": Permission.CASES,
    "location.search > case-done.data": Permission.CASES,
    "case-opened.data > case-done.data": Permission.CASES,
    "case-saved.data > case-done.data": Permission.CASES,
    "survey-state.data > survey-focus.data": Permission.SURVEY,
    "survey-save.n_clicks > survey-state.data": Permission.SURVEY,
    "survey-correct.n_clicks > survey-state.data": Permission.SURVEY,
}
"""Name of a Dash callback (``callback_name``) -> what it asks."""


def callback_name(output: str, inputs: Sequence[Mapping[str, str]]) -> str:
    """A callback by what sets it off and the first of what it changes: "a.value > b.children"."""
    first = output.strip(".").split("...")[0].partition("@")[0]
    changed = _short(*first.rpartition(".")[::2])
    return f"{', '.join(_short(i['id'], i['property']) for i in inputs)} > {changed}"


def lets_in(reader: Reader | None, needs: Needs | None) -> bool:
    """Whether a door that asks this opens to a reader; one that nobody named opens to nobody."""
    if needs in (Ask.OPEN, Ask.ITSELF):
        return True
    if reader is None or needs is None:
        return False
    return True if isinstance(needs, Ask) else reader.may(needs)


def guard(
    app: Dash, rooms: Sequence[Page], papers: Sequence[Page], *, clock: Callable[[], datetime]
) -> None:
    """Judge every request to the application. Comes after whatever says who the reader is.

    Whom a door is not opened to, though they are signed in, is noted. ``clock``: naive UTC.
    """
    every = (*rooms, *papers)
    refused = noted.RefusedDoors(clock)

    def judge() -> flask.typing.ResponseReturnValue | None:
        endpoint = flask.request.endpoint
        if endpoint is None:
            return None  # no route: there is nothing behind it
        reader = access.reader()
        asked = list(_asked(app, every, endpoint))
        if all(lets_in(reader, needs) for needs in asked):
            if endpoint == CALLBACKS_ENDPOINT and not _is_sound(app):
                log.warning("a callback was asked as no page asks it")  # once, without what it says
                return refusals.answer(400)
            return _start(rooms, reader) if endpoint == "/" else None
        if reader is None:
            return _to_sign_in()
        return turn_away(endpoint, reader)

    def turn_away(endpoint: str, reader: Reader) -> flask.typing.ResponseReturnValue | None:
        in_frame = endpoint in PAGES and lets_in(reader, ENDPOINTS[endpoint])
        if in_frame and endpoint == "/" and (start := _start(rooms, reader)):
            return start
        refused.note(context.house().engine, reader, _door(app, every, endpoint))
        if not in_frame:
            return refusals.forbidden()
        # The frame says it, with the pages that are open beside it.
        flask.after_this_request(_forbid)
        return None

    app.server.before_request(judge)
    app.server.after_request(_keep_nothing)


def _asked(app: Dash, every: Sequence[Page], endpoint: str) -> Iterator[Needs | None]:
    """What the present request's door asks, and what lies behind it."""
    yield ENDPOINTS.get(endpoint)
    if endpoint in PAGES:
        path = flask.request.path.rstrip("/") or "/"
        yield from (page.NEEDS for page in every if path == page.PATH)
    elif endpoint == "chart_file":
        name = (flask.request.view_args or {}).get("page")
        yield from (p.NEEDS for p in every if name == panel_files.page_name(p.PATH))
    elif endpoint == CALLBACKS_ENDPOINT:
        yield _of_callback(app)


def _door(app: Dash, every: Sequence[Page], endpoint: str) -> str:
    """The name of the present request's door, as the lists above or a page have it."""
    if endpoint in PAGES:
        path = flask.request.path.rstrip("/") or "/"
        return next((page.PATH for page in every if path == page.PATH), endpoint)
    if endpoint == CALLBACKS_ENDPOINT:
        body, known = _callback(app)
        name = callback_name(body["output"], known["inputs"]) if known else endpoint
        return name if name in CALLBACKS else endpoint
    return endpoint


def _of_callback(app: Dash) -> Needs | None:
    """What the callback asks that a request is for; somebody, where there is no such callback."""
    body, known = _callback(app)
    return CALLBACKS.get(callback_name(body["output"], known["inputs"])) if known else Ask.SIGNED_IN


def _is_sound(app: Dash) -> bool:
    """Whether the request is for a callback that runs here, and of the shape that a page sends.

    Of one that is, what no text is goes: Dash reads the same parsed body.
    """
    body, known = _callback(app)
    if known is None or not callback_shape.is_sound(body, known):
        return False
    callback_shape.take_out_no_text(body)
    return True


def _callback(app: Dash) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    """What was sent, and the callback of the server that it is for; None where it is for none."""
    try:
        body = flask.request.get_json(silent=True)
    except RecursionError:  # lists in lists in lists
        body = None
    output = body.get("output") if isinstance(body, dict) else None
    known = app.callback_map.get(output) if isinstance(output, str) else None
    return body or {}, known if known and "callback" in known else None


def _start(rooms: Sequence[Page], reader: Reader | None) -> flask.typing.ResponseReturnValue | None:
    """The way to where a reader begins, if that is not the overview."""
    path = pages.start(rooms, reader)
    if path == "/":
        return None
    query = flask.request.query_string.decode("ascii", "replace")
    return flask.redirect(f"{path}?{query}" if query else path)


def _to_sign_in() -> flask.typing.ResponseReturnValue:
    request = flask.request
    if request.method not in ("GET", "HEAD") or not request.accept_mimetypes.accept_html:
        return refusals.unknown_reader()
    wanted = "/" + request.full_path.rstrip("?").lstrip("/\\")  # "//name" would lead elsewhere
    return flask.redirect(f"{SIGN_IN}?{urlencode({'next': wanted}, safe='/?')}", 303)


def _keep_nothing(response: flask.Response) -> flask.Response:
    """No copy of what was told to a reader stays behind with the next one."""
    if ENDPOINTS.get(flask.request.endpoint or "") is not Ask.OPEN:
        response.headers["Cache-Control"] = "no-store"
    return response


def _forbid(response: flask.Response) -> flask.Response:
    response.status_code = 403
    return response


def _short(component: str, prop: str) -> str:
    """ "id.property" of a component; of one of many that share a pattern, by their type."""
    name = json.loads(component)["type"] if component.startswith("{") else component
    return f"{name}.{prop}"
