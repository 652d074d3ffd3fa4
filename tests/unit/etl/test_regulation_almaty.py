"""The regulation that comes with the project, against what the resolution itself says."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.regulations import almaty

# Item, code and what may follow or come out, read from items 6, 7 and 8 of the resolution.
ITEMS = """
6.1 D-P1 -> D-P2
6.2 D-P2 -> D-P3
6.3 D-P3 -> D-P4
6.4 D-P4 -> D-C1 D-C2
6.5 D-C1 -> D-P5
6.6 D-P5 -> D-P6
6.7 D-P6 -> D-P7
6.8 D-P7 -> D-P8
6.9 D-P8 -> D-P9
6.10 D-P9 -> registered refused
6.11 D-C2 -> D-P10
6.12 D-P10 -> D-P11
6.13 D-P11 -> D-P12
6.14 D-P12 -> returned
7.1 X-P1 -> X-P2
7.2 X-P2 -> X-P3
7.3 X-P3 -> X-P4
7.4 X-P4 -> X-P5
7.5 X-P5 -> X-C1 X-C2
7.6 X-C1 -> X-P6
7.7 X-P6 -> X-P7
7.8 X-P7 -> X-P8
7.9 X-P8 -> X-P9
7.10 X-P9 -> X-P10
7.11 X-P10 -> X-P11
7.12 X-P11 -> registered refused
7.13 X-C2 -> X-P12
7.14 X-P12 -> X-P13
7.15 X-P13 -> X-P14
7.16 X-P14 -> X-P15
7.17 X-P15 -> returned
8.1 E-P0 -> E-P1
8.2 E-P1 -> E-C1
8.3 E-C1 -> E-P2 E-P3
8.4 E-P2 -> rejected
8.5 E-P3 -> E-P4
8.6 E-P4 -> E-P5
8.7 E-P5 -> E-C2
8.8 E-C2 -> E-P6 E-P7
8.9 E-P6 -> returned
8.10 E-P7 -> E-P8
8.11 E-P8 -> E-P9
8.12 E-P9 -> registered refused
""".strip().splitlines()

CHANNEL_OF = {"6": "direct", "7": "psc", "8": "portal"}


@pytest.mark.parametrize("line", ITEMS, ids=lambda line: line.split()[1])
def test_each_process_and_condition_stands_as_in_its_item(line: str) -> None:
    left, right = line.split(" -> ")
    item, code = left.split()
    step = almaty().steps[code]
    assert step.item == item
    assert step.channels == (CHANNEL_OF[item.partition(".")[0]],)
    assert [*step.next, *step.outcomes] == right.split()
    assert step.kind == ("condition" if "-C" in code else "process")


def test_holds_every_item_and_no_other_step_in_the_source_s_order() -> None:
    codes = [line.split()[1] for line in ITEMS]
    assert list(almaty().steps) == codes


def test_begins_where_an_application_may_begin() -> None:
    # P1 of the portal too: item 8.1 registers only those whom the portal does not know yet.
    starts = [step.code for step in almaty().steps.values() if step.start]
    assert starts == ["D-P1", "X-P1", "E-P0", "E-P1"]


def test_the_service_clock_runs_from_receipt_to_handing_over() -> None:
    clock = almaty().clock()
    assert clock.code == "service"
    assert clock.records
    assert clock.starts == {"D-P1", "X-P1", "E-P5"}
    assert clock.stops == {"D-P9", "D-P12", "X-P11", "X-P15", "E-P6", "E-P9"}
    assert (clock.limit, clock.start_offset, clock.day_type) == (30, 1, "calendar")
    assert clock.roll_forward


def test_the_commission_clock_runs_from_the_certificate_to_the_sitting() -> None:
    clock = almaty().clock("commission")
    assert not clock.records
    assert clock.starts == {"D-P5", "X-P6", "E-P7"}
    assert clock.stops == {"D-P6", "X-P7", "E-P8"}
    assert clock.limit == 30


def test_the_survey_is_annex_10_word_for_word() -> None:
    survey = almaty().survey
    assert survey is not None
    assert survey.title.kk == (
        "Электрондық мемлекеттік қызметтің «сапа» және «қолжетімділік» көрсеткіштерін "
        "анықтау үшін сауалнама"
    )
    first, second = survey.questions
    assert first.text.kk == (
        "Электрондық мемлекеттік қызметті көрсету үдерісінің сапасына және нәтижесіне "
        "қанағаттанасыз ба?"
    )
    assert second.text.kk == (
        "Электрондық мемлекеттік қызмет көрсету тәртібі туралы ақпараттың сапасына "
        "қанағаттанасыз ба?"
    )
    assert [(answer.value, answer.name.kk) for answer in survey.answers] == [
        (1, "қанағаттанған жоқпын"),
        (2, "ішінара қанағаттанамын"),
        (3, "қанағаттанамын"),
    ]
    assert (survey.not_satisfied, survey.partly, survey.satisfied) == (1, 2, 3)


def test_the_centres_stand_as_in_annex_2() -> None:
    centres = [p for p in almaty().service_points if p.channel == "psc"]
    assert [(c.short.kk, c.telephone) for c in centres] == [
        ("Алатау", "395 36 11"),
        ("Алмалы", "378-09-10, 378-09-09"),
        ("Әуезов", "247-16-25"),
        ("Бостандық", "330-98-22, 396 21 99"),
        ("Жетісу", "378-46-72, 378-47-01"),
        ("Медеу", "386-90-18, 239-65-52"),
        ("Түрксіб", "234-09-27, 234-09-35"),
    ]
    assert {c.hours for c in centres} == {"9.00–20.00"}
    assert all(c.address and c.district for c in centres)


def test_only_the_centres_hand_out_the_survey() -> None:
    assert {p.channel for p in almaty().service_points if p.surveys} == {"psc"}


def test_in_force_from_its_registration_to_its_repeal() -> None:
    regulation = almaty()
    assert regulation.adopted_on == date(2013, 6, 19)
    assert regulation.in_force_from == date(2013, 7, 2)
    assert regulation.in_force_to == date(2014, 2, 6)
    assert regulation.timezone == "Asia/Almaty"
