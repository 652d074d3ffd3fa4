"""How many forms of the survey came in; the mart counts answers and does not know."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Engine, and_, func, select, union

from dashboard.queries.keeping import held
from dashboard.queries.reading import connected
from etl.frames import whole
from etl.warehouse import SURVEY_FACTS

_FORM = ("response_id", "service_point", "answered_on")


def response_days(engine: Engine, *, version: int | None = None) -> pd.DataFrame:
    """Forms with an answer, counted by day and place, however many questions each answers.

    Columns: service_point (category dtype), answered_on (datetime64[s]), n (int64). Not to be
    changed in place. ``version``: what was known then, else now.
    """
    kept, former = SURVEY_FACTS.kept.c, SURVEY_FACTS.former.c
    now = select(*(kept[name] for name in _FORM))
    if version is None:
        forms = now.distinct().subquery()
    else:
        told = and_(former.since <= version, former.until > version)
        then = select(*(former[name] for name in _FORM)).where(told)
        forms = union(now.where(kept.since <= version), then).subquery()
    by = [forms.c[name] for name in _FORM[1:]]
    counted = select(*by, func.count().label("n")).group_by(*by).subquery()

    def read() -> pd.DataFrame:
        with connected(engine) as connection:
            return whole(connection, list(counted.c))

    return held(engine, ("responses", version), read).copy(deep=False)
