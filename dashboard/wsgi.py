"""For a WSGI server: ``gunicorn 'dashboard.wsgi:application()'``."""

from __future__ import annotations

import gc

from flask import Flask

from dashboard import accounts
from dashboard.app import create_app
from dashboard.settings import read_settings
from etl.errors import KezekError


def application() -> Flask:
    """The application as ``KEZEK_*`` variables set it.

    Raises KezekError for a demonstration: whom a server hands on to it, it cannot know.
    """
    settings = read_settings()
    if settings.demo:
        raise KezekError("A demonstration is served by `kezek demo` alone; unset KEZEK_DEMO.")
    server: Flask = create_app(settings).server
    accounts.prepare(server)
    gc.freeze()  # what lives as long as the server: no collection during a request looks at it
    return server
