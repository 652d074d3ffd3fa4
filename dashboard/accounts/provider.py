"""Single sign-on by OpenID Connect: the provider says who somebody is, a file what they may.

The authorization code flow with PKCE, state and nonce (RFC 6749, RFC 7636, OpenID Connect Core 1.0
section 3.1), all by Authlib; nothing of the provider's tokens is kept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flask
from authlib.integrations.flask_client import OAuth

from dashboard.access import Reader, Role
from dashboard.accounts import store
from dashboard.security import is_loopback
from dashboard.settings import Settings
from etl.errors import KezekError

_NAMED = ("role", "channels", "service_points")
_LOGINS = ("preferred_username", "email")  # claims, the first that is there


@dataclass(frozen=True)
class Newcomer:
    """Who the provider says has come, and what their groups let them be: None where nothing."""

    subject: str
    login: str
    reader: Reader | None


class Provider:
    """The provider of the settings, and the file that says what its groups may."""

    def __init__(self, client: Any, groups: Mapping[str, Reader], settings: Settings) -> None:
        self.groups = groups
        self._client = client
        self._claim = settings.oidc_claim
        self._issuer = settings.oidc_issuer

    @classmethod
    def of(cls, server: flask.Flask, settings: Settings) -> Provider | None:
        """None where no provider is set. Raises KezekError where only part of it is, or nonsense.

        The provider itself is asked when first somebody signs in.
        """
        if settings.oidc_issuer is None:
            return None
        wanted = ("oidc_client_id", "oidc_client_secret", "oidc_groups")
        missing = [f"KEZEK_{n.upper()}" for n in wanted if getattr(settings, n) is None]
        secret = settings.oidc_client_secret
        if missing or settings.oidc_groups is None or secret is None:
            raise KezekError(f"KEZEK_OIDC_ISSUER is set, so {', '.join(missing)} must be, too.")
        parts = urlsplit(settings.oidc_issuer)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise KezekError("KEZEK_OIDC_ISSUER must begin with https://.")
        about = f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
        client = OAuth(server).register(
            "kezek",
            server_metadata_url=about,
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value(),
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "timeout": 10,
            },
        )
        return cls(client, read_groups(settings.oidc_groups), settings)

    def send(self, back: str) -> Any:
        """Send the browser to the provider; it comes back to the address ``back``."""
        return self._client.authorize_redirect(back)

    def receive(self) -> Newcomer:
        """Who has come back with the present request. Raises what Authlib and joserfc raise."""
        issuer = {"iss": {"essential": True, "values": [self._issuer]}}
        claims = self._client.authorize_access_token(claims_options=issuer).get("userinfo") or {}
        subject = f"{claims['iss']} {claims['sub']}"
        said = next((claims[name] for name in _LOGINS if claims.get(name)), claims["sub"])
        login, listed = store.normal(str(said)), claims.get(self._claim) or []
        return Newcomer(subject, login, self._reader(login, listed))

    def _reader(self, login: str, listed: Any) -> Reader | None:
        """The role of the first of the file's groups that is listed, with the scope of all those
        of this role."""
        names = listed if isinstance(listed, list) else [listed]
        among = [given for name, given in self.groups.items() if name in names]
        if not among:
            return None
        role = among[0].role
        same = [given for given in among if given.role is role]
        channels = frozenset[str]().union(*(given.channels for given in same))
        places = frozenset[str]().union(*(given.service_points for given in same))
        return Reader(login=login, role=role, channels=channels, service_points=places)


def read_groups(path: Path) -> dict[str, Reader]:
    """Group -> role and scope, in the order of the file. Raises KezekError naming what is wrong."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8")).get("groups")
    except (OSError, ValueError) as error:
        raise KezekError(f"KEZEK_OIDC_GROUPS: {path} cannot be read ({error}).") from None
    if not isinstance(told, dict) or not told:
        raise KezekError(f"KEZEK_OIDC_GROUPS: {path} names no [groups.NAME].")
    return {name: _group(name, given, path) for name, given in told.items()}


def _group(name: str, given: Any, path: Path) -> Reader:
    try:
        _require_named(given)
        channels, places = (_codes(given.get(key, [])) for key in _NAMED[1:])
        role = Role(given["role"])
        store.require_scope(role, channels, places)
    except (KeyError, ValueError, TypeError):
        roles = ", ".join(Role)
        raise KezekError(
            f"{path}: group {name}: give it a role ({roles}), and channels and service_points as "
            "lists of codes."
        ) from None
    except KezekError as error:
        raise KezekError(f"{path}: group {name}: {error}") from None
    return Reader(login="", role=role, channels=channels, service_points=places)


def _require_named(given: Any) -> None:
    if not isinstance(given, dict):
        raise TypeError
    if unknown := sorted(set(given) - set(_NAMED)):
        raise KezekError(f"there is no {', '.join(unknown)}; it has {', '.join(_NAMED)}.")


def _codes(given: Sequence[str]) -> frozenset[str]:
    if not isinstance(given, list) or not all(isinstance(code, str) for code in given):
        raise TypeError
    return frozenset(given)
