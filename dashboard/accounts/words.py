"""Roles, and what their accounts see, in words."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.access import Role
from dashboard.i18n import N_

ROLES: Mapping[Role, str] = {
    Role.AKIM: N_("Akim"),
    Role.HEAD: N_("Head of an office"),
    Role.OPERATOR: N_("Survey operator"),
    Role.ANALYST: N_("Analyst"),
    Role.ADMIN: N_("Administrator"),
}
SEES: Mapping[Role, str] = {
    Role.AKIM: N_("All figures of the city and its case lists"),
    Role.HEAD: N_("All figures, and the cases of the own office"),
    Role.OPERATOR: N_("Paper forms of one service point"),
    Role.ANALYST: N_("All figures, no single cases"),
    Role.ADMIN: N_("Accounts and loads, no cases"),
}
DEMONSTRATION = N_("Demonstration: the city's data are invented")
