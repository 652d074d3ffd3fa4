"""What a regulation's file may get wrong, and how each fault is said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.settings import DEFAULT_REGULATION
from etl.errors import KezekError
from etl.regulation import parse

TEXT = DEFAULT_REGULATION.read_text(encoding="utf-8")


def faults(toml_text: str) -> list[str]:
    """The lines ``key: reason`` with which the text is refused; none if it is accepted."""
    try:
        parse(toml_text, name="town.toml")
    except KezekError as error:
        first, *lines = str(error).splitlines()
        assert "town.toml" in first
        return [line.strip() for line in lines]
    return []


def changed(*changes: tuple[str, str]) -> str:
    """Almaty's file with the first occurrence of each text replaced."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


ONE_FAULT = {
    "empty translation": (
        ('city = { kk = "Алматы"', 'city = { kk = " "'),
        "city.kk: is empty",
    ),
    "missing translation": (
        ('city = { kk = "Алматы", ', "city = { "),
        "city.kk: the translation is missing",
    ),
    "missing text": (
        ('city = { kk = "Алматы", ru = "Алматы", en = "Almaty" }', ""),
        "city: is missing",
    ),
    "text without languages": (
        ('city = { kk = "Алматы", ru = "Алматы", en = "Almaty" }', 'city = "Алматы"'),
        "city: must be a table of kk, ru, en, not 'Алматы'",
    ),
    "unknown key": (
        ('outcomes = ["registered", "refused"]', 'outcomes = ["registered"]\noutcome = "refused"'),
        "steps.D-P9.outcome: is unknown; did you mean outcomes?",
    ),
    "wrong type": (
        ("limit = 30", 'limit = "30"'),
        "clocks.service.limit: must be a whole number, not '30'",
    ),
    "a truth value for a number": (
        ("limit = 30", "limit = true"),
        "clocks.service.limit: must be a whole number, not True",
    ),
    "a time for a date": (
        ("adopted_on = 2013-06-19", "adopted_on = 2013-06-19T00:00:00"),
        "adopted_on: must be a date like 2013-06-19, not datetime.datetime(2013, 6, 19, 0, 0)",
    ),
    "a follower named twice": (
        ('next = ["D-C1", "D-C2"]', 'next = ["D-C1", "D-C2", "D-C1"]'),
        "steps.D-P4.next: names D-C1 twice",
    ),
    "unknown follower": (
        ('next = ["D-P2"]', 'next = ["D-P22"]'),
        "steps.D-P1.next: no step D-P22; did you mean D-P2?",
    ),
    "follower of another channel": (
        ('next = ["D-P2"]', 'next = ["D-P2", "X-P2"]'),
        "steps.D-P1.next: X-P2 is a step of another channel",
    ),
    "step that leads nowhere": (
        ('next = ["D-P12"]', ""),
        "steps.D-P11.next: leads nowhere in channel direct: name a step or outcomes",
    ),
    "step that nothing leads to": (
        ('next = ["E-P6", "E-P7"]', 'next = ["E-P7"]'),
        "steps.E-P6: cannot be reached from a start of channel portal",
    ),
    "unknown outcome": (
        ('outcomes = ["returned"]', 'outcomes = ["return"]'),
        "steps.D-P12.outcomes: no outcome return; did you mean returned?",
    ),
    "unknown actor": (
        ('actor = "head"', 'actor = "boss"'),
        "steps.D-P2.actor: no actor boss",
    ),
    "unknown kind of step": (
        ('kind = "condition"', 'kind = "choice"'),
        "steps.D-C1.kind: must be process or condition, not 'choice'",
    ),
    "unknown kind of outcome": (
        ('kind = "returned"', 'kind = "sent"'),
        "outcomes.returned.kind: must be decided or returned or rejected, not 'sent'",
    ),
    "clock without starts": (
        ('starts = ["D-P5", "X-P6", "E-P7"]', ""),
        "clocks.commission.starts: is missing",
    ),
    "clock with no stop": (
        ('stops = ["D-P6", "X-P7", "E-P8"]', "stops = []"),
        "clocks.commission.stops: is empty",
    ),
    "clock started by an unknown step": (
        ('starts = ["D-P5",', 'starts = ["D-5",'),
        "clocks.commission.starts: no step D-5; did you mean D-P5?",
    ),
    "clock that never stops in a channel": (
        ('stops = ["D-P6", "X-P7", "E-P8"]', 'stops = ["D-P4", "X-P7", "E-P8"]'),
        "clocks.commission.stops: no step of channel direct stops it once started",
    ),
    "clock that starts and stops at once": (
        ('stops = ["D-P6", "X-P7", "E-P8"]', 'stops = ["D-P5", "D-P6", "X-P7", "E-P8"]'),
        "clocks.commission.stops: D-P5 starts the clock too",
    ),
    "headline clock that does not start in a channel": (
        ('starts = ["D-P1", "X-P1", "E-P5"]', 'starts = ["D-P1", "X-P1"]'),
        "clocks.service.starts: no step of channel portal starts it",
    ),
    "an end that leaves the headline clock running": (
        ('"X-P11", "X-P15", "E-P6"', '"X-P11", "E-P6"'),
        "clocks.service.stops: the way that ends with X-P15 in channel psc never stops it",
    ),
    "limit of no day": (
        ("limit = 30", "limit = 0"),
        "clocks.service.limit: 0 is not between 1 and 3650 days",
    ),
    "impossible start offset": (
        ("start_offset = 1", "start_offset = 2"),
        "clocks.service.start_offset: must be 0 or 1, not 2",
    ),
    "bad kind of days": (
        ('day_type = "calendar"', 'day_type = "business"'),
        "clocks.service.day_type: must be calendar or working, not 'business'",
    ),
    "unknown headline clock": (
        ('headline_clock = "service"', 'headline_clock = "servise"'),
        "headline_clock: no clock servise; did you mean service?",
    ),
    "no clock for the recorded dates": (
        ("records = true", "records = false"),
        "clocks: exactly one must have records = true, not none",
    ),
    "two clocks for the recorded dates": (
        ('stops = ["D-P6", "X-P7", "E-P8"]', 'stops = ["D-P6", "X-P7", "E-P8"]\nrecords = true'),
        "clocks: exactly one must have records = true, not service, commission",
    ),
    "unknown time zone": (
        ('timezone = "Asia/Almaty"', 'timezone = "Asia/Alma-Ata"'),
        "timezone: no time zone Asia/Alma-Ata; write one like Asia/Almaty",
    ),
    "a folder of time zones": (
        ('timezone = "Asia/Almaty"', 'timezone = "Asia"'),
        "timezone: no time zone Asia; write one like Asia/Almaty",
    ),
    "unknown country": (
        ('country = "KZ"', 'country = "QQ"'),
        "calendar.country: the holidays of QQ are not known; write a code like KZ",
    ),
    "no calendar": (
        ("[calendar] # the five-day week", "[kalendar] # the five-day week"),
        "calendar.country: is missing",
    ),
    "a day that is a holiday and is worked": (
        (
            "extra_holidays = []\nextra_working_days = []",
            "extra_holidays = [2013-07-05]\nextra_working_days = [2013-07-05]",
        ),
        "calendar.extra_working_days: 2013-07-05 is in extra_holidays too",
    ),
    "office of an unknown channel": (
        (
            '[service_points.authority]\nchannel = "direct"',
            '[service_points.authority]\nchannel = "d"',
        ),
        "service_points.authority.channel: no channel d",
    ),
    "code that cannot stand in a list": (
        ("[reasons.deceased]", '[reasons."deceased, sadly"]'),
        'reasons."deceased, sadly": a code holds no comma, no line break and no outer blank',
    ),
    "two answers of one value": (
        ("{ value = 2, name", "{ value = 1, name"),
        "survey.answers: two answers have the value 1",
    ),
    "no such answer": (
        ("satisfied = 3", "satisfied = 4"),
        "survey.satisfied: 4 is the value of no answer",
    ),
    "one answer for two meanings": (
        ("partly = 2", "partly = 3"),
        "survey: satisfied, partly and not_satisfied must be different answers",
    ),
    "repealed before it began": (
        ("in_force_to = 2014-02-06", "in_force_to = 2012-02-06"),
        "in_force_to: 2012-02-06 is before in_force_from, 2013-07-02",
    ),
    "in force before it was adopted": (
        ("adopted_on = 2013-06-19", "adopted_on = 2013-07-03"),
        "in_force_from: 2013-07-02 is before adopted_on, 2013-07-03",
    ),
    "a language too few": (
        ('languages = ["kk", "ru", "en"]', 'languages = ["kk", "ru"]'),
        "languages: must name kk, ru, en, each once, in any order",
    ),
    "channel without a start": (
        ("start = true", "start = false"),
        "channels.direct: no step has start = true, so nothing begins",
    ),
    "an office hands out a survey that there is not": (
        (TEXT[TEXT.index("[survey]") :], ""),
        "service_points.alatau.surveys: is true, but there is no survey",
    ),
}


@pytest.mark.parametrize(("change", "fault"), ONE_FAULT.values(), ids=ONE_FAULT.keys())
def test_a_fault_is_said_with_its_key_and_its_reason(change: tuple[str, str], fault: str) -> None:
    assert fault in faults(changed(change))


def test_a_channel_without_an_end_is_refused() -> None:
    text = changed(
        ('outcomes = ["registered", "refused"]', 'next = ["D-P1"]'),
        ('outcomes = ["returned"]', 'next = ["D-P1"]'),
    )
    assert "channels.direct: no step has outcomes, so nothing ends" in faults(text)


def test_a_loop_that_no_way_leaves_is_refused() -> None:
    text = changed(('outcomes = ["returned"]', 'next = ["D-P10"]'))
    looped = ["D-C2", "D-P10", "D-P11", "D-P12"]
    reason = "no end of channel direct can be reached from here"
    assert faults(text) == [f"steps.{code}.next: {reason}" for code in looped]


def test_every_fault_is_said_at_once() -> None:
    text = changed(
        ('ru = "Алматы"', 'ru = ""'),
        ("limit = 30", "limit = -1"),
        ('country = "KZ"', 'country = "QQ"\ncontry = "KZ"'),
        ('actor = "head"', 'actor = "boss"'),
    )
    assert faults(text) == [
        "city.ru: is empty",
        "calendar.contry: is unknown; did you mean country?",
        "calendar.country: the holidays of QQ are not known; write a code like KZ",
        "steps.D-P2.actor: no actor boss",
        "clocks.service.limit: -1 is not between 1 and 3650 days",
    ]


def test_a_wrong_follower_does_not_bring_faults_of_its_own_making() -> None:
    # Given a typing mistake at the very start, which cuts off every step behind it
    text = changed(('next = ["D-P2"]', 'next = ["D-P22"]'))
    # Then only the mistake is said
    assert faults(text) == ["steps.D-P1.next: no step D-P22; did you mean D-P2?"]


def test_an_empty_file_names_everything_that_is_missing() -> None:
    said = faults("")
    for key in ("id", "title", "timezone", "channels", "steps", "clocks", "languages"):
        assert f"{key}: is missing" in said


_TRANSLATIONS = [m.span(1) for m in re.finditer(r'\b(?:kk|ru|en) = "([^"]+)"', TEXT)]
_ACTORS = range(TEXT.index("[actors]"), TEXT.index("[channels.direct]"))  # codes, not keys
_KEYS = [
    match.span(1)
    for match in re.finditer(r"^([a-z_]+)(?:\.(?:kk|ru|en))? =", TEXT, re.MULTILINE)
    if match.start() not in _ACTORS
]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(_TRANSLATIONS))
def test_no_translation_may_be_left_empty(span: tuple[int, int]) -> None:
    said = faults(TEXT[: span[0]] + TEXT[span[1] :])
    assert len(said) == 1
    assert re.search(r"\.(kk|ru|en): is empty$", said[0])


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(_KEYS))
def test_no_key_may_be_misspelt(span: tuple[int, int]) -> None:
    key = TEXT[slice(*span)]
    said = faults(f"{TEXT[: span[1]]}x{TEXT[span[1] :]}")
    assert any(re.search(rf"\b{key}x(\.\w+)?: is unknown", line) for line in said)
