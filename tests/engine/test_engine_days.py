"""Days pass in order: each is a decision of its own, and what is late is handled on the last started day."""

import json
from datetime import date

import pytest

from services.invoicing.service import INVOICING
from services.payments.service import PAYMENTS
from services.reserve.service import RESERVE
from tests.engine.stores import Writer, events, kinds
from tests.given import budget, cash, contract, day, invoice, shares


def days_decided(writer: Writer, kind: str) -> list[tuple[str, date]]:
    return [(d.moment, d.day) for d in writer.decisions() if d.events[0].type == kind]


def test_several_days_started_together_are_decisions_of_their_own_at_their_midnights() -> None:
    """The last Sunday of March 2026 is a day of 23 hours: its midnight is in winter, the next one in summer."""
    writer = Writer(RESERVE)
    writer.handle(*events(RESERVE, day("2026-03-27"), day("2026-03-30")))
    assert days_decided(writer, "reserve.day_begun") == [
        ("2026-03-27T00:00:00+02:00", date(2026, 3, 27)),
        ("2026-03-28T00:00:00+02:00", date(2026, 3, 28)),
        ("2026-03-29T00:00:00+02:00", date(2026, 3, 29)),
        ("2026-03-30T00:00:00+03:00", date(2026, 3, 30)),
    ]


def test_the_first_event_of_all_starts_its_own_day_and_no_other() -> None:
    writer = Writer(PAYMENTS)
    writer.handle(*events(PAYMENTS, cash(1), since="2026-07-01"))
    assert days_decided(writer, "payments.day_begun") == [("2026-07-01T00:00:00+03:00", date(2026, 7, 1))]


def test_an_event_of_a_day_that_has_not_started_first_starts_all_days_up_to_it() -> None:
    writer = Writer(PAYMENTS)
    told = writer.handle(
        *events(
            PAYMENTS,
            budget({"04": 10}),
            shares("04", VLK=10),
            invoice("A", 10, due_on="2026-01-06"),
            cash(10),
            cash(1, on="2026-01-07"),
        )
    )
    read = [json.loads(raw) for raw in told]
    assert [(one["type"], one["time"]) for one in read[1:]] == [("payment.ordered", "2026-01-06T00:00:00+02:00")]
    assert writer.state("fund").today == date(2026, 1, 7)  # type: ignore[attr-defined]


def test_a_day_that_is_told_again_starts_once() -> None:
    writer = Writer(RESERVE)
    first, again = events(RESERVE, day("2026-01-02"), day("2026-01-02"))
    writer.handle(first, again)
    assert len(days_decided(writer, "reserve.day_begun")) == 1


def test_a_day_that_is_past_is_not_started_any_more() -> None:
    writer = Writer(RESERVE)
    writer.handle(*events(RESERVE, day("2026-01-05")), *events(RESERVE, day("2026-01-03")))
    assert days_decided(writer, "reserve.day_begun") == [("2026-01-05T00:00:00+02:00", date(2026, 1, 5))]


def test_a_late_event_is_handled_on_the_last_started_day_and_told_with_its_own_moment() -> None:
    """Due on the 5th, known on the 8th: its pay day is the next run after the 8th."""
    writer = Writer(PAYMENTS)
    writer.handle(*events(PAYMENTS, budget({"04": 10}), shares("04", VLK=10), day("2026-01-08")))
    (late,) = events(PAYMENTS, invoice("A", 10, due_on="2026-01-05", on="2026-01-03"), since="2026-01-03")
    (told,) = writer.handle(late)
    one = json.loads(told)
    assert one["time"] == "2026-01-03T09:01:00+02:00"
    assert one["data"]["pay_on"] == "2026-01-09"
    assert writer.decisions()[-1].day == date(2026, 1, 8)


@pytest.mark.parametrize(("moment", "on"), [("23:59", date(2026, 1, 2)), ("24:00", date(2026, 1, 3))])
def test_the_day_of_an_event_is_that_of_its_moment_in_vilnius(moment: str, on: date) -> None:
    writer = Writer(PAYMENTS)
    heard = invoice("A", 1, on="2026-01-02", at=moment)
    writer.handle(*events(PAYMENTS, heard))
    assert writer.state("fund").today == on  # type: ignore[attr-defined]


# -------------------------------------------------------------------------------------------------- one stream a sender


def test_a_service_with_one_stream_a_sender_remembers_the_last_started_day() -> None:
    """A provider that was never heard of sends late: it is handled on the day that the service has."""
    writer = Writer(INVOICING)
    writer.handle(*events(INVOICING, day("2026-03-02"), contract("C")))
    assert writer.engine.streams() == ["days:0", "provider:300111222"]
    heard = [contract("D", provider="302223334"), invoice("302223334/A", 1, contract_id="D")]
    late = events(INVOICING, *heard, since="2026-02-20")
    (told,) = writer.handle(*late)
    data = json.loads(told)["data"]
    assert (data["accepted_on"], data["received_on"], data["check_by"]) == ("2026-03-02", "2026-03-02", "2026-03-17")
    assert data["arrived_at"] == "2026-02-20T09:02:00+02:00"


def test_it_remembers_the_day_after_a_restart() -> None:
    writer = Writer(INVOICING)
    writer.handle(*events(INVOICING, day("2026-03-02")))
    heard = [contract("C"), invoice("A", 1)]
    (told,) = writer.another().handle(*events(INVOICING, *heard, since="2026-02-20"))
    assert json.loads(told)["data"]["accepted_on"] == "2026-03-02"


def test_days_are_told_to_those_streams_only_that_wait_for_one() -> None:
    writer = Writer(INVOICING)
    waiting = invoice("302223334/A", 1, contract_id="UNKNOWN")
    writer.handle(*events(INVOICING, contract("C"), waiting, day("2026-02-03"), since="2026-02-02"))
    streams = {commit.stream for commit in writer.commits() if b"invoicing.day_begun" in commit.body}
    assert streams == {"days:0", "provider:302223334"}


def test_an_event_of_a_stream_that_waits_starts_the_days_that_it_missed() -> None:
    """Monday's invoice waits for its contract, which comes on Wednesday: returned as Tuesday starts."""
    writer = Writer(INVOICING)
    told = writer.handle(*events(INVOICING, invoice("A", 1), contract("C", on="2026-02-04"), since="2026-02-02"))
    assert kinds(told) == ["invoice.returned"]
    assert json.loads(told[0])["time"] == "2026-02-03T00:00:00+02:00"
