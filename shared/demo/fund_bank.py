"""The bank of a fund with data of its own: what lies on its account, what a run needs, what becomes of orders."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from shared.demo.book import Book
from shared.demo.days import plus
from shared.demo.deals import PSDF
from shared.demo.post import Data, Draft, clock
from shared.kernel.fund import Fund


class FundBank:
    """The account of the fund's one payer."""

    def __init__(self, fund: Fund, data: dict[str, Any], book: Book) -> None:
        """``data`` is the fund's year, ``book`` what the outside world hears of its payments."""
        self._payer, self._calendar = fund.state_payer, fund.calendar
        self._data, self._book = data, book
        self._cash = 0
        self._references = 0
        self._short: list[int] = list(data["short"]["permille"])
        self._short_runs: set[date] = set()
        self._rejected: set[str] = set()

    def cover(self, day: date) -> Iterator[Draft]:
        """Credit the account with what the next run needs, or with a part of it where the file says so."""
        run = self._calendar.bank_day_from(plus(day, 1))
        due = self._book.due_until((self._payer, PSDF), run)
        want = due - self._cash
        if want <= 0:
            return
        if run in self._short_runs:
            return
        if self._short and day >= self._data["short"]["from"]:
            self._short_runs.add(run)
            want = due * self._short.pop(0) // 1000 - self._cash
        if want > 0:
            self._cash += want
            self._references += 1
            data = {
                "payer": self._payer,
                "source": PSDF,
                "amount_cents": want,
                "value_on": run.isoformat(),
                "reference": f"FIN-{self._references:04d}",
            }
            kind = "account.credited"
            yield Draft(at=clock(17), source="/treasury", kind=kind, subject=self._payer, data=data)

    def ordered(self, day: date, data: Data) -> Iterator[Draft]:
        """The bank carries an order out on its day; one that the file names is turned down at first."""
        self._cash -= data["amount_cents"]
        reason = None
        for told in self._data["rejected"]:
            invoice_id = f"{told['provider']}/F{told['month'][2:4]}{told['month'][5:]}"
            if data["invoice_id"] == invoice_id and invoice_id not in self._rejected:
                self._rejected.add(invoice_id)
                reason = told["reason"]
        outcome = "rejected" if reason else "executed"
        said = {"order_id": data["order_id"], "outcome": outcome, "on": day.isoformat(), "reason": reason}
        kind, subject = "payment.reported", data["order_id"]
        yield Draft(at=clock(15, 30), source="/treasury", kind=kind, subject=subject, data=said)

    def came_back(self, _day: date, data: Data) -> tuple[Draft, ...]:
        """What was turned down is on the account again."""
        self._cash += data["amount_cents"]
        return ()
