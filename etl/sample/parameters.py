"""What the city is like: its offices, their shares of the work, seasons, delays and dirt.

Calibrated by what is published of Almaty about 2013: the mix of categories, the size of the queue
for the applications of a year, how few are housed, how satisfied people are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

CATEGORIES: Final = ("veterans", "vulnerable", "public_sector", "emergency")
CATEGORY_MIX: Final = (0.002, 0.582, 0.410, 0.006)

OUTCOMES: Final = ("registered", "refused", "returned", "rejected")
REGISTERED, REFUSED, RETURNED, REJECTED = range(4)

REASONS: Final = ("housed", "grounds_lapsed", "moved_away", "false_data", "deceased")
HOUSED: Final = 0
OTHER_REASONS_MIX: Final = (0.50, 0.24, 0.10, 0.16)  # of those who leave without a home
OTHER_REASONS_YEARLY: Final = 0.02  # of the queue
HOUSED_AFTER_YEARS: Final = (4.0, 17.0, 15.0, 7.0)  # scale of the wait, by category
STOCK_PER_APPLICATION: Final = 1.6  # entries older than the period, most still in the queue

Lang = Literal["kk", "ru"]


@dataclass(frozen=True)
class Centre:
    """A public service centre: how its clerks write, and its share of what the centres accept."""

    code: str
    prefix: str  # its own numbering starts at 1: the prefix keeps the districts apart
    lang: Lang
    share: float
    surveys: Literal["csv", "xlsx"]
    responds: float  # share of applicants who fill in the form

    @property
    def encoding(self) -> str:
        return "kz1048" if self.lang == "kk" else "cp1251"

    @property
    def source(self) -> str:
        return f"centre_{self.code}"


CENTRES: Final = (
    Centre("alatau", "ALA-", "kk", 0.15, "csv", 0.31),
    Centre("almaly", "ALM-", "ru", 0.13, "csv", 0.27),
    Centre("auezov", "AUE-", "kk", 0.20, "xlsx", 0.34),
    Centre("bostandyk", "BOS-", "ru", 0.17, "xlsx", 0.37),
    Centre("zhetysu", "ZHE-", "kk", 0.13, "csv", 0.24),
    Centre("medeu", "MED-", "ru", 0.12, "xlsx", 0.38),
    Centre("turksib", "TUR-", "kk", 0.10, "csv", 0.29),
)
SLOW_CENTRE: Final = "zhetysu"

PLACES: Final = ("authority", *(c.code for c in CENTRES), "portal")
AUTHORITY: Final = 0
PORTAL: Final = len(PLACES) - 1

STEPS: Final = {
    "direct": tuple(f"D-P{n}" for n in range(1, 13)),
    "psc": tuple(f"X-P{n}" for n in range(1, 16)),
    "portal": tuple(f"E-P{n}" for n in range(10)),
}

# --- when people apply ------------------------------------------------------------------------

FULL_MONTHS: Final = 25  # full months before the as-of date: 24 points, and one to warm up
GROWTH_YEARLY: Final = 0.12
MONTHS_MIX: Final = (0.80, 1.00, 1.00, 1.05, 0.92, 0.95, 0.84, 0.94, 1.14, 1.18, 1.10, 0.98)
WEEKDAYS_MIX: Final = {  # Monday first; closed days are closed whatever stands here
    "direct": (1.25, 1.10, 1.00, 0.95, 0.85, 0.70, 0.0),
    "psc": (1.20, 1.05, 1.00, 0.95, 0.90, 0.70, 0.0),
    "portal": (1.15, 1.10, 1.05, 1.00, 0.90, 0.55, 0.45),
}
DIRECT_SHARE: Final = (0.24, 0.19)  # at the start and at the end of the period
PORTAL_SHARE: Final = (0.11, 0.26)

# --- how long it takes --------------------------------------------------------------------------

SITTING_DAYS: Final = (10, 25)  # of the month, or the next working day
AGENDA_CLOSES_DAYS: Final = 2  # before the sitting
POSTPONED: Final = 0.04
STUCK: Final = 0.012  # a check at another body that takes weeks
SPELL_ENDS_WEEKS_BEFORE: Final = 26
SPELL_WEEKS: Final = 6
RETURNED_SHARE: Final = {"direct": 0.11, "psc": 0.09, "portal": 0.13}
REFUSED_SHARE: Final = 0.09  # of what is considered on the merits
REJECTED_SHARE: Final = 0.06  # of portal sign-ins, at authentication

# --- dirt -----------------------------------------------------------------------------------

RATES: Final = {
    "missing_key": 0.002,
    "missing_value": 0.003,
    "bad_date": 0.004,
    "unknown_category": 0.003,
    "unknown_service_point": 0.002,
    "unknown_step": 0.003,
    "unknown_outcome": 0.002,
    "unknown_reason": 0.002,
    "missing_outcome": 0.003,
    "before_window": 0.002,
    "in_future": 0.002,
    "stop_before_start": 0.003,
    "unknown_case": 0.003,
    "bad_answer": 0.005,
    "bad_encoding": 0.002,
    "ragged_row": 0.003,
    "iin_check": 0.008,
    "event_after_result": 0.003,
    "step_order": 0.004,
    "duplicate": 0.010,
}
DIRTY_AT_MOST: Final = 0.16  # of a source's records, however small the city
