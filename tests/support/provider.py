"""An OpenID provider in a process of its own: ``python -m tests.support.provider``.

It signs in whoever its command line names, at once, as a real one does where somebody is signed in
already. It checks the client, the redirect address and PKCE, and gives each code once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "kezek", "provider-secret"
_KEY_SIZE = 2048


class Provider(BaseHTTPRequestHandler):
    """The four addresses of a provider. ``claims``: of whoever comes; ``faults``: what it does
    wrong, to see that it is noticed."""

    key: RSAKey
    claims: dict[str, Any]
    fault: str
    asked: dict[str, dict[str, str]]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self._answer(self._about())
        elif parts.path == "/keys":
            public = self.key.as_dict(private=False) | {"use": "sig", "alg": "RS256"}
            self._answer({"keys": [public]})
        elif parts.path == "/authorize" and query["client_id"] == CLIENT:
            code = secrets.token_urlsafe()
            self.asked[code] = query
            back = {"code": code, "state": query["state"]}
            if self.fault == "state":
                back["state"] = "another"
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{urlencode(back)}")
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.asked.pop(form.get("code", ""), None)
        if asked is None or not self._is_sound(form, asked):
            self._answer({"error": "invalid_grant"}, 400)
            return
        token = {"access_token": secrets.token_urlsafe(), "token_type": "Bearer"}
        self._answer({**token, "expires_in": 60, "id_token": self._id_token(asked)})

    def _is_sound(self, form: dict[str, str], asked: dict[str, str]) -> bool:
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        return (
            asked["code_challenge"] == challenge
            and asked["code_challenge_method"] == "S256"
            and asked["redirect_uri"] == form["redirect_uri"]
            and self.headers["Authorization"] == f"Basic {basic}"
        )

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        told = {"iss": self._base(), "aud": CLIENT, "iat": now, "exp": now + 60}
        told |= {"nonce": asked["nonce"], **self.claims}
        wrong: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "issuer": {"iss": "https://evil.example"},
            "audience": {"aud": "another"},
            "expired": {"exp": now - 3600},
        }
        told |= wrong.get(self.fault, {})
        key = RSAKey.generate_key(_KEY_SIZE) if self.fault == "key" else self.key
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, told, key)

    def _about(self) -> dict[str, Any]:
        base = self._base()
        return {
            "issuer": base,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def _answer(self, told: dict[str, Any], status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def provider(claims: dict[str, Any], *, fault: str = "") -> Iterator[str]:
    """The address of a provider that sends back somebody of these claims, while the block runs."""
    command = [sys.executable, "-m", "tests.support.provider", json.dumps(claims), fault]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main() -> None:
    """Serve on a free port and print the address."""
    Provider.key = RSAKey.generate_key(_KEY_SIZE, auto_kid=True)
    Provider.claims, Provider.fault, Provider.asked = json.loads(sys.argv[1]), sys.argv[2], {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201
    server.serve_forever()


if __name__ == "__main__":
    main()
