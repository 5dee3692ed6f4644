"""The year of a fund that brings its own data: budgets, providers, mistakes and money of ``data/{fund_id}.toml``.

It is a smaller world than that of the packaged fund (``world.py``): a handful of providers, every number a line of the
file. It has the same two questions, ``morning`` and ``answer``, and knows only what it sends and what the fund says.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from shared.demo.book import Book
from shared.demo.budgets import DATA, Budget, distribution
from shared.demo.days import months, plus, start_of_next
from shared.demo.deals import PSDF
from shared.demo.fund_bank import FundBank
from shared.demo.invoices import line, submission
from shared.demo.post import Data, Draft, Event, Post, Sent, clock
from shared.kernel.calendar import month_of, quarter_end, quarter_of
from shared.kernel.fund import Fund
from shared.kernel.money import Cents, equal_parts

SPEAKER: Final = "/vlk"  # under this source the payer speaks that answers for whole articles
LATER_DAYS: Final = 1  # who must mend something sends it on the next day
CLERK_DAYS: Final = 3
WORDS: Final = "review"


def data_of(fund_id: str) -> Path:
    """The file of a fund's year, whether or not it is there."""
    return DATA / f"{fund_id}.toml"


class FundYear:
    """Everybody outside a fund of one payer. Raises KeyError for data that lack something."""

    def __init__(self, fund: Fund, path: Path) -> None:
        """Read the year of a fund."""
        self._data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        self.year: int = self._data["year"]
        self._payer = fund.state_payer
        self._permille = fund.statute.amount("reserve_main_permille", self._data["opens_on"])
        self._round = fund.statute.amount("reserve_rounding_cents", self._data["opens_on"])
        self._payment_days = fund.statute.amount("payment_days", self._data["opens_on"])
        self._post, self._book = Post(fund.fund_id), Book()
        self._bank = FundBank(fund, self._data, self._book)
        self._later: dict[date, list[Draft]] = {}
        self._good: dict[str, Data] = {}
        self._reviewed: set[str] = {p["code"] for p in self._data["providers"] if p.get(WORDS) == "clerk"}
        self._transferred: dict[tuple[int, int], Cents] = {}
        self._day = date.min
        self._ears: dict[str, Callable[[date, Data], Iterable[Draft]]] = {
            "invoice.returned": self._returned,
            "invoice.refused": self._refused,
            "payment.ordered": self._bank.ordered,
            "payment.rejected": self._bank.came_back,
            "sodra.statement.returned": self._statement_again,
            "reserve.transfer.planned": self._approve_transfer,
            "reserve.transfer.ordered": self._move_to_reserve,
        }

    @property
    def providers(self) -> int:
        """How many providers there are."""
        return len(self._data["providers"])

    def dates(self) -> Iterator[date]:
        """Every day of the story."""
        day = self._data["opens_on"]
        while day <= self._data["ends_on"]:
            yield day
            day = plus(day, 1)

    def morning(self, day: date) -> list[Sent]:
        """Tell what happens on the day of its own accord; once a day, days in order."""
        self._post.open(day)
        self._day = day
        drafts = [
            *self._law(day),
            *self._contracts(day),
            *self._revenue(day),
            *self._administration(day),
            *self._statements(day),
            *self._decisions(day),
            *self._invoices(day),
            *self._later.pop(day, []),
        ]
        return self._post.send(drafts)

    def answer(self, day: date, emitted: Iterable[Event]) -> list[Sent]:
        """Tell what follows on the same day from what the services emitted since the last call."""
        assert day == self._day, f"the world is on {self._day}, not on {day}"
        drafts: list[Draft] = []
        for event in emitted:
            kind, data = event["type"], event["data"]
            if ear := self._book.ears.get(kind):
                ear(day, data)
            if hear := self._ears.get(kind):
                drafts.extend(hear(day, data))
        drafts.extend(self._bank.cover(day))
        return self._post.send(drafts)

    # --- the law, and who works under it

    def _law(self, day: date) -> Iterator[Draft]:
        """The budget's law, and the fund's sharing out of it by quarter."""
        source = SPEAKER
        for told in self._data["budgets"]:
            if told["told_on"] == day:
                budget = self._budget(told)
                subject = f"{budget.year}-{budget.edition}"
                yield Draft(at=clock(8), source=source, kind="budget.approved", subject=subject, data=budget.data)
                shared_out = distribution(budget, {a: {self._payer: c} for a, c in budget.expenses.items()})
                kind = "distribution.proposed"
                yield Draft(at=clock(8, 5), source=source, kind=kind, subject=subject, data=shared_out)

    def _budget(self, told: Data) -> Budget:
        names, administration = self._data["names"], self._data["administration"]["article"]
        revenue, expenses = told["revenue"], told["expenses"]
        total, compensation = sum(revenue.values()), max(expenses)
        return Budget(
            {
                "year": told["year"],
                "edition": 1,
                "law": told["law"],
                "in_force_from": told["in_force_from"].isoformat(),
                "revenue": [
                    {
                        "code": code,
                        "name": names[code],
                        "sodra": code == self._data["statements"]["line"],
                        "amount_cents": cents,
                    }
                    for code, cents in revenue.items()
                ],
                "revenue_total_cents": total,
                "expenses": [
                    {
                        "article": article,
                        "name": names[article],
                        "health_care": article not in (administration, compensation),
                        "sodra": article == compensation,
                        "amount_cents": cents,
                    }
                    for article, cents in expenses.items()
                ],
                "expenses_total_cents": sum(expenses.values()),
                "working_capital_cents": self._data["working_capital_cents"],
                "reserve_main_cents": (2 * self._permille * total // 1000 + self._round)
                // (2 * self._round)
                * self._round,
                "reserve_risk_cents": told["reserve_risk_cents"],
                "state_funds_cents": 0,
                "reserve_transfer_cents": told["reserve_transfer_cents"],
                "working_capital_before_cents": None,
            }
        )

    def _contracts(self, day: date) -> Iterator[Draft]:
        """A contract with each provider, for the year before on the first day, and for each year on its first day."""
        if day == self._data["opens_on"] or (day.month, day.day) == (1, 1):
            for provider in self._data["providers"]:
                contract = self._contract(provider, day.year)
                subject = contract["contract_id"]
                kind = "contract.proposed"
                yield Draft(at=clock(9), source=SPEAKER, kind=kind, subject=subject, data=contract)

    def _contract(self, provider: Data, year: int) -> Data:
        return {
            "contract_id": contract_of(provider, year),
            "year": year,
            "payer": self._payer,
            "article": provider["article"],
            "source": PSDF,
            "provider": {name: provider[name] for name in ("code", "name", "iban")},
            "ceiling_cents": None,
            "valid_from": f"{year}-01-01",
            "valid_to": f"{year}-12-31",
            "payment_days": self._payment_days,
            "services": [{"code": provider["service"], "unit_price_cents": provider["price_cents"]}],
            "review": provider.get(WORDS, "automatic"),
        }

    # --- invoices

    def _invoices(self, day: date) -> Iterator[Draft]:
        """The invoice of the month before, as it is or with the mistake that the file names; clerks look later."""
        month = month_of(plus(day.replace(day=1), -1))
        for provider in self._data["providers"]:
            if provider["sends_on"] != day.day:
                continue
            good = self._invoice(provider, month, day)
            self._good[good["invoice_id"]] = good
            sent = good
            for mistake in self._data["mistakes"]:
                if (mistake["provider"], mistake["month"]) == (provider["code"], month):
                    sent = mistaken(good, mistake["what"], self._data["budgets"][0]["expenses"])
            yield submission(clock(10), sent)
            if provider["code"] in self._reviewed:
                self._wait(plus(day, CLERK_DAYS), self._verdict(good))

    def _invoice(self, provider: Data, month: str, on: date) -> Data:
        since = len(list(months(month_of(self._data["opens_on"]), month))) - 1
        units = provider["units"] * (1000 + provider["growth_permille"] * since) // 1000
        lines = [line(provider["service"], units, provider["price_cents"])]
        number = f"F{month[2:4]}{month[5:]}"
        return {
            "invoice_id": f"{provider['code']}/{number}",
            "number": number,
            "kind": "invoice",
            "corrects": None,
            "contract_id": contract_of(provider, int(month[:4])),
            "provider_code": provider["code"],
            "payer": self._payer,
            "article": provider["article"],
            "source": PSDF,
            "service_month": month,
            "issued_on": max(start_of_next(month), plus(on, -1)).isoformat(),
            "lines": lines,
            "amount_cents": lines[0]["amount_cents"],
        }

    def _verdict(self, invoice: Data) -> Draft:
        data = {
            "invoice_id": invoice["invoice_id"],
            "contract_id": invoice["contract_id"],
            "verdict": "accept",
            "reasons": [],
        }
        kind, subject = "invoice.reviewed", invoice["invoice_id"]
        return Draft(at=clock(11), source=SPEAKER, kind=kind, subject=subject, data=data)

    def _returned(self, day: date, data: Data) -> tuple[Draft, ...]:
        """The provider mends it and sends it again."""
        self._wait(plus(day, LATER_DAYS), submission(clock(9), self._good[data["invoice_id"]]))
        return ()

    def _refused(self, day: date, data: Data) -> tuple[Draft, ...]:
        """The provider sends it anew, under a new number."""
        good = self._good[data["invoice_id"]]
        number = f"{good['number']}N"
        again = good | {"number": number, "invoice_id": f"{good['provider_code']}/{number}"}
        self._good[again["invoice_id"]] = again
        self._wait(plus(day, LATER_DAYS), submission(clock(9), again))
        return ()

    def _wait(self, day: date, draft: Draft) -> None:
        self._later.setdefault(day, []).append(draft)

    # --- money

    def _revenue(self, day: date) -> Iterator[Draft]:
        """Revenue on the 25th of each month in equal parts; of the year before, what came earlier is told at first."""
        for told in self._data["budgets"]:
            year = told["year"]
            for code, cents in told["revenue"].items():
                for month, part in enumerate(equal_parts(cents, 12), 1):
                    on = date(year, month, 25)
                    if (on == day) or (on < day == self._data["opens_on"]):
                        over = self._data["over"].get(code, 0) if (year, month) == (self.year, 12) else 0
                        yield self._received(code, part + over, on)

    def _received(self, code: str, cents: Cents, on: date) -> Draft:
        if code == self._data["statements"]["line"]:
            key = (on.year, quarter_of(on))
            self._transferred[key] = self._transferred.get(key, 0) + cents
        kind, subject = "revenue.received", f"V-{on:%Y%m}-{code}"
        data = {
            "year": on.year,
            "code": code,
            "amount_cents": cents,
            "received_on": on.isoformat(),
            "offset": False,
            "reference": subject,
        }
        return Draft(at=clock(8, 20), source="/treasury", kind=kind, subject=subject, data=data)

    def _administration(self, day: date) -> Iterator[Draft]:
        """What the fund spends on itself, each month from January on, once there is a budget."""
        told = self._data["administration"]
        begun = any(b["year"] == day.year and b["in_force_from"] <= day for b in self._data["budgets"])
        if day.day == told["day"] and begun and day.year == self.year:
            data = {
                "payer": self._payer,
                "year": day.year,
                "article": told["article"],
                "amount_cents": told["monthly_cents"],
                "paid_on": day.isoformat(),
                "reference": f"A-{day:%Y%m}",
            }
            kind, subject = "administration.paid", f"A-{day:%Y%m}"
            yield Draft(at=clock(9, 30), source="/treasury", kind=kind, subject=subject, data=data)

    # --- the collector, the reserve, the minister

    def _statements(self, day: date) -> Iterator[Draft]:
        """The collector's statement of the quarter before, one of them wrong at first."""
        told = self._data["statements"]
        if day.day == told["day"] and day.month in (1, 4, 7, 10):
            last = plus(day.replace(day=1), -1)
            wrong = told["wrong"]["cents"] if told["wrong"]["quarter"] == f"{last.year}-Q{quarter_of(last)}" else 0
            yield self._statement(last.year, quarter_of(last), 1, wrong)

    def _statement(self, year: int, quarter: int, submission: int, wrong: Cents = 0) -> Draft:
        assert quarter_end(year, quarter) < self._day
        data = {
            "year": year,
            "quarter": quarter,
            "submission": submission,
            "transferred_cents": self._transferred[year, quarter] + wrong,
            "offset_cents": 0,
            "related_cents": 0,
            "compensation_cents": self._data["statements"]["compensation_cents"],
        }
        kind, subject = "sodra.statement.submitted", f"{year}-Q{quarter}"
        return Draft(at=clock(9, 40), source="/sodra", kind=kind, subject=subject, data=data)

    def _statement_again(self, day: date, data: Data) -> tuple[Draft, ...]:
        again = self._statement(data["year"], data["quarter"], data["submission"] + 1)
        self._wait(plus(day, LATER_DAYS), again)
        return ()

    def _decisions(self, day: date) -> Iterator[Draft]:
        """Over-plan revenue and uses of the reserve, as they are decided."""
        told = (("surplus", "surplus.proposed"), ("reserve_uses", "reserve.use.proposed"))
        for name, kind in told:
            decisions: list[Data] = self._data[name]
            for decided in decisions:
                if decided["on"] == day:
                    data: Data = {key: each for key, each in decided.items() if key not in ("on", "by")}
                    data |= {"year": day.year, "decided_on": day.isoformat()}
                    source, subject = str(decided.get("by", "/ministry")), str(decided["document"])
                    yield Draft(at=clock(11, 30), source=source, kind=kind, subject=subject, data=data)

    def _approve_transfer(self, day: date, data: Data) -> tuple[Draft, ...]:
        """The director approves what was planned, on the next day."""
        told = {name: data[name] for name in ("year", "kind", "amount_cents")} | {"document": "12-A (model)"}
        subject = f"{data['year']}-{data['kind']}"
        kind = "reserve.transfer.approved"
        approved = Draft(at=clock(10), source=SPEAKER, kind=kind, subject=subject, data=told)
        self._wait(plus(day, LATER_DAYS), approved)
        return ()

    def _move_to_reserve(self, day: date, data: Data) -> Iterator[Draft]:
        told = {name: data[name] for name in ("year", "kind", "amount_cents")} | {"on": day.isoformat()}
        subject, kind = f"{data['year']}-{data['kind']}", "reserve.transfer.reported"
        yield Draft(at=clock(16, 30), source="/treasury", kind=kind, subject=subject, data=told)


def contract_of(provider: Data, year: int) -> str:
    """A contract's id."""
    return f"{provider['code']}-{year}"


def mistaken(good: Data, what: str, articles: Iterable[str]) -> Data:
    """The invoice as it is sent first: a price or a sum that is not right, or another article."""
    (first,) = good["lines"]
    match what:
        case "price":
            lines = [line(first["service_code"], first["quantity"], first["unit_price_cents"] + 100)]
            return good | {"lines": lines, "amount_cents": lines[0]["amount_cents"]}
        case "sum":
            return good | {"amount_cents": good["amount_cents"] + 100}
        case _:
            return good | {"article": next(each for each in articles if each != good["article"])}
