"""Random histories of inbound events, from a seed: small sums, few payers, a turn of the year, and much that is wrong.

The history is made while the reference model plays it: bank reports need the orders that came out.
"""

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from shared.kernel.calendar import DAY, VILNIUS
from tests.model.envelope import SUBJECTS
from tests.model.model import World
from tests.model.plain import VLK, Data, Event, month_end

HEALTH = ("01", "02", "04")
PROVIDERS = ("300111222", "300111333", "300111444")
TLK = ("TLK-VILNIUS", "TLK-KAUNAS", "TLK-SIAULIAI")


def months(year: int) -> list[str]:
    return [f"{year}-{n:02d}" for n in range(1, 13)]


class Teller:
    """Tells a history: each event goes to the model at once."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.world = World()
        self.events: list[Event] = []
        self.n = 0
        rng = self.rng
        self.on = date(rng.choice((2025, 2026)), rng.choice((1, 1, 2, 5, 10, 11, 12)), rng.randint(1, 28))
        self.days = rng.choice((40, 80, 130, 200, 420))
        self.pace = rng.choice((0.2, 0.5, 0.9, 1.5)) * min(1.0, 130 / self.days)
        self.payers = [VLK, *TLK[: rng.randint(1, 2)]]
        self.tick = 0
        self.budget_chance = rng.choice((0.0, 0.5, 1.0))
        self.scale = rng.choice((200, 1000, 4000))
        self.rich = rng.random()
        self.budgets: dict[int, Data] = {}
        self.contracts: dict[str, Data] = {}
        self.used: set[tuple[str, str]] = set()
        self.sent: list[Event] = []
        self.reported: list[Event] = []
        self.features: dict[Callable[[], None], float] = {
            action: weight * rng.choice((0, 1, 1, 3))
            for action, weight in (
                (self.faulty_invoice, 3.0),
                (self.credit_note, 3.0),
                (self.again, 1.5),
                (self.changed_again, 1.5),
                (self.review, 3.0),
                (self.new_edition, 0.7),
                (self.new_distribution, 1.5),
                (self.change_contract, 1.0),
                (self.end_contract, 0.4),
                (self.strange_report, 0.7),
                (self.malformed, 0.5),
                (self.merge, 0.15),
                (self.bad_proposal, 0.7),
                (self.late_invoice, 0.7),
                (self.early_invoice, 0.3),
                (self.revenue, 2.0),
                (self.administration, 1.0),
                (self.surplus, 1.0),
                (self.reserve_use, 0.7),
                (self.transfer, 1.0),
                (self.statement, 1.2),
                (self.year_report, 1.2),
                (self.claim, 0.8),
                (self.settle, 1.2),
            )
        }
        returns = random.Random(f"again {seed}").choice((0, 0, 1, 3))  # the other histories stay as they are
        self.features |= {self.confirm_account: 0.7 * returns, self.come_back: 1.0 * returns}
        self.features |= {self.invoice: 9.0, self.contract: 2.0, self.credit_account: 3.0, self.report: 6.0}

    # sending

    def send(self, kind: str, source: str, data: Data, when: datetime | None = None, **also: Any) -> list[Event]:  # noqa: ANN401
        self.n += 1
        self.tick += 1
        if when is None:
            when = datetime.combine(self.on, time(8), VILNIUS) + timedelta(minutes=self.tick)
        event = {
            "specversion": "1.0",
            "id": f"e{self.n}",
            "source": source,
            "type": kind,
            "subject": SUBJECTS[kind].format_map({"source": "PSDF", **data}),
            "time": when.isoformat(),
            "datacontenttype": "application/json",
            "data": data,
            **also,
        }
        return self.post(event)

    def post(self, event: Event) -> list[Event]:
        self.events.append(event)
        return self.world.receive(event)

    def by(self, payer: str) -> str:
        return "/vlk" if payer == VLK else f"/tlk/{payer}"

    # money and law

    def budget(self, year: int, edition: int, sums: dict[str, int], **change: int) -> Data:
        total = sum(sums.values())
        revenue = change.pop("revenue", total)
        rng = self.rng
        first = (
            f"{year}-01-01" if rng.random() < 0.7 else str(max(date(year, 1, 1), self.on + rng.randint(0, 20) * DAY))
        )
        data: Data = {
            "year": year,
            "edition": edition,
            "law": f"law {year}-{edition}",
            "in_force_from": min(first, f"{year}-12-31"),
            "revenue": [
                {"code": "01.01", "name": "Sodra", "sodra": True, "amount_cents": revenue - revenue // 3},
                {"code": "04", "name": "kitos", "sodra": False, "amount_cents": revenue // 3},
            ],
            "revenue_total_cents": revenue,
            "expenses": [
                {
                    "article": a,
                    "name": f"article {a}",
                    "health_care": a in HEALTH,
                    "sodra": a == "07",
                    "amount_cents": s,
                }
                for a, s in sums.items()
            ],
            "expenses_total_cents": total,
            "working_capital_cents": 0,
            "reserve_main_cents": rng.choice((0, 0, self.scale // 20)),
            "reserve_risk_cents": rng.choice((0, self.scale, 2 * self.scale)),
            "state_funds_cents": rng.choice((0, self.scale // 2, self.scale)),
            "reserve_transfer_cents": rng.choice((0, 0, 50)),
            "working_capital_before_cents": rng.choice((None, 30)),
        }
        data.update(change)
        return data

    def sums(self) -> dict[str, int]:
        rng, scale = self.rng, self.scale
        sums = {a: rng.randint(scale // 2, 2 * scale) for a in HEALTH[: rng.randint(1, 3)]}
        return sums | {"06": rng.randint(0, scale), "07": rng.randint(0, scale // 4)}

    def approve(self, data: Data) -> None:
        told = self.send("budget.approved", "/vlk", data)
        if any(e["type"] == "budget.adopted" for e in told):
            self.budgets[data["year"]] = data

    def start_year(self, year: int) -> None:
        self.approve(self.budget(year, 1, self.sums()))
        self.distribute(year, whole=self.rng.random() < 0.8)

    def distribute(self, year: int, *, whole: bool) -> None:
        budget, rng = self.budgets.get(year), self.rng
        if budget is None:
            return
        lines = [x for x in budget["expenses"] if whole or rng.random() < 0.5]
        quarters, shares = [], []
        for x in lines:
            each, amount = x["amount_cents"] // 4, x["amount_cents"]
            quarters.append(
                {
                    "article": x["article"],
                    "q1_cents": each,
                    "q2_cents": each,
                    "q3_cents": each,
                    "q4_cents": amount - 3 * each,
                }
            )
            for payer in self.payers[1:] if x["health_care"] else ():
                part = rng.randint(0, amount) // len(self.payers)
                shares.append({"payer": payer, "article": x["article"], "amount_cents": part})
                amount -= part
            shares.append({"payer": VLK, "article": x["article"], "amount_cents": amount})
        if shares and rng.random() < 0.06:
            shares[-1]["amount_cents"] += 1
        if quarters and rng.random() < 0.06:
            quarters[0]["q1_cents"] += 1
        edition = budget["edition"] + (rng.random() < 0.05)
        self.send(
            "distribution.proposed",
            "/vlk",
            {"year": year, "edition": edition, "quarters": quarters, "shares": shares},
        )

    def new_edition(self) -> None:
        year = self.rng.choice([y for y in self.budgets if y >= self.on.year] or [0])
        if not year:
            return
        old, rng = self.budgets[year], self.rng
        sums = {x["article"]: x["amount_cents"] for x in old["expenses"]}
        for article in sums:
            if rng.random() < 0.5:
                sums[article] = max(0, sums[article] + rng.randint(-self.scale // 2, self.scale))
        data = self.budget(year, old["edition"] + 1, sums)
        match rng.random():
            case x if x < 0.1:
                data["revenue_total_cents"] += 1
            case x if x < 0.2:
                data["expenses_total_cents"] += 1
            case x if x < 0.3:
                data["edition"] = old["edition"]
            case x if x < 0.4:
                data = old
        self.approve(data)
        if rng.random() < 0.6:
            self.distribute(year, whole=rng.random() < 0.5)

    def new_distribution(self) -> None:
        if self.budgets:
            self.distribute(self.rng.choice(sorted(self.budgets)), whole=self.rng.random() < 0.5)

    def credit_account(self) -> None:
        rng = self.rng
        payer = rng.choice(self.payers)
        self.send(
            "account.credited",
            "/treasury",
            {
                "payer": payer,
                "source": rng.choice(("PSDF", "PSDF", "PSDF", "STATE")),
                "amount_cents": int(rng.randint(1, self.scale) * (0.2 + self.rich)),
                "value_on": str(self.on + rng.choice((0, 0, 0, 1, 3, -1, -20)) * DAY),
                "reference": f"R{self.n}",
            },
        )

    # contracts

    def contract(self) -> None:
        rng, year = self.rng, self.on.year - (self.rng.random() < 0.35)
        payer = rng.choice([VLK, *self.payers])
        first, last = 1, 12
        if rng.random() < 0.2:
            first, last = sorted(rng.sample(range(1, 13), 2))
        data: Data = {
            "contract_id": f"C{self.n}",
            "year": year,
            "payer": payer,
            "article": rng.choice(HEALTH),
            "source": rng.choice(("PSDF", "PSDF", "PSDF", "STATE")),
            "provider": {"code": rng.choice(PROVIDERS), "name": "UAB", "iban": "LT121000011101001000"},
            "ceiling_cents": rng.choice((None, None, rng.randint(1, self.scale), rng.randint(1, self.scale // 4))),
            "valid_from": f"{year}-{first:02d}-{rng.choice((1, 1, 15)):02d}",
            "valid_to": str(month_end(f"{year}-{last:02d}")),
            "payment_days": rng.choice((30, 30, 10, 3, 1, 60)),
            "services": rng.choice(([], [], [{"code": "X", "unit_price_cents": 7}])),
            "review": rng.choice(("automatic", "automatic", "clerk")),
        }
        self.propose(data)

    def propose(self, data: Data) -> None:
        told = self.send("contract.proposed", self.by(data["payer"]), data)
        if any(e["type"] == "contract.concluded" for e in told):
            self.contracts[data["contract_id"]] = data

    def bad_proposal(self) -> None:
        rng = self.rng
        if not self.contracts:
            return
        data = dict(rng.choice(list(self.contracts.values())))
        match rng.randint(0, 3):
            case 0:
                data["payment_days"] = 31
            case 1:
                pass
            case 2:
                data |= {"contract_id": f"C{self.n}", "article": rng.choice(("06", "99")), "ceiling_cents": None}
            case 3:
                data |= {"contract_id": f"C{self.n}", "valid_to": f"{data['year'] + 1}-01-31"}
        self.propose(data)

    def change_contract(self) -> None:
        if self.contracts:
            c = self.rng.choice(list(self.contracts.values()))
            ceiling = self.rng.choice((None, self.rng.randint(0, self.scale), self.rng.randint(0, self.scale // 4)))
            contract_id = c["contract_id"] if self.rng.random() < 0.95 else "C-none"
            self.send(
                "contract.change.proposed",
                self.by(c["payer"]),
                {"contract_id": contract_id, "ceiling_cents": ceiling},
            )

    def end_contract(self) -> None:
        current = [c for c in self.contracts.values() if c["valid_from"] <= str(self.on) <= c["valid_to"]]
        if current:
            c = self.rng.choice(current)
            self.send("contract.ended", self.by(c["payer"]), {"contract_id": c["contract_id"], "on": str(self.on)})

    def confirm_account(self) -> None:
        if self.contracts:
            c = self.rng.choice(list(self.contracts.values()))
            iban = self.rng.choice((c["provider"]["iban"], "LT601010012345678901"))
            self.send("contract.account.proposed", self.by(c["payer"]), {"contract_id": c["contract_id"], "iban": iban})

    # invoices

    def free_months(self, contract: Data) -> list[str]:
        over = [
            m
            for m in months(contract["year"])
            if contract["valid_from"][:7] <= m <= contract["valid_to"][:7] and month_end(m) < self.on
        ]
        return [m for m in over if (contract["contract_id"], m) not in self.used]

    def invoice_of(self, contract: Data, month: str, amount: int) -> Data:
        self.n += 1
        code = contract["provider"]["code"]
        if contract["services"]:
            line = {"service_code": "X", "quantity": max(1, amount // 7), "unit_price_cents": 7}
        else:
            line = {"service_code": "X", "quantity": 1, "unit_price_cents": amount}
        line["amount_cents"] = line["quantity"] * line["unit_price_cents"]  # type: ignore[operator]
        return {
            "invoice_id": f"{code}/A{self.n}",
            "number": f"A{self.n}",
            "kind": "invoice",
            "corrects": None,
            "contract_id": contract["contract_id"],
            "provider_code": code,
            "payer": contract["payer"],
            "article": contract["article"],
            "source": contract["source"],
            "service_month": month,
            "issued_on": str(self.on),
            "lines": [line],
            "amount_cents": line["amount_cents"],
        }

    def some_invoice(self) -> Data | None:
        rng = self.rng
        contracts = [c for c in self.contracts.values() if self.free_months(c)]
        if not contracts:
            return None
        contract = rng.choice(contracts)
        month = rng.choice(self.free_months(contract))
        amount = rng.choice((rng.randint(1, 9), rng.randint(1, self.scale // 4), rng.randint(1, self.scale)))
        return self.invoice_of(contract, month, amount)

    def submit(self, data: Data, when: datetime | None = None) -> None:
        told = self.send("invoice.submitted", f"/providers/{data['provider_code']}", data, when)
        self.sent.append(self.events[-1])
        if any(e["type"] == "invoice.accepted" for e in told):
            self.used.add((data["contract_id"], data["service_month"]))

    def invoice(self) -> None:
        for _ in range(self.rng.choice((1, 1, 1, 3))):
            if data := self.some_invoice():
                self.submit(data)

    def late_invoice(self) -> None:
        if data := self.some_invoice():
            when = datetime.combine(self.on - self.rng.randint(1, 4) * DAY, time(self.rng.randint(0, 23), 30), VILNIUS)
            self.submit(data, when)

    def early_invoice(self) -> None:
        """Comes before its contract is known."""
        year = self.on.year
        if self.on.month == 1:
            return
        contract = {
            "contract_id": f"C-early-{self.n}",
            "year": year,
            "payer": VLK,
            "article": "01",
            "source": "PSDF",
            "provider": {"code": self.rng.choice(PROVIDERS), "name": "UAB", "iban": "LT121000011101001000"},
            "ceiling_cents": None,
            "valid_from": f"{year}-01-01",
            "valid_to": f"{year}-12-31",
            "payment_days": 10,
            "services": [],
            "review": "automatic",
        }
        data = self.invoice_of(contract, f"{year}-01", self.rng.randint(1, self.scale // 4))
        if self.rng.random() < 0.3:
            data["amount_cents"] += 1
        self.submit(data)
        if self.rng.random() < 0.5:
            self.propose(contract)

    def faulty_invoice(self) -> None:
        rng = self.rng
        data = self.some_invoice()
        if data is None:
            return
        for _ in range(rng.choice((1, 1, 2))):
            line = data["lines"][0]
            match rng.randint(0, 10):
                case 0:
                    data["payer"] = rng.choice(self.payers)
                case 1:
                    data["article"] = rng.choice(HEALTH)
                case 2:
                    data["source"] = rng.choice(("PSDF", "STATE"))
                case 3:
                    data["service_month"] = str(self.on + rng.randint(-200, 40) * DAY)[:7]
                case 4:
                    line["amount_cents"] += 1
                case 5:
                    data["amount_cents"] += rng.randint(1, 3)
                case 6:
                    line["service_code"] = "Z"
                case 7:
                    line["unit_price_cents"] += 1
                case 8:
                    data["corrects"] = rng.choice(self.sent)["data"]["invoice_id"] if self.sent else "x/1"
                case 9:
                    data["contract_id"] = rng.choice([*self.contracts, "C-none"])
                case 10 if self.used:
                    data["contract_id"], data["service_month"] = rng.choice(sorted(self.used))
                    data["provider_code"] = self.contracts[data["contract_id"]]["provider"]["code"]
                    data["invoice_id"] = f"{data['provider_code']}/{data['number']}"
        self.submit(data)
        if rng.random() < 0.3:
            self.submit({**data, "amount_cents": sum(x["amount_cents"] for x in data["lines"])})

    def credit_note(self) -> None:
        rng = self.rng
        sent = [e["data"] for e in self.sent if e["data"]["kind"] == "invoice"]
        accepted = {e["data"]["invoice_id"]: e["data"] for e in self.world.emitted if e["type"] == "invoice.accepted"}
        named = [d for d in sent if d["invoice_id"] in accepted] or sent
        if not named:
            return
        old = rng.choice(named[-12:])
        self.n += 1
        amount = rng.choice((rng.randint(1, 9), rng.randint(1, old["amount_cents"]), old["amount_cents"]))
        number = f"K{self.n}"
        data = {
            **old,
            "invoice_id": f"{old['provider_code']}/{number}",
            "number": number,
            "kind": "credit",
            "corrects": old["invoice_id"] if rng.random() < 0.95 else None,
            "lines": [{"service_code": "X", "quantity": 1, "unit_price_cents": amount, "amount_cents": amount}],
            "amount_cents": amount,
        }
        if self.contracts.get(old["contract_id"], {}).get("services"):
            n = max(1, amount // 7)
            data["lines"] = [{"service_code": "X", "quantity": n, "unit_price_cents": 7, "amount_cents": 7 * n}]
            data["amount_cents"] = 7 * n
        self.submit(data)

    def again(self) -> None:
        """The same content under a new event id, or the same event."""
        if not self.sent:
            return
        old = self.rng.choice(self.sent[-15:])
        if self.rng.random() < 0.3:
            self.post(old)
        else:
            self.submit(old["data"])

    def changed_again(self) -> None:
        """A number again with other content, or an id again with other content."""
        if not self.sent:
            return
        old = self.rng.choice(self.sent[-15:])
        data = dict(old["data"])
        if self.rng.random() < 0.3:
            self.post({**old, "data": {**data, "issued_on": "2025-01-01"}})
            return
        data["issued_on"] = str(self.on)
        if self.rng.random() < 0.5:
            data["amount_cents"] = sum(x["amount_cents"] for x in data["lines"])
        self.submit(data)

    def review(self) -> None:
        rng = self.rng
        waiting = [d for p in self.world.providers.values() for d in p.under_review]
        if not waiting:
            if rng.random() < 0.05:
                self.send(
                    "invoice.reviewed",
                    "/vlk",
                    {"invoice_id": "300111222/none", "contract_id": "C", "verdict": "accept", "reasons": []},
                )
            return
        data = rng.choice(waiting)["data"]
        reasons = [{"code": "review", "rule": "15", "terms": {"text": "be parašo"}}]
        verdict = rng.choice(("accept", "accept", "return"))
        payer = self.contracts.get(data["contract_id"], {"payer": VLK})["payer"]
        self.send(
            "invoice.reviewed",
            self.by(payer),
            {
                "invoice_id": data["invoice_id"],
                "contract_id": data["contract_id"],
                "verdict": verdict,
                "reasons": reasons if verdict == "return" else [],
            },
        )
        if verdict == "return" and rng.random() < 0.6:
            self.submit(data)

    # the bank

    def report(self) -> None:
        rng = self.rng
        open_orders = [o for o in self.world.fund.orders if o["outcome"] is None]
        for o in rng.sample(open_orders, min(len(open_orders), rng.choice((1, 2, 5)))):
            outcome = "executed" if rng.random() < 0.75 else "rejected"
            self.send(
                "payment.reported",
                "/treasury",
                {
                    "order_id": o["order_id"],
                    "outcome": outcome,
                    "on": str(self.on),
                    "reason": "AC04" if outcome == "rejected" else None,
                },
            )
            self.reported.append(self.events[-1])

    def come_back(self) -> None:
        """The money of an executed order comes back, while banks still return; now and then of one not executed."""
        rng = self.rng
        since = self.on - 30 * DAY
        paid = [o for o in self.world.fund.orders if o["outcome"] == "executed" and o["entry"]["on"] >= since]
        orders = self.world.fund.orders if rng.random() < 0.1 else paid
        if orders:
            data = {"order_id": rng.choice(orders)["order_id"], "outcome": "returned", "on": str(self.on)}
            self.send("payment.reported", "/treasury", {**data, "reason": "AC04"})

    def strange_report(self) -> None:
        if not self.reported:
            return
        data = dict(self.rng.choice(self.reported)["data"])
        match self.rng.randint(0, 2):
            case 0:
                data["outcome"] = "executed" if data["outcome"] == "rejected" else "rejected"
            case 1:
                data["order_id"] += "9"
        self.send("payment.reported", "/treasury", data)

    # reserve, Sodra, the payers' year, claims

    def revenue(self) -> None:
        rng, on = self.rng, self.on - self.rng.choice((0, 0, 0, 5, 40)) * DAY
        plan = self.budgets.get(on.year)
        whole = plan["revenue_total_cents"] if plan else self.scale
        self.send(
            "revenue.received",
            "/treasury",
            {
                "year": on.year + (rng.random() < 0.04),
                "code": rng.choice(("01.01", "01.01", "04")),
                "amount_cents": rng.choice((rng.randint(1, 99), rng.randint(1, max(1, whole // 2)))),
                "received_on": str(on),
                "offset": rng.random() < 0.2,
                "reference": f"V{self.n - (rng.random() < 0.05)}",
            },
        )

    def administration(self) -> None:
        rng, on = self.rng, self.on - self.rng.choice((0, 0, 0, 5, 40, -1)) * DAY
        self.send(
            "administration.paid",
            "/treasury",
            {
                "payer": rng.choice([VLK, *self.payers]),
                "year": on.year + (rng.random() < 0.04),
                "article": rng.choice(("06", "06", "06", "06", "01", "07", "99")),
                "amount_cents": rng.choice((rng.randint(1, 99), rng.randint(1, self.scale))),
                "paid_on": str(on),
                "reference": f"A{self.n - (rng.random() < 0.05)}",
            },
        )

    def decided(self) -> str:
        return str(self.on - self.rng.choice((0, 0, 0, 2, 20)) * DAY)

    def surplus(self) -> None:
        rng, year = self.rng, self.on.year - (self.rng.random() < 0.05)
        plan = self.budgets.get(year)
        if plan is None or (self.on.month != 12 and rng.random() < 0.9):
            return
        received = sum(r["amount_cents"] for r in self.world.reserve.revenue if r["year"] == year)
        over = received - plan["revenue_total_cents"]
        self.send(
            "surplus.proposed",
            "/ministry",
            {
                "year": year,
                "article": rng.choice((*HEALTH[:2], "06")) if rng.random() < 0.9 else "99",
                "amount_cents": rng.choice((rng.randint(1, max(1, self.scale // 4)), max(1, over), max(1, over // 2))),
                "decided_on": self.decided(),
                "document": f"V-{self.n}",
            },
        )

    def rich_december(self) -> None:
        """Begin in late autumn, with last year's Sodra money known and this year's plan nearly reached."""
        rng = self.rng
        self.on = date(self.on.year, 11, rng.randint(15, 30))
        self.days, self.pace = 60, rng.choice((1.0, 2.0))
        self.features |= {self.surplus: 6.0, self.reserve_use: 2.0, self.revenue: 3.0}
        for year, most in ((self.on.year - 1, self.scale), (self.on.year, 8 * self.scale)):
            for code in ("01.01", "04"):
                self.send(
                    "revenue.received",
                    "/treasury",
                    {
                        "year": year,
                        "code": code,
                        "amount_cents": rng.randint(1, most),
                        "received_on": f"{year}-10-05",
                        "offset": False,
                        "reference": f"V{self.n}",
                    },
                )

    def reserve_use(self) -> None:
        rng = self.rng
        part = rng.choice(("main", "risk"))
        source = {"main": "/government", "risk": "/ministry"}[part]
        if rng.random() < 0.1:
            source = rng.choice(("/government", "/ministry"))
        if self.on.year in self.budgets:
            self.send(
                "reserve.use.proposed",
                source,
                {
                    "year": self.on.year,
                    "part": part,
                    "amount_cents": rng.choice((1, rng.randint(1, self.scale))),
                    "purpose": "ekstremali situacija" if rng.random() < 0.95 else rng.choice(("", " ")),
                    "article": None,
                    "decided_on": self.decided(),
                    "document": f"N-{self.n}" if rng.random() < 0.95 else rng.choice(("", " ")),
                },
            )

    def transfer(self) -> None:
        rng, known = self.rng, list(self.world.reserve.transfers.values())
        if not known:
            return
        t = rng.choice(known)
        if not t["amount_cents"]:
            return
        told = {"year": t["year"], "kind": t["kind"], "amount_cents": t["amount_cents"] + (rng.random() < 0.1)}
        if t["state"] == "ordered":
            told["amount_cents"] = t["amount_cents"]
            self.send("reserve.transfer.reported", "/treasury", {**told, "on": str(self.on)})
        elif t["state"] == "planned":
            document = f"P-{self.n}" if rng.random() < 0.95 else ""
            self.send("reserve.transfer.approved", "/vlk", {**told, "document": document})

    def statement(self) -> None:
        rng, on = self.rng, self.on - self.rng.choice((0, 60, 90, 90, 90, 180)) * DAY
        year, quarter = on.year, (on.month + 2) // 3
        if not self.budgets:
            return
        own = [
            r
            for r in self.world.sodra.revenue
            if r["code"] == "01.01" and r["year"] == year and (int(r["received_on"][5:7]) + 2) // 3 == quarter
        ]
        offset = sum(r["amount_cents"] for r in own if r["offset"])
        self.send(
            "sodra.statement.submitted",
            "/sodra",
            {
                "year": year,
                "quarter": quarter,
                "submission": rng.randint(1, 3),
                "transferred_cents": sum(r["amount_cents"] for r in own) - offset + rng.choice((0, 0, 3)),
                "offset_cents": offset,
                "related_cents": rng.randint(0, 9),
                "compensation_cents": rng.choice((0, 5, rng.randint(1, self.scale // 4))),
            },
        )

    def year_report(self) -> None:
        rng, close = self.rng, self.world.close
        payers = [p for p in self.payers if p != VLK]
        if self.on.month > 2 and rng.random() < 0.9:
            return
        owed = sorted(k for k in close.owes if k[2] == self.on.year - 1 and k not in close.accepted)
        year = self.on.year - rng.randint(0, 1)
        if rng.random() < 0.1 and payers:
            key = (rng.choice(payers), rng.choice(("PSDF", "STATE")), year)
        elif owed:
            key = rng.choice(owed)
        else:
            return
        received, used = close.ledger(key)
        wrong = rng.choice((0, 0, 0, 1))
        self.send(
            "payer.year.reported",
            self.by(key[0]),
            {
                "payer": key[0],
                "year": key[2],
                "source": key[1],
                "received_cents": received + wrong,
                "used_cents": used,
                "balance_cents": max(0, received - used),
            },
        )

    def claim(self) -> None:
        rng = self.rng
        own = [i for i in self.world.claims.invoices.values()]
        if not own:
            return
        invoice = rng.choice(own)
        self.send(
            "recovery.claimed",
            "/vlk",
            {
                "claim_id": f"CL{self.n}",
                "provider_code": invoice["provider_code"] if rng.random() < 0.95 else PROVIDERS[0],
                "invoice_id": invoice["invoice_id"] if rng.random() < 0.6 else None,
                "amount_cents": rng.randint(1, max(1, self.scale // 4)),
                "basis": rng.choice(("20", "21")),
                "reason": "žala",
            },
        )

    def settle(self) -> None:
        rng, claims = self.rng, self.world.claims
        open_claims = [(k, c) for k, c in claims.claims.items() if c["rest"]]
        if not open_claims:
            return
        claim_id, claim = rng.choice(open_claims)
        how = rng.choice(("repaid", "set_off", "set_off", "set_off", "written_off"))
        own = [i for i in claims.invoices.values() if i["provider_code"] == claim["provider_code"]]
        own = own if rng.random() < 0.95 else list(claims.invoices.values())
        self.send(
            "recovery.settled",
            "/vlk",
            {
                "claim_id": claim_id if rng.random() < 0.97 else "CL-none",
                "amount_cents": rng.choice((claim["rest"], rng.randint(1, claim["rest"]), claim["rest"] + 1)),
                "how": how,
                "invoice_id": rng.choice(own)["invoice_id"] if how == "set_off" and own else None,
                "document": f"D-{self.n}" if rng.random() < 0.9 else "",
            },
        )

    def merge(self) -> None:
        rng = self.rng
        if len(self.payers) < 2 or self.world.fund.merges:
            return
        payer = self.payers.pop(rng.randint(1, len(self.payers) - 1))
        into = rng.choice([p for p in self.payers if p != payer])
        on = self.on + rng.choice((0, 1, 1, 5, 30)) * DAY
        if rng.random() < 0.3:
            on = date(self.on.year + 1, 1, 1)
        self.send("payer.merged", "/vlk", {"payer": payer, "into": into, "on": str(on)})

    def malformed(self) -> None:
        if not self.sent:
            return
        data = dict(self.rng.choice(self.sent)["data"])
        source = f"/providers/{data['provider_code']}"
        also: Data = {}
        match self.rng.randint(0, 9):
            case 0:
                data["colour"] = "red"
            case 1:
                del data["lines"]
            case 2:
                data["amount_cents"] = 0
            case 3:
                data["lines"] = [{**data["lines"][0], "quantity": 0}]
            case 4:
                data["source"] = "EU"
            case 5:
                source = "/providers/300999999"
            case 6:
                data["amount_cents"] = "12"
            case 7:
                data["service_month"] = "2026-13"
            case 8:
                also = {"subject": "somebody/else"}
            case 9:
                data["number"] += self.rng.choice(("\u200b", " ", "\u0410", "\u202e"))
                data["invoice_id"] = f"{data['provider_code']}/{data['number']}"
        self.send("invoice.submitted", source, data, **also)

    # days

    def start_day(self) -> None:
        self.tick = 0
        if self.rng.random() < 0.88:
            self.send(
                "day.started",
                "/clock",
                {"date": str(self.on)},
                datetime.combine(self.on, time(0, 0, 1), VILNIUS),
            )

    def run(self) -> list[Event]:
        rng = self.rng
        if rng.random() < 0.25:
            self.rich_december()
        if rng.random() < 0.8:
            self.start_year(self.on.year - 1)
        if rng.random() < 0.9:
            self.start_year(self.on.year)
        for _ in range(rng.randint(3, 10)):
            self.contract()
        for _ in range(self.days):
            self.on += DAY
            self.start_day()
            if self.on.year not in self.budgets and rng.random() < 0.04 + 0.3 * self.budget_chance:
                self.start_year(self.on.year)
            if self.on.month == 12 and self.on.year + 1 not in self.budgets and rng.random() < 0.05:
                self.start_year(self.on.year + 1)
            for _ in range(int(rng.expovariate(1 / self.pace) + 0.5)):
                action = rng.choices(list(self.features), list(self.features.values()))[0]
                action()
        self.last_day()
        return self.events

    def last_day(self) -> None:
        self.on += DAY
        self.tick = 0
        self.send("day.started", "/clock", {"date": str(self.on)}, datetime.combine(self.on, time(0), VILNIUS))


def history(seed: int) -> list[Event]:
    """A random history of inbound events."""
    return Teller(seed).run()
