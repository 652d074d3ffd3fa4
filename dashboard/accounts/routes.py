"""The doors of those who sign in: what each answers, and the cookie that it gives or takes."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import flask
from authlib.common.errors import AuthlibBaseError
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response

from dashboard import context, noted
from dashboard.accounts import demo, passwords, screens, signing, store
from dashboard.accounts.desk import Desk, the_desk
from dashboard.accounts.passwords import BusyError
from dashboard.accounts.present import PASSWORD, present
from dashboard.accounts.signing import (
    RefusedError,
    RunOutError,
    TooSoonError,
    UnknownRoleError,
)
from dashboard.accounts.store import Account
from dashboard.audit import UnnotedError
from dashboard.i18n import N_, Translator
from dashboard.security import is_loopback

log = logging.getLogger(__name__)

_FAILURES = (RequestException, AuthlibBaseError, JoseError, KeyError, RuntimeError, ValueError)
_NEXT = "kezek-next"  # where the browser wanted to, while it is at the provider
_WAYS_IN = ("/sign-in", "/sign-in/demo")  # by password, by a click


def register(server: flask.Flask) -> None:
    """Add the doors."""
    for rule, endpoint, view, methods in (
        ("/sign-in", "sign_in", sign_in, ("GET", "POST")),
        ("/sign-in/demo", "sign_in_as", sign_in_as, ("POST",)),
        ("/sign-in/oidc", "sign_in_oidc", sign_in_oidc, ("GET",)),
        ("/sign-in/oidc/callback", "oidc_callback", oidc_callback, ("GET",)),
        ("/sign-out", "sign_out", sign_out, ("POST",)),
        ("/sign-out/everywhere", "sign_out_everywhere", sign_out_everywhere, ("POST",)),
        (PASSWORD, "password", password, ("GET", "POST")),
    ):
        server.add_url_rule(rule, endpoint, view, methods=list(methods))


def sign_in() -> ResponseReturnValue:
    """The form; and, when it comes back, the way in or what was wrong."""
    here = the_desk()
    if flask.request.method != "POST":
        who = present()
        return _go(_home(who, _wanted())) if who else _form()
    given = flask.request.form
    login = store.normal(given.get("login", ""))
    try:
        token, who = signing.by_password(here, login, given.get("password", ""), address=_address())
    except (RefusedError, BusyError, UnnotedError) as error:
        said, status = _why(error, N_("The login or the password is wrong."))
        return _form(login=login, wrong=[said], status=status)
    return _in(here, who, token)


def sign_in_as() -> ResponseReturnValue:
    """One click, in the demonstration alone, and for who sits at this machine."""
    here = the_desk()
    if not here.settings.demo or not is_loopback(_address()):
        flask.abort(404)
    try:
        token, who = signing.as_demo(here, flask.request.form.get("login", ""), address=_address())
    except RefusedError:
        flask.abort(404)
    return _in(here, who, token)


def sign_in_oidc() -> ResponseReturnValue:
    """Send the browser to the provider."""
    provider = the_desk().provider
    if provider is None:
        flask.abort(404)
    flask.session[_NEXT] = _wanted()
    back = flask.url_for("oidc_callback", _external=True)
    try:
        sent: Response = provider.send(back)
    except (RequestException, AuthlibBaseError, RuntimeError, ValueError):
        log.exception("the OpenID provider cannot be used")
        return _told(N_("The sign-in service does not answer. Try again later."), 502)
    return sent


def oidc_callback() -> ResponseReturnValue:
    """Whom the provider sent back: let in, or told why not."""
    here = the_desk()
    if here.provider is None:
        flask.abort(404)
    wanted = flask.session.pop(_NEXT, "/")
    try:
        newcomer = here.provider.receive()
    except _FAILURES as error:
        # Its text may be of the address that the browser came by: in one line, and not all of it.
        kind, told = type(error).__name__, str(error)
        log.warning("a sign-in by the OpenID provider failed: %s: %.200r", kind, told)
        return _told(N_("The sign-in could not be completed. Begin anew."), 400)
    try:
        token, who = signing.by_provider(here, newcomer, address=_address())
    except UnknownRoleError:
        return _told(N_("You have no rights in Kezek yet. Ask its administrator."), 403)
    return _in(here, who, token, wanted)


def sign_out() -> ResponseReturnValue:
    """End this session."""
    return _out(everywhere=False)


def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of the account."""
    return _out(everywhere=True)


def password() -> ResponseReturnValue:
    """The form for a new password; and, when it comes back, what became of it."""
    here, who = the_desk(), present()
    if who is None:
        return _go(f"/sign-in?next={PASSWORD}")
    if who.password_hash is None:
        return _told(N_("This account has no password in Kezek."), 404)
    if flask.request.method != "POST":
        return _page(screens.password(_t(), who, demo=here.settings.demo))
    given = flask.request.form
    wrong, status = _wrong_with(who, given), 422
    if not wrong:
        try:
            token = signing.change_password(
                here, who, given.get("current", ""), given["new"], address=_address()
            )
        except (RefusedError, BusyError, UnnotedError) as error:
            said, status = _why(error, N_("The present password is wrong."))
            wrong = [said]
        else:
            return _in(here, replace(who, must_change=False), token, "/")
    page = screens.password(_t(), who, wrong=wrong, demo=here.settings.demo)
    return _page(page, status)


def refuse_forgery(_error: Exception) -> ResponseReturnValue:
    """A form that is not ours, or whose cookie is gone.

    To sign in it is shown anew: of two tabs opened in the morning the second changed the cookie.
    """
    if flask.request.path in _WAYS_IN:
        login, who = store.normal(flask.request.form.get("login", "")), present()
        if who and who.login == login:
            return _go(_home(who, _wanted()))
        typed = "" if flask.request.path == _WAYS_IN[1] else login  # there a button says it
        return _form(login=typed, wrong=[_t()(N_("This form was too old. Try again."))], status=400)
    return _told(N_("This form is too old. Go back, reload the page and try again."), 400)


def _wrong_with(who: Account, given: Mapping[str, str]) -> list[str]:
    t, new = _t(), given.get("new", "")
    if new != given.get("again", ""):
        return [t("The two new passwords differ.")]
    if new == given.get("current"):
        return [t("Choose another password than the present one.")]
    return [t(why) for why in passwords.why_not(new, login=who.login)]


def _why(error: Exception, wrong: str) -> tuple[str, int]:
    """What is said of a refusal, and the status. ``wrong``: the msgid where it was the password."""
    t = _t()
    if isinstance(error, TooSoonError):
        seconds = math.ceil(error.wait.total_seconds())
        when = (
            t.plural("in {n} second", "in {n} seconds", seconds)
            if seconds < 60
            else t.plural("in {n} minute", "in {n} minutes", math.ceil(seconds / 60))
        )
        return t("Too many attempts. Try again {when}.", when=when), 429
    if isinstance(error, RunOutError):
        return t("This first password has run out. Ask your administrator for another."), 401
    if isinstance(error, BusyError):
        return t("Many people sign in at this moment. Try again."), 503
    if isinstance(error, UnnotedError):
        log.error("the audit cannot be written", exc_info=error)
        return t(noted.UNNOTED), 503
    return t(wrong), 401


def _form(*, login: str = "", wrong: Sequence[str] = (), status: int = 200) -> Response:
    here = the_desk()
    page = screens.sign_in(
        _t(),
        goes_to=_wanted(),
        login=login,
        wrong=wrong,
        offered=demo.offered(here.engine) if here.settings.demo else None,
        provider=here.provider is not None,
    )
    return _page(page, status)


def _in(here: Desk, who: Account, token: str, wanted: str | None = None) -> Response:
    """To where they wanted, with a new cookie; nothing of before is kept, nor lets anybody in."""
    signing.forget(here, flask.request.cookies.get(here.cookie(), ""))
    flask.session.clear()
    answer = _go(_home(who, _wanted() if wanted is None else wanted))
    answer.set_cookie(
        here.cookie(), token, secure=here.secure, httponly=True, samesite="Lax", path="/"
    )
    return answer


def _out(*, everywhere: bool) -> Response:
    here, who = the_desk(), present()
    if who is not None:
        token = flask.request.cookies.get(here.cookie(), "")
        signing.out(here, who, token, everywhere=everywhere)
    flask.session.clear()
    answer = _go("/sign-in")
    answer.delete_cookie(here.cookie(), secure=here.secure, httponly=True, samesite="Lax", path="/")
    return answer


def _home(who: Account, wanted: str) -> str:
    return PASSWORD if who.must_change else wanted


def _wanted() -> str:
    """Where the browser wanted to: a path of ours, or the first page."""
    said = flask.request.values.get("next", "/")
    return said if is_local(said) else "/"


def is_local(address: str) -> bool:
    """Whether an address is a path of this server, however a browser reads it."""
    if not address.startswith("/") or address[1:2] in ("/", "\\"):
        return False
    if any(ord(c) < 32 or ord(c) == 127 for c in address) or "\\" in urlsplit(address).path:
        return False
    return not urlsplit(address).netloc


def _go(where: str) -> Response:
    return flask.redirect(where, 303)


def _told(said: str, status: int) -> Response:
    """A page that says the message ``said``."""
    t = _t()
    page = screens.told(t, t("Signing in"), t(said), demo=the_desk().settings.demo)
    return _page(page, status)


def _page(page: str, status: int = 200) -> Response:
    return flask.Response(page, status, headers={"Cache-Control": "no-store"})


def _address() -> str:
    return flask.request.remote_addr or ""


def _t() -> Translator:
    return context.house().translator(context.reader_language(flask.request.args))
