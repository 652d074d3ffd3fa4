"""Answers as small as the browser takes them, and kept by it for as long as they hold."""

from __future__ import annotations

import gzip
from functools import lru_cache

import flask

_PACKED = {"application/javascript", "application/json", "image/svg+xml", "text/css",
           "text/html", "text/javascript"}  # fmt: skip
_SMALL = 500  # bytes, under which packing gains nothing
_LEVEL = 3  # of what is made for one reader: the last tenth costs more time than it saves
_FILES = ("/_dash-component-suites/", "/assets/", "/vendor/", "/theme.css", "/page.css")
_FOR_EVER = "public, max-age=31536000, immutable"


def install(server: flask.Flask) -> None:
    """Pack what the server answers, and let browsers keep what has its version in its address."""
    server.after_request(_prepare)


def _prepare(response: flask.Response) -> flask.Response:
    if flask.request.path.startswith(_FILES) and response.status_code == 200:
        _keep(response)
    if response.mimetype in _PACKED:
        response.vary.add("Accept-Encoding")
        if response.status_code == 200 and flask.request.accept_encodings["gzip"]:
            _pack(response)
    return response


def _keep(response: flask.Response) -> None:
    """An address with a version never shows anything else: the browser need not ask again.

    Dash's own have theirs in the file's name and come with ``max-age``; ours in the query.
    """
    if "m" in flask.request.args or response.cache_control.max_age:
        response.headers["Cache-Control"] = _FOR_EVER


def _pack(response: flask.Response) -> None:
    if "Content-Encoding" in response.headers:
        return
    if response.is_streamed and not response.direct_passthrough:
        return  # it is sent while it is made
    response.direct_passthrough = False
    data = response.get_data()
    if len(data) < _SMALL:
        return
    is_file = flask.request.path.startswith(_FILES)
    response.set_data(packed_file(data) if is_file else gzip.compress(data, _LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # the same content, not the same bytes


@lru_cache(maxsize=64)
def packed_file(data: bytes) -> bytes:
    """A script or style sheet, which many readers ask for and none is asked to wait for twice."""
    return gzip.compress(data, 9, mtime=0)
