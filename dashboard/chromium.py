"""The system's Chromium, to print a page of ours as PDF."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from etl.errors import KezekError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = (
    "No Chromium was found to print with; install one, on Debian and Ubuntu with "
    "`apt-get install chromium fonts-noto-core` (as root), and run the command again."
)
_PATIENCE = 120  # seconds until it is given up
_TIMES = 2
_PAGE_TIME = 30_000  # milliseconds of the page's own clock, which waits for the network
_SWITCHES = (
    "--headless",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--window-size=800,1100",
    "--force-prefers-reduced-motion",
    f"--virtual-time-budget={_PAGE_TIME}",
)


def find() -> str:
    """The path of a Chromium. Raises KezekError with the command that installs one."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise KezekError(HOW)


def print_to_pdf(address: str) -> bytes:
    """What the page at an address looks like on paper. Raises KezekError where it cannot be had.

    On a machine with much to do Chromium now and then ends without a file, so it is asked twice.
    """
    program, said = find(), ""
    for _ in range(_TIMES):
        with TemporaryDirectory(prefix="kezek-print-", ignore_cleanup_errors=True) as folder:
            out = Path(folder, "page.pdf")
            done = _run(program, address, Path(folder), out)
            if not done.returncode and out.is_file():
                return out.read_bytes()
            said = _complaint(done.stderr.decode("utf-8", "replace"))
    raise KezekError(
        f"{program} could not print the page{said}; see whether it starts at all with "
        f"`{program} --version`."
    )


def _run(program: str, address: str, folder: Path, out: Path) -> subprocess.CompletedProcess[bytes]:
    # The address may hold a key, and whoever is on this machine can read a command line.
    start = folder / "start.html"
    start.write_text(
        f'<!DOCTYPE html><meta http-equiv="refresh" content="0;url={address}">', "utf-8"
    )
    command = [
        program,
        *_SWITCHES,
        *(["--no-sandbox"] if os.geteuid() == 0 else []),  # root has no sandbox to use
        f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={out}",
        start.as_uri(),
    ]
    try:
        # The program is one of NAMES and the arguments are ours.
        return subprocess.run(  # noqa: S603
            command, capture_output=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise KezekError(
            f"{program} has not printed the page in {_PATIENCE} seconds; try again when the "
            "machine has less to do."
        ) from None


def _complaint(stderr: str) -> str:
    """The last line in brackets; what Chromium always says without a desktop is passed over."""
    lines = [line for line in stderr.splitlines() if line.strip() and "dbus" not in line]
    return f" ({lines[-1].strip()})" if lines else ""
