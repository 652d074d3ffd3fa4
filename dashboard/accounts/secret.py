"""The secret that forms and the way to a provider are signed with: given, strong, and unknown."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from dashboard.settings import Settings
from etl.errors import KezekError

DEMO_SECRET = Path("var/demo-secret")
SHORTEST = 32
_FEWEST = 10  # different characters of a text that somebody rolled dice for
_KNOWN = (  # parts of what manuals and examples say
    "changeme", "change_me", "change-me", "secret", "password", "example", "default", "kezek",
    "0123456789", "abcdefgh", "your-", "insecure",
)  # fmt: skip
_HOW = "make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"


def secret_of(settings: Settings) -> str:
    """The secret that is set; in a demonstration without one, that of this installation.

    Raises KezekError for one that is missing, short, or could be known to others.
    """
    if settings.secret is None:
        if settings.demo:
            return _of_this_installation(DEMO_SECRET)
        raise KezekError(f"KEZEK_SECRET is not set; {_HOW}.")
    secret = settings.secret.get_secret_value()
    if len(secret) < SHORTEST:
        raise KezekError(f"KEZEK_SECRET has fewer than {SHORTEST} characters; {_HOW}.")
    said = secret.lower()
    if len(set(said)) < _FEWEST or any(word in said for word in _KNOWN):
        raise KezekError(f"KEZEK_SECRET is one that others could know or guess; {_HOW}.")
    return secret


def _of_this_installation(path: Path) -> str:
    """Made once, readable by its owner alone."""
    path.parent.mkdir(exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text(encoding="ascii").strip()
        if len(kept) < SHORTEST:
            raise KezekError(f"{path} holds no secret; delete it and start again.") from None
        return kept
    made = secrets.token_hex(SHORTEST)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(made)
    return made
