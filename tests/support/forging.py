"""Requests that no page of ours sends: sound ones with parts exchanged, taken out, doubled."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

TEXTS = (
    "",
    "\x00",
    "\ud800",
    "case-00001\x00",
    "' OR 1=1 --",
    '"; DROP TABLE account; --',
    "{{7*7}}",
    "${7*7}",
    "../../etc/passwd",
    "%00",
    "?show=both&case=case-00001",
    "?case=\ud800&service_point=\ud800",
    "?case=%00&as_of=0001-01-01&from=9999-12-31&to=0001-01-01",
    "?case=%ED%A0%80&lang=%00",
    "/overdue",
    "2013-11-31",
    "2013-01-01/2013-02-01/2013-03-01",
    "9999-12-31",
    "=1+1",
    "<script>",
    "ALL",
    '{"type":"case-withdraw","remark":1}',
    '{"type":',
    '{"type":"case-withdraw","remark":1}.n_clicks',
    "__class__",
    "..a.b...c.d..",
    "x" * 5_000,
)
NUMBERS = (0, -1, 1, 2**31, 2**63, -(2**70), 10**400, 0.5, 1e308, float("nan"), float("inf"))
IDS = (
    {"type": "case-withdraw", "remark": 1},
    {"type": "case-withdraw", "remark": {"remark": [1]}},
    {"type": "survey-answer", "code": "q1"},
    {"type": "filter", "key": "period"},
    {"type": "filter", "key": ["period"]},
    {"type": ["ALL"], "index": None},
    {"index": 1},
    {"type": "case-grid"},
    "case-grid",
    {},
)


def deep(depth: int) -> Any:
    """Lists within lists."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


Place = tuple[Any, Any]  # what holds a part, and its key in it

hostile = (
    st.sampled_from(TEXTS)
    | st.sampled_from(NUMBERS)
    | st.none()
    | st.booleans()
    | st.sampled_from(IDS)
    | st.integers(1, 400).map(deep)
    | st.text(max_size=8)
    | st.lists(st.sampled_from(TEXTS) | st.sampled_from(IDS), max_size=3)
    | st.dictionaries(
        st.sampled_from(["id", "property", "value", "type", "search", "startRow", "sortModel"]),
        st.sampled_from(TEXTS) | st.sampled_from(NUMBERS) | st.sampled_from(IDS),
        max_size=4,
    )
)


@st.composite
def forged(draw: st.DrawFn, sound: dict[str, Any]) -> dict[str, Any]:
    """``sound`` with one to three of its parts other than a browser sends them: half of the time
    of its values alone, so that it comes as far as the page that reads them."""
    sent = copy.deepcopy(sound)
    inside = draw(st.booleans())
    for _ in range(draw(st.integers(1, 3))):
        places = list(_values(sent) if inside else _places(sent))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        deed = draw(st.sampled_from(("put", "put", "put", "take", "double")))
        if deed == "put":
            holder[key] = copy.deepcopy(draw(hostile))
        elif deed == "take":
            del holder[key]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
    return sent


def _values(sent: dict[str, Any]) -> Iterator[Place]:
    """The places of what a browser's user can change, and those in them."""
    for part in (*sent.get("inputs", []), *sent.get("state", [])):
        for one in part if isinstance(part, list) else [part]:
            if "value" in one:
                yield one, "value"
                yield from _places(one["value"])


def _places(value: Any) -> Iterator[Place]:
    """Every place in a JSON value, as what holds it and its key, outermost first; of deep and long
    ones the beginning."""
    queue = [value]
    for _ in range(200):
        if not queue:
            return
        holder = queue.pop(0)
        if isinstance(holder, dict):
            keys = list(holder)
        else:
            keys = list(range(min(len(holder), 20))) if isinstance(holder, list) else []
        for key in keys:
            yield holder, key
            if isinstance(holder[key], dict | list):
                queue.append(holder[key])
