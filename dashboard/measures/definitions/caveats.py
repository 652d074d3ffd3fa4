"""What several measures do not say."""

from __future__ import annotations

from dashboard.i18n import N_

REJECTED = N_(
    "Requests rejected before they were received, as by the portal where it cannot confirm the "
    "applicant's identity, are counted nowhere."
)
CLOCK = N_(
    "Reception and finish are those of the chosen time limit: where it covers part of the way, "
    "the beginning and the end of that part."
)
EARLIER = N_(
    "Many of them may have been received before the period, so they are not a share of those "
    "received in it."
)
STALE = N_("An application whose finish was never recorded stays in progress.")
ANY_RESULT = N_("Any result counts as finished, also a return as incomplete.")
DECIDED_ONLY = N_(
    "Applications still in progress and those returned as incomplete do not show here."
)
NEAREST_RANK = N_("It is the time of one actual case, so over few cases it moves by jumps.")
CALENDAR = N_("The days are calendar days, also where the time limit counts working days.")
CHANCE = N_(
    "The 95 % interval says how far chance alone may move the share; over few cases it is wide."
)
ENTRIES = N_("Entries are counted, not persons: whoever is entered twice counts twice.")
NO_OFFICES = N_("Unknown under a filter of channels or offices: the register knows neither.")
