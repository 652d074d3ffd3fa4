"""Whether the scope of an account names what the regulation has."""

from __future__ import annotations

from sqlalchemy import Engine

from dashboard import queries
from dashboard.access import Reader, Role
from etl.errors import KezekError
from etl.regulation.model import Regulation
from etl.regulation.reader import suggestion


def require_known(engine: Engine, given: Reader) -> None:
    """Raises KezekError where the regulation of the warehouse has no such channel or service point,
    or none that enters the survey; says nothing before the first load."""
    regulation = queries.remembered_regulation(engine)
    if regulation is None:
        return
    for kind, codes in (("channels", given.channels), ("service_points", given.service_points)):
        for code in sorted(codes - set(regulation.codes(kind))):
            near = suggestion(code, regulation.codes(kind))
            named = kind.replace("_", " ").removesuffix("s")
            raise KezekError(f"The regulation has no {named} {code}{near}.")
    if given.role is Role.OPERATOR:
        for code in sorted(given.service_points - set(surveyed(regulation))):
            raise KezekError(f"The service point {code} has no survey to enter.")


def surveyed(regulation: Regulation) -> list[str]:
    """The service points at which the survey is asked."""
    return [point.code for point in regulation.service_points if point.surveys]
