"""Who sends the present request, and where their own menu leads."""

from __future__ import annotations

from collections.abc import Mapping

import flask

from dashboard.access import Permission
from dashboard.accounts.store import Account
from dashboard.i18n import N_

PASSWORD = "/account/password"  # noqa: S105  # the path of a page
WAYS_OUT: Mapping[str, str] = {
    "/sign-out": N_("Sign out"),
    "/sign-out/everywhere": N_("Sign out everywhere"),
}


def present() -> Account | None:
    """Whose session the present request has; also who must change their password first."""
    found: Account | None = flask.g.get("kezek_account")
    return found


def remember(who: Account) -> None:
    """Let it be the session of this account."""
    flask.g.kezek_account = who


def ways_of(who: Account) -> list[tuple[str, str]]:
    """Path and msgid of the pages of the sign-in that are theirs."""
    ways = [("/accounts", N_("Accounts"))] if who.reader.may(Permission.ACCOUNTS) else []
    ways += [(PASSWORD, N_("Change the password"))] if who.password_hash is not None else []
    return [] if who.must_change else ways
