"""The three languages of the house: catalogues, plurals, numbers, dates.

Messages are written in English in the source (``N_`` marks one that is translated elsewhere) and
stand in ``locale/<lang>/LC_MESSAGES/messages.po``, read as they are: nothing is compiled.
"""

from __future__ import annotations

import datetime as dt
import functools
import gettext
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pandas as pd
from babel import Locale, dates, numbers
from babel.messages.pofile import read_po

from dashboard.kpi.small_numbers import Few
from etl.regulation.model import LANGUAGES, Lang

LOCALE_FOLDER = Path(__file__).resolve().parent / "locale"
NOTHING = "–"  # what is shown where there is no value: empty is not zero
NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"

_DAY_PATTERN: Mapping[Lang, str] = {"kk": "dd.MM.yyyy", "ru": "dd.MM.yyyy", "en": "d MMM yyyy"}


def N_(message: str) -> str:  # noqa: N802 (the name that extraction tools know)
    """Mark a message for translation without translating it."""
    return message


_PART_DAYS = N_("{number} days")


@dataclass(frozen=True)
class Catalogue:
    """The messages of one language: msgid -> its translations, one a plural form."""

    lang: Lang
    messages: Mapping[str, tuple[str, ...]]
    form_of: Callable[[int], int]


@functools.cache
def read_catalogue(lang: Lang, folder: Path = LOCALE_FOLDER) -> Catalogue:
    """Read one language's ``.po`` file, once; fuzzy and empty entries count as missing."""
    with (folder / lang / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalog = read_po(file, locale=lang)
    messages: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        said = message.string
        forms = tuple(map(str, said if isinstance(said, list | tuple) else [said]))
        if message.id and not message.fuzzy and all(forms):
            messages[message.id if isinstance(message.id, str) else message.id[0]] = forms
    return Catalogue(lang, messages, gettext.c2py(catalog.plural_expr))


def read_catalogues() -> dict[Lang, Catalogue]:
    """Every language's catalogue."""
    return {lang: read_catalogue(lang) for lang in LANGUAGES}


def is_missing(value: object) -> bool:
    """Whether there is nothing to show: None, NaN, NaT."""
    # Asked of every cell. Of all values only these three of pandas' kind differ from themselves.
    return value is None or value is pd.NA or bool(value != value)  # noqa: PLR0124


class Translator:
    """One reader's language: ``t("…")``, ``t.plural(…)`` and the shapes of numbers and dates.

    Every formatting method shows a missing value (None, NaN, NaT) as "–".
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.lang: Lang = catalogue.lang
        self._catalogue = catalogue
        self._locale = Locale.parse(catalogue.lang)

    def __call__(self, message: str, **values: object) -> str:
        """The message in the reader's language with its ``{placeholders}`` filled."""
        text = self._catalogue.messages.get(message, (message,))[0]
        return text.format(**values) if values else text

    def plural(self, one: str, many: str, n: int, **values: object) -> str:
        """The form that ``n`` asks for; ``{n}`` in it is the number as the reader writes it."""
        forms = self._catalogue.messages.get(one)
        if forms is None:
            text = one if n == 1 else many
        else:
            number = 4 if isinstance(n, Few) else abs(n)  # "1–4" ends in four
            text = forms[min(self._catalogue.form_of(number), len(forms) - 1)]
        return text.format(**{"n": self.number(n), **values})

    # --- numbers ------------------------------------------------------------------------------

    def number(self, value: float | int | None, digits: int = 0) -> str:
        """``1204`` -> "1 204" (kk, ru: narrow no-break space, decimal comma) or "1,204" (en)."""
        if is_missing(value):
            return NOTHING
        if isinstance(value, Few):
            return str(value)
        return _grouped(self.lang, value, digits)

    def signed(self, value: float | int | None, digits: int = 0) -> str:
        """With its sign in words of typography: "+7", "−7", "0"; ``Few`` has none."""
        if is_missing(value) or isinstance(value, Few):
            return self.number(value)
        rounded = _half_up(value, digits)
        return ("+" if rounded > 0 else "") + self.number(value, digits)

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share 0..1 as "93,1 %" (kk, ru) or "93.1%" (en)."""
        if is_missing(share):
            return NOTHING
        sign = "%" if self.lang == "en" else f"{NO_BREAK_SPACE}%"
        return self.number(cast("float", share) * 100, digits) + sign

    def percent_in_short(self, share: float | None) -> str:
        """A round share without a decimal: "95 %", but "92,5 %"."""
        if is_missing(share):
            return NOTHING
        tenths = round(cast("float", share) * 1000)
        return self.percent(share, 0 if tenths % 10 == 0 else 1)

    def interval(self, low: float | None, high: float | None, digits: int = 0) -> str:
        """Two shares as "52–58 %"."""
        if is_missing(low) or is_missing(high):
            return NOTHING
        return f"{self.number(cast('float', low) * 100, digits)}–{self.percent(high, digits)}"

    def days(self, value: float | None, digits: int = 0) -> str:
        """A number of days with its noun; a fraction takes the noun of fractions."""
        if is_missing(value):
            return NOTHING
        number = _half_up(value, digits)
        if number == int(number):
            return self.plural("{n} day", "{n} days", int(number))
        return self(_PART_DAYS, number=self.number(number, digits))

    # --- dates --------------------------------------------------------------------------------

    def date(self, day: dt.date | None) -> str:
        """A day in short: "31.12.2013", "31 Dec 2013"."""
        if is_missing(day):
            return NOTHING
        first = cast("dt.date", day)
        return _day(self.lang, dt.date(first.year, first.month, first.day))

    def date_time(self, moment: dt.datetime | None) -> str:
        """A local day and time: "31.12.2013 06:10"."""
        if is_missing(moment):
            return NOTHING
        local = cast("dt.datetime", moment)
        return f"{self.date(local.date())} {local:%H:%M}"

    def zone(self, zone: dt.tzinfo) -> str:
        """The city that a time zone is named after: "Алматы", "Almaty"."""
        return dates.get_timezone_location(zone, locale=self._locale, return_city=True)

    def month(self, day: dt.date | None) -> str:
        """The month of a day with its year, standing by itself: "қараша 2013"…"""
        if is_missing(day):
            return NOTHING
        first = cast("dt.date", day)
        return _month(self.lang, first.year, first.month)

    def month_names(self) -> list[str]:
        """The twelve months, each standing by itself."""
        return list(_month_names(self.lang))

    def weekday_names(self) -> list[str]:
        """The days of a week in short, from Monday."""
        return list(_weekday_names(self.lang))

    def month_short(self, day: dt.date | None) -> str:
        """The month of a day in short, without the year, for an axis."""
        if is_missing(day):
            return NOTHING
        return _month_short(self.lang, cast("dt.date", day).month)


@functools.lru_cache(maxsize=4096)
def _day(lang: Lang, day: dt.date) -> str:
    return dates.format_date(day, _DAY_PATTERN[lang], locale=lang)


@functools.cache
def _month(lang: Lang, year: int, month: int) -> str:
    return dates.format_skeleton("yMMMM", dt.date(year, month, 1), locale=lang)


@functools.cache
def _month_names(lang: Lang) -> tuple[str, ...]:
    names = Locale.parse(lang).months["stand-alone"]["wide"]
    return tuple(names[month] for month in range(1, 13))


@functools.cache
def _weekday_names(lang: Lang) -> tuple[str, ...]:
    names = Locale.parse(lang).days["stand-alone"]["short"]
    return tuple(names[day] for day in range(7))


@functools.cache
def _month_short(lang: Lang, month: int) -> str:
    return dates.format_date(dt.date(2000, month, 1), "LLL", locale=lang).rstrip(".")


def _half_up(value: float | None, digits: int) -> float:
    """Round as readers do (2.5 -> 3), not to the even neighbour; no negative zero."""
    number, factor = float(cast("float", value)), float(10**digits)
    return math.copysign(math.floor(abs(number) * factor + 0.5), number) / factor + 0.0


@functools.lru_cache(maxsize=16_384)
def _grouped(lang: Lang, value: float | int | None, digits: int) -> str:
    """A screen has hundreds of numbers, many of them the same as on the one before; the locale's
    own formatting takes twenty times as long."""
    if type(value) is int and not digits:
        return f"{value:,}".translate(_signs(lang))
    return f"{_half_up(value, digits):,.{digits}f}".translate(_signs(lang))


@functools.cache
def _signs(lang: Lang) -> Mapping[int, str]:
    """What stands for the signs in "-1,204.5"."""
    locale = Locale.parse(lang)
    group = numbers.get_group_symbol(locale).replace(NO_BREAK_SPACE, NARROW_SPACE)
    return str.maketrans({",": group, ".": numbers.get_decimal_symbol(locale), "-": MINUS})


def choose(
    *, asked: str | None, cookie: str | None, accepted: Iterable[str], default: Lang
) -> Lang:
    """The reader's language: the address's, else the cookie's, else the browser's, else ours."""
    for wanted in (asked, cookie, *accepted):
        code = (wanted or "").lower().replace("_", "-").split("-")[0]
        if code in LANGUAGES:
            return code
    return default
