"""Why a record stayed out, or looks odd, in the words of readers: on screens and at a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.i18n import N_, Translator

RULES: Mapping[str, str] = {
    "missing_key": N_("the record has no number of its own"),
    "iin_as_key": N_("an IIN where the record's own number belongs"),
    "missing_value": N_("a value that must be there is missing"),
    "bad_date": N_("a date that cannot be read"),
    "unknown_channel": N_("a channel that the regulation does not know"),
    "unknown_category": N_("a category that the regulation does not know"),
    "unknown_service_point": N_("a service point that the regulation does not know"),
    "unknown_step": N_("a step that the regulation does not know"),
    "unknown_outcome": N_("an outcome that the regulation does not know"),
    "unknown_reason": N_("a reason for leaving that the regulation does not know"),
    "missing_outcome": N_("finished, but nothing says how"),
    "before_window": N_("earlier than anything that counts"),
    "in_future": N_("later than the day of the export"),
    "stop_before_start": N_("finished before it began"),
    "unknown_case": N_("an event of a case that nobody sent"),
    "case_rejected": N_("an event of a case that was itself rejected"),
    "bad_answer": N_("an answer that the form does not have"),
    "bad_encoding": N_("letters that cannot be read in the stated encoding"),
    "ragged_row": N_("a row with too many or too few cells"),
    "repeated_name": N_("a name that stands twice in the record and says two things"),
    "iin_check": N_("an IIN whose check digit does not agree"),
    "event_after_result": N_("an event after the result"),
    "step_order": N_("a step that does not follow the one before it"),
}

_ANOTHER = N_("another reason")


def reason_of(code: str, t: Translator) -> str:
    """The rule or finding in the reader's language; one that is no longer known is another."""
    return t(RULES.get(code, _ANOTHER))
