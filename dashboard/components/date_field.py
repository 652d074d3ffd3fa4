"""A field for a day in the reader's language, with a calendar beside it (assets/dates.js).

A browser writes its own field of type ``date`` in its own language, whatever the page's is.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from dashboard import days, html
from dashboard.components.attributes import aria
from dashboard.i18n import N_, Translator

_LONGEST = 20  # letters of a day, however it is written
_WORDS = (N_("Previous month"), N_("Next month"), N_("Calendar"))


def date_field(
    t: Translator,
    field_id: Any,
    value: str,
    *,
    label: str = "",
    first: date | None = None,
    last: date | None = None,
    at_once: bool = False,
) -> html.Div:
    """``value``: as ``days.written`` gives it. ``label``: where no other element labels the field.

    ``first``, ``last``: the days between which the calendar lets choose. ``at_once``: told to the
    server as it is typed, else when it is finished.
    """
    box = html.Input(
        id=field_id,
        type="text",
        value=value,
        debounce=not at_once,
        inputMode="numeric",
        placeholder=t(days.PATTERN),
        autoComplete="off",
        maxLength=_LONGEST,
    )
    opener = html.Button(
        html.Span(className="kz-date-icon", **aria(hidden="true")),
        type="button",
        className="kz-date-open",
        **aria(label=": ".join(filter(None, (t("Choose a day"), label))), expanded="false"),
    )
    names: dict[str, Any] = {
        "data-months": "|".join(t.month_names()),
        "data-weekdays": "|".join(t.weekday_names()),
        "data-words": "|".join(t(word) for word in _WORDS),
        "data-wrong": t("This is not a date: {pattern}.", pattern=t(days.PATTERN)),
        "data-first": first.isoformat() if first else "",
        "data-last": last.isoformat() if last else "",
    }
    return html.Div(
        [
            html.Label([html.Span(label), box], className="kz-day") if label else box,
            opener,
            html.P(className="kz-date-wrong", role="alert"),
        ],
        className="kz-date",
        **names,
    )
