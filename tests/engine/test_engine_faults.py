"""Faults: a lost race is decided again, a store that is away leaves nothing behind, a contradiction stops."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.invoicing.service import INVOICING
from services.payments.service import PAYMENTS
from services.reserve.service import RESERVE
from shared.engine.codec import decode_decisions
from shared.engine.faults import Broken, Unavailable
from shared.engine.journal import chain
from shared.kernel.clock import Now
from tests.engine.stores import Writer, events, kinds
from tests.engine.story import at_once
from tests.given import bill, budget, cash, contract, day, delivered, invoice, shares

OPENING = (budget({"04": 100}), shares("04", VLK=100))


# ---------------------------------------------------------------------------------------------------------- a lost race


def test_a_writer_that_lost_the_race_reloads_and_decides_again() -> None:
    """Both would fit alone; together they don't."""
    first = Writer(PAYMENTS)
    *opening, a, b = events(PAYMENTS, *OPENING, invoice("A", 60, payer="TLK-KAUNAS"), invoice("B", 60))
    first.handle(*opening)
    second = first.another()
    assert kinds(first.handle(b)) == ["payment.scheduled"]
    assert kinds(second.handle(a)) == ["payment.scheduled", "payment.deferred"], "what the first has written, too"
    assert second.state("fund").book.committed_of_source == {"PSDF": 60}  # type: ignore[attr-defined]
    assert [commit.version for commit in first.commits()] == [1, 2, 3]


def test_a_writer_that_lost_the_race_for_the_same_event_tells_what_the_first_may_not_have_told() -> None:
    """The first may have ended between its commit and its telling; the ids are the same, so nobody decides twice."""
    first = Writer(PAYMENTS)
    heard = events(PAYMENTS, *OPENING, invoice("A", 60))
    second = first.another()
    told = first.handle(*heard)
    assert kinds(told) == ["payment.scheduled"]
    assert second.handle(*heard) == told
    assert second.handle(*heard) == []
    assert len(first.commits()) == 1


def test_what_a_lost_race_left_durable_of_another_stream_is_told() -> None:
    """A store that writes each stream by itself (MongoDB) may have one commit of a batch, and refuse the other."""
    first = Writer(INVOICING)
    concluded = [contract("C", 100), contract("D", 100, provider="302223334")]
    sent = [invoice("A", 1), invoice("302223334/B", 1, contract_id="D")]
    *opening, a, b = events(INVOICING, *concluded, *sent, since="2026-02-02")
    first.handle(*opening)
    second = first.another()
    told_of_b = first.handle(b)
    second.store.in_parts = True
    told = second.handle(a, b)
    assert kinds(told) == ["invoice.accepted", "invoice.accepted"]
    assert set(told_of_b) < set(told)


def test_a_writer_that_lost_the_race_goes_on_in_the_same_chain() -> None:
    first = Writer(PAYMENTS)
    a, b, c = events(PAYMENTS, cash(1), cash(2), cash(4))
    second = first.another()
    for writer, event in ((first, a), (second, b), (first, c)):
        writer.handle(event)
    commits = first.commits()
    assert [commit.prev_hash for commit in commits[1:]] == [commit.hash for commit in commits[:-1]]
    assert first.state("fund").cash == {("VLK", "PSDF"): 7}  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------------- a store that is away


def test_when_the_store_is_away_nothing_happened_and_it_may_be_tried_again() -> None:
    writer, undisturbed = Writer(PAYMENTS), Writer(PAYMENTS)
    heard = events(PAYMENTS, *OPENING, invoice("A", 60))
    writer.store.away = True
    for _ in range(2):
        with pytest.raises(Unavailable):
            writer.handle(*heard)
    assert writer.commits() == []
    assert writer.state("fund").invoices == {}  # type: ignore[attr-defined]
    writer.store.away = False
    assert writer.handle(*heard) == undisturbed.handle(*heard)
    assert writer.commits() == undisturbed.commits()


def test_what_was_durable_before_the_store_went_away_is_still_there() -> None:
    writer = Writer(PAYMENTS)
    a, b = events(PAYMENTS, cash(1), cash(2))
    writer.handle(a)
    writer.store.away = True
    with pytest.raises(Unavailable):
        writer.handle(b)
    assert writer.state("fund").cash == {("VLK", "PSDF"): 1}  # type: ignore[attr-defined]


def test_what_the_store_took_and_did_not_confirm_is_told_when_it_answers_again() -> None:
    writer, undisturbed = Writer(PAYMENTS), Writer(PAYMENTS)
    opening, a = events(PAYMENTS, *OPENING), events(PAYMENTS, invoice("A", 60))
    for each in (writer, undisturbed):
        each.handle(*opening)
    writer.store.unconfirmed = True
    with pytest.raises(Unavailable):
        writer.handle(*a)
    writer.store.unconfirmed = False
    assert writer.handle(*a) == undisturbed.handle(*a)
    assert writer.handle(*a) == []
    assert writer.commits() == undisturbed.commits()


def test_no_day_passes_a_stream_while_the_store_is_away() -> None:
    """It could not be loaded when its batch failed; it is loaded before the next day is told."""
    writer = Writer(INVOICING)
    first, second, third, later = events(
        INVOICING, day("2026-02-02"), invoice("A", 1), invoice("B", 1), day("2026-02-03")
    )
    writer.handle(first, second)
    writer.store.away = writer.store.unreadable = True
    with pytest.raises(Unavailable):
        writer.handle(third)
    writer.store.away = writer.store.unreadable = False
    assert kinds(writer.handle(later)) == ["invoice.returned"]


# ------------------------------------------------------------------------------------------------------- contradictions


def breaking(now: Now, command: object, state: object) -> Iterator[object]:
    """Decides as payments does, then contradicts itself at the second invoice."""
    yield from PAYMENTS.domain("fund").decide(now, command, state)
    assert len(state.invoices) < 2, "two invoices"  # type: ignore[attr-defined]


def test_an_assertion_is_broken_and_leaves_nothing_behind() -> None:
    domain = replace(PAYMENTS.domain("fund"), decide=breaking)
    writer = Writer(replace(PAYMENTS, domains={"fund": domain}))
    *before, b = events(PAYMENTS, *OPENING, invoice("A", 60), invoice("B", 1))
    writer.handle(*before)
    with pytest.raises(Broken, match=r"payments: a decision contradicts itself: AssertionError.*two invoices"):
        writer.handle(b)
    assert list(writer.state("fund").invoices) == [bill("A")]  # type: ignore[attr-defined]
    assert len(writer.commits()) == 1


def test_a_commit_that_does_not_follow_is_broken() -> None:
    writer = Writer(RESERVE)
    writer.handle(*events(RESERVE, day("2026-01-02")))
    (commit,) = writer.commits()
    stranger = chain("reserve", 3, commit.body, commit.hash)
    forged = chain("reserve", 2, commit.body, bytes(32))
    for wrong in (commit, stranger, forged):
        with pytest.raises(Broken, match="does not follow"):
            writer.engine.fold(writer.engine.memory.stream("reserve"), wrong)


def test_a_kind_that_this_version_does_not_know_stops_the_start() -> None:
    writer = Writer(RESERVE)
    writer.handle(*events(RESERVE, day("2026-01-02")))
    (commit,) = writer.commits()
    newer = chain("reserve", 2, commit.body.replace(b"reserve.day_begun", b"reserve.day_gone_by"), commit.hash)
    at_once(writer.store.append([newer]))
    with pytest.raises(KeyError, match="written by a newer one"):
        writer.another()


# -------------------------------------------------------------------------------------------------------------- a crash


def test_what_a_crash_left_untold_is_told_at_the_next_start_in_the_same_bytes() -> None:
    writer = Writer(PAYMENTS)
    told = writer.handle(*events(PAYMENTS, *OPENING, invoice("A", 60), invoice("B", 60)))
    for restarted in (writer.another(), writer.another()):  # told twice rather than never
        unpublished = at_once(restarted.engine.unpublished())
        assert [message.raw for commit in unpublished for message in commit.messages] == told
        assert [commit.versions for commit in unpublished] == [{"fund": 1}]


def test_what_was_told_and_marked_is_not_told_again() -> None:
    writer = Writer(PAYMENTS)
    opening = events(PAYMENTS, *OPENING)
    a, b = events(PAYMENTS, invoice("A", 60), invoice("B", 60))
    writer.handle(*opening, a)
    at_once(writer.store.mark({"fund": 1}))
    told = writer.handle(b)  # the mark becomes durable with it
    unpublished = at_once(writer.another().engine.unpublished())
    assert [message.raw for commit in unpublished for message in commit.messages] == told
    at_once(writer.store.mark({"fund": 2}))
    at_once(writer.store.close())
    assert at_once(writer.another().engine.unpublished()) == []


def test_M1_what_came_from_outside_and_decided_nothing_is_remembered() -> None:
    """Come again it might decide something else: a number that was being checked then may be free now."""
    writer = Writer(PAYMENTS)
    money = cash(1)
    again = events(PAYMENTS, day("2026-01-02"), money, money.again())
    writer.handle(*again[:2])
    assert writer.handle(again[2]) == []
    (decision,) = decode_decisions(writer.commits()[-1].body)
    assert (decision.id, decision.events) == (again[2].id, ())


def test_M1_what_a_service_said_and_decided_nothing_is_remembered() -> None:
    """Come again it might decide something else: that an order was deferred takes back what was scheduled since."""
    writer = Writer(PAYMENTS)
    heard = events(PAYMENTS, day("2026-01-02"), delivered("2026-04-1"))
    assert writer.handle(*heard) == []
    (*_, decision) = decode_decisions(writer.commits()[-1].body)
    assert (decision.id, decision.content, decision.events) == (heard[1].id, "", ())
    before = writer.commits()
    assert writer.another().handle(heard[1]) == []
    assert writer.commits() == before
