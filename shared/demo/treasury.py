"""The treasury: it carries out orders, rejects a few, and credits accounts with what falls due soon."""

from collections.abc import Iterator
from datetime import date

from shared.demo import plot
from shared.demo.book import Account, Book
from shared.demo.budgets import VLK, budget_2021
from shared.demo.days import next_run, working_day_from
from shared.demo.deals import PSDF
from shared.demo.dice import dice
from shared.demo.post import Data, Draft, Ears, clock
from shared.kernel.money import Cents

REPORTED_AT, NEXT_MORNING, CREDITED_AT, OPENED_AT = clock(15, 30), clock(8, 45), clock(17), clock(8, 40)
CUSHION_PERMILLE = 2
ROUND_TO = 100_000  # credits are in thousands of euros
REJECTIONS = ("AC04", "AC04", "AC01", "AC06", "AG01", "MS03")


class Treasury:
    """The accounts of the payers as the treasury keeps them; received and used are by account and year."""

    def __init__(self, seed: int, book: Book) -> None:
        """Open the accounts; ``book`` is what the treasury hears of the fund's plans."""
        self._seed = seed
        self._book = book
        self._cash: dict[Account, Cents] = {}
        self._reports: dict[date, list[tuple[str, str]]] = {}
        self._returns: dict[date, list[tuple[Account, Cents]]] = {}
        self._short: dict[Account, dict[date, int]] = {}
        self._references = 0
        self._turned = False
        self._refusing = 0
        self._held: dict[str, date] = {}
        self.received: dict[tuple[Account, int], Cents] = {}
        self.used: dict[tuple[Account, int], Cents] = {}
        self.ears: Ears = {
            "payment.ordered": self._ordered,
            "payment.rejected": self._rejected,
            "balance.return.ordered": self._returned,
        }

    def hold(self, payer: str, until: date) -> None:
        """Credit nothing to a payer before a day: money comes late."""
        self._held[payer] = until

    def refuse(self, orders: int) -> None:
        """Reject so many orders more than chance does."""
        self._refusing += orders

    def morning(self, day: date) -> Iterator[Draft]:
        """Outcomes left from yesterday, balances that come back; the working capital on the first day."""
        if (day.month, day.day) == (1, 1):
            self._cash = {account: cents for account, cents in self._cash.items() if account[0] == VLK}
        if day == plot.OPENS_ON:
            yield self._credit((VLK, PSDF), budget_2021().data["working_capital_cents"], day, OPENED_AT, "APYVARTINES")
        for order_id, reason in self._reports.pop(day, []):
            yield self._report(day, order_id, reason, NEXT_MORNING)
        for (payer, source), cents in self._returns.pop(day, []):
            yield self._credit((VLK, source), cents, day, NEXT_MORNING, f"LIKUTIS-{payer}")

    # ------------------------------------------------------------------------------------------------------- the bank

    def _ordered(self, day: date, data: Data) -> tuple[Draft, ...]:
        account = (data["payer"], data["source"])
        self._cash[account] = self._cash.get(account, 0) - data["amount_cents"]
        self._use(account, date.fromisoformat(data["on"]).year, data["amount_cents"])
        chance = dice(self._seed, "bank", data["order_id"])
        reason = chance.choice(REJECTIONS) if chance.random() < plot.REJECTED_SHARE else ""
        tomorrow = chance.random() < plot.NEXT_DAY_SHARE
        if account == (plot.REJECTED_AT_TURN, PSDF) and not self._turned and self._is_turn(day):
            self._turned, reason, tomorrow = True, REJECTIONS[0], True
        if self._refusing:
            self._refusing, reason = self._refusing - 1, reason or REJECTIONS[0]
        if tomorrow:
            self._reports.setdefault(next_run(day), []).append((data["order_id"], reason))
            return ()
        return (self._report(day, data["order_id"], reason, REPORTED_AT),)

    def _is_turn(self, day: date) -> bool:
        return day.year == plot.YEAR and next_run(day).year > plot.YEAR

    def _report(self, day: date, order_id: str, reason: str, at: int) -> Draft:
        outcome = "rejected" if reason else "executed"
        data = {"order_id": order_id, "outcome": outcome, "on": day.isoformat(), "reason": reason or None}
        return Draft(at=at, source="/treasury", kind="payment.reported", subject=order_id, data=data)

    def _rejected(self, day: date, data: Data) -> tuple[Draft, ...]:
        """Cash comes back; that of a TLK's past year is set aside for the return."""
        order = self._book.orders[data["order_id"]]
        self._use(order.account, order.on.year, -order.amount)
        if order.account[0] == VLK or order.on.year == day.year:
            self._cash[order.account] = self._cash.get(order.account, 0) + order.amount
        return ()

    def _use(self, account: Account, year: int, cents: Cents) -> None:
        self.used[account, year] = self.used.get((account, year), 0) + cents

    def _returned(self, day: date, data: Data) -> tuple[Draft, ...]:
        account = (data["payer"], data["source"])
        self._returns.setdefault(next_run(day), []).append((account, data["amount_cents"]))
        return ()

    # ------------------------------------------------------------------------------------------------------- credits

    def cover(self, day: date) -> Iterator[Draft]:
        """Credit each account that could not pay the next run, for that run and some after it."""
        run = next_run(day)
        for account in self._book.accounts():
            if day < self._held.get(account[0], date.min):
                continue
            want = self._want(account, day, run)
            if want > 0:
                yield self._credit(account, want, working_day_from(run), CREDITED_AT, "FIN")

    def _want(self, account: Account, day: date, run: date) -> Cents:
        have, due = self._cash.get(account, 0), self._book.due_until(account, run)
        short = self._shortage(account, run, due, have)
        if short is not None:
            return due * short // 1000 - have
        if have >= due or (day.year < run.year and account[0] != VLK):
            return 0
        until = run
        for _ in range(plot.CREDIT_RUNS_AHEAD):
            later = next_run(until)
            if later.year != run.year or self._may_be_short(account, later):
                break
            until = later
        ahead = self._book.due_until(account, until)
        return (ahead * (1000 + CUSHION_PERMILLE) // 1000 - have) // ROUND_TO * ROUND_TO + ROUND_TO

    def _may_be_short(self, account: Account, run: date) -> bool:
        """Whether a shortage of the account is still to come by the run: then nothing is credited ahead."""
        return any(
            (payer, source) == account and run >= start and len(self._short.get(account, ())) < len(permilles)
            for payer, source, start, permilles in plot.SHORTAGES
        )

    def _shortage(self, account: Account, run: date, due: Cents, have: Cents) -> int | None:
        """What permille of the run is there, where the account is short: in the first runs that have something due."""
        runs = self._short.setdefault(account, {})
        if run in runs:
            return runs[run]
        for payer, source, start, permilles in plot.SHORTAGES:
            if (payer, source) == account and run >= start and len(runs) < len(permilles):
                permille = permilles[len(runs)]
                if have < due * permille // 1000:
                    runs[run] = permille
                    return permille
        return None

    def _credit(self, account: Account, cents: Cents, value_on: date, at: int, purpose: str) -> Draft:
        payer, source = account
        self._references += 1
        self._cash[account] = self._cash.get(account, 0) + cents
        year = value_on.year
        self.received[account, year] = self.received.get((account, year), 0) + cents
        data = {
            "payer": payer,
            "source": source,
            "amount_cents": cents,
            "value_on": value_on.isoformat(),
            "reference": f"{purpose}-{value_on:%Y%m%d}-{self._references:05d}",
        }
        return Draft(at=at, source="/treasury", kind="account.credited", subject=payer, data=data)
