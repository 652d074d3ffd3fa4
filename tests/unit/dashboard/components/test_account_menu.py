"""The reader's own menu."""

from __future__ import annotations

import json

from plotly.io.json import to_json_plotly

from dashboard.access import Role
from dashboard.accounts import Signed
from dashboard.components.account_menu import account_menu
from dashboard.i18n import Translator, read_catalogue

RU = Translator(read_catalogue("ru"))


def test_nobody_has_no_menu() -> None:
    assert account_menu(RU, None) is None


def test_it_says_who_is_in_and_leads_out_by_forms_that_are_ours() -> None:
    ways = [("/account/password", "Change the password")]
    menu = account_menu(RU, Signed(Role.HEAD, "erlan", ways, "token"))
    told = json.dumps(json.loads(to_json_plotly(menu)), ensure_ascii=False)
    for said in ("erlan", "Руководитель подразделения", "Сменить пароль", "Выйти"):
        assert said in told
    for action in ("/sign-out", "/sign-out/everywhere"):
        assert f'"action": "{action}"' in told
    assert told.count('"name": "csrf_token"') == 2
