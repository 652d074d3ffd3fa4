"""Sessions: rows of the warehouse, known by the hash of a random token that the cookie holds."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import OperationalError

from dashboard.accounts import store
from dashboard.accounts.store import Account
from dashboard.settings import Settings
from etl import databases
from etl.connect import begin
from etl.people import account, session

_STEP = timedelta(minutes=1)  # seen_at is written no oftener
_SOON = 100  # ms that a reader waits for another writer of SQLite before it is not written


@dataclass(frozen=True)
class Limits:
    """A session ends ``idle`` after its last request, and ``absolute`` after it began."""

    idle: timedelta
    absolute: timedelta

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        idle = timedelta(minutes=settings.session_idle_minutes)
        return cls(idle, timedelta(hours=settings.session_hours))


def start(connection: Connection, login: str, *, limits: Limits, now: datetime) -> str:
    """A new session's token. ``now``: naive UTC. What ended long ago is swept out."""
    token = secrets.token_urlsafe(32)
    connection.execute(delete(session).where(session.c.made_at < now - limits.absolute))
    row = {"token_hash": _hash(token), "login": login, "made_at": now, "seen_at": now}
    connection.execute(insert(session).values(row))
    return token


def whose(engine: Engine, token: str, *, limits: Limits, now: datetime) -> Account | None:
    """The account of a living session, as it is at this moment; None for any other token."""
    c = session.c
    query = (
        select(account, c.seen_at)
        .join(session, c.login == account.c.login)
        .where(
            c.token_hash == _hash(token),
            c.made_at > now - limits.absolute,
            c.seen_at > now - limits.idle,
            account.c.disabled_at.is_(None),
        )
    )
    with begin(engine, write=False) as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    if now - row["seen_at"] >= _STEP:
        _touch(engine, token, now)
    return store.from_row(row)


def end(connection: Connection, token: str) -> None:
    """Let the session of a token be no more."""
    connection.execute(delete(session).where(session.c.token_hash == _hash(token)))


def _touch(engine: Engine, token: str, now: datetime) -> None:
    """Write when it was seen; while a run fills SQLite no reader waits, the next time will do."""
    row = update(session).where(session.c.token_hash == _hash(token)).values(seen_at=now)
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            connection.execute(row)
            connection.commit()
            return
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {_SOON}")
        try:
            connection.execute(row)
            connection.commit()
        except OperationalError:
            connection.rollback()
        finally:
            usual = databases.SQLITE_BUSY_SECONDS * 1000
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {usual}")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
