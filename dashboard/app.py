"""The application: one factory, nothing at import, nothing shared between two of them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path

import flask
from dash import Dash
from sqlalchemy import text

from dashboard import (
    access,
    accounts,
    compression,
    context,
    doors,
    i18n,
    pages,
    panel_files,
    plotly_js,
    rates,
    refusals,
    scripts,
    security,
    shell,
    targets,
    theme,
)
from dashboard.access import Reader
from dashboard.accounts.desk import utc_now
from dashboard.context import LANGUAGE_COOKIE, House
from dashboard.i18n import Translator
from dashboard.settings import Settings
from etl.databases import open_engine

log = logging.getLogger(__name__)

BRAND = "Kezek"
_OWN = ("title", "favicon", "app_entry", "renderer")  # said here in another way
_YEAR = 365 * 24 * 3600
_INDEX = """<!DOCTYPE html>
<html lang="{lang}" data-bs-theme="light" style="{dash}">
  <head>
    {metas}
    <title>{title}</title>
    <link rel="icon" type="image/svg+xml" href="/assets/icon.svg">
    <script src="{theme_script}"></script>
    <script src="{early_script}" data-plotly="{plotly}" data-grid="{grid}"{charts}></script>
    {css}
    {preloads}
  </head>
  <body>
    <noscript>{noscript}</noscript>
    <div id="react-entry-point"><p class="kz-starting" role="status">{loading}</p></div>
    {config}{scripts}<script id="_dash-renderer" src="/assets/head-start.js"></script>
  </body>
</html>
"""


class KezekDash(Dash):
    """Dash whose first page is already in the reader's language."""

    house: House
    rooms: tuple[pages.Page, ...] = ()
    papers: tuple[pages.Page, ...] = ()
    plotly_file: Path
    plotly: str  # its address
    bundle: scripts.Bundle

    def pack_files(self) -> None:
        """Pack the large files of a page with charts, once for all processes that are made of this
        one: each would have its first reader wait for it."""
        for content in (self.bundle.script, self.bundle.style, self.plotly_file.read_bytes()):
            compression.packed_file(content)

    def interpolate_index(self, **kwargs: str) -> str:  # type: ignore[override]  # all by keyword
        """The server's page: language, title and the words shown until the first answer."""
        t = self.house.translator(context.reader_language(flask.request.args))
        path = flask.request.path
        page = shell.find((*self.rooms, *self.papers), path)
        script, style = self.bundle.for_tags(kwargs.pop("scripts"), kwargs.pop("css"))
        grid = self.bundle.grid
        return _INDEX.format(
            scripts=script,
            css=style,
            preloads=scripts.preloads(path, plotly=self.plotly, grid=grid),
            charts=" data-charts" if path in scripts.CHARTED else "",
            plotly=self.plotly,
            grid=grid,
            theme_script=scripts.stamped_asset("head-theme.js"),
            early_script=scripts.stamped_asset("head-early.js"),
            lang=t.lang,
            title=escape(shell.window_title(t, page)),
            dash=escape(_instead_of_dash(t)),
            loading=escape(t("Loading…")),
            noscript=escape(t("This page needs JavaScript.")),
            **{k: v for k, v in kwargs.items() if k not in _OWN},
        )


def _instead_of_dash(t: Translator) -> str:
    """What the style sheet shows in place of the two sentences that Dash has in English alone."""
    advice = t("Reload the page; if it happens again, tell those who run Kezek.")
    said = {"loading": t("Loading…"), "failed": f"{t('This could not be shown')}. {advice}"}
    return "; ".join(f"--kz-{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in said.items())


def create_app(
    settings: Settings,
    *,
    reader: Reader | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> KezekDash:
    """The application over the warehouse at ``settings.database_url``, whose schema is current.

    ``reader``: who sends every request, whatever it says of itself: for an application that only
    its maker can reach (``kezek briefing``). ``clock``: of sessions and refusals, naive UTC.
    Raises KezekError for an address that is none, and for targets that cannot be used.
    """
    house = House(
        settings,
        open_engine(settings.database_url),
        i18n.read_catalogues(),
        targets.read(settings.targets),
    )
    app = KezekDash(
        __name__,
        title=BRAND,
        update_title="",
        serve_locally=True,
        use_pages=False,
        suppress_callback_exceptions=True,
        assets_folder=str(scripts.ASSETS),
        assets_ignore=r"^head-",
        external_stylesheets=["/vendor/css/bootstrap.min.css", scripts.THEME],
        on_error=shell.report_failure,
    )
    app.house = house
    app.rooms, app.papers = pages.load(), pages.papers()
    context.install(app.server, house)
    security.guard(app, settings)
    if reader is None:
        accounts.install(app.server, house, clock=clock)
    else:
        access.fix(app.server, reader)
    rates.register(app.server, settings)  # before the doors: whom they turn away is counted too
    doors.guard(app, app.rooms, app.papers, clock=clock)
    refusals.register(app.server)
    compression.install(app.server)
    app.plotly_file = plotly_js.choose()
    app.plotly = plotly_js.register(app.server, app.plotly_file)
    app.bundle = scripts.Bundle()
    app.bundle.register(app.server)
    _add_routes(app.server)
    shell.register(app, app.rooms, app.papers)
    panel_files.register(app.server, (*app.rooms, *app.papers))
    for page in (*app.rooms, *app.papers):
        page.register(app)
    _set_up(app)
    return app


def _set_up(app: KezekDash) -> None:
    """Let Dash set itself up now, not during the first request, and make its scripts one.

    A request beside the first would find it half done: a script of the first page, answered 500.
    """
    with app.server.test_request_context("/"):
        app.server.preprocess_request()
        app.index()  # type: ignore[no-untyped-call]


def _add_routes(server: flask.Flask) -> None:
    server.add_url_rule("/healthz", "healthz", _healthz)
    server.add_url_rule(scripts.THEME, "theme", _theme)
    server.add_url_rule("/vendor/<path:name>", "vendor", _vendor)
    server.after_request(_remember_language)


def _healthz() -> tuple[dict[str, str], int]:
    """Whether the process answers and reaches its warehouse."""
    try:
        with context.house().engine.connect() as connection:
            connection.execute(text("select 1"))
    except Exception:  # whatever the driver raises, the answer is the same
        log.exception("the warehouse does not answer")
        return {"status": "unavailable"}, 503
    return {"status": "ok"}, 200


def _theme() -> flask.Response:
    return flask.Response(theme.css(), mimetype="text/css")


def _vendor(name: str) -> flask.Response:
    """Bootstrap's own files, out of the package Bootstrap-Flask: nothing from another host."""
    return flask.send_from_directory(scripts.VENDOR, name, max_age=_YEAR)


def _remember_language(response: flask.Response) -> flask.Response:
    asked = flask.request.args.get("lang", "")
    if asked in context.house().catalogues:
        response.set_cookie(LANGUAGE_COOKIE, asked, max_age=_YEAR, samesite="Lax", httponly=True)
    return response
