"""Days as people write them: the server and the browser read each alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

_DAY = date(2013, 3, 1)
WRITTEN: Mapping[str, date | None] = {
    "01.03.2013": _DAY,
    " 1.3.13 ": _DAY,
    "1/3/2013": _DAY,
    "1 - 3 - 2013": _DAY,
    "1,3,2013": _DAY,
    "01032013": _DAY,
    "2013-03-01": _DAY,
    "2013-3-1": _DAY,
    "29.02.2012": date(2012, 2, 29),
    "31.12.0100": date(100, 12, 31),
    "29.02.2013": None,
    "31.31.2013": None,
    "0.3.2013": None,
    "01.03": None,
    "010313": None,
    "2013.03.01": None,
    "31.12.0013": None,
    "31.12.0000": None,
    "1 наурыз 2013": None,
}
