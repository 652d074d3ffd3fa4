"""A month on a chart: where it leads, and what is said of the last one."""

from __future__ import annotations

from datetime import date, timedelta

from dashboard.assess import VARIATION
from dashboard.context import Context
from dashboard.i18n import Translator
from dashboard.kpi.signals import Variation


def month_link(here: Context, path: str, month: date) -> str:
    """The page at ``path`` with the month of a day as its period."""
    first = date(month.year, month.month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return here.href(path, **{"from": first.isoformat(), "to": last.isoformat()})


def variation_words(t: Translator, said: Variation | None) -> str:
    """The last month in words, for a chart's text; "" where too few months are known."""
    return f"{t('The last month:')} {t(VARIATION[said])}" if said else ""
