"""Who is answered at all, and what the browser is told not to do."""

from __future__ import annotations

import ipaddress

import flask
from dash import Dash

from dashboard import context

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and nothing else."""
    bare = host.strip("[]")
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def guard(app: Dash) -> None:
    """Answer this machine under its own names alone; headers close the browser's doors.

    There are no accounts: a page of another site must not reach the data through a name that it
    lets point to this machine (DNS rebinding).
    """
    server = app.server

    def loopback_only() -> flask.Response | None:
        here = is_loopback(flask.request.remote_addr or "")
        if here and is_loopback(_host_name(flask.request.host)):
            return None
        t = context.house().translator(context.reader_language(flask.request.args))
        said = t("Kezek answers on this machine only.")
        return flask.Response(f"{said}\n", 421, mimetype="text/plain")

    def headers(response: flask.Response) -> flask.Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", _policy(app))
        return response

    server.before_request(loopback_only)
    server.after_request(headers)


def _host_name(host: str) -> str:
    """The host of "name:port" or "[::1]:port"."""
    return host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _policy(app: Dash) -> str:
    """Nothing from another host. Plotly and AG Grid write styles; AG Grid compiles expressions."""
    scripts = " ".join(["'self'", "'unsafe-eval'", *app.csp_hashes()])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    )
