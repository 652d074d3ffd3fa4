"""What of a page is another than what the browser shows of it: only that is sent.

A page lies on a ground of bare ``<div>``; what lies on it, a panel, a card or a sentence, is a
piece. The browser keeps the names of the pieces that it shows and says them when it asks for the
next filter. What comes back is one change of one property (``dash.Patch``): an answer that a later
one has overtaken is dropped whole, where components set one by one would be left standing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from dash import Patch, no_update
from plotly.io.json import to_json_plotly

_Place = tuple[int | str, ...]


class Shown(NamedTuple):
    """What the browser shows once it has the answer, by names that tell contents apart."""

    ground: str
    pieces: list[str | None]  # None: what callbacks of its own may have changed meanwhile


def differing(content: list[Any], before: object) -> tuple[Any, dict[str, Any]]:
    """What to send of ``content``, and the names of what is shown then.

    ``before``: the names of what is shown now, as the browser says them. On another ground the
    whole is sent, on the same the pieces with another name; ``no_update`` where there are none.
    """
    grounds: list[Any] = []
    pieces = list(_pieces(content, (), grounds))
    now = Shown(_digest(to_json_plotly(grounds)), [_name(piece) for _, piece in pieces])
    known = _known(before)
    if known is None or known.ground != now.ground or len(known.pieces) != len(pieces):
        return content, now._asdict()
    others = [
        (place, piece)
        for (place, piece), name, was in zip(pieces, now.pieces, known.pieces, strict=True)
        if name is None or name != was
    ]
    return _change(others) if others else no_update, now._asdict()


def _change(pieces: list[tuple[_Place, Any]]) -> Any:
    whole = Patch()
    for (*way, last), piece in pieces:
        spot = whole
        for step in way:
            spot = spot[step]
        spot[last] = piece
    return whole.to_plotly_json()  # a dictionary is written faster, see ``dashboard.html``


def _pieces(content: Any, at: _Place, grounds: list[Any]) -> Iterator[tuple[_Place, Any]]:
    """Each piece with its place; into ``grounds`` what each ground is but for what lies on it."""
    if isinstance(content, list):
        for index, one in enumerate(content):
            yield from _pieces(one, (*at, index), grounds)
    elif _is_ground(content):
        props = content["props"]
        below = props["children"]
        many = len(below) if isinstance(below, list) else None
        grounds.append([at, {**props, "children": many}])
        yield from _pieces(below, (*at, "props", "children"), grounds)
    else:
        yield at, content


def _is_ground(one: Any) -> bool:
    if not isinstance(one, dict) or one.get("type") != "Div" or "id" in one["props"]:
        return False
    below = one["props"]["children"]
    return isinstance(below, dict) or (
        isinstance(below, list) and all(one is None or isinstance(one, dict) for one in below)
    )


def _name(piece: Any) -> str | None:
    """None where callbacks may have changed something within: what they can name has an id."""
    written: str = to_json_plotly(piece)
    if written.count('"id":') > written.count('"type":"Graph"'):  # a chart's own is for its picture
        return None
    return _digest(written)


def _digest(written: str) -> str:
    return blake2b(written.encode(), digest_size=9).hexdigest()


def _known(said: object) -> Shown | None:
    """The names that a browser says; None where it says none, or what are none."""
    if not isinstance(said, Mapping):
        return None
    ground, pieces = said.get("ground"), said.get("pieces")
    return Shown(ground, pieces) if isinstance(ground, str) and isinstance(pieces, list) else None
