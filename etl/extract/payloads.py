"""The part of an XML document that is one record, read in one pass without ever building a tree.

Names are matched without prefix and in any letter case. A document type ends the reading at once,
before an entity could be defined. Texts are picked up only where a wanted field stands, so what
nobody asked for never becomes a Python string.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from xml.parsers import expat

Fields = dict[str, str]


class DocumentTypeError(Exception):
    """The file has a DOCTYPE."""


class NotXMLError(Exception):
    """The file is no well-formed XML, or not all of it."""


@dataclass
class Payload:
    """The wanted fields of one payload by path, and those of each repeated element inside it.

    Where a field's element is there again, its first text stays, and ``contradictory`` tells that
    the texts differ. ``span``: the bytes of the document from which on and up to which it stands.
    """

    fields: Fields = field(default_factory=dict)
    events: list[Fields] = field(default_factory=list)
    contradictory: bool = False
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Wanted:
    """What to pick up, in small letters: the payload's name, the paths in it (``a/b``,
    ``a/@name``, ``a[k]`` of an element whose attribute ``key`` is k), the path of the repeated
    element, and the paths inside that."""

    payload: str
    paths: frozenset[str]
    repeated: str | None = None
    inner: frozenset[str] = frozenset()

    @cached_property
    def keyed(self) -> bool:
        """Whether any element is told from others of its name by its key."""
        return any("[" in path for path in (*self.paths, *self.inner, self.repeated or ""))

    def leads_on(self, path: str) -> bool:
        """Whether anything wanted stands at the path or below it."""
        ends = self.paths if self.repeated is None else {*self.paths, self.repeated}
        return any(end == path or end.startswith(f"{path}/") for end in ends)


class LocalNames(dict[str, str]):
    """``soap:Envelope`` -> ``envelope``, worked out once a name."""

    def __missing__(self, name: str) -> str:
        self[name] = name.rpartition(":")[2].lower()
        return self[name]


class Place:
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
        self._children: dict[str, Place] = {}
        self._attributes: dict[str, str | None] = {}

    def child(self, name: str) -> Place:
        """Where an element called ``name`` leads; all that leads nowhere is one place."""
        if name not in self._children:
            path = self._below(name)
            tag, key, _ = name.partition("[")
            if self._wanted.leads_on(path):
                self._children[name] = Place(self._wanted, path)
            else:
                self._children[name] = self.child(tag) if key else _NOWHERE
        return self._children[name]

    def attribute(self, name: str) -> str | None:
        """The path of an attribute; None where nobody wants it."""
        if name not in self._attributes:
            path = self._below(f"@{name.rpartition(':')[2]}")
            self._attributes[name] = path if path in self._wanted.paths else None
        return self._attributes[name]

    def _below(self, name: str) -> str:
        tag, mark, key = name.partition("[")
        own = (tag.rpartition(":")[2] + mark + key).lower()
        return f"{self.path}/{own}" if self.path else own


class _Nowhere(Place):
    """A place at and below which nothing is wanted: however deep it goes, it grows no tree."""

    __slots__ = ()

    def child(self, name: str) -> Place:  # noqa: ARG002 (every name leads nowhere)
        return self

    def attribute(self, name: str) -> str | None:  # noqa: ARG002
        return None


_NOWHERE = _Nowhere(Wanted("", frozenset()))


class PayloadReader:
    """The parser and what it calls: each part of a document has callbacks of its own, put in place
    where the part begins and taken out where it ends. What is around payloads is a subclass's."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._root = Place(wanted)
        self._local = LocalNames()
        self._texts: list[str] = []
        self._payload = Payload()
        self._fields: Fields = {}
        self._place = self._root
        self._open: list[Place] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse

    def _parse(self, data: bytes, *, last: bool) -> None:
        """Raises DocumentTypeError, or NotXMLError: for XML that is broken, ends too early, or
        names an encoding that Python does not have."""
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise NotXMLError(str(error)) from None
        except (LookupError, ValueError):
            raise NotXMLError("its encoding is unknown") from None

    def _listen(self) -> None:
        self._texts.clear()
        self._parser.CharacterDataHandler = self._texts.append

    def _heard(self) -> str:
        self._parser.CharacterDataHandler = None
        text = "".join(self._texts).strip()
        self._texts.clear()
        return text

    # --- a payload: its fields, and the elements in it that repeat

    def _read_payload(self, attributes: Fields) -> Payload:
        """Begin a payload: its fields come as they are read, up to ``_payload_ended``."""
        self._payload = Payload(span=(self._parser.CurrentByteIndex, 0))
        self._fields, self._place = self._payload.fields, self._root
        self._pick(attributes)
        self._parser.StartElementHandler = self._start_in_payload
        self._parser.EndElementHandler = self._end_in_payload
        return self._payload

    def _payload_ended(self) -> None:
        """Put the callbacks of what is around payloads in place again."""
        raise NotImplementedError

    def _start_in_payload(self, name: str, attributes: Fields) -> None:
        self._open.append(self._place)
        if self._wanted.keyed and "key" in attributes:
            name = f"{name}[{attributes['key']}]"
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
            self._payload.span = (self._payload.span[0], self._parser.CurrentByteIndex)
            self._payload_ended()
            return
        self._place = self._open.pop()
        if place.text:
            text = self._heard()
            if self._fields.setdefault(place.text, text) != text:
                self._payload.contradictory = True
        if place.repeated:
            self._fields = self._payload.fields


def _refuse(*_declaration: object) -> None:
    raise DocumentTypeError
