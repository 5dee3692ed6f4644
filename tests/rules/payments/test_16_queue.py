"""16. Queues: the earliest first, nobody overtakes in a pot; share and article with all their numbers."""

from services.payments.service import PAYMENTS
from tests.engine.story import Json, Said
from tests.given import bill, budget, cents, day, invoice, of_vlk, said, shares, story


def deferred(number: str, reason: str, **terms: object) -> Said:
    return said("payment.deferred", invoice_id=bill(number), reason=reason, terms=terms)


def scheduled(number: str, amount: int, **fields: object) -> Said:
    return said("payment.scheduled", invoice_id=bill(number), amount_cents=amount, **fields)


def share_terms(share: int, payer_committed: int, limit: int, committed: int, asked: int) -> Json:
    return cents(
        share=share,
        payer_committed=payer_committed,
        article_limit=limit,
        article_committed=committed,
        notified=0,
        asked=asked,
    )


# ---------------------------------------------------------------------------------------------- the tests, and equality


def test_16_a_territorial_fund_pays_up_to_its_share_and_not_a_cent_more() -> None:
    tlk = {"payer": "TLK-KAUNAS"}
    fund = story(PAYMENTS).given(budget({"04": 1_000}), shares("04", VLK=400, TLK_KAUNAS=600), invoice("A", 599, **tlk))
    fund.when(invoice("B", 2, **tlk)).then(deferred("B", "payer_share", **share_terms(600, 599, 1_000, 599, 2)))
    fund = story(PAYMENTS).given(budget({"04": 1_000}), shares("04", VLK=400, TLK_KAUNAS=600), invoice("A", 599, **tlk))
    fund.when(invoice("B", 1, **tlk)).then(
        scheduled(
            "B",
            1,
            payment_id=f"{bill('B')}@2026",
            year=2026,
            payer="TLK-KAUNAS",
            article="04",
            source="PSDF",
            over_appropriation_cents=0,
            notice_no=None,
            rules=["16", "HIL 14(3)"],
            terms=share_terms(600, 599, 1_000, 599, 1) | cents(total_limit=1_000, total_committed=599),
        )
    )


def test_16_a_territorial_fund_without_a_share_pays_nothing() -> None:
    story(PAYMENTS).given(budget({"04": 1_000})).when(invoice("A", 1, payer="TLK-KAUNAS")).then(
        deferred("A", "payer_share", **share_terms(0, 0, 1_000, 0, 1))
    )


def test_16_a_territorial_fund_cannot_pass_the_article_even_within_its_share() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 1_000}),
        shares("04", VLK=400, TLK_KAUNAS=600),
        invoice("A", 400),
        budget({"04": 900}, total=1_000, edition=2),
    )
    fund.when(invoice("B", 501, payer="TLK-KAUNAS")).then(
        deferred("B", "payer_share", **share_terms(600, 0, 900, 400, 501))
    )


def test_16_the_vlk_over_its_share_but_within_the_article_must_redistribute_first() -> None:
    fund = story(PAYMENTS).given(budget({"04": 1_000}), shares("04", VLK=400, TLK_KAUNAS=600), invoice("A", 400))
    fund.when(invoice("B", 600)).then(deferred("B", "payer_share", **share_terms(400, 400, 1_000, 400, 600)))
    fund.when(shares("04", VLK=1_000)).then(scheduled("B", 600))


def test_16_the_vlk_over_the_article_waits_for_the_appropriation() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 1_000}, total=2_000), shares("04", VLK=400, TLK_KAUNAS=600), invoice("A", 400)
    )
    fund.when(invoice("B", 601)).then(
        said(
            "payment.deferred",
            invoice_id=bill("B"),
            reason="appropriation",
            rules=["16", "18"],
            terms=share_terms(400, 400, 1_000, 400, 601) | cents(kept_for_tlk=600),
        )
    )


def test_16_the_vlk_over_the_article_and_over_the_year_is_told_of_the_year() -> None:
    fund = story(PAYMENTS).given(budget({"04": 1_000}, total=1_500), shares("04", VLK=1_000), invoice("A", 1_000))
    fund.when(invoice("B", 501)).then(
        said(
            "payment.deferred",
            reason="year_total",
            rules=["HIL 14(3)"],
            terms=cents(total_limit=1_500, total_committed=1_000, asked=501),
        )
    )


def test_16_the_year_is_a_hard_cap_within_share_and_article_too() -> None:
    """The articles of an edition may be more than its total only where an edition is odd; the total still binds."""
    fund = story(PAYMENTS).given(budget({"04": 1_000}, expenses_total_cents=700), shares("04", VLK=1_000))
    fund.when(invoice("A", 701)).then(
        deferred("A", "year_total", **cents(total_limit=700, total_committed=0, asked=701))
    )
    fund.when(invoice("B", 1, article="05")).then(
        said("payment.deferred", invoice_id=bill("B"), reason="appropriation")
    )


def test_16_an_edition_in_force_on_the_pay_day_is_asked_not_that_of_today() -> None:
    """A lower edition that comes into force before the pay day limits what is accepted today."""
    fund = story(PAYMENTS).given(
        budget({"04": 1_000}, total=2_000),
        budget({"04": 500}, total=2_000, edition=2, in_force_from="2026-02-01"),
        shares("04", VLK=1_000),
    )
    fund.when(invoice("A", 600, due_on="2026-01-30")).then(scheduled("A", 600))
    fund.when(invoice("B", 1, due_on="2026-02-02")).then(
        said(
            "payment.deferred",
            reason="appropriation",
            terms=share_terms(1_000, 600, 500, 600, 1) | cents(kept_for_tlk=0),
        )
    )


# ------------------------------------------------------------------------------------------------------------ the queue


def test_16_who_stands_behind_a_deferred_head_is_deferred_though_it_would_fit() -> None:
    fund = story(PAYMENTS).given(budget({"04": 100}), shares("04", TLK_KAUNAS=100))
    fund.when(invoice("A", 101, payer="TLK-KAUNAS"), invoice("B", 1, payer="TLK-KAUNAS")).then(
        deferred("A", "payer_share", **share_terms(100, 0, 100, 0, 101)),
        said(
            "payment.deferred",
            invoice_id=bill("B"),
            reason="earlier_unpaid",
            rules=["16"],
            amount_cents=1,
            terms={"behind": bill("A")},
        ),
    )


def test_16_a_deferral_is_told_once_and_not_every_day() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 100}),
        shares("04", TLK_KAUNAS=100),
        invoice("A", 101, payer="TLK-KAUNAS"),
        invoice("B", 1, payer="TLK-KAUNAS"),
    )
    fund.when(day("2026-01-10")).then()
    fund.when(shares("04", TLK_KAUNAS=99, VLK=1)).then()


def test_16_a_deferral_is_told_again_when_its_reason_changes() -> None:
    fund = story(PAYMENTS).given(budget({"04": 100}, total=300), shares("04", VLK=50, TLK_KAUNAS=50), invoice("A", 90))
    fund.when(shares("04", VLK=100)).then(scheduled("A", 90))
    fund.when(invoice("B", 20)).then(said("payment.deferred", invoice_id=bill("B"), reason="appropriation"))
    fund.when(budget({"04": 100}, total=105, edition=2)).then(
        said("payment.deferred", invoice_id=bill("B"), reason="year_total")
    )
    fund.when(budget({"04": 100}, total=300, edition=3)).then(
        said("payment.deferred", invoice_id=bill("B"), reason="appropriation")
    )


def test_16_another_pot_is_not_blocked() -> None:
    fund = story(PAYMENTS).given(budget({"04": 100}), shares("04", TLK_KAUNAS=50, TLK_VILNIUS=50))
    fund.when(invoice("A", 51, payer="TLK-KAUNAS"), invoice("B", 50, payer="TLK-VILNIUS")).then(
        said("payment.deferred", invoice_id=bill("A")), scheduled("B", 50)
    )


def test_16_the_head_with_the_earliest_acceptance_of_all_pots_is_tested_next() -> None:
    """Freed money goes to the earliest accepted, whatever its pot: one sum of the year for two payers."""
    articles = {"04": 200, "05": 100}
    fund = story(PAYMENTS).given(
        budget(articles, expenses_total_cents=100),
        shares("04", TLK_KAUNAS=200),
        shares("05", TLK_VILNIUS=100),
        invoice("FULL", 100, payer="TLK-KAUNAS"),
        day("2026-01-06"),
        invoice("LATE", 60, payer="TLK-KAUNAS"),
    )
    fund.given(invoice("EARLY", 60, payer="TLK-VILNIUS", article="05", accepted_on="2026-01-05"))
    fund.when(budget(articles, expenses_total_cents=219, edition=2)).then(scheduled("EARLY", 60))
    fund.when(budget(articles, expenses_total_cents=220, edition=3)).then(scheduled("LATE", 60))


def test_16_of_one_acceptance_day_the_earlier_arrival_is_first_then_the_invoice_id() -> None:
    fund = story(PAYMENTS).given(budget({"04": 10}), day("2026-01-05"))
    moment = "2026-01-05T08:00:00+02:00"
    for number in ("Z", "B", "A"):  # Z arrived first, A and B together
        arrived_at = "2026-01-05T07:00:00+02:00" if number == "Z" else moment
        fund.given(invoice(number, 4, payer="TLK-KAUNAS", arrived_at=arrived_at))
    fund.when(shares("04", TLK_KAUNAS=10)).then(
        scheduled("Z", 4), scheduled("A", 4), said("payment.deferred", invoice_id=bill("B"), reason="payer_share")
    )


def test_16_an_acceptance_tests_its_own_pot_only() -> None:
    """What time has made payable in another pot is tested when a day starts, or when money is freed."""
    lower = budget({"04": 100}, total=400, edition=2, in_force_from="2026-01-01", on="2026-01-02")
    fund = story(PAYMENTS).given(budget({"04": 200}, total=400), shares("04", VLK=200), invoice("A", 150), lower)
    fund.when(invoice("B", 50)).then(said("payment.deferred", invoice_id=bill("B"), reason="appropriation"))
    fund.when(invoice("D", 10, payer="TLK-KAUNAS")).then(
        said("payment.deferred", invoice_id=bill("D"), reason="payer_share")
    )


# ------------------------------------------------------------------------------------------------------------ next year


def test_16_what_is_to_be_paid_in_the_next_year_stands_aside_and_blocks_nobody() -> None:
    fund = of_vlk(100).given(day("2026-12-10"))
    fund.when(invoice("A", 60, due_on="2027-01-11"), invoice("B", 50, due_on="2026-12-30")).then(
        said(
            "payment.deferred",
            invoice_id=bill("A"),
            reason="next_year",
            year=2026,
            rules=["24"],
            terms={"year": 2027, "pay_on": "2027-01-11"},
        ),
        scheduled("B", 50),
    )
    fund.when(invoice("D", 50, due_on="2026-12-30")).then(scheduled("D", 50))


def test_16_when_the_last_run_of_the_year_is_over_what_waits_stands_aside() -> None:
    """Its next run is in the new year."""
    fund = story(PAYMENTS).given(
        budget({"04": 100}, total=200),
        shares("04", TLK_KAUNAS=100),
        day("2026-12-31"),
        invoice("A", 200, payer="TLK-KAUNAS", due_on="2026-12-31"),
    )
    fund.then(said("payment.deferred", reason="next_year", terms={"year": 2027, "pay_on": "2027-01-04"}))


def test_24_what_stood_aside_is_tested_when_its_year_starts() -> None:
    fund = story(PAYMENTS).given(
        budget({"04": 100}),
        budget({"04": 70}, year=2027, on="2026-12-01"),
        shares("04", year=2027, VLK=70),
        day("2026-12-10"),
        invoice("A", 60, due_on="2027-01-11"),
        day("2026-12-31"),
    )
    fund.when(day("2027-01-01")).then(
        said("payment.carried", invoice_id=bill("A"), from_year=2026, to_year=2027, amount_cents=60, rules=["24"]),
        scheduled("A", 60, payment_id=f"{bill('A')}@2027", pay_on="2027-01-11", year=2027),
    )
