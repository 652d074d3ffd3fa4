"""What is said to whoever is turned away or asked for what there is not: no details, no traces."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from html import escape

import flask
from dash.exceptions import DependencyException
from werkzeug.exceptions import HTTPException

from dashboard import context, noted
from dashboard.audit import UnnotedError
from dashboard.i18n import N_, Translator

log = logging.getLogger(__name__)

_BRAND = "Kezek"
_SAID: Mapping[int, str] = {
    400: N_("This request was not understood."),
    401: N_("Sign in first."),
    403: N_("Your account has no right to this."),
    404: N_("There is no page at this address."),
    405: N_("This address does not take such requests."),
    413: N_("This request is too large."),
    421: N_("Kezek does not answer under this name."),
    429: N_("Too many requests. Wait a minute, then go on."),
    503: noted.UNNOTED,
    500: N_("Something went wrong. The details are in the server's log."),
}
_OTHERWISE = 400


def register(server: flask.Flask) -> None:
    """Answer every mistake, ours or the reader's, in the reader's language.

    A file of a component's package that there is not (DependencyException) is no failure of Dash;
    what could not be noted (UnnotedError) was not done.
    """
    server.register_error_handler(HTTPException, _refused)
    server.register_error_handler(DependencyException, lambda _error: answer(404))
    server.register_error_handler(UnnotedError, _unnoted)
    server.register_error_handler(Exception, _broken)


def answer(status: int) -> flask.Response:
    """A sentence on its own: a page for who asks for pages, else a line of text."""
    t = context.house().translator(context.reader_language(flask.request.args))
    said = t(_SAID.get(status, _SAID[_OTHERWISE]))
    if flask.request.accept_mimetypes.accept_html and flask.request.method == "GET":
        return flask.Response(_page(t, said), status, mimetype="text/html")
    return flask.Response(f"{said}\n", status, mimetype="text/plain")


def forbidden() -> flask.Response:
    """To a reader whose role does not open this door."""
    return answer(403)


def unknown_reader() -> flask.Response:
    """To nobody, where a browser would not follow the way to the sign-in."""
    return answer(401)


def _refused(error: HTTPException) -> flask.typing.ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error  # a way to elsewhere is no mistake
    if error.code >= 500 and error.code != 503:
        return _broken(error)
    said = answer(error.code)
    said.headers.extend(
        (name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")
    )
    return said


def _unnoted(error: Exception) -> flask.Response:
    log.error("the audit cannot be written", exc_info=error)
    return answer(503)


def _broken(error: Exception) -> flask.Response:
    if flask.request.path == "/_dash-update-component":
        # A callback's own failure is told on its page: what ends here asks for no callback of ours.
        log.warning("a callback was asked that is none: %s", type(error).__name__)
        return answer(400)
    log.error("a request failed", exc_info=error)
    return answer(500)


def _page(t: Translator, said: str) -> str:
    return f'<!DOCTYPE html><html lang="{t.lang}"><title>{_BRAND}</title><p>{escape(said)}</p>'
