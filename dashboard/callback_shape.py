"""Whether a request for a callback is of the shape that a page sends: these parts, no others.

Dash trusts the browser with the ids of what a callback reads and changes. Here they are held
against what was registered, before Dash looks at them; what stands in the values is for each page
to judge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_WILDCARDS = (["ALL"], ["MATCH"], ["ALLSMALLER"])


def is_sound(body: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """``body``: of the request; ``known``: the callback in Dash's map, whose key is its output."""
    inputs = body.get("inputs")
    return (
        _are(inputs, known["inputs"])
        and _are(body.get("state", []), known["state"])
        and _are_outputs(body.get("outputs"), str(body["output"]))
        and _are_of(body.get("changedPropIds"), inputs)
    )


def take_out_no_text(body: Any) -> None:
    """Take control characters and halves of pairs out of every text in what was sent: no database
    keeps them all, and no page means them."""
    waiting = [body]
    while waiting:
        held = waiting.pop()
        for key, value in list(held.items() if isinstance(held, dict) else enumerate(held)):
            if isinstance(value, str):
                held[key] = _NO_TEXT.sub("", value)
            elif isinstance(value, dict | list):
                waiting.append(value)


def _are(given: Any, registered: Sequence[Mapping[str, str]]) -> bool:
    """Whether parts are those of a list, in its order."""
    return (
        isinstance(given, list)
        and len(given) == len(registered)
        and all(_is(one, p["id"], p["property"]) for one, p in zip(given, registered, strict=True))
    )


def _are_outputs(given: Any, output: str) -> bool:
    parts = output.strip(".").split("...")
    listed = given if output.startswith("..") else [given]
    registered = [part.rpartition(".")[::2] for part in parts]
    return (
        isinstance(listed, list)
        and len(listed) == len(registered)
        and all(_is(one, *part) for one, part in zip(listed, registered, strict=True))
    )


def _is(given: Any, component: str, prop: str) -> bool:
    """Whether it is the part, or of a pattern a list of those that match it."""
    if not component.startswith("{"):
        return _has(given, prop) and given["id"] == component
    pattern = json.loads(component)
    return isinstance(given, list) and all(
        _has(one, prop) and _matches(one["id"], pattern) for one in given
    )


def _has(given: Any, prop: str) -> bool:
    """Whether something has an id and this property; what follows an @ tells outputs apart."""
    return (
        isinstance(given, dict)
        and "id" in given
        and isinstance(given.get("property"), str)
        and given["property"].partition("@")[0] == prop.partition("@")[0]
    )


def _matches(component: Any, pattern: Mapping[str, Any]) -> bool:
    return (
        isinstance(component, dict)
        and component.keys() == pattern.keys()
        and all(
            isinstance(component[key], str | int)
            if wanted in _WILDCARDS
            else component[key] == wanted
            for key, wanted in pattern.items()
        )
    )


def _are_of(changed: Any, inputs: Sequence[Any]) -> bool:
    """Whether what set the callback off is among its inputs."""
    sent = [part for one in inputs for part in (one if isinstance(one, list) else [one])]
    names = {f"{_written(part['id'])}.{part['property']}" for part in sent}
    return isinstance(changed, list) and all(
        isinstance(one, str) and one in names for one in changed
    )


def _written(component: str | Mapping[str, Any]) -> str:
    """An id as the browser writes it."""
    if isinstance(component, str):
        return component
    return json.dumps(component, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
