"""Who reads, and what they may see: the one table from permission to role. Deny by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import flask


class Role(StrEnum):
    """What an account is for."""

    AKIM = "akim"
    HEAD = "head"
    OPERATOR = "operator"
    ANALYST = "analyst"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a door may ask for."""

    FIGURES = "figures"  # aggregates of the whole city
    CASES = "cases"  # lists of single cases, of the reader's scope
    SMALL = "small"  # exact counts, however few cases they are of
    REMARK = "remark"  # write a note or an expected date to a case of the reader's scope
    SURVEY = "survey"  # enter paper forms of the reader's service points
    RUNS = "runs"  # what was loaded, when, from where, and what was not
    ACCOUNTS = "accounts"  # who may sign in


PERMITTED: Mapping[Permission, frozenset[Role]] = {
    Permission.FIGURES: frozenset({Role.AKIM, Role.HEAD, Role.ANALYST}),
    Permission.CASES: frozenset({Role.AKIM, Role.HEAD}),
    Permission.SMALL: frozenset({Role.AKIM, Role.HEAD}),
    Permission.REMARK: frozenset({Role.HEAD}),
    Permission.SURVEY: frozenset({Role.OPERATOR}),
    Permission.RUNS: frozenset({Role.AKIM, Role.HEAD, Role.ANALYST, Role.ADMIN}),
    Permission.ACCOUNTS: frozenset({Role.ADMIN}),
}


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who sends a request.

    ``channels``, ``service_points``: codes of what a head is head of (a case of any of them is
    theirs), or of the one service point whose survey an operator enters; both empty: none, not all.
    """

    login: str
    role: Role
    channels: frozenset[str] = frozenset()
    service_points: frozenset[str] = frozenset()

    def may(self, permission: Permission) -> bool:
        """Whether the table lets this reader through."""
        return self.role in PERMITTED.get(permission, frozenset())


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which cases one may see: ``every`` one, or those of any of the channels or service points."""

    every: bool = False
    channels: frozenset[str] = frozenset()
    service_points: frozenset[str] = frozenset()

    def holds(self, *, channel: str, service_point: str) -> bool:
        """Whether a case of this channel and service point is in it."""
        return self.every or channel in self.channels or service_point in self.service_points


def case_scope(reader: Reader | None) -> Scope:
    """Whose cases a reader may see one by one; none for nobody and for readers of figures alone."""
    if reader is None or not reader.may(Permission.CASES):
        return Scope()
    if reader.role is Role.HEAD:
        return Scope(channels=reader.channels, service_points=reader.service_points)
    return Scope(every=True)


def reader() -> Reader | None:
    """Who sends the present request; None for nobody."""
    found: Reader | None = flask.g.get("kezek_reader")
    return found


def admit(reader: Reader | None) -> None:
    """Let ``reader`` be who sends the present request."""
    flask.g.kezek_reader = reader


def fix(server: flask.Flask, reader: Reader) -> None:
    """Let ``reader`` send every request to this server: nobody else can reach it."""
    server.before_request(lambda: admit(reader))
