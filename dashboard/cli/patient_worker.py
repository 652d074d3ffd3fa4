"""A worker of the server whose threads take up a request once it is there, not as it trickles in.

gunicorn gives a connection to a thread at its first byte, and the thread reads on until the request
is whole: eight clients that send a byte a second would hold all eight threads, and nobody else is
served. Here the loop that waits for connections collects what they send, which costs no thread.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

SECONDS = 15.0  # in which a request must be there
WHOLE = 1_000_000  # bytes of a body that are waited for; the rest of a longer one a thread reads
HEAD = 65_536  # bytes of a head; the parser refuses less than that
TOGETHER = 64_000_000  # bytes that all unfinished requests of a worker may hold

_CHUNK = 65_536
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,12})[ \t]*\r\n", re.IGNORECASE)
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
        self._bytes = 0  # of all that are coming

    def enqueue_req(self, conn: TConn) -> None:
        """Wait for the request of a new, or a kept, connection."""
        if conn.parser is not None and conn.parser.unreader.buf.getvalue():
            super().enqueue_req(conn)  # the next request came along with the one before
            return
        conn.sock.setblocking(False)
        self._coming[conn] = _Coming()
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))

    def _receive(self, conn: TConn, sock: socket.socket) -> None:
        coming = self._coming[conn]
        try:
            some = sock.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            some = b""
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

    def murder_pending(self) -> None:
        """Also those whose request did not come in time."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [conn for conn, coming in self._coming.items() if coming.until <= now]:
            self._give_up(conn)

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
