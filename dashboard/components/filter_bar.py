"""The filter: chips that say what is on, each opening its choices; the address keeps it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard import days, html, ids
from dashboard.components.attributes import aria
from dashboard.components.filter_chips import MAKERS, Chip
from dashboard.context import Context
from dashboard.filters import DIMENSIONS

ALL_CONTROLS = tuple(MAKERS)
_DAYS = ("as_of", "from", "to")
_KEYS_OF = {"period": ("from", "to")}  # a control that sets more than its own key

Props = dict[str, Any]


def filter_bar(here: Context, controls: Sequence[str]) -> html.Section | None:
    """The chips of the controls that a page heeds, and a reset where something is set."""
    if not controls:
        return None
    t = here.t
    return html.Section(
        [
            html.H2(t("Filter"), className="visually-hidden"),
            *(_drawn(chip) for chip in _chips(here, controls)),
            html.Span(_reset(here, controls), id=ids.RESET),
        ],
        className="kz-filters",
        **aria(label=t("Filter")),
    )


def follow(here: Context, controls: Sequence[str]) -> list[tuple[str | dict[str, str], Props]]:
    """What a bar that stands already shows now: ids of its components, their properties.

    The bar itself stays, so an open chip stays open and the reader's focus where it was.
    """
    found: list[tuple[str | dict[str, str], Props]] = []
    for chip in _chips(here, controls):
        found.append((ids.chip(chip.key), {"children": chip.text, "className": _class(chip)}))
        found += [(ids.filter_control(key), dict(props)) for key, props in chip.controls.items()]
    if controls:
        found.append((ids.RESET, {"children": _reset(here, controls)}))
    return found


def as_query(chosen: Mapping[str, Any]) -> dict[str, str]:
    """What the values of controls that the reader touched mean as parts of the address's query.

    ``chosen``: key of a control -> its value. A preset is "2013-11-01/2013-11-30". What is written
    where a day should be and is none counts as not touched.
    """
    query = {k: _text(v) for k, v in chosen.items() if k not in ("period", *_DAYS)}
    for key in _DAYS:
        day = days.read(chosen.get(key))
        if day or not chosen.get(key, "-"):  # emptied: as it is without it
            query[key] = day.isoformat() if day else ""
    first, mark, last = str(chosen.get("period") or "").partition("/")
    if mark:
        query["from"], query["to"] = first, last
    return query


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _chips(here: Context, controls: Sequence[str]) -> list[Chip]:
    wanted = (key for key in MAKERS if key in controls and _has_choice(here, key))
    return [MAKERS[key](here, key) for key in wanted]


def _has_choice(here: Context, key: str) -> bool:
    """A list of one is no choice."""
    field = {**DIMENSIONS, "clock": "clocks"}.get(key)
    return field is None or len(here.regulation.codes(field)) > 1


def _drawn(chip: Chip) -> html.Details:
    return html.Details(
        [
            html.Summary(chip.text, id=ids.chip(chip.key), className=_class(chip)),
            html.Div(chip.panel, className="kz-panel-pop"),
        ],
        className="kz-chip-box",
    )


def _class(chip: Chip) -> str:
    return "kz-chip kz-chip-on" if chip.on else "kz-chip"


def _reset(here: Context, controls: Sequence[str]) -> html.Link | None:
    """The way back to the default, where the address says anything about these controls."""
    keys = [key for control in controls for key in _KEYS_OF.get(control, (control,))]
    said = [key for key in keys if key in here.query]
    if not said:
        return None
    href = here.href(here.path, **dict.fromkeys(said))
    return html.Link(here.t("Reset"), href=href, className="kz-reset")
