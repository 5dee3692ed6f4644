"""Reference model of points 3-8, 12, 13: budgets, distributions, contracts."""

from tests.model.plain import Data, Event, Stream, day, reason


def main_reserve(revenue: int) -> int:
    """1.5 % of revenue, half up to thousand euro."""
    return (15 * revenue + 50_000_000) // 100_000_000 * 100_000


class Contracts(Stream):
    """All editions, the last shares, all contracts, all accepted invoices."""

    hears = frozenset(
        {
            "day.started",
            "payer.merged",
            "budget.approved",
            "distribution.proposed",
            "contract.proposed",
            "contract.change.proposed",
            "contract.ended",
            "contract.account.proposed",
            "invoice.accepted",
        }
    )

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.editions: list[Data] = []
        self.shares: dict[tuple[int, str, str], int] = {}
        self.contracts: dict[str, Data] = {}
        self.proposals: dict[str, Data] = {}
        self.accepted: list[Data] = []

    # what counts

    def latest(self, year: int) -> Data | None:
        taken = [e for e in self.editions if e["year"] == year]
        return max(taken, key=lambda e: int(e["edition"]), default=None)

    def accepted_sum(self, contract_id: str) -> int:
        own = [i for i in self.accepted if i["contract_id"] == contract_id]
        return sum(i["amount_cents"] if i["kind"] == "invoice" else -i["amount_cents"] for i in own)

    def counts(self, contract: Data) -> int:
        if contract["ceiling_cents"] is None:
            return 0
        accepted = self.accepted_sum(contract["contract_id"])
        return accepted if contract["ended_on"] else max(contract["ceiling_cents"], accepted)

    def contracted(self, year: int, source: str, article: str | None = None, payer: str | None = None) -> int:
        return sum(
            self.counts(c)
            for c in self.contracts.values()
            if c["year"] == year
            and c["source"] == source
            and article in (None, c["article"])
            and payer in (None, c["payer"])
        )

    # events

    def handle(self, event: Event) -> None:
        data = event["data"]
        match event["type"]:
            case "budget.approved":
                self.budget(data)
            case "distribution.proposed":
                self.distribution(data)
            case "contract.proposed":
                self.propose(data)
            case "contract.change.proposed":
                self.change(data)
            case "contract.ended":
                self.end(data)
            case "contract.account.proposed":
                self.confirm(data)
            case "invoice.accepted":
                self.accepted.append(data)

    def budget(self, data: Data) -> None:
        year, edition = data["year"], data["edition"]
        for taken in self.editions:
            if (taken["year"], taken["edition"]) == (year, edition):
                if taken != data:
                    self.refuse_budget(data, [reason("edition_reused")])
                return
        faults = []
        for code, lines, total in (
            ("revenue_sum", "revenue", data["revenue_total_cents"]),
            ("expenses_sum", "expenses", data["expenses_total_cents"]),
        ):
            added = sum(line["amount_cents"] for line in data[lines])
            if added != total:
                faults.append(reason(code, sum_cents=added, total_cents=total))
        if faults:
            self.refuse_budget(data, faults)
            return
        flags = self.flags(data)
        self.editions.append(data)
        self.say("budget.adopted", {**data, "flags": flags})

    def refuse_budget(self, data: Data, reasons: list[Data]) -> None:
        self.say("budget.refused", {"year": data["year"], "edition": data["edition"], "reasons": reasons})

    def flags(self, data: Data) -> list[Data]:
        flags, computed = [], main_reserve(data["revenue_total_cents"])
        if computed != data["reserve_main_cents"]:
            flags.append(reason("reserve_main", stated_cents=data["reserve_main_cents"], computed_cents=computed))
        if data["expenses_total_cents"] > data["revenue_total_cents"]:
            flags.append(reason("expenses_over_revenue"))
        low = []
        sums = {line["article"]: line["amount_cents"] for line in data["expenses"]}
        named = {c["article"] for c in self.contracts.values() if c["year"] == data["year"]}
        for article in sorted(set(sums) | named):
            contracted = self.contracted(data["year"], "PSDF", article)
            if sums.get(article, 0) < contracted:
                low.append(
                    {"article": article, "article_sum_cents": sums.get(article, 0), "contracted_cents": contracted}
                )
        if low:
            flags.append(reason("below_contracted", articles=low))
        return flags

    def distribution(self, data: Data) -> None:
        year, latest = data["year"], self.latest(data["year"])
        told = {"year": year, "edition": data["edition"]}
        if latest is None or latest["edition"] != data["edition"]:
            self.say("distribution.refused", {**told, "reasons": [reason("unknown_edition")]})
            return
        quarters = {q["article"]: sum(q[f"q{n}_cents"] for n in (1, 2, 3, 4)) for q in data["quarters"]}
        shares: dict[str, int] = {}
        for s in data["shares"]:
            shares[s["article"]] = shares.get(s["article"], 0) + s["amount_cents"]
        sums = {line["article"]: line["amount_cents"] for line in latest["expenses"]}
        faults = []
        for code, table in (("quarters_sum", quarters), ("shares_sum", shares)):
            wrong = [
                {"article": a, "sum_cents": table.get(a, 0), "article_sum_cents": sums.get(a, 0)}
                for a in sorted(set(quarters) | set(shares))
                if table.get(a, 0) != sums.get(a, 0)
            ]
            if wrong:
                faults.append(reason(code, articles=wrong))
        if faults:
            self.say("distribution.refused", {**told, "reasons": faults})
            return
        named = set(quarters) | set(shares)
        self.shares = {k: v for k, v in self.shares.items() if k[0] != year or k[2] not in named}
        for s in data["shares"]:
            key = (year, self.payer(s["payer"]), s["article"])
            self.shares[key] = self.shares.get(key, 0) + s["amount_cents"]
        read = [{**s, "payer": self.payer(s["payer"])} for s in data["shares"]]
        self.say("distribution.adopted", {**told, "quarters": data["quarters"], "shares": read})

    def no_room(self, contract: Data, asked: int) -> list[Data]:
        """Whether so much more fits the share, or the state funds."""
        year, source = contract["year"], contract["source"]
        if source == "PSDF":
            share = self.shares.get((year, contract["payer"], contract["article"]), 0)
            contracted = self.contracted(year, source, contract["article"], contract["payer"])
        else:
            latest = self.latest(year)
            share = latest["state_funds_cents"] if latest else 0
            contracted = self.contracted(year, source)
        if contracted + asked <= share:
            return []
        return [
            reason(
                "share_exceeded",
                share_cents=share,
                contracted_cents=contracted,
                asked_cents=asked,
                free_cents=share - contracted,
            )
        ]

    def propose(self, data: Data) -> None:
        contract_id = data["contract_id"]
        data = {**data, "payer": self.payer(data["payer"])}
        if contract_id in self.contracts:
            proposal = self.proposals[contract_id]
            if {**proposal, "payer": self.payer(proposal["payer"])} != data:
                self.refuse("contract.refused", contract_id, [reason("contract_id_reused")])
            return
        faults, latest = [], self.latest(data["year"])
        if latest is not None and data["article"] not in {
            line["article"] for line in latest["expenses"] if line["health_care"]
        }:
            faults.append(reason("not_health_care"))
        if not day(data["valid_from"]).year == day(data["valid_to"]).year == data["year"]:
            faults.append(reason("outside_year"))
        if data["ceiling_cents"] is not None:
            faults += self.no_room(data, data["ceiling_cents"])
        if faults:
            self.refuse("contract.refused", contract_id, faults)
            return
        self.proposals[contract_id] = data
        self.contracts[contract_id] = {**data, "ended_on": None}
        self.say("contract.concluded", data)

    def refuse(self, kind: str, contract_id: str, reasons: list[Data]) -> None:
        self.say(kind, {"contract_id": contract_id, "reasons": reasons})

    def changeable(self, contract_id: str) -> Data | None:
        contract = self.contracts.get(contract_id)
        if contract is None or contract["ended_on"]:
            code = "unknown_contract" if contract is None else "contract_ended"
            self.refuse("contract.change.refused", contract_id, [reason(code)])
            return None
        return contract

    def change(self, data: Data) -> None:
        contract = self.changeable(data["contract_id"])
        if contract is None:
            return
        new, old, faults = data["ceiling_cents"], contract["ceiling_cents"], []
        accepted = self.accepted_sum(data["contract_id"])
        if new is not None:
            if new < accepted:
                faults.append(reason("under_accepted", asked_cents=new, accepted_cents=accepted))
            if old is None or new > old:
                faults += self.no_room(contract, new - self.counts(contract))
        if faults:
            self.refuse("contract.change.refused", data["contract_id"], faults)
            return
        contract["ceiling_cents"] = new
        self.tell_change(contract)

    def end(self, data: Data) -> None:
        contract = self.changeable(data["contract_id"])
        if contract is not None:
            contract["ended_on"] = data["on"]
            self.tell_change(contract)

    def confirm(self, data: Data) -> None:
        contract = self.contracts.get(data["contract_id"])
        if contract is None:
            self.refuse("contract.change.refused", data["contract_id"], [reason("unknown_contract")])
            return
        code = contract["provider"]["code"]
        told = {"contract_id": data["contract_id"], "provider_code": code, "iban": data["iban"]}
        self.say("contract.account.confirmed", told)

    def tell_change(self, contract: Data, payer: str | None = None) -> None:
        ceiling = contract["ceiling_cents"]
        self.say(
            "contract.changed",
            {
                "contract_id": contract["contract_id"],
                "provider_code": contract["provider"]["code"],
                "ceiling_cents": self.counts(contract) if ceiling is not None and contract["ended_on"] else ceiling,
                "ended_on": contract["ended_on"],
                "payer": payer,
            },
        )

    def merge(self, payer: str, into: str) -> None:
        for (year, name, article), share in list(self.shares.items()):
            if name == payer:
                del self.shares[year, name, article]
                self.shares[year, into, article] = self.shares.get((year, into, article), 0) + share
        for contract in self.contracts.values():
            if contract["payer"] == payer:
                contract["payer"] = into
                self.tell_change(contract, into)
