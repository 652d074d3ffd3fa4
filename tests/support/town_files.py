"""The exports of a small town as files, and the mapping that reads them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

SOURCES = """\
as_of = 2013-12-31

[sources.office]
entity = "cases"
kind = "csv"
path = "office.csv"
date_formats = ["%d.%m.%Y %H:%M"]
constants = { channel = "desk" }

[sources.office.columns]
case_id = "id"
category = "who"
service_point = "where"
outcome = "result"
iin = "iin"

[sources.office.steps]
"desk-start" = "came"
"desk-review" = "review"
"desk-end" = "done"

[sources.journal]
entity = "events"
kind = "csv"
path = "journal.csv"
columns = { case_id = "case", step = "step", occurred_at = "at" }

[sources.register]
entity = "queue"
kind = "csv"
path = "register.csv"

[sources.register.columns]
entry_id = "id"
number = "id"
category = "who"
registered_on = "in"
removed_on = "out"
reason = "why"

[sources.surveys]
entity = "surveys"
kind = "csv"
path = "surveys.csv"
columns = { response_id = "id", service_point = "where", answered_on = "on", q1 = "q1", q2 = "q2" }
"""

OFFICE = [
    "1,families,hall,registered,500101100000,04.03.2013 10:00,05.03.2013 10:00,20.03.2013 10:00",
    "2,veterans,hall,,,04.03.2013 11:00,,",
    "3,families,mall,refused,,05.03.2013 09:00,,30.04.2013 10:00",
    "4,families,hall,,,31.02.2013 10:00,,",
]
JOURNAL = ["2,desk-review,2013-03-08T10:00:00+06:00", "9,desk-review,2013-03-08T10:00:00+06:00"]
REGISTER = ["q1,families,2012-05-01,,", "q2,veterans,2012-06-01,2013-06-01,housed"]
SURVEYS = ["s1,hall,2013-03-21,3,2", "s2,hall,2013-05-01,1,1", "s3,hall,2013-05-01,7,1"]

REGISTER_SOURCES = """\
as_of = 2013-12-31

[sources.register]
entity = "queue"
kind = "csv"
path = "register.csv"
columns = { entry_id = "id", category = "who", registered_on = "in" }
"""


def write_town(
    folder: Path,
    *,
    office: Iterable[str] = OFFICE,
    journal: Iterable[str] = JOURNAL,
    register: Iterable[str] = REGISTER,
    surveys: Iterable[str] = SURVEYS,
    sources: str = SOURCES,
) -> Path:
    """Write the exports (over former ones); returns the sources file."""
    folder.mkdir(exist_ok=True)
    _write(folder / "office.csv", "id,who,where,result,iin,came,review,done", office)
    _write(folder / "journal.csv", "case,step,at", journal)
    _write(folder / "register.csv", "id,who,in,out,why", register)
    _write(folder / "surveys.csv", "id,where,on,q1,q2", surveys)
    path = folder / "sources.toml"
    path.write_text(sources, "utf-8")
    return path


def write_register(folder: Path, numbers: Iterable[int]) -> Path:
    """Write a register of the queue under Almaty's regulation; returns the sources file."""
    lines = (f"q{n},veterans,2012-05-{1 + n % 28:02}" for n in numbers)
    _write(folder / "register.csv", "id,who,in", lines)
    path = folder / "register.toml"
    path.write_text(REGISTER_SOURCES, "utf-8")
    return path


def _write(path: Path, header: str, lines: Iterable[str]) -> None:
    path.write_text("\n".join([header, *lines, ""]), "utf-8")


def exports(applications: int, *, corrected: bool = False) -> dict[str, list[str]]:
    """The lines of every file of a town with so many applications, for `write_town`.

    ``corrected``: the same some days later. Open cases are decided, a category and an answer are
    another, what was rejected is mended, an entry is gone, and there are new ones of everything.
    """
    numbers = range(applications + applications // 4 if corrected else applications)
    return {
        "office": [_application(n, corrected=corrected) for n in numbers],
        "journal": [
            f"{n},desk-review,2013-04-{1 + n % 28:02}T1{int(corrected)}:00:00+06:00"
            for n in numbers
            if n % 5 == 0
        ],
        "register": [
            f"q{n},{'veterans' if n % 9 == 0 else 'families'},2012-05-{1 + n % 28:02},"
            + ("2013-06-01,housed" if corrected and n % 4 == 0 else ",")
            for n in numbers
            if not (corrected and n % 10 == 3)
        ],
        "surveys": [
            f"s{n},hall,2013-05-{1 + n % 28:02},{1 + (n + corrected) % 3},{1 + n % 2}"
            for n in numbers
        ],
    }


def _application(n: int, *, corrected: bool) -> str:
    category = "veterans" if n % (6 if corrected else 7) == 0 else "families"
    received = "31.02.2013" if n % 17 == 5 and not corrected else f"{1 + n % 28:02}.03.2013"
    decided = corrected or n % 3
    end = f"refused,,{received} 10:00,,{1 + n % 28:02}.05.2013 10:00"
    return f"{n},{category},hall,{end if decided else f',,{received} 10:00,,'}"
