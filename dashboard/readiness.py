"""What pages read is read before anybody asks for it: as a server begins, after every change that
has come to rest, and as a new day begins. The first reader of the morning waits no longer than the
second.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date

from dashboard import context, pages, queries
from dashboard.access import Reader, Role
from dashboard.app import KezekDash

log = logging.getLogger(__name__)

EVERY = 10.0  # seconds from one look at the warehouse to the next

# Reads figures and sees no case: nothing is noted of one who was shown to nobody.
_NOBODY = Reader(login="", role=Role.ANALYST)

State = tuple[int, date | None]


def keep(app: KezekDash, *, is_over: Callable[[float], bool]) -> None:
    """Get ready for what has changed, until ``is_over``, which waits so many seconds.

    While one form after another is saved nothing is drawn: a change is looked at once more first.
    """
    ready: State | None = None
    seen: State | None = None
    while True:
        now = _state(app)
        if now is not None and now != ready and (ready is None or now == seen):
            get_ready(app)
            ready = now
        seen = now
        if is_over(EVERY):
            return


def get_ready(app: KezekDash) -> None:
    """Draw every page of figures, as it is without a filter, for nobody; what cannot be drawn is
    left to its first reader."""
    house = app.house
    for page in pages.open_to((*app.rooms, *app.papers), _NOBODY):
        try:
            with app.server.app_context(), queries.reading():
                here = context.of(house, _NOBODY, page.PATH, {}, house.settings.language)
                if here is not None:
                    page.layout(here)
        except Exception:
            log.exception("the page %s could not be drawn beforehand", page.PATH)


def _state(app: KezekDash) -> State | None:
    """What the pages say hangs on: the warehouse's version, and the day; None where the warehouse
    does not answer."""
    engine = app.house.engine
    try:
        regulation = queries.remembered_regulation(engine)
        today = context.now(app.house.settings, regulation).date() if regulation else None
        return queries.data_version(engine), today
    except Exception:  # readers are told, and /healthz says so
        log.debug("the warehouse does not answer", exc_info=True)
        return None
