"""E-government gateway messages as records: SOAP envelopes, one in a file or many in a wrapper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from etl.errors import KezekError
from etl.extract import cells
from etl.extract.files import RawFile
from etl.extract.messages import MESSAGE_FIELDS, Message, messages
from etl.extract.model import Extract, FileInfo
from etl.extract.payloads import DocumentTypeError, Fields, NotXMLError, Payload, Wanted
from etl.sources.model import SourceSpec

MESSAGE_COLUMNS = tuple(f"message/{name}" for name in (*MESSAGE_FIELDS, "signed", "part"))
_RECORDLESS = {"RESPONSE", "NOTIFICATION", ""}  # may come without a payload of ours


@dataclass
class _Gathered:
    """What the files have given so far."""

    records: list[Fields] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    events: list[tuple[int, Fields]] = field(default_factory=list)
    files: list[FileInfo] = field(default_factory=list)
    with_payload: int = 0
    others: set[str] = field(default_factory=set)


def read(spec: SourceSpec, files: Iterable[RawFile]) -> Extract:
    """The records of all files: one a message (one a payload, should a message hold several).

    ``row`` is the message's number in its file. Beside the mapped columns there are always
    ``MESSAGE_COLUMNS``; ``message/signed`` is true or false, ``message/part`` the payload's number
    in its message; a request, which begins a chain, has its own id as ``message/correlationId``.
    A response or notification without a payload is no record. Raises KezekError for a file that is
    no whole XML or has a document type, and where no message holds the payload.
    """
    gathered = _Gathered()
    wanted = _wanted(spec)
    for file in files:
        before = len(gathered.records)
        for number, message in enumerate(_messages(file, wanted), start=1):
            _gather(message, number, gathered)
        gathered.files.append(file.info(len(gathered.records) - before))
    if gathered.records and not gathered.with_payload:
        there = ", ".join(sorted(gathered.others)) or "nothing"
        raise KezekError(
            f"Source {spec.name}: no message of {cells.named(gathered.files)} holds an element "
            f"{spec.records!r} inside data, there is {there}; correct records in "
            f"{spec.declared_in}."
        )
    return _extract(spec, gathered)


def _wanted(spec: SourceSpec) -> Wanted:
    events = spec.events
    inner = (events.step, events.at, events.event_id, events.actor) if events else ()
    return Wanted(
        payload=spec.records.lower(),
        paths=frozenset(path.lower() for path in spec.source_columns),
        repeated=events.path.lower() if events else None,
        inner=frozenset(path.lower() for path in inner if path),
    )


def _messages(file: RawFile, wanted: Wanted) -> list[Message]:
    try:
        found = list(messages(file.data, wanted))
    except DocumentTypeError:
        raise KezekError(
            f"{file.name} has a document type (DOCTYPE), which no gateway message may have; "
            "nothing of it was used: remove the file or ask who sent it."
        ) from None
    except NotXMLError as error:
        raise KezekError(
            f"{file.name} is no whole XML ({error}); fetch it again, none of it was used."
        ) from None
    if not found and not _is_empty_wrapper(file):
        raise KezekError(
            f"{file.name} holds no gateway message: it has no element Envelope; "
            "remove the file or correct path."
        )
    return found


def _is_empty_wrapper(file: RawFile) -> bool:
    """Whether the file is one element with nothing in it: a day on which nothing came."""
    return len(re.findall(rb"<[A-Za-z_]", file.data.replace(b"\0", b""))) == 1


def _gather(message: Message, number: int, gathered: _Gathered) -> None:
    info = {f"message/{name}": value for name, value in message.info.items()}
    info["message/signed"] = "true" if message.signed else "false"
    info["message/messageType"] = kind = _kind(message)
    if kind == "REQUEST" and "messageId" in message.info and not message.info.get("correlationId"):
        info["message/correlationId"] = message.info["messageId"]
    if not message.payloads:
        gathered.others |= message.others
        if kind in _RECORDLESS:
            return
    gathered.with_payload += bool(message.payloads)
    for part, payload in enumerate(message.payloads or [Payload()]):
        gathered.events += [(len(gathered.records), event) for event in payload.events]
        gathered.records.append({**payload.fields, **info, "message/part": str(part)})
        gathered.rows.append(number)


def _kind(message: Message) -> str:
    """REQUEST, UPDATE, NOTIFICATION or RESPONSE; a synchronous call about an earlier one is an
    update."""
    if given := message.info.get("messageType"):
        return given.upper()
    chained = message.kind == "REQUEST" and message.info.get("correlationId")
    return "UPDATE" if chained else message.kind


def _extract(spec: SourceSpec, gathered: _Gathered) -> Extract:
    names = dict.fromkeys((*spec.source_columns, *MESSAGE_COLUMNS))
    columns = {name: _column(name, gathered.records) for name in names}
    counts = [file.rows for file in gathered.files]
    files = pd.Series([file.name for file in gathered.files], dtype="str")
    place = pd.DataFrame(
        {
            "file": files.repeat(counts).reset_index(drop=True),
            "row": pd.Series(gathered.rows, dtype="int64"),
        }
    )
    return Extract(
        records=pd.DataFrame(columns, index=pd.RangeIndex(len(place))),
        place=place,
        files=tuple(gathered.files),
        unreadable=cells.faulty(),
        nested=_nested(spec, gathered.events) if spec.events else None,
    )


def _column(path: str | None, records: Sequence[Fields]) -> pd.Series:
    if path is None:
        return cells.column([None] * len(records))[0]
    own = {name.lower(): name for name in MESSAGE_COLUMNS}
    key = own.get(path.lower(), path.lower())
    return cells.column([record.get(key) for record in records])[0]


def _nested(spec: SourceSpec, events: Sequence[tuple[int, Fields]]) -> pd.DataFrame:
    fields = [event for _, event in events]
    return pd.DataFrame(
        {
            "record": pd.Series([record for record, _ in events], dtype="int64"),
            **{
                name: _column(getattr(spec.events, name), fields)
                for name in ("step", "at", "event_id", "actor")
            },
        }
    )
