"""The desk against a bank that somebody else wrote, in each of the nine ways in which that bank behaves."""

import pytest

from tests.bank.independent import SETTINGS, VLK, Place, balance, iban, ordered, transfer

A1, A2, A3 = (f"300111224/A{number}#1" for number in (1, 2, 3))
THREE = [ordered(1, 1_720_000), ordered(2, 5), ordered(3, 99_999)]


async def sent(place: Place, *heard: object) -> None:
    """Collected in the morning, sealed at the cut-off of ten, sent, and what the bank said of it is read."""
    desk = place.desk()
    await desk.collect(heard or THREE, place.now)  # type: ignore[arg-type]
    place.later(hours=1, minutes=1)
    await place.settle(desk)


async def test_accept_every_order_is_executed_once_and_the_statements_agree_to_the_cent(place: Place) -> None:
    await sent(place)
    for file in place.path.glob("out/processed/*.xml"):
        found = place.bank.post("/_mock/validate", content=file.read_bytes())
        assert "0 findings" in found.text
    place.advance()
    desk = await place.turn()
    assert place.told.outcomes() == {A1: ["executed"], A2: ["executed"], A3: ["executed"]}
    assert {data["on"] for data in place.told.of("payment.reported")} == {"2022-03-09"}
    assert desk.alarms(place.now) == []
    last = desk.state.statements[VLK.iban]
    assert (last.number, last.closing_cents) == (1, -(1_720_000 + 5 + 99_999))
    assert [file.state for file in desk.state.files.values()] == ["closed"]


async def test_closed_account_rejects_the_orders_to_it_and_no_other(place: Place) -> None:
    account = {"id": "CLOSED", "iban": iban(2), "name": "UAB Klinika", "currency": "EUR", "balance": 0}
    place.bank.post("/_mock/accounts", json=account).raise_for_status()
    place.behaves("closed-account", "CLOSED")
    await sent(place)
    assert place.told.outcomes() == {A1: ["executed"], A2: ["rejected"], A3: ["executed"]}
    (rejected,) = [data for data in place.told.of("payment.reported") if data["outcome"] == "rejected"]
    assert rejected["reason"].startswith("AC04")


async def test_insufficient_funds_rejects_what_the_account_does_not_have(place: Place) -> None:
    place.credit(100_004)
    place.behaves("insufficient-funds")
    await sent(place)
    assert place.told.outcomes() == {A1: ["rejected"], A2: ["executed"], A3: ["executed"]}
    (came,) = place.told.of("account.credited")
    assert (came["payer"], came["source"], came["amount_cents"]) == ("VLK", "PSDF", 100_004)


async def test_bad_bank_id_rejects_what_can_go_to_no_bank(place: Place) -> None:
    account = {"id": "NOBANK", "iban": iban(3), "name": "UAB Klinika", "currency": "EUR", "balance": 0}
    place.bank.post("/_mock/accounts", json=account).raise_for_status()
    place.behaves("bad-bank-id", "NOBANK")
    await sent(place)
    assert place.told.outcomes() == {A1: ["executed"], A2: ["executed"], A3: ["rejected"]}


async def test_return_later_is_told_once_after_the_execution(place: Place) -> None:
    """The bank tells it twice, by pacs.004 and by camt.054."""
    place.behaves("return-later", days=3, end_to_end_id=THREE[0].said.end_to_end_id)  # type: ignore[union-attr]
    await sent(place)
    desk = place.desk()
    for _ in range(6):
        place.advance()
        await place.turn(desk)
    assert place.told.outcomes() == {A1: ["executed", "returned"], A2: ["executed"], A3: ["executed"]}
    assert [data["reason"] for data in place.told.of("payment.reported") if data["outcome"] == "returned"] == ["AC04"]
    assert desk.alarms(place.now) == []
    assert desk.state.statements[VLK.iban].closing_cents == -(5 + 99_999)


async def test_reject_file_rejects_each_of_its_orders(place: Place) -> None:
    place.behaves("reject-file")
    await sent(place)
    assert place.told.outcomes() == {A1: ["rejected"], A2: ["rejected"], A3: ["rejected"]}
    assert place.paid() == {}


async def test_M3_F1_duplicate_file_rejects_nothing_and_nothing_is_paid_twice(place: Place) -> None:
    """F1: the same file again is DUPL; its first copy is carried out."""
    place.behaves("duplicate-file")
    await sent(place)
    desk = place.desk()
    await desk.load()
    (sealed,) = [file.sealed for file in desk.state.files.values()]
    (place.out / f"{sealed.file_id}.xml").write_bytes(sealed.content)
    place.scan()
    answer = place.bank.post("/payments", content=sealed.content)
    assert "DUPL" in answer.text
    await place.turn(desk)
    place.advance()
    await place.turn(desk)
    assert place.told.outcomes() == {A1: ["executed"], A2: ["executed"], A3: ["executed"]}
    assert {len(amounts) for amounts in place.paid().values()} == {1}
    assert desk.alarms(place.now) == []


async def test_silent_alarms_and_never_orders_again(place: Place) -> None:
    place.behaves("silent")
    await sent(place)
    desk = place.desk()
    await desk.load()
    assert desk.alarms(place.now) == []
    place.later(minutes=31)
    assert ["has not said that it has it" in alarm for alarm in desk.alarms(place.now)] == [True] or (
        not desk.state.open_files
    )
    assert len(desk.state.files) == 1


async def test_statement_gap_is_seen_and_the_order_stays_executed(place: Place) -> None:
    place.behaves("statement-gap")
    await sent(place)
    place.advance()
    desk = await place.turn()
    assert place.told.outcomes() == {A1: ["executed"], A2: ["executed"], A3: ["executed"]}
    told = desk.alarms(place.now)
    assert any("an entry is missing" in alarm for alarm in told)
    assert any("does not show" in alarm for alarm in told)
    last = desk.state.statements[VLK.iban]
    assert last.ours_cents == last.closing_cents
    assert SETTINGS.answer_minutes == 30


async def test_9_22_25_transfers_balances_and_sodras_compensation_go_the_same_way(place: Place) -> None:
    sodra = ordered(9, 777, order_id="SODRA/2022-Q1#1", iban=None)
    place.credit(5_000, "TLK-KAUNAS-PSDF")
    await sent(place, transfer(4_000), balance(5_000), sodra)
    place.advance()
    desk = await place.turn()
    assert place.told.outcomes() == {"SODRA/2022-Q1#1": ["executed"]}
    assert place.told.of("reserve.transfer.reported") == [
        {"year": 2022, "kind": "9.1", "amount_cents": 4_000, "on": "2022-03-09"}
    ]
    paid_to = {payment["creditor_iban"]: payment["amount"] for payment in place.bank.get("/_mock/payments").json()}
    vlk = SETTINGS.accounts["VLK", "PSDF"].iban
    assert paid_to == {SETTINGS.reserve.iban: 4_000, SETTINGS.sodra.iban: 777, vlk: 5_000}
    assert desk.state.statements[SETTINGS.accounts["TLK-KAUNAS", "PSDF"].iban].closing_cents == 0
    assert desk.alarms(place.now) == []


@pytest.mark.parametrize("times", [2, 3])
async def test_the_same_credit_by_notification_and_statement_is_one(place: Place, times: int) -> None:
    for number in range(times):
        place.credit(100, note=f"dalis {number}")
    place.advance()
    desk = await place.turn()
    await place.turn(desk)
    assert len(place.told.of("account.credited")) == times
    assert desk.state.statements[VLK.iban].closing_cents == 100 * times
    assert desk.alarms(place.now) == []
