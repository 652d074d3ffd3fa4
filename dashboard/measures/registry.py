"""Every measure by its key, in the order and the groups of the definitions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dashboard.i18n import N_
from dashboard.measures.definitions import data, flow, limits, register, steps, survey, times
from dashboard.measures.measure import Measure

GROUPS: Mapping[str, tuple[Measure, ...]] = MappingProxyType(
    {
        N_("Applications"): flow.MEASURES,
        N_("Time limits"): limits.MEASURES,
        N_("Processing times"): times.MEASURES,
        N_("Steps"): steps.MEASURES,
        N_("Queue"): register.MEASURES,
        N_("Satisfaction"): survey.MEASURES,
        N_("Data"): data.MEASURES,
    }
)
REGISTRY = MappingProxyType({m.key: m for measures in GROUPS.values() for m in measures})
