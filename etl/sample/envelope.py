"""SOAP 1.1 envelopes of the e-government gateway, as its various clients write them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from etl.sample.conversation import Message
from etl.sample.stamps import Stamps

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
ASYNC: Final = "http://bip.bee.kz/AsyncChannel/v10/Types"
SYNC: Final = "http://bip.bee.kz/SyncChannel/v10/Types"
PAYLOAD: Final = "urn:kezek:housing-queue:1"  # our own: this service's real payload is not public
PAYLOAD_ELEMENT: Final = "application"
SERVICE: Final = "AlmatyHousingQueue"
JOURNAL: Final = "urn:kezek:gateway-journal:1"


@dataclass(frozen=True)
class Style:
    """How one client writes: prefixes, capitals, the form of its times."""

    soap: str
    types: str
    child: str  # prefix of the elements below the operation, with its colon
    payload: str  # prefix of our own elements; blank: a default namespace
    capital: bool
    times: Literal["offset", "utc", "fraction", "local"]
    password: bool

    def spelt(self, name: str) -> str:
        """A name of the gateway's own, as this client spells it."""
        return self.child + (name[0].upper() + name[1:] if self.capital else name)

    def element(self, name: str, inner: str) -> str:
        """An element of the gateway's own."""
        tag = self.spelt(name)
        return f"<{tag}>{inner}</{tag}>"


STYLES: Final = (
    Style("soapenv", "v10", "", "hq", capital=False, times="offset", password=False),
    Style("SOAP-ENV", "ns2", "ns2:", "", capital=True, times="utc", password=True),
    Style("s", "typ", "", "q", capital=False, times="fraction", password=False),
    Style("soap", "bip", "bip:", "app", capital=True, times="local", password=False),
)


class Writer:
    """Renders messages. ``offset``: minutes ahead of UTC on a day."""

    def __init__(self, stamps: Stamps, offset: Callable[[int], int]) -> None:
        self._stamps = stamps
        self._offset = offset

    def envelope(self, message: Message, style: Style, *, signed: bool) -> str:
        """The message as one line of XML."""
        s, sync = style.soap, message.synchronous
        namespace = SYNC if sync else ASYNC
        header = _signature(message.message_id) if signed else ""
        inner = self._sync(message, style) if sync else self._async(message, style)
        return (
            f'<{s}:Envelope xmlns:{s}="{SOAP}" xmlns:{style.types}="{namespace}">'
            f"<{s}:Header>{header}</{s}:Header><{s}:Body>{inner}</{s}:Body></{s}:Envelope>\n"
        )

    def _async(self, message: Message, style: Style) -> str:
        e = style.element
        info = (
            _ids(message, style)
            + e("serviceId", SERVICE)
            + e("messageType", message.kind)
            + e("messageDate", self._time(message.minute, message, style))
            + _sender(message, style)
        )
        data = e("messageData", e("data", self._payload(message, style)))
        return _operation(style, "", e("request", e("messageInfo", info) + data))

    def _sync(self, message: Message, style: Style) -> str:
        e, time = style.element, self._time(message.minute, message, style)
        data = e("data", self._payload(message, style))
        if message.kind == "REQUEST":
            sent = e("serviceId", SERVICE) + e("messageDate", time) + _sender(message, style)
            info = e("requestInfo", _ids(message, style) + sent)
            return _operation(style, "", e("request", info + e("requestData", data)))
        done = e("responseDate", time) + e("status", e("code", "SCSS001") + e("message", "OK"))
        info = e("responseInfo", _ids(message, style) + done)
        return _operation(style, "Response", e("response", info + e("responseData", data)))

    def _payload(self, message: Message, style: Style) -> str:
        declared = f"xmlns:{style.payload}" if style.payload else "xmlns"
        p = f"{style.payload}:" if style.payload else ""
        said = (
            ("category", message.category),
            ("iin", message.iin),
            ("outcome", message.outcome),
            ("queueNumber", message.queue_number),
        )
        fields = "".join(f"<{p}{name}>{text}</{p}{name}>" for name, text in said if text)
        events = "".join(
            f'<{p}event step="{step}" at="{self._time(minute, message, style, event=True)}"/>'
            for step, minute in message.events
        )
        return (
            f'<{p}{PAYLOAD_ELEMENT} {declared}="{PAYLOAD}">{fields}{events}</{p}{PAYLOAD_ELEMENT}>'
        )

    def _time(self, minute: int, message: Message, style: Style, *, event: bool = False) -> str:
        ahead = self._offset(minute)
        shown = minute - ahead if style.times == "utc" else minute
        digits = message.message_id.replace("-", "")
        text = f"{self._stamps.iso(shown)}:{int(digits[:6], 16) % 60:02d}"
        if event:
            text = _garbled(text, message.spoilt)
        zone = f"{ahead // 60:+03d}:{ahead % 60:02d}"
        ends = {
            "offset": zone,
            "utc": "Z",
            "fraction": f".{int(digits[6:12], 16) % 1000:03d}{zone}",
            "local": "",
        }
        return text + ends[style.times]


def _garbled(text: str, how: str) -> str:
    """A time as a broken client writes it."""
    if how == "bad_date":
        return f"{text[:5]}02-31{text[10:]}"
    if how == "before_window":
        return f"19{text[2:]}"
    return f"{int(text[:4]) + 20}{text[4:]}" if how == "in_future" else text


def _operation(style: Style, suffix: str, inner: str) -> str:
    name = f"{style.types}:{'SendMessage' if style.capital else 'sendMessage'}{suffix}"
    return f"<{name}>{inner}</{name}>"


def _ids(message: Message, style: Style) -> str:
    own = style.element("messageId", message.message_id)
    chain = message.correlation_id
    return own + (style.element("correlationId", chain) if chain else "")


def _sender(message: Message, style: Style) -> str:
    who = "egov" if message.kind == "REQUEST" else "almaty_housing"
    secret = style.element("password", f"{who}-sample") if style.password else ""
    return style.element("sender", style.element("senderId", who) + secret)


def _signature(message_id: str) -> str:
    """A signature by its form alone: what it signs is not the message."""
    value = base64.b64encode(hashlib.sha256(message_id.encode()).digest()).decode()
    return (
        f'<wsse:Security xmlns:wsse="{WSSE}"><ds:Signature xmlns:ds="{DSIG}">'
        f"<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature></wsse:Security>"
    )
