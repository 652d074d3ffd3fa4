"""The reader's own menu: who they are here, their password, the way out."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.access import Role
from dashboard.accounts import Signed
from dashboard.accounts.words import ROLES
from dashboard.components.attributes import aria
from dashboard.i18n import Translator


def account_menu(t: Translator, signed: Signed | None) -> html.Details | None:
    """None where nobody signed in; opens and closes without a script."""
    if signed is None:
        return None
    role = t(ROLES[signed.role])
    icon = html.Span(className="kz-account-icon", **aria(hidden="true"))
    accounts = html.A(t("Accounts"), href="/accounts")
    password = html.A(t("Change the password"), href="/account/password")
    return html.Details(
        [
            html.Summary(
                [icon, html.Span(role, className="kz-account-role")],
                className="kz-chip",
                title=t("Your account"),
            ),
            html.Div(
                [
                    html.P([html.B(signed.login), html.Span(role)]),
                    accounts if signed.role is Role.ADMIN else None,
                    password if signed.has_password else None,
                    _leave(t("Sign out"), "/sign-out", signed.token),
                    _leave(t("Sign out everywhere"), "/sign-out/everywhere", signed.token),
                ],
                className="kz-panel-pop",
            ),
        ],
        className="kz-chip-box kz-account",
    )


def _leave(said: str, action: str, token: str) -> Any:
    """A form of one button, which carries the token that shows that it is ours."""
    send = html.Button(said, type="submit", name="csrf_token", value=token, className="btn-link")
    return html.Form(send, method="post", action=action)
