"""``kezek serve``: this machine only, a free port, a clean end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from dashboard.cli.serve import serve
from etl.errors import KezekError
from tests.support.serving import SECRET

_KEZEK = [sys.executable, "-c", "from dashboard.cli.main import main; main()"]
_ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "kezek.example", "::"])  # noqa: S104
def test_others_reach_no_server_that_does_not_know_its_names(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEZEK_HOSTS", raising=False)
    with pytest.raises(KezekError, match=f"{re.escape(host)} .* KEZEK_HOSTS"):
        serve(host=host, port=0)


def test_a_port_that_is_taken_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEZEK_SECRET", SECRET)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(KezekError, match=f"Port {port} .* --port"):
            serve(host="127.0.0.1", port=port)


def test_without_a_secret_nothing_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEZEK_DATABASE_URL", f"sqlite:///{tmp_path / 'kezek.db'}")
    with pytest.raises(KezekError, match="KEZEK_SECRET is not set"):
        serve(host="127.0.0.1", port=0)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "KEZEK_DATABASE_URL": f"sqlite:///{tmp_path / 'kezek.db'}"}
    environment["KEZEK_SECRET"] = SECRET
    started = subprocess.Popen(
        [*_KEZEK, "serve", "--port", "0"],
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with started:
        yield started
        started.kill()


@pytest.mark.timeout(180)
def test_it_says_where_it_answers_on_a_new_warehouse_and_ends_by_ctrl_c(
    process: subprocess.Popen[str],
) -> None:
    # Given
    assert process.stdout is not None
    said = process.stdout.readline()
    address = re.search(r"http://127\.0\.0\.1:[1-9]\d*", said)
    assert address, said
    # When
    with urlopen(f"{address[0]}/healthz") as answer:  # noqa: S310 (our own address)
        healthy = answer.status
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    # Then
    assert healthy == 200
    assert process.wait() == 0
    assert "Traceback" not in rest
