"""12. The distribution by quarter and by payer adds up to the article in both tables."""

import pytest

from services.contracts.service import CONTRACTS
from services.contracts.views import contracted
from shared.kernel.budget import Edition
from shared.kernel.money import equal_parts
from tests.engine.story import Happening, Json
from tests.given import because, budget, contract, event, merged, refusal, said, shares, story


def distribution(quarters: dict[str, int], of_payer: dict[str, int], edition: int = 1, **more: object) -> Happening:
    """Article by article: the first quarter gets all; the VLK gets all."""
    rows = [
        {"article": article, "q1_cents": cents, "q2_cents": 0, "q3_cents": 0, "q4_cents": 0}
        for article, cents in quarters.items()
    ]
    shared = [{"payer": "VLK", "article": article, "amount_cents": cents} for article, cents in of_payer.items()]
    return event("distribution.proposed", "/vlk", year=2026, edition=edition, quarters=rows, shares=shared, **more)


def sums(article: str, got: int, article_sum: int) -> Json:
    return {"article": article, "sum_cents": got, "article_sum_cents": article_sum}


def test_12_equal_quarters_leave_the_remainder_cents_to_the_last() -> None:
    assert equal_parts(100_003, 4) == [25_000, 25_000, 25_000, 25_003]


def test_A15_12_a_distribution_looks_no_article_up_among_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """20 000 articles took 7 s of the loop that decides."""
    articles = {f"{number:03}": 4 for number in range(300)}
    fund = story(CONTRACTS).given(budget(articles))
    monkeypatch.setattr(Edition, "article", None)
    fund.when(distribution(articles, articles)).then_of("distribution", said("distribution.adopted"))


def test_12_what_adds_up_in_both_tables_is_adopted() -> None:
    proposed = shares("04", VLK=60, TLK_KAUNAS=40)
    _, data = proposed.forms["distribution.proposed"]
    story(CONTRACTS).given(budget({"04": 100})).when(proposed).then(
        said(
            "distribution.adopted",
            year=2026,
            edition=1,
            shares=data["shares"],
            quarters=data["quarters"],
            rules=["12"],
        )
    )


def test_12_each_named_article_must_add_up_in_both_tables_else_it_is_refused_with_both_sums() -> None:
    fund = story(CONTRACTS).given(budget({"03": 50, "04": 100}))
    fund.when(distribution({"03": 49, "04": 100}, {"03": 51, "04": 100})).then(
        refusal(
            "distribution",
            because("quarters_sum", "12", articles=[sums("03", 49, 50)]),
            because("shares_sum", "12", articles=[sums("03", 51, 50)]),
            year=2026,
            edition=1,
            rules=["12"],
        )
    )


def test_12_an_article_named_in_one_table_only_does_not_add_up_in_the_other() -> None:
    fund = story(CONTRACTS).given(budget({"03": 50, "04": 100}))
    fund.when(distribution({"04": 100}, {"03": 50, "04": 100})).then(
        said("distribution.refused", reasons=[because("quarters_sum", "12", articles=[sums("03", 0, 50)])])
    )


def test_12_an_article_that_the_edition_does_not_have_adds_up_to_nothing() -> None:
    story(CONTRACTS).given(budget({"04": 100})).when(distribution({"09": 1}, {"09": 1})).then(
        refusal(
            "distribution",
            because("quarters_sum", "12", articles=[sums("09", 1, 0)]),
            because("shares_sum", "12", articles=[sums("09", 1, 0)]),
        )
    )


def test_12_only_for_the_latest_edition_taken_though_another_is_in_force() -> None:
    fund = story(CONTRACTS).given(budget({"04": 100}), budget({"04": 90}, edition=2, in_force_from="2026-07-01"))
    fund.when(shares("04", VLK=100)).then(
        said("distribution.refused", edition=1, reasons=[because("unknown_edition", "12")])
    )
    fund.when(shares("04", edition=3, VLK=100)).then(said("distribution.refused", edition=3))
    fund.when(shares("04", edition=2, VLK=90)).then(said("distribution.adopted", edition=2))


def test_12_before_any_edition_there_is_nothing_to_distribute() -> None:
    story(CONTRACTS).when(shares("04", VLK=1)).then(
        said("distribution.refused", reasons=[because("unknown_edition", "12")])
    )


def test_12_the_other_articles_keep_their_last_shares_and_the_last_distribution_stands_under_a_new_edition() -> None:
    fund = story(CONTRACTS).given(
        budget({"03": 50, "04": 100}), shares("03", VLK=50), shares("04", VLK=100), shares("04", VLK=40, TLK_KAUNAS=60)
    )
    fund.given(budget({"03": 50, "04": 200}, edition=2))
    fund.when(contract("A", 50, article="03"), contract("B", 41)).then(
        said("contract.concluded", contract_id="A"),
        refusal(
            "contract",
            because("share_exceeded", "13", share_cents=40, contracted_cents=0, asked_cents=41, free_cents=40),
            contract_id="B",
        ),
    )


def test_12_a_payer_left_out_of_an_article_that_is_named_has_no_share_any_more() -> None:
    fund = story(CONTRACTS).given(budget({"04": 100}), shares("04", VLK=40, TLK_KAUNAS=60), shares("04", VLK=100))
    fund.when(contract("A", 1, payer="TLK-KAUNAS")).then(said("contract.refused"))


def test_12_an_edition_of_the_distribution_with_only_the_vlk_simply_works() -> None:
    fund = story(CONTRACTS).given(budget({"04": 100}), shares("04", VLK=100))
    fund.when(contract("A", 100)).then(said("contract.concluded"))


def test_26_a_share_of_a_merged_payer_is_the_others() -> None:
    fund = story(CONTRACTS).given(budget({"04": 100}), merged("TLK-KAUNAS", "VLK", "2026-01-02"))
    fund.when(shares("04", VLK=40, TLK_KAUNAS=60)).then(said("distribution.adopted"))
    fund.when(contract("A", 100)).then(said("contract.concluded"))


def test_12_26_a_distribution_names_a_merged_payer_once_as_the_other() -> None:
    """Every event that still names it is read, and announced, as naming the other."""
    fund = story(CONTRACTS).given(budget({"04": 100}), merged("TLK-KAUNAS", "TLK-VILNIUS", "2026-01-02"))
    fund.when(shares("04", VLK=40, TLK_KAUNAS=60)).then(
        said(
            "distribution.adopted",
            shares=[
                {"payer": "VLK", "article": "04", "amount_cents": 40},
                {"payer": "TLK-VILNIUS", "article": "04", "amount_cents": 60},
            ],
        )
    )


def test_L7_12_an_article_named_by_its_quarters_only_has_no_share_left() -> None:
    """Its sum is 0 now: both tables add up, and nobody has a share any more."""
    fund = story(CONTRACTS).given(
        budget({"04": 100, "05": 7}),
        shares("04", VLK=40, TLK_KAUNAS=60),
        shares("05", VLK=7),
        budget({"04": 0, "05": 7}, edition=2),
    )
    fund.when(distribution({"04": 0}, {}, edition=2)).then(said("distribution.adopted", shares=[]))
    fund.when(contract("A", 1, payer="TLK-KAUNAS"))
    (refused,) = fund.came
    assert refused["data"]["reasons"][0]["terms"]["share_cents"] == 0
    assert [pot.share_cents for pot in contracted(fund.state, 2026) if pot.article == "04"] == []
    fund.when(contract("B", 7, article="05")).then(said("contract.concluded"))
