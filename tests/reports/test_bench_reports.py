"""100 000 invoices of a year: the report, and all that is written of it, in under 10 seconds of one processor."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime, timedelta
from time import process_time
from typing import Any

import pytest

from services.payments.events import InvoiceEntered
from services.payments.service import FUND, PAYMENTS
from services.reconciliation.service import CLAIMS, CLOSE
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.codec import Codec, Decision, encode_decisions
from shared.engine.journal import GENESIS, Commit, chain
from shared.engine.service import Domain
from shared.events.contracts import BudgetAdopted, DistributionAdopted
from shared.events.invoicing import InvoiceAccepted
from shared.events.payments import PaymentExecuted, PaymentOrdered
from shared.events.treasury import AccountCredited, PaymentReported
from shared.events.vlk import Share
from shared.journal.services import SERVICES
from shared.kernel.budget import Edition, ExpenseLine, RevenueLine
from shared.kernel.calendar import VILNIUS, midnight
from shared.kernel.clock import Now, StartDay
from shared.kernel.fund import Fund
from shared.reports.year.files import report_files
from shared.reports.year.year import make_report
from shared.statute.load import load_fund
from tests.reports.budgets import budget, distribution

INVOICES = 100_000
FLOOR_S = 10.0
A_COMMIT = 20
YEAR = 2022


class Recorder:
    """A stream's journal as the engine would write it, decision by decision, so many a commit."""

    def __init__(self, domain: Domain, stream: str, fund: Fund) -> None:
        self.domain, self.stream, self.fund, self.state = domain, stream, fund, domain.state()
        self._codec = Codec(domain.events)
        self._waiting: list[Decision] = []
        self._position, self._hash = 0, GENESIS
        self.commits: list[Commit] = []

    def run(self, heard: object, on: date) -> list[Any]:
        now = Now(moment=midnight(on), day=on, fund=self.fund)
        events = []
        for event in self.domain.decide(now, heard, self.state):
            self.domain.evolve(self.state, event)
            events.append(event)
        self.record(events, on)
        return events

    def record(self, events: list[Any], on: date) -> None:
        entries = tuple(self._codec.entry(e) for e in events)
        self._waiting.append(
            Decision(
                source="/bench", id=str(self._position), content="00", moment=midnight(on).isoformat(), day=on,
                rules="589", position=self._position, events=entries,
            )
        )  # fmt: skip
        self._position += len(events)
        if len(self._waiting) == A_COMMIT:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            commit = chain(self.stream, len(self.commits) + 1, encode_decisions(self._waiting), self._hash)
            self.commits.append(commit)
            self._hash, self._waiting = commit.hash, []


def edition() -> Edition:
    data = budget(YEAR)
    return Edition(
        **{
            **data,
            "in_force_from": date(YEAR, 1, 1),
            "revenue": tuple(RevenueLine(**line) for line in data["revenue"]),
            "expenses": tuple(ExpenseLine(**line) for line in data["expenses"]),
        }
    )


def entered_invoice(number: int, on: date) -> InvoiceEntered:
    provider, article = f"3{number % 1000:08d}", f"0{1 + number % 5}"
    return InvoiceEntered(
        invoice_id=f"{provider}/{number}",
        contract_id=f"C-{number % 1000}",
        provider_code=provider,
        iban="LT121000011101001000",
        payer="TLK-VILNIUS" if article in ("01", "03") else "VLK",
        article=article,
        source="PSDF",
        service_month=f"{on.year}-{max(1, on.month - 1):02d}",
        amount_cents=10_000 + number,
        accepted_on=on,
        due_on=on + timedelta(days=30),
        arrived_at=datetime(on.year, on.month, on.day, 9, tzinfo=VILNIUS) + timedelta(microseconds=number),
        compensation=False,
    )


def days() -> Iterator[date]:
    return (date(YEAR, 1, 1) + timedelta(days=n) for n in range(365))


def accepted(entered: InvoiceEntered) -> InvoiceAccepted:
    named = {each.name for each in fields(InvoiceAccepted)}
    same = {each.name: getattr(entered, each.name) for each in fields(entered) if each.name in named}
    return InvoiceAccepted(
        **same, kind="invoice", corrects=None, received_on=entered.accepted_on,
        resubmitted_on=None, check_by=entered.accepted_on, content="00", rules=("15", "16"),
    )  # fmt: skip


@pytest.mark.bench
async def test_a_report_of_100_000_invoices_takes_under_10_seconds() -> None:
    fund, connection = load_fund(), connect(None)
    stores = {service.name: SqliteStore(connection, service.name) for service in SERVICES}
    of = {service.name: service for service in SERVICES}
    money = Recorder(PAYMENTS.domains[FUND], FUND, fund)
    ledger = Recorder(of["reconciliation"].domains[CLOSE], CLOSE, fund)
    known = Recorder(of["reconciliation"].domains[CLAIMS], CLAIMS, fund)
    providers: dict[str, Recorder] = {}
    shares = tuple(Share(**share) for share in distribution(budget(YEAR))["shares"])
    start = date(YEAR, 1, 1)
    money.run(StartDay(), start)
    lines = {each.name: getattr(edition(), each.name) for each in fields(Edition)}
    money.run(BudgetAdopted(**lines, rules=("7",)), start)
    money.run(DistributionAdopted(year=YEAR, edition=1, shares=shares, quarters=(), rules=("12",)), start)
    for payer in ("VLK", "TLK-VILNIUS"):
        money.run(
            AccountCredited(payer=payer, source="PSDF", amount_cents=10**12, value_on=start, reference=payer), start
        )
    number = 0
    for at, day in enumerate(days()):
        told = money.run(StartDay(), day) if at else []
        for order in [event for event in told if isinstance(event, PaymentOrdered)]:
            ledger.run(order, day)
            done = money.run(PaymentReported(order_id=order.order_id, outcome="executed", on=day, reason=None), day)
            assert isinstance(done[0], PaymentExecuted)
            ledger.run(done[0], day)
        while number < INVOICES * (at + 1) // 365:
            entered = entered_invoice(number, day)
            money.run(accepted(entered), day)
            provider = providers.setdefault(
                entered.provider_code,
                Recorder(of["invoicing"].domains["provider"], f"provider:{entered.provider_code}", fund),
            )
            provider.record([accepted(entered)], day)
            known.run(accepted(entered), day)
            number += 1
    for name, recorders in (
        ("payments", [money]), ("reconciliation", [ledger, known]), ("invoicing", list(providers.values())),
    ):  # fmt: skip
        for recorder in recorders:
            recorder.flush()
            await stores[name].append(recorder.commits)
    began = process_time()
    report = await make_report(stores, fund, YEAR, date(YEAR, 12, 31))
    made = process_time()
    files = report_files(report)
    took = process_time() - began
    print(
        f"{number} invoices: made in {made - began:.2f} s, written in {took - (made - began):.2f} s, {len(files)} files"
    )
    assert report.facts.entered.count == INVOICES
    assert report.estimate.total("transferred") > 0
    assert all(tie.holds for tie in report.ties)
    assert took < FLOOR_S
