"""The key of the pseudonyms: where it comes from, that it stays the same, and how it is changed.

A person is joined across cases and years by the pseudonym alone, so another key would make each of
them a new one. The warehouse keeps no key, but a fingerprint of it: the pseudonym of a fixed word.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, desc, func, select, update

from etl.errors import KezekError
from etl.identity import pseudonym
from etl.warehouse import cases, findings, messages, quarantine, queue_entries, run

_AT_LEAST = 32  # characters
_DIFFERENT = 10  # of them; sixty-four random hexadecimal digits have fewer once in a billion
_KNOWN = (
    "changeme",
    "change-me",
    "example",
    "kezek",
    "password",
    "pseudonym",
    "secret",
    "12345678",
)
_MAKE_ONE = "make one with `openssl rand -hex 32`"
_FINGERPRINTED = "the key of this warehouse"  # no number of twelve digits
_HELD = (cases, queue_entries)  # what has a pseudonym
REWRITTEN = (*_HELD, messages, quarantine, findings)  # what a change of the key touches


def read_key(key: str | None, file: Path | None) -> str | None:
    """The key that was set, or that stands in ``file``; None where there is neither.

    Raises KezekError where both are set, where others than its owner may read the file, and where
    the key is short or could be guessed. The message repeats nothing of it.
    """
    if key is not None and file is not None:
        raise KezekError(
            "KEZEK_PSEUDONYM_KEY and KEZEK_PSEUDONYM_KEY_FILE are both set; keep one of them."
        )
    if file is not None:
        return _checked(_in_file(file), f"The key in {file}")
    return None if key is None else _checked(key, "KEZEK_PSEUDONYM_KEY")


def _in_file(file: Path) -> str:
    try:
        mode = file.stat().st_mode
        if stat.S_ISREG(mode) and mode & 0o077:
            raise KezekError(
                f"The key's file {file} can be read by others than its owner; "
                f"take that from them with `chmod 600 {file}`."
            )
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "no text"
        raise KezekError(
            f"The key's file {file} cannot be read ({said}); "
            "look at KEZEK_PSEUDONYM_KEY_FILE and the rights of the file."
        ) from None


def _checked(key: str, name: str) -> str:
    if len(key) < _AT_LEAST or len(set(key)) < _DIFFERENT:
        raise KezekError(
            f"{name} is too short or too even: whoever guesses it can try all IINs. It wants "
            f"{_AT_LEAST} characters or more, {_DIFFERENT} of them different; {_MAKE_ONE}."
        )
    if any(word in key.lower() for word in _KNOWN):
        raise KezekError(f"{name} is made of a word that everybody tries first; {_MAKE_ONE}.")
    return key


def fingerprint(key: str | None) -> str | None:
    """32 hex digits that tell whether two keys are the same, and nothing else of them."""
    made = pseudonym(pd.Series([_FINGERPRINTED], dtype="str"), key)[0]
    return made if isinstance(made, str) else None


def require_same_key(connection: Connection, key: str | None, *, is_new: bool) -> None:
    """Raise KezekError where the key is another than that of the warehouse, unless ``is_new`` says
    so; and where it is said to be new and is not.

    The warehouse's key is that of its newest successful run. One that knows none, for it was filled
    without a key or by a version that did not tell, takes any.
    """
    held = connection.scalar(
        select(run.c.key_fingerprint)
        .where(run.c.status == "succeeded")
        .order_by(desc(run.c.run_id))
        .limit(1)
    )
    if held is None:
        return
    is_same = held == fingerprint(key)
    if is_new and is_same:
        raise KezekError(
            "The pseudonyms of this warehouse are made with this very key; "
            "set another one, or leave out --new-key."
        )
    if not is_new and not is_same:
        said = "KEZEK_PSEUDONYM_KEY is another than" if key else "No pseudonym key is set beside"
        raise KezekError(
            f"{said} the key under which this warehouse knows its people, and every one of them "
            "would become somebody new; set the former key, or make all pseudonyms anew with "
            "`kezek etl run --new-key` while every export is at hand."
        )


def forget(connection: Connection) -> None:
    """Take every pseudonym out of the warehouse, and the hashes that were made of one, so that the
    run that follows in this transaction writes them anew of all that its sources tell."""
    for table in _HELD:
        without = update(table).where(table.c.person.is_not(None))
        connection.execute(without.values(person=None, row_hash=""))
    connection.execute(update(messages).values(row_hash=""))


def left_without(connection: Connection) -> Mapping[str, int]:
    """After the run: by table, how many rows lost their pseudonym for no source tells of them any
    more. They stay, and are counted as before.

    What of the former key is left in the hashes of settled remarks goes as well.
    """
    for table in (quarantine, findings):
        settled = update(table).where(table.c.closed_run_id.is_not(None))
        connection.execute(settled.values(record_hash=""))
    return {
        table.name: n
        for table in _HELD
        if (n := connection.scalar(select(func.count()).where(table.c.row_hash == "")) or 0)
    }
