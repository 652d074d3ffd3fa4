"""The city as a whole: the same for the same seed, and never written over other things."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.errors import KezekError
from etl.sample import write_city
from tests.support.regulations import almaty, small_town

AS_OF = date(2013, 12, 31)
_WRITE = """
import sys
from datetime import date
from pathlib import Path
from dashboard.settings import DEFAULT_REGULATION
from etl.regulation import load
from etl.sample import write_city
rules = load(DEFAULT_REGULATION)
write_city(Path(sys.argv[1]), regulation=rules, applications=400, seed=5, as_of=date(2024, 6, 30))
"""


def _write(folder: Path, applications: int = 200, seed: int = 5, **given: Any) -> dict[str, Any]:
    given = {"regulation": almaty(), "as_of": AS_OF} | given
    return write_city(folder, applications=applications, seed=seed, **given)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_in_another_process_and_time_zone(
    tmp_path: Path,
) -> None:
    for name, zone in (("one", "UTC"), ("two", "America/New_York")):
        subprocess.run(
            [sys.executable, "-c", _WRITE, str(tmp_path / name)],
            check=True,
            cwd=Path(__file__).parents[4],
            env=os.environ | {"TZ": zone, "PYTHONHASHSEED": str(len(zone))},
        )
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two")


def test_another_seed_gives_another_city(tmp_path: Path) -> None:
    one, two = _write(tmp_path / "one", seed=1), _write(tmp_path / "two", seed=2)
    assert one["measures"] != two["measures"]


def test_a_former_sample_is_replaced_whole(tmp_path: Path) -> None:
    _write(tmp_path / "again", applications=900, seed=1)
    _write(tmp_path / "again")
    _write(tmp_path / "once")
    assert _bytes(tmp_path / "again") == _bytes(tmp_path / "once")


def test_the_mapping_can_lie_elsewhere_and_still_point_to_the_exports(tmp_path: Path) -> None:
    _write(tmp_path / "data" / "city", sources=tmp_path / "data" / "sources.toml")
    text = (tmp_path / "data" / "sources.toml").read_text(encoding="utf-8")
    assert 'path = "city/authority/*.xlsx"' in text
    assert 'url = "sqlite:///city/register.sqlite"' in text
    assert not (tmp_path / "data" / "city" / "sources.toml").exists()


def test_a_folder_that_cannot_be_written_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")  # below it nobody, not even root, can make a folder
    with pytest.raises(KezekError, match="cannot be written"):
        _write(tmp_path / "file" / "city")


def test_a_full_disk_is_told_in_one_sentence_and_the_rest_can_be_replaced(tmp_path: Path) -> None:
    # Given a process that may write small files only
    limited = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (30_000, 30_000))\n" + _WRITE
    done = subprocess.run(
        [sys.executable, "-c", limited, str(tmp_path / "city")],
        check=False,
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "KezekError: The sample in" in done.stderr
    _write(tmp_path / "city")


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(KezekError, match="not empty and no former sample"):
        _write(tmp_path)
    assert _bytes(tmp_path) == {"letters.txt": b"mine"}


def test_a_former_sample_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / "letters.txt").write_text("mine")
    before = _bytes(tmp_path)
    with pytest.raises(KezekError, match="no former sample"):
        _write(tmp_path, seed=9)
    assert _bytes(tmp_path) == before


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"applications": 0}, "--applications"),
        ({"seed": -1}, "--seed"),
        ({"as_of": date(1999, 1, 1)}, "--as-of"),
        ({"regulation": small_town()}, "small-town"),
    ],
)
def test_a_city_that_cannot_be_is_refused_before_anything_is_written(
    tmp_path: Path, wrong: dict[str, Any], named: str
) -> None:
    with pytest.raises(KezekError, match=named):
        _write(tmp_path / "city", **wrong)
    assert not (tmp_path / "city").exists()


def test_a_clock_of_working_days_is_refused(tmp_path: Path) -> None:
    rules = almaty()
    clocks = tuple(replace(clock, day_type="working") for clock in rules.clocks)
    with pytest.raises(KezekError, match="working days"):
        _write(tmp_path / "city", regulation=replace(rules, clocks=clocks))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(1, 40), st.integers(0, 2**63), st.dates(date(2003, 1, 1), date(2090, 12, 31)))
def test_a_city_of_any_size_and_day_has_every_source(
    tmp_path: Path, applications: int, seed: int, as_of: date
) -> None:
    told = _write(tmp_path / "city", applications, seed, as_of=as_of)
    assert len(told["rows"]) == 12
    for export in ("authority/*.xlsx", "centres/*/*.csv", "portal/*.xml", "surveys/*/*"):
        assert list((tmp_path / "city").glob(export))


def test_progress_counts_up_to_the_whole(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    _write(tmp_path, applications=12_000, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert seen[-1] == (12_000, 12_000)
