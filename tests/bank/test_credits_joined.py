"""Money from elsewhere, told by notifications and by statements: each counts once, however the bank names it."""

from datetime import timedelta

import pytest

from shared.effects.bank.desk import Desk
from shared.effects.bank.said import in_lithuanian
from tests.bank.independent import DAY, VLK, Told
from tests.bank.test_answers_joined import CUT_OFF, asides, new_desk, notification, statement


def came(cents: int, reference: str = "", details: str = "") -> str:
    """Money from elsewhere, as an entry of an account."""
    named = f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{cents / 100:.2f}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt>'
        f"<Dt>2022-03-09</Dt></BookgDt>{named}<BkTxCd/>{details}</Ntry>"
    )


async def credited(desk: Desk) -> list[int]:
    """What the fund is told now to have come, in cents."""
    told = Told()
    await desk.tell(told.publish)
    return [data["amount_cents"] for data in told.of("account.credited")]


@pytest.mark.parametrize("details", ["", "<NtryDtls><TxDtls><RmtInf><Ustrd>lėšos</Ustrd></RmtInf></TxDtls></NtryDtls>"])
async def test_a_credit_without_a_reference_told_by_notification_and_statement_is_one(details: str) -> None:
    desk = new_desk()
    await desk.take("a", notification(came(1_000, details=details)), CUT_OFF)
    await desk.take("s", statement(1, DAY, 0, 1_000, came(1_000, details=details)), CUT_OFF)
    assert (await credited(desk), asides(desk)) == ([1_000], [])


async def test_credits_that_a_statement_names_as_one_are_not_told_again() -> None:
    desk = new_desk()
    await desk.take("a", notification(came(400, "T-1"), came(600, "T-2")), CUT_OFF)
    await desk.take("s", statement(1, DAY, 0, 1_000, came(1_000, "E-1")), CUT_OFF)
    assert await credited(desk) == [400, 600]
    assert asides(desk)[0].endswith("names credit E-1, and agrees without it: the fund is not told of it")
    await desk.take("s2", statement(2, DAY + timedelta(days=1), 1_000, 1_700, came(700, "E-2")), CUT_OFF)
    assert await credited(desk) == [700]  # what nobody told before, a statement tells


async def test_a_credit_notified_after_a_statement_that_agrees_without_it_is_no_new_money() -> None:
    desk = new_desk()
    await desk.take("s", statement(1, DAY, 0, 1_000, came(1_000, "E-1")), CUT_OFF)
    await desk.take("late", notification(came(400, "T-1"), came(600, "T-2"), came(1_000, "E-1")), CUT_OFF)
    assert await credited(desk) == [1_000]
    which = f"statement 1 of {VLK.iban} ({DAY}), which agrees without it: the fund is not told of it"
    assert asides(desk)[1:] == [f"credit T-1 came after {which}", f"credit T-2 came after {which}"]
    assert in_lithuanian(asides(desk)[1]).startswith("įskaitymas T-1 gautas po to, kai ")


async def test_what_a_statement_misses_is_still_told_by_a_notification_after_it() -> None:
    desk = new_desk()
    await desk.take("s", statement(1, DAY, 0, 1_000), CUT_OFF)
    await desk.take("late", notification(came(1_000, "E-1")), CUT_OFF)
    assert await credited(desk) == [1_000]
