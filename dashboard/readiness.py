"""What pages read is read before anybody asks for it: as a server begins, after every load, and as
a new day begins. The first reader of the morning waits no longer than the second.
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


def keep(app: KezekDash, *, is_over: Callable[[float], bool]) -> None:
    """Get ready whenever something has changed, until ``is_over``, which waits so many seconds."""
    known = None
    while True:
        try:
            now = _state(app)
            if now != known:
                get_ready(app)
                known = now
        except Exception:  # a page that is asked for says more, and says it to a reader
            log.debug("what pages read could not be read beforehand", exc_info=True)
        if is_over(EVERY):
            return


def get_ready(app: KezekDash) -> None:
    """Draw every page of figures, as it is without a filter, for nobody."""
    house = app.house
    for page in pages.open_to((*app.rooms, *app.papers), _NOBODY):
        with app.server.app_context(), queries.reading():
            here = context.of(house, _NOBODY, page.PATH, {}, house.settings.language)
            if here is not None:
                page.layout(here)


def _state(app: KezekDash) -> tuple[int, date | None]:
    """What the pages say hangs on: the warehouse's version, and the day."""
    engine = app.house.engine
    regulation = queries.remembered_regulation(engine)
    today = context.now(app.house.settings, regulation).date() if regulation else None
    return queries.data_version(engine), today
