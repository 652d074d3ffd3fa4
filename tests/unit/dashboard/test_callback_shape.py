"""What a page sends for a callback, and what it never does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dashboard import callback_shape

PATTERN = '{"key":["ALL"],"type":"filter"}'
KNOWN = {
    "inputs": [{"id": PATTERN, "property": "value"}, {"id": "save", "property": "n_clicks"}],
    "state": [{"id": "location", "property": "search"}],
}
OUTPUT = '..location.search...result.children@1f2e...{"code":["ALL"],"type":"answer"}.value..'


def _sent() -> dict[str, Any]:
    return {
        "output": OUTPUT,
        "outputs": [
            {"id": "location", "property": "search"},
            {"id": "result", "property": "children"},
            [{"id": {"type": "answer", "code": "q1"}, "property": "value"}],
        ],
        "inputs": [
            [{"id": {"type": "filter", "key": "lang"}, "property": "value", "value": [1]}],
            {"id": "save", "property": "n_clicks", "value": 1},
        ],
        "state": [{"id": "location", "property": "search"}],
        "changedPropIds": ['{"key":"lang","type":"filter"}.value', "save.n_clicks"],
    }


def test_what_a_page_sends_is_sound() -> None:
    assert callback_shape.is_sound(_sent(), KNOWN)
    without_members = _sent() | {"changedPropIds": []}
    without_members["inputs"][0] = without_members["outputs"][2] = []
    assert callback_shape.is_sound(without_members, KNOWN)


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no inputs": lambda s: s.pop("inputs"),
    "no state": lambda s: s.pop("state"),
    "no outputs": lambda s: s.pop("outputs"),
    "no cause": lambda s: s.pop("changedPropIds"),
    "inputs of another": lambda s: s["inputs"][1].update(id="withdraw"),
    "another property": lambda s: s["inputs"][1].update(property="children"),
    "one input more": lambda s: s["inputs"].append(s["inputs"][1]),
    "a part without an id": lambda s: s["inputs"][1].pop("id"),
    "a part that is none": lambda s: s["inputs"].__setitem__(1, "save"),
    "an id that is none": lambda s: s["inputs"][1].update(id=["save"]),
    "a pattern for one": lambda s: s["inputs"].__setitem__(1, [s["inputs"][1]]),
    "one for a pattern": lambda s: s["inputs"].__setitem__(0, s["inputs"][0][0]),
    "another type": lambda s: s["inputs"][0][0]["id"].update(type="answer"),
    "a type within": lambda s: s["inputs"][0][0]["id"].update(type={"type": "filter"}),
    "an index of lists": lambda s: s["inputs"][0][0]["id"].update(key=[["lang"]]),
    "one key more": lambda s: s["inputs"][0][0]["id"].update(index=1),
    "no key": lambda s: s["inputs"][0][0]["id"].pop("key"),
    "outputs of another": lambda s: s["outputs"][0].update(id="case-grid"),
    "one output": lambda s: s.update(outputs=s["outputs"][0]),
    "a forged pattern of outputs": lambda s: s["outputs"][2][0]["id"].update(type="filter"),
    "a cause that was not sent": lambda s: s["changedPropIds"].append("withdraw.n_clicks"),
    "a cause that is none": lambda s: s["changedPropIds"].append({"id": "save"}),
    "a cause of another index": lambda s: s["changedPropIds"].append(
        '{"key":"show","type":"filter"}.value'
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_no_page_sends_is_not(forgery: str) -> None:
    sent = _sent()
    FORGERIES[forgery](sent)
    assert not callback_shape.is_sound(sent, KNOWN)


def test_what_no_text_is_goes_wherever_it_stands() -> None:
    sent = json.loads(
        r"""{"a": "x\u0000y\ud800", "b": [["\u001b[31m", 1], {"c": "\t\n\ud83d\ude00ә"}]}"""
    )
    callback_shape.take_out_no_text(sent)
    assert sent == {"a": "xy", "b": [["[31m", 1], {"c": "\t\n😀ә"}]}
