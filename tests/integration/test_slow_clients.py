"""Clients that never finish their request keep nobody else from theirs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from dashboard.cli.patient_worker import TAKEN
from dashboard.cli.serve import THREADS, WORKERS
from tests.support.migrated import migrated
from tests.support.serving import serving

SLOW = 5 * THREADS * WORKERS
UNFINISHED = {
    "head": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "body": b"POST /_dash-update-component HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n{",
    "nothing": b"",
    "length with zeros": b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 0000000000000900000\r\n\r\nlogin",
    "body too long": b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Length: 2000000\r\n\r\nx",
    "second head": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nPOST / HTTP/1.1\r\nHost:",
    "end": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that every test leaves as it found it: no connection is left open."""
    folder = tmp_path_factory.mktemp("slow")
    migrated(folder / "kezek.db")
    with serving(f"sqlite:///{folder / 'kezek.db'}", log=folder / "log") as address:
        yield address


def _connected(stack: ExitStack, address: str) -> socket.socket:
    place = urlsplit(address)
    client = socket.create_connection((place.hostname or "", place.port or 0), timeout=60)
    return stack.enter_context(client)


@pytest.mark.timeout(300)
def test_others_are_answered_while_many_requests_trickle_in(address: str) -> None:
    for begun in UNFINISHED.values():
        with ExitStack() as stack:
            # Given more of them than there are threads
            for _ in range(SLOW):
                _connected(stack, address).sendall(begun)
            # When
            for _ in range(2 * WORKERS):
                with urlopen(f"{address}/healthz", timeout=10) as answer:  # noqa: S310 (ours)
                    # Then
                    assert answer.status == 200


@pytest.mark.timeout(300)
def test_who_never_reads_holds_no_thread_for_good(address: str) -> None:
    asked = b"GET /vendor/css/bootstrap.min.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 60
    with ExitStack() as stack:
        # Given as many as there are threads, each with more to read than the systems keep for it
        for _ in range(THREADS * WORKERS):
            _connected(stack, address).sendall(asked)
        # When
        for _ in range(2 * WORKERS):
            with urlopen(f"{address}/healthz", timeout=3 * TAKEN) as answer:  # noqa: S310 (ours)
                # Then
                assert answer.status == 200


@pytest.mark.timeout(300)
def test_who_sends_too_much_reads_why(address: str) -> None:
    with ExitStack() as stack:
        client = _connected(stack, address)
        client.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1500000\r\n\r\n")
        client.sendall(b"x" * 1_500_000)
        said = b"".join(iter(lambda: client.recv(65_536), b""))
        assert said.startswith(b"HTTP/1.1 413")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("name", "value"), [("X-Forwarded-Proto", "https"), ("X-Forwarded-Ssl", "on")]
)
def test_no_word_of_a_proxy_is_taken_where_none_is_set(address: str, name: str, value: str) -> None:
    with urlopen(Request(f"{address}/healthz", headers={name: value}), timeout=60) as answer:  # noqa: S310 (ours)
        assert answer.headers["Strict-Transport-Security"] is None


@pytest.mark.timeout(300)
def test_no_header_says_where_the_application_lies(address: str) -> None:
    with ExitStack() as stack:
        client = _connected(stack, address)
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nSCRIPT_NAME: /x\r\n\r\n")
        assert client.recv(1_000).startswith(b"HTTP/1.1 200")


@pytest.mark.timeout(300)
def test_a_request_that_comes_slowly_but_in_time_is_answered(address: str) -> None:
    with ExitStack() as stack:
        client = _connected(stack, address)
        for piece in (
            b"GET /healthz HT",
            b"TP/1.1\r\nHost: 127.0.0.1\r\n",
            b"Connection: close\r\n\r\n",
        ):
            client.sendall(piece)
        assert client.recv(1_000).startswith(b"HTTP/1.1 200")


@pytest.mark.timeout(300)
def test_a_request_whose_length_is_nowhere_said_is_refused(address: str) -> None:
    with ExitStack() as stack:
        client = _connected(stack, address)
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert client.recv(1_000).startswith(b"HTTP/1.1 411")


@pytest.mark.timeout(300)
def test_a_kept_connection_is_answered_again_also_where_requests_come_together(
    address: str,
) -> None:
    place = urlsplit(address)
    kept = HTTPConnection(place.hostname or "", place.port, timeout=60)
    with closing(kept):
        for _ in range(3):
            kept.request("GET", "/healthz")
            answer = kept.getresponse()
            assert (answer.status, len(answer.read()) > 0) == (200, True)
        # Two at once, of which the second is taken up from what was read ahead
        get = b"GET /none HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        assert kept.sock is not None
        kept.sock.sendall(get + b"\r\n" + get + b"Connection: close\r\n\r\n")
        said = b"".join(iter(lambda: kept.sock.recv(65_536), b""))
        assert said.count(b"HTTP/1.1 ") == 2
