"""When a request is whole, so that a thread may take it up."""

from __future__ import annotations

import pytest

from dashboard.cli.patient_worker import HEAD, WHOLE, comes_in_pieces, is_too_long, is_whole

GET = b"GET / HTTP/1.1\r\nHost: kezek\r\n\r\n"


def _post(length: object, body: bytes) -> bytes:
    head = f"POST /x HTTP/1.1\r\nHost: kezek\r\nContent-Length: {length}\r\n\r\n"
    return head.encode() + body


@pytest.mark.parametrize("request_", [GET, _post(3, b"abc"), _post(0, b""), GET + GET])
def test_a_request_is_whole_with_its_last_byte_and_no_sooner(request_: bytes) -> None:
    assert is_whole(request_)
    first = request_[: len(GET)] if request_.startswith(GET) else request_
    assert not any(is_whole(first[:n]) for n in range(len(first)))


def test_what_is_to_be_refused_is_not_waited_for() -> None:
    assert is_whole(b"x" * (HEAD + 1))
    assert is_whole(_post(WHOLE + 1, b""))
    assert not is_whole(_post(WHOLE, b""))


def test_a_length_is_read_from_the_head_alone() -> None:
    assert is_whole(_post(30, b"\r\nContent-Length: 999999\r\n1234"))
    assert not is_whole(_post("0" * 20 + "30", b"1234"))
    assert is_whole(_post("many", b""))  # the parser says what is wrong with it


def test_a_connection_is_not_kept_behind_a_body_that_nobody_waited_for() -> None:
    assert is_too_long([("HOST", "kezek"), ("CONTENT-LENGTH", str(WHOLE + 1))])
    assert not is_too_long([("HOST", "kezek"), ("CONTENT-LENGTH", str(WHOLE))])


def test_a_body_in_pieces_is_told_by_its_head() -> None:
    assert comes_in_pieces(b"POST / HTTP/1.1\r\ntransfer-Encoding: chunked\r\n\r\n")
    assert not comes_in_pieces(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n")
    assert not comes_in_pieces(_post(30, b"\r\nTransfer-Encoding: chunked"))
