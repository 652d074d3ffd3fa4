"""Passwords: how they are kept, which are refused, and how many are checked at a time."""

from __future__ import annotations

import base64
import functools
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION
from zxcvbn import zxcvbn

from dashboard.i18n import N_

SHORTEST, LONGEST = 12, 128
AT_ONCE = 2  # hashes a process makes at a time: 64 MiB and a processor each
_PATIENCE = 2.0  # seconds for the turn
_STRONG = 3  # of zxcvbn's 0 to 4: more than 10^8 guesses
_LOOKED_AT = 72  # characters, no more are taken by zxcvbn
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that reads like another
_TAKEN_FOR = 3  # letters of a login that are worth finding in a password
_LOCAL = (  # that zxcvbn's English lists lack, as they are typed in both layouts
    "kezek", "kazakhstan", "qazaqstan", "almaty", "astana", "akimat", "parol", "gfhjkm", "rehrvtz",
    "пароль", "құпиясөз", "купиясоз", "казахстан", "қазақстан", "алматы", "астана", "кезек",
    "акимат", "әкімдік", "йцукен", "привет", "сәлем",
)  # fmt: skip

_hasher = PasswordHasher()  # RFC 9106, second recommendation: argon2id, 64 MiB, 3 passes
_turns = threading.BoundedSemaphore(AT_ONCE)

_TOO_SHORT = N_("Use at least 12 characters.")
_TOO_LONG = N_("Use at most 128 characters.")
_HAS_LOGIN = N_("The password must not contain your login.")
_GUESSABLE = N_("This password is easy to guess.")
_WHY: Mapping[str, str] = {  # zxcvbn's patterns
    "dictionary": N_("It is made of common words, names or passwords."),
    "spatial": N_("It follows the keys of a keyboard."),
    "repeat": N_("It repeats the same characters."),
    "sequence": N_("It is a sequence like abc or 123."),
    "date": N_("It is a date or a year."),
    "regex": N_("It is a date or a year."),
}


class BusyError(Exception):
    """More sign in at this moment than are checked at a time."""


def hashed(password: str) -> str:
    """What is kept of it. Raises BusyError."""
    with _turn():
        return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password; takes as long where there is none. Raises BusyError.

    One that is longer than any may be is not, whatever it begins with.
    """
    with _turn():
        try:
            right = _hasher.verify(kept or _nobodys(), password[:LONGEST])
        except (VerifyMismatchError, InvalidHashError):
            return False
    return right and kept is not None and len(password) <= LONGEST


def is_outdated(kept: str) -> bool:
    """Whether it was hashed with less work than a password is today."""
    return _hasher.check_needs_rehash(kept)


def first() -> str:
    """One to be used once: about 99 bits, easy to read out."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


def why_not(password: str, *, login: str) -> list[str]:
    """What is wrong with a new password: msgids of sentences; none where it may be used."""
    if len(password) < SHORTEST:
        return [_TOO_SHORT]
    if len(password) > LONGEST:
        return [_TOO_LONG]
    if len(login) >= _TAKEN_FOR and login.casefold() in password.casefold():
        return [_HAS_LOGIN]
    found = zxcvbn(password[:_LOOKED_AT], user_inputs=[*_LOCAL, *login.split("@")])
    if found["score"] >= _STRONG:
        return []
    patterns = [part["pattern"] for part in found["sequence"]]
    return [_GUESSABLE, *dict.fromkeys(_WHY[p] for p in patterns if p in _WHY)]


@contextmanager
def _turn() -> Iterator[None]:
    """One of the few places at the hasher: a crowd waits a moment, then is sent away."""
    if not _turns.acquire(timeout=_PATIENCE):
        raise BusyError
    try:
        yield
    finally:
        _turns.release()


@functools.cache
def _nobodys() -> str:
    """What no password is hashed to, under the same parameters: it takes a check and no hash, so
    that the first unknown login takes no longer than any other."""
    salt, hash_ = (
        base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()
        for size in (_hasher.salt_len, _hasher.hash_len)
    )
    of = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${of}${salt}${hash_}"
