"""The three languages: complete catalogues, plurals, numbers, dates, whose language it is."""

from __future__ import annotations

import re
import string
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from babel import numbers
from babel.messages.catalog import Message
from babel.plural import PluralRule
from hypothesis import assume, given
from hypothesis import strategies as st

from dashboard.i18n import NOTHING, Catalogue, Translator, choose, read_catalogue
from etl.regulation.model import LANGUAGES, Lang
from tests.support import messages

NARROW = "\u202f"
FORMS = {"kk": 2, "ru": 3, "en": 2}
RUSSIAN = PluralRule(
    {
        "one": "n mod 10 is 1 and n mod 100 is not 11",
        "few": "n mod 10 in 2..4 and n mod 100 not in 12..14",
    }
)


def translator(lang: Lang) -> Translator:
    return Translator(read_catalogue(lang))


def forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_message_of_the_source_is_translated_and_no_other(lang: Lang) -> None:
    # Given
    wanted = set(messages.used())
    # When
    found = {
        tuple(m.id) if isinstance(m.id, tuple | list) else m.id: m
        for m in messages.messages(messages.read(lang))
    }
    # Then
    assert wanted - set(found) == set(), "not in the catalogue: python -m tests.support.messages"
    assert set(found) - wanted == set(), "no longer used: python -m tests.support.messages"
    assert [i for i, m in found.items() if m.fuzzy or not all(forms(m))] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_translations_keep_the_placeholders_of_the_message(lang: Lang) -> None:
    for message in messages.messages(messages.read(lang)):
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        wanted = set().union(*map(placeholders, ids))
        for form in forms(message):
            assert placeholders(form) == wanted, (ids, form)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_plural_messages_have_a_form_for_each_plural_of_the_language(lang: Lang) -> None:
    plurals = [m for m in messages.messages(messages.read(lang)) if not isinstance(m.id, str)]
    assert plurals
    assert {len(forms(m)) for m in plurals} == {FORMS[lang]}


def test_no_kazakh_or_russian_text_is_left_in_english() -> None:
    names = re.compile(r"\{\w*\}|Kezek|JavaScript|Enter|XLSX|CSV")
    for lang in ("kk", "ru"):
        for message in messages.messages(messages.read(lang)):
            for form in forms(message):
                assert re.findall("[A-Za-z]{2,}", names.sub("", form)) == [], (lang, form)


def test_a_message_without_a_translation_is_noticed(tmp_path, monkeypatch) -> None:
    # Given
    folder = tmp_path / "dashboard"
    folder.mkdir()
    (folder / "page.py").write_text('N_("Never said before")\nt.plural("{n} a", "{n} b", 2)\n')
    monkeypatch.setattr(messages, "SOURCE", folder)
    # When / Then
    assert set(messages.used()) == {"Never said before", ("{n} a", "{n} b")}


@given(st.integers(min_value=0, max_value=10**9))
def test_russian_plurals_follow_the_rule_of_cldr(n: int) -> None:
    # Given
    wanted = {"one": "день", "few": "дня", "other": "дней"}[RUSSIAN(n)]
    # When
    said = translator("ru").days(n)
    # Then
    assert said.split()[-1] == wanted


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("kk", f"1{NARROW}234{NARROW}567,9"),
        ("ru", f"1{NARROW}234{NARROW}567,9"),
        ("en", "1,234,567.9"),
    ],
)
def test_numbers_have_the_signs_of_the_language(lang: Lang, said: str) -> None:
    assert translator(lang).number(1_234_567.89, 1) == said


@given(
    lang=st.sampled_from(LANGUAGES),
    value=st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9),
    digits=st.integers(0, 3),
)
def test_a_number_is_written_as_its_locale_has_it(lang: Lang, value: float, digits: int) -> None:
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    half_up = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    assume(abs(Decimal(str(value)) - half_up) != Decimal(5).scaleb(-digits - 1))
    babel = numbers.format_decimal(half_up + 0, format=pattern, locale=lang)
    said = babel.replace("\u00a0", NARROW).replace("-", "\u2212")
    assert translator(lang).number(value, digits) == said


@pytest.mark.parametrize(
    ("lang", "said"), [("kk", "93,1\u00a0%"), ("ru", "93,1\u00a0%"), ("en", "93.1%")]
)
def test_shares_are_percentages(lang: Lang, said: str) -> None:
    assert translator(lang).percent(0.931) == said


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("missing", [None, float("nan")])
def test_what_is_missing_is_a_dash(lang: Lang, missing: float | None) -> None:
    t = translator(lang)
    said = [t.number(missing), t.signed(missing), t.percent(missing), t.days(missing)]
    assert {*said, t.date(None), t.month(None), t.interval(missing, 0.5)} == {NOTHING}


def test_half_is_rounded_up_and_nothing_is_not_negative() -> None:
    t = translator("en")
    assert [t.number(2.5), t.number(-0.4), t.signed(-0.04, 1), t.signed(3)] == [
        "3",
        "0",
        "0.0",
        "+3",
    ]
    assert t.signed(-7) == "\u22127"


@pytest.mark.parametrize(
    ("lang", "short", "month"),
    [
        ("kk", "31.12.2013", "2013 ж. желтоқсан"),
        ("ru", "31.12.2013", "декабрь 2013 г."),
        ("en", "31 Dec 2013", "December 2013"),
    ],
)
def test_dates_read_as_in_the_language(lang: Lang, short: str, month: str) -> None:
    t, day = translator(lang), date(2013, 12, 31)
    assert t.date(day) == short
    assert t.month(day).replace(NARROW, " ") == month
    assert t.date_time(datetime(2013, 12, 31, 6, 5)).endswith(" 06:05")


@pytest.mark.parametrize(("lang", "city"), [("kk", "Алматы"), ("ru", "Алматы"), ("en", "Almaty")])
def test_a_time_zone_is_called_by_its_city(lang: Lang, city: str) -> None:
    assert translator(lang).zone(ZoneInfo("Asia/Almaty")) == city


def test_the_address_goes_before_the_cookie_before_the_browser_before_the_setting() -> None:
    assert choose(asked="en", cookie="ru", accepted=["kk"], default="kk") == "en"
    assert choose(asked="xx", cookie="ru", accepted=["kk"], default="kk") == "ru"
    assert choose(asked=None, cookie=None, accepted=["de-DE", "ru-KZ"], default="kk") == "ru"
    assert choose(asked=None, cookie="", accepted=["de"], default="kk") == "kk"


def test_a_message_that_no_catalogue_knows_stands_as_it_is() -> None:
    t = Translator(Catalogue("kk", {}, lambda n: int(n != 1)))
    assert t("Say {what}", what="so") == "Say so"
    assert t.plural("{n} thing", "{n} things", 2) == "2 things"
