"""Every record is in, or out by the first rule that it breaks, or said twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from etl.contract import RULES
from tests.support.sources import judged_text, spec, values

IIN = "500101100000"
STEPS = {"desk-start": "start", "desk-review": "review", "desk-end": "end"}
HEADER = ("id", "channel", "category", "place", "iin", "start", "review", "end", "outcome")
COLUMNS = {
    "case_id": "id",
    "channel": "channel",
    "category": "category",
    "service_point": "place",
    "iin": "iin",
    "outcome": "outcome",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("contract")


times = st.sampled_from(
    ["", "2013-07-01", "2013-07-01 10:00", "2013-07-02", "1990-01-01", "2020-01-01", "?"]
)
cells = st.tuples(
    st.sampled_from(["", "1", "2", "3"]),
    st.sampled_from(["desk", "fax"]),
    st.sampled_from(["veterans", "", "?"]),
    st.sampled_from(["hall", "hall", "pub"]),
    st.sampled_from(["", IIN, "1"]),
    times, times, times,
    st.sampled_from(["", "registered", "?"]),
)  # fmt: skip


def rules_of(row: Sequence[str]) -> set[str]:
    """Every rule that a row breaks, one cell after the other."""
    key, channel, category, place, _, *moments, outcome = row
    start, review, stop = (_moment(text) for text in moments)
    known = [m for m in (start, review, stop) if m]
    broken = {
        "missing_key": not key,
        "missing_value": not category,
        "bad_date": "?" in moments,
        "unknown_channel": channel == "fax",
        "unknown_category": category == "?",
        "unknown_service_point": place == "pub",
        "unknown_outcome": outcome == "?",
        "missing_outcome": stop is not None and not outcome,
        "before_window": any(m.date() < date(2000, 1, 1) for m in known),
        "in_future": any(m.date() > date(2013, 12, 31) for m in known),
        "stop_before_start": start is not None and stop is not None and _before(stop, start),
    }
    return {rule for rule, is_broken in broken.items() if is_broken}


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text not in {"", "?"} else None


def _before(stop: datetime, start: datetime) -> bool:
    bare = any(m.time() == datetime.min.time() for m in (stop, start))
    return stop.date() < start.date() if bare else stop < start


@settings(deadline=None, max_examples=60, phases=[Phase.explicit, Phase.generate])
@given(rows=st.lists(cells, max_size=8))
def test_every_record_is_in_or_out_or_said_twice(folder: Path, rows: list[tuple[str, ...]]) -> None:
    text = "\n".join(";".join(row) for row in [HEADER, *rows])
    checked = judged_text(folder, text, spec(delimiter=";", columns=COLUMNS, steps=STEPS))
    order = [rule.code for rule in RULES]
    status = values(checked.records["status"])
    assert len(status) == len(rows)
    assert sorted(status) == sorted(
        ["ok"] * len(checked.cases)
        + ["rejected"] * len(checked.rejects)
        + ["duplicate"] * status.count("duplicate")
    )
    told = dict(zip(checked.rejects["record"], checked.rejects["rule"], strict=True))
    for record, row in enumerate(rows):
        broken = sorted(rules_of(row), key=order.index)
        if status[record] == "rejected":
            assert told[record] == broken[0]
        elif status[record] == "ok":
            assert not broken
        elif broken:  # an earlier row said the same
            assert row in rows[:record]
        else:  # a later row has the key
            assert any(other[0] == row[0] and not rules_of(other) for other in rows[record + 1 :])
