"""The reader's own menu: who they are here, their password, the way out."""

from __future__ import annotations

from typing import Any

from dashboard import html
from dashboard.accounts import Signed
from dashboard.accounts.present import WAYS_OUT
from dashboard.accounts.words import ROLES
from dashboard.components.attributes import aria
from dashboard.i18n import Translator


def account_menu(t: Translator, signed: Signed | None) -> html.Details | None:
    """None where nobody signed in; opens and closes without a script."""
    if signed is None:
        return None
    role = t(ROLES[signed.role])
    icon = html.Span(className="kz-account-icon", **aria(hidden="true"))
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
                    *(html.A(t(said), href=href) for href, said in signed.ways),
                    *(_leave(t(said), way, signed.token) for way, said in WAYS_OUT.items()),
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
