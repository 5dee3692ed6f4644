"""16. The bank's answers: read to the cent and to the day, joined with our orders; nothing is lost."""

from datetime import date

import pytest

from shared.adapters.bank.answers import LARGEST_FILE, BankFileError, BankRecord
from tests.adapters.bank_samples import DAY, ORDERS, VLK, bank_answers

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
        status="RJCT",
    )
    assert (accepted.end_to_end_id, accepted.outcome, accepted.reason) == (TWO, "other", "ACSP")


@pytest.mark.parametrize(
    "report",
    [
        status_report("<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>", ""),
        status_report("", block("", "<PmtInfSts>RJCT</PmtInfSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>")),
    ],
)
def test_a_file_refused_as_a_whole_is_one_record_without_an_order(report: bytes) -> None:
    (record,) = bank_answers(report)
    assert (record.end_to_end_id, record.outcome, record.reason, record.message_id) == ("", "rejected", "FF01", "FILE1")


def test_an_order_named_in_a_refused_file_has_a_record_beside_the_files() -> None:
    one, whole = bank_answers(status_report("<GrpSts>RJCT</GrpSts>", block(answered(ONE, "RJCT", "AC04"))))
    assert (one.end_to_end_id, one.outcome, one.reason) == (ONE, "rejected", "AC04 in words")
    assert (whole.end_to_end_id, whole.outcome) == ("", "rejected")


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
    assert [
        (each.end_to_end_id, each.outcome, each.on, each.amount_cents, each.iban) for each in (single, first, second)
    ] == [
        (ONE, "executed", DAY, 1_720_000_000, VLK.iban),
        (TWO, "executed", DAY, 5, VLK.iban),
        (THREE, "executed", DAY, 99_999_999_999, VLK.iban),
    ]
    assert len({single.reference, first.reference, second.reference}) == 3


@pytest.mark.parametrize(
    ("entry_", "reason"),
    [
        (entry("1.00", detail(ONE), side="CRDT", status="PDNG"), "CRDT PDNG"),
        (entry("1.00", detail(ONE), status="PDNG"), "DBIT PDNG"),
        (entry("1.00", detail(ONE)).replace("<Sts>", "<RvslInd>true</RvslInd><Sts>"), "DBIT BOOK reversal"),
        (entry("1.00", detail(ONE, more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")), "DBIT BOOK AC04"),
    ],
)
def test_what_is_no_booked_debit_decides_nothing_and_is_told(entry_: str, reason: str) -> None:
    (record,) = bank_answers(notification(entry_))
    assert (record.end_to_end_id, record.outcome, record.reason) == (ONE, "other", reason)


def test_money_from_elsewhere_is_credited_under_the_banks_own_reference_and_what_came_back_is_returned() -> None:
    came = entry("1.00", detail("NOTPROVIDED"), side="CRDT").replace(
        "<BkTxCd/>", "<ValDt><Dt>2022-03-11</Dt></ValDt><AcctSvcrRef>R-1</AcctSvcrRef><BkTxCd/>"
    )
    back = entry("0.05", detail(TWO, more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"), side="CRDT")
    credited, returned = bank_answers(notification(came, back))
    assert (credited.outcome, credited.reference, credited.value_on) == ("credited", "R-1", date(2022, 3, 11))
    assert (returned.outcome, returned.end_to_end_id, returned.reason, returned.amount_cents) == (
        "returned",
        TWO,
        "AC04",
        5,
    )


@pytest.mark.parametrize("code", ["DUPL", "AM05"])
def test_F1_i_have_it_already_rejects_nothing(code: str) -> None:
    reason = f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>"
    (record,) = bank_answers(status_report(f"<GrpSts>RJCT</GrpSts>{reason}", ""))
    assert (record.outcome, record.status) == ("other", "RJCT")
    for record in bank_answers(status_report("<GrpSts>PART</GrpSts>", block(answered(ONE, "RJCT", code)))):
        assert record.outcome == "other"


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
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'/>", "no BkToCstmrStmt"),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.054.001.08'/>", "no BkToCstmrDbtCdtNtfctn"),
        (notification(entry("1,00", detail(ONE))), "not an amount"),
        (notification(entry("NaN", detail(ONE))), "not an amount|not whole cents"),
        (notification(entry("1.001", detail(ONE))), "not whole cents"),
        (notification(entry("-1.00", detail(ONE))), "not whole cents, 0 or more"),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.052.001.08'/>", "one of pain.002.001.10"),
        (notification(entry("1.00", detail(ONE), booked="<Dt>9 March</Dt>")), "not a date"),
    ],
)
def test_what_is_no_answer_of_the_bank_is_an_error(content: bytes, told: str) -> None:
    with pytest.raises(BankFileError, match=told):
        bank_answers(content)


def test_a_file_has_a_largest_size() -> None:
    with pytest.raises(BankFileError, match="at most"):
        bank_answers(b" " * (LARGEST_FILE + 1))
