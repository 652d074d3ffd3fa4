"""Bring a warehouse to the schema that this code knows, forwards and backwards."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from etl.connect import begin, where
from etl.errors import KezekError

_SCRIPTS = Path(__file__).resolve().parent / "migrations"
_LOCK = "select pg_advisory_xact_lock(hashtext('kezek schema ' || current_schema()))"


class OldSchemaError(KezekError):
    """The warehouse waits for a migration."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to ``revision``; nothing is written where it is already there.

    Two processes may call it at once: the second waits and finds the work done. Raises KezekError
    where the database cannot be reached, or was made by a newer Kezek than this one.
    """
    if revision == "head" and _is_current(engine):
        return
    with begin(engine) as connection:
        _wait_for_others(connection)
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to ``revision`` (``base``: no tables); what does not fit it is lost."""
    with begin(engine) as connection:
        _wait_for_others(connection)
        command.downgrade(_config(connection), revision)


def require_current(engine: Engine) -> None:
    """Raise OldSchemaError where the tables are not yet those that this code knows."""
    if not _is_current(engine):
        raise OldSchemaError(
            f"The warehouse {where(engine)} was made by an older Kezek; "
            "`kezek etl run` brings it up to date, with all that it holds."
        )


def _is_current(engine: Engine) -> bool:
    with begin(engine, write=False) as connection:
        at = MigrationContext.configure(connection).get_current_revision()
        scripts = ScriptDirectory.from_config(_config(connection))
        if at is not None:
            _must_know(scripts, at)
        return at == scripts.get_current_head()


def _must_know(scripts: ScriptDirectory, revision: str) -> None:
    try:
        scripts.get_revision(revision)
    except CommandError:
        raise KezekError(
            f"The warehouse has the schema {revision}, which this version of Kezek does not know; "
            "use the version that made it, or a newer one."
        ) from None


def _wait_for_others(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # SQLite's write lock is held already
        connection.execute(text(_LOCK))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
