"""What a city has set itself: which figures it is held against, and which files are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from dashboard import filters, targets
from dashboard.app import create_app
from dashboard.filters import Filter
from dashboard.settings import Settings
from etl.errors import KezekError
from etl.regulation.model import LANGUAGES
from tests.support.regulations import almaty, small_town

RULES = almaty()
ALL: Filter = filters.default(regulation=RULES, as_of=date(2013, 12, 31))
DECIDED = """
decided = { kk = "қала әкімі", ru = "аким города", en = "the akim of the city" }
"""


def one(measure: str, value: object, more: str = "") -> str:
    return f"""
[[targets]]
measure = "{measure}"
value = {value}
{more}
{DECIDED}
"""


def file_of(*parts: str) -> str:
    return f'regulation = "{RULES.id}"\n' + ("".join(parts) or "targets = []")


def values(*parts: str, measure: str, asked: Filter = ALL) -> list[float]:
    read = targets.parse(file_of(*parts), name="t.toml")
    return [target.value for target in read.of(measure, RULES, asked)]


def test_the_sample_city_s_file_says_what_the_cards_show() -> None:
    read = targets.read(None)
    assert [t.value for t in read.of("within_limit", RULES, ALL)] == [0.95]
    assert [t.value for t in read.of("satisfied.q1", RULES, ALL)] == [0.6]
    for target in read.targets:
        assert all(target.decided[lang] for lang in LANGUAGES)


def test_the_targets_of_one_city_are_not_those_of_another() -> None:
    town = small_town()
    asked = filters.default(regulation=town, as_of=date(2013, 12, 31))
    assert targets.read(None).of("within_limit", town, asked) == ()


def test_a_later_target_takes_the_place_of_an_earlier_one() -> None:
    read = targets.parse(
        file_of(
            one("within_limit", 0.95, "from = 2013-03-01"),
            one("within_limit", 0.9, "from = 2013-01-01"),
        ),
        name="t.toml",
    )
    months = pd.DatetimeIndex(["2012-12-01", "2013-01-01", "2013-02-01", "2013-03-01"])
    held = targets.by_month(read.of("within_limit", RULES, ALL), months)
    assert pd.isna(held.iloc[0])
    assert list(held[1:]) == [0.9, 0.9, 0.95]


def test_a_target_of_one_time_limit_says_nothing_of_another() -> None:
    commission = replace(ALL, clock="commission")
    headline, own = one("within_limit", 0.95), one("within_limit", 0.8, 'clock = "commission"')
    assert values(headline, measure="within_limit", asked=commission) == []
    assert values(headline, own, measure="within_limit", asked=commission) == [0.8]
    assert values(headline, own, measure="within_limit") == [0.95]
    assert values(one("satisfied.q1", 0.6), measure="satisfied.q1", asked=commission) == [0.6]


def test_a_number_of_cases_set_for_the_whole_says_nothing_of_a_part() -> None:
    part = replace(ALL, channels=("psc",))
    assert values(one("overdue", 40), measure="overdue") == [40]
    assert values(one("overdue", 40), measure="overdue", asked=part) == []
    assert values(one("within_limit", 0.95), measure="within_limit", asked=part) == [0.95]


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        (one("within_limt", 0.95), "no control chart shows within_limt; did you mean within_limit"),
        (one("days_p50", 20), "no control chart shows days_p50"),
        (one("satisfied", 0.6), "satisfied names its question, such as satisfied.q1"),
        (one("open.q1", 6), "open has no parts"),
        (one("within_limit", 95), "is a share, 0 to 1, not 95; 95 % is 0.95"),
        (one("within_limit", -0.1), "is a share, 0 to 1, not -0.1"),
        (one("within_limit", "nan"), "is a share"),
        (one("overdue", "inf"), "must be a number that ends"),
        (one("overdue", '"ten"'), "must be a number, not 'ten'"),
        (one("within_limit", 0.95, "from = 2013-01-15"), "must be the first of a month"),
        (one("within_limit", 0.95, "until = 2013-01-01"), "until: is unknown"),
        (one("within_limit", 0.9) * 2, "has another target from the same month"),
        (one("within_limit", 0.9).replace("kk =", "kz ="), "the translation is missing"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(part: str, fault: str) -> None:
    with pytest.raises(KezekError) as error:
        targets.parse(file_of(part), name="city.toml")
    assert "city.toml cannot be used; mend:" in str(error.value)
    assert fault in str(error.value)


def test_a_city_may_have_no_targets() -> None:
    assert values(measure="within_limit") == []


def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kezek.db'}"
    with pytest.raises(KezekError, match="name another file with KEZEK_TARGETS"):
        create_app(Settings(database_url=url, targets=tmp_path / "none.toml"))
    (tmp_path / "bad.toml").write_text("[")
    with pytest.raises(KezekError, match="are not TOML"):
        create_app(Settings(database_url=url, targets=tmp_path / "bad.toml"))
    (tmp_path / "old.toml").write_bytes("regulation = 'Алматы'".encode("cp1251"))
    with pytest.raises(KezekError, match="not UTF-8"):
        create_app(Settings(database_url=url, targets=tmp_path / "old.toml"))
