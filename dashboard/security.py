"""Who is answered at all, how often, and what the browser is told not to do."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import flask
from dash import Dash
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard import doors, refusals
from dashboard.settings import Settings

_POLICY = (
    # Nothing from another host, nothing compiled from text, no script within the page. Plotly and
    # AG Grid write styles of their own.
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_ONLY_TLS = "max-age=31536000"  # a year; only this name, its neighbours are not ours to bind
_OF_PROXIES = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and nothing else."""
    bare = host.strip("[]")
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def guard(app: Dash, settings: Settings) -> None:
    """Answer under our own names alone, take changes from our own pages alone, shut the rest.

    Raises nothing: what is turned away is told why in the reader's language.
    """
    server = app.server
    server.config["MAX_CONTENT_LENGTH"] = settings.max_body
    if settings.proxies:
        # The name stays that of the request: a proxy hands on the Host that it was asked under.
        count = settings.proxies
        server.wsgi_app = ProxyFix(server.wsgi_app, x_for=count, x_proto=count, x_host=0)

    def turn_away() -> flask.Response | None:
        if not _is_ours(settings):
            return refusals.answer(421)
        if (flask.request.content_length or 0) > settings.max_body:
            return refusals.answer(413)
        if flask.request.method not in _SAFE and not _comes_from_here():
            return refusals.forbidden()
        return None

    def headers(response: flask.Response) -> flask.Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if flask.request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", _ONLY_TLS)
        return response

    server.before_request(turn_away)
    server.after_request(headers)


def _is_ours(settings: Settings) -> bool:
    """Whether the request names a host that we answer under.

    A page of another site must not reach the data through a name that it lets point here (DNS
    rebinding). Without names of its own the server is this machine's alone; but a proxy on it may
    say that everybody is this machine, so a demonstration answers none that says it is a proxy.
    """
    if settings.demo and any(name in flask.request.headers for name in _OF_PROXIES):
        return False
    name = _host_name(flask.request.host)
    if name in settings.hosts:
        return True
    return is_loopback(name) and (
        bool(settings.hosts) or is_loopback(flask.request.remote_addr or "")
    )


def _comes_from_here() -> bool:
    """Whether a change is sent by a page of ours, as far as the browser says where it comes from.

    Every browser of these years says so of a request that changes something; what says nothing is
    no browser, and carries nobody's cookies but those it was given. A callback is also told apart
    by its type, which no form of another site can send.
    """
    request = flask.request
    if request.endpoint == doors.CALLBACKS_ENDPOINT and not request.is_json:
        return False
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _host_name(host: str) -> str:
    """The host of "name:port" or "[::1]:port", in small letters."""
    name = host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    return name.lower()
