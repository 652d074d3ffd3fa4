"""From a source's words to canonical columns."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import extract, mapping
from etl.extract.model import Extract
from etl.mapping import Mapped
from etl.sources import NestedEvents, SourceSpec
from tests.support.regulations import small_town
from tests.support.sources import spec

STEPS = {"desk-start": "начато", "desk-review": "рассмотрено", "desk-end": "окончено"}


def mapped(folder: Path, text: str, **given: object) -> Mapped:
    (folder / "export.csv").write_text(text, "utf-8")
    source = spec(**{"path": folder / "export.csv", "delimiter": ";", **given})
    return mapping.apply(source, extract.read(source), regulation=small_town())


def values(column: pd.Series) -> list[object]:
    return column.astype(object).where(column.notna(), None).tolist()


def test_columns_are_renamed_and_constants_repeated(tmp_path: Path) -> None:
    result = mapped(
        tmp_path,
        "№;Аты;Күні\n1;Әлия;15.07.2013\n2;;\n",
        columns={"case_id": "№", "executor": "Аты", "received_at": "Күні"},
        constants={"channel": "desk", "outcome": "registered"},
        date_formats=("%d.%m.%Y",),
        key_prefix="ALA-",
    )
    assert {name: values(result.fields[name]) for name in result.fields} == {
        "case_id": ["ALA-1", "ALA-2"],
        "channel": ["desk", "desk"],
        "executor": ["Әлия", None],
        "received_at": [pd.Timestamp("2013-07-14 18:00"), None],
        "outcome": ["registered", "registered"],
    }
    assert values(result.text_of("received_at")) == ["15.07.2013", None]
    assert values(result.text_of("channel")) == ["desk", "desk"]


def test_spellings_become_codes_and_unknown_ones_stay(tmp_path: Path) -> None:
    result = mapped(
        tmp_path,
        "id;c\n1; Ветераны\n2;ВЕТЕРАНЫ\n3;прочие\n4;veterans\n5;\n",
        columns={"case_id": "id", "category": "c"},
        values={"category": {"ветераны": "veterans"}},
    )
    assert values(result.fields["category"]) == ["veterans", "veterans", "прочие", "veterans", None]


def test_a_blank_key_gets_no_prefix(tmp_path: Path) -> None:
    result = mapped(
        tmp_path, "id;x\n;1\n", columns={"case_id": "id", "executor": "x"}, key_prefix="A-"
    )
    assert values(result.fields["case_id"]) == [None]


def test_a_text_that_is_no_time_is_told_from_a_blank_one(tmp_path: Path) -> None:
    columns = {"case_id": "id", "received_at": "r", "stopped_at": "s"}
    result = mapped(tmp_path, "id;r;s\n1;2013-07-15;\n2;soon;2013-02-30\n", columns=columns)
    assert result.unparsed.to_dict("list") == {
        "received_at": [False, True],
        "stopped_at": [False, True],
    }


def test_wide_rows_become_events_in_the_order_of_the_mapping(tmp_path: Path) -> None:
    text = "id;окончено;начато;рассмотрено\n1;2013-07-17;2013-07-15;\n2;;2013-07-16;never\n"
    events = mapped(tmp_path, text, steps=STEPS).events
    assert events is not None
    assert events[["record", "step", "column", "value"]].to_numpy().tolist() == [
        [0, "desk-start", "начато", "2013-07-15"],
        [0, "desk-end", "окончено", "2013-07-17"],
        [1, "desk-start", "начато", "2013-07-16"],
        [1, "desk-review", "рассмотрено", "never"],
    ]
    assert values(events["occurred_at"]) == [
        pd.Timestamp("2013-07-14 18:00"),
        pd.Timestamp("2013-07-16 18:00"),
        pd.Timestamp("2013-07-15 18:00"),
        None,
    ]


def nested_source(**given: object) -> SourceSpec:
    return spec(kind="json", events=NestedEvents("e", "s", "t", event_id="k", actor="a"), **given)


def nested_extract(source: SourceSpec, *, records: int) -> Extract:
    nested = pd.DataFrame(
        {
            "record": [0, 1],
            "step": pd.Series(["НАЧАТО ", "other"], dtype="str"),
            "at": pd.Series(["2013-07-15T10:00:00Z", None], dtype="str"),
            "event_id": pd.Series(["7", None], dtype="str"),
            "actor": pd.Series(["Әлия", None], dtype="str"),
        }
    )
    ids = pd.Series([str(n) for n in range(records)], dtype="str")
    return Extract(
        records=pd.DataFrame({"id": ids}),
        place=pd.DataFrame({"file": ids, "row": range(records)}),
        files=(),
        unreadable=pd.DataFrame(columns=["file", "row", "rule", "value", "digest"]),
        nested=nested,
    )


def test_nested_events_have_their_own_spellings_and_keys() -> None:
    source = nested_source(key_prefix="W-", values={"step": {"начато": "web-start"}})
    result = mapping.apply(source, nested_extract(source, records=2), regulation=small_town())
    assert result.events is not None
    assert {name: values(result.events[name]) for name in result.events} == {
        "record": [0, 1],
        "event_id": ["W-7", None],
        "step": ["web-start", "other"],
        "occurred_at": [pd.Timestamp("2013-07-15 10:00"), None],
        "actor": ["Әлия", None],
        "column": ["e/t", "e/t"],
        "value": ["2013-07-15T10:00:00Z", None],
    }


def test_real_dates_need_no_format_and_texts_among_them_do() -> None:
    source = spec(
        kind="xlsx",
        columns={"case_id": "id", "received_at": "d"},
        steps={"desk-start": "d"},
        date_formats=("%d.%m.%Y",),
    )
    texts = pd.Series(["2013-07-15", "16.07.2013", None, "2013-07-17"], dtype="str")
    native = pd.Series(["2013-07-15", None, None, "2013-07-17"], dtype="datetime64[us]")
    ids = pd.Series(list("1234"), dtype="str")
    read = Extract(
        records=pd.DataFrame({"id": ids, "d": texts}),
        place=pd.DataFrame({"file": ids, "row": range(4)}),
        files=(),
        unreadable=pd.DataFrame(columns=["file", "row", "rule", "value", "digest"]),
        native={"d": native},
    )
    result = mapping.apply(source, read, regulation=small_town())
    expected = [
        pd.Timestamp("2013-07-14 18:00"),
        pd.Timestamp("2013-07-15 18:00"),
        None,
        pd.Timestamp("2013-07-16 18:00"),
    ]
    assert values(result.fields["received_at"]) == expected
    assert result.events is not None
    assert values(result.events["occurred_at"]) == [expected[i] for i in (0, 1, 3)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mapping")


rows = st.lists(
    st.tuples(
        st.sampled_from(["а", "Ветераны", "ветераны ", "СЕМЬИ", "families", ""]),
        st.one_of(
            st.datetimes(datetime(1995, 1, 1), datetime(2030, 1, 1)).map(
                lambda moment: moment.strftime("%d.%m.%Y %H:%M")
            ),
            st.sampled_from(["", "31.02.2013 10:00", "15.07.2013", "скоро"]),
        ),
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(rows=rows, zone=st.sampled_from(["Asia/Almaty", "UTC", "Asia/Tokyo"]))
def test_rows_map_as_if_each_were_mapped_alone(
    folder: Path, rows: list[tuple[str, str]], zone: str
) -> None:
    form = "%d.%m.%Y %H:%M"
    text = "id;c;at\n" + "".join(f"{n};{c};{at}\n" for n, (c, at) in enumerate(rows))
    result = mapped(
        folder,
        text,
        columns={"case_id": "id", "category": "c", "received_at": "at"},
        values={"category": {"ветераны": "veterans", "Семьи": "families"}},
        date_formats=(form,),
        timezone=zone,
    )
    codes = {"ветераны": "veterans", "семьи": "families"}
    for n, (category, at) in enumerate(rows):
        word = category.strip()
        assert values(result.fields["category"])[n] == (codes.get(word.casefold(), word) or None)
        try:
            local = datetime.strptime(at, form).replace(tzinfo=ZoneInfo(zone))
            moment = pd.Timestamp(local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None))
        except ValueError:
            moment = None
        assert values(result.fields["received_at"])[n] == moment
        assert result.unparsed["received_at"][n] == (moment is None and at != "")
