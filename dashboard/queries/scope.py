"""Whose cases a query may return: the one place where a reader's scope becomes a condition."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, or_, true

from dashboard.access import Scope
from dashboard.kpi.state import Mask
from etl.warehouse import cases


def own_cases(scope: Scope) -> ColumnElement[bool]:
    """The rows of ``cases`` that lie in a scope; of the empty scope none."""
    if scope.every:
        return true()
    return or_(
        cases.c.channel.in_(sorted(scope.channels)),
        cases.c.service_point.in_(sorted(scope.service_points)),
    )


def own_rows(scope: Scope, rows: pd.DataFrame) -> Mask:
    """Which rows of a frame with the columns channel and service_point lie in a scope.

    An entry of the register says neither, so it belongs to nobody's own: those who may see every
    case see it, no others do.
    """
    if scope.every:
        return np.ones(len(rows), dtype=bool)
    of_channel = rows["channel"].isin(sorted(scope.channels))
    mine: Mask = (of_channel | rows["service_point"].isin(sorted(scope.service_points))).to_numpy()
    return mine
