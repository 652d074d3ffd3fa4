"""SOAP envelopes taken apart in one pass, as `etl.extract.payloads` reads what is in them: a
sender's password never becomes a Python string."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from etl.extract.payloads import (
    DocumentTypeError,
    Fields,
    NotXMLError,
    Payload,
    PayloadReader,
    Wanted,
)

MESSAGE_FIELDS = ("messageId", "correlationId", "messageType", "messageDate")
_CAPTURED = {name.lower(): name for name in MESSAGE_FIELDS} | {"responsedate": "messageDate"}
_INFO = {"messageinfo": "", "requestinfo": "REQUEST", "responseinfo": "RESPONSE"}
_CHUNK = 2**20


@dataclass
class Message:
    """One envelope. ``kind`` is what a message that names no type is, by its body's shape;
    ``others`` what stands in ``data`` beside payloads."""

    info: Fields = field(default_factory=dict)
    kind: str = ""
    signed: bool = False
    payloads: list[Payload] = field(default_factory=list)
    others: set[str] = field(default_factory=set)


def messages(data: bytes, wanted: Wanted) -> Iterator[Message]:
    """Each envelope in ``data``, whatever it is wrapped in.

    Raises DocumentTypeError, or NotXMLError where the XML is broken or ends too early; what was
    given before that must not be used.
    """
    reader = _Reader(wanted)
    for start in range(0, len(data), _CHUNK):
        yield from reader.feed(data[start : start + _CHUNK], last=False)
    yield from reader.feed(b"", last=True)


class _Reader(PayloadReader):
    """Envelopes and what is in them, down to their payloads."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        self._done: list[Message] = []
        self._message = Message()
        self._depth = 0  # below the part that is being read
        self._parser.StartElementHandler = self._start_outside

    def feed(self, data: bytes, *, last: bool) -> list[Message]:
        """The messages that ended in ``data``."""
        self._parse(data, last=last)
        done, self._done = self._done, []
        return done

    # --- between messages

    def _start_outside(self, name: str, _attributes: Fields) -> None:
        if self._local[name] == "envelope":
            self._message = Message()
            self._read_envelope()

    # --- the envelope around the parts

    def _read_envelope(self) -> None:
        self._parser.StartElementHandler = self._start_in_envelope
        self._parser.EndElementHandler = self._end_in_envelope

    def _start_in_envelope(self, name: str, _attributes: Fields) -> None:
        tag = self._local[name]
        if tag in _INFO:
            self._message.kind = _INFO[tag]
            self._depth = 0
            self._parser.StartElementHandler = self._start_in_info
            self._parser.EndElementHandler = self._end_in_info
        elif tag == "data":
            self._depth = 0
            self._listen()
            self._read_data()
        elif tag == "signature":
            self._message.signed = True

    def _end_in_envelope(self, name: str) -> None:
        if self._local[name] == "envelope":
            self._done.append(self._message)
            self._parser.StartElementHandler = self._start_outside
            self._parser.EndElementHandler = None

    # --- who sent what and when: the children of messageInfo and its like, no deeper

    def _start_in_info(self, name: str, _attributes: Fields) -> None:
        self._depth += 1
        if self._depth == 1 and self._local[name] in _CAPTURED:
            self._listen()

    def _end_in_info(self, name: str) -> None:
        if self._depth == 1 and (captured := _CAPTURED.get(self._local[name])):
            self._message.info[captured] = self._heard()
        self._depth -= 1
        if self._depth < 0:
            self._read_envelope()

    # --- data: payloads, or something else, or a payload written as text

    def _read_data(self) -> None:
        self._parser.StartElementHandler = self._start_in_data
        self._parser.EndElementHandler = self._end_in_data

    def _start_in_data(self, name: str, attributes: Fields) -> None:
        tag = self._local[name]
        self._parser.CharacterDataHandler = None
        self._texts.clear()
        if tag == self._wanted.payload:
            self._message.payloads.append(self._read_payload(attributes))
            return
        self._depth += 1
        if self._depth == 1:
            self._message.others.add(tag)
        if tag == "signature":
            self._message.signed = True

    def _end_in_data(self, _name: str) -> None:
        self._depth -= 1
        if self._depth < 0:
            text = self._heard()
            if text.startswith("<"):
                self._message.payloads += _written_out(text, self._wanted)
            self._read_envelope()

    def _payload_ended(self) -> None:
        self._read_data()


def _written_out(text: str, wanted: Wanted) -> list[Payload]:
    """The payloads in a text that is XML itself, escaped or in CDATA, as some clients send it."""
    body = text[text.index("?>") + 2 :] if text.startswith("<?xml") and "?>" in text else text
    envelope = f"<envelope><data>{body}</data></envelope>"
    try:
        return [p for message in messages(envelope.encode(), wanted) for p in message.payloads]
    except (DocumentTypeError, NotXMLError):
        return []
