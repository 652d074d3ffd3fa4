"""``kezek etl`` in this process, on the exports of a small town."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli import etl

SOURCES = """\
as_of = 2013-12-31

[sources.office]
entity = "cases"
kind = "csv"
path = "office.csv"
date_formats = ["%d.%m.%Y"]
constants = { channel = "direct", service_point = "authority" }
columns = { case_id = "id", category = "who", outcome = "result" }
steps = { "D-P1" = "came", "D-P9" = "done" }

[sources.register]
entity = "queue"
kind = "csv"
path = "register.csv"
columns = { entry_id = "id", category = "who", registered_on = "in" }
"""
OFFICE = """\
id,who,result,came,done
1,veterans,registered,04.03.2013,20.03.2013
2,vulnerable,,05.03.2013,
3,astronauts,,06.03.2013,
"""


def write_exports(folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The exports in the folder, which is given back; the settings name them and the warehouse."""
    (folder / "office.csv").write_text(OFFICE, "utf-8")
    (folder / "register.csv").write_text("id,who,in\nq1,veterans,2012-05-01\n", "utf-8")
    (folder / "sources.toml").write_text(SOURCES, "utf-8")
    monkeypatch.setenv("KEZEK_DATABASE_URL", url)
    monkeypatch.setenv("KEZEK_SOURCES", str(folder / "sources.toml"))
    return folder


def etl_command(*arguments: object) -> Result:
    """``kezek etl`` with these arguments."""
    return CliRunner().invoke(etl.app, [str(argument) for argument in arguments])
