"""The roles of docs/postgresql.md: the web reads all, writes forms, remarks, sign-ins, no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, inspect, make_url, text, update

from dashboard import audit, measures, queries
from dashboard.filters import Filter
from dashboard.remark_entry import new_token
from etl import case_remarks
from etl.databases import open_engine
from etl.errors import KezekError
from etl.forecasts import Made, keep
from etl.intake import record_survey
from etl.load import indexes
from etl.migrate import downgrade, upgrade
from etl.people import account, audit_entry, refusal, session
from etl.run import run
from tests.support.regulations import small_town
from tests.support.town_files import write_town

TOWN = small_town()
ROLES = ("kezek_etl", "kezek_web")
DOCUMENT = Path(__file__).parents[2] / "docs" / "postgresql.md"
DECEMBER = Filter(
    as_of=date(2013, 12, 31),
    period_from=date(2013, 12, 1),
    period_to=date(2013, 12, 31),
    clock="service",
)
FORETOLD = Made(
    as_of=date(2013, 12, 31),
    clock="service",
    horizon=14,
    channel="",
    known_to=date(2013, 12, 31),
    method="test",
    open=9,
    due=4,
    expected=1.5,
    low=0,
    high=3,
    naive=2,
)


def _statements() -> tuple[str, str]:
    """What the administrator runs before the first load, and after it."""
    before, after = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    return before, after


@pytest.fixture
def by_role(engine: Engine) -> Iterator[dict[str, Engine]]:
    """An engine for each role of the document, in a database that holds nothing yet."""
    downgrade(engine, "base")
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
        connection.exec_driver_sql(_statements()[0])
    found = {
        role: open_engine(
            make_url(engine.url).set(username=role).render_as_string(hide_password=False)
        )
        for role in ROLES
    }
    yield found
    for one in found.values():
        one.dispose()
    with engine.begin() as connection:
        for role in ROLES:
            connection.exec_driver_sql(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_web_reads_all_writes_surveys_and_adds_remarks_alone(
    by_role: dict[str, Engine], tmp_path: Path
) -> None:
    etl, web = (by_role[role] for role in ROLES)
    upgrade(etl)
    sources = write_town(tmp_path / "town")
    day = date(2014, 1, 1)
    run(engine=etl, regulation=TOWN, sources=sources, today=day, pseudonym_key="k")
    with etl.begin() as connection:
        connection.exec_driver_sql(_statements()[1])
    assert keep(etl, [FORETOLD], made_at=datetime(2014, 1, 1, 12)) == 1

    upgrade(web)  # as the server does when it starts: there is nothing to change
    before = measures.compute(web, TOWN, DECEMBER, min_answers=1)["satisfied"]["q1"]["n"]
    for answer in (3, 2):  # entered, then corrected
        record_survey(
            web,
            TOWN,
            response_id="form-1",
            service_point="hall",
            answered_on=date(2013, 12, 30),
            answers={"q1": answer, "q2": 1},
            now=datetime(2014, 1, 2, answer, tzinfo=UTC),
        )
    after = measures.compute(web, TOWN, DECEMBER, min_answers=1)["satisfied"]["q1"]
    assert (after["n"], after["partly"]) == (before + 1, 1)
    remark = case_remarks.write(
        web,
        "case-1",
        token=new_token(),
        by="head",
        at=datetime(2014, 1, 2),
        expected_on=day,
        note="a note",
        earliest=day,
    )
    case_remarks.withdraw(web, "case-1", remark, by="head", at=datetime(2014, 1, 3))
    for changed in ("UPDATE case_remark SET note = ''", "DELETE FROM case_remark"):
        with pytest.raises(Exception, match="permission denied"), web.begin() as connection:
            connection.execute(text(changed))
    assert len(queries.runs(web)) == 1
    assert queries.stored_forecasts(web) == queries.stored_forecasts(etl)
    with pytest.raises(KezekError, match="permission denied"):
        keep(web, [replace(FORETOLD, horizon=7)], made_at=datetime(2014, 1, 1, 12))
    with pytest.raises(KezekError, match="permission denied"):
        run(engine=web, regulation=TOWN, sources=sources, today=day, pseudonym_key="k", afresh=True)
    for table in (
        "cases",
        "case_clocks",
        "mart_cases",
        "run",
        "quarantine",
        "regulation",
        "forecast",
    ):
        with pytest.raises(Exception, match="permission denied"), web.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_web_keeps_accounts_and_adds_to_the_audit_alone(by_role: dict[str, Engine]) -> None:
    etl, web = (by_role[role] for role in ROLES)
    upgrade(etl)
    with etl.begin() as connection:
        connection.exec_driver_sql(_statements()[1])
    now = datetime(2014, 1, 2)
    aigul = {"login": "aigul", "role": "akim", "must_change": True, "made_at": now}
    with web.begin() as connection:
        connection.execute(insert(account).values(**aigul, channels=[], service_points=[]))
        connection.execute(update(account).values(must_change=False))
        held = {"token_hash": "0" * 64, "login": "aigul", "made_at": now, "seen_at": now}
        connection.execute(insert(session).values(held))
        connection.execute(update(session).values(seen_at=now))
        connection.execute(delete(session))
        connection.execute(insert(refusal).values(key="0" * 64, times=1, last_at=now))
        connection.execute(update(refusal).values(times=2))
        connection.execute(delete(refusal))
    audit.note(web, "signed in", who="aigul", about={}, now=now)
    assert audit.verify(web).head.number == 1
    for forbidden in (delete(account), delete(audit_entry), update(audit_entry).values(who="x")):
        with pytest.raises(Exception, match="permission denied"), web.begin() as connection:
            connection.execute(forbidden)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_role_that_may_write_but_owns_no_table_loads_with_its_indexes(
    by_role: dict[str, Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "MANY", 0)
    etl, web = (by_role[role] for role in ROLES)
    upgrade(etl)
    with etl.begin() as connection:
        for kind, named in ("TABLES", "INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE"):
            connection.execute(text(f"GRANT {named} ON ALL {kind} IN SCHEMA kezek TO kezek_web"))
    before = inspect(etl).get_indexes("events")
    sources = write_town(tmp_path / "town")
    run(engine=web, regulation=TOWN, sources=sources, today=date(2014, 1, 1), pseudonym_key="k")
    assert inspect(etl).get_indexes("events") == before
    assert len(queries.runs(web)) == 1
