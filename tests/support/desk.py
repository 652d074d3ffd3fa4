"""A server at which people sign in, without a browser: its clock is the test's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from werkzeug.test import TestResponse

from dashboard import accounts, audit
from dashboard.access import Role
from dashboard.accounts import passwords, store
from dashboard.accounts.store import Account
from dashboard.app import KezekDash, create_app
from dashboard.settings import Settings
from etl.people import session
from tests.support import asking
from tests.support.serving import SECRET
from tests.support.signing import token_in

NOON = datetime(2026, 1, 1, 12)
PASSWORD = "teapot-gravel-ninth-otter"  # noqa: S105  # of accounts that tests make
OTHER = "lantern-sugar-bridge-seven"
HASHED = passwords.hashed(PASSWORD)


@dataclass
class Clock:
    """Time that passes when a test says so."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Town:
    """An application over ``database_url``, and those who come to it."""

    database_url: str
    clock: Clock = field(default_factory=Clock)
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = {"database_url": self.database_url, "secret": SECRET, **self.settings}
        self.app: KezekDash = create_app(Settings(**given), clock=self.clock)
        try:
            accounts.prepare(self.app.server)
        except BaseException:
            self.engine.dispose()
            raise

    @property
    def engine(self) -> Engine:
        return self.app.house.engine

    def account(self, login: str = "aigul", **given: Any) -> None:
        """Make an account whose password is PASSWORD."""
        told = {"role": Role.AKIM, "password_hash": HASHED, "made_at": self.clock(), **given}
        store.add(self.engine, Account(login=login, **told), by="test")

    def visitor(self, base: str = "https://localhost") -> Visitor:
        return Visitor(self.app.server.test_client(), base)


def noted(town: Town) -> list[tuple[str, str]]:
    """Who did what, from the first."""
    return [(entry.who, entry.what) for entry in audit.entries(town.engine)]


def sessions(town: Town) -> int:
    """How many there are."""
    with town.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(session)) or 0


@dataclass
class Visitor:
    """Somebody with cookies of their own."""

    client: FlaskClient
    base: str
    address: str = "127.0.0.1"

    def get(self, path: str, **more: Any) -> TestResponse:
        headers = {"Accept": "text/html", "Accept-Language": "en", **more.pop("headers", {})}
        return self.client.get(path, base_url=self.base, headers=headers, **more)

    def post(self, path: str, *, page: str = "/sign-in", **form: str) -> TestResponse:
        """Send the form of a page with its own token."""
        token = form.pop("csrf_token", None) or token_in(self.get(page).text)
        return self.client.post(
            path,
            base_url=self.base,
            data={"csrf_token": token, **form},
            headers={"Referer": f"{self.base}{page}", "Accept-Language": "en"},
            environ_base={"REMOTE_ADDR": self.address},
        )

    def sign_in(self, login: str = "aigul", password: str = PASSWORD, **more: str) -> TestResponse:
        return self.post("/sign-in", login=login, password=password, **more)

    def ask(self, sent: object) -> TestResponse:
        """Ask a callback, see `tests.support.asking.body`."""
        return asking.ask(self.client, sent, base_url=self.base)

    @property
    def is_in(self) -> bool:
        return self.get("/").status_code == 200
