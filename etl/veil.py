"""Persons in the words of a record that stays out: masked before it is laid into quarantine.

A mapping names the columns that are read, and a name or an address has none. But in an export whose
columns have shifted, or where somebody typed into the wrong field, one stands where a category or a
date belongs, and it is such records that are rejected. What looks like a person is masked letter by
letter; file and row say where it can be read by whoever may.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from etl.identity import without_iin

_CAPITAL = "[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ]"
_NAMED = rf"{_CAPITAL}[\w’'-]+"
_SURNAME = (
    rf"{_CAPITAL}[\w’'-]*(?:ов|ова|ев|ева|ёв|ёва|ин|ина|ын|ына|ская|ский|вич|вна|ұлы|улы|қызы|кызы"
    r"|ov|ova|ev|eva|kyzy|uly|vich|vna)"
)
_STREET = (
    r"улица|ул|көшесі|көш|проспект|пр-т|просп|даңғылы|даңғ|микрорайон|мкрн|мкр|шағын\s+ауданы|ш/а"
    r"|переулок|пер|бульвар|квартира|кв|пәтер|пәт|дом|үй|street|str|avenue|ave|apt"
)
_PHONE = r"(?<![\w.])(?:\+?7|8)[\s(-]{0,2}7\d\d[\s)-]{0,2}\d{3}[\s-]?\d\d[\s-]?\d\d(?!\d)"
_BEHIND = r"[\w\s.,№/-]*"  # all that follows a street
_PERSONAL = re.compile(
    "|".join(
        [
            r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
            _PHONE,  # +7 701 123 45 67, 8 (727) 250-00-00, 87011234567
            r"\+\d[\d\s()-]{8,16}\d",  # another country's
            rf"(?:{_NAMED}\s+)+(?i:{_STREET})\b{_BEHIND}",
            rf"\b(?i:{_STREET})\b\.?\s*№?\s*(?=\d|{_CAPITAL}){_BEHIND}",
            rf"{_NAMED}\s+{_CAPITAL}\.(?:\s*{_CAPITAL}\.)?",
            rf"{_CAPITAL}\.\s*(?:{_CAPITAL}\.\s*)?{_NAMED}",
            rf"{_NAMED}(?:\s+{_NAMED})+",
            rf"{_CAPITAL}{{2,}}(?:\s+{_CAPITAL}{{2,}})+",
            rf"\b{_SURNAME}\b",
        ]
    )
)
_NOT_BLANK = re.compile(r"\S")


def veiled(text: str) -> str:
    """The text with an asterisk for each letter of what looks like an IIN, a person's name, an
    address, a telephone number or a mail address. A single word that is no surname stays: codes
    and the names of categories are such."""
    return _PERSONAL.sub(_hidden, without_iin(text))


def veiled_key(key: str) -> str:
    """The same of a record's own number, by which records find one another: only where no digit is
    left in it that tells records apart, as none is in a mapping's prefix."""
    hidden = veiled(key)
    return key if any(letter.isdigit() for letter in hidden) else hidden


def veiled_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """The same of everything that a record says, nested lists included; its columns stay."""
    return {name: _veiled_value(value) for name, value in record.items()}


def _veiled_value(value: Any) -> Any:
    if isinstance(value, str):
        return veiled(value)
    return [_veiled_value(inner) for inner in value] if isinstance(value, list) else value


def _hidden(found: re.Match[str]) -> str:
    return _NOT_BLANK.sub("*", found[0])
