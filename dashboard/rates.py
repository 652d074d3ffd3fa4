"""How often one may ask: so that nobody, by mistake or on purpose, keeps the others waiting.

Each process counts for itself, so with several the limit of all is so many times as high.
"""

from __future__ import annotations

import flask
from flask_limiter import Limit, Limiter

from dashboard import access, doors
from dashboard.doors import Ask
from dashboard.settings import Settings

FILES = frozenset({"chart_file", "overdue_csv", "overdue_xlsx"})
_READERS_AN_ADDRESS = 20  # of an office that shares one


def register(server: flask.Flask, settings: Settings) -> None:
    """Count the files and the callbacks of each account and of each address.

    Comes after whatever says who asks, and before whatever may turn them away.
    """

    def of_account() -> str:
        return _rate(settings, 1)

    def of_address() -> str:
        return _rate(settings, _READERS_AN_ADDRESS)

    Limiter(
        _address,
        app=server,
        storage_uri="memory://",
        strategy="moving-window",
        default_limits=[
            Limit(of_account, key_function=_account, exempt_when=_is_free),
            Limit(of_address, key_function=_address, exempt_when=_is_free),
        ],
    )


def _rate(settings: Settings, readers: int) -> str:
    is_file = flask.request.endpoint in FILES
    most = settings.files_a_minute if is_file else settings.requests_a_minute
    return f"{most * readers}/minute"


def _is_free() -> bool:
    """What is not counted: files of the frame, and the sign-in, which has waits of its own."""
    return doors.ENDPOINTS.get(flask.request.endpoint or "") in (Ask.OPEN, Ask.ITSELF)


def _account() -> str:
    reader = access.reader()
    return f"account {reader.login}" if reader else f"nobody at {flask.request.remote_addr}"


def _address() -> str:
    return f"address {flask.request.remote_addr}"
