"""What is no document that can be read: each with its rule and its status, before anything else looks at it."""

import gzip
from http import HTTPStatus
from pathlib import Path

import pytest

from shared.edge.einvoice.records import Refused
from shared.edge.einvoice.xml import MOST_BYTES, MOST_DEPTH, MOST_ELEMENTS, read_document
from tests.edge.einvoice.made import changed, invoice, line, ubl

LARGE, MEDIA, NOT_SO = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
ROOT = '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def document(inside: str = "", prolog: str = HEAD) -> bytes:
    return f"{prolog}{ROOT}>{inside}</Invoice>".encode()


def with_secret(path: Path) -> bytes:
    secret = path / "secret"
    secret.write_text("the secret")
    return document("&s;", f'{HEAD}<!DOCTYPE Invoice [<!ENTITY s SYSTEM "{secret.as_uri()}">]>')


HOSTILE: dict[str, tuple[bytes, str, HTTPStatus]] = {
    "nothing": (b"", "PSDF-X04", NOT_SO),
    "blanks": (b" \n", "PSDF-X04", NOT_SO),
    "text": (b"not XML", "PSDF-X04", NOT_SO),
    "JSON": (b'{"invoice_id": "A1"}', "PSDF-X04", NOT_SO),
    "an open element": (b"<Invoice>", "PSDF-X04", NOT_SO),
    "two roots": (document() + b"<a/>", "PSDF-X04", NOT_SO),
    "NUL": (document("\0"), "PSDF-X04", NOT_SO),
    "an undeclared entity": (document("&who;"), "PSDF-X04", NOT_SO),
    "an undeclared prefix": (document("<cbc:ID>1</cbc:ID>"), "PSDF-X04", NOT_SO),
    "an attribute twice": (document('<a b="1" b="2"/>'), "PSDF-X04", NOT_SO),
    "gzip": (gzip.compress(document(), mtime=0), "PSDF-X02", MEDIA),
    "an external DTD": (document(prolog=f'{HEAD}<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/x">'), "PSDF-X03", NOT_SO),
    "a DOCTYPE without entities": (document(prolog=f"{HEAD}<!DOCTYPE Invoice>"), "PSDF-X03", NOT_SO),
    "a DOCTYPE after a comment": (document(prolog=f"{HEAD}<!-- > --><?a ?>\n<!DOCTYPE Invoice>"), "PSDF-X03", NOT_SO),
    "a DOCTYPE after a BOM": (document(prolog="\ufeff<!DOCTYPE Invoice>"), "PSDF-X03", NOT_SO),
    "a billion laughs": (
        document("&l9;", f'{HEAD}<!DOCTYPE Invoice [<!ENTITY l0 "ha">{LAUGHS}]>'),
        "PSDF-X03",
        NOT_SO,
    ),
    "a quadratic blow-up": (
        document("&a;" * 50_000, f'{HEAD}<!DOCTYPE Invoice [<!ENTITY a "{"a" * 50_000}">]>'),
        "PSDF-X03",
        NOT_SO,
    ),
    "a parameter entity": (
        document(prolog=f'{HEAD}<!DOCTYPE Invoice [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>'),
        "PSDF-X03",
        NOT_SO,
    ),
    "UTF-16": (document().decode().replace("UTF-8", "UTF-16").encode("utf-16"), "PSDF-X02", MEDIA),
    "UTF-7": (document(prolog='<?xml version="1.0" encoding="UTF-7"?>'), "PSDF-X02", MEDIA),
    "EBCDIC": (document(prolog="<?xml version='1.0' encoding='cp037'?>"), "PSDF-X02", MEDIA),
    "Baltic": (document("ė").decode().encode("cp1257"), "PSDF-X02", MEDIA),
    "an overlong form": (document() + b"\xc0\xbc", "PSDF-X02", MEDIA),
    "too many bytes": (document(" " * MOST_BYTES), "PSDF-X01", LARGE),
    "too deep": (document("<a>" * MOST_DEPTH + "</a>" * MOST_DEPTH), "PSDF-X05", NOT_SO),
    "far too deep": (document("<a>" * 100_000 + "</a>" * 100_000), "PSDF-X04", NOT_SO),
    "too many elements": (document("<a/>" * MOST_ELEMENTS), "PSDF-X06", LARGE),
    "a very long text": (document("x" * 4_900_000), "", HTTPStatus.OK),
    "another root": (document().replace(b"Invoice", b"Invoices"), "PSDF-X07", NOT_SO),
    "another namespace": (document().replace(b"Invoice-2", b"Invoice-3"), "PSDF-X07", NOT_SO),
    "the root of another namespace": (document().replace(b"Invoice-2", b"CreditNote-2"), "PSDF-X07", NOT_SO),
    "a comment alone": (document("<!-- <!DOCTYPE a> -->"), "", HTTPStatus.OK),
    "a DOCTYPE in CDATA": (document("<![CDATA[<!DOCTYPE a>]]>"), "", HTTPStatus.OK),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_refused_by_its_rule_or_read(name: str) -> None:
    content, rule, status = HOSTILE[name]
    if not rule:
        assert read_document(content).kind == "Invoice"
        return
    with pytest.raises(Refused) as refused:
        read_document(content)
    assert [each.rule for each in refused.value.findings] == [rule]
    assert refused.value.status == status


def test_no_file_of_this_machine_is_read(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read_document(with_secret(tmp_path))
    assert "the secret" not in str(refused.value)
    assert refused.value.findings[0].rule == "PSDF-X03"


def test_what_is_judged_has_no_comment_no_instruction_and_no_sender_s_declaration() -> None:
    content = changed("<cbc:ID>A1", "<!-- a --><?php b ?><cbc:ID>A1")
    assert read_document(content).xml == read_document(ubl()).xml


def test_ten_thousand_lines_are_read_and_one_more_is_not() -> None:
    inside = "<cac:InvoiceLine/>" * 10_000
    most = document(inside).replace(
        b'Invoice-2"',
        b'Invoice-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"',
    )
    assert len(read_document(most).lines) == 10_000
    with pytest.raises(Refused) as refused:
        read_document(most.replace(b"</Invoice>", b"<cac:InvoiceLine/></Invoice>"))
    assert (refused.value.findings[0].rule, refused.value.status) == ("PSDF-X08", LARGE)


def test_a_document_of_many_lines_is_written_within_the_limit() -> None:
    lines = tuple(line(f"ORT-{number}", 3, 100_000) for number in range(8_800))
    assert len(ubl(invoice(lines=lines))) < MOST_BYTES
