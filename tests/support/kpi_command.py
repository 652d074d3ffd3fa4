"""``kezek kpi`` and ``kezek doctor`` in this process, on a small city of Almaty's regulation."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import typer
from click.testing import Result
from sqlalchemy import Engine
from typer.testing import CliRunner

from dashboard import measures
from dashboard.cli.doctor import doctor
from dashboard.cli.kpi import app as kpi
from dashboard.filters import Filter
from etl.databases import open_engine
from etl.errors import KezekError
from etl.migrate import upgrade
from tests.support import city as cities
from tests.support.migrated import made
from tests.support.regulations import almaty

NOVEMBER = Filter(
    as_of=date(2013, 12, 31),
    period_from=date(2013, 11, 1),
    period_to=date(2013, 11, 30),
    clock="service",
)


def fill(path: Path) -> str:
    """The address of a warehouse with the city that is written to ``path``."""
    path.write_bytes(_filled())
    return f"sqlite:///{path}"


@functools.cache
def _filled() -> bytes:
    def migrate_and_fill(engine: Engine) -> None:
        upgrade(engine)
        cities.fill(engine, cities.random_city(almaty(), seed=4))

    return made(migrate_and_fill)


def invoke(*arguments: str) -> Result:
    """``kezek`` with ``kpi`` or ``doctor`` and their arguments."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.add_typer(kpi, name="kpi")
    app.command("doctor")(doctor)
    return CliRunner().invoke(app, arguments)


def answer(url: str, *arguments: str) -> dict[str, Any]:
    """What ``kezek kpi --json`` prints."""
    result = invoke("kpi", "--database", url, "--json", *arguments)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def timeless(found: dict[str, Any]) -> dict[str, Any]:
    """The measures without the one that the clock moves."""
    assert found["measures"]["freshness"]
    return {**found["measures"], "freshness": None}


def expected(url: str, f: Filter, **options: Any) -> Iterator[Any]:
    """The measures, once, computed without the command."""
    engine = open_engine(url)
    yield measures.compute(engine, almaty(), f, **options)
    engine.dispose()


def failure(*arguments: str) -> str:
    """The sentence that the command fails with."""
    result = invoke(*arguments)
    assert isinstance(result.exception, KezekError)
    return str(result.exception)


def spoil(url: str, *statements: Any) -> None:
    """Change a warehouse behind the program's back."""
    engine = open_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)
        cities.new_version(connection)
    engine.dispose()
