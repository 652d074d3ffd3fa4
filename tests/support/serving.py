"""``kezek serve`` as a process of its own, as whoever runs it would have it."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [str(Path(sys.executable).with_name("kezek")), "serve", "--port", "0"]
ADDRESS = re.compile(r"http://127\.0\.0\.1:[1-9]\d*")
START_SECONDS = 120
SECRET = "9d41b0c6e2f75a83" * 2  # of a server that nobody else reaches


@contextmanager
def serving(database_url: str, *, log: Path, **settings: str) -> Iterator[str]:
    """``kezek serve`` on a free port, in a process of its own, while the block runs.

    Yields its address as it printed it. It is a demonstration, unless ``settings``, further
    ``KEZEK_*`` variables, say otherwise.
    """
    own = {"DATABASE_URL": database_url, "DEMO": "1", "SECRET": SECRET}
    environment = _environment({**own, **settings})
    with subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        said: queue.Queue[str | None] = queue.Queue()
        listener = threading.Thread(target=_listen, args=(process, log, said), daemon=True)
        listener.start()
        try:
            yield _address(said, log)
        finally:
            process.terminate()
            listener.join()


@contextmanager
def within(app: Flask) -> Iterator[str]:
    """An application served by a thread of this process while the block runs; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nobody reads it."""


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with no ``KEZEK_*`` but those of ``settings``."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("KEZEK_")}
    own = {f"KEZEK_{name.upper()}": value for name, value in settings.items()}
    return {**inherited, **own, "PYTHONUNBUFFERED": "1"}


def _listen(process: subprocess.Popen[str], log: Path, said: queue.Queue[str | None]) -> None:
    """Keep what the server prints, and pass on the address; None when it ended without one."""
    assert process.stdout is not None
    with log.open("w", encoding="utf-8") as kept:
        for line in process.stdout:
            kept.write(line)
            kept.flush()
            if found := ADDRESS.search(line):
                said.put(found.group())
    said.put(None)


def _address(said: queue.Queue[str | None], log: Path) -> str:
    try:
        address = said.get(timeout=START_SECONDS)
    except queue.Empty:
        address = None
    if address is None:
        pytest.fail(f"The server did not start:\n{log.read_text('utf-8')}", pytrace=False)
    return address
