"""One measurement in a process of its own, so that nothing that ran before it is in its memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any


def alone(task: str, **given: Any) -> dict[str, Any]:
    """What the task of `tests.benchmarks.tasks` found. Raises CalledProcessError where it fails."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.tasks", task, json.dumps(given, default=str)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if not _distorts(name)},
    )
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def _distorts(variable: str) -> bool:
    """The caller's settings; and without compiled modules the workers take seconds to start."""
    return variable.startswith("KEZEK_") or variable == "PYTHONDONTWRITEBYTECODE"
