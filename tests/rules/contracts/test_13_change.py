"""13. A contract's ceiling is raised within the share, lowered to what is accepted; ended, it counts with that only."""

from services.contracts.service import CONTRACTS
from tests.engine.story import Happening, Story
from tests.given import because, budget, contract, credit, day, event, invoice, merged, refusal, said, shares, story


def change(contract_id: str, ceiling: int | None) -> Happening:
    return event("contract.change.proposed", "/vlk", contract_id=contract_id, ceiling_cents=ceiling)


def end(contract_id: str, on: str, sender: str = "/vlk") -> Happening:
    return event("contract.ended", sender, contract_id=contract_id, on_=on)


def concluded(share: int, ceiling: int | None, accepted: int = 0) -> Story:
    fund = story(CONTRACTS).given(budget({"04": share}), shares("04", VLK=share), contract("A", ceiling))
    return fund.given(invoice("I", accepted, contract_id="A")) if accepted else fund


# ------------------------------------------------------------------------------------------------- raising and lowering


def test_13_lowering_a_contract_of_60_000_with_57_000_accepted_to_55_000_is_refused() -> None:
    fund = concluded(100_000, 60_000, accepted=57_000)
    fund.when(change("A", 55_000)).then(
        refusal(
            "contract.change",
            because("under_accepted", "13", asked_cents=55_000, accepted_cents=57_000),
            contract_id="A",
            rules=["13"],
        )
    )
    fund.when(change("A", 57_000)).then(
        said(
            "contract.changed",
            contract_id="A",
            provider_code="300111222",
            ceiling_cents=57_000,
            ended_on=None,
            payer=None,
        )
    )


def test_13_raising_asks_for_the_difference_equality_passes() -> None:
    fund = concluded(100, 60)
    fund.when(change("A", 101)).then(
        refusal(
            "contract.change",
            because("share_exceeded", "13", share_cents=100, contracted_cents=60, asked_cents=41, free_cents=40),
        )
    )
    fund.when(change("A", 100)).then(said("contract.changed", ceiling_cents=100))


def test_13_lowering_releases_what_is_not_accepted_at_once() -> None:
    fund = concluded(100, 100, accepted=30)
    fund.when(change("A", 40), contract("B", 60)).then(said("contract.changed"), said("contract.concluded"))


def test_13_lowering_is_free_though_the_share_is_under_what_is_contracted() -> None:
    fund = concluded(100, 100).given(shares("04", VLK=10, TLK_KAUNAS=90))
    fund.when(change("A", 99)).then(said("contract.changed", ceiling_cents=99))


def test_13_the_same_ceiling_asks_for_nothing() -> None:
    concluded(100, 100).when(change("A", 100)).then(said("contract.changed", ceiling_cents=100))


def test_13_from_no_ceiling_to_n_asks_for_n_and_n_is_not_under_the_accepted() -> None:
    fund = concluded(100, None, accepted=50)
    fund.when(change("A", 101)).then(
        refusal(
            "contract.change",
            because("share_exceeded", "13", share_cents=100, contracted_cents=0, asked_cents=101, free_cents=100),
        )
    )
    fund.when(change("A", 49)).then(
        said("contract.change.refused", reasons=[because("under_accepted", "13", asked_cents=49, accepted_cents=50)])
    )
    fund.when(change("A", 100)).then(said("contract.changed", ceiling_cents=100))


def test_13_both_failed_tests_are_named() -> None:
    concluded(10, None, accepted=50).when(change("A", 40)).then(
        refusal(
            "contract.change",
            because("under_accepted", "13", asked_cents=40, accepted_cents=50),
            because("share_exceeded", "13", share_cents=10, contracted_cents=0, asked_cents=40, free_cents=10),
        )
    )


def test_13_from_n_to_no_ceiling_is_free_and_gives_all_back() -> None:
    fund = concluded(100, 100, accepted=100)
    fund.when(change("A", None), contract("B", 100)).then(
        said("contract.changed", contract_id="A", ceiling_cents=None), said("contract.concluded", contract_id="B")
    )


def test_13_a_contract_never_concluded_cannot_be_changed_or_ended() -> None:
    fund = story(CONTRACTS)
    refused = said("contract.change.refused", contract_id="A", reasons=[because("unknown_contract", "13")])
    fund.when(change("A", 1)).then(refused)
    fund.when(end("A", "2026-06-30")).then(refused)


def test_13_19_a_state_contract_is_raised_within_the_state_funds() -> None:
    fund = story(CONTRACTS).given(budget({"04": 1}, state=100), contract("A", 60, source="STATE"))
    fund.when(change("A", 101)).then(said("contract.change.refused"))
    fund.when(change("A", 100)).then(said("contract.changed"))


# -------------------------------------------------------------------------------------------------------------- its end


def test_13_an_ended_contract_counts_with_its_accepted_sum_from_the_day_of_the_event() -> None:
    fund = concluded(100, 100, accepted=30)
    fund.when(end("A", "2026-06-30")).then(
        said("contract.changed", contract_id="A", ended_on="2026-06-30", ceiling_cents=30)
    )
    fund.when(contract("B", 71)).then(said("contract.refused"))
    fund.when(contract("B", 70)).then(said("contract.concluded"))


def test_13_months_up_to_its_end_may_still_be_accepted_and_count() -> None:
    fund = concluded(100, 100, accepted=30).given(end("A", "2026-06-30"), invoice("J", 20, contract_id="A"))
    fund.when(contract("B", 51)).then(
        refusal(
            "contract",
            because("share_exceeded", "13", share_cents=100, contracted_cents=50, asked_cents=51, free_cents=50),
        )
    )
    fund.given(credit("K", 20, "J", contract_id="A"))
    fund.when(contract("B", 70)).then(said("contract.concluded"))


def test_13_an_ended_contract_cannot_be_changed_nor_ended_again() -> None:
    fund = concluded(100, 60).given(end("A", "2026-06-30"))
    refused = said("contract.change.refused", reasons=[because("contract_ended", "13")])
    fund.when(change("A", 10)).then(refused)
    fund.when(end("A", "2026-07-31")).then(refused)


def test_13_an_ended_contract_without_a_ceiling_does_not_count() -> None:
    fund = concluded(100, None, accepted=90)
    fund.when(end("A", "2026-06-30")).then(said("contract.changed", ceiling_cents=None, ended_on="2026-06-30"))
    fund.when(contract("B", 100)).then(said("contract.concluded"))


# -------------------------------------------------------------------------------------------------------------- mergers


def merging(ceiling: int | None = 30) -> Story:
    return story(CONTRACTS).given(
        budget({"04": 100}),
        shares("04", VLK=40, TLK_KAUNAS=60),
        contract("A", ceiling, payer="TLK-KAUNAS"),
        contract("B", 10),
    )


def test_26_each_contract_of_a_merged_payer_is_announced_with_its_new_payer() -> None:
    fund = merging()
    fund.when(merged("TLK-KAUNAS", "VLK", "2026-01-05")).then()
    fund.when(day("2026-01-05")).then(
        said(
            "contract.changed",
            contract_id="A",
            ceiling_cents=30,
            ended_on=None,
            payer="VLK",
            formerly=["TLK-KAUNAS"],
        )
    )
    fund.when(contract("D", 61)).then(
        refusal(
            "contract",
            because("share_exceeded", "13", share_cents=100, contracted_cents=40, asked_cents=61, free_cents=60),
        )
    )


def test_26_a_proposal_that_still_names_the_merged_payer_is_concluded_as_the_others() -> None:
    fund = merging().given(merged("TLK-KAUNAS", "VLK", "2026-01-02"))
    fund.when(contract("D", 60, payer="TLK-KAUNAS")).then(
        said("contract.concluded", payer="VLK", formerly=["TLK-KAUNAS"])
    )
    fund.when(contract("D", 60, payer="TLK-KAUNAS"), contract("D", 60), contract("A", 30, payer="TLK-KAUNAS")).then()


def test_26_an_ended_contract_is_announced_with_the_sum_it_still_counts_with() -> None:
    fund = merging().given(invoice("I", 20, contract_id="A"), end("A", "2026-03-31", "/tlk/TLK-KAUNAS"))
    fund.when(merged("TLK-KAUNAS", "VLK", "2026-01-02")).then(
        said("contract.changed", contract_id="A", ceiling_cents=20, ended_on="2026-03-31", payer="VLK")
    )


def test_26_a_merger_told_twice_acts_once() -> None:
    fund = merging().given(merged("TLK-KAUNAS", "VLK", "2026-01-05"), merged("TLK-KAUNAS", "VLK", "2026-01-05"))
    fund.when(day("2026-01-05")).then(said("contract.changed", contract_id="A"))
    fund.when(merged("TLK-KAUNAS", "VLK", "2026-01-05")).then()


def test_26_each_provider_is_told_of_a_merger_and_a_later_one_with_its_first_contract() -> None:
    fund = merging().given(merged("TLK-KAUNAS", "VLK", "2026-01-05"))
    known = {"payer": "TLK-KAUNAS", "into": "VLK", "on": "2026-01-05"}
    assert fund.inside("payer.merger.known") == [{"provider_code": "300111222", **known}]
    fund.given(contract("D", 1, provider="300333444"))
    assert fund.inside("payer.merger.known") == [{"provider_code": "300333444", **known}]
    fund.given(contract("E", 1))
    assert fund.inside("payer.merger.known") == []
