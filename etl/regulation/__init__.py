"""The regulation as data: ``load(path)`` gives a frozen Regulation or says what is wrong."""

from etl.regulation.loader import load, parse
from etl.regulation.model import (
    LANGUAGES,
    Actor,
    Answer,
    Category,
    Channel,
    Clock,
    HolidayCalendar,
    Lang,
    Outcome,
    Question,
    Reason,
    Regulation,
    ServicePoint,
    Step,
    Survey,
    Text,
)

__all__ = [
    "LANGUAGES",
    "Actor",
    "Answer",
    "Category",
    "Channel",
    "Clock",
    "HolidayCalendar",
    "Lang",
    "Outcome",
    "Question",
    "Reason",
    "Regulation",
    "ServicePoint",
    "Step",
    "Survey",
    "Text",
    "load",
    "parse",
]
