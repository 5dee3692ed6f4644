"""8-10. The reserve: what its parts may be used for and by whom, and the transfers to it."""

import pytest

from services.reserve.service import RESERVE
from tests.engine.story import Happening, Json, Said, Story
from tests.given import because, budget, day, event, refusal, said, story


def use(cents: int, part: str, sender: str, **fields: object) -> Happening:
    proposed = {
        "year": 2026,
        "part": part,
        "amount_cents": cents,
        "purpose": "care",
        "article": "04",
        "decided_on": "2026-03-02",
        "document": "R-1",
    }
    return event("reserve.use.proposed", sender, **{**proposed, **fields})


def with_reserve(main: int = 100, risk: int = 50) -> Story:
    return story(RESERVE).given(budget({"04": 1_000}, reserve_main_cents=main, reserve_risk_cents=risk))


def refused(*reasons: Json) -> Said:
    return said("reserve.use.refused", reasons=reasons)


# ------------------------------------------------------------------------------------------------------------- its uses


def test_8_each_part_is_used_by_its_decider_up_to_what_it_holds() -> None:
    fund = with_reserve()
    fund.when(use(101, "main", "/government")).then(
        refused(because("more_than_reserve", "8", part="main", left_cents=100, asked_cents=101))
    )
    fund.when(use(60, "main", "/government"), use(50, "risk", "/ministry")).then(
        said(
            "reserve.use.allowed",
            year=2026,
            part="main",
            amount_cents=60,
            purpose="care",
            article="04",
            decided_on="2026-03-02",
            document="R-1",
            rules=["8"],
        ),
        said("reserve.use.allowed", part="risk", amount_cents=50),
    )
    fund.when(use(41, "main", "/government"), use(1, "risk", "/ministry")).then(
        refused(because("more_than_reserve", "8", part="main", left_cents=40, asked_cents=41)),
        refused(because("more_than_reserve", "8", part="risk", left_cents=0, asked_cents=1)),
    )
    fund.when(use(40, "main", "/government")).then(said("reserve.use.allowed"))


@pytest.mark.parametrize(("part", "sender"), [("main", "/ministry"), ("risk", "/government")])
def test_8_another_decider_is_refused(part: str, sender: str) -> None:
    with_reserve().when(use(1, part, sender)).then(refused(because("wrong_decider", "8")))


def test_8_each_use_names_its_document() -> None:
    with_reserve().when(use(1, "risk", "/ministry", document="")).then(refused(because("no_document", "8")))


@pytest.mark.parametrize("purpose", ["", " ", "\n", "\u00a0"])
def test_R5_each_use_names_its_purpose(purpose: str) -> None:
    fund = with_reserve()
    fund.when(use(1, "risk", "/ministry", purpose=purpose)).then(
        refusal(
            "reserve.use",
            because("no_purpose", "8"),
            year=2026,
            part="risk",
            amount_cents=1,
            purpose=purpose,
            document="R-1",
            rules=["8", "23"],
        )
    )
    fund.when(use(50, "risk", "/ministry")).then(said("reserve.use.allowed", part="risk", amount_cents=50))


def test_8_all_that_fails_is_named() -> None:
    with_reserve().when(use(101, "main", "/ministry", document=" ", purpose=" ")).then(
        refused(
            because("wrong_decider", "8"),
            because("no_document", "8"),
            because("no_purpose", "8"),
            because("more_than_reserve", "8", part="main", left_cents=100, asked_cents=101),
        )
    )


def test_8_the_reserve_is_of_the_edition_in_force_on_the_day_less_what_was_used() -> None:
    fund = with_reserve().given(
        budget({"04": 1_000}, edition=2, in_force_from="2026-07-01", reserve_main_cents=100, reserve_risk_cents=20)
    )
    fund.given(use(15, "risk", "/ministry"))
    fund.given(day("2026-07-01"))
    fund.when(use(6, "risk", "/ministry")).then(
        refused(because("more_than_reserve", "8", part="risk", left_cents=5, asked_cents=6))
    )


def test_8_without_a_budget_there_is_no_reserve() -> None:
    story(RESERVE).when(use(1, "risk", "/ministry")).then(
        refused(because("more_than_reserve", "8", part="risk", left_cents=0, asked_cents=1))
    )


# -------------------------------------------------------------------------------------------------------- its transfers


def approval(cents: int, kind: str = "9.1", document: str = "D-1") -> Happening:
    return event("reserve.transfer.approved", "/vlk", year=2026, kind=kind, amount_cents=cents, document=document)


def reported(cents: int, kind: str = "9.1") -> Happening:
    return event("reserve.transfer.reported", "/treasury", year=2026, kind=kind, amount_cents=cents, on_="2026-03-03")


def transfer(step: str, cents: int, kind: str = "9.1", **fields: object) -> Said:
    return said(
        f"reserve.transfer.{step}",
        year=2026,
        kind=kind,
        amount_cents=cents,
        by="2026-12-31",
        rules=["9", "10"],
        **fields,
    )


def planned(law: int = 70, before: int | None = 30, now: int = 10, **fields: object) -> Happening:
    return budget(
        {"04": 1_000},
        reserve_transfer_cents=law,
        working_capital_before_cents=before,
        working_capital_cents=now,
        **fields,
    )


def test_9_transfers_are_planned_when_the_edition_is_adopted() -> None:
    story(RESERVE).when(planned()).then(transfer("planned", 70), transfer("planned", 20, "9.2"))


@pytest.mark.parametrize(("before", "now"), [(None, 10), (10, 10), (9, 10)])
def test_9_2_nothing_is_planned_without_working_capital_above_the_laws(before: int | None, now: int) -> None:
    story(RESERVE).when(planned(law=0, before=before, now=now)).then()


def test_9_another_edition_plans_the_new_sum_and_the_same_sum_is_not_told_again() -> None:
    fund = story(RESERVE).given(planned())
    fund.when(planned(edition=2)).then()
    fund.when(planned(law=80, edition=3)).then(transfer("planned", 80))


def test_10_the_approved_sum_equals_the_planned_one_and_names_its_document() -> None:
    fund = story(RESERVE).given(planned())
    fund.when(approval(71)).then(
        transfer("refused", 71, reasons=[because("unplanned_transfer", "10", planned_cents=70, asked_cents=71)])
    )
    fund.when(approval(70, document="")).then(transfer("refused", 70, reasons=[because("no_document", "10")]))
    fund.when(approval(70)).then()
    fund.when(approval(70)).then()


def test_10_what_was_not_planned_cannot_be_approved() -> None:
    story(RESERVE).when(approval(5)).then(
        transfer("refused", 5, reasons=[because("unplanned_transfer", "10", planned_cents=0, asked_cents=5)])
    )


def test_10_an_approved_transfer_is_ordered_when_the_next_bank_day_starts() -> None:
    """Friday 2 January, then a weekend, then Monday; Tuesday 6 January is not asked again."""
    fund = story(RESERVE).given(planned(), approval(70))
    fund.when(day("2026-01-04")).then()
    fund.when(day("2026-01-05")).then(transfer("ordered", 70))
    fund.when(day("2026-01-07")).then()


def test_9_done_when_the_treasury_reports_what_was_ordered() -> None:
    fund = story(RESERVE).given(planned(), approval(70))
    fund.when(reported(70)).then(
        transfer("refused", 70, reasons=[because("unplanned_transfer", "10", planned_cents=0, asked_cents=70)])
    )
    fund.given(day("2026-01-05"))
    fund.when(reported(69)).then(
        transfer("refused", 69, reasons=[because("unplanned_transfer", "10", planned_cents=70, asked_cents=69)])
    )
    fund.when(reported(70)).then(transfer("done", 70))
    fund.when(reported(70)).then()


def test_10_a_warning_on_1_december_and_a_breach_on_the_first_day_of_the_new_year_once_each() -> None:
    fund = story(RESERVE).given(planned(), approval(70), day("2026-01-05"), reported(70), day("2026-11-30"))
    fund.when(day("2026-12-01")).then(transfer("warned", 20, "9.2"))
    fund.when(day("2026-12-31")).then()
    fund.when(day("2027-01-01")).then(transfer("overdue", 20, "9.2"))
    fund.when(day("2027-12-01"), day("2028-01-01")).then()


def test_10_what_is_ordered_and_not_reported_is_in_breach_too() -> None:
    fund = story(RESERVE).given(planned(before=None), approval(70), day("2026-11-30"))
    fund.when(day("2026-12-01")).then(transfer("warned", 70))
    fund.when(day("2027-01-01")).then(transfer("overdue", 70))


def test_9_what_an_edition_changes_after_the_order_leaves_the_ordered_sum() -> None:
    fund = story(RESERVE).given(planned(), approval(70), day("2026-01-05"))
    fund.when(planned(law=0, edition=2)).then()
    fund.when(reported(70)).then(transfer("done", 70))


def test_10_a_new_plan_needs_a_new_approval() -> None:
    fund = story(RESERVE).given(planned(), approval(70), planned(law=80, edition=2))
    fund.when(day("2026-01-05")).then()
    fund.given(approval(80))
    fund.when(day("2026-01-07")).then(transfer("ordered", 80))


def test_9_a_transfer_that_an_edition_no_longer_has_is_planned_with_nothing() -> None:
    fund = story(RESERVE).given(planned(before=None))
    fund.when(planned(law=0, before=None, edition=2)).then(transfer("planned", 0))
    fund.when(approval(70)).then(transfer("refused", 70))
    fund.when(day("2026-12-01"), day("2027-01-01")).then()
