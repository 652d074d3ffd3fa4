"""What a file can get wrong though every key is there: its parts contradict each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from zoneinfo import ZoneInfo

from holidays.registry import EntityLoader

from etl.regulation import ways
from etl.regulation.model import HolidayCalendar, Regulation, Survey
from etl.regulation.reader import UNKNOWN_DAY, Faults, path, suggestion

LONGEST_LIMIT = 3650  # days; a longer one is a slip of the pen


def check(regulation: Regulation, faults: Faults) -> None:
    """Note in ``faults`` every contradiction, in the order of the regulation's own fields.

    What stands in for a value that could not be read ("" or UNKNOWN_DAY) is passed over: its fault
    is noted already.
    """
    _dates(regulation, faults)
    _timezone(regulation.timezone, faults)
    _calendar(regulation.calendar, faults)
    _outcomes(regulation, faults)
    _steps(regulation, faults)
    for channel in regulation.channels:
        ways.check_channel(channel, regulation, faults)
    _clocks(regulation, faults)
    _service_points(regulation, faults)
    if regulation.survey:
        _survey(regulation.survey, faults)


def _dates(regulation: Regulation, faults: Faults) -> None:
    adopted, start, end = (
        regulation.adopted_on,
        regulation.in_force_from,
        regulation.in_force_to,
    )
    if start != UNKNOWN_DAY and adopted > start:
        faults.add("in_force_from", f"{start} is before adopted_on, {adopted}")
    if end is not None and end != UNKNOWN_DAY and end < start:
        faults.add("in_force_to", f"{end} is before in_force_from, {start}")


def _timezone(name: str, faults: Faults) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no name of a file; the name of a folder
        if name:
            faults.add("timezone", f"no time zone {name}; write one like Asia/Almaty")


def _calendar(calendar: HolidayCalendar, faults: Faults) -> None:
    # holidays.list_supported_countries() would import every country of the world to say the same.
    if calendar.country and calendar.country not in set(EntityLoader.get_country_codes()):
        reason = f"the holidays of {calendar.country} are not known; write a code like KZ"
        faults.add("calendar.country", reason)
    for day in sorted(calendar.extra_holidays & calendar.extra_working_days):
        faults.add("calendar.extra_working_days", f"{day} is in extra_holidays too")


def _outcomes(regulation: Regulation, faults: Faults) -> None:
    if regulation.outcomes and all(o.kind != "decided" for o in regulation.outcomes):
        faults.add("outcomes", "none is of the kind decided")


def _steps(regulation: Regulation, faults: Faults) -> None:
    actors, outcomes = regulation.codes("actors"), regulation.codes("outcomes")
    steps = regulation.steps
    for step in steps.values():
        _known("actor", [step.actor], actors, path("steps", step.code, "actor"), faults)
        key = path("steps", step.code, "outcomes")
        _known("outcome", step.outcomes, outcomes, key, faults)
        key = path("steps", step.code, "next")
        _known("step", step.next, tuple(steps), key, faults)
        for code in step.next:
            if code in steps and not set(step.channels) & set(steps[code].channels):
                faults.add(key, f"{code} is a step of another channel")


def _clocks(regulation: Regulation, faults: Faults) -> None:
    clocks = regulation.codes("clocks")
    _known("clock", [regulation.headline_clock], clocks, "headline_clock", faults)
    recording = [c.code for c in regulation.clocks if c.records]
    if clocks and len(recording) != 1:
        named = ", ".join(recording) or "none"
        faults.add("clocks", f"exactly one must have records = true, not {named}")
    for clock in regulation.clocks:
        if not 1 <= clock.limit <= LONGEST_LIMIT:
            reason = f"{clock.limit} is not between 1 and {LONGEST_LIMIT} days"
            faults.add(path("clocks", clock.code, "limit"), reason)
        ways.check_clock(clock, regulation, faults)


def _service_points(regulation: Regulation, faults: Faults) -> None:
    for point in regulation.service_points:
        if point.channel is not None:
            key = path("service_points", point.code, "channel")
            _known("channel", [point.channel], regulation.codes("channels"), key, faults)
        if point.surveys and regulation.survey is None:
            key = path("service_points", point.code, "surveys")
            faults.add(key, "is true, but there is no survey")


def _survey(survey: Survey, faults: Faults) -> None:
    values = [answer.value for answer in survey.answers]
    for value in sorted({v for v in values if values.count(v) > 1}):
        faults.add("survey.answers", f"two answers have the value {value}")
    marks = {
        "satisfied": survey.satisfied,
        "partly": survey.partly,
        "not_satisfied": survey.not_satisfied,
    }
    for key, value in marks.items():
        if value not in values:
            faults.add(f"survey.{key}", f"{value} is the value of no answer")
    if len(set(marks.values())) < len(marks):
        faults.add("survey", "satisfied, partly and not_satisfied must be different answers")


def _known(
    what: str, codes: Iterable[str], known: Collection[str], key: str, faults: Faults
) -> None:
    for code in codes:
        if code and code not in known:
            faults.add(key, f"no {what} {code}{suggestion(code, known)}")
