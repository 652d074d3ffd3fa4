"""The secret: without one that nobody knows nothing is served."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dashboard.accounts.secret import DEMO_SECRET, secret_of
from dashboard.settings import Settings
from etl.errors import KezekError

GOOD = "9d41b0c6e2f75a83" * 2


@pytest.mark.parametrize("demo", [False, True])
@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (GOOD[:-1], "32 characters"),
        ("a1" * 32, "know or guess"),
        ("CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET", "know or guess"),
        ("thisISaSECRET_1234-and-it-is-long-enough", "know or guess"),
        ("0123456789abcdefghijklmnopqrstuvwxyz", "know or guess"),
    ],
)
def test_a_secret_that_others_could_have_is_refused(secret: str, said: str, demo: bool) -> None:
    with pytest.raises(KezekError, match=said) as refused:
        secret_of(Settings(secret=secret, demo=demo))
    assert "secrets.token_hex" in str(refused.value)
    assert secret not in str(refused.value)


def test_settings_that_are_printed_tell_no_secret() -> None:
    kept = {
        "secret": GOOD,
        "oidc_client_secret": f"{GOOD}-of-the-provider",
        "pseudonym_key": f"{GOOD}-of-persons",
        "database_url": f"postgresql+psycopg://kezek:{GOOD}@localhost/kezek",
    }
    settings = Settings(**kept)  # type: ignore[arg-type]  # as they are read
    assert secret_of(settings) == GOOD
    assert GOOD not in f"{settings!r} {settings}"


def test_without_one_nothing_is_served() -> None:
    with pytest.raises(KezekError, match="KEZEK_SECRET is not set"):
        secret_of(Settings())


def test_one_that_is_strong_is_taken() -> None:
    assert secret_of(Settings(secret=GOOD)) == GOOD


def test_a_demonstration_makes_one_of_its_own_and_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = secret_of(Settings(demo=True))
    assert len(made) >= 32
    assert secret_of(Settings(demo=True)) == made
    assert stat.S_IMODE((tmp_path / DEMO_SECRET).stat().st_mode) == 0o600
    (tmp_path / DEMO_SECRET).write_text("")
    with pytest.raises(KezekError, match="holds no secret"):
        secret_of(Settings(demo=True))
