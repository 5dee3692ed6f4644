"""What answers do to what the desk knows: whatever the order in which they come, and whatever is wrong with them."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.bank.answers import BankFileError
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.effects.bank.desk import NAME, Desk, DeskError
from shared.effects.bank.sealing import cut_off_after
from shared.engine.codec import decode_decisions
from shared.engine.faults import Broken
from shared.kernel.calendar import VILNIUS
from tests.adapters.test_bank_answers import URN
from tests.bank.independent import DAY, FUND, MORNING, SETTINGS, VLK, Told, balance, banking, ordered, transfer

CUT_OFF = MORNING + timedelta(hours=1, minutes=1)
A1, A2, A3 = ORDERS = [ordered(1, 1_000), ordered(2, 20), ordered(3, 300)]


class Receives:
    """A bank that only receives, and tells us what it was sent."""

    def __init__(self) -> None:
        self.sent: dict[str, bytes] = {}

    async def send(self, file_id: str, content: bytes) -> str:
        self.sent[file_id] = content
        return "in hand"

    async def incoming(self) -> list[object]:
        return []

    async def put_away(self, incoming: object, refusal: str | None) -> None:
        raise AssertionError(f"nothing comes: {incoming} {refusal}")


def new_desk() -> Desk:
    return Desk(FUND, SETTINGS, SqliteStore(connect(None), NAME), Receives())  # type: ignore[arg-type]


async def with_file_sent() -> tuple[Desk, str]:
    """Three orders of the VLK have left in one file."""
    desk = new_desk()
    await desk.collect(ORDERS, MORNING)
    (sealed,) = await desk.seal(CUT_OFF)
    await desk.send(CUT_OFF)
    return desk, sealed.file_id


def report(file_id: str, group: str, reason: str = "", orders: str = "") -> bytes:
    told = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    block = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>P</OrgnlPmtInfId>{orders}</OrgnlPmtInfAndSts>" if orders else ""
    return f"""<Document xmlns="{URN}:pain.002.001.10"><CstmrPmtStsRpt>
    <GrpHdr><MsgId>{group}{reason}{len(orders)}</MsgId><CreDtTm>2022-03-09T10:05:00</CreDtTm></GrpHdr>
    <OrgnlGrpInfAndSts><OrgnlMsgId>{file_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>
    <GrpSts>{group}</GrpSts>{told}</OrgnlGrpInfAndSts>{block}</CstmrPmtStsRpt></Document>""".encode()


def entry(heard: object, cents: int | None = None, side: str = "DBIT", more: str = "") -> str:
    said = heard.said  # type: ignore[attr-defined]
    amount = f"{(said.amount_cents if cents is None else cents) / 100:.2f}"
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt>'
        f"<Dt>2022-03-09</Dt></BookgDt><BkTxCd/><NtryDtls><TxDtls><Refs><EndToEndId>{said.end_to_end_id}</EndToEndId>"
        f"</Refs>{more}</TxDtls></NtryDtls></Ntry>"
    )


def notification(*entries: str, iban: str = VLK.iban) -> bytes:
    return f"""<Document xmlns="{URN}:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
    <GrpHdr><MsgId>N</MsgId><CreDtTm>2022-03-09T18:00:00</CreDtTm></GrpHdr>
    <Ntfctn><Id>N</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{"".join(entries)}</Ntfctn>
    </BkToCstmrDbtCdtNtfctn></Document>""".encode()


def statement(number: int, on: date, opening: int, closing: int, *entries: str, iban: str = VLK.iban) -> bytes:
    def saldo(code: str, cents: int) -> str:
        side = "CRDT" if cents >= 0 else "DBIT"
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{abs(cents) / 100:.2f}</Amt>"
            f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>"
        )

    return f"""<Document xmlns="{URN}:camt.053.001.08"><BkToCstmrStmt>
    <GrpHdr><MsgId>S{number}</MsgId><CreDtTm>{on}T23:59:00</CreDtTm></GrpHdr>
    <Stmt><Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>
    {saldo("OPBD", opening)}{saldo("CLBD", closing)}{"".join(entries)}</Stmt></BkToCstmrStmt></Document>""".encode()


async def outcomes(desk: Desk) -> dict[str, list[str]]:
    told = Told()
    await desk.tell(told.publish)
    return told.outcomes()


def asides(desk: Desk) -> list[str]:
    return [aside.text for aside in desk.state.aside.values()]


RETURNED = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"


@pytest.mark.parametrize("reason", ["DUPL", "AM05"])
async def test_F1_i_have_it_already_rejects_nothing(reason: str) -> None:
    desk, file_id = await with_file_sent()
    one = f"<TxInfAndSts><OrgnlEndToEndId>{A1.said.end_to_end_id}</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf></TxInfAndSts>"
    await desk.take("a", report(file_id, "RJCT", reason), CUT_OFF)
    await desk.take("b", report(file_id, "PART", orders=one), CUT_OFF)
    assert await outcomes(desk) == {}
    await desk.take("c", notification(*(entry(order) for order in ORDERS)), CUT_OFF)
    assert set(map(tuple, (await outcomes(desk)).values())) == {("executed",)}


async def test_a_refusal_of_a_file_that_was_taken_before_rejects_nothing() -> None:
    desk, file_id = await with_file_sent()
    await desk.take("a", report(file_id, "ACCP"), CUT_OFF)
    await desk.take("b", report(file_id, "RJCT", "FF01"), CUT_OFF)
    assert await outcomes(desk) == {}
    assert "was taken before: it rejects no order" in asides(desk)[0]


async def test_a_refusal_of_a_file_that_was_not_taken_rejects_each_of_its_orders_once() -> None:
    desk, file_id = await with_file_sent()
    await desk.take("a", report(file_id, "RJCT", "FF01"), CUT_OFF)
    await desk.take("b", report(file_id, "RJCT", "FF01", orders="<TxInfAndSts/>"), CUT_OFF)
    assert set(map(tuple, (await outcomes(desk)).values())) == {("rejected",)}


async def test_what_was_rejected_and_then_booked_is_a_persons_matter_and_not_paid_for_here() -> None:
    desk, file_id = await with_file_sent()
    await desk.take("a", report(file_id, "RJCT", "FF01"), CUT_OFF)
    await desk.take("b", notification(entry(A1)), CUT_OFF)
    assert (await outcomes(desk))[A1.said.order_id] == ["rejected"]
    assert "the first outcome stands" in asides(desk)[0]


async def test_another_sum_an_unknown_order_and_an_unknown_file_are_set_aside() -> None:
    desk, _ = await with_file_sent()
    await desk.take("a", notification(entry(A1, cents=1_001), entry(ordered(9, 5))), CUT_OFF)
    await desk.take("b", report("MOTHER", "RJCT", "FF01"), CUT_OFF)
    assert await outcomes(desk) == {}
    told = asides(desk)
    assert "with 10.01 EUR; it is of 10.00 EUR" in told[0]
    assert "we sent no such order" in told[1]
    assert "which we did not send" in told[2]


async def test_a_return_that_comes_before_its_debit_waits_for_it() -> None:
    desk, _ = await with_file_sent()
    await desk.take("a", notification(entry(A1, side="CRDT", more=RETURNED)), CUT_OFF)
    assert await outcomes(desk) == {}
    await desk.take("b", notification(entry(A1)), CUT_OFF)
    assert await outcomes(desk) == {A1.said.order_id: ["executed", "returned"]}
    assert asides(desk) == []


async def test_a_hole_in_the_numbers_of_statements_is_refused_with_the_number_that_is_missing() -> None:
    desk, _ = await with_file_sent()
    await desk.take("1", statement(7, DAY, 0, 0), CUT_OFF)
    ninth = statement(9, date(2022, 3, 11), 0, 0)
    with pytest.raises(BankFileError, match="8 is missing"):
        await desk.take("9", ninth, CUT_OFF)
    assert desk.state.statements[VLK.iban].number == 7
    await desk.take("8", statement(8, date(2022, 3, 10), 0, 0), CUT_OFF)
    await desk.take("9", ninth, CUT_OFF)
    assert desk.state.statements[VLK.iban].number == 9
    await desk.take("1 of the next year", statement(1, date(2023, 1, 2), 0, 0), CUT_OFF)
    assert desk.state.statements[VLK.iban].number == 1


async def test_a_file_of_another_fund_is_refused_and_nothing_of_it_is_kept() -> None:
    desk, _ = await with_file_sent()
    for content in (
        notification(entry(A1), iban="LT601010012345678901"),
        statement(1, DAY, 0, 0, iban="LT601010012345678901"),
    ):
        with pytest.raises(BankFileError, match="none of the fund's"):
            await desk.take("strange", content, CUT_OFF)
    assert desk.state.answers == set()


async def test_a_statement_settles_what_it_alone_tells_and_says_so() -> None:
    desk, _ = await with_file_sent()
    await desk.take("a", notification(entry(A1), entry(A2)), CUT_OFF)
    await desk.take("s", statement(1, DAY, 5_000, 3_680, entry(A1), entry(A2), entry(A3)), CUT_OFF)
    assert set(map(tuple, (await outcomes(desk)).values())) == {("executed",)}
    (told,) = asides(desk)
    assert "no camt.054 came for it" in told
    await desk.take("late", notification(entry(A3)), CUT_OFF)
    assert len(asides(desk)) == 1


async def test_a_statement_that_does_not_agree_names_both_sums() -> None:
    desk, _ = await with_file_sent()
    await desk.take("a", notification(entry(A1)), CUT_OFF)
    fee = entry(ordered(8, 15, end_to_end_id="NOTPROVIDED"))
    await desk.take("s", statement(1, DAY, 5_000, 3_985, entry(A1), fee), CUT_OFF)
    assert any("closes with 39.85 EUR, the fund has 40.00 EUR" in told for told in asides(desk))
    desk.alarms(CUT_OFF)
    await desk.settle(1, "Ona", "banko mokestis", CUT_OFF)
    assert 1 not in desk.state.aside
    with pytest.raises(DeskError, match="nothing is set aside"):
        await desk.settle(1, "Ona", "dar kartą", CUT_OFF)


# ------------------------------------------------------------------------------------------------------------ the files


async def test_an_order_that_comes_again_is_one_and_another_content_stops_the_desk() -> None:
    desk = new_desk()
    await desk.collect([A1, A1], MORNING)
    await desk.collect([A1], MORNING)
    (sealed,) = await desk.seal(CUT_OFF)
    assert sealed.sum_cents == 1_000
    other = replace(A1, said=replace(A1.said, amount_cents=1_001))
    with pytest.raises(Broken, match="came again with amount_cents 1001, it had 1000"):
        await desk.collect([other], MORNING)


async def test_an_order_of_a_past_day_leaves_after_two_persons_only() -> None:
    desk = new_desk()
    await desk.collect([A1], MORNING + timedelta(days=1))
    (sealed,) = await desk.seal(CUT_OFF + timedelta(days=1))
    assert sealed.approvals == 2
    await desk.send(CUT_OFF + timedelta(days=1))
    assert desk.state.files[sealed.file_id].state == "sealed"
    await desk.approve(sealed.file_id[:6], "Ona", CUT_OFF)
    with pytest.raises(DeskError, match="another person"):
        await desk.approve(sealed.file_id, " ONA ", CUT_OFF)
    await desk.approve(sealed.file_id, "Jonas", CUT_OFF)
    await desk.send(CUT_OFF)
    assert desk.state.files[sealed.file_id].state == "sent"


async def test_a_rejected_transfer_is_ordered_again_by_a_person_only_and_under_another_id() -> None:
    desk = new_desk()
    await desk.collect([transfer(500), balance(70)], MORNING)
    for sealed in await desk.seal(CUT_OFF):
        await desk.send(CUT_OFF)
        await desk.take(sealed.payer, report(sealed.file_id, "RJCT", "FF01"), CUT_OFF)
    assert len([alarm for alarm in desk.alarms(CUT_OFF) if "psdf bank again" in alarm]) == 2
    again = await desk.again("reserve/2022-9.1/t1", "Ona", CUT_OFF)
    (sealed,) = await desk.seal(CUT_OFF + timedelta(hours=5))
    assert (sealed.orders, sealed.sum_cents) == ((again,), 500)
    with pytest.raises(DeskError, match="no transfer or return"):
        await desk.again("reserve/2022-9.1/t1", "Ona", CUT_OFF)


async def test_a_file_has_as_many_orders_as_the_bank_file_says() -> None:
    some = replace(SETTINGS, orders_per_file=2)
    desk = Desk(FUND, some, SqliteStore(connect(None), NAME), None)
    await desk.collect(ORDERS, MORNING)
    assert [len(sealed.orders) for sealed in await desk.seal(MORNING)] == [2]  # as many as it may have: at once
    assert [len(sealed.orders) for sealed in await desk.seal(CUT_OFF)] == [1]


@pytest.mark.parametrize(
    ("ordered_at", "cut_off"),
    [
        ("2022-03-09T09:00", "2022-03-09T10:00"),
        ("2022-03-09T10:00", "2022-03-09T10:00"),
        ("2022-03-09T10:01", "2022-03-09T14:30"),
        ("2022-03-10T14:31", "2022-03-14T10:00"),  # the 11th is a holiday, then comes the weekend
    ],
)
def test_an_order_leaves_at_the_next_cut_off_of_a_bank_day(ordered_at: str, cut_off: str) -> None:
    moment = datetime.fromisoformat(ordered_at).replace(tzinfo=VILNIUS)
    assert cut_off_after(SETTINGS, FUND.calendar, moment) == datetime.fromisoformat(cut_off).replace(tzinfo=VILNIUS)
    assert SETTINGS.cut_offs == (time(10), time(14, 30))


async def test_two_desks_over_one_journal_seal_an_order_once() -> None:
    store = SqliteStore(connect(None), NAME)
    one, two = (Desk(FUND, SETTINGS, store, Receives()) for _ in range(2))  # type: ignore[arg-type]
    await one.collect([A1], MORNING)
    await two.load()
    assert len(await one.seal(CUT_OFF)) == 1
    assert await two.seal(CUT_OFF) == []
    await two.send(CUT_OFF)
    assert [file.state for file in two.state.files.values()] == ["sent"]


async def test_its_events_are_numbered_as_verify_and_the_seals_number_them() -> None:
    store = SqliteStore(connect(None), NAME)
    desk = Desk(FUND, SETTINGS, store, Receives())  # type: ignore[arg-type]
    await desk.collect(ORDERS, MORNING)
    await desk.seal(CUT_OFF)
    await desk.send(CUT_OFF)
    found = [each async for commit in store.read() for each in decode_decisions(commit.body)]
    sizes = [len(decision.events) for decision in found]
    assert max(sizes) > 1
    assert [decision.position for decision in found] == [sum(sizes[:at]) for at in range(len(sizes))]


# ---------------------------------------------------------------------------------------------- in any order, any times


def days_answers() -> list[bytes]:
    """Some days of the independent bank: everything that it answered to a file."""

    async def live(folder: Path) -> list[bytes]:
        with banking(folder / "bank") as place:
            place.behaves("return-later", days=1, end_to_end_id=A1.said.end_to_end_id)
            desk = place.desk()
            await desk.collect(ORDERS, MORNING)
            await desk.seal(CUT_OFF)
            await desk.send(CUT_OFF)
            place.scan()
            place.credit(5_000)
            for _ in range(3):
                place.advance()
            return [path.read_bytes() for path in sorted(place.inbox.glob("*VLK-PSDF*.xml"))]

    with TemporaryDirectory() as folder:
        return asyncio.run(live(Path(folder)))


ANSWERS = days_answers()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(range(len(ANSWERS))), max_size=12), st.permutations(range(len(ANSWERS))))
def test_answers_in_any_order_and_any_number_of_times_give_the_same(first: list[int], then: list[int]) -> None:
    async def play() -> tuple[dict[str, list[str]], list[int], int]:
        desk, told = new_desk(), Told()
        await desk.collect(ORDERS, MORNING)
        await desk.seal(CUT_OFF)
        await desk.send(CUT_OFF)
        waiting = [*first, *then]
        for _ in range(4):  # a statement that comes too early is refused, and given again
            refused = []
            for number in waiting:
                try:
                    await desk.take(f"{number}", ANSWERS[number], CUT_OFF)
                except BankFileError:
                    refused.append(number)
                await desk.tell(told.publish)
            waiting = refused
        assert not waiting
        credited = [data["amount_cents"] for data in told.of("account.credited")]
        return told.outcomes(), credited, desk.state.statements[VLK.iban].closing_cents

    found, credited, closing = asyncio.run(play())
    assert found == {
        A1.said.order_id: ["executed", "returned"],
        A2.said.order_id: ["executed"],
        A3.said.order_id: ["executed"],
    }
    assert (credited, closing) == ([5_000], 5_000 - 320)
