"""The folder of a sample city: only an empty one or a former sample is written into."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final

from etl.errors import KezekError

TRUTH: Final = "truth.json"  # also the mark of a sample, finished or not
SOURCES: Final = "sources.toml"
REGISTER: Final = "register.sqlite"
PARTS: Final = ("authority", "centres", "portal", "surveys")
_OURS: Final = frozenset({TRUTH, SOURCES, REGISTER, *PARTS})


def prepare(folder: Path) -> None:
    """Make the folder, empty it of a former sample and mark it as one.

    Raises KezekError where it holds anything else, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = {entry.name for entry in folder.iterdir()}
        if there and (TRUTH not in there or not there <= _OURS):
            raise KezekError(
                f"{folder} is not empty and no former sample; name an empty folder or a new one."
            )
        (folder / TRUTH).write_text(json.dumps({"finished": False}))
        for name in there - {TRUTH}:
            _remove(folder / name)
    except OSError as error:
        raise KezekError(
            f"{folder} cannot be written ({error.strerror}); "
            "name a folder that this user may write."
        ) from None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
