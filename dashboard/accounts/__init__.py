"""Who signs in: accounts, sessions, single sign-on, the demonstration.

Here is found out who asks; what they may see stands in `dashboard.access`, and who is refused in
`dashboard.doors`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import flask
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf

from dashboard import access, context
from dashboard.access import Role
from dashboard.accounts import administration, demo, routes, sessions
from dashboard.accounts.codes import require_known
from dashboard.accounts.desk import Desk, desk, put, utc_now
from dashboard.accounts.present import PASSWORD, present, remember, ways_of
from dashboard.context import House

_CALLBACKS = "/_dash-update-component"  # guarded by where they come from (dashboard.doors)
_WITH_FIRST_PASSWORD = ("password", "sign_out", "sign_out_everywhere")


@dataclass(frozen=True)
class Signed:
    """What the frame of a page tells of its reader. ``ways``: path and msgid of what is theirs;
    ``token``: of the forms in it."""

    role: Role
    login: str
    ways: Sequence[tuple[str, str]]
    token: str


def install(server: flask.Flask, house: House, *, clock: Callable[[], datetime] = utc_now) -> None:
    """Add the doors of the sign-in, and find out who asks, before any door is opened.

    ``clock``: naive UTC. Raises KezekError for settings under which nobody may sign in.
    """
    here = Desk.of(server, house, clock)
    put(server, here)
    server.config.update(
        SECRET_KEY=here.secret,
        SESSION_COOKIE_NAME=here.cookie("kezek-form"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=here.secure,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser's own session
    )
    shield = CSRFProtect(server)

    def only_our_forms() -> None:
        if flask.request.path != _CALLBACKS:
            shield.protect()

    server.before_request(_identify)
    server.before_request(only_our_forms)
    server.register_error_handler(CSRFError, routes.refuse_forgery)
    routes.register(server)
    administration.register(server)


def prepare(server: flask.Flask) -> None:
    """What needs the warehouse, once before the first request: the codes of the groups are looked
    up in its regulation, the demonstration's accounts are made.

    Raises KezekError for a group of which the regulation knows nothing.
    """
    here: Desk = server.extensions["kezek-accounts"]
    for given in here.provider.groups.values() if here.provider else ():
        require_known(here.engine, given)
    if here.settings.demo:
        demo.make(here.engine, now=here.clock())


def signed() -> Signed | None:
    """Who the frame tells of; None where everything is asked by one reader."""
    who = present()
    return Signed(who.role, who.login, ways_of(who), generate_csrf()) if who else None


def in_demo() -> bool:
    """Whether every page says that it is a demonstration."""
    return desk() is not None and context.house().settings.demo


def _identify() -> ResponseReturnValue | None:
    """Who asks, if anybody does. Who has still to choose a password is led there, and is nobody."""
    here = desk()
    token = flask.request.cookies.get(here.cookie()) if here else None
    if here is None or not token:
        return None
    who = sessions.whose(here.engine, token, limits=here.limits, now=here.clock())
    if who is None or (who.of_demo and not here.settings.demo):
        return None
    remember(who)
    if not who.must_change:
        access.admit(who.reader)
        return None
    if flask.request.endpoint in _WITH_FIRST_PASSWORD or not _is_page():
        return None
    return flask.redirect(PASSWORD, 303)


def _is_page() -> bool:
    """Whether a browser goes somewhere; what a page needs, it asks for by ``*/*`` at most."""
    return flask.request.method == "GET" and "text/html" in flask.request.headers.get("Accept", "")
