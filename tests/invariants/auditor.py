"""The auditor: I1 to I9 and I12, and of I10 each order and its outcome, checked on what is said, from those words alone.

It hears a fund word by word (``hear``), or what came to it and what it said when all is over (``audit``).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from shared.events.catalogue import INTERNAL
from tests.engine.story import Json
from tests.invariants.audited_commitments import Commitments
from tests.invariants.audited_contracts import Contracts
from tests.invariants.audited_orders import Orders
from tests.invariants.audited_reserve import Reserve
from tests.invariants.book import Book
from tests.invariants.findings import Findings, Word
from tests.invariants.knowledge import Knowledge
from tests.invariants.terms import wrong_terms

OF_PAYMENTS = ("account.credited", "payer.merged")
"""What comes in that bears on payments, whoever heard it first."""
SERVICES = ("/contracts", "/invoicing", "/payments", "/reserve", "/reconciliation")


def audit(inbound: Iterable[Json], emitted: Iterable[Json]) -> list[str]:
    """Every breach that the words of a fund show whose services race: what came in, and what each said, in its order."""
    auditor = Auditor(racing=True)
    for told in (*(event for event in inbound if event.get("type") in OF_PAYMENTS), *emitted):
        auditor.hear(told)
    return auditor.end().wrong


class Auditor:
    """Hears all that is said; ``wrong`` is what broke an invariant, in words.

    A limit binds what a decision adds: what an edition or a distribution leaves above one may stay there.
    """

    def __init__(self, *, racing: bool = False) -> None:
        self._findings = Findings(racing=racing)
        self.wrong = self._findings.wrong
        self.seen: Counter[str] = Counter()
        self.book = Book(Knowledge())
        self.reserve = Reserve(self._findings)
        self._contracts = Contracts(self._findings)
        self._commitments = Commitments(self._findings, self.book)
        self._orders = Orders(self._findings, self.book, self._commitments)
        self._last = datetime.min.replace(tzinfo=UTC)
        self._decision: list[Word] = []

    def hear(self, told: Json) -> None:
        """One word; it is read when its decision is whole."""
        word = Word(told)
        self.seen[word.type] += 1
        self._last = max(self._last, word.moment)
        if self._decision and self._decision[0].decision != word.decision:
            self.end()
        self._decision.append(word)

    def end(self) -> "Auditor":
        """The last decision is whole."""
        words, self._decision = self._decision, []
        if words and words[0].source == "/payments":
            self._commitments.begin(words)
        for word in words:
            self._take(word)
        self._commitments.tested()
        self._orders.end()
        return self

    def _take(self, word: Word) -> None:
        if word.source in SERVICES and not word.type.endswith(".parked") and word.type not in INTERNAL:
            self.wrong += wrong_terms(word.told)
        try:
            self._check(word)
            self._tell(word)
        except KeyError as unknown:
            self._findings.must(holds=False, what=f"{word.type}: nothing was said of {unknown}: {word.data}")

    def _check(self, word: Word) -> None:
        """What a service says, against what it may know."""
        match word.source:
            case "/contracts":
                self._contracts.knows.reach(word.moment)
            case "/reserve":
                self.reserve.knows.reach(word.moment)
        for service in (self._contracts, self.reserve, self._commitments, self._orders):
            if step := service.steps.get(word.type):
                step(word)

    def _tell(self, word: Word) -> None:
        """Everybody hears it."""
        for knows in (self._contracts.knows, self.reserve.knows, self.book.knows):
            knows.hear(word)
        for service in (self.reserve, self._commitments, self._orders):
            service.hear(word)

    # --- after each step

    def after(self, state: Any, today: date) -> None:  # noqa: ANN401 - the state of payments
        """The services' own sums are those of the book, and nothing is wrong. Raises AssertionError."""
        self.end()
        self.reserve.knows.reach(self._last)
        self.book.knows.reach(self._last)
        self.book.year = state.year
        must = self._findings.must
        for invoice in state.invoices.values():
            bill = self.book.bills[invoice.invoice_id]
            theirs, ours = (invoice.waiting_cents, invoice.unordered_cents), (bill.waiting, bill.unordered)
            must(theirs == ours, f"I1: {invoice.invoice_id}: {theirs} in the state, {ours} as told")
        for source in ("PSDF", "STATE"):
            theirs_k = state.book.committed_of_source.get(source, 0)
            must(theirs_k == self.book.committed(source), f"K of {source}: {theirs_k} in the state")
        must(self.reserve.kept(today), f"I9: on {today} the reserve is under 5 % of last year's Sodra")
        must(state.held_cents == sum(self.book.held.values()), f"held: {state.held_cents}")
        for (payer, source), cents in state.cash.items():
            ours_cash = self.book.cash(payer, source, today)
            must(cents == ours_cash, f"cash of {payer} {source}: {cents}, {ours_cash} as told")
        assert not self.wrong, "\n".join(self.wrong[:5])
