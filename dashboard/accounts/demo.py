"""The demonstration: an account of each role, for whoever comes to this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Engine

from dashboard import queries
from dashboard.access import Role
from dashboard.accounts import store
from dashboard.accounts.codes import surveyed
from dashboard.accounts.store import Account
from etl.connect import begin
from etl.errors import KezekError
from etl.people import PEOPLE, account
from etl.regulation.model import Regulation

LOGINS = tuple(Role)  # each demo account is named as its role
_BY = "demonstration"  # who made them, as the audit says


def make(engine: Engine, *, now: datetime) -> None:
    """Make the accounts, or bring their scope to the regulation that the warehouse has now.

    Before the first load there are only those that need no scope. An account of the same name that
    somebody else made is left alone. Raises KezekError where people have accounts of their own and
    no demonstration was given before: theirs is no warehouse for whoever comes.
    """
    _require_nobody_s(store.all_accounts(engine))
    regulation = queries.remembered_regulation(engine)
    with begin(engine, writers=PEOPLE) as connection:
        for given in _accounts(regulation, now):
            there = store.found(connection, account.c.login == given.login)
            if there is None:
                store.write_new(connection, given, by=_BY)
            elif there.of_demo and store.as_values(there) != store.as_values(given):
                store.write_role(connection, given.reader, by=_BY, now=now)


def _require_nobody_s(accounts: Sequence[Account]) -> None:
    if accounts and not any(one.of_demo for one in accounts):
        raise KezekError(
            f"People have accounts in this warehouse ({accounts[0].login} first), so it is not "
            "opened to whoever comes; give the demonstration one of its own: "
            "KEZEK_DATABASE_URL=sqlite:///var/demo.db."
        )


def offered(engine: Engine) -> list[Account]:
    """The accounts that the sign-in page offers, in the order of the roles."""
    there = {a.login: a for a in store.all_accounts(engine) if a.of_demo and not a.disabled_at}
    return [there[login] for login in LOGINS if login in there]


def _accounts(regulation: Regulation | None, now: datetime) -> Iterator[Account]:
    """The head of one district's centre, the operator of another."""
    places = surveyed(regulation) if regulation else []
    scopes = {Role.HEAD: places[:1], Role.OPERATOR: places[-1:]}
    for role in Role:
        scope = scopes.get(role)
        if scope != []:
            points = frozenset(scope or ())
            yield Account(login=str(role), role=role, service_points=points, made_at=now)
