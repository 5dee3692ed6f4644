"""M5, M4. A payer that the fund's file does not have: nothing is concluded, claimed, shared out or credited in its name."""

import pytest

from services.contracts.service import CONTRACTS
from services.payments.service import PAYMENTS
from services.reconciliation.service import RECONCILIATION
from shared.engine.service import Service
from tests.engine.story import Json
from tests.given import FUND, PROVIDER, because, budget, cash, contract, event, parked, said, shares, story

NOBODY = "TLK-KAUNASS"
CODES = [payer.code for payer in FUND.payers]


def unknown(point: str) -> Json:
    return because("unknown_payer", point, unknown=[NOBODY], payers=sorted(CODES))


@pytest.mark.parametrize("ceiling", [None, 5])
def test_M5_M4_nobody_concludes_a_contract(ceiling: int | None) -> None:
    fund = story(CONTRACTS).when(contract("A", ceiling, payer=NOBODY))
    assert [told["type"] for told in fund.came] == ["contract.refused"]
    assert unknown("13") in fund.came[0]["data"]["reasons"]


def test_M5_nobody_has_a_share() -> None:
    fund = story(CONTRACTS).given(budget({"04": 100}))
    fund.when(shares("04", VLK=60, TLK_KAUNASS=40)).then(said("distribution.refused", reasons=[unknown("12")]))


@pytest.mark.parametrize("basis", ["20", "21"])
def test_M5_M4_nobody_claims(basis: str) -> None:
    claim = {"claim_id": "K", "provider_code": PROVIDER, "amount_cents": 1, "basis": basis, "reason": "damage"}
    story(RECONCILIATION).when(event("recovery.claimed", f"/tlk/{NOBODY}", **claim)).then(
        said("recovery.refused", reasons=[unknown(basis)])
    )


def test_M5_nobody_is_credited_and_the_reference_stays_free() -> None:
    fund = story(PAYMENTS).when(cash(7, NOBODY, reference="R")).then(parked("account.credited"))
    assert fund.came[0]["data"]["error"] == f"payer: the fund has no {NOBODY}; its payers are {', '.join(CODES)}"
    fund.when(cash(7, "TLK-KAUNAS", reference="R")).then()
    assert list(fund.state.cash.values()) == [7]


def test_M5_nobody_pays_administration() -> None:
    paid = {"year": 2026, "article": "06", "amount_cents": 5, "paid_on": "2026-01-02", "reference": "R"}
    story(PAYMENTS).when(event("administration.paid", "/treasury", payer=NOBODY, **paid)).then(
        parked("administration.paid")
    )


@pytest.mark.parametrize("service", [PAYMENTS, RECONCILIATION])
def test_M5_a_credit_of_nobody_changes_no_state(service: Service) -> None:
    fund = story(service).when(cash(7, NOBODY))
    assert NOBODY not in repr([fund.engine.state(stream) for stream in fund.engine.streams()])
