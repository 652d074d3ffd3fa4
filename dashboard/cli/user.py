"""``kezek user``: who may sign in, and as what."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from dashboard.access import Reader, Role
from dashboard.accounts import passwords, store
from dashboard.accounts.codes import require_known
from dashboard.accounts.desk import utc_now
from dashboard.accounts.store import Account
from dashboard.cli.etl_tables import LOOK, show
from dashboard.cli.options import Database, Json
from dashboard.cli.system_user import system_user
from dashboard.cli.warehouse import kept, tables
from dashboard.i18n import Translator, read_catalogue
from etl.errors import KezekError

app = typer.Typer(help="Who may sign in, and as what.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="In small letters.")]
Of = Annotated[Role, typer.Option("--role", help="What the account is for.")]
Ways = Annotated[
    list[str] | None,
    typer.Option("--channel", metavar="CODE", help="Head of this channel; repeatable."),
]
Places = Annotated[
    list[str] | None,
    typer.Option(
        "--service-point",
        metavar="CODE",
        help="Head of it (repeatable), or operator of its survey (one).",
    ),
]
FromStdin = Annotated[
    bool,
    typer.Option("--stdin", help="Read the first password from stdin rather than make one."),
]


@app.command()
def add(
    *,
    login: Login,
    role: Of,
    channel: Ways = None,
    service_point: Places = None,
    stdin: FromStdin = False,
    database: Database = None,
) -> None:
    """Make an account; prints its first password, once, which must be changed at the first use."""
    reader = _reader(login, role, channel, service_point)
    with tables(database) as engine:
        require_known(engine, reader)
        first = _first(reader.login, from_stdin=stdin)
        now = utc_now()
        account = Account(
            **vars(reader),
            password_hash=passwords.hashed(first),
            must_change=True,
            given_at=now,
            made_at=now,
        )
        store.add(engine, account, by=system_user())
    _tell(f"{reader.login} may sign in as {role}", first, shown=not stdin)


@app.command()
def disable(*, login: Login, database: Database = None) -> None:
    """Let nobody in by it any more; who is in is put out at once."""
    with kept(database) as engine:
        store.disable(engine, store.normal(login), by=system_user(), now=utc_now())
    typer.echo(f"{store.normal(login)} may not sign in any more.")


@app.command()
def enable(*, login: Login, database: Database = None) -> None:
    """Let them in again, without a wait for what was refused before."""
    with kept(database) as engine:
        store.enable(engine, store.normal(login), by=system_user(), now=utc_now())
    typer.echo(f"{store.normal(login)} may sign in again.")


@app.command()
def reset(*, login: Login, stdin: FromStdin = False, database: Database = None) -> None:
    """Give a first password again; who is in is put out at once, who waits waits no longer."""
    login = store.normal(login)
    with kept(database) as engine:
        first = _first(login, from_stdin=stdin)
        hashed = passwords.hashed(first)
        store.reset(engine, login, hashed, by=system_user(), now=utc_now())
    _tell(f"{login} has another password", first, shown=not stdin)


@app.command()
def role(
    *,
    login: Login,
    role: Of,
    channel: Ways = None,
    service_point: Places = None,
    database: Database = None,
) -> None:
    """Give another role or scope; who is in signs in anew."""
    reader = _reader(login, role, channel, service_point)
    with kept(database) as engine:
        require_known(engine, reader)
        store.set_role(engine, reader.login, reader, by=system_user(), now=utc_now())
    typer.echo(f"{reader.login} is {role} now.")


@app.command(name="list")
def list_(*, database: Database = None, as_json: Json = False) -> None:
    """Show the accounts, never a password."""
    with kept(database) as engine:
        accounts = store.all_accounts(engine)
    if as_json:
        typer.echo(json.dumps({"accounts": [_plain(one) for one in accounts]}, indent=2))
    elif accounts:
        show(_table(accounts))
    else:
        typer.echo("Nobody may sign in yet; `kezek user add` makes an account.")


def _reader(
    login: str, role: Role, channels: Sequence[str] | None, places: Sequence[str] | None
) -> Reader:
    reader = Reader(
        login=store.normal(login),
        role=role,
        channels=frozenset(channels or ()),
        service_points=frozenset(places or ()),
    )
    store.require_sound(reader)
    return reader


def _first(login: str, *, from_stdin: bool) -> str:
    if not from_stdin:
        return passwords.first()
    given = sys.stdin.readline().rstrip("\r\n")
    t = Translator(read_catalogue("en"))
    if wrong := passwords.why_not(given, login=login):
        raise KezekError(" ".join(t(why) for why in wrong))
    return given


def _tell(what: str, first: str, *, shown: bool) -> None:
    typer.echo(f"{what}. The first sign-in asks for a new password.")
    if shown:
        typer.echo(f"Password, shown this once: {first}")


def _plain(account: Account) -> dict[str, Any]:
    """As JSON has it: times UTC."""
    return {
        "login": account.login,
        **store.as_values(account),
        "signs_in_by": _way(account),
        "must_change_password": account.must_change,
        "made_at": account.made_at.isoformat() + "Z",
        "disabled_at": account.disabled_at.isoformat() + "Z" if account.disabled_at else None,
    }


def _way(account: Account) -> str:
    if account.of_demo:
        return "demonstration"
    return "provider" if account.subject else "password"


def _table(accounts: Sequence[Account]) -> Table:
    table = Table(title="Accounts (times in UTC)", **LOOK)
    for name in ("login", "role", "of", "signs in by", "made", "disabled"):
        table.add_column(name, no_wrap=name != "of", overflow="fold")
    for one in accounts:
        first = " (first password)" if one.must_change else ""
        table.add_row(
            one.login,
            one.role,
            ", ".join([*sorted(one.channels), *sorted(one.service_points)]),
            f"{_way(one)}{first}",
            f"{one.made_at:%Y-%m-%d}",
            f"{one.disabled_at:%Y-%m-%d}" if one.disabled_at else "",
        )
    return table
