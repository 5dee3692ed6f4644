"""Random histories of a small fund: little money, so that every limit binds; short terms, so that every run comes soon.

A history is data: where it begins, and what happens one after another. Whoever plays it makes the events.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.engine.story import Happening, Json
from tests.given import FUND, bill, budget, cash, contract, credit, day, event, invoice, merged, report, sender, shares
from tests.invariants.auditor import Auditor
from tests.invariants.reported import BankBook, reports, untied
from tests.invariants.whole import Whole

KAUNAS, VILNIUS, VLK = "TLK-KAUNAS", "TLK-VILNIUS", "VLK"
BEGINNINGS = {
    "without a budget": date(2026, 1, 29),
    "in the year": date(2026, 3, 2),
    "the year ends": date(2026, 12, 18),
}
POTS = {
    "V": {"payer": VLK, "article": "04", "source": "PSDF"},
    "W": {"payer": VLK, "article": "03", "source": "PSDF"},
    "K": {"payer": KAUNAS, "article": "04", "source": "PSDF"},
    "N": {"payer": VILNIUS, "article": "04", "source": "PSDF"},
    "S": {"payer": VLK, "article": "04", "source": "STATE"},
    "T": {"payer": KAUNAS, "article": "03", "source": "STATE"},
}
PAYMENT_DAYS = {"V": 3, "W": 5, "K": 2, "N": 30, "S": 1, "T": 6}

cents = st.integers(1, 60)
pots = st.sampled_from(sorted(POTS))
picks = st.integers(0, 30)

OPERATIONS: dict[str, st.SearchStrategy[tuple[Any, ...]]] = {
    "days": st.tuples(st.integers(1, 4)),
    "invoice": st.tuples(pots, cents, st.sampled_from(("whole", "whole", "whole", "faulty"))),
    "credit": st.tuples(picks, cents),
    "cash": st.tuples(
        st.sampled_from((VLK, VLK, KAUNAS, VILNIUS)),
        st.sampled_from(("PSDF", "PSDF", "STATE")),
        st.integers(1, 120),
        st.integers(-2, 3),
    ),
    "bank": st.just(()),
    "report": st.tuples(picks, st.sampled_from(("executed", "rejected", "returned"))),
    "budget": st.tuples(
        st.integers(0, 1),
        st.integers(20, 120),
        st.integers(10, 60),
        st.integers(0, 80),
        st.integers(0, 60),
        st.integers(-3, 5),
    ),
    "shares": st.tuples(st.integers(0, 1), st.sampled_from(("03", "04")), st.integers(0, 100), st.integers(0, 100)),
    "contract": st.tuples(pots, st.none() | st.integers(0, 80), st.integers(0, 3)),
    "change": st.tuples(picks, st.none() | st.integers(0, 80)),
    "end": st.tuples(picks),
    "account": st.tuples(picks),
    "surplus": st.tuples(st.sampled_from(("03", "04", "06")), cents),
    "use": st.tuples(
        st.sampled_from(("main", "risk")), st.integers(1, 12), st.sampled_from(("right", "right", "other"))
    ),
    "revenue": st.tuples(cents),
    "administration": st.tuples(cents, st.sampled_from(("06", "06", "06", "04")), st.integers(0, 9)),
    "statement": st.tuples(st.integers(1, 4), st.sampled_from((0, 0, 0, 3)), st.integers(0, 8)),
    "year_report": st.tuples(st.sampled_from((KAUNAS, VILNIUS)), st.sampled_from((0, 0, 0, 1))),
    "set_off": st.tuples(picks, cents),
    "merge": st.tuples(st.sampled_from(((KAUNAS, VLK), (KAUNAS, VILNIUS), (VILNIUS, VLK))), st.integers(0, 2)),
    "deliver": st.tuples(picks),
    "again": st.tuples(picks),
}
OFTEN = ("days",) * 7 + ("invoice",) * 8 + ("cash", "cash", "bank", "report")
IN_DECEMBER = ("surplus", "surplus", "use", "use", "use", "revenue", "year_report", "year_report")
"""What is decided when a year ends, and so comes more often there."""


@dataclass(frozen=True)
class History:
    """Where it begins, whether the ministry answers at once, and what happens."""

    beginning: str
    at_once: bool
    happened: list[tuple[Any, ...]]


def happening(name: str) -> st.SearchStrategy[tuple[Any, ...]]:
    """One operation with its arguments."""
    return OPERATIONS[name].map(lambda arguments: (name, *arguments))


def histories(shortest: int = 30, longest: int = 60) -> st.SearchStrategy[History]:
    """Histories of at most so many operations."""

    def beginning_at(beginning: str) -> st.SearchStrategy[History]:
        ends = beginning == "the year ends"
        names = st.sampled_from([*sorted(OPERATIONS.keys() - {"year_report"}), *OFTEN, *(IN_DECEMBER if ends else ())])
        return st.builds(
            History,
            beginning=st.just(beginning),
            at_once=st.booleans(),
            happened=st.lists(names.flatmap(happening), min_size=shortest, max_size=longest),
        )

    return st.sampled_from(sorted(BEGINNINGS)).flatmap(beginning_at)


def revenue(cents_: int, on: str, reference: str) -> Happening:
    """Sodra transfers; it belongs to the year of its day."""
    data = {"year": int(on[:4]), "code": "01.01", "amount_cents": cents_, "received_on": on, "offset": False}
    return event("revenue.received", "/treasury", **data, reference=reference)


class Player:
    """Plays a history through a whole fund, and audits it after every step."""

    def __init__(self, history: History, *, audited: bool = True) -> None:
        self.history, since = history, BEGINNINGS[history.beginning]
        self.auditor, self.bank = Auditor(), BankBook()
        self.whole = Whole(since=since, ministry_at_once=history.at_once, listen=self._listen if audited else None)
        self._audited = audited
        self._editions: dict[int, tuple[int, Json]] = {}
        self._orders: list[str] = []
        self._bills: list[tuple[str, Json]] = []
        self._contracts: list[str] = []
        self._merged: set[str] = set()
        self._count = 0

    def _listen(self, told: Json) -> None:
        self.auditor.hear(told)
        self.bank.hear(told)
        if told["type"] == "payment.ordered":
            self._orders.append(told["data"]["order_id"])

    def play(self, keep_snapshots_at: int | None = None) -> "Player":
        """All of it; the services keep snapshots before a step."""
        self._open()
        for number, (name, *arguments) in enumerate(self.history.happened):
            if number == keep_snapshots_at:
                self.whole.keep_snapshots()
            self._step(name, arguments)
        return self

    def report(self) -> "Player":
        """Reports are made of what was played, and tie."""
        book = self.auditor.book
        payers = {payer.code: book.knows.resolve(payer.code) for payer in FUND.payers}
        for found in reports(self.whole):
            wrong = list(untied(found, self.bank, payers))
            assert not wrong, "\n".join(wrong[:5])
        return self

    def _open(self) -> None:
        """Last year's budget, two contracts a pot, revenue over the plan; a budget of this year but in January."""
        plan = {"03": 240, "04": 720}
        self._tell(budget(plan, year=2025, state=120))
        if self.history.beginning != "without a budget":
            self._edition(2026, plan=(60, 40, 40), state=30, from_day=0)
            self._share(2026, "04", 50, 30)
            self._share(2026, "03", 100, 0)
        for name, pot in POTS.items():
            for number in range(2):
                self._contract(name, None, number)
            assert pot["payer"]
        self._tell(revenue(400, on="2025-06-02", reference="last-year"))
        self._tell(revenue(250, on="2026-01-02", reference="this-year"))

    def _tell(self, *happened: Happening) -> None:
        for one in happened:
            self.whole.happens(one)
            if self._audited:
                state = self.whole.payments
                self.auditor.after(state, state.today or self.whole.today)

    def _step(self, name: str, arguments: list[Any]) -> None:
        self._count += 1
        getattr(self, f"_{name}")(*arguments)

    # --- what may happen

    def _days(self, number: int) -> None:
        for _ in range(number):
            self._tell(day((self.whole.today + timedelta(days=1)).isoformat()))

    def _invoice(self, pot: str, amount: int, kind: str) -> None:
        """The next month of a contract of the pot that is over, or a faulty one."""
        today, month = self.whole.today, self._count % 12
        contract_id = f"{pot}{self._count % 2}-{2025 if month >= today.month - 1 else 2026}"
        service_month = f"{contract_id[-4:]}-{month + 1:02d}"
        data = {**POTS[pot], "contract_id": contract_id, "service_month": service_month}
        if kind == "faulty":
            data["payer"] = VILNIUS
        number = f"I{self._count}"
        self._bills.append((number, data))
        self._tell(invoice(number, amount, **data))

    def _credit(self, pick: int, amount: int) -> None:
        if self._bills:
            number, data = self._bills[pick % len(self._bills)]
            self._tell(credit(f"R{self._count}", amount, number, **data))

    def _cash(self, payer: str, source: str, amount: int, days: int) -> None:
        value_on = (self.whole.today + timedelta(days=days)).isoformat()
        self._tell(cash(amount, payer, source, value_on=value_on))

    def _report(self, pick: int, outcome: str) -> None:
        if self._orders:
            self._tell(report(self._orders[pick % len(self._orders)], outcome))

    def _bank(self) -> None:
        """The bank carries out all that it was not heard of."""
        for order_id in [each for each in self._orders if each not in self.bank.answered]:
            self._tell(report(order_id, "executed"))

    def _budget(self, later: int, care: int, other: int, more: int, state: int, days: int) -> None:
        year = self.whole.today.year + later
        self._edition(year, plan=(care, other, more), state=state, from_day=days)

    def _edition(self, year: int, plan: tuple[int, int, int], state: int, from_day: int) -> None:
        edition = self._editions.get(year, (0, {}))[0] + 1
        in_force = self.whole.today + timedelta(days=from_day)
        articles = {"04": plan[0], "03": plan[1], "06": plan[2], "07": 10}
        self._editions[year] = (edition, articles)
        from_year = f"{year}-01-01"
        self._tell(
            budget(
                articles,
                year=year,
                edition=edition,
                state=state,
                in_force_from=in_force.isoformat() if in_force.year == year else from_year,
                reserve_main_cents=12,
                reserve_risk_cents=20,
            )
        )

    def _shares(self, later: int, article: str, first: int, second: int) -> None:
        self._share(self.whole.today.year + later, article, first, second)

    def _share(self, year: int, article: str, first: int, second: int) -> None:
        """The VLK gets a part, Kaunas a part of the rest, Vilnius what is left."""
        edition, articles = self._editions.get(year, (1, {}))
        whole = articles.get(article, 0)
        of_vlk = whole * first // 100
        of_kaunas = (whole - of_vlk) * second // 100
        parts = {"VLK": of_vlk, "TLK_KAUNAS": of_kaunas, "TLK_VILNIUS": whole - of_vlk - of_kaunas}
        self._tell(shares(article, year=year, edition=edition, **parts))

    def _contract(self, pot: str, ceiling: int | None, number: int) -> None:
        for year in (2025, 2026):
            contract_id = f"{pot}{number}-{year}"
            self._contracts.append(contract_id)
            terms = {**POTS[pot], "payment_days": PAYMENT_DAYS[pot], "year": year}
            self._tell(contract(contract_id, ceiling, **terms))

    def _change(self, pick: int, ceiling: int | None) -> None:
        contract_id = self._contracts[pick % len(self._contracts)]
        self._tell(
            event("contract.change.proposed", self._owner(contract_id), contract_id=contract_id, ceiling_cents=ceiling)
        )

    def _end(self, pick: int) -> None:
        contract_id = self._contracts[pick % len(self._contracts)]
        self._tell(
            event("contract.ended", self._owner(contract_id), contract_id=contract_id, on_=self.whole.today.isoformat())
        )

    def _account(self, pick: int) -> None:
        contract_id = self._contracts[pick % len(self._contracts)]
        named = {"contract_id": contract_id, "iban": "LT601010012345678901"}
        self._tell(event("contract.account.proposed", self._owner(contract_id), **named))

    def _owner(self, contract_id: str) -> str:
        return sender(str(POTS[contract_id[0]]["payer"]))

    def _surplus(self, article: str, amount: int) -> None:
        decided = {"year": self.whole.today.year, "article": article, "amount_cents": amount}
        document = f"V-{self._count}"
        decided_on = self.whole.today.isoformat()
        self._tell(event("surplus.proposed", "/ministry", **decided, decided_on=decided_on, document=document))

    def _use(self, part: str, amount: int, who: str) -> None:
        """Of a reserve of 32 cents, of which 20 are 5 % of what Sodra transferred last year."""
        sender = "/government" if (part == "main") == (who == "right") else "/ministry"
        today = self.whole.today
        use = {"year": today.year, "part": part, "amount_cents": amount, "purpose": "health care"}
        document = f"U-{self._count}"
        self._tell(event("reserve.use.proposed", sender, **use, decided_on=today.isoformat(), document=document))

    def _revenue(self, amount: int) -> None:
        self._tell(revenue(amount, on=self.whole.today.isoformat(), reference=f"revenue-{self._count}"))

    def _administration(self, amount: int, article: str, days: int) -> None:
        """The treasury has paid administration, of this year or the last."""
        on = (self.whole.today - timedelta(days=days)).isoformat()
        data = {"payer": VLK, "year": int(on[:4]), "article": article, "amount_cents": amount, "paid_on": on}
        self._tell(event("administration.paid", "/treasury", **data, reference=f"administration-{self._count}"))

    def _statement(self, quarter: int, off: int, compensation: int) -> None:
        """Sodra's, of a quarter that is over or is not; some are three cents off."""
        year = self.whole.today.year - (quarter * 3 >= self.whole.today.month)
        of_quarter = self.auditor.reserve.quarters[year, quarter]
        sums = {"year": year, "quarter": quarter, "submission": self._count, "compensation_cents": compensation}
        stated = {"transferred_cents": of_quarter + off, "offset_cents": 0, "related_cents": 0}
        self._tell(event("sodra.statement.submitted", "/sodra", **sums, **stated))

    def _year_report(self, payer: str, off: int) -> None:
        """Of a territorial fund about last year, as the bank's papers say; some are a cent off."""
        year = self.whole.today.year - 1
        received = self.auditor.book.received(payer, "PSDF", year)
        used = self.bank.sums(self.whole.today)[0][payer, "PSDF", year]
        sums = {"received_cents": received + off, "used_cents": used, "balance_cents": received + off - used}
        self._tell(event("payer.year.reported", f"/tlk/{payer}", payer=payer, year=year, source="PSDF", **sums))

    def _set_off(self, pick: int, amount: int) -> None:
        if not self._bills:
            return
        invoice_id = bill(self._bills[pick % len(self._bills)][0])
        claim = {"claim_id": f"claim-{self._count}", "amount_cents": amount, "invoice_id": invoice_id}
        provider = invoice_id.partition("/")[0]
        self._tell(
            event("recovery.claimed", "/vlk", **claim, provider_code=provider, basis="21", reason="paid twice"),
            event("recovery.settled", "/vlk", **claim, how="set_off", document="D"),
        )

    def _merge(self, payers: tuple[str, str], days: int) -> None:
        if self._merged.intersection(payers):
            return
        self._merged.add(payers[0])
        self._tell(merged(*payers, (self.whole.today + timedelta(days=days)).isoformat()))

    def _deliver(self, pick: int) -> None:
        if not self.history.at_once and self.whole.under_way:
            self.whole.deliver(self.whole.under_way[pick % len(self.whole.under_way)])
            if self._audited:
                self.auditor.after(self.whole.payments, self.whole.payments.today)

    def _again(self, pick: int) -> None:
        """What was heard before comes again: nothing is said."""
        said = len(self.whole.said)
        self.whole.receive(self.whole.raws[pick % len(self.whole.raws)])
        self.whole.raws.pop()
        assert len(self.whole.said) == said, self.whole.said[said:]
