"""What is loaded although it looks odd, and gateway messages, which tell of a case bit by bit."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from etl.contract import Checked
from etl.regulation.model import Regulation
from etl.sources import NestedEvents, SourceSpec
from tests.support.regulations import almaty
from tests.support.sources import judged, spec

DIRECT = [f"D-P{n}" for n in range(1, 13)]
USUAL = ["D-P1", "D-P2", "D-P3", "D-P4", "D-P5", "D-P6", "D-P7", "D-P8", "D-P9"]
RETURN = ["D-P1", "D-P2", "D-P3", "D-P4", "D-P10", "D-P11", "D-P12"]


def wide(folder: Path) -> SourceSpec:
    return spec(
        path=folder / "base.csv",
        columns={"case_id": "id", "outcome": "outcome", "iin": "iin"},
        constants={"channel": "direct", "category": "veterans", "service_point": "authority"},
        steps={code: code for code in DIRECT},
    )


def judge(folder: Path, *rows: dict[str, str]) -> Checked:
    names = ["id", "outcome", "iin", *DIRECT]
    lines = [
        ",".join({"id": str(n), **row}.get(name, "") for name in names)
        for n, row in enumerate(rows)
    ]
    (folder / "base.csv").write_text("\n".join([",".join(names), *lines]))
    return judged(wide(folder), almaty())


def dated(steps: list[str], outcome: str = "registered", **changed: str) -> dict[str, str]:
    """The steps on one day after the other from 1 July 2013."""
    days = {step: f"2013-07-{n:02d}" for n, step in enumerate(steps, start=1)}
    return {**days, "outcome": outcome, **changed}


def found(checked: Checked) -> list[tuple[object, ...]]:
    assert len(checked.rejects) == 0
    frame = checked.findings
    return list(
        zip(*(frame[c].tolist() for c in ("record", "rule", "column", "value")), strict=True)
    )


def test_the_ways_of_the_diagram_raise_no_question(tmp_path: Path) -> None:
    rows = [dated(USUAL), dated(RETURN, "returned"), dated(USUAL[:4], ""), dated([], "")]
    assert found(judge(tmp_path, *rows)) == []


def test_a_step_left_out_is_told_by_the_step_that_should_not_follow(tmp_path: Path) -> None:
    skipped = dated([s for s in USUAL if s != "D-P3"])
    assert found(judge(tmp_path, skipped)) == [(0, "step_order", "D-P4", "D-P2 → D-P4")]


def test_a_case_that_begins_in_the_middle_is_told(tmp_path: Path) -> None:
    assert found(judge(tmp_path, dated(USUAL[1:]))) == [(0, "step_order", "D-P2", "D-P2")]


def test_one_record_is_told_once_for_each_rule(tmp_path: Path) -> None:
    scrambled = dated(["D-P1", "D-P3", "D-P2", "D-P9", "D-P4", "D-P8"], iin="5001")
    assert [rule for _, rule, _, _ in found(judge(tmp_path, scrambled))] == [
        "iin_check", "event_after_result", "step_order"
    ]  # fmt: skip


def test_what_comes_after_the_result_is_told_but_breaks_no_order(tmp_path: Path) -> None:
    late = dated(USUAL, **{"D-P12": "2013-07-10"})
    same_day = dated(USUAL, **{"D-P12": "2013-07-09"})
    assert found(judge(tmp_path, late, same_day)) == [
        (0, "event_after_result", "D-P12", "2013-07-10")
    ]


def test_an_iin_is_masked_in_its_finding(tmp_path: Path) -> None:
    rows = [dated(USUAL, iin=iin) for iin in ("500101100000", "500101100001", "x", "")]
    assert found(judge(tmp_path, *rows)) == [
        (1, "iin_check", "iin", "*" * 12),
        (2, "iin_check", "iin", "*"),
    ]


def test_a_rejected_record_has_no_findings(tmp_path: Path) -> None:
    checked = judge(tmp_path, dated(USUAL, iin="x", outcome="?"))
    assert len(checked.rejects) == 1
    assert len(checked.findings) == 0


def slowly(row: dict[str, str], regulation: Regulation) -> set[str]:
    """The findings of a row by loops over its events."""
    stops = next(c.stops for c in regulation.clocks if c.records)
    events = sorted((row[step], n, step) for n, step in enumerate(DIRECT) if row.get(step))
    rules = set()
    before: str | None = None
    result: str | None = None
    for at, _, step in events:
        if result is not None:
            if at > result:
                rules.add("event_after_result")
            continue
        if before is None:
            right = regulation.steps[step].start
        else:
            right = step in _after(before, regulation)
        if not right:
            rules.add("step_order")
        before = step
        if step in stops:
            result = at
    return rules


def _after(step: str, regulation: Regulation) -> set[str]:
    ways: set[str] = set()
    for code in regulation.steps[step].next:
        ways.add(code)
        if regulation.steps[code].kind == "condition":
            ways |= _after(code, regulation)
    return ways


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("findings")


ways = st.one_of(
    st.sampled_from([USUAL, RETURN]).flatmap(
        lambda way: st.lists(st.integers(0, len(way)), max_size=3).map(
            lambda left_out: dated([s for n, s in enumerate(way) if n not in left_out], "returned")
        )
    ),
    st.dictionaries(
        st.sampled_from(DIRECT), st.integers(1, 9).map(lambda d: f"2013-07-0{d}"), max_size=6
    ).map(lambda days: {**days, "outcome": "returned"}),
)


@settings(deadline=None, max_examples=50, phases=[Phase.explicit, Phase.generate])
@given(rows=st.lists(ways, max_size=6))
def test_findings_are_those_that_a_reader_of_each_row_would_make(
    folder: Path, rows: list[dict[str, str]]
) -> None:
    checked = judge(folder, *rows)
    rejected = set(checked.rejects["record"])
    told = checked.findings.groupby("record")["rule"].agg(set).to_dict()
    for record, row in enumerate(rows):
        if record not in rejected:
            assert told.get(record, set()) == slowly(row, almaty())


# --- gateway messages --------------------------------------------------------------------------

START = datetime(2013, 7, 1, 10)


def message(
    number: int,
    kind: str,
    *steps: str,
    chain: int | None = None,
    day: int = 0,
    category: str = "",
    outcome: str = "",
) -> str:
    """A message of the portal; its events lie a minute apart."""
    events = "".join(
        f'<event step="{step}" at="{START + timedelta(days=day, minutes=n):%Y-%m-%dT%H:%M}+06:00"/>'
        for n, step in enumerate(steps)
    )
    fields = "".join(
        f"<{name}>{text}</{name}>"
        for name, text in (("category", category), ("outcome", outcome))
        if text
    )
    correlation = f"<correlationId>m{chain}</correlationId>" if chain is not None else ""
    return (
        "<Envelope><Body><sendMessage><request><messageInfo>"
        f"<messageId>m{number}</messageId>{correlation}<messageType>{kind}</messageType>"
        f"</messageInfo><messageData><data><application>{fields}{events}</application></data>"
        "</messageData></request></sendMessage></Body></Envelope>"
    )


def portal(folder: Path, *messages: str) -> Checked:
    (folder / "portal.xml").write_text(f"<log>{''.join(messages)}</log>")
    source = spec(
        kind="gateway",
        path=folder / "portal.xml",
        records="application",
        columns={
            "case_id": "message/correlationId",
            "category": "category",
            "outcome": "outcome",
        },
        constants={"channel": "portal", "service_point": "portal"},
        events=NestedEvents("event", "@step", "@at"),
    )
    return judged(source, almaty())


def request(number: int = 1, *steps: str, category: str = "veterans", outcome: str = "") -> str:
    steps = steps or ("E-P0", "E-P1", "E-P3", "E-P4", "E-P5")
    return message(number, "REQUEST", *steps, category=category, outcome=outcome)


def status(checked: Checked) -> list[str]:
    return checked.records["status"].tolist()


def rejected_by(checked: Checked) -> list[tuple[int, str]]:
    return list(zip(checked.rejects["record"], checked.rejects["rule"], strict=True))


def test_messages_of_one_case_make_one_case(tmp_path: Path) -> None:
    checked = portal(
        tmp_path,
        request(),
        message(2, "UPDATE", "E-P7", chain=1, day=1),
        message(3, "RESPONSE", "E-P8", "E-P9", chain=1, day=9, outcome="refused"),
    )
    assert status(checked) == ["ok"] * 3
    assert checked.cases["case_id"].tolist() == ["m1"]
    assert set(checked.events["case_id"]) == {"m1"}
    assert len(checked.events) == 8
    outcomes = checked.events.set_index("step")["outcome"]
    assert outcomes.dropna().to_dict() == {"E-P9": "refused"}
    assert checked.records["key"].tolist() == ["m1"] * 3
    assert len(checked.findings) == 0


def test_a_message_delivered_again_is_a_duplicate(tmp_path: Path) -> None:
    strange = message(2, "UPDATE", "E-P99", chain=1)
    checked = portal(tmp_path, request(), strange, request(), strange)
    assert status(checked) == ["ok", "rejected", "duplicate", "duplicate"]


def test_a_request_must_have_a_category_and_an_update_need_not(tmp_path: Path) -> None:
    checked = portal(tmp_path, request(category=""), message(2, "UPDATE", "E-P7", chain=1))
    assert rejected_by(checked) == [(0, "missing_value")]
    assert len(checked.cases) == 0


def test_an_update_that_belongs_to_nothing_has_no_key(tmp_path: Path) -> None:
    assert rejected_by(portal(tmp_path, request(), message(2, "UPDATE", "E-P7"))) == [
        (1, "missing_key")
    ]


def test_an_application_turned_away_at_the_door_is_no_mistake(tmp_path: Path) -> None:
    checked = portal(
        tmp_path,
        request(1, "E-P0", "E-P1", "E-P2", outcome="rejected"),
        request(2, "E-P0", "E-P1"),
        message(3, "RESPONSE", "E-P2", chain=2, outcome="rejected"),
    )
    assert status(checked) == ["ok"] * 3
    assert checked.cases["recorded_outcome"].tolist()[0] == "rejected"
    assert checked.events["outcome"].dropna().tolist() == ["rejected"]
    assert len(checked.findings) == 0


def test_the_result_may_be_told_by_another_message(tmp_path: Path) -> None:
    done = message(2, "UPDATE", "E-P7", "E-P8", "E-P9", chain=1)
    told = message(3, "RESPONSE", chain=1, outcome="refused")
    checked = portal(tmp_path, request(), done, told)
    assert status(checked) == ["ok"] * 3
    assert checked.messages[["record", "message_id", "outcome"]].to_numpy().tolist() == [
        [2, "m3#0", "refused"]
    ]
    assert status(portal(tmp_path, request(), done)) == ["ok"] * 2, "it may come another day"


def test_of_an_event_told_twice_the_one_with_the_outcome_stays(tmp_path: Path) -> None:
    told = message(2, "RESPONSE", "E-P9", chain=1, day=3, outcome="refused")
    again = message(3, "UPDATE", "E-P9", chain=1, day=3)
    checked = portal(tmp_path, request(), told, again)
    assert checked.events.set_index("step")["outcome"].dropna().to_dict() == {"E-P9": "refused"}
    assert checked.events["event_id"].is_unique


def test_what_follows_the_result_is_told_across_messages(tmp_path: Path) -> None:
    checked = portal(
        tmp_path,
        request(),
        message(2, "UPDATE", "E-P8", chain=1, day=12),
        message(3, "RESPONSE", "E-P9", chain=1, day=10, outcome="registered"),
        message(4, "UPDATE", "E-P8", chain=1, day=9),
    )
    assert found(checked) == [(1, "event_after_result", "event/@at", "2013-07-13T10:00+06:00")]


def test_the_order_of_steps_is_asked_inside_a_message_only(tmp_path: Path) -> None:
    checked = portal(
        tmp_path,
        request(1, "E-P0", "E-P1", "E-P3", "E-P5"),
        message(2, "UPDATE", "E-P8", chain=1, day=1),
        message(3, "UPDATE", "E-P7", chain=1, day=2),
    )
    assert found(checked) == [(0, "step_order", "event/@at", "E-P3 → E-P5")]


def test_events_of_messages_that_were_rejected_stay_out(tmp_path: Path) -> None:
    checked = portal(
        tmp_path, request(), message(2, "RESPONSE", "E-P9", chain=1, outcome="archived")
    )
    assert rejected_by(checked) == [(1, "unknown_outcome")]
    assert "E-P9" not in set(checked.events["step"])
    assert pd.isna(checked.cases["recorded_outcome"][0])
