"""The errors that a user is meant to read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from etl.identity import without_iin


class KezekError(Exception):
    """Something the user can mend: the message says what, where and what to do, in one sentence.

    An IIN in it is masked: it is printed, kept in the ledger, and may name a file or repeat what a
    source holds.
    """

    def __init__(self, message: str) -> None:
        super().__init__(without_iin(message))


class TransientError(KezekError):
    """A fault of a database that may have gone a moment later: another attempt is worthwhile."""


class Violation(NamedTuple):
    """A field of a record and the code of the rule that it breaks."""

    column: str
    rule: str


class ContractError(KezekError):
    """A record that somebody typed breaks the contract; ``violations`` has one for each field."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        faults = ", ".join(f"{column} ({rule})" for column, rule in self.violations)
        super().__init__(f"The record was not saved; correct {faults}.")
