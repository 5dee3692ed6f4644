"""Reference model of points 11, 16-19, 24: what payments hears, and what it does on a day."""

from datetime import date

from tests.model.model_administration import content, out_of_reach, over_article, over_total, refusals
from tests.model.model_ledger import Ledger, Place
from tests.model.model_limits import of_month
from tests.model.model_lowering import hand_over_credits, lower_by, lower_entering, set_off
from tests.model.model_notices import deliver_notice, prepare_notices, withdraw, withdraw_outdated
from tests.model.model_orders import report_order, run_orders
from tests.model.model_queues import pay_day, try_queues
from tests.model.plain import CALENDAR, Data, Event, day, moment, reason


class Fund(Ledger):
    """The stream of payments."""

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
            "notice.delivered",
        }
    )
    by_post = False
    """Whether letters take their time; else each is delivered right after the day that prepared it."""

    def start_day(self) -> None:
        """The steps of a day, in the order of the Rules."""
        on, before = self.day, self.year
        if before and on.year != before:
            withdraw(self, "day.started")
        self.year, self.run_to_come = on.year, True
        if before and on.year != before:
            self.turn_of_year(before)
        elif on.day == 1 and self.edition(on) is None:
            self.turn_of_month()
        self.overdue()
        try_queues(self)
        self.run_to_come = False
        if CALENDAR.is_bank_day(on):
            withdraw_outdated(self)
        prepare_notices(self)
        if CALENDAR.is_bank_day(on):
            run_orders(self)
        hand_over_credits(self)

    def after_day(self) -> None:
        for notice in self.notices:
            if notice["state"] == "under way" and not self.by_post:
                deliver_notice(self, notice)

    def letter_comes(self, notice_no: str) -> None:
        """The ministry has a letter; one that was withdrawn changes nothing."""
        for notice in self.notices:
            if (notice["state"], notice["notice_no"]) == ("under way", notice_no):
                deliver_notice(self, notice)

    def turn_of_year(self, before: int) -> None:
        """24: what is not ordered is the debt of 31 December."""
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
        """11: what is planned for days without a budget is tested anew."""
        for i in self.invoices.values():
            if i["scheduled"] and self.edition(i["pay_on"]) is None:
                i["waiting"] += i["scheduled"]
                i["scheduled"] = 0

    def overdue(self) -> None:
        """16: as things stood at the end of yesterday."""
        for i in self.invoices.values():
            rest = i["waiting"] + i["scheduled"]
            if rest and i["due_on"] < self.day and not i["overdue"]:
                i["overdue"] = True
                self.say(
                    "payment.overdue",
                    {"invoice_id": i["invoice_id"], "due_on": str(i["due_on"]), "rest_cents": rest},
                )

    def handle(self, event: Event) -> None:
        data = event["data"]
        match event["type"]:
            case "budget.adopted":
                self.editions.append(data)
                self.touched(event, data["year"], None)
            case "distribution.adopted":
                self.touched(event, data["year"], self.distribute(data))
            case "surplus.allotted":
                self.allotments.append(data)
                self.touched(event, data["year"], {data["article"]})
            case "account.credited":
                self.credit_account(data)
            case "administration.paid":
                self.count_administration(event, {**data, "payer": self.payer(data["payer"])})
            case "payment.reported":
                report_order(self, event, data)
            case "invoice.accepted" | "compensation.due":
                self.accept(event, data)
            case "recovery.set_off":
                set_off(self, data)
            case "balance.return.ordered":
                self.give_back(data)
            case "notice.delivered":
                self.letter_comes(data["notice_no"])
            case "contract.account.confirmed":
                for invoice in self.invoices.values():
                    if invoice["contract_id"] == data["contract_id"]:
                        invoice.update(iban=data["iban"], held=False)

    def touched(self, event: Event, year: int, articles: set[str] | None) -> None:
        """A limit changed: of these articles of the year, or of every one."""
        if year == self.year:
            withdraw(self, event["type"], articles)
        try_queues(self)

    def accept(self, event: Event, data: Data) -> None:
        kind = data.get("kind", "compensation")
        when = moment(str(data.get("arrived_at", event["time"])))
        place: Place = (data["accepted_on"], when, data["invoice_id"])
        if kind == "credit":
            lower_by(
                self,
                {
                    "by": data["invoice_id"],
                    "contract_id": data["contract_id"],
                    "provider_code": data["provider_code"],
                    "service_month": data["service_month"],
                    "open": data["amount_cents"],
                },
                data["corrects"],
                event["type"],
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
        lower_entering(self, invoice)
        if invoice["waiting"]:
            try_queues(self, invoice["pot"])

    def distribute(self, data: Data) -> set[str]:
        """The shares of the articles that it names; which these are."""
        named = {s["article"] for s in data["shares"]} | {q["article"] for q in data["quarters"]}
        self.shares = {k: v for k, v in self.shares.items() if k[0] != data["year"] or k[2] not in named}
        for s in data["shares"]:
            key = (data["year"], self.payer(s["payer"]), s["article"])
            self.shares[key] = self.shares.get(key, 0) + s["amount_cents"]
        return named

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

    def give_back(self, data: Data) -> None:
        """What is returned is no longer set aside."""
        on, payer = date(data["year"], 12, 31), data["payer"]
        self.cash.append({"payer": payer, "source": data["source"], "on": on, "amount": -data["amount_cents"]})

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
            code, terms = of_month(self, "PSDF", asked, on)
            flags = [reason(code, **terms)] if code else []
        else:
            of_article = self.committed("PSDF", data["article"])
            total = self.total_limit(edition)
            committed = self.committed("PSDF") + (self.held() if year == now else 0)
            flags = over_article(self.appropriation(edition, data["article"]), of_article, asked)
            flags += over_total(total, committed, asked)
        self.year = now
        self.apart.paid.append(data)
        self.say("administration.counted", {**data, "flags": flags})
        days = {self.day, *(pay_day(self, self.invoices[i]) for i in self.under_way())}
        limits = [self.total_limit(law) for on in days if on.year == now and (law := self.edition(on))]
        if year == now and any(self.total_committed() > limit for limit in limits):
            self.touched(event, year, None)

    def merge(self, payer: str, into: str) -> None:
        withdraw(self, "payer.merged")
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
        try_queues(self)
