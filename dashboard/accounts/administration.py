"""The doors of an administrator: accounts made, disabled, enabled and given another password."""

from __future__ import annotations

import logging
from collections.abc import Callable

import flask
from flask.typing import ResponseReturnValue

from dashboard import access, context, noted, queries
from dashboard.access import Permission, Reader, Role
from dashboard.accounts import account_list, passwords, store
from dashboard.accounts.account_list import Told
from dashboard.accounts.codes import require_known
from dashboard.accounts.desk import Desk, the_desk
from dashboard.accounts.passwords import BusyError
from dashboard.accounts.store import Account
from dashboard.audit import UnnotedError
from dashboard.i18n import N_
from etl.errors import KezekError

log = logging.getLogger(__name__)

PATH = "/accounts"


def register(server: flask.Flask) -> None:
    """Add the doors."""
    server.add_url_rule(PATH, "accounts", show, methods=["GET"])
    for deed, view in (("add", add), ("disable", disable), ("enable", enable), ("reset", reset)):
        server.add_url_rule(f"{PATH}/{deed}", f"accounts_{deed}", view, methods=["POST"])


def show() -> ResponseReturnValue:
    """Who may sign in, and the form for one more."""
    _require_administrator()
    return _page()


def add() -> ResponseReturnValue:
    """Make an account; its first password is shown once."""
    form = flask.request.form

    def made(here: Desk, login: str, by: str) -> str:
        reader = Reader(
            login=login,
            role=Role(form.get("role", "")),
            channels=frozenset(form.getlist("channel")),
            service_points=frozenset(form.getlist("service_point")),
        )
        store.require_sound(reader)
        require_known(here.engine, reader)
        first = passwords.first()
        hashed, now = passwords.hashed(first), here.clock()
        new = Account(
            **vars(reader), password_hash=hashed, must_change=True, given_at=now, made_at=now
        )
        store.add(here.engine, new, by=by)
        return first

    return _done(made, N_("{login} may sign in. The first password, shown this once:"))


def disable() -> ResponseReturnValue:
    """Let nobody in by it any more; nobody locks themselves out."""

    def done(here: Desk, login: str, by: str) -> None:
        if login == by:
            raise KezekError("nobody disables their own account")
        store.disable(here.engine, login, by=by, now=here.clock())

    return _done(done, N_("{login} may not sign in any more."))


def enable() -> ResponseReturnValue:
    """Let them in again."""

    def done(here: Desk, login: str, by: str) -> None:
        store.enable(here.engine, login, by=by, now=here.clock())

    return _done(done, N_("{login} may sign in again."))


def reset() -> ResponseReturnValue:
    """Give it a first password again, shown once."""

    def done(here: Desk, login: str, by: str) -> str:
        first = passwords.first()
        store.reset(here.engine, login, passwords.hashed(first), by=by, now=here.clock())
        return first

    return _done(done, N_("{login} has another first password, shown this once:"))


def _done(deed: Callable[[Desk, str, str], str | None], said: str) -> ResponseReturnValue:
    """The list with what was done; or that it was not."""
    who = _require_administrator()
    login = store.normal(flask.request.form.get("login", ""))
    try:
        first = deed(the_desk(), login, who.login)
    except UnnotedError:
        log.exception("an account was not changed")
        return _page(Told(noted.UNNOTED, login, wrong=True), 503)
    except (KezekError, BusyError, ValueError):
        wrong = N_("This was not done: look at login, role and scope.")
        return _page(Told(wrong, login, wrong=True), 422)
    return _page(Told(said, login, first=first))


def _page(told: Told | None = None, status: int = 200) -> flask.Response:
    here = the_desk()
    t = context.house().translator(context.reader_language(flask.request.args))
    accounts = store.all_accounts(here.engine)
    regulation = queries.remembered_regulation(here.engine)
    page = account_list.page(t, accounts, regulation, told, demo=here.settings.demo)
    return flask.Response(page, status, headers={"Cache-Control": "no-store"})


def _require_administrator() -> Reader:
    who = access.reader()
    if who is None or not who.may(Permission.ACCOUNTS):
        flask.abort(403)
    return who
