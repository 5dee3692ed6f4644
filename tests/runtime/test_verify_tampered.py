"""A4: whoever changes one journal and recomputes its hashes is found by the others, with what and where.

What is consistent through all journals can't be seen from the journals alone: the last test says what that is.
"""

import json
import re
import sqlite3
from collections.abc import Callable
from datetime import date

import msgspec
import pytest

from shared.engine.codec import Decision, Entry, encode_decisions
from shared.engine.outbox import name_of
from shared.engine.stream import Inbox
from tests.runtime.forger import Forger, Json, has, set_
from tests.runtime.years import Year, faults

SEED = 73
SERVICES = ("door", "contracts", "invoicing", "payments", "reconciliation", "reserve")
ANOTHER = "LT601010012345678901"
Change = Callable[[Forger], None]


@pytest.fixture(scope="module")
def honest() -> sqlite3.Connection:
    """A year with credits, reports, notices, claims and a merger; nobody has touched it."""
    year = Year(SEED).connection
    assert faults(year) == []
    return year


@pytest.fixture
def forger(honest: sqlite3.Connection) -> Forger:
    """A copy to be forged, of which every chain holds when it is chained anew."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    honest.backup(copy)
    return Forger(copy)


def test_a_journal_that_is_only_chained_anew_still_holds(forger: Forger) -> None:
    """What the other tests find is what they changed, not that they chained and dropped snapshots."""
    for service in SERVICES:
        forger.chain(service)
    assert faults(forger.db) == []


# ------------------------------------------------------------------------------- one journal says what others do not


def first(forger: Forger, service: str, type_: str) -> tuple[Decision, Json]:
    """The first event of a type with its decision."""
    for _, decisions in forger.decisions(service):
        for decision in decisions:
            for entry in decision.events:
                if entry.type == type_:
                    return decision, json.loads(bytes(entry.data))
    raise AssertionError(f"{service} has no {type_}")


def event_of(type_: str, data: Json) -> Entry:
    return Entry(type_, msgspec.Raw(msgspec.json.encode(data)))


def another_iban_where_it_is_paid(forger: Forger) -> None:
    assert forger.rewrite("payments", "payment.ordered", set_(iban=ANOTHER))


def another_iban_in_all_of_payments(forger: Forger) -> None:
    iban = first(forger, "payments", "payments.invoice_entered")[1]["iban"]
    assert forger.replace("payments", iban.encode(), ANOTHER.encode())


def another_iban_in_invoicing(forger: Forger) -> None:
    iban = first(forger, "payments", "payments.invoice_entered")[1]["iban"]
    assert forger.replace("invoicing", iban.encode(), ANOTHER.encode())


def another_iban_from_the_contract_on(forger: Forger) -> None:
    """In contracts and all that follows from it, and not in the proposal."""
    iban = first(forger, "payments", "payments.invoice_entered")[1]["iban"]
    for service in ("contracts", "invoicing", "payments"):
        assert forger.replace(service, iban.encode(), ANOTHER.encode())


def another_iban_in_an_acceptance(forger: Forger) -> None:
    data = first(forger, "invoicing", "invoice.accepted")[1]
    other = set_(iban=ANOTHER)
    assert forger.rewrite("invoicing", "invoice.accepted", lambda d: other(d) if d == data else None)


def another_iban_in_the_door(forger: Forger) -> None:
    iban = first(forger, "payments", "payments.invoice_entered")[1]["iban"]
    assert forger.replace("door", iban.encode(), ANOTHER.encode())


def a_credit_of_more(forger: Forger) -> None:
    data = first(forger, "payments", "payments.cash_credited")[1]
    more = set_(amount_cents=data["amount_cents"] * 9)
    assert forger.rewrite("payments", "payments.cash_credited", lambda d: more(d) if d == data else None)


def an_invoice_of_more(forger: Forger) -> None:
    data = first(forger, "invoicing", "invoice.accepted")[1]
    more = set_(amount_cents=data["amount_cents"] + 1)
    assert forger.rewrite("invoicing", "invoice.accepted", lambda d: more(d) if d == data else None)


def a_credit_that_nobody_sent(forger: Forger) -> None:
    decision, data = first(forger, "payments", "payments.cash_credited")
    entry = event_of("payments.cash_credited", data | {"amount_cents": 100_000_000, "reference": "GIFT"})
    forger.add("payments", "fund", id="gift", source="/treasury", content=decision.content, events=(entry,))


def a_credit_out_of_the_start_of_a_day(forger: Forger) -> None:
    day, _ = first(forger, "payments", "payments.day_begun")
    data = first(forger, "payments", "payments.cash_credited")[1] | {"amount_cents": 100_000_000, "reference": "GIFT"}
    entry = event_of("payments.cash_credited", data)
    forger.add("payments", "fund", id=day.id, source=day.source, content=day.content, events=(entry,))


def a_credit_counted_twice(forger: Forger) -> None:
    decision, data = first(forger, "payments", "payments.cash_credited")
    entry = event_of("payments.cash_credited", data)
    forger.add("payments", "fund", id=decision.id, source=decision.source, content=decision.content, events=(entry,))


def credits_lost_in_the_ledgers(forger: Forger) -> None:
    assert forger.remove("reconciliation", has("close.credit_counted"))


def ghost(forger: Forger, source: str, id_: str) -> None:
    """An invoice that nobody sent: entered, scheduled, and ordered to another account, in the year's own money."""
    *_, (_, (*_, last)) = forger.decisions("payments")
    invoice_id, year = "300111222/GHOST", last.day.year
    pot = {"invoice_id": invoice_id, "payer": "VLK", "source": "STATE", "amount_cents": 100}
    paid = {**pot, "payment_id": f"{invoice_id}@{year}", "year": year}
    entered, scheduled, ordered = (
        first(forger, "payments", type_)[1]
        for type_ in ("payments.invoice_entered", "payment.scheduled", "payment.ordered")
    )
    entered |= {**pot, "iban": ANOTHER}
    ordered |= {**paid, "iban": ANOTHER, "order_id": f"{invoice_id}#1", "article": entered["article"]}
    ghostly = (
        event_of("payments.invoice_entered", entered),
        event_of("payment.scheduled", scheduled | {**paid, "article": entered["article"]}),
        event_of("payment.ordered", ordered),
    )
    forger.add("payments", "fund", id=id_, source=source, content="", events=ghostly)


def a_ghost_invoice_of_nobody(forger: Forger) -> None:
    ghost(forger, "/invoicing", name_of("invoicing", "provider:300111222", 9_999))


def a_ghost_invoice_under_the_name_of_another(forger: Forger) -> None:
    decision, _ = first(forger, "payments", "payments.invoice_entered")
    ghost(forger, decision.source, decision.id)


def a_payer_joined_by_nobody(forger: Forger) -> None:
    day, _ = first(forger, "payments", "payments.day_begun")
    joined = event_of("payments.payer_joined", {"payer": "TLK-SIAULIAI", "into": "VLK"})
    forger.add("payments", "fund", id=day.id, source=day.source, content=day.content, events=(joined,))


def an_acceptance_lost_in_the_claims(forger: Forger) -> None:
    id_ = first(forger, "reconciliation", "claims.invoice_known")[0].id
    assert forger.remove("reconciliation", lambda each: each.id == id_ and has("claims.invoice_known")(each)) == 1


def an_invoice_out_of_nothing(forger: Forger) -> None:
    ghost(forger, "/treasury", "gift")


def a_credit_heard_otherwise(forger: Forger) -> None:
    decision, _ = first(forger, "payments", "payments.cash_credited")
    assert forger.replace("payments", decision.content.encode(), b"0" * 32)


def a_contract_without_its_ceiling(forger: Forger) -> None:
    assert forger.rewrite("contracts", "contract.concluded", set_(ceiling_cents=10**9))


def a_budget_with_more_in_an_article(forger: Forger) -> None:
    def more(data: Json) -> None:
        data["edition"]["expenses"][0]["amount_cents"] += 1

    assert forger.rewrite("payments", "payments.edition_taken", more)


def bank_reports_removed(forger: Forger) -> None:
    assert forger.remove("payments", has("payment.executed"))


def bank_reports_removed_from_the_door_as_well(forger: Forger) -> None:
    assert forger.remove("payments", has("payment.executed"))
    assert forger.remove("door", lambda decision: b"payment.reported" in bytes(decision.events[0].data))


def rejected_instead_of_executed(forger: Forger) -> None:
    data = first(forger, "payments", "payment.executed")[1]
    forged = data | {"reason": "AC04"}
    for row, decisions in forger.decisions("payments"):
        if any(has("payment.executed")(each) for each in decisions):
            kept = [_as(each, "payment.executed", event_of("payment.rejected", forged)) for each in decisions]
            forger.db.execute("UPDATE commits SET body = ? WHERE rowid = ?", (encode_decisions(kept), row))
            break
    forger.chain("payments")


def _as(decision: Decision, type_: str, entry: Entry) -> Decision:
    return msgspec.structs.replace(decision, events=tuple(entry if e.type == type_ else e for e in decision.events))


def a_whole_ghost_in_payments_and_invoicing(forger: Forger) -> None:
    """The acceptance is forged too; that it was never sent the door says."""
    decision, data = first(forger, "invoicing", "invoice.accepted")
    provider = f"provider:{data['provider_code']}"
    invoice_id = f"{data['provider_code']}/GHOST"
    known = len([e for _, ds in forger.decisions("invoicing", provider) for d in ds for e in d.events])
    forged = event_of("invoice.accepted", data | {"invoice_id": invoice_id, "service_month": "2020-01"})
    forger.add("invoicing", provider, id="ghost", source=decision.source, content=decision.content, events=(forged,))
    entered = {**first(forger, "payments", "payments.invoice_entered")[1], "invoice_id": invoice_id}
    entered |= {name: data[name] for name in entered.keys() & data.keys() - {"invoice_id", "service_month"}}
    taken = event_of("payments.invoice_entered", entered | {"service_month": "2020-01"})
    name = name_of("invoicing", provider, known)
    forger.add("payments", "fund", id=name, source="/invoicing", content="", events=(taken,))


def the_last_commits(service: str, stream: str, number: int) -> Change:
    """Removed with their mark and snapshot, so that nothing of the journal itself tells of them."""

    def change(forger: Forger) -> None:
        (last,) = forger.db.execute(
            "SELECT max(version) FROM commits WHERE service = ? AND stream = ?", (service, stream)
        ).fetchone()
        after = last - number
        forger.run("DELETE FROM commits WHERE service = ? AND stream = ? AND version > ?", service, stream, after)
        forger.chain(service)

    return change


def all_of(service: str, stream: str = "%") -> Change:
    """Every commit, mark and snapshot."""

    def change(forger: Forger) -> None:
        for table in ("commits", "published", "snapshots"):
            statement = f"DELETE FROM {table} WHERE service = ? AND stream LIKE ?"
            forger.run(statement, service, stream)

    return change


def a_snapshot_without_a_stream(forger: Forger) -> None:
    forger.run("DELETE FROM commits WHERE service = 'reserve'")
    forger.run("DELETE FROM published WHERE service = 'reserve'")


def a_snapshot_of_no_commit(forger: Forger) -> None:
    forger.seal("reserve", lambda _: None, version=0)


def a_snapshot_s_day(forger: Forger) -> None:
    forger.seal("payments", lambda memory: setattr(memory, "today", date(2099, 1, 1)))


def a_snapshot_s_day_of_a_provider(forger: Forger) -> None:
    forger.seal("invoicing", lambda memory: setattr(memory, "today", date(2099, 1, 1)))


def a_cause_that_a_snapshot_forgets(forger: Forger) -> None:
    """So that the same credit would count again."""
    forger.seal("payments", lambda memory: setattr(memory, "causes", [memory.causes[0][16:], *memory.causes[1:]]))


def a_cause_that_a_snapshot_invents(forger: Forger) -> None:
    """So that a credit to come would never count."""
    forger.seal("payments", lambda memory: Inbox(memory.causes).hear(b"0" * 16, b"1" * 16))


def a_snapshot_s_state(forger: Forger) -> None:
    forger.seal("reserve", lambda memory: setattr(memory, "position", memory.position + 1))


TAMPERED: list[tuple[Change, str]] = [
    (another_iban_where_it_is_paid, "order .*: iban is LT60.*, and was LT.* before"),
    (another_iban_in_all_of_payments, "payments.invoice_entered says iban LT60.*, but invoice.accepted .*invoicing"),
    (another_iban_in_invoicing, "invoicing.contract_learned says iban LT60.*, but contract.concluded .*contracts"),
    (another_iban_from_the_contract_on, "contract.concluded says provider .*LT60.*, but contract.proposed .door"),
    (another_iban_in_an_acceptance, "stream provider:.* is accepted with iban LT60.*, and it was LT.* before"),
    (another_iban_in_the_door, "does not say what it said when it came"),
    (a_credit_of_more, "payments.cash_credited says amount_cents .*, but account.credited .door, stream door, commit"),
    (an_invoice_of_more, "payments.invoice_entered says amount_cents .*, but invoice.accepted .*invoicing"),
    (
        a_credit_that_nobody_sent,
        "payments: stream fund, commit .*: decides because of gift of /treasury, which is not in",
    ),
    (a_credit_out_of_the_start_of_a_day, "payments.cash_credited can't follow from .* of /clock .day.started"),
    (a_credit_counted_twice, "takes payments.cash_credited a second time from"),
    (
        credits_lost_in_the_ledgers,
        "reconciliation: stream close: has nothing of account.credited .*, which was told to it .door",
    ),
    (a_ghost_invoice_of_nobody, "decides because of .* of /invoicing, which is not in the journal of invoicing"),
    (
        a_ghost_invoice_under_the_name_of_another,
        "takes payments.invoice_entered a second time|says invoice_id 300111222/GHOST",
    ),
    (
        a_whole_ghost_in_payments_and_invoicing,
        "decides because of ghost of /providers/.*, which is not in the journal of door",
    ),
    (a_contract_without_its_ceiling, "contract.concluded says ceiling_cents 1000000000, but contract.proposed .door"),
    (
        a_budget_with_more_in_an_article,
        "payments.edition_taken says edition.expenses .*, but budget.adopted .contracts",
    ),
    (a_payer_joined_by_nobody, "payments: stream fund, commit .*: joins TLK-SIAULIAI to VLK, and nobody has merged"),
    (bank_reports_removed, "payments: stream fund: has nothing of payment.reported"),
    (
        bank_reports_removed_from_the_door_as_well,
        "reconciliation: stream close, commit .*: close.order_(counted|settled) says order_id",
    ),
    (
        rejected_instead_of_executed,
        "payment.rejected says .*, but payment.reported .door|is not in the journal of payments|rejected False, but",
    ),
    (the_last_commits("payments", "fund", 3), "payments: stream fund|reconciliation: .*not in the journal of payments"),
    (the_last_commits("door", "door", 3), "which is not in the journal of door"),
    (the_last_commits("reserve", "reserve", 3), "reserve: stream reserve: its last decision is of"),
    (the_last_commits("contracts", "contracts", 5), "contracts: stream contracts: its last decision is of"),
    (all_of("invoicing", "provider:300111222"), "which is not in the journal of invoicing"),
    (all_of("reconciliation", "claims"), "reconciliation: stream claims: it has no decision at all"),
    (all_of("payments"), "payments: stream fund: has nothing of|not in the journal of payments, which is empty"),
    (all_of("door"), "which is not in the journal of door, which is empty"),
    (a_snapshot_without_a_stream, "stream reserve: there is a snapshot of version .*, and no commit"),
    (a_snapshot_of_no_commit, "stream reserve: there is a snapshot of version 0, and no such commit"),
    (a_snapshot_s_day, "stream fund, commit .*: the snapshot of this version stands at 2099-01-01"),
    (a_snapshot_s_day_of_a_provider, "the snapshot of version .* stands at 2099-01-01, later than any day"),
    (a_cause_that_a_snapshot_forgets, "stream fund, commit .*: the snapshot of this version does not remember a cause"),
    (
        a_cause_that_a_snapshot_invents,
        "payments: stream fund.*the snapshot of version .* remembers a cause that nobody",
    ),
    (a_snapshot_s_state, "stream reserve, commit .*: the snapshot of this version is not what the commits fold to"),
]


@pytest.mark.parametrize(("change", "told"), TAMPERED, ids=lambda each: getattr(each, "__qualname__", "").split(".")[0])
def test_A4_a_journal_that_was_rewritten_is_found_and_named(forger: Forger, change: Change, told: str) -> None:
    change(forger)
    found = faults(forger.db)
    assert any(re.search(told, fault) for fault in found), "\n".join(found)


ON_THE_CLUSTER: list[tuple[Change, str]] = [
    (another_iban_in_all_of_payments, "payments.invoice_entered says iban LT60.*, but invoice.accepted .*invoicing"),
    (another_iban_in_invoicing, "invoicing.contract_learned says iban LT60.*, but contract.concluded .*contracts"),
    (a_ghost_invoice_of_nobody, "decides because of .* of /invoicing, which is not in the journal of invoicing"),
    (an_invoice_out_of_nothing, "payments.invoice_entered can't follow from gift of /treasury"),
    (a_credit_heard_otherwise, "heard other content of .* of /treasury than"),
    (all_of("payments"), "which is not in the journal of payments, which is empty"),
    (the_last_commits("invoicing", "provider:300111222", 30), "which is not in the journal of invoicing"),
    (an_acceptance_lost_in_the_claims, "stream claims: has nothing of invoice.accepted .*, which was told to it"),
]


@pytest.mark.parametrize(
    ("change", "told"), ON_THE_CLUSTER, ids=lambda each: getattr(each, "__qualname__", "").split(".")[0]
)
def test_A4_on_the_cluster_services_are_compared_without_a_door(forger: Forger, change: Change, told: str) -> None:
    all_of("door")(forger)
    assert faults(forger.db, door=False) == []
    change(forger)
    found = faults(forger.db, door=False)
    assert any(re.search(told, fault) for fault in found), "\n".join(found)


# ------------------------------------------------------------------------------------------ what the journals can't tell


def test_what_is_forged_in_every_journal_alike_is_not_seen_from_the_journals_alone(forger: Forger) -> None:
    """The account of a contract, from the proposal on, with the digests of what came: only heads that somebody else
    keeps, or has signed, could tell. The same holds for an older copy of the whole file.
    """
    iban = first(forger, "payments", "payments.invoice_entered")[1]["iban"]
    changed = [forger.replace(service, iban.encode(), ANOTHER.encode()) for service in SERVICES]
    assert sum(map(bool, changed)) >= 4
    assert any("does not say what it said when it came" in fault for fault in faults(forger.db))
    for service in SERVICES:
        forger.digest_again(service)
    assert faults(forger.db) == []
