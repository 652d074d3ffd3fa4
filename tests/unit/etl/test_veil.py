"""What looks like a person is masked in quarantine; codes, dates and numbers are not."""

from __future__ import annotations

import pytest

from etl.veil import veiled, veiled_key, veiled_record


@pytest.mark.parametrize(
    "text",
    [
        "Ахметова Айгүл Серікқызы",
        "АХМЕТОВА АЙГҮЛ",
        "Ахметова А.С.",
        "А. С. Ахметова",
        "Ахметова",
        "Akhmetova Aigul",
        "ул. Абая 10, кв. 5",
        "УЛ. АБАЯ 10",
        "Абай көшесі, 10-үй",
        "мкр Самал-2, д. 5",
        "+7 701 123 45 67",
        "8 (727) 250-00-00",
        "87011234567",
        "+49 30 901820",
        "aigul.a@mail.kz",
        "500101100000",
    ],
)
def test_persons_are_masked(text: str) -> None:
    assert not any(letter.isalpha() for letter in veiled(text)), veiled(text)
    assert len(veiled(text)) == len(text)
    assert text not in veiled(f"Сведения: {text}; проверить")


@pytest.mark.parametrize(
    "text",
    [
        "astronauts",
        "многодетные семьи",
        "Многодетные семьи",
        "D-P1",
        "E-P1 → E-P2",
        "2 ≠ 4",
        "31.02.2013 10:00",
        "2013-03-04T10:00:00+06:00",
        "KZ-2013-000123",
        "=1+2",
        "квартал 5",
        "дом ребенка",
        "?",
        "",
    ],
)
def test_what_an_operator_needs_to_mend_a_mapping_stays(text: str) -> None:
    assert veiled(text) == text


def test_a_number_of_a_record_stays_while_it_tells_records_apart() -> None:
    assert veiled_key("Алатауский-17") == "Алатауский-17"
    assert veiled_key("AST-2013/5") == "AST-2013/5"
    assert veiled_key("Ахметова Айгүл") == "******** *****"
    assert veiled_key("desk-Ахметова") == "desk-********"


def test_what_is_nested_is_masked_as_well() -> None:
    record = {"who": "Ахметова Айгүл", "steps": [["E-P1", None], ["x", "87011234567"]], "n": None}
    assert veiled_record(record) == {
        "who": "******** *****",
        "steps": [["E-P1", None], ["x", "***********"]],
        "n": None,
    }
