"""I1 to I9 and I12, checked at every word that the services say, by a second book kept from those words alone."""

from collections import Counter
from datetime import date
from typing import Any

from shared.events.catalogue import INTERNAL
from tests.engine.story import Json
from tests.invariants.second_book import VLK, Bill, Book, Paid, days_of
from tests.invariants.second_reserve import Reserve
from tests.invariants.shortage import Due, arrival, pro_rata
from tests.invariants.terms import wrong_terms


class Watch:
    """Hears all that is said; ``wrong`` is what broke an invariant, in words."""

    def __init__(self, since: date) -> None:
        self.book = Book(since.year)
        self.reserve = Reserve(self.book)
        self.wrong: list[str] = []
        self.seen: Counter[str] = Counter()
        self.locks = 0
        self._told_at = ""
        self._run: dict[tuple[str, str, date], dict[str, int]] = {}
        self._contracts: dict[str, Json] = {}
        self._mergers: list[Json] = []
        self._steps: dict[str, Any] = {
            "day.started": self._day,
            "payer.merged": self._merged,
            "budget.adopted": self._edition,
            "distribution.adopted": self._shares,
            "surplus.allotted": self._allotted,
            "surplus.refused": self._not_allotted,
            "reserve.use.allowed": self._used,
            "reserve.use.refused": self._not_used,
            "revenue.received": self._received,
            "administration.counted": self._counted,
            "account.credited": self._credited,
            "balance.return.ordered": self._returned,
            "contract.concluded": self._concluded,
            "contract.changed": self._changed,
            "contract.account.confirmed": self._confirmed,
            "invoice.accepted": self._accepted,
            "compensation.due": self._compensated,
            "payment.scheduled": self._scheduled,
            "payment.deferred": self._deferred,
            "payment.lowered": self._lowered,
            "payment.carried": self._carried,
            "payment.ordered": self._ordered,
            "payment.rejected": self._came_back,
            "payment.returned": self._money_came_back,
            "shortage.declared": self._shortage,
            "notice.prepared": self._prepared,
            "overrun.notified": self._notified,
            "overrun.withdrawn": self._withdrawn,
        }

    def hear(self, told: Json) -> None:
        """One message."""
        self.seen[told["type"]] += 1
        self._told_at = told["time"]
        if told["source"] in ("/contracts", "/invoicing", "/payments", "/reserve", "/reconciliation"):
            if told["type"].endswith(".parked"):
                return
            if told["type"] not in INTERNAL:
                self.wrong += wrong_terms(told)
        if told["source"] == "/payments":
            self.book.year = max(self.book.year, days_of(told).year)
        if step := self._steps.get(told["type"]):
            step(told["data"], days_of(told))

    def must(self, holds: object, what: str) -> None:
        """Say what is wrong unless it holds."""
        if not holds:
            self.wrong.append(what)

    # --- payers that are merged

    def _day(self, _data: Json, day: date) -> None:
        for merger in [one for one in self._mergers if one["on"] <= day.isoformat()]:
            self._mergers.remove(merger)
            payer, into = self.book.resolve(merger["payer"]), self.book.resolve(merger["into"])
            if payer != into:
                self.book.joined[payer] = into

    def _merged(self, data: Json, day: date) -> None:
        self._mergers.append(data)
        self._day(data, day)

    # --- what limits are made of

    def _edition(self, data: Json, _day: date) -> None:
        self.book.editions.append(data)

    def _shares(self, data: Json, _day: date) -> None:
        for row in data["quarters"]:
            self.book.shares[data["year"], row["article"]] = Counter()
        for share in data["shares"]:
            self.book.shares[data["year"], share["article"]][share["payer"]] += share["amount_cents"]

    # --- the reserve: I9

    def _received(self, data: Json, _day: date) -> None:
        self.reserve.received(data)

    def _allotted(self, data: Json, day: date) -> None:
        self.must(self.reserve.may_be_allotted(data, day), f"I9: allotted: {data}")
        self.reserve.allotted(data, day)
        self.book.allotted[data["year"], data["article"]] += data["amount_cents"]

    def _not_allotted(self, data: Json, day: date) -> None:
        self.must(not self.reserve.may_be_allotted(data, day), f"23: not allotted: {data}")

    def _used(self, data: Json, day: date) -> None:
        self.must(self.reserve.may_be_used(data, day), f"I9: used: {data}")
        self.reserve.used[data["year"], data["part"]] += data["amount_cents"]

    def _not_used(self, data: Json, day: date) -> None:
        codes = {reason["code"] for reason in data["reasons"]}
        decided = codes <= {"more_than_reserve", "reserve_under_5_percent", "no_last_year"}
        self.must(not (decided and self.reserve.may_be_used(data, day)), f"8: not used: {data}")
        self.locks += "reserve_under_5_percent" in codes

    def _counted(self, data: Json, _day: date) -> None:
        """HIL 14(3): what is paid outside the queues is in K; what it passes is flagged."""
        self.book.apart.append(data)
        edition = self.book.edition(date.fromisoformat(data["paid_on"]))
        if edition and data["year"] == self.book.year:
            total = self.book.committed("PSDF") + sum(self.book.held.values())
            flagged = "year_total" in {flag["code"] for flag in data["flags"]}
            self.must(flagged == (total > self.book.total(edition)), f"HIL 14(3): {total}: {data}")

    def _credited(self, data: Json, _day: date) -> None:
        if data["reference"] not in self.book.references:
            self.book.references.add(data["reference"])
            value_on = date.fromisoformat(data["value_on"])
            self.book.credited.append((data["payer"], data.get("source", "PSDF"), value_on, data["amount_cents"]))

    def _returned(self, data: Json, _day: date) -> None:
        """25: what goes back comes as the treasury's credit, also where the payer is merged meanwhile."""
        end = date(data["year"], 12, 31)
        self.book.credited.append((data["payer"], data["source"], end, -data["amount_cents"]))

    def share(self, year: int, article: str, payer: str) -> int:
        """S(p, a), with those of payers merged into it."""
        of_article = self.book.shares.get((year, article), Counter())
        return sum(cents for who, cents in of_article.items() if self.book.resolve(who) == payer)

    # --- contracts: I6

    def _concluded(self, data: Json, _day: date) -> None:
        self._contracts[data["contract_id"]] = {**data, "accepted": 0, "ended": False}
        if data["ceiling_cents"]:
            self._ceiling(data["contract_id"])

    def _changed(self, data: Json, _day: date) -> None:
        contract = self._contracts[data["contract_id"]]
        before = contract["ceiling_cents"]
        contract["payer"] = data["payer"] or contract["payer"]
        if data["ended_on"]:
            contract["ended"] = True
            return
        contract["ceiling_cents"] = data["ceiling_cents"]
        if data["ceiling_cents"] is not None and (before is None or data["ceiling_cents"] > before):
            self._ceiling(data["contract_id"])

    def _ceiling(self, contract_id: str) -> None:
        asked = self._contracts[contract_id]
        pot = ("source",) if asked["source"] == "STATE" else ("source", "article", "payer")
        counted = 0
        for one in self._contracts.values():
            alike = one["year"] == asked["year"] and all(one[part] == asked[part] for part in pot)
            if alike and one["ceiling_cents"] is not None:
                counted += one["accepted"] if one["ended"] else max(one["ceiling_cents"], one["accepted"])
        latest = self.book.latest(asked["year"])
        state_funds = latest["state_funds_cents"] if latest else 0
        of_payer = self.share(asked["year"], asked["article"], asked["payer"])
        limit = state_funds if asked["source"] == "STATE" else of_payer
        self.must(counted <= limit, f"I6: {contract_id}: {counted} contracted of {limit}")

    # --- invoices: I1, I4, I8

    def _accepted(self, data: Json, _day: date) -> None:
        sign = -1 if data["kind"] == "credit" else 1
        contract = self._contracts[data["contract_id"]]
        contract["accepted"] += sign * data["amount_cents"]
        ceiling = contract["ceiling_cents"]
        self.must(ceiling is None or contract["accepted"] <= ceiling or sign < 0, f"I6: {data['invoice_id']}: over")
        self.must(contract["source"] == data["source"], f"I8: {data['invoice_id']} is of another source")
        if sign > 0:
            self.book.bills[data["invoice_id"]] = Bill(accepted=data, waiting=data["amount_cents"])

    def _compensated(self, data: Json, _day: date) -> None:
        """22: Sodra's compensation is paid like an invoice of the VLK; there is no contract of it."""
        accepted = {**data, "source": "PSDF", "arrived_at": self._told_at}
        self.book.bills[data["invoice_id"]] = Bill(accepted=accepted, waiting=data["amount_cents"])

    def _bill(self, data: Json) -> Bill:
        bill = self.book.bills[data["invoice_id"]]
        for part in ("source", "article"):
            self.must(data.get(part, bill.accepted[part]) == bill.accepted[part], f"I8: {data['invoice_id']}: {part}")
        return bill

    def _whole(self, data: Json, bill: Bill) -> None:
        sums = (bill.waiting, bill.unordered, bill.lowered)
        adds_up = min(sums) >= 0 and bill.rest == bill.waiting + bill.unordered
        self.must(adds_up, f"I1: {data['invoice_id']}: {sums} and {bill.ordered()} of {bill.accepted['amount_cents']}")

    def _scheduled(self, data: Json, day: date) -> None:
        bill, terms = self._bill(data), data["terms"]
        pay_on = date.fromisoformat(data["pay_on"])
        joins = bill.unordered > 0  # what joins a payment is paid on its day, though that be past
        self.must((joins or pay_on >= day) and pay_on.year == self.book.year, f"I4: paid on {pay_on}: {data}")
        edition = self.book.edition(pay_on)
        put_back = day.day == 1 and self.book.edition(day) is None  # what is put back is not told
        if not put_back:
            self.must(terms["asked_cents"] == bill.waiting, f"I12: {data['invoice_id']} asks {bill.waiting}")
            self._named(data, bill)
        over = self._over(data, edition)
        bill.unordered, bill.waiting, bill.pay_on = bill.unordered + bill.waiting, 0, pay_on
        self.must(
            data["amount_cents"] == bill.unordered + bill.ordered(self.book.year),
            f"I1: {data['invoice_id']}: {data['amount_cents']} committed",
        )
        self._whole(data, bill)
        if edition is None:
            self.must(put_back or self._in_month(data, pay_on), f"I7: {data}")
        elif data["source"] == "STATE":
            self.must(self.book.committed("STATE") <= edition["state_funds_cents"], f"I2: STATE {data}")
        else:
            self._limits(data, bill, edition, over)

    def _named(self, data: Json, bill: Bill) -> None:
        """I12: the numbers in the terms are those of the second book."""
        terms, source, article = data["terms"], data["source"], data["article"]
        ours: dict[str, Any] = {
            "total_committed_cents": self.book.committed("PSDF") + sum(self.book.held.values()),
            "article_committed_cents": self.book.committed("PSDF", article),
            "notified_cents": self.book.notified[self.book.year, article],
        }
        if source == "STATE" and "funds_cents" in terms:
            ours["committed_cents"] = self.book.committed("STATE")
        if "month" in terms:
            ours["committed_cents"] = self.book.committed_of_month(source, terms["month"])
        for name, cents in ours.items():
            self.must(
                terms.get(name, cents) == cents, f"I12: {bill.accepted['invoice_id']}: {name} is {cents}: {terms}"
            )

    def _over(self, data: Json, edition: Json | None) -> int:
        """How far the article is committed over its limit."""
        limit = self.book.limit(data["article"], edition) if edition else 0
        return max(0, self.book.committed("PSDF", data["article"]) - limit)

    def _limits(self, data: Json, bill: Bill, edition: Json, over_before: int) -> None:
        """I3 binds what is added: what an edition or the end of the 1/12 left over the limit was not added now."""
        article, year, payer = data["article"], self.book.year, self.book.payer(bill)
        total = self.book.committed("PSDF") + sum(self.book.held.values())
        self.must(total <= self.book.total(edition), f"I2: {total} of {self.book.total(edition)}: {data}")
        over, told = self._over(data, edition), data["rules"] == ["18", "HIL 14(3)"]
        allowed = over_before + data["over_appropriation_cents"] if told else self.book.notified[year, article]
        self.must(over <= allowed, f"I3: {over} over, {allowed} allowed: {data}")
        of_payer = sum(
            one.unordered + one.ordered(year)
            for one in self.book.bills.values()
            if (self.book.payer(one), one.accepted["article"], one.accepted["source"]) == (payer, article, "PSDF")
        )
        share = self.share(year, article, payer)
        share += self.book.allotted[year, article] if payer == VLK else 0
        self.must(of_payer <= share or told, f"16: {of_payer} of {share}: {data}")

    def _in_month(self, data: Json, pay_on: date) -> bool:
        """I7."""
        last = self.book.latest(pay_on.year - 1)
        plan = 0 if last is None else last["state_funds_cents" if data["source"] == "STATE" else "expenses_total_cents"]
        return self.book.committed_of_month(data["source"], pay_on.isoformat()[:7]) <= int(plan) // 12

    def _deferred(self, data: Json, _day: date) -> None:
        bill = self._bill(data)
        bill.waiting = data["amount_cents"]
        bill.unordered = bill.rest - bill.waiting
        self._whole(data, bill)

    def _lowered(self, data: Json, _day: date) -> None:
        bill, cents = self.book.bills[data["invoice_id"]], data["lowered_cents"]
        bill.lowered += cents
        if data["payment_id"]:
            bill.unordered -= cents
        else:
            bill.waiting -= cents
        self.must(data["amount_cents"] == bill.rest, f"I1: {data['invoice_id']}: {bill.rest} rest after {data}")
        self._whole(data, bill)

    def _carried(self, data: Json, _day: date) -> None:
        self.book.year = data["to_year"]
        bill = self.book.bills[data["invoice_id"]]
        self.must(data["amount_cents"] == bill.rest, f"24: {data['invoice_id']}: {bill.rest} carried as {data}")
        bill.waiting, bill.unordered, bill.pay_on = data["amount_cents"], 0, None

    # --- cash and orders: I5, I8

    def _expect_run(self, payer: str, source: str, day: date) -> dict[str, int]:
        account = (payer, source, day)
        if account not in self._run:
            asked = [(bill.accepted, bill.unordered) for bill in self.book.due(*account)]
            due = [Due(each["accepted_on"], arrival(each), each["invoice_id"], cents) for each, cents in asked]
            self._run[account] = pro_rata(self.book.cash(*account), due)
        return self._run[account]

    def _shortage(self, data: Json, day: date) -> None:
        account = (data["payer"], data["source"], day)
        due = sum(bill.unordered for bill in self.book.due(*account))
        ours = (due, self.book.cash(*account))
        self.must((data["due_cents"], data["cash_cents"]) == ours and ours[0] > ours[1], f"17: {ours}: {data}")
        self._expect_run(*account)

    def _ordered(self, data: Json, day: date) -> None:
        bill = self._bill(data)
        run = self._expect_run(data["payer"], data["source"], day)
        part = run.pop(data["invoice_id"], 0)
        self.must(data["amount_cents"] == part, f"I5: {data['invoice_id']}: {part} expected: {data}")
        self.must(bill.accepted["accepted_on"] <= data["on"], f"I4: {data}")
        self.must(data["order_id"] not in bill.orders, f"16: {data['order_id']} again")
        month = bill.pay_on.isoformat()[:7] if bill.pay_on else ""
        bill.orders[data["order_id"]] = Paid(cents=data["amount_cents"], year=data["year"], month=month)
        bill.unordered -= data["amount_cents"]
        self.must(data["partial"] == (bill.unordered > 0), f"17: partial: {data}")
        self._whole(data, bill)

    def _came_back(self, data: Json, _day: date) -> None:
        bill = self.book.bills[data["invoice_id"]]
        order = bill.orders[data["order_id"]]
        self.must(order.stands, f"16: {data['order_id']} came back twice")
        order.stands = False
        if order.year == self.book.year:
            bill.unordered += order.cents
        else:
            bill.waiting += order.cents

    def _money_came_back(self, data: Json, day: date) -> None:
        self._came_back(data, day)
        bill = self.book.bills[data["invoice_id"]]
        bill.held = bool(bill.accepted.get("contract_id"))

    def _confirmed(self, data: Json, _day: date) -> None:
        for bill in self.book.bills.values():
            if bill.accepted.get("contract_id") == data["contract_id"]:
                bill.held = False

    # --- notices

    def _prepared(self, data: Json, _day: date) -> None:
        self.must(data["article"] not in self.book.held, f"18: two notices of {data['article']}")
        self.book.held[data["article"]] = sum(covered["amount_cents"] for covered in data["invoices"])

    def _notified(self, data: Json, _day: date) -> None:
        del self.book.held[data["article"]]
        self.book.notified[data["year"], data["article"]] += data["planned_cents"]

    def _withdrawn(self, data: Json, _day: date) -> None:
        del self.book.held[data["article"]]

    # --- after each step

    def after(self, state: Any, today: date) -> None:  # noqa: ANN401 - the state of payments
        """The services' own sums are those of the second book, and no run is half done."""
        self.book.year = state.year
        for account, left in self._run.items():
            self.must(not left, f"I5: not ordered in the run of {account}: {left}")
        for invoice in state.invoices.values():
            bill = self.book.bills[invoice.invoice_id]
            theirs, ours = (invoice.waiting_cents, invoice.unordered_cents), (bill.waiting, bill.unordered)
            self.must(theirs == ours, f"I1: {invoice.invoice_id}: {theirs} in the state, {ours} as told")
        for source in ("PSDF", "STATE"):
            theirs_k = state.book.committed_of_source.get(source, 0)
            self.must(theirs_k == self.book.committed(source), f"K of {source}: {theirs_k} in the state")
        self.must(self.reserve.kept(today), f"I9: on {today} the reserve is under 5 % of last year's Sodra")
        self.must(state.held_cents == sum(self.book.held.values()), f"held: {state.held_cents}")
        for (payer, source), cents in state.cash.items():
            ours_cash = self.book.cash(payer, source, today)
            self.must(cents == ours_cash, f"cash of {payer} {source}: {cents}, {ours_cash} as told")
        assert not self.wrong, "\n".join(self.wrong[:5])
