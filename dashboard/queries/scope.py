"""Whose cases a query may return: the one place where a reader's scope becomes a condition."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, or_, true

from dashboard.access import Scope
from etl.warehouse import cases


def own_cases(scope: Scope) -> ColumnElement[bool]:
    """The rows of ``cases`` that lie in a scope; of the empty scope none."""
    if scope.every:
        return true()
    return or_(
        cases.c.channel.in_(sorted(scope.channels)),
        cases.c.service_point.in_(sorted(scope.service_points)),
    )


def own_entries(scope: Scope) -> ColumnElement[bool]:
    """The entries of the register that lie in a scope.

    An entry says neither channel nor office, so it belongs to nobody's own: those who may see every
    case see it, no others do.
    """
    return true() if scope.every else false()
