"""Where ``kezek`` begins.

The processes that read a run's sources import this module before they do anything, so it imports
the commands no sooner than they are wanted.
"""

from __future__ import annotations

import sys

from etl.errors import KezekError


def main() -> None:
    """Run the command; an error that a user can mend becomes one sentence and exit code 1."""
    from dashboard.cli.commands import app  # noqa: PLC0415 (see above)

    try:
        app()
    except KezekError as error:
        sys.exit(f"kezek: {error}")
