"""What a note may hold: words about a case, nothing of a person that a machine can tell."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import Engine, func, select

from etl import case_remarks
from etl.errors import ContractError, KezekError
from etl.warehouse import case_remark

DAY = date(2014, 1, 9)
NOON = datetime(2014, 1, 1, 12)


def _write(engine: Engine, **changes: object) -> int:
    said = {
        "token": "remark-1",
        "by": "head",
        "at": NOON,
        "expected_on": DAY,
        "note": None,
        "earliest": date(2014, 1, 1),
    }
    return case_remarks.write(engine, "case-1", **(said | changes))  # type: ignore[arg-type]


def _refused(engine: Engine, **changes: object) -> list[tuple[str, str]]:
    with pytest.raises(ContractError) as refused:
        _write(engine, **changes)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(case_remark)).scalar() == 0
    return [tuple(one) for one in refused.value.violations]


def test_what_is_no_text_is_left_out_of_a_note(engine: Engine) -> None:
    _write(engine, note="Ждём\x00 справку,\ud83d\n\tвторую\x1b\x7f")
    with engine.connect() as connection:
        kept = connection.execute(select(case_remark.c.note)).scalar()
    assert kept == "Ждём справку,\n\tвторую"


@pytest.mark.parametrize(
    ("note", "rule"),
    [
        ("ИИН 500101100000", "iin_in_note"),
        ("KZ500101100000/1", "iin_in_note"),
        ("500101 100 000", "iin_in_note"),
        ("5001-0110-0000", "iin_in_note"),
        ("тел. 8 701 234 56 78", "phone_in_note"),
        ("+7 (701) 234-56-78", "phone_in_note"),
        ("8(727)234-56-78", "phone_in_note"),
        ("7012345678", "phone_in_note"),
        ("+998 90 123 45 67", "phone_in_note"),
        ("write to a.b@mail.kz", "email_in_note"),
        ("хат: әлия@пошта.қаз", "email_in_note"),
        ("x" * 501, "too_long"),
        ("  \n ", "missing_value"),
        ("\x00\ud800", "missing_value"),
        ("500101\x00100000", "iin_in_note"),
    ],
)
def test_what_is_personal_long_or_empty_is_refused(engine: Engine, note: str, rule: str) -> None:
    assert _refused(engine, note=note, expected_on=None) == [("note", rule)]


@pytest.mark.parametrize(
    "note",
    [
        "заседание комиссии 12.01.2014 в 10:30",
        "01.12.2013 – 15.12.2013",
        "12.01.2014 15.02.2014",
        "2013-12-01 2014-01-15",
        "case psc-2013-12345-6, order № 2013/123456789",
        "D-2013-000123",
        "x" * 500,
    ],
)
def test_dates_and_numbers_of_papers_are_no_persons(engine: Engine, note: str) -> None:
    assert _write(engine, note=f" {note}\n") == 1
    with engine.connect() as connection:
        assert connection.execute(select(case_remark.c.note)).scalar() == note


@pytest.mark.parametrize(
    ("day", "rule"), [(date(2013, 12, 31), "in_past"), (date(2030, 1, 1), "too_far")]
)
def test_a_day_that_nobody_can_expect_is_refused(engine: Engine, day: date, rule: str) -> None:
    assert _refused(engine, expected_on=day) == [("expected_on", rule)]


def test_the_same_form_twice_is_kept_once(engine: Engine) -> None:
    assert [_write(engine), _write(engine, note="pressed again")] == [1, 1]
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(case_remark)).scalar() == 1


def test_what_is_taken_back_stays_with_who_took_it_back(engine: Engine) -> None:
    number = _write(engine)
    for _ in range(2):
        case_remarks.withdraw(engine, "case-1", number, by="other", at=NOON)
    with engine.connect() as connection:
        rows = connection.execute(
            select(case_remark.c.written_by, case_remark.c.expected_on, case_remark.c.withdraws)
        ).all()
    assert [tuple(row) for row in rows] == [("head", DAY, None), ("other", None, number)]


@pytest.mark.parametrize(("case_id", "number"), [("case-2", 1), ("case-1", 2), ("case-1", 9)])
def test_a_remark_of_another_case_or_of_none_cannot_be_taken_back(
    engine: Engine, case_id: str, number: int
) -> None:
    case_remarks.withdraw(engine, "case-1", _write(engine), by="head", at=NOON)
    with pytest.raises(KezekError, match="no remark of number"):
        case_remarks.withdraw(engine, case_id, number, by="head", at=NOON)
