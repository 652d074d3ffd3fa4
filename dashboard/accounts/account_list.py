"""The page of those who may sign in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.access import Role
from dashboard.accounts import html
from dashboard.accounts.html import Field
from dashboard.accounts.store import Account
from dashboard.accounts.words import ROLES
from dashboard.context import named
from dashboard.i18n import Translator
from etl.regulation.model import Regulation

_ROW = Markup(
    '<tr><th scope="row">{login}</th><td>{role}</td><td>{scope}</td><td>{state}</td>'
    '<td class="kz-deeds">{deeds}</td></tr>'
)
_TABLE = Markup(
    '<div class="kz-scroll"><table class="kz-table"><thead><tr>{heads}</tr></thead>'
    "<tbody>{rows}</tbody></table></div>"
)
_CHOICE = Markup(
    '<label class="kz-choice"><input type="{kind}" name="{name}" value="{value}"{more}>'
    " {label}</label>"
)


@dataclass(frozen=True, kw_only=True)
class _Choices:
    """A question with its answers, by code."""

    title: str
    name: str
    kind: str
    answers: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Told:
    """What came of a deed: the message, with its ``{login}``; ``first``: a password to show."""

    said: str
    login: str
    first: str | None = None
    wrong: bool = False


def page(
    t: Translator,
    accounts: Sequence[Account],
    regulation: Regulation | None,
    told: Told | None,
    *,
    demo: bool,
) -> str:
    """``regulation``: names the scopes; None before the first load, when only roles without one
    can be given."""
    columns = [t("Login"), t("Role"), t("Scope"), t("State"), ""]
    cells = Markup().join(Markup('<th scope="col">{}</th>').format(name) for name in columns)
    rows = Markup().join(_row(t, one, regulation) for one in accounts)
    title = Markup("<h2>{}</h2>").format(t("One more account"))
    content = [_told(t, told), _TABLE.format(heads=cells, rows=rows), title, _form(t, regulation)]
    return html.page(t, t("Accounts"), Markup().join(content), demo=demo, wide=True)


def _told(t: Translator, told: Told | None) -> Markup:
    if told is None:
        return Markup()
    said = t(told.said, login=told.login)
    if told.wrong:
        return html.errors([said])
    first = Markup(' <code class="kz-first">{}</code>').format(told.first) if told.first else ""
    return Markup('<p class="kz-done" role="status">{}{}</p>').format(said, first)


def _row(t: Translator, one: Account, regulation: Regulation | None) -> Markup:
    state = t("may not sign in") if one.disabled_at else t("may sign in")
    if one.must_change and not one.disabled_at:
        state = t("has a first password")
    return _ROW.format(
        login=one.login,
        role=t(ROLES[one.role]),
        scope=", ".join(_scope(one, regulation, t)),
        state=state,
        deeds=Markup().join(_deeds(t, one)),
    )


def _scope(one: Account, regulation: Regulation | None, t: Translator) -> list[str]:
    held = (("channels", one.channels), ("service_points", one.service_points))
    return [
        named(regulation, what, code, t.lang) if regulation else code
        for what, codes in held
        for code in sorted(codes)
    ]


def _deeds(t: Translator, one: Account) -> list[Markup]:
    login = html.hidden("login", one.login)
    if one.disabled_at:
        return [html.form("/accounts/enable", login, html.button(t("Enable"), quiet=True))]
    deeds = [html.form("/accounts/disable", login, html.button(t("Disable"), quiet=True))]
    if one.password_hash is not None:
        again = html.button(t("Another first password"), quiet=True)
        deeds.append(html.form("/accounts/reset", login, again))
    return deeds


def _form(t: Translator, regulation: Regulation | None) -> Markup:
    login = Field(name="login", label=t("Login"), autocomplete="off", secret=False)
    roles = [(str(role), t(ROLES[role])) for role in Role]
    asked = [_Choices(title=t("Role"), name="role", kind="radio", answers=roles)]
    if regulation is not None:
        for title, what in (
            (t("Channels of a head"), "channels"),
            (t("Service points of a head, or the one of an operator"), "service_points"),
        ):
            codes = regulation.codes(what)
            answers = [(code, named(regulation, what, code, t.lang)) for code in codes]
            name = what.removesuffix("s")
            asked.append(_Choices(title=title, name=name, kind="checkbox", answers=answers))
    choices = [_choices(one) for one in asked]
    return html.form("/accounts/add", html.field(login), *choices, html.button(t("Add")))


def _choices(asked: _Choices) -> Markup:
    more = Markup(" required") if asked.kind == "radio" else Markup()
    answers = Markup().join(
        _CHOICE.format(kind=asked.kind, name=asked.name, value=code, label=label, more=more)
        for code, label in asked.answers
    )
    group = Markup('<fieldset class="kz-choices"><legend>{}</legend>{}</fieldset>')
    return group.format(asked.title, answers)
