"""What plotly.js needs to write dates and numbers in Kazakh and Russian.

It brings no Kazakh, and its Russian is a file that Dash does not serve. The layout is that of
plotly.js's ``lib/locales``; the names of months and days are CLDR's, through Babel.
"""

from __future__ import annotations

import functools
from typing import Any

from babel import Locale, dates

from dashboard.i18n import NARROW_SPACE
from etl.regulation.model import Lang

_SUNDAY_FIRST = (6, 0, 1, 2, 3, 4, 5)
_MONTHS = range(1, 13)


def _format(lang: Lang) -> dict[str, Any]:
    locale = Locale.parse(lang)
    days = [dates.get_day_names(w, "stand-alone", locale) for w in ("wide", "abbreviated")]
    months = [dates.get_month_names(w, "stand-alone", locale) for w in ("wide", "abbreviated")]
    return {
        "days": [days[0][i] for i in _SUNDAY_FIRST],
        "shortDays": [days[1][i] for i in _SUNDAY_FIRST],
        "months": [months[0][i] for i in _MONTHS],
        "shortMonths": [months[1][i].rstrip(".") for i in _MONTHS],
        "date": "%d.%m.%Y",
        "decimal": ",",
        "thousands": NARROW_SPACE,
        "grouping": [3],
        "year": "%Y",
        "month": "%b %Y",
        "dayMonth": "%-d %b",
        "dayMonthYear": "%d.%m.%Y",
    }


_DICTIONARIES: dict[Lang, dict[str, str]] = {
    "kk": {
        "Autoscale": "Өлшемді өзі таңдау",
        "Box Select": "Тіктөртбұрышпен белгілеу",
        "Click to enter Plot title": "График атауын енгізу үшін басыңыз",
        "Download plot as a PNG": "PNG түрінде сақтау",
        "Download plot": "Сақтау",
        "Lasso Select": "Лассомен белгілеу",
        "Pan": "Жылжыту",
        "Reset axes": "Осьтерді қалпына келтіру",
        "Zoom": "Үлкейту",
        "Zoom in": "Жақындату",
        "Zoom out": "Алыстату",
    },
    "ru": {
        "Autoscale": "Подобрать масштаб",
        "Box Select": "Выделить прямоугольником",
        "Click to enter Plot title": "Нажмите, чтобы ввести название графика",
        "Download plot as a PNG": "Сохранить как PNG",
        "Download plot": "Сохранить",
        "Lasso Select": "Выделить лассо",
        "Pan": "Сдвинуть",
        "Reset axes": "Вернуть оси",
        "Zoom": "Увеличить область",
        "Zoom in": "Приблизить",
        "Zoom out": "Отдалить",
    },
}


@functools.cache
def locales() -> dict[str, Any]:
    """Every language's locale under its name, as ``config.locales`` takes them."""
    return {
        lang: {
            "moduleType": "locale",
            "name": lang,
            "dictionary": dictionary,
            "format": _format(lang),
        }
        for lang, dictionary in _DICTIONARIES.items()
    }
