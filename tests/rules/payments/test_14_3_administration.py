"""HIL 14(3), 11. What is paid outside the queues, the administration, counts to the year's total as all else does."""

from services.payments.service import PAYMENTS
from services.payments.views import fund_standing
from tests.engine.story import Happening, Said
from tests.given import (
    FUND,
    because,
    bill,
    budget,
    cents,
    day,
    delivered,
    event,
    invoice,
    merged,
    parked,
    refusal,
    said,
    shares,
    story,
)


def administration(amount: int, reference: str = "ADM-1", **changed: object) -> Happening:
    """The treasury has paid administration of the VLK, of article 06, on the day."""
    on = str(changed.pop("on", "")) or None
    data = {"payer": "VLK", "year": 2026, "article": "06", "paid_on": "2026-01-02", **changed}
    return event("administration.paid", "/treasury", on=on, amount_cents=amount, reference=reference, **data)


def counted(amount: int, *flags: object) -> Said:
    return said(
        "administration.counted", amount_cents=amount, article="06", flags=list(flags), rules=["HIL 14(3)", "11"]
    )


def test_14_3_the_hard_cap_counts_administration() -> None:
    """Lawyer's point 10: 100 of the year, 40 of administration are paid, 60 are left for invoices and not 70."""
    story(PAYMENTS).given(budget({"04": 70, "06": 30}), shares("04", VLK=70), administration(40)).when(
        invoice("A", 70)
    ).then(
        said(
            "payment.deferred",
            reason="year_total",
            terms=cents(total_limit=100, total_committed=40, asked=70),
        )
    )


def test_14_3_up_to_the_cap_it_passes() -> None:
    story(PAYMENTS).given(budget({"04": 70, "06": 30}), shares("04", VLK=70), administration(30)).when(
        invoice("A", 70)
    ).then(said("payment.scheduled", amount_cents=70))


def test_14_3_what_passes_its_article_or_the_total_is_counted_and_flagged() -> None:
    over = because("administration_over", "HIL 14(3)", **cents(article_limit=30, article_committed=0, asked=31))
    total = because("year_total", "HIL 14(3)", **cents(total_limit=100, total_committed=70, asked=31))
    story(PAYMENTS).given(budget({"04": 70, "06": 30}), shares("04", VLK=70), invoice("A", 70)).when(
        administration(31)
    ).then(counted(31, over, total))


def test_14_3_a_notice_for_which_the_year_has_no_room_any_more_is_withdrawn() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 70, "06": 30}),
        shares("04", VLK=70),
        invoice("K", 70),
        invoice("A", 30),
        day("2026-01-03"),
    )
    fund.when(administration(1)).then(
        counted(1, because("year_total", "HIL 14(3)", **cents(total_limit=100, total_committed=100, asked=1))),
        said("overrun.withdrawn", because="administration.paid"),
        said("payment.deferred", invoice_id=bill("A"), reason="year_total"),
    )
    fund.when(delivered("2026-04-1")).then()


def test_14_3_a_notice_is_withdrawn_too_where_the_edition_of_its_pay_day_has_no_room() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 70, "06": 300}),
        budget({"04": 70, "06": 40}, edition=2, in_force_from="2026-02-01"),
        shares("04", edition=2, VLK=70),
        invoice("K", 70, due_on="2026-02-09"),
        invoice("A", 30, due_on="2026-02-10"),
        day("2026-01-03"),
    )
    fund.given(administration(10))
    assert list(fund.state.notices) == ["04"]
    fund.when(administration(1, reference="S-2")).then(
        counted(1), said("overrun.withdrawn"), said("payment.deferred", invoice_id=bill("A"), reason="year_total")
    )


def test_11_without_a_budget_a_month_holds_administration_too() -> None:
    last = budget({"04": 900, "06": 300}, year=2025)
    story(PAYMENTS).given(last, administration(40)).when(invoice("A", 70, due_on="2026-01-30")).then(
        said(
            "payment.deferred",
            reason="one_twelfth",
            terms={"month": "2026-01", **cents(cap=100, committed=40, asked=70)},
        )
    )


def test_14_3_what_is_paid_outside_the_queues_is_ordered_and_transferred_in_its_payers_part_too() -> None:
    """The payers' parts of an article add up to the article's own K and P."""
    fund = story(PAYMENTS).given(
        budget({"04": 70, "06": 30}),
        shares("06", VLK=30),
        administration(10),
        administration(5, "B", payer="TLK-KAUNAS"),
    )
    standing = fund_standing(fund.state, FUND)
    (article,) = (each for each in standing.articles if each.article == "06")
    parts = [each for each in standing.pots if each.article == "06"]
    assert [(each.payer, each.ordered_cents, each.transferred_cents) for each in parts] == [
        ("TLK-KAUNAS", 5, 5),
        ("VLK", 10, 10),
    ]
    assert sum(each.committed_cents for each in parts) == article.committed_cents
    assert sum(each.transferred_cents for each in parts) == article.transferred_cents


def test_14_3_the_same_reference_counts_once_and_another_content_is_laid_aside() -> None:
    fund = story(PAYMENTS).given(budget({"04": 70, "06": 30}), administration(10))
    fund.when(administration(10)).then()
    fund.when(administration(11)).then(parked("administration.paid"))


def test_14_3_after_a_merger_the_reference_is_still_known() -> None:
    fund = story(PAYMENTS).given(budget({"04": 70, "06": 30}), administration(10, payer="TLK-KAUNAS"))
    fund.given(merged("TLK-KAUNAS", "VLK", "2026-01-03"), day("2026-01-03"))
    fund.when(administration(10, payer="TLK-KAUNAS")).then()
    fund.when(administration(10, payer="VLK")).then()


def test_14_3_health_care_sodra_and_unknown_articles_go_through_their_queues() -> None:
    fund = story(PAYMENTS).given(budget({"04": 70, "06": 20, "07": 10}))
    for article in ("04", "07", "99"):
        fund.when(administration(1, article=article)).then(
            refusal("administration", because("not_administration", "HIL 14(3)", article=article), article=article)
        )


def test_14_3_a_day_that_has_not_come_or_is_far_is_laid_aside() -> None:
    fund = story(PAYMENTS).given(budget({"04": 70, "06": 30}))
    fund.when(administration(1, paid_on="2026-01-03")).then(parked("administration.paid"))
    fund.when(administration(1, paid_on="2024-01-03", year=2024)).then(parked("administration.paid"))
