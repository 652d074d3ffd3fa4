"""The tables of those who sign in, and of what they did. They hold no citizen's data.

Times are UTC without an offset, as everywhere in the warehouse. Those who write here wait for one
another (``PEOPLE``), not for a run that loads: on PostgreSQL people sign in meanwhile.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from etl.warehouse import WORD, metadata

PEOPLE = "people"  # the writers of these tables, see etl.connect.begin

account = Table(  # never deleted: what somebody did stays theirs
    "account",
    metadata,
    Column("login", WORD, primary_key=True),  # in small letters
    Column("subject", WORD),  # who the OpenID provider says it is; null: signs in by a password
    Column("password_hash", Text),  # argon2id; null: by the provider, or in the demonstration
    Column("must_change", Boolean, nullable=False),
    Column("given_at", DateTime),  # the first password that is to be changed
    Column("role", WORD, nullable=False),
    Column("channels", JSON, nullable=False),  # codes, of a head
    Column("service_points", JSON, nullable=False),  # codes, of a head or an operator
    Column("made_at", DateTime, nullable=False),
    Column("disabled_at", DateTime),
    Column("forgiven_at", DateTime),  # until when its refusals make nobody wait
    Index("ix_account_subject", "subject", unique=True),
)

session = Table(  # deleted when it ends; the audit keeps that it was
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256 of what the cookie holds
    Column("login", WORD, ForeignKey("account.login"), nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),
    Index("ix_session_login", "login"),
)

refusal = Table(  # how often an account or an address was refused of late
    "refusal",
    metadata,
    Column("key", String(64), primary_key=True),  # a keyed hash: neither login nor address
    Column("times", Integer, nullable=False),
    Column("last_at", DateTime, nullable=False),
)

audit_entry = Table(  # only ever added to; each row vouches for the one before it
    "audit_entry",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3… without a gap
    Column("at", DateTime, nullable=False),
    Column("who", WORD, nullable=False),
    Column("what", WORD, nullable=False),
    Column("about", Text, nullable=False),  # canonical JSON
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_entry_at", "at"),
)
