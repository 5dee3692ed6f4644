"""24, 25. A territorial fund's year: its report agrees with the ledger to the cent, its balance returns to the VLK."""

import pytest

from services.reconciliation.service import RECONCILIATION
from tests.engine.story import Happening, Json, Said, Story
from tests.given import because, bill, budget, cash, day, event, merged, said, shares, story

KAUNAS = "TLK-KAUNAS"


def ordered(order_id: str, cents: int, payer: str = KAUNAS, *, year: int = 2026, source: str = "PSDF") -> Happening:
    return event(
        "payment.ordered",
        "/payments",
        order_id=bill(order_id),
        payment_id=f"{bill('A')}@{year}",
        invoice_id=bill("A"),
        year=year,
        payer=payer,
        article="04",
        source=source,
        iban=None,
        amount_cents=cents,
        on_=f"{year}-03-02",
        partial=False,
        end_to_end_id="E",
        rules=["16"],
    )


def answered(order_id: str, outcome: str, cents: int = 0) -> Happening:
    data = {
        "order_id": bill(order_id),
        "payment_id": f"{bill('A')}@2026",
        "invoice_id": bill("A"),
        "amount_cents": cents,
    }
    return event(f"payment.{outcome}", "/payments", **data, on_="2026-03-03", rules=["16"])


def year_report(
    received: int, used: int, balance: int, payer: str = KAUNAS, source: str = "PSDF", **fields: object
) -> Happening:
    data = {"payer": payer, "year": 2026, "source": source}
    sums = {"received_cents": received, "used_cents": used, "balance_cents": balance}
    return event("payer.year.reported", f"/tlk/{payer}", **{**data, **sums, **fields})


def accepted(balance: int, **fields: object) -> Said:
    return said(
        "payer.year.accepted",
        payer=KAUNAS,
        year=2026,
        balance_cents=balance,
        return_by="2027-01-11",
        rules=["24", "25"],
        **fields,
    )


def refused(*reasons: Json, **fields: object) -> Said:
    return said("payer.year.refused", year=2026, reasons=reasons, rules=["24", "25"], **fields)


def returning(cents: int, **fields: object) -> Said:
    return said("balance.return.ordered", year=2026, amount_cents=cents, by="2027-01-11", rules=["25"], **fields)


def differs(reported: tuple[int, int, int], ours: tuple[int, int, int]) -> Json:
    names = ("received_cents", "used_cents", "balance_cents")
    own = ("received_ours_cents", "used_ours_cents", "balance_ours_cents")
    return because(
        "differs_from_ledger", "24", **dict(zip(names, reported, strict=True)), **dict(zip(own, ours, strict=True))
    )


def closed(on: str = "2027-01-04") -> Story:
    """Kaunas received 100 and ordered 70 in 2026."""
    return story(RECONCILIATION).given(
        shares("04", VLK=50, TLK_KAUNAS=50), cash(100, KAUNAS), cash(500), ordered("A#1", 70), day(on)
    )


# ----------------------------------------------------------------------------------------------------------- the report


def test_24_a_report_that_agrees_is_accepted_and_its_balance_returns() -> None:
    closed().when(year_report(100, 70, 30)).then(
        accepted(30, source="PSDF"), returning(30, payer=KAUNAS, source="PSDF")
    )


@pytest.mark.parametrize("reported", [(101, 70, 30), (100, 69, 30), (100, 70, 31), (100, 69, 31)])
def test_24_any_sum_that_differs_by_a_cent_is_refused_with_all_six(reported: tuple[int, int, int]) -> None:
    fund = closed()
    fund.when(year_report(*reported)).then(refused(differs(reported, (100, 70, 30)), balance_cents=reported[2]))
    fund.when(year_report(100, 70, 30)).then(accepted(30), returning(30))  # it may come again


def test_24_after_the_acceptance_another_report_is_silently_ignored() -> None:
    fund = closed().given(year_report(100, 70, 30))
    fund.when(year_report(100, 70, 30), year_report(1, 1, 0)).then()


def test_25_a_balance_of_nothing_gives_no_order() -> None:
    fund = closed().given(ordered("B#1", 30))
    fund.when(year_report(100, 100, 0)).then(accepted(0))


def test_24_received_is_by_value_day_and_used_by_the_orders_year_less_what_was_rejected() -> None:
    fund = story(RECONCILIATION).given(
        shares("04", TLK_KAUNAS=50),
        cash(100, KAUNAS, value_on="2026-12-31"),
        cash(7, KAUNAS, value_on="2027-01-01"),
        ordered("A#1", 40),
        ordered("A#2", 20),
        answered("A#1", "rejected", 40),
        answered("A#2", "executed", 20),
        ordered("A#3", 5, year=2027),
        day("2027-01-04"),
    )
    fund.when(year_report(100, 20, 80)).then(accepted(80), returning(80))


def test_24_each_source_is_reported_apart() -> None:
    fund = closed().given(cash(9, KAUNAS, "STATE", value_on="2026-12-30"))
    fund.when(year_report(9, 0, 9, source="STATE")).then(accepted(9, source="STATE"), returning(9, source="STATE"))
    fund.when(year_report(100, 70, 30)).then(accepted(30, source="PSDF"), returning(30))


def test_24_a_year_that_is_not_over_cannot_be_reported() -> None:
    closed("2026-12-31").when(year_report(100, 70, 30)).then(refused(because("year_not_over", "24")))


@pytest.mark.parametrize("payer", ["TLK-SIAULIAI", "VLK"])
def test_24_who_had_neither_share_nor_credit_does_not_report_nor_does_the_vlk(payer: str) -> None:
    closed().when(year_report(0, 0, 0, payer)).then(refused(because("unknown_payer", "24"), payer=payer))


def test_24_who_had_a_share_only_reports_nothings() -> None:
    fund = closed().given(shares("05", TLK_VILNIUS=1))
    fund.when(year_report(0, 0, 0, "TLK-VILNIUS")).then(said("payer.year.accepted", payer="TLK-VILNIUS"))


# ----------------------------------------------------------------------------------------------------- what comes later


def test_25_an_order_of_that_year_rejected_after_the_report_returns_too() -> None:
    fund = closed().given(year_report(100, 70, 30))
    fund.when(answered("A#1", "rejected", 70)).then(returning(70, payer=KAUNAS))


def test_25_an_order_rejected_before_the_report_is_part_of_its_balance() -> None:
    fund = closed().given(answered("A#1", "rejected", 70))
    fund.when(year_report(100, 0, 100)).then(accepted(100), returning(100))


def test_25_a_credit_of_that_year_after_the_report_returns_too() -> None:
    fund = closed().given(year_report(100, 70, 30))
    late = cash(5, KAUNAS, value_on="2026-12-31")
    fund.when(late).then(returning(5, payer=KAUNAS))
    fund.when(late, late.again()).then()
    fund.when(cash(5, KAUNAS, value_on="2027-01-04")).then()


# --------------------------------------------------------------------------------------------------------------- missed


def test_24_a_missed_report_is_announced_once_on_the_day_after_5_january() -> None:
    fund = closed("2027-01-05")
    fund.when(day("2027-01-06")).then(
        said("payer.year.overdue", payer=KAUNAS, year=2026, source="PSDF", by="2027-01-05", rules=["24"])
    )
    fund.when(day("2027-03-01")).then()


def test_24_L7_who_has_a_share_of_nothing_reports_nothing() -> None:
    fund = story(RECONCILIATION, since="2026-06-01").given(shares("04", VLK=1, TLK_KAUNAS=0), day("2027-01-05"))
    fund.when(day("2027-01-06")).then()


def test_24_R3_a_reference_of_anothers_credit_is_counted_here_as_little_as_in_payments() -> None:
    credits_ = (cash(100, payer, value_on="2026-06-01", reference="BATCH-7") for payer in (KAUNAS, "TLK-VILNIUS"))
    fund = story(RECONCILIATION, since="2026-06-01").given(*credits_, day("2027-01-05"))
    fund.when(day("2027-01-06")).then(said("payer.year.overdue", payer=KAUNAS))


def test_24_the_term_rolls_to_a_working_day_and_so_does_that_of_the_return() -> None:
    """5 January 2030 is a Saturday; 10 January 2027 a Sunday."""
    fund = story(RECONCILIATION, since="2029-06-01").given(shares("04", year=2029, TLK_KAUNAS=1), day("2030-01-07"))
    fund.when(day("2030-01-08")).then(said("payer.year.overdue", by="2030-01-07"))


def test_24_a_refused_report_is_missed_and_an_accepted_one_is_not() -> None:
    fund = closed("2027-01-05").given(year_report(1, 1, 0))
    fund.when(day("2027-01-06")).then(said("payer.year.overdue", payer=KAUNAS))
    closed("2027-01-05").given(year_report(100, 70, 30)).when(day("2027-01-06")).then()


@pytest.mark.parametrize(("first_day", "missed"), [("2026-12-31", True), ("2027-01-01", False)])
def test_24_years_that_ended_before_the_fund_started_here_are_not_missed(first_day: str, missed: bool) -> None:
    fund = story(RECONCILIATION).given(day(first_day), shares("04", year=2026, TLK_KAUNAS=1), day("2027-01-05"))
    fund.when(day("2027-01-06")).then(*([said("payer.year.overdue", payer=KAUNAS)] if missed else []))


# -------------------------------------------------------------------------------------------------------------- mergers


def test_26_the_merged_payer_reports_no_more_and_its_ledger_is_the_others() -> None:
    fund = closed("2026-12-30").given(
        cash(10, "TLK-VILNIUS"), merged(KAUNAS, "TLK-VILNIUS", "2026-12-31"), day("2027-01-04")
    )
    fund.when(year_report(110, 70, 40, "TLK-VILNIUS")).then(
        said("payer.year.accepted", payer="TLK-VILNIUS", balance_cents=40), returning(40, payer="TLK-VILNIUS")
    )
    fund.when(day("2027-01-06")).then()


def test_26_what_is_merged_into_the_vlk_needs_no_report() -> None:
    fund = closed("2026-12-30").given(merged(KAUNAS, "VLK", "2026-12-31"), day("2027-01-05"))
    fund.when(day("2027-01-06")).then()


def test_24_an_order_of_the_merged_payer_rejected_lowers_the_others_used() -> None:
    fund = closed("2026-12-30").given(merged(KAUNAS, "TLK-VILNIUS", "2026-12-31"), answered("A#1", "rejected", 70))
    fund.given(budget({"04": 1}), day("2027-01-04"))
    fund.when(year_report(100, 0, 100, "TLK-VILNIUS")).then(said("payer.year.accepted"), returning(100))


# ------------------------------------------------------------------------------------------ what was executed comes back


def test_25_what_comes_back_of_an_executed_order_was_not_used() -> None:
    fund = story(RECONCILIATION, since="2026-03-02").given(
        cash(100, KAUNAS), ordered("A#1", 70), answered("A#1", "executed", 70)
    )
    fund.given(answered("A#1", "returned", 70), day("2027-01-04"))
    fund.when(year_report(100, 0, 100)).then_of("payer.year", accepted(100))


def test_25_after_the_accepted_report_it_is_one_more_return() -> None:
    fund = closed("2027-01-04").given(year_report(100, 70, 30))
    fund.given(answered("A#1", "executed", 70))
    fund.when(answered("A#1", "returned", 70)).then(
        said("balance.return.ordered", payer=KAUNAS, year=2026, amount_cents=70, rules=["25"])
    )
    fund.when(answered("A#1", "returned", 70)).then()


def test_25_what_was_not_ordered_here_comes_back_to_nobody() -> None:
    closed("2027-01-04").when(answered("B#1", "returned", 70)).then()


@pytest.mark.parametrize(
    "heard",
    [
        ["rejected", "ordered"],
        ["ordered", "returned", "executed"],
        ["returned", "ordered", "executed"],
        ["returned", "executed", "ordered"],
        ["executed", "returned", "ordered"],
        ["executed", "ordered", "returned"],
    ],
)
def test_25_what_is_back_was_not_used_in_whatever_order_it_is_heard(heard: list[str]) -> None:
    """Orders and their outcomes come from several topics, which overtake each other where much has waited."""
    fund = closed()
    fund.given(*(ordered("A#9", 7) if what == "ordered" else answered("A#9", what, 7) for what in heard))
    fund.when(year_report(100, 70, 30)).then(accepted(30), returning(30))


def test_25_what_is_heard_executed_before_it_was_ordered_is_used() -> None:
    fund = closed().given(answered("A#9", "executed", 7), ordered("A#9", 7))
    fund.when(year_report(100, 77, 23)).then(accepted(23), returning(23))


def test_25_what_is_back_before_its_execution_is_heard_is_one_more_return_once() -> None:
    fund = closed().given(ordered("A#9", 7), year_report(100, 77, 23))
    fund.when(answered("A#9", "returned", 7)).then(returning(7))
    fund.when(answered("A#9", "executed", 7)).then()
