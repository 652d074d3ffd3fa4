"""Gateway messages as their various clients write them, and what must never come of one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from etl import extract
from etl.errors import KezekError
from etl.extract import gateway
from etl.extract.model import Extract
from etl.sources import NestedEvents, SourceSpec
from tests.support.sources import raw_file, spec

ASYNC = "http://bip.bee.kz/AsyncChannel/v10/Types"
SYNC = "http://bip.bee.kz/SyncChannel/v10/Types"
KEPT_OUT = "Qwerty-2013"


def envelope(body: str, *, header: str = "", prefix: str = "soap") -> str:
    p = prefix
    return (
        f'<{p}:Envelope xmlns:{p}="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<{p}:Header>{header}</{p}:Header><{p}:Body>{body}</{p}:Body></{p}:Envelope>"
    )


def asynchronous(
    message_id: str, data: str, *, kind: str = "REQUEST", chain: str = "", header: str = ""
) -> str:
    correlation = f"<correlationId>{chain}</correlationId>" if chain else ""
    info = (
        f"<messageInfo><messageId>{message_id}</messageId>{correlation}<serviceId>S</serviceId>"
        f"<messageType>{kind}</messageType><messageDate>2013-07-15T10:00:00+06:00</messageDate>"
        f"<sender><senderId>egov</senderId><password>{KEPT_OUT}</password></sender>"
        "<properties><key>messageId</key><value>not this one</value></properties></messageInfo>"
    )
    body = f"<request>{info}<messageData><data>{data}</data></messageData></request>"
    return envelope(f'<a:sendMessage xmlns:a="{ASYNC}">{body}</a:sendMessage>', header=header)


def application(number: str = "P-1", inner: str = "") -> str:
    return (
        f'<q:application xmlns:q="urn:q" number="{number}"><q:category>veterans</q:category>'
        f"<q:person><q:iin>500101100000</q:iin></q:person>{inner}</q:application>"
    )


def source(**given: object) -> SourceSpec:
    columns = {"case_id": "@number", "category": "category", "iin": "person/iin"}
    events = NestedEvents(path="event", step="@step", at="@at", actor="by")
    return spec(
        **{
            "kind": "gateway",
            "records": "application",
            "columns": columns,
            "events": events,
            **given,
        }
    )


def read(*documents: str | bytes, **given: object) -> Extract:
    files = [
        raw_file(d if isinstance(d, bytes) else d.encode(), f"{i}.xml")
        for i, d in enumerate(documents)
    ]
    return gateway.read(source(**given), files)


def column(extract: Extract, name: str) -> list[object]:
    values = extract.records[name]
    return values.astype(object).where(values.notna(), None).tolist()


def test_one_envelope_is_one_record() -> None:
    events = '<q:event step="E-P1" at="t1"><q:by>egov</q:by></q:event><event step="E-P3" at="t2"/>'
    extract = read(asynchronous("m1", application(inner=events)))
    assert {name: column(extract, name)[0] for name in extract.records} == {
        "@number": "P-1",
        "category": "veterans",
        "person/iin": "500101100000",
        "message/messageId": "m1",
        "message/correlationId": "m1",
        "message/messageType": "REQUEST",
        "message/messageDate": "2013-07-15T10:00:00+06:00",
        "message/signed": "false",
        "message/part": "0",
    }
    assert extract.nested is not None
    assert extract.nested["step"].tolist() == ["E-P1", "E-P3"]
    assert extract.nested["at"].tolist() == ["t1", "t2"]
    assert extract.nested["actor"].tolist()[0] == "egov"


def test_many_envelopes_in_a_wrapper_and_over_several_files() -> None:
    wrapped = "<?xml version='1.0'?><!-- a day --><j:log xmlns:j='urn:j'><j:entry>"
    wrapped += asynchronous("m1", application("P-1")) + "</j:entry><j:entry>"
    wrapped += asynchronous("m2", application("P-2"), kind="UPDATE", chain="m1")
    wrapped += "</j:entry></j:log>"
    extract = read(wrapped, asynchronous("m3", application("P-3")), "<log/>")
    assert column(extract, "@number") == ["P-1", "P-2", "P-3"]
    assert column(extract, "message/correlationId") == ["m1", "m1", "m3"]
    assert extract.place.to_dict("list") == {"file": ["0.xml", "0.xml", "1.xml"], "row": [1, 2, 1]}
    assert [file.rows for file in extract.files] == [2, 1, 0]


def test_synchronous_requests_and_responses() -> None:
    request = (
        f'<SendMessage xmlns="{SYNC}"><Request><RequestInfo><MessageId>m1</MessageId>'
        f"<MessageDate>2013-07-15</MessageDate></RequestInfo><RequestData><Data>"
        f"{application()}</Data></RequestData></Request></SendMessage>"
    )
    response = (
        f'<SendMessageResponse xmlns="{SYNC}"><response><responseInfo><messageId>m2</messageId>'
        "<correlationId>m1</correlationId><responseDate>2013-07-16</responseDate><status>"
        f"<code>OK</code></status></responseInfo><responseData><data>{application()}</data>"
        "</responseData></response></SendMessageResponse>"
    )
    extract = read(envelope(request), envelope(response), envelope(request.replace(
        "<MessageDate>", "<CorrelationId>m0</CorrelationId><MessageDate>")))  # fmt: skip
    assert column(extract, "message/messageType") == ["REQUEST", "RESPONSE", "UPDATE"]
    assert column(extract, "message/correlationId") == ["m1", "m1", "m0"]
    assert column(extract, "message/messageDate") == ["2013-07-15", "2013-07-16", "2013-07-15"]


def test_prefixes_and_letter_case_do_not_matter() -> None:
    plain = asynchronous("m1", application(inner='<event step="E-P1" at="t1"/>'))
    for change in (str.upper, str.swapcase, lambda name: f"zz{name}" if ":" in name else name):
        told = re.sub(r"(</?)([\w:]+)", lambda m, c=change: m[1] + c(m[2]), plain)
        told = re.sub(r"xmlns:(\w+)", lambda m, c=change: f"xmlns:{c(m[1] + ':')[:-1]}", told)
        extract = read(told)
        assert column(extract, "category") == ["veterans"]
        assert column(extract, "message/messageId") == ["m1"]
        assert extract.nested is not None
        assert extract.nested["step"].tolist() == ["E-P1"]


def test_paths_in_the_mapping_may_have_any_letter_case() -> None:
    columns = {"case_id": "Message/MESSAGEID", "category": "CATEGORY", "iin": "Person/Iin"}
    extract = read(asynchronous("m1", application()), columns=columns)
    assert [column(extract, name) for name in columns.values()] == [
        ["m1"], ["veterans"], ["500101100000"]
    ]  # fmt: skip


def test_a_signature_is_seen_in_the_header() -> None:
    header = (
        '<w:Security xmlns:w="urn:w"><d:Signature xmlns:d="urn:d">abc</d:Signature></w:Security>'
    )
    assert column(read(asynchronous("m", application(), header=header)), "message/signed") == [
        "true"
    ]


def test_a_password_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(asynchronous("m1", application()))
    result = extract.read(source(path=tmp_path / "*.xml", declared_in=tmp_path / "sources.toml"))
    whole = result.records.to_json() + result.place.to_json() + repr(result)
    assert KEPT_OUT not in whole
    assert "egov" not in whole


def test_a_payload_may_be_written_as_text_or_lie_deeper() -> None:
    inner = application()
    escaped = inner.replace("&", "&amp;").replace("<", "&lt;")
    declared = f'<?xml version="1.0" encoding="UTF-8"?>\n{inner}'
    documents = [f"<![CDATA[{declared}]]>", escaped, f"<x:wrap xmlns:x='urn:x'>{inner}</x:wrap>"]
    extract = read(*(asynchronous(f"m{i}", d) for i, d in enumerate(documents)))
    assert column(extract, "person/iin") == ["500101100000"] * 3


def test_two_payloads_of_one_message_are_two_records() -> None:
    extract = read(asynchronous("m1", application("P-1") + application("P-2")))
    assert column(extract, "@number") == ["P-1", "P-2"]
    assert column(extract, "message/part") == ["0", "1"]
    assert extract.place["row"].tolist() == [1, 1]


def test_an_answer_without_a_payload_is_no_record_but_a_request_is() -> None:
    silent = asynchronous("m2", "", kind="RESPONSE", chain="m1")
    empty = asynchronous("m3", "<other/>")
    extract = read(asynchronous("m1", application()), silent, empty)
    assert column(extract, "message/messageId") == ["m1", "m3"]
    assert column(extract, "@number") == ["P-1", None]


def test_the_first_of_a_repeated_field_stays_and_comments_do_not_cut_texts() -> None:
    inner = "<q:category>families</q:category><q:note>Ә<!-- x -->Ғ&amp;Қ</q:note>"
    extract = read(
        asynchronous("m", application(inner=inner)),
        columns={"case_id": "@number", "category": "category", "executor": "note"},
    )
    assert column(extract, "category") == ["veterans"]
    assert column(extract, "note") == ["ӘҒ&Қ"]


def test_a_field_beside_a_repeated_element_of_the_same_name_is_not_mixed_up() -> None:
    inner = '<q:event step="E-P1" at="t1"><q:category>inner</q:category></q:event>'
    extract = read(asynchronous("m", application(inner=inner).replace("veterans", " ")))
    assert column(extract, "category") == [None]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251"])
def test_the_file_says_its_own_encoding(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + asynchronous("Ж", application())
    assert column(read(text.encode(encoding)), "message/messageId") == ["Ж"]


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    + "".join(f'<!ENTITY {n} "{f"&{p};" * 10}">' for p, n in zip("bcdefgh", "cdefghi", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % i SYSTEM "http://127.0.0.1:1/x.dtd"> %i;]>',
        "<!DOCTYPE x>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_before_anything_comes_of_it(
    doctype: str, encoding: str
) -> None:
    text = doctype + asynchronous("m1", application("&i;"))
    with pytest.raises(KezekError, match=r"0.xml has a document type \(DOCTYPE\)"):
        read(text.encode(encoding))


def test_a_document_type_inside_a_payload_written_as_text_is_not_followed() -> None:
    text = asynchronous("m1", f"<![CDATA[{BOMB}{application('&i;')}]]>")
    with pytest.raises(KezekError, match=r"no message of 0\.xml holds an element 'application'"):
        read(text)


@pytest.mark.parametrize("keep", [1, 60, 500, -1, -20])
def test_half_a_file_is_no_file(keep: int) -> None:
    wrapped = f"<log>{asynchronous('m1', application())}{asynchronous('m2', application())}</log>"
    with pytest.raises(KezekError, match=r"0.xml is no whole XML"):
        read(wrapped[:keep])


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("<html><body>502</body></html>", "0.xml holds no gateway message"),
        (
            asynchronous("m1", "<other/>"),
            "no message of 0.xml holds an element 'application' inside data, there is other",
        ),
        (asynchronous("m1", "&unknown;"), "0.xml is no whole XML"),
        ("", "0.xml is no whole XML"),
    ],
)
def test_a_file_of_something_else_is_refused(document: str, complaint: str) -> None:
    with pytest.raises(KezekError) as error:
        read(document)
    assert complaint in str(error.value)


def test_deep_nesting_neither_hangs_nor_crashes() -> None:
    deep = "<a>" * 50_000 + "</a>" * 50_000
    extract = read(asynchronous("m1", application(inner=deep)))
    assert column(extract, "@number") == ["P-1"]
