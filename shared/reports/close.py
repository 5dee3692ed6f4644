"""The closing of a year: what is still open, by when and by which point; and when nothing is, the signed-off proof.

24. "PSDF biudžetas baigiamas vykdyti gruodžio 31 dieną." A reading of all states at a cut-off day: nothing is decided
here, and nothing written. Whoever has the proof can fold the journals again and compare every hash and every sum.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

import msgspec

from services.invoicing import state as invoicing
from services.payments import state as payments
from services.payments.service import FUND, PAYMENTS
from services.reconciliation import claims, payer_years, sodra
from services.reconciliation.law import QUARTERS, report_by, return_by, submit_by
from services.reconciliation.service import CLAIMS, CLOSE, RECONCILIATION, SODRA
from services.reserve import state as reserve
from services.reserve.service import RESERVE, RESERVE_STREAM
from shared.journal.fold import Folded, Head, fold_until
from shared.journal.services import SERVICES, Stores
from shared.kernel.calendar import DECEMBER, VILNIUS, quarter_end
from shared.kernel.clock import Now
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.value import value
from shared.reports.handing_in import HandIn, to_hand_in
from shared.reports.year.expenses import estimate
from shared.reports.year.plan import PARTS, balances
from shared.reports.year.proof import across_ties

States = Mapping[str, Folded]
"""The states of every service at one cut-off, by the service's name: what ``fold_states`` gives."""


@value
class Matter:
    """Something that is open: its kind, which, how much (cents), by when (None: no date is set), and the point."""

    kind: str
    what: str
    amount: Cents | None
    by: date | None
    rule: str

    currency: str = "EUR"


@value
class Sum:
    """A sum of the closed year, in cents."""

    name: str
    cents: Cents


@value
class Proof:
    """What a closed year is signed off with: where each stream stood, and every balance."""

    heads: tuple[Head, ...]
    sums: tuple[Sum, ...]


@value
class Close:
    """A year at a cut-off day: what is open, in order; the proof where nothing is; what is to be handed in of it."""

    fund: str
    year: int
    cut_off: date
    open: tuple[Matter, ...]
    proof: Proof | None
    hand_in: tuple[HandIn, ...] = ()
    currency: str = "EUR"

    @property
    def sha256(self) -> str:
        """The digest of the canonical JSON without itself (sorted keys, no blanks, UTF-8)."""
        canonical = json.dumps(self._body(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def _body(self) -> dict[str, object]:
        matters = [
            {"kind": m.kind, "what": m.what, "amount_cents": m.amount, "by": m.by and m.by.isoformat(), "rule": m.rule}
            for m in self.open
        ]
        body: dict[str, object] = {
            "fund": self.fund,
            "year": self.year,
            "cut_off": self.cut_off.isoformat(),
            "closed": self.proof is not None,
            "open": matters,
        }
        if self.hand_in:
            body["hand_in"] = [msgspec.to_builtins(paper) for paper in self.hand_in]
        if self.proof:
            body["heads"] = [
                {"service": h.service, "stream": h.stream, "version": h.version, "hash": h.hash}
                for h in self.proof.heads
            ]
            body["sums_cents"] = {each.name: each.cents for each in self.proof.sums}
        return body

    def json(self) -> bytes:
        """The closing as JSON, with its ``sha256``."""
        body = self._body() | {"sha256": self.sha256}
        return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


async def fold_states(stores: Stores, cut_off: date) -> dict[str, Folded]:
    """The states of all services at the end of the cut-off day. Raises Broken for a broken chain."""
    return {service.name: await fold_until(stores[service.name], service, cut_off) for service in SERVICES}


def close_year(states: States, fund: Fund, year: int) -> Close:
    """What is open for the year, in order; where nothing is, the proof. All states are of one cut-off day."""
    cut_off = states[PAYMENTS.name].cut_off
    found = tuple(replace(matter, currency=fund.currency) for matter in open_matters(states, fund, year))
    heads = tuple(head for service in SERVICES for head in states[service.name].heads)
    hand_in = to_hand_in(fund, year)
    proof = None if found else Proof(heads=heads, sums=tuple(sums(states, fund, year)))
    of, currency = fund.fund_id, fund.currency
    return Close(fund=of, year=year, cut_off=cut_off, open=found, proof=proof, hand_in=hand_in, currency=currency)


def open_matters(states: States, fund: Fund, year: int) -> Iterator[Matter]:
    """Every open matter of the year, in the order in which a year is closed."""
    money: payments.State = states[PAYMENTS.name].get(FUND, payments.State)
    matters = states[RECONCILIATION.name]
    now = Now(moment=datetime(year + 1, 1, 1, tzinfo=VILNIUS), day=date(year + 1, 1, 1), fund=fund)
    yield from year_to_turn(money, year)
    yield from undecided(states["invoicing"], year)
    yield from under_way(money, year)
    yield from unanswered(money, year)
    yield from unreported(now, matters.get(CLOSE, payer_years.State), year)
    yield from unreturned(now, money, year)
    yield from unstated(now, matters.get(SODRA, sodra.State), money, year)
    yield from untransferred(states[RESERVE.name].get(RESERVE_STREAM, reserve.State), year)
    yield from unused(money, year)
    yield from unsettled(matters.get(CLAIMS, claims.State), year)
    yield from disagreeing(states, fund, year)


def year_to_turn(money: payments.State, year: int) -> Iterator[Matter]:
    """24. While the year runs nothing of it can be closed; what is unpaid is carried when the next one starts."""
    if money.year <= year:
        rest = sum(invoice.rest_cents for invoice in money.invoices.values())
        yield Matter(kind="year", what="not over, unpaid so far", amount=rest, by=date(year, DECEMBER, 31), rule="24")


def undecided(invoices: Folded, year: int) -> Iterator[Matter]:
    """15. Invoices of the year's months that wait for a contract or for a clerk."""
    found = [
        waiting.invoice
        for stream, state in sorted(invoices.states.items())
        if isinstance(state, invoicing.State)
        for _, waiting in sorted(state.waiting.items())
    ]
    for invoice in sorted(found, key=lambda i: (i.check_by, i.invoice_id)):
        if int(invoice.service_month[:4]) <= year:
            what = f"{invoice.invoice_id} waits for {invoice.waits_for}"
            yield Matter(kind="invoice", what=what, amount=invoice.amount_cents, by=invoice.check_by, rule="15")


def under_way(money: payments.State, year: int) -> Iterator[Matter]:
    """18. Notices prepared and neither delivered nor withdrawn; the turn of the year withdraws them."""
    for notice in sorted(money.notices.values(), key=lambda n: n.notice_no):
        if notice.year == year:
            by = date(year, DECEMBER, 31)
            yield Matter(kind="notice", what=notice.notice_no, amount=notice.planned_cents, by=by, rule="18")


def unanswered(money: payments.State, year: int) -> Iterator[Matter]:
    """16. Orders of the year that the bank has not answered: the money is due on the invoice's due date."""
    for order in sorted(money.orders.values(), key=lambda o: o.order_id):
        if order.year == year:
            by = money.invoices[order.invoice_id].due_on
            yield Matter(kind="order", what=order.order_id, amount=order.amount_cents, by=by, rule="16")


def unreported(now: Now, ledgers: payer_years.State, year: int) -> Iterator[Matter]:
    """24. Territorial funds whose year is not reported, or was not accepted."""
    for account in sorted(ledgers.ledgers):
        ledger = ledgers.ledgers[account]
        if account.year == year and account.payer != now.fund.state_payer and not ledger.accepted:
            balance = ledger.received_cents - ledger.used_cents
            what = f"{account.payer} {account.source}"
            yield Matter(kind="report", what=what, amount=balance, by=report_by(now, year), rule="24")


def unreturned(now: Now, money: payments.State, year: int) -> Iterator[Matter]:
    """25. What is set aside for the return to the VLK and is not on its way."""
    for account in sorted(money.set_aside):
        if cents := money.set_aside[account].get(year, 0):
            what = f"{account.payer} {account.source}"
            yield Matter(kind="return", what=what, amount=cents, by=return_by(now, year), rule="25")


def unstated(now: Now, statements: sodra.State, money: payments.State, year: int) -> Iterator[Matter]:
    """22. Quarters without an approved statement, and compensations that are not paid to the end.

    A quarter that ended before the fund's first day here was stated elsewhere, if at all.
    """
    for quarter in range(1, QUARTERS + 1):
        key = f"{year}-Q{quarter}"
        known = statements.statements.get(key)
        if known is None and statements.first_day and quarter_end(year, quarter) < statements.first_day:
            continue
        if known is None:
            yield Matter(
                kind="statement", what=f"{key} missing", amount=None, by=submit_by(now, year, quarter), rule="22"
            )
        elif known.status != "approved":
            yield Matter(
                kind="statement", what=f"{key} {known.status}", amount=None, by=known.last.approve_by, rule="22"
            )
        elif due := money.invoices.get(f"SODRA/{key}"):
            yield Matter(kind="compensation", what=key, amount=due.rest_cents, by=due.due_on, rule="22")


def untransferred(state: reserve.State, year: int) -> Iterator[Matter]:
    """9, 10, 23. Transfers to the reserve that are not done, and a 5 % that did not hold."""
    by = date(year, DECEMBER, 31)
    for transfer in sorted(state.transfers.values(), key=lambda t: t.kind):
        if transfer.year == year and transfer.status != "done":
            what = f"{transfer.kind} {transfer.status}"
            yield Matter(kind="transfer", what=what, amount=transfer.amount_cents, by=by, rule=transfer.kind)
    if state.lock_holds.get(year) is False:
        yield Matter(kind="reserve", what="under 5 % at the year's end", amount=None, by=by, rule="23")


def unused(money: payments.State, year: int) -> Iterator[Matter]:
    """21. Credits of the year with an open rest: handed over for recovery when their day comes."""
    for credit in sorted(money.credits.values(), key=lambda c: c.by):
        if credit.hand_over_on.year <= year + 1:
            yield Matter(kind="credit", what=credit.by, amount=credit.open_cents, by=credit.hand_over_on, rule="21")


def unsettled(state: claims.State, year: int) -> Iterator[Matter]:
    """20, 21. Claims with a rest, of invoices of the year's months or of none; the Rules set no date."""
    for claim_id in sorted(state.claims):
        claim = state.claims[claim_id]
        invoice = state.invoices.get(claim.opened.invoice_id)
        if claim.rest_cents and (invoice is None or int(invoice.service_month[:4]) <= year):
            yield Matter(kind="claim", what=claim_id, amount=claim.rest_cents, by=None, rule=claim.opened.basis)


def disagreeing(states: States, fund: Fund, year: int) -> Iterator[Matter]:
    """I10. What two services recorded of the year, where it does not agree to the cent."""
    money: payments.State = states[PAYMENTS.name].get(FUND, payments.State)
    matters = states[RECONCILIATION.name]
    reading = estimate(fund, money, year, states[PAYMENTS.name].cut_off)
    ledgers, record = matters.get(CLOSE, payer_years.State), matters.get(SODRA, sodra.State)
    for tie in across_ties(reading, ledgers, record, states[RESERVE.name].get(RESERVE_STREAM, reserve.State)):
        if not tie.holds:
            yield Matter(kind="sums", what=tie.what_en, amount=tie.left - tie.right, by=None, rule="26")


def sums(states: States, fund: Fund, year: int) -> Iterator[Sum]:
    """Every balance of the year: the estimate's totals, the debt carried, revenue, the reserve, the accounts."""
    money: payments.State = states[PAYMENTS.name].get(FUND, payments.State)
    holds: reserve.State = states[RESERVE.name].get(RESERVE_STREAM, reserve.State)
    reading = estimate(fund, money, year, states[PAYMENTS.name].cut_off)
    for name in ("plan", "allotted", "committed", "ordered", "transferred", "unpaid"):
        yield Sum(name=f"PSDF {name}", cents=reading.total(name))
    for name in ("committed", "ordered", "transferred", "unpaid"):
        yield Sum(name=f"STATE {name}", cents=reading.total(name, reading.state_lines))
    yield Sum(name="revenue received", cents=sum(holds.revenue.get(year, {}).values()))
    for part in PARTS:
        yield Sum(name=f"reserve {part}", cents=holds.part_cents(year, part, date(year, DECEMBER, 31)))
    for balance in balances(money):
        yield Sum(name=f"cash {balance.payer} {balance.source}", cents=balance.cash)
