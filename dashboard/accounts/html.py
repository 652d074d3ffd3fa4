"""Plain pages of the house, made by the server: a form needs no callback.

Everything that is put into them is escaped by MarkupSafe's ``Markup.format``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import flask
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from dashboard.accounts.present import WAYS_OUT, present, ways_of
from dashboard.accounts.words import DEMONSTRATION, ROLES
from dashboard.components.frame import BRAND, LANGUAGE_NAMES
from dashboard.i18n import Translator

_PAGE = Markup("""<!DOCTYPE html>
<html lang="{lang}" data-bs-theme="light">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{title} · {brand}</title>
    <link rel="icon" type="image/svg+xml" href="/assets/icon.svg">
    <script src="/assets/head-theme.js"></script>
    <script src="/assets/kezek.js" defer></script>
    <link rel="stylesheet" href="/vendor/css/bootstrap.min.css">
    <link rel="stylesheet" href="/theme.css">
    <link rel="stylesheet" href="/assets/kezek.css">
    <link rel="stylesheet" href="/assets/accounts.css">
  </head>
  <body>
    {banner}
    <header class="kz-header"><div>
      <a class="kz-brand" href="{home}">{brand}</a>
      <div class="kz-switches">
        <div role="group" aria-label="{language}">{languages}</div>
        <button type="button" class="kz-theme" title="{theme}" aria-label="{theme}"><span
          class="kz-theme-icon" aria-hidden="true"></span></button>
        {menu}
      </div>
    </div></header>
    <main id="main" class="kz-plain{wide}">
      <h1 class="kz-title">{title}</h1>
      {content}
    </main>
  </body>
</html>
""")
_LANGUAGE = Markup('<a href="{href}" lang="{lang}" title="{name}"{current}>{short}</a>')
_MENU = Markup("""<details class="kz-chip-box kz-account">
          <summary class="kz-chip" title="{title}"><span class="kz-account-icon"
            aria-hidden="true"></span><span class="kz-account-role">{role}</span></summary>
          <div class="kz-panel-pop"><p><b>{login}</b><span>{role}</span></p>{ways}</div>
        </details>""")
_LEAVE = Markup(
    '<form method="post" action="{action}"><button type="submit" name="csrf_token" value="{token}"'
    ' class="btn-link">{said}</button></form>'
)
_FIELD = Markup(
    '<div class="kz-field"><label for="{name}">{label}</label>'
    '<input id="{name}" name="{name}" type="{kind}" class="form-control" required'
    ' autocomplete="{autocomplete}" autocapitalize="none" spellcheck="false"'
    "{value}{more}>{hint}</div>"
)
_FORM = Markup(
    '<form method="post" action="{action}" class="kz-form">'
    '<input type="hidden" name="csrf_token" value="{token}">{inner}</form>'
)
ERROR, HINT = "error", "hint"
HOME = "/sign-in"  # leads who is in to the first page that they may open


@dataclass(frozen=True, kw_only=True)
class Field:
    """An input with its label; ``wrong``: the page's error is about it."""

    name: str
    label: str
    autocomplete: str
    secret: bool = True
    value: str = ""
    hint: str = ""
    focus: bool = False
    wrong: bool = False


def page(t: Translator, title: str, content: Markup, *, demo: bool, wide: bool = False) -> str:
    """A whole page; the language switch leads to the same address in another language."""
    banner = Markup('<p class="kz-demo">{}</p>').format(t(DEMONSTRATION)) if demo else ""
    return _PAGE.format(
        lang=t.lang,
        title=title,
        brand=BRAND,
        home=HOME,
        banner=banner,
        language=t("Language"),
        languages=Markup().join(_languages(t)),
        theme=t("Light or dark"),
        menu=_menu(t),
        content=content,
        wide=" kz-plain-wide" if wide else "",
    )


def form(action: str, *inner: Markup) -> Markup:
    """A form with the token that shows that it is ours."""
    return _FORM.format(action=action, token=generate_csrf(), inner=Markup().join(inner))


def field(given: Field) -> Markup:
    """A labelled input, tied to the page's error where it is wrong, and to its own hint."""
    hint_id = f"{given.name}-{HINT}"
    told = [ERROR] * given.wrong + [hint_id] * bool(given.hint)
    described = Markup(' aria-describedby="{}"').format(" ".join(told)) if told else Markup()
    # A browser cuts what is pasted and too long without a word: a password is refused in words.
    longest = Markup() if given.secret else Markup(' maxlength="64"')
    invalid = Markup(' aria-invalid="true"') if given.wrong else Markup()
    focus = Markup(" autofocus") if given.focus else Markup()
    hint = Markup('<p class="kz-hint" id="{}">{}</p>').format(hint_id, given.hint)
    return _FIELD.format(
        name=given.name,
        label=given.label,
        kind="password" if given.secret else "text",
        autocomplete=given.autocomplete,
        value=Markup(' value="{}"').format(given.value) if given.value else "",
        more=longest + described + invalid + focus,
        hint=hint if given.hint else "",
    )


def hidden(name: str, value: str) -> Markup:
    """A value that goes with the form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


def button(said: str, *, quiet: bool = False) -> Markup:
    """What sends the form."""
    look = "btn btn-outline-secondary" if quiet else "btn kz-main-button"
    return Markup('<button type="submit" class="{}">{}</button>').format(look, said)


def show(said: str) -> Markup:
    """What shows the passwords of its form as they are typed; it comes with the page's script."""
    return Markup(
        '<button type="button" class="kz-show btn-link" aria-pressed="false" hidden>{}</button>'
    ).format(said)


def errors(said: Sequence[str]) -> Markup:
    """What is wrong, read out at once; nothing where nothing is."""
    lines = Markup().join(Markup("<span>{}</span> ").format(line) for line in said)
    box = Markup('<p class="kz-wrong" id="{}" role="alert">{}</p>')
    return box.format(ERROR, lines) if said else Markup()


def paragraph(said: str) -> Markup:
    """A sentence or two."""
    return Markup("<p>{}</p>").format(said)


def _menu(t: Translator) -> Markup:
    """As in the frame of the other pages (dashboard/components/account_menu.py), for who is in."""
    who = present()
    if who is None:
        return Markup()
    link = Markup('<a href="{}">{}</a>')
    ways = [link.format(href, t(said)) for href, said in ways_of(who)]
    ways += [
        _LEAVE.format(action=action, token=generate_csrf(), said=t(said))
        for action, said in WAYS_OUT.items()
    ]
    role, title = t(ROLES[who.role]), t("Your account")
    return _MENU.format(title=title, role=role, login=who.login, ways=Markup().join(ways))


def _languages(t: Translator) -> Iterable[Markup]:
    rule = flask.request.url_rule
    shown = rule is not None and "GET" in (rule.methods or ())
    path = flask.request.path if shown else HOME
    kept = {k: v for k, v in flask.request.args.items() if k != "lang"}
    for lang, (short, name) in LANGUAGE_NAMES.items():
        yield _LANGUAGE.format(
            href=f"{path}?{urlencode({**kept, 'lang': lang})}",
            lang=lang,
            name=name,
            short=short,
            current=Markup(' aria-current="true"') if lang == t.lang else "",
        )
