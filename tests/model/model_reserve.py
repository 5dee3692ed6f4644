"""Reference model of points 8-10 and 23: transfers to the reserve, its uses, revenue over plan."""

from datetime import date

from tests.model.plain import CALENDAR, Data, Event, Stream, day, reason

DECEMBER = 12


class Reserve(Stream):
    """All editions, revenue, uses, allotments and transfers."""

    hears = frozenset(
        {
            "day.started",
            "budget.adopted",
            "revenue.received",
            "surplus.proposed",
            "reserve.use.proposed",
            "reserve.transfer.approved",
            "reserve.transfer.reported",
        }
    )

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.editions: list[Data] = []
        self.revenue: list[Data] = []
        self.uses: list[Data] = []
        self.allotments: list[Data] = []
        self.transfers: dict[tuple[int, str], Data] = {}

    def start_day(self) -> None:
        for transfer in self.transfers.values():
            if transfer["state"] == "approved" and CALENDAR.is_bank_day(self.day):
                transfer["state"] = "ordered"
                self.tell("ordered", transfer)
        for transfer in self.transfers.values():
            year = transfer["year"]
            if transfer["state"] == "done" or not transfer["amount_cents"]:
                continue
            if self.day == date(year, DECEMBER, 1):
                self.tell("warned", transfer)
            if self.day == date(year + 1, 1, 1) and self.first <= date(year, 12, 31):
                self.tell("overdue", transfer)

    def tell(self, what: str, transfer: Data, **more: object) -> None:
        told = {k: transfer[k] for k in ("year", "kind", "amount_cents")}
        self.say(f"reserve.transfer.{what}", {**told, "by": f"{transfer['year']}-12-31", **more})

    def handle(self, event: Event) -> None:
        data = event["data"]
        match event["type"]:
            case "budget.adopted":
                self.editions.append(data)
                self.plan(data)
            case "revenue.received":
                self.receive(event, data)
            case "surplus.proposed":
                self.surplus(data)
            case "reserve.use.proposed":
                self.use(event, data)
            case "reserve.transfer.approved":
                self.approve(data)
            case "reserve.transfer.reported":
                self.report(event, data)

    # facts

    def in_force(self, year: int) -> Data | None:
        taken = [e for e in self.editions if e["year"] == year and day(e["in_force_from"]) <= self.day]
        return max(taken, key=lambda e: (e["in_force_from"], e["edition"]), default=None)

    def latest(self, year: int) -> Data | None:
        return max((e for e in self.editions if e["year"] == year), key=lambda e: int(e["edition"]), default=None)

    def last_year_sodra(self, year: int) -> int | None:
        edition = self.latest(year - 1) or self.latest(year)
        codes = {r["code"] for r in edition["revenue"] if r["sodra"]} if edition else set()
        own = [r["amount_cents"] for r in self.revenue if r["year"] == year - 1 and r["code"] in codes]
        return sum(own) if own else None

    def part_left(self, part: str, year: int) -> int:
        edition = self.in_force(year)
        whole = edition[f"reserve_{part}_cents"] if edition else 0
        return int(whole - sum(u["amount_cents"] for u in self.uses if (u["part"], u["year"]) == (part, year)))

    # transfers

    def plan(self, edition: Data) -> None:
        latest = self.latest(edition["year"])
        assert latest is not None
        before = latest["working_capital_before_cents"] or 0
        for kind, amount in (
            ("9.1", latest["reserve_transfer_cents"]),
            ("9.2", max(0, before - latest["working_capital_cents"])),
        ):
            key = (edition["year"], kind)
            old = self.transfers.get(key)
            if (old["amount_cents"] if old else 0) == amount:
                continue
            transfer = {"year": edition["year"], "kind": kind, "amount_cents": amount, "state": "planned"}
            if old is None or old["state"] in ("planned", "approved"):
                self.transfers[key] = transfer
                self.tell("planned", transfer)

    def approve(self, data: Data) -> None:
        transfer = self.transfers.get((data["year"], data["kind"]))
        planned = transfer["amount_cents"] if transfer else 0
        reasons = [] if data["document"].strip() else [reason("no_document")]
        if not planned or planned != data["amount_cents"]:
            reasons.append(reason("unplanned_transfer", planned_cents=planned, asked_cents=data["amount_cents"]))
        if reasons:
            self.tell("refused", data, reasons=reasons)
        elif transfer and transfer["state"] == "planned":
            transfer["state"] = "approved"

    def report(self, event: Event, data: Data) -> None:
        transfer = self.transfers.get((data["year"], data["kind"]))
        if transfer is None or transfer["state"] not in ("ordered", "done"):
            self.park(event, "not ordered")
        elif transfer["state"] == "ordered":
            transfer["state"] = "done"
            self.tell("done", transfer)

    # revenue, surplus, uses

    def receive(self, event: Event, data: Data) -> None:
        if day(data["received_on"]).year != data["year"]:
            self.park(event, "another year")
        elif same := [r for r in self.revenue if r["reference"] == data["reference"]]:
            if same[0] != data:
                self.park(event, "reference used")
        else:
            self.revenue.append(data)

    def surplus(self, data: Data) -> None:
        year, edition, reasons = data["year"], self.in_force(data["year"]), []
        decided = day(data["decided_on"])
        if (decided.year, decided.month) != (year, DECEMBER) or (self.day.year, self.day.month) != (year, DECEMBER):
            reasons.append(reason("not_december"))
        lines = edition["expenses"] if edition else []
        if data["article"] not in {line["article"] for line in lines if line["health_care"]}:
            reasons.append(reason("not_health_care"))
        planned = edition["revenue_total_cents"] if edition else 0
        received = sum(r["amount_cents"] for r in self.revenue if r["year"] == year)
        allotted = sum(a["amount_cents"] for a in self.allotments if a["year"] == year)
        if received <= planned:
            reasons.append(reason("no_surplus", received_cents=received, planned_cents=planned))
        sodra = self.last_year_sodra(year)
        reserve = self.part_left("main", year) + self.part_left("risk", year)
        if sodra is None:
            reasons.append(reason("no_last_year"))
        elif 20 * reserve < sodra:
            reasons.append(reason("reserve_under_5_percent", reserve_cents=reserve, last_year_sodra_cents=sodra))
        if data["amount_cents"] > received - planned - allotted:
            reasons.append(
                reason(
                    "more_than_surplus",
                    surplus_cents=received - planned,
                    allotted_cents=allotted,
                    asked_cents=data["amount_cents"],
                )
            )
        told = {k: data[k] for k in ("year", "article", "amount_cents", "document")}
        if reasons:
            self.say("surplus.refused", {**told, "reasons": reasons})
        else:
            self.allotments.append(told)
            self.say("surplus.allotted", told)

    def use(self, event: Event, data: Data) -> None:
        year, asked, reasons = data["year"], data["amount_cents"], []
        if event["source"] != {"main": "/government", "risk": "/ministry"}[data["part"]]:
            reasons.append(reason("wrong_decider"))
        if not data["document"].strip():
            reasons.append(reason("no_document"))
        if not data["purpose"].strip():
            reasons.append(reason("no_purpose"))
        left = self.part_left(data["part"], year)
        if asked > left:
            reasons.append(reason("more_than_reserve", part=data["part"], left_cents=left, asked_cents=asked))
        if any(a["year"] == year for a in self.allotments) and self.day.year == year:
            sodra = self.last_year_sodra(year)
            after = self.part_left("main", year) + self.part_left("risk", year) - asked
            if sodra is not None and 20 * after < sodra:
                reasons.append(reason("reserve_under_5_percent", reserve_cents=after, last_year_sodra_cents=sodra))
        if reasons:
            self.say("reserve.use.refused", {**data, "reasons": reasons})
        else:
            self.uses.append(data)
            self.say("reserve.use.allowed", data)
