"""16. The bank's answers: read to the cent and to the day, joined with our orders; nothing is lost."""

from datetime import date

import pytest

from shared.adapters.bank.answers import LARGEST_FILE, BankFileError, BankRecord, bank_answers
from shared.adapters.bank.orders import sort_answers
from tests.adapters.bank_samples import DAY, ORDERS, VLK, order

URN = "urn:iso:std:iso:20022:tech:xsd"
ONE, TWO, THREE = (order.end_to_end_id for order in ORDERS)


def status_report(group: str, blocks: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <Document xmlns="{URN}:pain.002.001.10"><CstmrPmtStsRpt>
    <GrpHdr><MsgId>S1</MsgId><CreDtTm>2022-03-09T22:30:00Z</CreDtTm></GrpHdr>
    <OrgnlGrpInfAndSts><OrgnlMsgId>FILE1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{group}
    </OrgnlGrpInfAndSts>{blocks}</CstmrPmtStsRpt></Document>""".encode()


def block(orders: str, status: str = "") -> str:
    return f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>P1</OrgnlPmtInfId>{status}{orders}</OrgnlPmtInfAndSts>"


def answered(end_to_end: str, status: str, reason: str = "", amount: str = "") -> str:
    told = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn><AddtlInf>in words</AddtlInf></StsRsnInf>" if reason else ""
    original = f'<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">{amount}</InstdAmt></Amt></OrgnlTxRef>' if amount else ""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{end_to_end}</OrgnlEndToEndId><TxSts>{status}</TxSts>{told}{original}"
        "</TxInfAndSts>"
    )


def notification(*entries: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <Document xmlns="{URN}:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
    <GrpHdr><MsgId>N1</MsgId><CreDtTm>2022-03-09T18:00:00</CreDtTm></GrpHdr>
    <Ntfctn><Id>N1</Id><Acct><Id><IBAN>{VLK.iban}</IBAN></Id></Acct>{"".join(entries)}</Ntfctn>
    </BkToCstmrDbtCdtNtfctn></Document>""".encode()


def entry(
    amount: str, orders: str, side: str = "DBIT", status: str = "BOOK", booked: str = "<Dt>2022-03-09</Dt>"
) -> str:
    details = f"<NtryDtls>{orders}</NtryDtls>" if orders else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>'
        f"<BookgDt>{booked}</BookgDt><BkTxCd/>{details}</Ntry>"
    )


def detail(end_to_end: str, amount: str = "", more: str = "") -> str:
    money = f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>' if amount else ""
    return f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{money}{more}</TxDtls>"


def test_16_a_rejection_brings_its_reason_on_the_vilnius_day_of_the_report() -> None:
    rejected, accepted = bank_answers(
        status_report(
            "<GrpSts>PART</GrpSts>", block(answered(ONE, "RJCT", "AC04", "17200000.00") + answered(TWO, "ACSP"))
        )
    )
    assert rejected == BankRecord(
        end_to_end_id=ONE,
        outcome="rejected",
        on=date(2022, 3, 10),  # 22:30 UTC
        reason="AC04 in words",
        amount_cents=1_720_000_000,
        message_id="FILE1",
    )
    assert (accepted.end_to_end_id, accepted.outcome, accepted.reason) == (TWO, "other", "ACSP")


@pytest.mark.parametrize(
    "report",
    [
        status_report("<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>", ""),
        status_report("", block("", "<PmtInfSts>RJCT</PmtInfSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>")),
    ],
)
def test_a_file_refused_as_a_whole_answers_for_each_of_its_orders(report: bytes) -> None:
    joined = sort_answers(bank_answers(report), {"FILE1": ORDERS, "FILE2": [order("C1", 1)]})
    assert [(order.order_id, record.outcome, record.reason) for order, record in joined.known] == [
        (order.order_id, "rejected", "FF01") for order in ORDERS
    ]
    assert joined.unknown == ()


def test_an_order_named_in_a_refused_file_is_answered_once() -> None:
    report = status_report("<GrpSts>RJCT</GrpSts>", block(answered(ONE, "RJCT", "AC04")))
    joined = sort_answers(bank_answers(report), {"FILE1": ORDERS})
    assert [(order.order_id, record.reason) for order, record in joined.known] == [
        (ORDERS[0].order_id, "AC04 in words"),
        (ORDERS[1].order_id, "RJCT"),
        (ORDERS[2].order_id, "RJCT"),
    ]


def test_a_report_of_the_whole_file_alone_decides_nothing() -> None:
    (record,) = bank_answers(status_report("<GrpSts>ACTC</GrpSts>", ""))
    assert (record.outcome, record.reason, record.message_id) == ("other", "ACTC", "FILE1")


def test_16_a_booked_debit_is_executed_on_its_booking_date() -> None:
    single, first, second = bank_answers(
        notification(
            entry("17200000.00", detail(ONE)),
            entry(
                "1000000000.04",
                detail(TWO, "0.05") + detail(THREE, "999999999.99"),
                booked="<DtTm>2022-03-09T23:59:59+02:00</DtTm>",
            ),
        )
    )
    assert single == BankRecord(end_to_end_id=ONE, outcome="executed", on=DAY, amount_cents=1_720_000_000)
    assert first == BankRecord(end_to_end_id=TWO, outcome="executed", on=DAY, amount_cents=5)
    assert second == BankRecord(end_to_end_id=THREE, outcome="executed", on=DAY, amount_cents=99_999_999_999)


@pytest.mark.parametrize(
    ("entry_", "reason"),
    [
        (entry("1.00", detail(ONE), side="CRDT"), "CRDT BOOK"),
        (entry("1.00", detail(ONE), status="PDNG"), "DBIT PDNG"),
        (entry("1.00", detail(ONE)).replace("<Sts>", "<RvslInd>true</RvslInd><Sts>"), "DBIT BOOK reversal"),
        (entry("1.00", detail(ONE, more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")), "DBIT BOOK AC04"),
    ],
)
def test_what_is_no_booked_debit_decides_nothing_and_is_told(entry_: str, reason: str) -> None:
    (record,) = bank_answers(notification(entry_))
    assert (record.end_to_end_id, record.outcome, record.reason) == (ONE, "other", reason)
    joined = sort_answers([record], {"FILE1": ORDERS})
    assert joined.unknown == ((record, "not_final"),)


def test_foreign_ids_other_sums_and_bare_entries_are_told_and_nothing_is_lost() -> None:
    records = [
        *bank_answers(
            notification(entry("3.00", detail("NOTPROVIDED")), entry("0.06", detail(TWO)), entry("9.00", ""))
        ),
        *bank_answers(status_report("<GrpSts>RJCT</GrpSts>", "")),
        *bank_answers(notification(entry("17200000.00", detail(ONE)))),
    ]
    joined = sort_answers(records, {"FILE2": ORDERS})
    assert [(record.end_to_end_id, why) for record, why in joined.unknown] == [
        ("NOTPROVIDED", "unknown_id"),
        (TWO, "amount_differs"),
        ("", "unknown_file"),
        ("", "unknown_file"),
    ]
    assert [order for order, _ in joined.known] == [ORDERS[0]]
    assert len(joined.known) + len(joined.unknown) == len(records)


def test_a_sum_in_another_currency_is_no_sum_of_ours() -> None:
    (record,) = bank_answers(notification(entry("3.00", detail(ONE)).replace("EUR", "USD")))
    assert record.amount_cents is None


ENTITY = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08">&x;</Document>"""
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08">&b;</Document>"""


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not XML"),
        (b"<Document", "not XML"),
        (b"{}", "not XML"),
        (ENTITY, "no document type"),
        (LAUGHS, "no document type"),
        (ENTITY.decode().replace("1.0", '1.0" encoding="UTF-16').encode("utf-16"), "no document type|not XML"),
        (b"<Document/>", "not None"),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'/>", "not camt.053.001.08"),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.054.001.08'/>", "no BkToCstmrDbtCdtNtfctn"),
        (notification(entry("1,00", detail(ONE))), "not an amount"),
        (notification(entry("NaN", detail(ONE))), "not an amount|not whole cents"),
        (notification(entry("1.001", detail(ONE))), "not whole cents"),
        (notification(entry("1.00", detail(ONE), booked="<Dt>9 March</Dt>")), "not a date"),
    ],
)
def test_what_is_no_answer_of_the_bank_is_an_error(content: bytes, told: str) -> None:
    with pytest.raises(BankFileError, match=told):
        bank_answers(content)


def test_a_file_has_a_largest_size() -> None:
    with pytest.raises(BankFileError, match="at most"):
        bank_answers(b" " * (LARGEST_FILE + 1))
