"""M5, 26. A merger can't be undone: it is of payers that the fund has, and the VLK is never merged into another."""

import pytest

from services.contracts.service import CONTRACTS
from services.payments.service import PAYMENTS
from services.reconciliation.service import RECONCILIATION
from shared.engine.service import Service
from tests.given import FUND, because, budget, contract, merged, refusal, said, shares, story

PAYERS = sorted(payer.code for payer in FUND.payers)


@pytest.mark.parametrize(
    ("payer", "into", "unknown"),
    [
        ("TLK-KAUNASS", "VLK", ["TLK-KAUNASS"]),
        ("TLK-KAUNAS", "TLK-NOWHERE", ["TLK-NOWHERE"]),
        ("TLK-A", "TLK-B", ["TLK-A", "TLK-B"]),
    ],
)
def test_M5_a_payer_that_the_fund_does_not_have_is_not_merged(payer: str, into: str, unknown: list[str]) -> None:
    story(CONTRACTS).when(merged(payer, into, "2026-02-01")).then(
        refusal(
            "payer.merger",
            because("unknown_payer", "26", unknown=unknown, payers=PAYERS),
            payer=payer,
            into=into,
            on="2026-02-01",
            rules=["26"],
        )
    )


def test_26_the_vlk_is_merged_into_nobody() -> None:
    fund = story(CONTRACTS).given(budget({"04": 9}), shares("04", VLK=9), contract("A", 5))
    fund.when(merged("VLK", "TLK-KAUNAS", "2026-01-02")).then(
        said("payer.merger.refused", reasons=[because("state_payer", "26", payer="VLK")])
    )


@pytest.mark.parametrize("service", [PAYMENTS, RECONCILIATION])
@pytest.mark.parametrize(("payer", "on"), [("TLK-KAUNASS", "2026-01-02"), ("VLK", "2026-02-01")])
def test_M5_what_contracts_refuses_acts_nowhere(service: Service, payer: str, on: str) -> None:
    fund = story(service)
    fund.when(merged(payer, "TLK-VILNIUS", on)).then()
    for stream in fund.engine.streams():
        payers = getattr(fund.engine.state(stream), "payers", None)
        assert payers is None or (payers.joined, payers.awaited) == ({}, [])
