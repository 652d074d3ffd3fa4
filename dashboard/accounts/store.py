"""Accounts in the warehouse: made, found, changed, each change beside its entry in the audit.

Times are naive UTC. ``by``: who does it. All but `find` and `all_accounts` raise KezekError where
it cannot be done, and do then nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update

from dashboard import audit
from dashboard.access import Reader, Role
from etl.connect import begin
from etl.errors import KezekError
from etl.people import PEOPLE, account, session

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody who may sign in, unless ``disabled_at`` says since when not.

    ``password_hash``: None for who signs in by the provider, and for accounts of a demonstration.
    ``given_at``: when the password was given that must be changed. ``forgiven_at``: until when
    refusals make nobody wait.
    """

    login: str
    role: Role
    channels: frozenset[str] = frozenset()
    service_points: frozenset[str] = frozenset()
    subject: str | None = None
    password_hash: str | None = None
    must_change: bool = False
    given_at: datetime | None = None
    made_at: datetime
    disabled_at: datetime | None = None
    forgiven_at: datetime | None = None

    def has_run_out(self, after: timedelta, *, now: datetime) -> bool:
        """Whether it has a first password that was not changed in time."""
        return self.must_change and now - (self.given_at or self.made_at) > after

    @property
    def reader(self) -> Reader:
        """Who they are to what they ask for."""
        return Reader(
            login=self.login,
            role=self.role,
            channels=self.channels,
            service_points=self.service_points,
        )

    @property
    def of_demo(self) -> bool:
        """Whether it is one that a demonstration made: nobody else gets in by it."""
        return self.password_hash is None and self.subject is None


def normal(login: str) -> str:
    """A login as it is kept, however it was typed."""
    return login.strip().lower()


def require_sound(given: Account | Reader) -> None:
    """Raises KezekError for a login that could be mistaken, or a scope that is not the role's."""
    if not _LOGIN.fullmatch(given.login):
        raise KezekError(
            f"{given.login!r} is no login; use up to 64 small Latin letters, digits and . _ - @."
        )
    require_scope(given.role, given.channels, given.service_points)


def require_scope(role: Role, channels: Iterable[str], service_points: Iterable[str]) -> None:
    """Raises KezekError where a role's scope is missing, or it has one that means nothing."""
    places, ways = sorted(service_points), sorted(channels)
    if role is Role.HEAD and not (places or ways):
        raise KezekError("A head is head of something: name a channel or a service point.")
    if role is Role.OPERATOR and (len(places) != 1 or ways):
        raise KezekError("An operator enters forms of exactly one service point: name it.")
    if role not in (Role.HEAD, Role.OPERATOR) and (places or ways):
        raise KezekError(f"The role {role} has no channels or service points of its own.")


def find(engine: Engine, login: str) -> Account | None:
    """The account of a login; None where there is none, or what was typed is no login."""
    if not _LOGIN.fullmatch(login):
        return None
    with begin(engine, write=False) as connection:
        return found(connection, account.c.login == login)


def found(connection: Connection, *chosen: Any) -> Account | None:
    """The same in a transaction."""
    row = connection.execute(select(account).where(*chosen)).mappings().one_or_none()
    return from_row(row) if row else None


def all_accounts(engine: Engine) -> list[Account]:
    """Every account, by login."""
    with begin(engine, write=False) as connection:
        rows = connection.execute(select(account).order_by(account.c.login)).mappings()
        return [from_row(row) for row in rows]


def add(engine: Engine, given: Account, *, by: str) -> None:
    """Make an account. Its login must be new."""
    require_sound(given)
    with begin(engine, writers=PEOPLE) as connection:
        if found(connection, account.c.login == given.login):
            raise KezekError(f"There is an account {given.login} already.")
        write_new(connection, given, by=by)


def write_new(connection: Connection, given: Account, *, by: str) -> None:
    """The same in a transaction that ``PEOPLE`` wait for; its login must be new and sound."""
    connection.execute(insert(account).values({**vars(given), **as_values(given)}))
    told = {"login": given.login, **scope_in_words(given)}
    audit.add(connection, "account added", who=by, about=told, now=given.made_at)


def disable(engine: Engine, login: str, *, by: str, now: datetime) -> None:
    """Let nobody in by it from now on; who is in is put out."""
    change(engine, login, "account disabled", {"disabled_at": now}, by=by, now=now)


def enable(engine: Engine, login: str, *, by: str, now: datetime) -> None:
    """Let them in again; what was refused before makes them wait no longer."""
    given = {"disabled_at": None, "forgiven_at": now}
    change(engine, login, "account enabled", given, by=by, now=now)


def reset(engine: Engine, login: str, password_hash: str, *, by: str, now: datetime) -> None:
    """Give it a first password again; who is in is put out, who waits after refusals is let in."""
    kept = find(engine, login)
    if kept is not None and kept.subject is not None:
        raise KezekError(f"{login} signs in by the OpenID provider and has no password here.")
    if kept is not None and kept.of_demo:
        raise KezekError(f"{login} is of the demonstration and has no password.")
    given = {
        "password_hash": password_hash,
        "must_change": True,
        "given_at": now,
        "forgiven_at": now,
    }
    change(engine, login, "password reset", given, by=by, now=now)


def set_role(engine: Engine, login: str, given: Reader, *, by: str, now: datetime) -> None:
    """Give it another role or scope; who is in signs in anew."""
    require_scope(given.role, given.channels, given.service_points)
    with begin(engine, writers=PEOPLE) as connection:
        write_role(connection, replace(given, login=login), by=by, now=now)


def write_role(connection: Connection, given: Reader, *, by: str, now: datetime) -> None:
    """The same in a transaction that ``PEOPLE`` wait for."""
    values, told = as_values(given), scope_in_words(given)
    write_change(connection, given.login, "role changed", values, by=by, now=now, about=told)


def change(
    engine: Engine, login: str, what: str, values: Mapping[str, Any], *, by: str, now: datetime
) -> None:
    """Change an account, end its sessions, and note ``what`` was done."""
    with begin(engine, writers=PEOPLE) as connection:
        write_change(connection, login, what, values, by=by, now=now)


def write_change(
    connection: Connection,
    login: str,
    what: str,
    values: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
    about: Mapping[str, Any] | None = None,
) -> None:
    """The same in a transaction that ``PEOPLE`` wait for."""
    row = update(account).where(account.c.login == login).values(dict(values))
    if not connection.execute(row).rowcount:
        raise KezekError(f"There is no account {login}; `kezek user list` has them.")
    end_sessions(connection, login)
    audit.add(connection, what, who=by, about={"login": login, **(about or {})}, now=now)


def end_sessions(connection: Connection, login: str) -> None:
    """Put out whoever is in by that login."""
    connection.execute(delete(session).where(session.c.login == login))


def as_values(given: Account | Reader) -> dict[str, Any]:
    """Role and scope as the columns have them."""
    return {
        "role": str(given.role),
        "channels": sorted(given.channels),
        "service_points": sorted(given.service_points),
    }


def scope_in_words(given: Account | Reader) -> dict[str, Any]:
    """Role and scope for the audit, without what is empty."""
    return {name: value for name, value in as_values(given).items() if value}


def from_row(row: RowMapping | Mapping[str, Any]) -> Account:
    """An account of a row of its table."""
    return Account(
        login=row["login"],
        role=Role(row["role"]),
        channels=frozenset(row["channels"]),
        service_points=frozenset(row["service_points"]),
        subject=row["subject"],
        password_hash=row["password_hash"],
        must_change=row["must_change"],
        given_at=row["given_at"],
        made_at=row["made_at"],
        disabled_at=row["disabled_at"],
        forgiven_at=row["forgiven_at"],
    )
