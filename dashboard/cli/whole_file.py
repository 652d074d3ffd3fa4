"""A file that a command writes: whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from etl.errors import KezekError


def write_whole(path: Path, pieces: Iterable[str | bytes]) -> None:
    """Write text (as UTF-8) or bytes beside ``path``, in its place once all of it is there.

    Whatever happens before that, a file that was at ``path`` stays as it was. Raises KezekError
    where nothing can be written there.
    """
    target = path.resolve()
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        if target.exists() and not target.is_file():
            raise KezekError(f"{path} is no file; name one that may be written.")
        with part.open("xb") as file:
            file.writelines(p.encode() if isinstance(p, str) else p for p in pieces)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise KezekError(
            f"{path} cannot be written ({error.strerror}); name a file in a folder that is there, "
            "that you may write to and that has room."
        ) from None
    finally:
        with contextlib.suppress(OSError):  # it is in its place, or was never made
            part.unlink()
