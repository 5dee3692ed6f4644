"""Reference model of points 14-16: the invoices of one provider."""

from datetime import date

from tests.model.plain import CALENDAR, Data, Event, Stream, day, month_end, reason, term

REFUSED = {
    "wrong_payer",
    "wrong_article",
    "wrong_source",
    "outside_contract",
    "duplicate_month",
    "number_reused",
    "unknown_correction",
}


class Provider(Stream):
    """Contracts, all submissions with their answers, all accepted documents of a provider."""

    hears = frozenset(
        {
            "day.started",
            "payer.merged",
            "invoice.submitted",
            "invoice.reviewed",
            "contract.concluded",
            "contract.changed",
            "contract.account.confirmed",
        }
    )

    def __init__(self, code: str, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.code = code
        self.contracts: dict[str, Data] = {}
        self.standing: dict[str, tuple[str, Data]] = {}
        self.answered: list[tuple[str, Data]] = []
        self.waiting: list[Data] = []
        self.under_review: list[Data] = []
        self.accepted: list[Data] = []
        self.first_seen: dict[str, date] = {}
        self.month_seen: dict[tuple[str, str], date] = {}

    def start_day(self) -> None:
        for doc in list(self.waiting):
            self.waiting.remove(doc)
            self.answer(doc, [reason("unknown_contract"), *self.plain_faults(doc)])
        for doc in self.under_review:
            if self.day > doc["check_by"] and not doc["told"]:
                doc["told"] = True
                self.say(
                    "invoice.check.overdue",
                    {
                        "invoice_id": doc["data"]["invoice_id"],
                        "contract_id": doc["data"]["contract_id"],
                        "received_on": str(doc["received_on"]),
                        "check_by": str(doc["check_by"]),
                    },
                )

    def handle(self, event: Event) -> None:
        data = event["data"]
        match event["type"]:
            case "invoice.submitted":
                self.submit(data, event["time"])
            case "invoice.reviewed":
                self.review(event, data)
            case "contract.concluded":
                self.contracts[data["contract_id"]] = {**data, "ended_on": None}
                for doc in list(self.waiting):
                    if doc["data"]["contract_id"] == data["contract_id"]:
                        self.waiting.remove(doc)
                        self.check(doc)
            case "contract.account.confirmed":
                contract = self.contracts[data["contract_id"]]
                contract["provider"] = {**contract["provider"], "iban": data["iban"]}
            case "contract.changed":
                contract = self.contracts[data["contract_id"]]
                if data["payer"] is not None:
                    contract["payer"] = data["payer"]
                if data["ended_on"] is None:
                    contract["ceiling_cents"] = data["ceiling_cents"]
                contract["ended_on"] = data["ended_on"]

    # submission

    def submit(self, data: Data, time: str) -> None:
        invoice_id = data["invoice_id"]
        stands, content = self.standing.get(invoice_id, ("new", {}))
        known = content == data or (invoice_id, data) in self.answered
        if known and stands not in ("new", "returned"):
            return
        doc: Data = {"data": data, "time": time, "last_on": self.day, "told": False}
        if stands not in ("new", "returned"):
            doc["received_on"], doc["again"] = min(self.seen_month(data), self.day), False
            self.answer(doc, [reason("number_reused"), *self.faults(doc)], keep=True)
            return
        seen = [self.first_seen[invoice_id]] if invoice_id in self.first_seen else []
        if data["kind"] == "invoice" and (data["contract_id"], data["service_month"]) in self.month_seen:
            seen.append(self.seen_month(data))
        doc["again"], doc["received_on"] = bool(seen), min([*seen, self.day])
        self.standing[invoice_id] = ("checking", data)
        if data["contract_id"] not in self.contracts:
            self.waiting.append(doc)
        else:
            self.check(doc)

    def seen_month(self, data: Data) -> date:
        """When the month of an invoice that was returned came first."""
        if data["kind"] != "invoice":
            return self.day
        return self.month_seen.get((data["contract_id"], data["service_month"]), self.day)

    def check(self, doc: Data) -> None:
        """All checks, then the clerk where the contract asks for one."""
        faults = self.faults(doc)
        if faults:
            self.answer(doc, faults)
        elif self.contracts[doc["data"]["contract_id"]]["review"] == "clerk":
            doc["check_by"] = term(doc["last_on"], 15)
            self.under_review.append(doc)
        else:
            self.accept(doc)

    def review(self, event: Event, data: Data) -> None:
        for doc in self.under_review:
            own = doc["data"]
            if (own["invoice_id"], own["contract_id"]) == (data["invoice_id"], data["contract_id"]):
                self.under_review.remove(doc)
                if data["verdict"] == "return":
                    self.answer(doc, data["reasons"], verdict="returned")
                elif faults := self.faults(doc):
                    self.answer(doc, faults)
                else:
                    self.accept(doc)
                return
        self.park(event, "waits for no review")

    def answer(self, doc: Data, reasons: list[Data], *, keep: bool = False, verdict: str = "") -> None:
        """Return or refuse; ``keep``: the number stands as it stood."""
        data = doc["data"]
        if not verdict:
            verdict = "refused" if any(r["code"] in REFUSED for r in reasons) else "returned"
        if not keep:
            self.standing[data["invoice_id"]] = (verdict, data)
            if verdict == "returned":
                self.first_seen.setdefault(data["invoice_id"], doc["received_on"])
                if data["kind"] == "invoice":
                    month = (data["contract_id"], data["service_month"])
                    first = min(self.month_seen.get(month, self.day), doc["received_on"])
                    self.month_seen[month] = first
        if verdict == "refused":
            self.answered.append((data["invoice_id"], data))
        told = {
            "invoice_id": data["invoice_id"],
            "contract_id": data["contract_id"],
            "received_on": str(doc["received_on"]),
        }
        self.say(f"invoice.{verdict}", {**told, "reasons": reasons})

    def accept(self, doc: Data) -> None:
        data, contract = doc["data"], self.contracts[doc["data"]["contract_id"]]
        self.standing[data["invoice_id"]] = ("accepted", data)
        self.answered.append((data["invoice_id"], data))
        self.accepted.append(data)
        if data["kind"] == "invoice":
            self.month_seen.pop((data["contract_id"], data["service_month"]), None)
        self.say(
            "invoice.accepted",
            {
                "invoice_id": data["invoice_id"],
                "contract_id": data["contract_id"],
                "provider_code": data["provider_code"],
                "iban": contract["provider"]["iban"],
                "payer": self.payer_of(contract),
                "article": data["article"],
                "source": data["source"],
                "kind": data["kind"],
                "corrects": data["corrects"],
                "service_month": data["service_month"],
                "amount_cents": data["amount_cents"],
                "received_on": str(doc["received_on"]),
                "resubmitted_on": str(doc["last_on"]) if doc["again"] else None,
                "check_by": str(term(doc["last_on"], 15)),
                "accepted_on": str(self.day),
                "due_on": str(CALENDAR.term(self.day, contract["payment_days"])),
                "arrived_at": doc["time"],
            },
        )

    # checks

    def faults(self, doc: Data) -> list[Data]:
        """Every failed check, those of the contract first."""
        data = doc["data"]
        contract = self.contracts.get(data["contract_id"])
        found = self.plain_faults(doc)
        if contract is None:
            return [reason("unknown_contract"), *found]
        for code, got, own in (
            ("wrong_payer", self.payer(data["payer"]), self.payer_of(contract)),
            ("wrong_article", data["article"], contract["article"]),
            ("wrong_source", data["source"], contract["source"]),
        ):
            if got != own:
                found.append(reason(code, got=got, contract=own))
        found += self.validity_faults(data, contract)
        found += self.service_faults(data, contract)
        return found + (self.invoice_faults(data, contract) if data["kind"] == "invoice" else [])

    def payer_of(self, contract: Data) -> str:
        """Who pays for a contract now."""
        return self.payer(contract["payer"])

    def plain_faults(self, doc: Data) -> list[Data]:
        """What is seen without a contract."""
        data, found = doc["data"], []
        if doc["last_on"] <= month_end(data["service_month"]):
            found.append(reason("month_not_over", month=data["service_month"], received_on=str(doc["last_on"])))
        wrong = [
            n
            for n, line in enumerate(data["lines"], 1)
            if line["quantity"] * line["unit_price_cents"] != line["amount_cents"]
        ]
        if wrong:
            found.append(reason("line_arithmetic", lines=wrong))
        lines_sum = sum(line["amount_cents"] for line in data["lines"])
        if lines_sum != data["amount_cents"]:
            found.append(reason("sum_mismatch", lines_sum_cents=lines_sum, asked_cents=data["amount_cents"]))
        if data["kind"] == "invoice":
            return found + ([reason("unknown_correction", corrects=data["corrects"])] if data["corrects"] else [])
        return found + self.credit_faults(data)

    def validity_faults(self, data: Data, contract: Data) -> list[Data]:
        month, valid_to = data["service_month"], contract["valid_to"]
        if contract["ended_on"]:
            valid_to = min(valid_to, contract["ended_on"])
        first, last = day(f"{month}-01"), month_end(month)
        if max(first, day(contract["valid_from"])) <= min(last, day(valid_to)):
            return []
        return [reason("outside_contract", month=month, valid_from=contract["valid_from"], valid_to=valid_to)]

    def service_faults(self, data: Data, contract: Data) -> list[Data]:
        prices = {s["code"]: s["unit_price_cents"] for s in contract["services"]}
        if not prices:
            return []
        numbered = list(enumerate(data["lines"], 1))
        unknown = [n for n, line in numbered if line["service_code"] not in prices]
        price = [
            n
            for n, line in numbered
            if line["service_code"] in prices and line["unit_price_cents"] != prices[line["service_code"]]
        ]
        found = [reason("unknown_service", lines=unknown)] if unknown else []
        return found + ([reason("price_mismatch", lines=price)] if price else [])

    def invoice_faults(self, data: Data, contract: Data) -> list[Data]:
        own = [a for a in self.accepted if a["contract_id"] == data["contract_id"]]
        found, asked = [], data["amount_cents"]
        same = [a for a in own if a["kind"] == "invoice" and a["service_month"] == data["service_month"]]
        if same:
            found.append(reason("duplicate_month", month=data["service_month"], accepted=same[0]["invoice_id"]))
        ceiling = contract["ceiling_cents"]
        accepted = sum(a["amount_cents"] if a["kind"] == "invoice" else -a["amount_cents"] for a in own)
        if ceiling is not None and accepted + asked > ceiling:
            found.append(
                reason(
                    "ceiling_exceeded",
                    ceiling_cents=ceiling,
                    accepted_cents=accepted,
                    asked_cents=asked,
                    free_cents=ceiling - accepted,
                )
            )
        return found

    def credit_faults(self, data: Data) -> list[Data]:
        named = [
            a
            for a in self.accepted
            if a["invoice_id"] == data["corrects"]
            and a["kind"] == "invoice"
            and a["contract_id"] == data["contract_id"]
            and a["service_month"] == data["service_month"]
        ]
        if not named:
            return [reason("unknown_correction", corrects=data["corrects"])]
        credited = sum(
            a["amount_cents"] for a in self.accepted if a["kind"] == "credit" and a["corrects"] == data["corrects"]
        )
        if credited + data["amount_cents"] <= named[0]["amount_cents"]:
            return []
        return [
            reason(
                "credit_too_large",
                invoice_cents=named[0]["amount_cents"],
                credited_cents=credited,
                asked_cents=data["amount_cents"],
            )
        ]
