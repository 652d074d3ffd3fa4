"""For a WSGI server: ``gunicorn 'dashboard.wsgi:application()'``."""

from __future__ import annotations

from flask import Flask

from dashboard import accounts
from dashboard.app import create_app
from dashboard.settings import read_settings


def application() -> Flask:
    """The application as ``KEZEK_*`` variables set it."""
    server: Flask = create_app(read_settings()).server
    accounts.prepare(server)
    return server
