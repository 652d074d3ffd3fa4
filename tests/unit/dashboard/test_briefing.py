"""The headline: what it says and how it is said in each language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dashboard.briefing import Facts, headline, when
from dashboard.i18n import Translator, read_catalogue
from dashboard.kpi.signals import Assurance
from etl.regulation.model import LANGUAGES, Lang

NOVEMBER = (date(2013, 11, 1), date(2013, 11, 30))
FACTS = Facts(
    first=NOVEMBER[0],
    last=NOVEMBER[1],
    due=1204,
    within=0.931,
    variation="common_cause",
    overdue=42,
    overdue_before=35,
)


def plain(text: str) -> str:
    """With ordinary spaces and hyphens, as one types."""
    for special in "\u202f\u00a0":
        text = text.replace(special, " ")
    return text.replace("\u2011", "-")


def said(lang: Lang, facts: Facts) -> str:
    return plain(headline(Translator(read_catalogue(lang)), facts))


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        (
            "kk",
            (
                "2013 жылғы қарашада мерзімі біткен 1 204 өтініштің 93,1 %-ы заңды мерзімде "
                "шешілді: әдеттегі ауытқу. Қазір 42 іс мерзімінен өтіп кетті, "
                "бір ай бұрынғыдан 7 іс артық."
            ),
        ),
        (
            "ru",
            (
                "Из 1 204 заявлений со сроком в ноябре 2013 года 93,1 % решены в законный срок: "
                "обычное колебание. Сейчас просрочено 42 дела, на 7 больше, чем месяц назад."
            ),
        ),
        (
            "en",
            (
                "Of 1,204 applications due in November 2013, 93.1% were "
                "decided within the legal limit: "
                "usual variation. 42 cases are overdue now, 7 more than a month ago."
            ),
        ),
    ],
)
def test_the_headline_of_a_month(lang: Lang, sentence: str) -> None:
    assert said(lang, FACTS) == sentence


@pytest.mark.parametrize(
    ("lang", "assurance", "words"),
    [
        ("kk", "hit_or_miss", "әдеттегі ауытқу, 95 % мақсаты үнемі орындала бермейді."),
        ("ru", "hit_or_miss", "обычное колебание, цель 95 % достигается не всегда."),
        ("ru", "fails", "обычное колебание, цель 95 % не достигается."),
        ("en", "hit_or_miss", "usual variation, target of 95% not reliably met."),
        ("en", "passes", "usual variation, target of 95% reliably met."),
    ],
)
def test_the_headline_says_whether_the_target_is_within_reach(
    lang: Lang, assurance: Assurance, words: str
) -> None:
    assert words in said(lang, replace(FACTS, target=0.95, assurance=assurance))


def test_without_a_target_the_headline_speaks_of_none() -> None:
    assert "target" not in said("en", FACTS)


@pytest.mark.parametrize(
    ("overdue", "noun"),
    [(1, "1 дело"), (3, "3 дела"), (5, "5 дел"), (11, "11 дел"), (21, "21 дело")],
)
def test_russian_nouns_agree_with_their_number(overdue: int, noun: str) -> None:
    assert f"просрочено {noun}," in said("ru", replace(FACTS, overdue=overdue))


def test_one_application_is_said_in_the_singular() -> None:
    facts = replace(FACTS, due=21, within=1.0)
    assert said("ru", facts).startswith("Из 21 заявления со сроком")
    assert said("en", replace(facts, due=1)).startswith("Of 1 application due")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_due_and_nothing_overdue_is_said_without_a_number(lang: Lang) -> None:
    facts = replace(FACTS, due=0, within=None, variation=None, overdue=0, overdue_before=0)
    sentence = said(lang, facts)
    assert "%" not in sentence
    assert "–" not in sentence
    assert "," not in sentence, "nothing then and nothing now is no change"


def test_fewer_and_as_many_are_words_too() -> None:
    assert "35 fewer" not in said("en", FACTS)
    assert "8 fewer than a month ago" in said("en", replace(FACTS, overdue=27))
    assert "as many as a month ago" in said("en", replace(FACTS, overdue=35))


def test_a_first_month_has_nothing_to_compare_with() -> None:
    assert said("en", replace(FACTS, overdue_before=None)).endswith("42 cases are overdue now.")


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2013, 2, 1), date(2013, 2, 28), "in February 2013"),
        (date(2012, 1, 1), date(2012, 12, 31), "in 2012"),
        (date(2013, 2, 1), date(2013, 2, 27), "from 1 Feb 2013 to 27 Feb 2013"),
        (date(2013, 1, 1), date(2013, 2, 28), "from 1 Jan 2013 to 28 Feb 2013"),
    ],
)
def test_periods_have_the_names_that_readers_use(first: date, last: date, words: str) -> None:
    assert when(Translator(read_catalogue("en")), first, last) == words


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_month_can_be_spoken_of(lang: Lang, month: int) -> None:
    last = date(2013 + month // 12, month % 12 + 1, 1).toordinal() - 1
    words = when(Translator(read_catalogue(lang)), date(2013, month, 1), date.fromordinal(last))
    assert "2013" in words
    assert not any(c.isdigit() for c in words.replace("2013", ""))
