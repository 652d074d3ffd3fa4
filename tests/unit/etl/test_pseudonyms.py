"""Where the key of the pseudonyms comes from, and which key is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import KezekError
from etl.pseudonyms import read_key

GOOD = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(f"{GOOD}\n", "utf-8")
    return path


def test_a_key_is_what_is_set_or_what_the_file_holds(file: Path) -> None:
    assert read_key(None, None) is None
    assert read_key(GOOD, None) == GOOD
    assert read_key(None, file) == GOOD


@pytest.mark.parametrize("key", ["", "hush", GOOD[:31], "abc" * 30, "changeme" + GOOD, "1" * 64])
def test_a_key_that_can_be_guessed_is_refused_and_not_repeated(key: str, file: Path) -> None:
    file.write_text(key, "utf-8")
    for given in ((key, None), (None, file)):
        with pytest.raises(KezekError, match="openssl rand") as refused:
            read_key(*given)
        assert not key or key not in str(refused.value)


def test_both_at_once_are_refused(file: Path) -> None:
    with pytest.raises(KezekError, match="keep one of them"):
        read_key(GOOD, file)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_file_that_others_may_read_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(KezekError, match="chmod 600"):
        read_key(None, file)


def test_a_file_that_is_not_there_or_no_text_is_told(file: Path, tmp_path: Path) -> None:
    with pytest.raises(KezekError, match="No such file"):
        read_key(None, tmp_path / "nowhere")
    file.write_bytes(b"\xff\xfe\x00" * 20)
    with pytest.raises(KezekError, match="no text"):
        read_key(None, file)
