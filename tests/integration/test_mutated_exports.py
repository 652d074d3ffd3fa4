"""Whatever happens to an export: a refusal that names the file, or every record accounted for."""

from __future__ import annotations

import os
import re
import shutil
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import contract, extract, mapping
from etl.contract import Checked
from etl.databases import open_engine
from etl.errors import KezekError
from etl.run import run
from etl.sources import SourceSpec, read_sources
from tests.support import mutations
from tests.support.migrated import migrated
from tests.support.mutations import FILES, IIN, PERSON, Change, changed, changed_inside, packed
from tests.support.regulations import small_town

TOWN = small_town()
AS_OF = date(2013, 12, 31)
EXPORTS = mutations.exports()
SOAK = os.environ.get("KEZEK_SOAK")  # `make soak` tries many more, others each time
EXAMPLES = 20 if SOAK is None else 20 * int(SOAK)
SECONDS = 10  # of one example; most take hundredths

examples = settings(
    max_examples=EXAMPLES,
    derandomize=SOAK is None,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
files = [name for name in FILES if name != "database"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutated")


@pytest.fixture(scope="module")
def specs(folder: Path) -> dict[str, SourceSpec]:
    """Every source by its name, as the untouched exports are read."""
    path = mutations.write(folder, EXPORTS)
    return {spec.name: spec for spec in read_sources(path, regulation=TOWN).sources}


def _judged(spec: SourceSpec, data: bytes, folder: Path) -> Checked | None:
    """The judged export, or None where it was refused as it should be."""
    (folder / FILES[spec.name]).write_bytes(data)
    began = time.process_time()
    try:
        read = extract.read(spec)
        mapped = mapping.apply(spec, read, regulation=TOWN)
        checked = contract.check(mapped, regulation=TOWN, as_of=AS_OF, pseudonym_key="key")
    except KezekError as error:
        _is_refusal(str(error), FILES[spec.name])
        return None
    finally:
        assert time.process_time() - began < SECONDS
    assert sum(file.rows for file in read.files) == len(checked.records)
    return checked


def _is_refusal(said: str, file: str) -> None:
    assert file in said
    assert IIN not in said
    _, heads, names = said.partition("its columns are ")
    letters = re.sub(r"\\(x..|u.{4}|U.{8})", "", names.partition(": correct")[0])
    assert not re.search("[0-9]{3}|[0-9][.:/][0-9]", letters)
    assert heads or PERSON not in said  # words alone, read as headings, might be headings
    assert "\n" not in said
    assert said.endswith(".")


def _is_accounted_for(checked: Checked) -> None:
    """Every record is one of the three, and what was made of it comes from an accepted one."""
    status = checked.records.set_index("record")["status"]
    assert status.index.tolist() == list(range(len(status)))
    assert set(status) <= {"ok", "duplicate", "rejected"}
    assert sorted(checked.rejects["record"]) == sorted(status.index[status == "rejected"])
    accepted = set(status.index[status == "ok"])
    for frame in (checked.cases, checked.events, checked.messages, checked.findings):
        assert set(frame["record"]) <= accepted
    kept = checked.records[status.eq("ok").to_numpy()]
    assert set(checked.cases["case_id"]) <= set(kept["key"])
    assert IIN not in checked.rejects["raw"].str.cat()


@pytest.mark.parametrize("name", FILES)
def test_an_untouched_export_is_loaded_whole(
    specs: dict[str, SourceSpec], folder: Path, name: str
) -> None:
    checked = _judged(specs[name], EXPORTS[name], folder)
    assert checked is not None
    _is_accounted_for(checked)
    assert checked.records["status"].tolist().count("ok") >= 6
    assert len(checked.records) == 8


@pytest.mark.parametrize("name", FILES)
@examples
@given(doings=mutations.changes)
def test_changed_bytes_are_refused_or_accounted_for(
    specs: dict[str, SourceSpec], folder: Path, name: str, doings: list[Change]
) -> None:
    checked = _judged(specs[name], changed(EXPORTS[name], doings), folder)
    if checked is not None:
        _is_accounted_for(checked)


@examples
@given(doings=mutations.changes, part=st.integers(0, 20))
def test_a_workbook_with_a_changed_part_is_refused_or_accounted_for(
    specs: dict[str, SourceSpec], folder: Path, doings: list[Change], part: int
) -> None:
    checked = _judged(specs["xlsx"], changed_inside(EXPORTS["xlsx"], part, doings), folder)
    if checked is not None:
        _is_accounted_for(checked)


@examples
@given(name=st.sampled_from(files), doings=mutations.changes, outside=st.booleans())
def test_a_packed_file_is_refused_or_accounted_for(
    specs: dict[str, SourceSpec], folder: Path, name: str, doings: list[Change], outside: bool
) -> None:
    whole = packed(EXPORTS[name])
    data = changed(whole, doings) if outside else packed(changed(EXPORTS[name], doings))
    checked = _judged(specs[name], data, folder)
    if checked is not None:
        _is_accounted_for(checked)


@examples
@given(name=st.sampled_from(list(FILES)), doings=mutations.changes)
def test_a_run_over_a_changed_export_loads_it_or_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, name: str,
    doings: list[Change],
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("run")
    migrated(folder / "kezek.db")
    sources = mutations.write(folder, {name: changed(EXPORTS[name], doings)})
    engine = open_engine(f"sqlite:///{folder}/kezek.db")
    try:
        report = run(
            engine=engine, regulation=TOWN, sources=sources, today=AS_OF, pseudonym_key=None,
            only=[name],
        )  # fmt: skip
    except KezekError as error:
        _is_refusal(str(error), FILES[name])
    else:
        tally = report.sources[name].tally
        assert tally.read == tally.inserted + tally.duplicate + sum(tally.rejects.values())
    finally:
        engine.dispose()
        shutil.rmtree(folder)
