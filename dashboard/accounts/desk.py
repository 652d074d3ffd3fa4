"""What everybody who signs people in needs: found once, when the server is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import flask
from sqlalchemy import Engine

from dashboard.accounts.provider import Provider
from dashboard.accounts.secret import secret_of
from dashboard.accounts.sessions import Limits
from dashboard.context import House
from dashboard.settings import Settings

_EXTENSION = "kezek-accounts"
_COOKIE = "kezek"


@dataclass(frozen=True)
class Desk:
    """``clock``: naive UTC, whatever day the screens are set to."""

    engine: Engine
    settings: Settings
    secret: str = field(repr=False)
    provider: Provider | None
    clock: Callable[[], datetime]

    @classmethod
    def of(cls, server: flask.Flask, house: House, clock: Callable[[], datetime]) -> Desk:
        """Raises KezekError for settings under which nobody may sign in."""
        settings = house.settings
        secret = secret_of(settings)
        return cls(house.engine, settings, secret, Provider.of(server, settings), clock)

    @property
    def limits(self) -> Limits:
        return Limits.of(self.settings)

    @property
    def secure(self) -> bool:
        """Whether cookies go over TLS alone."""
        wanted = self.settings.secure_cookies
        return not self.settings.demo if wanted is None else wanted

    def cookie(self, name: str = _COOKIE) -> str:
        """A cookie's name; behind the prefix no other host or path can set it (RFC 6265bis)."""
        return f"__Host-{name}" if self.secure else name


def utc_now() -> datetime:
    """The time now, as the warehouse keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def put(server: flask.Flask, desk: Desk) -> None:
    """Make it the one that requests to this server see."""
    server.extensions[_EXTENSION] = desk


def the_desk() -> Desk:
    """The same, where there is one: behind the doors of the sign-in."""
    found = desk()
    if found is None:
        flask.abort(404)
    return found


def desk() -> Desk | None:
    """Of the server that answers; None where everything is asked by one reader."""
    found: Desk | None = flask.current_app.extensions.get(_EXTENSION)
    return found
