"""SOAP envelopes taken apart in one pass, without ever building a tree.

Names are matched without prefix and in any letter case. A document type ends the reading at once,
before an entity could be defined. Texts are picked up only where a wanted field stands, so a
sender's password never becomes a Python string.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

Fields = dict[str, str]

MESSAGE_FIELDS = ("messageId", "correlationId", "messageType", "messageDate")
_CAPTURED = {name.lower(): name for name in MESSAGE_FIELDS} | {"responsedate": "messageDate"}
_INFO = {"messageinfo": "", "requestinfo": "REQUEST", "responseinfo": "RESPONSE"}
_CHUNK = 2**20


class DocumentTypeError(Exception):
    """The file has a DOCTYPE."""


class NotXMLError(Exception):
    """The file is no well-formed XML, or not all of it."""


@dataclass
class Payload:
    """The wanted fields of one payload by path, and those of each repeated element inside it."""

    fields: Fields = field(default_factory=dict)
    events: list[Fields] = field(default_factory=list)


@dataclass
class Message:
    """One envelope. ``kind`` is what a message that names no type is, by its body's shape;
    ``others`` what stands in ``data`` beside payloads."""

    info: Fields = field(default_factory=dict)
    kind: str = ""
    signed: bool = False
    payloads: list[Payload] = field(default_factory=list)
    others: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Wanted:
    """What to pick up, in small letters: the payload's name, the paths in it (``a/b``,
    ``a/@name``), the path of the repeated element, and the paths inside that."""

    payload: str
    paths: frozenset[str]
    repeated: str | None = None
    inner: frozenset[str] = frozenset()


def messages(data: bytes, wanted: Wanted) -> Iterator[Message]:
    """Each envelope in ``data``, whatever it is wrapped in.

    Raises DocumentTypeError, or NotXMLError where the XML is broken or ends too early; what was
    given before that must not be used.
    """
    reader = _Reader(wanted)
    for start in range(0, len(data), _CHUNK):
        yield from reader.feed(data[start : start + _CHUNK], last=False)
    yield from reader.feed(b"", last=True)


class _Local(dict[str, str]):
    """``soap:Envelope`` -> ``envelope``, worked out once a name."""

    def __missing__(self, name: str) -> str:
        self[name] = name.rpartition(":")[2].lower()
        return self[name]


class _Place:
    """A place in the payload's tree of names: what is wanted there, worked out once a place."""

    __slots__ = ("_attributes", "_children", "_wanted", "path", "repeated", "text")

    def __init__(self, wanted: Wanted, path: str = "") -> None:
        self.path = path
        self.repeated = path != "" and path == wanted.repeated
        # in a repeated element paths begin anew, and "." is its own text
        self._wanted = Wanted("", wanted.inner) if self.repeated else wanted
        if self.repeated:
            self.path = ""
        self.text = (self.path or ".") if (self.path or ".") in self._wanted.paths else None
        self._children: dict[str, _Place] = {}
        self._attributes: dict[str, str | None] = {}

    def child(self, name: str) -> _Place:
        """Where an element called ``name`` leads."""
        if name not in self._children:
            self._children[name] = _Place(self._wanted, self._below(name))
        return self._children[name]

    def attribute(self, name: str) -> str | None:
        """The path of an attribute; None where nobody wants it."""
        if name not in self._attributes:
            path = self._below(f"@{name.rpartition(':')[2]}")
            self._attributes[name] = path if path in self._wanted.paths else None
        return self._attributes[name]

    def _below(self, name: str) -> str:
        tag = name.rpartition(":")[2].lower()
        return f"{self.path}/{tag}" if self.path else tag


class _Reader:
    """The parser and what it calls: each part of a message has callbacks of its own, put in place
    where the part begins and taken out where it ends."""

    def __init__(self, wanted: Wanted) -> None:
        self._payload_name = wanted.payload
        self._wanted = wanted
        self._root = _Place(wanted)
        self._local = _Local()
        self._done: list[Message] = []
        self._message = Message()
        self._depth = 0  # below the part that is being read
        self._texts: list[str] = []
        self._payload = Payload()
        self._fields: Fields = {}
        self._place = self._root
        self._open: list[_Place] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.StartElementHandler = self._start_outside

    def feed(self, data: bytes, *, last: bool) -> list[Message]:
        """The messages that ended in ``data``."""
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise NotXMLError(str(error)) from None
        done, self._done = self._done, []
        return done

    def _listen(self) -> None:
        self._texts.clear()
        self._parser.CharacterDataHandler = self._texts.append

    def _heard(self) -> str:
        self._parser.CharacterDataHandler = None
        text = "".join(self._texts).strip()
        self._texts.clear()
        return text

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
        if tag == self._payload_name:
            self._read_payload(attributes)
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

    # --- a payload: its fields, and the elements in it that repeat

    def _read_payload(self, attributes: Fields) -> None:
        self._payload = Payload()
        self._message.payloads.append(self._payload)
        self._fields, self._place = self._payload.fields, self._root
        self._pick(attributes)
        self._parser.StartElementHandler = self._start_in_payload
        self._parser.EndElementHandler = self._end_in_payload

    def _start_in_payload(self, name: str, attributes: Fields) -> None:
        self._open.append(self._place)
        self._place = place = self._place.child(name)
        if place.repeated:
            self._fields = {}
            self._payload.events.append(self._fields)
        if attributes:
            self._pick(attributes)
        if place.text:
            self._listen()

    def _pick(self, attributes: Fields) -> None:
        for name, value in attributes.items():
            path = self._place.attribute(name)
            if path and path not in self._fields:
                self._fields[path] = value

    def _end_in_payload(self, _name: str) -> None:
        place = self._place
        if not self._open:
            self._read_data()
            return
        self._place = self._open.pop()
        if place.text:
            self._fields.setdefault(place.text, self._heard())
        if place.repeated:
            self._fields = self._payload.fields


def _refuse(*_declaration: object) -> None:
    raise DocumentTypeError


def _written_out(text: str, wanted: Wanted) -> list[Payload]:
    """The payloads in a text that is XML itself, escaped or in CDATA, as some clients send it."""
    body = text[text.index("?>") + 2 :] if text.startswith("<?xml") and "?>" in text else text
    envelope = f"<envelope><data>{body}</data></envelope>"
    try:
        return [p for message in messages(envelope.encode(), wanted) for p in message.payloads]
    except (DocumentTypeError, NotXMLError):
        return []
