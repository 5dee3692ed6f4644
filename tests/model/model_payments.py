"""Reference model of points 11, 16-19, 24: queues, tests, notices, shortage, orders, the turn of the year.

Nothing is summed up in advance: each K, P, R and cash is added up from the lists when it is asked for.
"""

from datetime import date, datetime

from shared.kernel.calendar import DAY
from tests.model.model_administration import Apart, content, out_of_reach, over_article, over_total, refusals
from tests.model.plain import CALENDAR, CAME_BACK, VLK, Data, Event, Stream, day, moment, month_of, reason

Pot = tuple[str, str, str]
Place = tuple[str, datetime, str]


class Fund(Stream):
    """All invoices, orders, credits, editions, shares, allotments and notices."""

    hears = frozenset(
        {
            "day.started",
            "payer.merged",
            "budget.adopted",
            "distribution.adopted",
            "account.credited",
            "administration.paid",
            "payment.reported",
            "invoice.accepted",
            "compensation.due",
            "surplus.allotted",
            "recovery.set_off",
            "balance.return.ordered",
            "contract.account.confirmed",
        }
    )

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.editions: list[Data] = []
        self.shares: dict[tuple[int, str, str], int] = {}
        self.allotments: list[Data] = []
        self.invoices: dict[str, Data] = {}
        self.orders: list[Data] = []
        self.credits: list[Data] = []
        self.cash: list[Data] = []
        self.references: set[str] = set()
        self.apart = Apart()
        self.notices: list[Data] = []
        self.run_to_come = False
        self.year = 0

    # sums, all from the lists

    def edition(self, on: date) -> Data | None:
        """The edition in force on a day."""
        taken = [e for e in self.editions if e["year"] == on.year and day(e["in_force_from"]) <= on]
        return max(taken, key=lambda e: (e["in_force_from"], e["edition"]), default=None)

    def allotted(self, article: str | None = None) -> int:
        return sum(
            v["amount_cents"] for v in self.allotments if v["year"] == self.year and article in (None, v["article"])
        )

    def appropriation(self, edition: Data, article: str) -> int:
        law = sum(int(line["amount_cents"]) for line in edition["expenses"] if line["article"] == article)
        return law + self.allotted(article)

    def share(self, payer: str, article: str) -> int:
        return self.shares.get((self.year, payer, article), 0)

    def committed(self, source: str, article: str | None = None, payer: str | None = None) -> int:
        """K: scheduled in the year, ordered or not."""
        unordered = sum(
            int(i["scheduled"])
            for i in self.invoices.values()
            if i["source"] == source and article in (None, i["article"]) and payer in (None, i["payer"])
        )
        apart = self.apart.sum(self.year, article, payer) if source == "PSDF" else 0
        return (
            unordered
            + apart
            + sum(
                int(o["amount_cents"])
                for o in self.orders
                if o["year"] == self.year
                and o["outcome"] not in CAME_BACK
                and o["source"] == source
                and article in (None, o["article"])
                and payer in (None, o["payer"])
            )
        )

    def committed_in_month(self, source: str, month: str) -> int:
        unordered = sum(
            int(i["scheduled"])
            for i in self.invoices.values()
            if i["source"] == source and i["scheduled"] and month_of(i["pay_on"]) == month
        )
        apart = self.apart.in_month(month) if source == "PSDF" else 0
        return (
            unordered
            + apart
            + sum(
                int(o["amount_cents"])
                for o in self.orders
                if o["outcome"] not in CAME_BACK and o["source"] == source and month_of(o["pay_on"]) == month
            )
        )

    def transferred(self, article: str) -> int:
        return self.apart.sum(self.year, article) + sum(
            o["amount_cents"]
            for o in self.orders
            if o["year"] == self.year
            and o["outcome"] == "executed"
            and o["source"] == "PSDF"
            and o["article"] == article
        )

    def held(self) -> int:
        return sum(
            self.invoices[i]["waiting"] for n in self.notices if n["state"] == "under way" for i in n["invoices"]
        )

    def total_committed(self) -> int:
        return self.committed("PSDF") + self.held()

    def notified(self, article: str) -> int:
        return sum(
            n["planned_cents"]
            for n in self.notices
            if n["state"] == "delivered" and n["year"] == self.year and n["article"] == article
        )

    def kept_for_tlk(self, article: str) -> int:
        tlk = sorted({p for (y, p, a) in self.shares if y == self.year and a == article and p != VLK})
        return sum(max(0, self.share(p, article) - self.committed("PSDF", article, p)) for p in tlk)

    # queues

    def pay_day(self, invoice: Data) -> date:
        """The planned pay day, for which what waits is tested."""
        first = self.day if self.run_to_come else self.day + DAY
        planned = CALENDAR.bank_day_until(invoice["due_on"])
        return planned if planned >= first else CALENDAR.bank_day_from(first)

    def under_way(self) -> set[str]:
        return {i for n in self.notices if n["state"] == "under way" for i in n["invoices"]}

    def queue(self, pot: Pot) -> list[Data]:
        """Who waits in a pot and does not stand aside for the next year."""
        waiting = [i for i in self.invoices.values() if i["waiting"] and i["pot"] == pot]
        return sorted((i for i in waiting if self.pay_day(i).year == self.year), key=lambda i: i["place"])

    def test_queues(self, only: Pot | None = None) -> None:
        """Test heads, the earliest of all pots first; a head that fails blocks its pot."""
        busy = {self.invoices[i]["pot"] for i in self.under_way()}
        pots = {i["pot"] for i in self.invoices.values() if i["waiting"]} - busy
        if only is not None:
            pots &= {only}
        for invoice in self.invoices.values():
            if invoice["waiting"] and invoice["pot"] in pots and self.pay_day(invoice).year != self.year:
                pay_on = self.pay_day(invoice)
                self.defer(invoice, "next_year", {"year": pay_on.year, "pay_on": str(pay_on)})
        while heads := [q[0] for q in map(self.queue, sorted(pots)) if q]:
            head = min(heads, key=lambda i: i["place"])
            failed, terms = self.test(head)
            if failed:
                self.defer(head, failed, terms)
                for behind in self.queue(head["pot"])[1:]:
                    self.defer(behind, "earlier_unpaid", {"behind": head["invoice_id"]})
                pots.remove(head["pot"])
            else:
                self.schedule(head, terms)

    def test(self, invoice: Data) -> tuple[str, Data]:
        """The tests in order: the first that fails and its terms, or the terms of all."""
        asked, pay_on = invoice["waiting"], self.pay_day(invoice)
        edition = self.edition(pay_on)
        if edition is None:
            return self.test_month(invoice["source"], asked, pay_on)
        if invoice["source"] == "STATE":
            committed, funds = self.committed("STATE"), edition["state_funds_cents"]
            terms = {"funds_cents": funds, "committed_cents": committed, "asked_cents": asked}
            return "" if committed + asked <= funds else "state_funds", terms
        payer, article = invoice["payer"], invoice["article"]
        limit, share = self.appropriation(edition, article), self.share(payer, article)
        if payer == VLK:
            share += self.allotted(article)
        own, whole = self.committed("PSDF", article, payer), self.committed("PSDF", article)
        terms = {
            "share_cents": share,
            "payer_committed_cents": own,
            "article_limit_cents": limit,
            "article_committed_cents": whole,
            "notified_cents": self.notified(article),
            "asked_cents": asked,
        }
        total_limit = edition["expenses_total_cents"] + self.allotted()
        total = {
            "total_limit_cents": total_limit,
            "total_committed_cents": self.total_committed(),
            "asked_cents": asked,
        }
        fits_total = self.total_committed() + asked <= total_limit
        if own + asked > share or whole + asked > limit + self.notified(article):
            if payer != VLK or whole + asked <= limit:
                return "payer_share", terms
            if not fits_total:
                return "year_total", total
            return "appropriation", {**terms, "kept_for_tlk_cents": self.kept_for_tlk(article)}
        return ("", {**terms, **total}) if fits_total else ("year_total", total)

    def test_month(self, source: str, asked: int, pay_on: date) -> tuple[str, Data]:
        last = max(
            (e for e in self.editions if e["year"] == self.year - 1), key=lambda e: int(e["edition"]), default=None
        )
        if last is None:
            return "no_budget", {"year": self.year}
        month = month_of(pay_on)
        cap = (last["expenses_total_cents"] if source == "PSDF" else last["state_funds_cents"]) // 12
        committed = self.committed_in_month(source, month)
        terms = {"month": month, "cap_cents": cap, "committed_cents": committed, "asked_cents": asked}
        return "" if committed + asked <= cap else "one_twelfth", terms

    # announcements

    def ordered_in_year(self, invoice: Data) -> int:
        return sum(
            o["amount_cents"]
            for o in self.orders
            if o["invoice_id"] == invoice["invoice_id"] and o["year"] == self.year and o["outcome"] not in CAME_BACK
        )

    def schedule(self, invoice: Data, terms: Data, over: int = 0, notice_no: str | None = None) -> None:
        if not invoice["scheduled"]:  # what joins a payment of which something is unordered has its day
            invoice["pay_on"] = self.pay_day(invoice)
        invoice["scheduled"] += invoice["waiting"]
        invoice["waiting"] = 0
        invoice["over"] += over
        invoice["notice_no"] = notice_no or invoice["notice_no"]
        invoice["deferral"] = None
        amount = invoice["scheduled"] + self.ordered_in_year(invoice)
        tells = (self.year, amount, invoice["pay_on"], invoice["notice_no"])
        if invoice["told"] == tells:
            return
        invoice["told"] = tells
        self.say(
            "payment.scheduled",
            {
                "payment_id": f"{invoice['invoice_id']}@{self.year}",
                "invoice_id": invoice["invoice_id"],
                "year": self.year,
                "payer": invoice["payer"],
                "article": invoice["article"],
                "source": invoice["source"],
                "amount_cents": amount,
                "over_appropriation_cents": invoice["over"],
                "notice_no": invoice["notice_no"],
                "accepted_on": invoice["accepted_on"],
                "pay_on": str(invoice["pay_on"]),
                "due_on": str(invoice["due_on"]),
                "terms": terms,
            },
        )

    def defer(self, invoice: Data, why: str, terms: Data) -> None:
        if invoice["deferral"] == (why, self.year):
            return
        invoice["deferral"], invoice["told"] = (why, self.year), None
        self.say(
            "payment.deferred",
            {
                "invoice_id": invoice["invoice_id"],
                "year": self.year,
                "payer": invoice["payer"],
                "article": invoice["article"],
                "source": invoice["source"],
                "amount_cents": invoice["waiting"],
                "accepted_on": invoice["accepted_on"],
                "due_on": str(invoice["due_on"]),
                "reason": why,
                "terms": terms,
            },
        )

    # days

    def start_day(self) -> None:
        on, before = self.day, self.year
        self.year, self.run_to_come = on.year, True
        if before and on.year != before:
            self.turn_of_year(before)
        elif on.day == 1 and self.edition(on) is None:
            self.turn_of_month()
        self.overdue()
        self.test_queues()
        self.run_to_come = False
        self.prepare_notices()
        if CALENDAR.is_bank_day(on):
            self.run_orders()
        self.hand_over_credits()

    def after_day(self) -> None:
        for notice in self.notices:
            if notice["state"] == "under way":
                self.deliver(notice)

    def turn_of_year(self, before: int) -> None:
        for i in sorted(self.invoices.values(), key=lambda i: i["place"]):
            rest = i["waiting"] + i["scheduled"]
            i.update(waiting=rest, scheduled=0, pay_on=None, over=0, notice_no=None, told=None)
            if rest:
                self.say(
                    "payment.carried",
                    {
                        "invoice_id": i["invoice_id"],
                        "from_year": before,
                        "to_year": self.year,
                        "amount_cents": rest,
                        "accepted_on": i["accepted_on"],
                        "due_on": str(i["due_on"]),
                    },
                )

    def turn_of_month(self) -> None:
        for i in self.invoices.values():
            if i["scheduled"] and self.edition(i["pay_on"]) is None:
                i["waiting"] += i["scheduled"]
                i["scheduled"] = 0

    def overdue(self) -> None:
        for i in self.invoices.values():
            rest = i["waiting"] + i["scheduled"]
            if rest and i["due_on"] < self.day and not i["overdue"]:
                i["overdue"] = True
                self.say(
                    "payment.overdue",
                    {"invoice_id": i["invoice_id"], "due_on": str(i["due_on"]), "rest_cents": rest},
                )

    def hand_over_credits(self) -> None:
        for c in self.credits:
            if c["open"] and self.day >= date(int(c["service_month"][:4]) + 1, 2, 1):
                self.say(
                    "payment.credit.unused",
                    {
                        "by": c["by"],
                        "contract_id": c["contract_id"],
                        "provider_code": c["provider_code"],
                        "open_cents": c["open"],
                    },
                )
                c["open"] = 0

    # the overrun

    def prepare_notices(self) -> None:
        pots = {i["pot"] for i in self.invoices.values() if i["waiting"]}
        for pot in sorted(p for p in pots if p[0] == VLK and p[2] == "PSDF"):
            queue = self.queue(pot)
            if queue and queue[0]["deferral"] == ("appropriation", self.year):
                self.prepare_notice(pot[1], queue)

    def prepare_notice(self, article: str, queue: list[Data]) -> None:
        covered: list[Data] = []
        planned, asked, kept = 0, 0, self.kept_for_tlk(article)
        for invoice in queue:
            edition = self.edition(self.pay_day(invoice))
            if edition is None or invoice["kind"] == "compensation":
                break
            limit = self.appropriation(edition, article)
            total = edition["expenses_total_cents"] + self.allotted()
            if self.total_committed() + asked + invoice["waiting"] > total:
                break
            room = max(0, limit - (self.committed("PSDF", article) + asked) - kept)
            planned += max(0, invoice["waiting"] - room)
            asked += invoice["waiting"]
            covered.append(invoice)
        if not planned:
            return
        edition = self.edition(self.pay_day(covered[0]))
        assert edition is not None
        limit = self.appropriation(edition, article)
        waits = [
            i
            for i in self.invoices.values()
            if i["waiting"]
            and i["article"] == article
            and i["source"] == "PSDF"
            and i["deferral"] != ("next_year", self.year)
        ]
        tlk = {p for (y, p, a) in self.shares if y == self.year and a == article and p != VLK}
        unused = sum(
            max(
                0,
                self.share(p, article)
                - self.committed("PSDF", article, p)
                - sum(i["waiting"] for i in waits if i["payer"] == p),
            )
            for p in tlk
        )
        n = 1 + sum(1 for x in self.notices if (x["year"], x["article"]) == (self.year, article))
        self.notices.append(
            {
                "state": "under way",
                "notice_no": f"{self.year}-{article}-{n}",
                "year": self.year,
                "article": article,
                "allotted_cents": limit,
                "transferred_cents": self.transferred(article),
                "exceeding_cents": self.committed("PSDF", article) + sum(i["waiting"] for i in waits) + unused - limit,
                "planned_cents": planned,
                "invoices": [i["invoice_id"] for i in covered],
                "prepared_on": str(self.day),
                "kept": kept,
            }
        )

    def deliver(self, notice: Data) -> None:
        notice["state"], article = "delivered", notice["article"]
        told = {k: v for k, v in notice.items() if k not in ("state", "kept")}
        self.say("overrun.notified", {**told, "delivered_on": str(self.day)})
        for invoice_id in notice["invoices"]:
            invoice = self.invoices[invoice_id]
            edition = self.edition(self.pay_day(invoice))
            assert edition is not None
            room = max(0, self.appropriation(edition, article) - self.committed("PSDF", article) - notice["kept"])
            terms = {
                "total_limit_cents": edition["expenses_total_cents"] + self.allotted(),
                "total_committed_cents": self.total_committed(),
                "asked_cents": invoice["waiting"],
            }
            self.schedule(invoice, terms, max(0, invoice["waiting"] - room), notice["notice_no"])
        self.test_queues()

    # orders

    def cash_of(self, payer: str, source: str) -> int:
        return sum(
            c["amount"]
            for c in self.cash
            if (c["payer"], c["source"]) == (payer, source)
            and c["on"] <= self.day
            and (payer == VLK or c["on"].year == self.year)
        )

    def run_orders(self) -> None:
        due = [i for i in self.invoices.values() if i["scheduled"] and not i["held"] and i["pay_on"] <= self.day]
        for payer, source in sorted({(i["payer"], i["source"]) for i in due}):
            own = sorted((i for i in due if (i["payer"], i["source"]) == (payer, source)), key=lambda i: i["place"])
            self.run_account(payer, source, own)

    def run_account(self, payer: str, source: str, due: list[Data]) -> None:
        cash, whole = self.cash_of(payer, source), sum(i["scheduled"] for i in due)
        left, short = cash, cash < whole
        for accepted_on in sorted({i["accepted_on"] for i in due}):
            group = [i for i in due if i["accepted_on"] == accepted_on]
            asks = sum(i["scheduled"] for i in group)
            if asks <= left:
                left -= asks
                for i in group:
                    self.order(i, i["scheduled"])
                continue
            assert short
            self.say(
                "shortage.declared",
                {
                    "payer": payer,
                    "source": source,
                    "on": str(self.day),
                    "due_cents": whole,
                    "cash_cents": cash,
                    "group_accepted_on": accepted_on,
                    "group_due_cents": asks,
                    "group_paid_cents": left,
                },
            )
            paid = [left * i["scheduled"] // asks for i in group]
            best = sorted(range(len(group)), key=lambda n: (-(left * group[n]["scheduled"] % asks), group[n]["place"]))
            for n in best[: left - sum(paid)]:
                paid[n] += 1
            for i, part in zip(group, paid, strict=True):
                if part:
                    self.order(i, part)
            return

    def order(self, invoice: Data, amount: int) -> None:
        invoice_id = invoice["invoice_id"]
        n = 1 + sum(1 for o in self.orders if o["invoice_id"] == invoice_id)
        invoice["scheduled"] -= amount
        told = {
            "order_id": f"{invoice_id}#{n}",
            "payment_id": f"{invoice_id}@{self.year}",
            "invoice_id": invoice_id,
            "year": self.year,
            "payer": invoice["payer"],
            "article": invoice["article"],
            "source": invoice["source"],
            "amount_cents": amount,
        }
        entry = {"payer": told["payer"], "source": told["source"], "on": self.day, "amount": -amount}
        self.cash.append(entry)
        self.orders.append({**told, "outcome": None, "entry": entry, "pay_on": invoice["pay_on"]})
        self.say(
            "payment.ordered",
            {
                **told,
                "iban": invoice["iban"],
                "on": str(self.day),
                "partial": bool(invoice["scheduled"] or invoice["waiting"]),
            },
        )

    # events

    def handle(self, event: Event) -> None:
        data = event["data"]
        match event["type"]:
            case "budget.adopted":
                self.editions.append(data)
                self.test_queues()
            case "distribution.adopted":
                self.distribute(data)
                self.test_queues()
            case "surplus.allotted":
                self.allotments.append(data)
                self.test_queues()
            case "account.credited":
                self.credit_account(data)
            case "administration.paid":
                self.count_administration(event, {**data, "payer": self.payer(data["payer"])})
            case "payment.reported":
                self.report(event, data)
            case "invoice.accepted" | "compensation.due":
                self.accept(event, data)
            case "recovery.set_off":
                self.set_off(data)
            case "balance.return.ordered":
                self.give_back(data)
            case "contract.account.confirmed":
                for invoice in self.invoices.values():
                    if invoice["contract_id"] == data["contract_id"]:
                        invoice.update(iban=data["iban"], held=False)

    def distribute(self, data: Data) -> None:
        named = {s["article"] for s in data["shares"]} | {q["article"] for q in data["quarters"]}
        self.shares = {k: v for k, v in self.shares.items() if k[0] != data["year"] or k[2] not in named}
        for s in data["shares"]:
            key = (data["year"], self.payer(s["payer"]), s["article"])
            self.shares[key] = self.shares.get(key, 0) + s["amount_cents"]

    def credit_account(self, data: Data) -> None:
        if data["reference"] in self.references:
            return
        self.references.add(data["reference"])
        self.cash.append(
            {
                "payer": self.payer(data["payer"]),
                "source": data["source"],
                "on": day(data["value_on"]),
                "amount": data["amount_cents"],
            }
        )

    def count_administration(self, event: Event, data: Data) -> None:
        """It is paid already: flagged where it passes a limit, and in K from now on."""
        if known := self.apart.knows(data):
            if content({**known, "payer": self.payer(known["payer"])}) != content(data):
                self.park(event, "another payment's reference")
            return
        on, year, asked = day(data["paid_on"]), data["year"], data["amount_cents"]
        if on.year != data["year"] or out_of_reach(self.day, on):
            self.park(event, "no day of a payment")
            return
        if reasons := refusals(self.editions, data):
            self.say("administration.refused", {**data, "reasons": reasons})
            return
        edition, now = self.edition(on), self.year
        self.year = year  # K, L and the totals of the year of its day
        if edition is None:
            code, terms = self.test_month("PSDF", asked, on)
            flags = [reason(code, **terms)] if code else []
        else:
            of_article = self.committed("PSDF", data["article"])
            total = edition["expenses_total_cents"] + self.allotted()
            committed = self.committed("PSDF") + (self.held() if year == now else 0)
            flags = over_article(self.appropriation(edition, data["article"]), of_article, asked)
            flags += over_total(total, committed, asked)
        self.year = now
        self.apart.paid.append(data)
        self.say("administration.counted", {**data, "flags": flags})

    def give_back(self, data: Data) -> None:
        """What is returned is no longer set aside."""
        on, payer = date(data["year"], 12, 31), data["payer"]
        self.cash.append({"payer": payer, "source": data["source"], "on": on, "amount": -data["amount_cents"]})

    def accept(self, event: Event, data: Data) -> None:
        kind = data.get("kind", "compensation")
        when = moment(str(data.get("arrived_at", event["time"])))
        place: Place = (data["accepted_on"], when, data["invoice_id"])
        if kind == "credit":
            self.lower_by(
                {
                    "by": data["invoice_id"],
                    "contract_id": data["contract_id"],
                    "provider_code": data["provider_code"],
                    "service_month": data["service_month"],
                    "open": data["amount_cents"],
                },
                data["corrects"],
            )
            return
        payer = self.payer(data["payer"])
        source = data.get("source", "PSDF")
        invoice: Data = {
            "invoice_id": data["invoice_id"],
            "contract_id": data.get("contract_id"),
            "provider_code": data.get("provider_code"),
            "service_month": data.get("service_month"),
            "kind": kind,
            "iban": data.get("iban"),
            "payer": payer,
            "article": data["article"],
            "source": source,
            "pot": (payer, data["article"], source),
            "accepted_on": data["accepted_on"],
            "due_on": day(data["due_on"]),
            "place": place,
            "waiting": data["amount_cents"],
            "scheduled": 0,
            "pay_on": None,
            "over": 0,
            "notice_no": None,
            "deferral": None,
            "told": None,
            "overdue": False,
            "held": False,
        }
        self.invoices[data["invoice_id"]] = invoice
        self.lower_entering(invoice)
        if invoice["waiting"]:
            self.test_queues(invoice["pot"])

    def lower_by(self, credit: Data, named: str) -> None:
        """Lower the named invoice, then the contract's others; what is left stays open."""
        self.credits.append(credit)
        others = sorted(
            (i for i in self.invoices.values() if i["contract_id"] == credit["contract_id"]), key=lambda i: i["place"]
        )
        for invoice in sorted(others, key=lambda i: i["invoice_id"] != named):
            self.lower(invoice, credit)
        self.test_queues()

    def lower_entering(self, invoice: Data) -> None:
        """Open credits of the contract, oldest first, lower what enters a queue."""
        for credit in self.credits:
            if invoice["contract_id"] is not None and credit["contract_id"] == invoice["contract_id"]:
                self.lower(invoice, credit)

    def lower(self, invoice: Data, credit: Data) -> None:
        waiting = min(invoice["waiting"], credit["open"])
        scheduled = min(invoice["scheduled"], credit["open"] - waiting)
        if not waiting + scheduled:
            return
        invoice["waiting"] -= waiting
        invoice["scheduled"] -= scheduled
        credit["open"] -= waiting + scheduled
        if waiting and not invoice["waiting"]:
            invoice["deferral"] = None
        if scheduled and invoice["told"]:
            year, amount, pay_on, notice_no = invoice["told"]
            invoice["told"] = (year, amount - scheduled, pay_on, notice_no)
        self.say(
            "payment.lowered",
            {
                "invoice_id": invoice["invoice_id"],
                "payment_id": f"{invoice['invoice_id']}@{self.year}" if scheduled else None,
                "by": credit["by"],
                "lowered_cents": waiting + scheduled,
                "amount_cents": invoice["waiting"] + invoice["scheduled"],
                "open_cents": credit["open"],
            },
        )

    def set_off(self, data: Data) -> None:
        named = self.invoices[data["invoice_id"]]
        self.lower_by(
            {
                "by": data["claim_id"],
                "contract_id": named["contract_id"],
                "provider_code": named["provider_code"],
                "service_month": named["service_month"],
                "open": data["amount_cents"],
            },
            data["invoice_id"],
        )

    def report(self, event: Event, data: Data) -> None:
        order = next((o for o in self.orders if o["order_id"] == data["order_id"]), None)
        if order is not None and (order["outcome"], data["outcome"]) == ("returned", "executed"):
            return
        expected = "executed" if data["outcome"] == "returned" else None
        if order is None or order["outcome"] not in (expected, data["outcome"]):
            self.park(event, "unknown order, or another outcome")
            return
        if order["outcome"] == data["outcome"]:
            return
        order["outcome"] = data["outcome"]
        told = {k: order[k] for k in ("order_id", "payment_id", "invoice_id", "amount_cents")}
        if data["outcome"] == "executed":
            self.say("payment.executed", {**told, "on": data["on"]})
            return
        self.say(f"payment.{data['outcome']}", {**told, "on": data["on"], "reason": data["reason"]})
        order["entry"]["amount"] = 0
        invoice = self.invoices[order["invoice_id"]]
        invoice["held"] = invoice["held"] or (data["outcome"] == "returned" and invoice["kind"] != "compensation")
        invoice["scheduled" if order["year"] == self.year else "waiting"] += order["amount_cents"]
        self.lower_entering(invoice)
        self.test_queues()

    def merge(self, payer: str, into: str) -> None:
        for (year, name, article), share in list(self.shares.items()):
            if name == payer:
                del self.shares[year, name, article]
                self.shares[year, into, article] = self.shares.get((year, into, article), 0) + share
        for i in self.invoices.values():
            if i["payer"] == payer:
                i["payer"] = into
                i["pot"] = (into, i["article"], i["source"])
        for o in self.orders:
            if o["payer"] == payer:
                o["payer"] = into
        for c in self.cash:
            if c["payer"] == payer:
                c["payer"] = into
        self.apart.merge(payer, into)

    def merged_late(self) -> None:
        self.test_queues()
