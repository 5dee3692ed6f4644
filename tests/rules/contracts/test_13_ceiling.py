"""13. Contracts are concluded within the payer's share; state money within the state funds."""

import pytest

from services.contracts.service import CONTRACTS
from tests.engine.story import Json, Story
from tests.given import because, budget, contract, credit, day, event, invoice, refusal, said, shares, story


def exceeded(share: int, contracted: int, asked: int) -> Json:
    sums = {"share_cents": share, "contracted_cents": contracted, "asked_cents": asked}
    return because("share_exceeded", "13", **sums, free_cents=share - contracted)


def share_of(cents: int, **state: int) -> Story:
    return story(CONTRACTS).given(budget({"04": cents}, **state), shares("04", VLK=cents))


def test_13_60_000_and_39_999_of_100_000_leave_1_and_2_are_refused() -> None:
    fund = share_of(100_000)
    fund.when(contract("A", 60_000), contract("B", 39_999)).then(
        said("contract.concluded", contract_id="A"), said("contract.concluded", contract_id="B")
    )
    fund.when(contract("C", 2)).then(
        said("contract.refused", contract_id="C", rules=["13"], reasons=[exceeded(100_000, 99_999, 2)])
    )
    fund.when(contract("D", 1)).then(said("contract.concluded", contract_id="D"))
    fund.when(contract("E", 1)).then(said("contract.refused", reasons=[exceeded(100_000, 100_000, 1)]))


def test_13_a_contract_is_concluded_as_it_was_proposed() -> None:
    proposed = contract("A", 7, services=[{"code": "S", "unit_price_cents": 3}], payment_days=14, review="clerk")
    _, data = proposed.forms["contract.proposed"]
    share_of(10).when(proposed).then(said("contract.concluded", **data, formerly=[], rules=["13"]))


def test_13_two_contracts_asked_at_once_do_not_both_fit() -> None:
    fund = share_of(10)
    events = [fund.event_of(contract(contract_id, 6)) for contract_id in ("A", "B")]
    from tests.engine.story import at_once

    told = at_once(fund.engine.handle(events))
    assert [message.topic for message in told.messages] == ["contract.concluded", "contract.refused"]


def test_13_another_payer_article_or_year_is_another_pot() -> None:
    fund = story(CONTRACTS).given(
        budget({"03": 5, "04": 10}),
        shares("04", VLK=4, TLK_KAUNAS=6),
        shares("03", VLK=5),
        budget({"04": 3}, year=2027),
        shares("04", year=2027, VLK=3),
    )
    fund.when(
        contract("A", 4),
        contract("B", 6, payer="TLK-KAUNAS"),
        contract("D", 5, article="03"),
        contract("E", 3, year=2027),
    ).then(*(said("contract.concluded", contract_id=contract_id) for contract_id in "ABDE"))
    fund.when(contract("F", 1, payer="TLK-KAUNAS")).then(said("contract.refused", reasons=[exceeded(6, 6, 1)]))


def test_13_without_a_ceiling_nothing_is_tested_and_nothing_counts() -> None:
    fund = share_of(10)
    fund.when(contract("PHARMACY", None), contract("A", 10)).then(
        said("contract.concluded", contract_id="PHARMACY", ceiling_cents=None), said("contract.concluded")
    )
    fund.given(invoice("I", 500, contract_id="PHARMACY"))
    fund.when(contract("B", 1)).then(said("contract.refused", reasons=[exceeded(10, 10, 1)]))


def test_13_without_a_share_only_uncapped_contracts_are_concluded() -> None:
    fund = story(CONTRACTS).given(budget({"04": 10}))
    fund.when(contract("A", 1), contract("B", 0), contract("D", None)).then(
        said("contract.refused", reasons=[exceeded(0, 0, 1)]),
        said("contract.concluded", contract_id="B"),
        said("contract.concluded", contract_id="D"),
    )


def test_13_more_accepted_than_the_ceiling_counts_with_the_accepted_sum() -> None:
    """Accepted sums of another service are believed: a contract counts with the higher of the two."""
    fund = share_of(100).given(contract("A", 10), invoice("I", 25, contract_id="A"))
    fund.when(contract("B", 76)).then(said("contract.refused", reasons=[exceeded(100, 25, 76)]))
    fund.given(credit("K", 20, "I", contract_id="A"))
    fund.when(contract("B", 90)).then(said("contract.concluded"))


def test_13_a_share_under_what_is_contracted_leaves_contracts_and_refuses_new_ones_with_a_negative_free() -> None:
    fund = share_of(100).given(contract("A", 80), shares("04", VLK=30, TLK_KAUNAS=70))
    fund.when(contract("B", 1)).then(said("contract.refused", reasons=[exceeded(30, 80, 1)]))
    fund.when(contract("D", 70, payer="TLK-KAUNAS")).then(said("contract.concluded"))


# ---------------------------------------------------------------------------------------------------------- state money


def test_13_19_state_money_is_one_sum_over_all_pots_and_shares_do_not_count() -> None:
    fund = story(CONTRACTS).given(budget({"03": 5, "04": 5}, state=100))
    fund.when(
        contract("A", 60, source="STATE"), contract("B", 40, source="STATE", article="03", payer="TLK-KAUNAS")
    ).then(said("contract.concluded"), said("contract.concluded"))
    fund.when(contract("D", 1, source="STATE", payer="TLK-VILNIUS")).then(
        said("contract.refused", reasons=[exceeded(100, 100, 1)])
    )


def test_13_19_state_contracts_use_nothing_of_a_share() -> None:
    fund = share_of(10, state=100).given(contract("S", 100, source="STATE"))
    fund.when(contract("A", 10)).then(said("contract.concluded"))


def test_13_19_state_funds_are_of_the_latest_edition() -> None:
    fund = story(CONTRACTS).given(
        budget({"04": 5}, state=100), budget({"04": 5}, state=50, edition=2, in_force_from="2026-07-01")
    )
    fund.when(contract("A", 51, source="STATE")).then(said("contract.refused", reasons=[exceeded(50, 0, 51)]))


# -------------------------------------------------------------------------------------------- which article, which year


@pytest.mark.parametrize("article", ["07", "06", "99"])
def test_13_only_health_care_articles_of_the_edition(article: str) -> None:
    story(CONTRACTS).given(budget({"04": 10, "06": 5, "07": 5})).when(contract("A", None, article=article)).then(
        said("contract.refused", reasons=[because("not_health_care", "13")])
    )


def test_13_the_article_is_of_the_latest_edition_taken() -> None:
    fund = story(CONTRACTS).given(budget({"04": 10}), budget({"03": 10}, edition=2, in_force_from="2026-07-01"))
    fund.when(contract("A", None), contract("B", None, article="03")).then(
        said("contract.refused", contract_id="A"), said("contract.concluded", contract_id="B")
    )


def test_13_while_the_year_has_no_edition_the_article_is_not_tested() -> None:
    story(CONTRACTS).when(contract("A", None, article="99"), contract("B", 1)).then(
        said("contract.concluded"), said("contract.refused", reasons=[exceeded(0, 0, 1)])
    )


@pytest.mark.parametrize(("valid_from", "valid_to"), [("2025-12-31", "2026-06-30"), ("2026-06-01", "2027-01-01")])
def test_13_the_validity_lies_in_the_year(valid_from: str, valid_to: str) -> None:
    share_of(10).when(contract("A", 1, valid_from=valid_from, valid_to=valid_to)).then(
        said("contract.refused", reasons=[because("outside_year", "13")])
    )


def test_13_every_failed_test_is_named() -> None:
    share_of(10).when(contract("A", 11, article="99", valid_to="2027-01-01")).then(
        refusal("contract", because("not_health_care", "13"), because("outside_year", "13"), exceeded(0, 0, 11))
    )


# --------------------------------------------------------------------------------------------------------------- the id


def test_13_the_same_contract_again_changes_nothing_and_other_content_is_refused() -> None:
    fund = share_of(10).given(contract("A", 6))
    fund.when(contract("A", 6)).then()
    fund.when(contract("A", 5)).then(
        said("contract.refused", contract_id="A", reasons=[because("contract_id_reused", "13")])
    )
    fund.when(contract("B", 4)).then(said("contract.concluded"))


def test_13_after_a_refusal_the_id_may_be_proposed_anew() -> None:
    share_of(10).given(contract("A", 11)).when(contract("A", 10)).then(said("contract.concluded", ceiling_cents=10))


def test_13_a_contract_proposed_again_after_a_change_changes_nothing() -> None:
    fund = share_of(10).given(contract("A", 6), day("2026-01-05"))
    fund.given(event("contract.change.proposed", "/vlk", contract_id="A", ceiling_cents=7))
    fund.when(contract("A", 6)).then()
