"""Reading a regulation's file: its form, its encoding, and what may be left out."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.settings import DEFAULT_REGULATION
from etl.errors import KezekError
from etl.regulation import load, parse

TEXT = DEFAULT_REGULATION.read_text(encoding="utf-8")


def test_a_step_given_twice_is_refused_with_its_line() -> None:
    text = TEXT + "\n[steps.D-P1]\n"
    line = text.count("\n")
    with pytest.raises(KezekError, match=rf"town\.toml is not TOML.*D-P1.*line {line}"):
        parse(text, name="town.toml")


def test_keeps_the_text_and_its_fingerprint() -> None:
    regulation = parse(TEXT, name="almaty")
    assert regulation.toml == TEXT
    assert regulation.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    # and what was kept can be read again
    assert parse(regulation.toml, name="warehouse") == regulation


def test_reads_a_file_with_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "town.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert load(path).codes("channels") == ("direct", "psc", "portal")


def test_a_step_without_channels_is_one_of_every_channel() -> None:
    # Given the direct channel's steps with no channel named, in a town with that channel alone
    document = tomllib.loads(TEXT)
    kept = TEXT[: TEXT.index("# --- Item 7:")].replace('channels = ["direct"]\n', "")
    kept += '\n[channels.desk]\nitem = "6"\nname = { kk = "Терезе", ru = "Окно", en = "Desk" }\n'
    kept += """
[clocks.service]
item = "6.7"
name = { kk = "Мерзім", ru = "Срок", en = "Limit" }
starts = ["D-P1"]
stops = ["D-P9", "D-P12"]
limit = 30
start_offset = 1
day_type = "calendar"
roll_forward = true
records = true

[service_points.hall]
name = { kk = "Үй", ru = "Дом", en = "Hall" }
short = { kk = "Үй", ru = "Дом", en = "Hall" }
"""
    # When it is read
    town = parse(kept, name="town.toml")
    # Then both channels have all of them
    codes = [code for code in document["steps"] if code.startswith("D-")]
    for channel in town.channels:
        assert [step.code for step in channel.steps] == codes
    assert town.survey is None
    assert town.service_points[0].channel is None


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: None, "Cannot read"),
        (lambda path: path.mkdir(), "Cannot read"),
        (lambda path: path.write_bytes("Қала".encode("utf-16")), "not UTF-8"),
        (lambda path: path.write_text("id = "), "not TOML"),
    ],
    ids=["missing", "a folder", "another encoding", "not TOML"],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    make: Callable[[Path], object], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "town.toml"
    make(path)
    with pytest.raises(KezekError, match=said) as refused:
        load(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_example_of_the_document_is_sound_and_its_one_clock_takes_recorded_dates() -> None:
    document = (Path(__file__).resolve().parents[3] / "docs" / "regulation.md").read_text("utf-8")
    example = document.partition("```toml\n")[2].partition("```")[0]
    assert [clock.records for clock in parse(example, name="regulation.md").clocks] == [True]
