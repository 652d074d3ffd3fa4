"""Letting people in and out: by password, by the provider, by the demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, update

from dashboard import audit
from dashboard.accounts import passwords, sessions, store, throttle
from dashboard.accounts.desk import Desk
from dashboard.accounts.provider import Newcomer
from dashboard.accounts.store import Account
from dashboard.accounts.throttle import Attempt
from etl.connect import begin
from etl.people import PEOPLE, account

_NOBODY = "unknown"  # what was typed as a login may be a password


class RefusedError(Exception):
    """Who came is not let in, and is not told why."""


class UnknownRoleError(RefusedError):
    """The provider knows them, the file of groups does not; or their login is another's."""


class RunOutError(RefusedError):
    """It was the first password, and too late: who knows it is told so."""


@dataclass
class TooSoonError(RefusedError):
    """Refused so often that nothing is looked at until ``wait`` has passed."""

    wait: timedelta


def by_password(desk: Desk, login: str, password: str, *, address: str) -> tuple[str, Account]:
    """A new session's token and whose it is. Raises RefusedError, BusyError."""
    attempt = _attempt(desk, login, address)
    who = _proven(desk, login, password, address=address)
    kept = who.password_hash or ""
    better = passwords.hashed(password) if passwords.is_outdated(kept) else kept
    with begin(desk.engine, writers=PEOPLE) as connection:
        throttle.succeeded(connection, attempt)
        still = store.found(connection, account.c.login == who.login)
        if still is None or still.password_hash != kept or still.disabled_at:
            raise RefusedError
        connection.execute(
            update(account).where(account.c.login == who.login).values(password_hash=better)
        )
        return _let_in(desk, connection, still, {"by": "password", "address": address}), still


def change_password(desk: Desk, who: Account, current: str, new: str, *, address: str) -> str:
    """The token of the only session that is left. Raises RefusedError, BusyError.

    ``new`` must be one that `dashboard.accounts.passwords.why_not` lets pass.
    """
    attempt = _attempt(desk, who.login, address)
    _proven(desk, who.login, current, address=address)
    values = {"password_hash": passwords.hashed(new), "must_change": False}
    now = desk.clock()
    with begin(desk.engine, writers=PEOPLE) as connection:
        throttle.succeeded(connection, attempt)
        what = "password changed"
        store.write_change(connection, who.login, what, values, by=who.login, now=now)
        return sessions.start(connection, who.login, limits=desk.limits, now=now)


def by_provider(desk: Desk, newcomer: Newcomer, *, address: str) -> tuple[str, Account]:
    """The same for whom the provider sent; makes or mends their account. Raises RefusedError."""
    with begin(desk.engine, writers=PEOPLE) as connection:
        who = _known(desk, connection, newcomer, address)
        if who is not None:
            return _let_in(desk, connection, who, {"by": "provider", "address": address}), who
    raise UnknownRoleError


def as_demo(desk: Desk, login: str, *, address: str) -> tuple[str, Account]:
    """The same for an account that the demonstration made. Raises RefusedError for any other."""
    who = store.find(desk.engine, login)
    if who is None or not who.of_demo or who.disabled_at:
        raise RefusedError
    with begin(desk.engine, writers=PEOPLE) as connection:
        return _let_in(desk, connection, who, {"by": "demo", "address": address}), who


def out(desk: Desk, who: Account, token: str, *, everywhere: bool) -> None:
    """End this session, or all of the account's."""
    with begin(desk.engine, writers=PEOPLE) as connection:
        if everywhere:
            store.end_sessions(connection, who.login)
        else:
            sessions.end(connection, token)
        about = {"everywhere": everywhere}
        audit.add(connection, "signed out", who=who.login, about=about, now=desk.clock())


def forget(desk: Desk, token: str) -> None:
    """Let a session that was left for another be no more."""
    if token:
        with begin(desk.engine, writers=PEOPLE) as connection:
            sessions.end(connection, token)


def _attempt(desk: Desk, login: str, address: str) -> Attempt:
    """Counted before anything is looked at. Raises TooSoonError."""
    attempt = Attempt.of(desk.secret, login=login, address=address)
    with begin(desk.engine, writers=PEOPLE) as connection:
        who = store.found(connection, account.c.login == login)
        forgiven = who.forgiven_at if who else None
        wait = throttle.begin(connection, attempt, now=desk.clock(), forgiven_at=forgiven)
    if wait:
        raise TooSoonError(wait)
    return attempt


def _proven(desk: Desk, login: str, password: str, *, address: str) -> Account:
    """The account, where the password is its own; an unknown login takes as long.

    Raises RefusedError; RunOutError for a first password that was not changed in time.
    """
    who = store.find(desk.engine, login)
    right = passwords.matches(who.password_hash if who else None, password)
    if who is None or not right or who.disabled_at:
        name = who.login if who else _NOBODY
        _note_refusal(desk, name, address, "disabled" if right else "password")
        raise RefusedError
    if who.has_run_out(timedelta(days=desk.settings.first_password_days), now=desk.clock()):
        _note_refusal(desk, who.login, address, "first password ran out")
        raise RunOutError
    return who


def _known(desk: Desk, connection: Connection, newcomer: Newcomer, address: str) -> Account | None:
    """The account of a newcomer as their groups have it now; None, noted, where they get none."""
    now = desk.clock()
    who = store.found(connection, account.c.subject == newcomer.subject)
    reader = newcomer.reader
    taken = who is None and store.found(connection, account.c.login == newcomer.login) is not None
    if reader is None or taken or (who and who.disabled_at):
        if who:
            store.end_sessions(connection, who.login)
        why = "disabled" if who and who.disabled_at else "login taken" if taken else "no group"
        about = {"by": "provider", "why": why, "address": address}
        name = who.login if who else newcomer.login
        audit.add(connection, "sign-in refused", who=name, about=about, now=now)
        return None
    if who is None:
        who = Account(subject=newcomer.subject, made_at=now, **vars(reader))
        store.require_sound(who)
        store.write_new(connection, who, by="provider")
    elif store.as_values(who) != store.as_values(reader):
        store.write_role(connection, replace(reader, login=who.login), by="provider", now=now)
        who = replace(
            who, role=reader.role, channels=reader.channels, service_points=reader.service_points
        )
    return who


def _let_in(desk: Desk, connection: Connection, who: Account, about: Mapping[str, Any]) -> str:
    now = desk.clock()
    audit.add(connection, "signed in", who=who.login, about=about, now=now)
    return sessions.start(connection, who.login, limits=desk.limits, now=now)


def _note_refusal(desk: Desk, name: str, address: str, why: str) -> None:
    about = {"by": "password", "why": why, "address": address}
    audit.note(desk.engine, "sign-in refused", who=name, about=about, now=desk.clock())
