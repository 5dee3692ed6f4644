"""18. The ministry is told in writing: a letter delivered by hand or by e-delivery leads to the same as one over HTTP."""

from typing import Any

import pytest

from tests.engine.story import Happening, Said, Story
from tests.given import (
    because,
    bill,
    budget,
    day,
    delivered,
    event,
    invoice,
    said,
    used_up,
)

NOTICE = "2026-04-1"
LETTER = "0" * 64


def over() -> Story:
    """The article's 100 000 are transferred; A and B wait for the notice that was prepared on 6 January."""
    return used_up(20_000, invoice("A", 9_000), invoice("B", 6_000), day("2026-01-06"))


def by_hand(notice_no: str = NOTICE, on: str | None = None, at: str | None = None, **changed: object) -> Happening:
    """The VLK says that the letter was handed over on 6 January at 14:30."""
    data: dict[str, object] = {
        "notice_no": notice_no,
        "how": "by_hand",
        "delivered_by": "Ona Onaitė",
        "delivered_on": "2026-01-06",
        "delivered_at": "14:30",
        "document": "2026-01-06 Nr. G-118",
        "letter_sha256": LETTER,
        **changed,
    }
    return event("overrun.delivered", "/vlk", on=on or "2026-01-06", at=at or "15:00", **data)


def refused(*reasons: dict[str, Any]) -> Said:
    return said("overrun.delivery.refused", reasons=list(reasons), rules=["18"])


def scheduled(number: str, amount: int) -> Said:
    return said("payment.scheduled", invoice_id=bill(number), over_appropriation_cents=amount, notice_no=NOTICE)


def test_18_what_was_handed_over_is_told_as_what_was_sent_and_says_how() -> None:
    fund = over()
    fund.when(by_hand()).then(
        said(
            "overrun.notified",
            notice_no=NOTICE,
            how="by_hand",
            delivered_by="Ona Onaitė",
            delivered_on="2026-01-06",
            delivered_at="14:30",
            document="2026-01-06 Nr. G-118",
            letter_sha256=LETTER,
            rules=["18", "HIL 14(3)"],
        ),
        scheduled("A", 9_000),
        scheduled("B", 6_000),
    )


def test_18_e_delivery_and_the_digest_of_its_receipt_are_told_too() -> None:
    over().when(by_hand(how="e_delivery", delivered_by="E. pristatymas", document_sha256="a" * 64)).then(
        said("overrun.notified", how="e_delivery", delivered_by="E. pristatymas", document_sha256="a" * 64),
        scheduled("A", 9_000),
        scheduled("B", 6_000),
    )


def test_18_the_ministry_was_told_on_the_day_of_the_document_not_of_its_record() -> None:
    fund = over().given(day("2026-01-09"))
    fund.when(by_hand(on="2026-01-09")).then(
        said("overrun.notified", delivered_on="2026-01-06"), scheduled("A", 9_000), scheduled("B", 6_000)
    )


def test_18_what_is_delivered_over_HTTP_says_no_more_than_it_did() -> None:
    fund = over()
    fund.when(delivered(NOTICE)).then(said("overrun.notified"), scheduled("A", 9_000), scheduled("B", 6_000))
    (notified,) = [each for each in fund.came if each["type"] == "overrun.notified"]
    assert not {"how", "delivered_by", "delivered_at", "document", "document_sha256"} & notified["data"].keys()


def test_18_the_answer_of_the_ministrys_system_after_a_record_by_hand_counts_for_nothing() -> None:
    over().given(by_hand()).when(delivered(NOTICE)).then()


@pytest.mark.parametrize("first", [delivered(NOTICE), by_hand()], ids=["over HTTP", "by hand"])
def test_18_a_record_for_a_letter_that_was_delivered_is_refused(first: Happening) -> None:
    over().given(first).when(by_hand(at="16:00")).then(refused(because("notice_ended", "18", notice_no=NOTICE)))


def test_18_a_record_for_a_letter_that_was_withdrawn_is_refused() -> None:
    fund = over().given(budget({"04": 101_000}, total=120_000, edition=2))
    fund.when(by_hand()).then(refused(because("notice_ended", "18", notice_no=NOTICE)))


@pytest.mark.parametrize("number", ["2026-04-2", "2026-04-0", "2026-05-1", "2025-04-1", "2026-04-01", "no number"])
def test_18_a_wrong_number_is_refused(number: str) -> None:
    over().when(by_hand(number)).then(refused(because("unknown_notice", "18", notice_no=number)))


def test_18_an_hour_that_has_not_come_is_refused() -> None:
    told = because("not_yet", "18", delivered="2026-01-06 15:01", now="2026-01-06 15:00")
    over().when(by_hand(delivered_at="15:01")).then(refused(told))


def test_18_an_hour_before_the_letter_was_prepared_is_refused() -> None:
    told = because("before_prepared", "18", delivered="2026-01-05 23:59", prepared_on="2026-01-06")
    over().when(by_hand(delivered_on="2026-01-05", delivered_at="23:59")).then(refused(told))


def test_18_a_record_without_a_document_is_refused() -> None:
    over().when(by_hand(document="")).then(refused(because("no_document", "18")))


def test_18_all_that_can_not_be_is_told_at_once() -> None:
    over().when(by_hand(delivered_on="2026-01-07", document="")).then(
        refused(
            because("not_yet", "18", delivered="2026-01-07 14:30", now="2026-01-06 15:00"), because("no_document", "18")
        )
    )
