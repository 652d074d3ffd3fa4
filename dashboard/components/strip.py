"""A row of plain figures, each with its name and a word on what it means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard import html


@dataclass(frozen=True)
class Fact:
    """``value`` as it is read; ``note``: its interval, its definition, its n."""

    name: str
    value: str
    note: str = ""


def strip(facts: Iterable[Fact]) -> html.Dl:
    """The figures side by side; on a phone below one another."""
    return html.Dl(
        [
            html.Div([html.Dt(f.name), html.Dd(f.value, className="kz-fact"), html.Dd(f.note)])
            for f in facts
        ],
        className="kz-strip",
    )
