"""A worker of the server whose threads take up a request once it is there, not as it trickles in.

gunicorn gives a connection to a thread at its first byte, and the thread reads on until the request
is whole: eight clients that send a byte a second would hold all eight threads, and nobody else is
served. Here the loop that waits for connections collects what they send, which costs no thread; and
it is the loop that waits, too, until a client has closed a connection that ends, where gunicorn
would stand still for two seconds.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import time
from collections.abc import Iterable
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from dashboard.settings import LARGEST_BODY

SECONDS = 15.0  # in which a request must be there
TAKEN = 20.0  # in which a client must take each piece of an answer, since a thread waits for it
LINGER = 2.0  # seconds that a client has to read the last answer and close (RFC 9112, 9.6)
WHOLE = LARGEST_BODY  # bytes of a body that are waited for; a longer one is refused unread
HEAD = 65_536  # bytes of a head; the parser refuses less than that
TOGETHER = 64_000_000  # bytes that all unfinished requests of a worker may hold

_CHUNK = 65_536
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*0*([0-9]{1,12})[ \t]*\r\n", re.IGNORECASE)
_IN_PIECES = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_SAY_LENGTH = b"HTTP/1.1 411 Length Required\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def is_whole(begun: bytes) -> bool:
    """Whether a thread may take up a request of which this much has come: head and body are there,
    or it is one to refuse for its length."""
    end = begun.find(_END)
    if end < 0:
        return len(begun) > HEAD
    length = _LENGTH.search(begun, 0, end + 2)
    body = int(length[1]) if length else 0
    return body > WHOLE or len(begun) >= end + len(_END) + body


def comes_in_pieces(begun: bytes) -> bool:
    """Whether its length is nowhere said, so that nobody knows when it is whole: no browser sends
    such a one to a page."""
    end = begun.find(_END)
    return end >= 0 and _IN_PIECES.search(begun, 0, end + 2) is not None


def is_too_long(headers: Iterable[tuple[str, str]]) -> bool:
    """Whether a head, as gunicorn has read it, announces a body that is not waited for."""
    return any(name == "CONTENT-LENGTH" and int(value) > WHOLE for name, value in headers)


class _Coming:
    """A connection of which no request is whole yet."""

    def __init__(self) -> None:
        self.until = time.monotonic() + SECONDS
        self.begun = bytearray()


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threads, behind a loop that waits until a request is whole."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._coming: dict[TConn, _Coming] = {}  # in the order in which their time is up
        self._whole: dict[TConn, bytes] = {}
        self._leaving: dict[TConn, float] = {}  # until when, in this order
        self._bytes = 0  # of all that are coming

    def enqueue_req(self, conn: TConn) -> None:
        """Wait for the request of a new, or a kept, connection."""
        conn.sock.setblocking(False)
        self._coming[conn] = _Coming()
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))
        if conn.parser is not None and (along := conn.parser.unreader.take_buffered()):
            self._add(conn, along)  # it, or its beginning, came along with the one before

    def _receive(self, conn: TConn, sock: socket.socket) -> None:
        try:
            some = sock.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            some = b""
        self._add(conn, some)

    def _add(self, conn: TConn, some: bytes) -> None:
        """What has come of a request; nothing where its client has gone."""
        coming = self._coming[conn]
        coming.begun += some
        self._bytes += len(some)
        begun = bytes(coming.begun)
        if not some or self._bytes > TOGETHER:
            self._give_up(conn)
        elif comes_in_pieces(begun):
            self._give_up(conn, saying=_SAY_LENGTH)
        elif is_whole(begun):
            self._forget(conn)
            self._whole[conn] = begun
            super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """Answer it, in a thread."""
        begun = self._whole.pop(conn, b"")
        if begun:
            conn.init()
            conn.parser.unreader.unread(begun)
        return super().handle(conn)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Whether another request may follow: none behind a body that nobody waited for, since
        gunicorn would hold the thread until it had been sent; and none of who does not read."""
        conn.sock.settimeout(TAKEN)
        try:
            kept: bool = super().handle_request(req, conn)
        except TimeoutError:
            self.log.debug("The client did not read.")
            return False
        return kept and not is_too_long(req.headers)

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """Keep the connection for another request, or let its client read and go."""
        if fs.cancelled() or fs.exception() is not None or not fs.result():
            self._let_go(conn)
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Also those whose request did not come in time, and who read no more."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [conn for conn, until in self._leaving.items() if until <= now]:
            self._close(conn)
        for conn in [conn for conn, coming in self._coming.items() if coming.until <= now]:
            self._give_up(conn)

    def _let_go(self, conn: TConn) -> None:
        """Say that nothing more comes, and leave out what is sent still: an end while something
        lies unread would take the answer away from its client."""
        self._leaving[conn] = time.monotonic() + LINGER
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._discard, conn))
        except (OSError, ValueError):  # it is closed already
            self._close(conn)

    def _discard(self, conn: TConn, sock: socket.socket) -> None:
        try:
            some = sock.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            some = b""
        if not some:
            self._close(conn)

    def _close(self, conn: TConn) -> None:
        del self._leaving[conn]
        with contextlib.suppress(KeyError, ValueError):  # it was closed before it was registered
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def _give_up(self, conn: TConn, *, saying: bytes = b"") -> None:
        self._forget(conn)
        self.nr_conns -= 1
        try:
            conn.sock.send(saying)
        except OSError:
            self.log.debug("The client had gone.")
        conn.close()

    def _forget(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        self._bytes -= len(self._coming.pop(conn).begun)
