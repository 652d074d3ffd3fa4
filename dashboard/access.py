"""Who reads, and what they may see: the one table from permission to role. Deny by default."""

from __future__ import annotations

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


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who sends a request.

    ``channels``, ``service_points``: codes of what a head is head of, or of the one service point
    whose survey an operator enters; both empty: none, not all.
    """

    login: str
    role: Role
    channels: frozenset[str] = frozenset()
    service_points: frozenset[str] = frozenset()


def reader() -> Reader | None:
    """Who sends the present request; None for nobody."""
    found: Reader | None = flask.g.get("kezek_reader")
    return found


def fix(server: flask.Flask, reader: Reader) -> None:
    """Let ``reader`` send every request to this server: nobody else can reach it."""

    def set_reader() -> None:
        flask.g.kezek_reader = reader

    server.before_request(set_reader)
