"""The Chromium that the browser tests drive: found on the system, or installed by `make browser`.

As a command it installs what is missing: Debian's package as root, else Playwright's own build.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
HOW = (
    "No Chromium was found. Install one with `apt-get install chromium` (Debian, as root) "
    "or `.venv/bin/playwright install --with-deps chromium`, then run the tests again."
)


def find() -> str:
    """The path of a Chromium. Raises RuntimeError with the commands that install one."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    raise RuntimeError(HOW)


def arguments() -> list[str]:
    """Command-line switches for a closed network; root has no sandbox to use."""
    return [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else ARGUMENTS


def install() -> None:
    """Install a Chromium where none is found. Raises RuntimeError where that fails."""
    commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = ["chromium", "fonts-noto-core"]
        commands.insert(0, ["apt-get", "install", "--yes", "--quiet", *packages])
        subprocess.run(["apt-get", "update", "--quiet"], check=False)
    for command in commands:
        if subprocess.run(command, check=False).returncode == 0:
            return
    raise RuntimeError(HOW)


if __name__ == "__main__":
    try:
        find()
    except RuntimeError:
        try:
            install()
            find()
        except RuntimeError as error:
            sys.exit(str(error))
