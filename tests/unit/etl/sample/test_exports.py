"""The exports, read back with other libraries than the ones that wrote them."""

from __future__ import annotations

import csv
import re
import sqlite3
import tomllib
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from etl.sample.envelope import ASYNC, PAYLOAD, SYNC
from etl.sample.parameters import CENTRES, Centre

Row = list[Any]


@pytest.fixture(scope="module")
def mapping(city: Path) -> dict[str, Any]:
    return tomllib.loads((city / "sources.toml").read_text(encoding="utf-8"))


def _sheets(city: Path, pattern: str, header_row: int) -> tuple[list[str], list[Row]]:
    header: list[str] = []
    rows: list[Row] = []
    for path in sorted(city.glob(pattern)):
        book = openpyxl.load_workbook(path, read_only=True)
        lines = [list(row) for row in book.active.iter_rows(values_only=True)]
        header = lines[header_row - 1]
        rows += [row for row in lines[header_row:] if any(row)]
        book.close()
    return header, rows


def _journal(city: Path, centre: Centre) -> tuple[list[str], list[list[str]]]:
    header: list[str] = []
    rows: list[list[str]] = []
    for path in sorted(city.glob(f"centres/{centre.code}/*.csv")):
        text = path.read_bytes().decode(centre.encoding, errors="replace")
        header, *more = csv.reader(text.splitlines(keepends=True), delimiter=";")
        rows += more
    return header, rows


def _envelopes(city: Path) -> list[ET.Element]:
    found: list[ET.Element] = []
    for path in sorted(city.glob("portal/*.xml")):
        found += ET.parse(path).getroot()  # noqa: S314 - our own files
    return found


def _split(element: ET.Element) -> tuple[str, str]:
    """The namespace and the local name of an element."""
    namespace, _, local = element.tag.rpartition("}")
    return namespace.removeprefix("{"), local


def _text(envelope: ET.Element, name: str) -> str | None:
    """The text of an element, whichever way a client capitalises its name."""
    texts = [e.text for e in envelope.iter() if _split(e)[1].lower() == name]
    return texts[0] if texts else None


def _names(envelope: ET.Element) -> set[str]:
    return {_split(e)[1] for e in envelope.iter()}


def test_every_source_holds_as_many_records_as_the_truth_says(
    city: Path, told: dict[str, Any]
) -> None:
    counted = {
        "authority": len(_sheets(city, "authority/*.xlsx", 3)[1]),
        **{centre.source: len(_journal(city, centre)[1]) for centre in CENTRES},
        "portal": len(_envelopes(city)),
        "surveys_xlsx": len(_sheets(city, "surveys/xlsx/*.xlsx", 2)[1]),
        "surveys_csv": sum(
            len(p.read_bytes().splitlines()) - 1 for p in city.glob("surveys/csv/*.csv")
        ),
    }
    with sqlite3.connect(city / "register.sqlite") as register:
        counted["register"] = register.execute("SELECT count(*) FROM register").fetchone()[0]
    register.close()
    assert counted == told["rows"]


def test_every_mapped_column_stands_in_its_export(city: Path, mapping: dict[str, Any]) -> None:
    centre = mapping["templates"]["centre"]
    sources = mapping["sources"]
    headers = {
        "authority": _sheets(city, "authority/*.xlsx", 3)[0],
        "surveys_xlsx": _sheets(city, "surveys/xlsx/*.xlsx", 2)[0],
    }
    for name, header in headers.items():
        wanted = [*sources[name]["columns"].values(), *sources[name].get("steps", {}).values()]
        assert set(wanted) <= set(header)
    for each in CENTRES:
        wanted = [*centre["columns"].values(), *centre["steps"].values()]
        assert set(wanted) <= set(_journal(city, each)[0])


def test_the_base_mixes_real_dates_with_typed_ones_and_holds_a_name_that_nobody_maps(
    city: Path, mapping: dict[str, Any]
) -> None:
    header, rows = _sheets(city, "authority/*.xlsx", 3)
    received = [row[header.index("Тіркелген күні")] for row in rows]
    assert {type(value) for value in received} == {datetime, str}
    assert any(str(value).endswith(" ж.") for value in received)
    mapped = mapping["sources"]["authority"]["columns"].values()
    assert "Өтініш беруші" in header
    assert "Өтініш беруші" not in mapped


def test_districts_number_their_documents_alike(city: Path) -> None:
    numbers = [{row[0] for row in _journal(city, centre)[1]} for centre in CENTRES]
    assert len(set.intersection(*numbers)) > 20


def test_clerks_write_the_language_of_their_encoding(city: Path, mapping: dict[str, Any]) -> None:
    languages = {mapping["sources"][c.source]["encoding"]: c.lang for c in CENTRES}
    assert languages == {"cp1251": "ru", "kz1048": "kk"}
    for centre in CENTRES:
        data = b"".join(p.read_bytes() for p in city.glob(f"centres/{centre.code}/*.csv"))
        assert b"\x98" in data  # a hole in both
        assert (data.count("қ".encode("kz1048")) > 50) == (centre.lang == "kk")


def test_messages_hang_together_by_correlation_id_and_come_again_word_for_word(
    city: Path, told: dict[str, Any]
) -> None:
    by_id: defaultdict[str, set[str]] = defaultdict(set)
    chained: Counter[str] = Counter()
    requests = set()
    for envelope in _envelopes(city):
        message = _text(envelope, "messageid")
        assert message
        by_id[message].add(ET.canonicalize(ET.tostring(envelope)))
        chain = _text(envelope, "correlationid")
        if chain:
            chained[chain] += 1
        else:
            requests.add(message)
    redelivered = told["rows"]["portal"] - len(by_id)
    assert redelivered == told["defects"]["portal"]["duplicate"]
    assert all(len(forms) == 1 for forms in by_id.values())
    strangers = [chain for chain in chained if chain not in requests]
    assert len(strangers) == told["defects"]["portal"]["unknown_case"]


def test_clients_differ_in_channel_prefix_case_signature_password_and_time(city: Path) -> None:
    envelopes = _envelopes(city)
    operations = [next(iter(e[1])) for e in envelopes]
    assert {_split(o)[0] for o in operations} == {ASYNC, SYNC}
    assert {"sendMessage", "SendMessage"} <= {_split(o)[1] for o in operations}
    texts = (path.read_text(encoding="utf-8") for path in city.glob("portal/*.xml"))
    assert (
        len({prefix for text in texts for prefix in re.findall(r"<([\w-]*):?Envelope", text)}) >= 4
    )
    signed = ["Signature" in _names(e) for e in envelopes]
    assert 0.7 < sum(signed) / len(signed) < 1
    secrets = ["Password" in _names(e) for e in envelopes]
    assert 0 < sum(secrets) < len(secrets)
    events = [e.get("at") for x in envelopes for e in x.iter(f"{{{PAYLOAD}}}event")]
    assert {at[-1] for at in events} >= {"Z", "0"}
    assert any("." in at for at in events)
    assert any(len(at) == len("2013-11-01T10:00:00") for at in events)


def test_the_register_remembers_people_from_long_before_the_period(city: Path) -> None:
    with sqlite3.connect(city / "register.sqlite") as register:
        rows = register.execute("SELECT queue_no, date_in, date_out, reason FROM register")
        entries = rows.fetchall()
    register.close()
    known = [e for e in entries if e[1]]
    assert sum(e[1] < "2011-11-01" for e in known) > 3000
    assert all(bool(e[2]) == bool(e[3]) for e in entries)
    numbers = [e[0] for e in entries]
    assert numbers != sorted(numbers)  # people are moved between lists


def test_no_person_of_the_exports_could_be_alive(city: Path) -> None:
    header, rows = _sheets(city, "authority/*.xlsx", 3)
    iins = [row[header.index("ЖСН")] for row in rows]
    for centre in CENTRES:
        iins += [row[2] for row in _journal(city, centre)[1] if len(row) > 2]
    whole = [iin for iin in iins if iin and len(iin) == 12 and iin.isdigit()]
    assert len(whole) > 2000
    assert {iin[6] for iin in whole} == {"1", "2"}
