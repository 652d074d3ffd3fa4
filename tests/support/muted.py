"""An audit that cannot be written, as on a disk that is full: the database itself refuses."""

from __future__ import annotations

from sqlalchemy import Engine

_REFUSING = {
    "sqlite": (
        """CREATE TRIGGER mute BEFORE INSERT ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the audit is full'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION mute() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'the audit is full'; END $$""",
        "CREATE TRIGGER mute BEFORE INSERT ON audit_entry EXECUTE FUNCTION mute()",
    ),
}


def mute(engine: Engine) -> None:
    """Let every entry be refused from now on."""
    with engine.begin() as connection:
        for statement in _REFUSING[engine.dialect.name]:
            connection.exec_driver_sql(statement)
