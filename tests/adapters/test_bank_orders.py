"""16. The day's orders: one file an account, valid against the official schema, to the cent."""

import random
from dataclasses import replace
from datetime import date

import pytest
from lxml import etree

from shared.adapters.bank.answers import BankFileError
from shared.adapters.bank.orders import Account, Order, order_file, orders_schema, sepa_text
from tests.adapters.bank_samples import CREATED, DAY, IBAN, ORDERS, VLK, order


def written(account: Account = VLK, orders: list[Order] = ORDERS) -> etree._Element:
    content = order_file(account, orders, on=DAY, created_at=CREATED).content
    assert content is not None
    root = etree.fromstring(content)
    assert orders_schema().validate(root), orders_schema().error_log
    return root


def texts(root: etree._Element, name: str) -> list[str]:
    return [node.text for node in root.iterfind(f".//{{*}}{name}")]


def test_16_R9_the_days_orders_of_an_account_are_one_valid_file() -> None:
    root = written()
    assert texts(root, "EndToEndId") == [order.end_to_end_id for order in ORDERS]
    assert texts(root, "InstdAmt") == ["17200000.00", "0.05", "999999999.99"]
    assert texts(root, "CtrlSum") == ["1017200000.04", "1017200000.04"]
    assert texts(root, "NbOfTxs") == ["3", "3"]
    assert root.findtext(".//{*}ReqdExctnDt/{*}Dt") == "2022-03-09"
    assert root.findtext(".//{*}CreDtTm") == "2022-03-09T08:30:00+02:00"
    assert root.findtext(".//{*}DbtrAcct//{*}IBAN") == VLK.iban
    assert root.findtext(".//{*}Dbtr/{*}Nm") == "Valstybine ligoniu kasa"
    assert root.findtext(".//{*}DbtrAgt//{*}Othr/{*}Id") == "NOTPROVIDED"
    assert {node.text for node in root.iterfind(".//{*}CdtrAcct//{*}IBAN")} == {IBAN}
    assert texts(root, "Ustrd")[0] == "Saskaita 300111224/A1"


def test_a_bank_known_by_its_bic_is_named_so() -> None:
    root = written(replace(VLK, bic="LIABLT2XXXX"))
    assert root.findtext(".//{*}DbtrAgt//{*}BICFI") == "LIABLT2XXXX"
    assert root.find(".//{*}Othr") is None


def test_the_same_orders_in_any_order_are_the_same_bytes() -> None:
    first = order_file(VLK, ORDERS, on=DAY, created_at=CREATED)
    shuffled = random.Random(7).sample(ORDERS, len(ORDERS))
    assert order_file(VLK, shuffled, on=DAY, created_at=CREATED) == first
    later = order_file(VLK, ORDERS, on=DAY, created_at=CREATED.replace(hour=9))
    assert later.message_id == first.message_id  # the bank knows a file sent twice
    others = [
        order_file(VLK, ORDERS[:2], on=DAY, created_at=CREATED),
        order_file(VLK, ORDERS, on=date(2022, 3, 10), created_at=CREATED),
        order_file(replace(VLK, iban=IBAN), ORDERS, on=DAY, created_at=CREATED),
    ]
    assert len({first.message_id, *(file.message_id for file in others)}) == 4


def test_an_order_that_no_bank_takes_does_not_cost_the_others_their_file() -> None:
    wrong = order("B1", 100, iban="LT611010012345678901")
    none = order("B2", 100, iban="")
    large = order("B3", 100_000_000_000)
    file = order_file(VLK, [*ORDERS, wrong, none, large], on=DAY, created_at=CREATED)
    assert file.content == order_file(VLK, ORDERS, on=DAY, created_at=CREATED).content
    refused = {record.end_to_end_id: record for record in file.refused}
    assert set(refused) == {wrong.end_to_end_id, none.end_to_end_id, large.end_to_end_id}
    assert refused[wrong.end_to_end_id].reason.startswith("AC01")
    assert refused[none.end_to_end_id].reason.startswith("AC01")
    assert refused[large.end_to_end_id].reason.startswith("AM02")
    assert {(record.outcome, record.on) for record in file.refused} == {("rejected", DAY)}
    assert order_file(VLK, [wrong], on=DAY, created_at=CREATED).content is None


def test_mistakes_of_the_caller_are_errors() -> None:
    with pytest.raises(ValueError, match="twice"):
        order_file(VLK, [ORDERS[0], ORDERS[0]], on=DAY, created_at=CREATED)
    with pytest.raises(ValueError, match="offset"):
        order_file(VLK, ORDERS, on=DAY, created_at=CREATED.replace(tzinfo=None))
    with pytest.raises(BankFileError, match="account of VLK PSDF"):
        order_file(replace(VLK, iban="LT0"), ORDERS, on=DAY, created_at=CREATED)
    with pytest.raises(BankFileError, match="orders of VLK PSDF on 2022-03-09"):
        order_file(replace(VLK, bic="no bic"), ORDERS, on=DAY, created_at=CREATED)


@pytest.mark.parametrize(
    ("text", "sepa"),
    [
        ("ąčęėįšųūž ĄČĘĖĮŠŲŪŽ", "aceeisuuz ACEEISUUZ"),
        ("UAB „Ąžuolas“ & Ko", "UAB Azuolas Ko"),
        ("//300//A1/", "300/A1"),
        ("<script>\x00\n", "script"),
        ("中文", ""),
        ("a" * 80, "a" * 70),
    ],
)
def test_names_are_written_in_the_set_of_every_bank(text: str, sepa: str) -> None:
    assert sepa_text(text, 70) == sepa


def test_a_creditor_whose_name_cannot_be_written_is_called_by_the_invoice() -> None:
    root = written(orders=[order("A1", 1, creditor_name="中文")])
    assert root.findtext(".//{*}Cdtr/{*}Nm") == "300111224/A1"
