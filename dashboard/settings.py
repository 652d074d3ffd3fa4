"""One typed object with every setting, read once from ``KEZEK_*`` variables."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from etl.errors import KezekError

DEFAULT_REGULATION = (
    Path(__file__).resolve().parent.parent / "data" / "regulation" / "almaty-2013-512.toml"
)
LARGEST_BODY = 1_000_000  # bytes of a request that the server waits for; nothing is uploaded


class Settings(BaseSettings):
    """What an operator may set. Every field is read from ``KEZEK_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="KEZEK_", frozen=True, extra="ignore")

    database_url: str = Field(default="sqlite:///var/kezek.db", repr=False)  # with its password
    regulation: Path = DEFAULT_REGULATION
    targets: Path | None = None  # unset: those that come with Kezek, of the sample city
    sources: Path = Path("var/city/sources.toml")
    today: date | None = None  # stands in for the clock, for demonstrations and tests
    language: Literal["kk", "ru", "en"] = "kk"
    at_risk_days: int = Field(default=7, ge=0, le=365)
    min_answers: int = Field(default=5, ge=1)
    stale_hours: int = Field(default=48, ge=1)  # since a source's last load; then every page warns
    processes: int | None = Field(default=None, ge=1)  # that read sources; unset: one a processor
    dask: str | None = None  # the address of a scheduler, such as tcp://host:8786, to read sources
    log_format: Literal["text", "json"] = "text"  # of what a run says on stderr
    pseudonym_key: SecretStr | None = None  # unset: no pseudonym is made, the IIN is dropped
    pseudonym_key_file: Path | None = None  # where the key stands instead
    retention_days: int | None = Field(default=None, ge=1)  # that purge leaves what was rejected
    # --- who signs in (docs/accounts.md)
    demo: bool = False  # accounts of each role for whoever comes, on this machine alone
    secret: SecretStr | None = None  # signs forms; the server does not start without, but in a demo
    session_idle_minutes: int = Field(default=60, ge=1)
    session_hours: int = Field(default=12, ge=1)
    first_password_days: int = Field(default=7, ge=1)  # after which one is of no use, unchanged
    secure_cookies: bool | None = None  # unset: over TLS alone, but in a demo
    oidc_issuer: str | None = None  # unset: people sign in by a password of Kezek alone
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_groups: Path | None = None  # a TOML file: what role and scope a group has
    oidc_claim: str = "groups"  # of the ID token, that lists the groups
    # --- how it is reached (docs/security.md)
    hosts: Annotated[frozenset[str], NoDecode] = frozenset()  # names it answers to; unset: loopback
    proxies: int = Field(default=0, ge=0, le=8)  # reverse proxies in front, whose word is taken
    max_body: int = Field(default=LARGEST_BODY, ge=10_000, le=LARGEST_BODY)  # bytes of a request
    requests_a_minute: int = Field(default=1_200, ge=1)  # callbacks and pages of one account
    files_a_minute: int = Field(default=120, ge=1)  # exports of one account

    @field_validator("hosts", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        """ "kezek.example, www.kezek.example" as names."""
        if not isinstance(value, str):
            return value
        return frozenset(name.strip().lower() for name in value.split(",") if name.strip())


def read_settings() -> Settings:
    """The settings of this process. Raises KezekError naming each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"KEZEK_{'_'.join(str(p) for p in e['loc']).upper()}: {e['msg']}"
            for e in error.errors()
        )
        raise KezekError(f"A setting is wrong: {wrong}.") from None
