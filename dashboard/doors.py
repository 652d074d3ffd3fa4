"""Who is refused: nobody passes but through the doors of the sign-in."""

from __future__ import annotations

import flask
from flask.typing import ResponseReturnValue

from dashboard import access

_OPEN = frozenset(
    {
        "healthz",
        "theme",
        "vendor",
        "sign_in",
        "sign_in_as",
        "sign_in_oidc",
        "oidc_callback",
        "sign_out",
        "sign_out_everywhere",
        "password",
        "_dash_assets.static",
    }
)


def guard(server: flask.Flask) -> None:
    """Send whoever did not sign in to where they can."""

    def refuse_nobody() -> ResponseReturnValue | None:
        if access.reader() is not None or flask.request.endpoint in _OPEN:
            return None
        if flask.request.method == "GET" and flask.request.accept_mimetypes.accept_html:
            asked = flask.request.full_path.rstrip("?")
            return flask.redirect(flask.url_for("sign_in", next=asked), 303)
        return flask.Response("Sign in first.\n", 401, mimetype="text/plain")

    server.before_request(refuse_nobody)
