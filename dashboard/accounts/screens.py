"""The pages on which people sign in and change their password."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.accounts import html
from dashboard.accounts.html import Field
from dashboard.accounts.present import PASSWORD
from dashboard.accounts.store import Account
from dashboard.accounts.words import ROLES, SEES
from dashboard.i18n import Translator

_DEMO = Markup(
    '<li><button type="submit" name="login" value="{login}" class="kz-role">'
    "<b>{role}</b><span>{sees}</span></button></li>"
)


def sign_in(
    t: Translator,
    *,
    goes_to: str,
    login: str = "",
    wrong: Sequence[str] = (),
    offered: Sequence[Account] | None = None,
    provider: bool = False,
) -> str:
    """``offered``: accounts of the demonstration; None where there is none.
    ``provider``: whether people may sign in by one."""
    fields = [
        Field(
            name="login",
            label=t("Login"),
            autocomplete="username",
            secret=False,
            value=login,
            focus=not offered,
            wrong=bool(wrong),
        ),
        Field(
            name="password",
            label=t("Password"),
            autocomplete="current-password",
            wrong=bool(wrong),
        ),
    ]
    parts = [html.field(one) for one in fields]
    parts += [html.button(t("Sign in")), html.show(t("Show the password"))]
    next_ = html.hidden("next", goes_to)
    by_password = html.form("/sign-in", html.errors(wrong), next_, *parts)
    content = [by_password]
    if provider:
        content.insert(0, _by_provider(t, goes_to))
    if offered is not None:
        content.insert(0, _as_demo(t, next_, offered))
    return html.page(t, t("Signing in"), Markup().join(content), demo=offered is not None)


def password(t: Translator, who: Account, *, wrong: Sequence[str] = (), demo: bool) -> str:
    """The form for a new password, which ``who`` wishes for or must give before anything else."""
    asked = t("This password was given to you. Choose one of your own before you go on.")
    hint = t("At least 12 characters. Several words that do not belong together are a good choice.")
    fields = (
        ("current", t("Present password"), "current-password", ""),
        ("new", t("New password"), "new-password", hint),
        ("again", t("New password once more"), "new-password", ""),
    )
    parts = [
        html.field(
            Field(
                name=name,
                label=label,
                autocomplete=autocomplete,
                hint=hint,
                focus=name == "current",
                wrong=bool(wrong),
            )
        )
        for name, label, autocomplete, hint in fields
    ]
    parts += [html.button(t("Change the password")), html.show(t("Show the passwords"))]
    content = [
        html.paragraph(asked) if who.must_change else Markup(),
        html.form(PASSWORD, html.errors(wrong), *parts),
    ]
    return html.page(t, t("Change the password"), Markup().join(content), demo=demo)


def told(t: Translator, title: str, said: str, *, demo: bool) -> str:
    """A sentence, and the way to the sign-in."""
    way = Markup('<p><a href="/sign-in">{}</a></p>').format(t("Sign in"))
    return html.page(t, title, html.paragraph(said) + way, demo=demo)


def _by_provider(t: Translator, goes_to: str) -> Markup:
    link = Markup('<form method="get" action="/sign-in/oidc" class="kz-form">{}{}</form>')
    said = t("Sign in with your work account")
    return link.format(html.hidden("next", goes_to), html.button(said)) + _or(t)


def _as_demo(t: Translator, next_: Markup, offered: Sequence[Account]) -> Markup:
    """Each role at one click."""
    roles = Markup().join(
        _DEMO.format(login=one.login, role=t(ROLES[one.role]), sees=t(SEES[one.role]))
        for one in offered
    )
    chosen = html.paragraph(t("Look at it as one of these; no password is needed."))
    listed = Markup('<ul class="kz-roles">{}</ul>').format(roles)
    return chosen + html.form("/sign-in/demo", next_, listed) + _or(t)


def _or(t: Translator) -> Markup:
    return Markup('<p class="kz-or">{}</p>').format(t("or by a login of your own"))
