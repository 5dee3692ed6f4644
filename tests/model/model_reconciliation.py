"""Reference model of points 20-22, 24, 25: Sodra's statements, the payers' year, claims."""

from collections.abc import Callable
from datetime import date

from shared.kernel.calendar import DAY
from tests.model.plain import CALENDAR, VLK, Data, Event, Stream, day, month_end, reason, term


class Sodra(Stream):
    """All statements, revenue and editions; what is committed in Sodra's article is asked of the fund's model."""

    hears = frozenset(
        {
            "day.started",
            "budget.adopted",
            "revenue.received",
            "surplus.allotted",
            "sodra.statement.submitted",
            "sodra.statement.reviewed",
            "payment.scheduled",
            "payment.carried",
        }
    )

    def __init__(self, committed: Callable[[str, int], int], *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.committed = committed
        self.editions: list[Data] = []
        self.revenue: list[Data] = []
        self.statements: dict[tuple[int, int], Data] = {}
        self.told: set[tuple[int, int, str]] = set()

    def start_day(self) -> None:
        year, quarter = self.day.year, (self.day.month + 2) // 3
        for _ in range(8):
            year, quarter = (year - 1, 4) if quarter == 1 else (year, quarter - 1)
            self.missed(year, quarter)

    def missed(self, year: int, quarter: int) -> None:
        end = month_end(f"{year}-{3 * quarter:02d}")
        if end < self.first:
            return
        by = CALENDAR.roll(date(year + (quarter == 4), 3 * quarter % 12 + 1, 15))
        statement = self.statements.get((year, quarter))
        if statement is None:
            if self.day > by:
                self.tell_overdue(year, quarter, "submission", by)
        elif not statement["approved"] and self.day > term(statement["first"], 15):
            self.tell_overdue(year, quarter, "approval", term(statement["first"], 15))

    def tell_overdue(self, year: int, quarter: int, what: str, by: date) -> None:
        if (year, quarter, what) not in self.told:
            self.told.add((year, quarter, what))
            self.say("sodra.statement.overdue", {"year": year, "quarter": quarter, "what": what, "by": str(by)})

    def handle(self, event: Event) -> None:
        data = event["data"]
        match event["type"]:
            case "budget.adopted":
                self.editions.append(data)
            case "revenue.received":
                new = data["reference"] not in {r["reference"] for r in self.revenue}
                if new and day(data["received_on"]).year == data["year"]:
                    self.revenue.append(data)
            case "sodra.statement.submitted":
                self.submit(data)
            case "sodra.statement.reviewed":
                self.park(event, "nothing waits")

    def latest(self, year: int) -> Data | None:
        return max((e for e in self.editions if e["year"] == year), key=lambda e: int(e["edition"]), default=None)

    def submit(self, data: Data) -> None:
        year, quarter = data["year"], data["quarter"]
        told = {"year": year, "quarter": quarter, "submission": data["submission"]}
        if self.day <= month_end(f"{year}-{3 * quarter:02d}"):
            by = str(term(self.day, 10))
            self.say("sodra.statement.returned", {**told, "approve_by": by, "reasons": [reason("quarter_not_over")]})
            return
        statement = self.statements.get((year, quarter))
        if statement is None:
            statement = {"first": self.day, "approved": False, "by": term(self.day, 10)}
            self.statements[year, quarter] = statement
        elif statement["approved"]:
            told["approve_by"] = str(statement["by"])
            self.say("sodra.statement.returned", {**told, "reasons": [reason("already_submitted")]})
            return
        else:
            statement["by"] = min(term(self.day, 10), term(statement["first"], 15))
        reasons = self.faults(data)
        told["approve_by"] = str(statement["by"])
        if reasons:
            self.say("sodra.statement.returned", {**told, "reasons": reasons})
            return
        statement["approved"], pay_by = True, term(self.day, 30)
        self.say("sodra.statement.approved", {**told, "approved_on": str(self.day), "pay_by": str(pay_by)})
        if data["compensation_cents"]:
            self.say(
                "compensation.due",
                {
                    "invoice_id": f"SODRA/{year}-Q{quarter}",
                    "year": year,
                    "quarter": quarter,
                    "payer": VLK,
                    "article": self.article(pay_by),
                    "amount_cents": data["compensation_cents"],
                    "accepted_on": str(self.day),
                    "due_on": str(pay_by),
                },
            )

    def in_force(self, on: date) -> Data | None:
        taken = [e for e in self.editions if e["year"] == on.year and day(e["in_force_from"]) <= on]
        return max(taken, key=lambda e: (e["in_force_from"], e["edition"]), default=None)

    def article(self, pay_by: date) -> str:
        """Sodra's article of the edition in force, else of the latest known; empty where none is."""
        law = self.in_force(pay_by)
        known = sorted(self.editions, key=lambda e: (e["year"], e["edition"]), reverse=True)
        for edition in [law] if law else known:
            for line in edition["expenses"]:
                if line["sodra"]:
                    return str(line["article"])
        return ""

    def faults(self, data: Data) -> list[Data]:
        year, quarter, reasons = data["year"], data["quarter"], []
        edition = self.latest(year) or self.latest(year + 1)
        codes = {r["code"] for r in edition["revenue"] if r["sodra"]} if edition else set()
        recorded = sum(
            r["amount_cents"]
            for r in self.revenue
            if r["code"] in codes and r["year"] == year and (day(r["received_on"]).month + 2) // 3 == quarter
        )
        stated = data["transferred_cents"] + data["offset_cents"]
        if stated != recorded:
            reasons.append(reason("sum_mismatch", stated_cents=stated, recorded_cents=recorded))
        pay_by, asked = term(self.day, 30), data["compensation_cents"]
        law = self.in_force(CALENDAR.bank_day_until(pay_by))
        article = self.article(pay_by)
        if asked and (law is not None or not article):
            lines = law["expenses"] if law else []
            limit = sum(line["amount_cents"] for line in lines if line["article"] == article)
            left = limit - self.committed(article, pay_by.year)
            if asked > left:
                reasons.append(reason("compensation_over_article", left_cents=left, asked_cents=asked))
        return reasons


class Close(Stream):
    """All credits and orders of the territorial payers, their shares and reports."""

    hears = frozenset(
        {
            "day.started",
            "payer.merged",
            "account.credited",
            "payment.ordered",
            "payment.rejected",
            "payment.returned",
            "distribution.adopted",
            "payer.year.reported",
        }
    )

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.credits: list[Data] = []
        self.orders: dict[str, Data] = {}
        self.owes: set[tuple[str, str, int]] = set()
        self.accepted: set[tuple[str, str, int]] = set()
        self.told: set[tuple[str, str, int]] = set()

    def start_day(self) -> None:
        by = CALENDAR.roll(date(self.day.year, 1, 5))
        year = self.day.year - 1
        if self.day != by + DAY or date(year, 12, 31) < self.first:
            return
        for payer, source, of in sorted(self.owes - self.accepted - self.told):
            if of == year and payer not in self.into:
                self.told.add((payer, source, of))
                told = {"payer": payer, "year": of, "source": source, "by": str(by)}
                self.say("payer.year.overdue", told)

    def merge(self, payer: str, into: str) -> None:
        """What it owes and has not reported the other owes, or returns where it has reported."""
        open_years = sorted(key for key in self.owes if key[0] == payer and key not in self.accepted)
        rests = {key: received - used for key in open_years for received, used in [self.ledger(key)]}
        for credit in self.credits:
            if (
                credit["payer"] == payer
                and (payer, credit["source"], day(credit["value_on"]).year) not in self.accepted
            ):
                credit["payer"] = into
        for order in self.orders.values():
            if order["payer"] == payer and (payer, order["source"], order["year"]) not in self.accepted:
                order["payer"] = into
        moved = {k for k in self.owes if k[0] == payer} - self.accepted
        for (_, source, year), rest in rests.items():
            if (into, source, year) in self.accepted and rest:
                self.give_back((into, source, year), rest)
        self.owes = (self.owes - moved) | {(into, s, y) for _, s, y in moved if into != VLK}

    def handle(self, event: Event) -> None:
        data = event["data"]
        match event["type"]:
            case "account.credited":
                self.credit(data)
            case "payment.ordered":
                self.orders[data["order_id"]] = {**data, "rejected": False}
            case "payment.rejected" | "payment.returned":
                self.reject(self.orders[data["order_id"]])
            case "distribution.adopted":
                for share in data["shares"]:
                    payer = self.payer(share["payer"])
                    if payer != VLK and share["amount_cents"]:
                        self.owes.add((payer, "PSDF", data["year"]))
            case "payer.year.reported":
                self.report(data)

    def credit(self, data: Data) -> None:
        payer, year = self.payer(data["payer"]), day(data["value_on"]).year
        if payer == VLK or data["reference"] in {c["reference"] for c in self.credits}:
            return
        self.credits.append({**data, "payer": payer})
        key = (payer, data["source"], year)
        self.owes.add(key)
        if key in self.accepted:
            self.give_back(key, data["amount_cents"])

    def reject(self, order: Data) -> None:
        order["rejected"] = True
        key = (order["payer"], order["source"], order["year"])
        if key in self.accepted:
            self.give_back(key, order["amount_cents"])

    def give_back(self, key: tuple[str, str, int], amount: int) -> None:
        payer, source, year = self.payer(key[0]), *key[1:]
        if payer == VLK:
            return
        by = str(CALENDAR.roll(date(year + 1, 1, 10)))
        told = {"payer": payer, "year": year, "source": source, "amount_cents": amount, "by": by}
        self.say("balance.return.ordered", told)

    def ledger(self, key: tuple[str, str, int]) -> tuple[int, int]:
        """What a payer received and used of a source in a year, as we have it."""
        received = sum(
            c["amount_cents"] for c in self.credits if (c["payer"], c["source"], day(c["value_on"]).year) == key
        )
        used = sum(
            o["amount_cents"]
            for o in self.orders.values()
            if (o["payer"], o["source"], o["year"]) == key and not o["rejected"]
        )
        return received, used

    def report(self, data: Data) -> None:
        key = (self.payer(data["payer"]), data["source"], data["year"])
        if key in self.accepted:
            return
        payer, source, year = key
        told = {"payer": payer, "year": year, "source": source, "balance_cents": data["balance_cents"]}
        told["return_by"] = str(CALENDAR.roll(date(year + 1, 1, 10)))
        received, used = self.ledger(key)
        ours = {"received_ours_cents": received, "used_ours_cents": used, "balance_ours_cents": received - used}
        theirs = {f"{k}_cents": data[f"{k}_cents"] for k in ("received", "used", "balance")}
        reasons = []
        if not any((p, y) == (payer, year) for p, _, y in self.owes):
            reasons.append(reason("unknown_payer"))
        if year >= self.day.year:
            reasons = [reason("year_not_over")]
        if not reasons and list(theirs.values()) != list(ours.values()):
            reasons.append(reason("differs_from_ledger", **theirs, **ours))
        if reasons:
            self.say("payer.year.refused", {**told, "reasons": reasons})
            return
        self.accepted.add(key)
        self.say("payer.year.accepted", told)
        if received - used:
            self.give_back(key, received - used)


class Claims(Stream):
    """All claims with what was settled of them, and all accepted invoices."""

    hears = frozenset(
        {"day.started", "recovery.claimed", "recovery.settled", "payment.credit.unused", "invoice.accepted"}
    )

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.claims: dict[str, Data] = {}
        self.invoices: dict[str, Data] = {}

    def handle(self, event: Event) -> None:
        data = event["data"]
        match event["type"]:
            case "invoice.accepted":
                self.invoices[data["invoice_id"]] = data
            case "recovery.claimed":
                self.claim(data)
            case "recovery.settled":
                self.settle(data)
            case "payment.credit.unused":
                claim = self.claims.setdefault(
                    data["by"], {"rest": 0, "provider_code": data["provider_code"], "invoice_id": data["by"]}
                )
                claim["rest"] += data["open_cents"]
                self.tell("demanded", data["by"], data["open_cents"], claim["invoice_id"])

    def tell(self, what: str, claim_id: str, amount: int, invoice_id: str | None, **more: object) -> None:
        rest = self.claims[claim_id]["rest"] if claim_id in self.claims else 0
        told = {"claim_id": claim_id, "amount_cents": amount, "rest_cents": rest, "invoice_id": invoice_id}
        self.say(f"recovery.{what}", {**told, **more})

    def is_own(self, invoice_id: str | None, provider_code: str) -> bool:
        invoice = self.invoices.get(invoice_id or "")
        return invoice is not None and invoice["provider_code"] == provider_code and invoice["kind"] == "invoice"

    def claim(self, data: Data) -> None:
        if data["claim_id"] in self.claims:
            return
        if data["invoice_id"] and not self.is_own(data["invoice_id"], data["provider_code"]):
            self.tell(
                "refused",
                data["claim_id"],
                data["amount_cents"],
                data["invoice_id"],
                reasons=[reason("unknown_invoice")],
            )
            return
        if data["invoice_id"]:
            most = self.invoices[data["invoice_id"]]["amount_cents"]
            if data["amount_cents"] > most:
                wrong = [reason("more_than_claim", rest_cents=most, asked_cents=data["amount_cents"])]
                self.tell("refused", data["claim_id"], data["amount_cents"], data["invoice_id"], reasons=wrong)
                return
        self.claims[data["claim_id"]] = {
            "rest": data["amount_cents"],
            "provider_code": data["provider_code"],
            "invoice_id": data["invoice_id"],
        }
        self.tell("demanded", data["claim_id"], data["amount_cents"], data["invoice_id"])

    def settle(self, data: Data) -> None:
        claim_id, asked, reasons = data["claim_id"], data["amount_cents"], []
        claim = self.claims.get(claim_id)
        if claim is None:
            reasons.append(reason("unknown_claim"))
        else:
            if asked > claim["rest"]:
                reasons.append(reason("more_than_claim", rest_cents=claim["rest"], asked_cents=asked))
            if data["how"] == "set_off" and not self.is_own(data["invoice_id"], claim["provider_code"]):
                reasons.append(reason("unknown_invoice"))
            if data["how"] == "written_off" and not data["document"].strip():
                reasons.append(reason("no_document"))
        if reasons or claim is None:
            self.tell("refused", claim_id, asked, data["invoice_id"], reasons=reasons)
            return
        claim["rest"] -= asked
        self.tell(data["how"], claim_id, asked, data["invoice_id"])
