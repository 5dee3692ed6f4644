"""An auditor that reads only what came in and what was said, and checks the invariants of ``rules.md``.

``audit(inbound, emitted)`` returns a line for each breach. Limits bind what a decision adds: what an edition or a
distribution leaves above a limit may stay there, and may not grow. A decision is a run of events of one moment.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from shared.kernel.calendar import midnight
from tests.invariants.shortage import Due, arrival, pro_rata
from tests.invariants.terms import wrong_terms
from tests.model.plain import CAME_BACK, VLK, Data, Event, day, moment, vilnius

Key = tuple[str, int]
IN_SERVICE = (
    *("budget.", "distribution.", "contract.", "invoice.", "payment.", "overrun.", "shortage.", "surplus."),
    *("reserve.", "sodra.", "compensation.", "payer.", "balance.", "recovery."),
)


class Books:
    """What an outsider can add up from the stream."""

    def __init__(self, inbound: Sequence[Event]) -> None:
        self.faults: list[str] = []
        self.editions: list[Data] = []
        self.shares: dict[tuple[int, str, str], int] = {}
        self.contracts: dict[str, Data] = {}
        self.accepted: dict[str, Data] = {}
        self.payments: dict[Key, Data] = {}
        self.orders: dict[str, Data] = {}
        self.held: set[str] = set()
        self.lowered: dict[str, int] = {}
        self.allotted: list[Data] = []
        self.apart: list[Data] = []
        self.told: dict[Key, int] = {}
        self.year = 0
        self.fund_now = datetime.min.replace(tzinfo=UTC)
        self.merges = sorted(self._merges(inbound), key=lambda m: m[0])
        self.into: dict[str, str] = {}
        self.credits = list(self._credits(inbound))

    @staticmethod
    def _merges(inbound: Sequence[Event]) -> Iterator[tuple[datetime, str, str]]:
        for event in inbound:
            if event.get("type") == "payer.merged":
                data, told = event["data"], moment(event["time"])
                yield max(midnight(day(data["on"])), told), data["payer"], data["into"]

    @staticmethod
    def _credits(inbound: Sequence[Event]) -> Iterator[Data]:
        seen: set[str] = set()
        for event in inbound:
            if event.get("type") == "account.credited" and event["data"]["reference"] not in seen:
                seen.add(event["data"]["reference"])
                yield {"source": "PSDF", **event["data"], "told": moment(event["time"])}

    def fault(self, invariant: str, event: Event, why: str) -> None:
        self.faults.append(f"{invariant} {event['time'][:10]} {event['type']}: {why}")

    def payer(self, name: str) -> str:
        while name in self.into:
            name = self.into[name]
        return name

    # sums

    def edition(self, on: date) -> Data | None:
        """The edition in force on a day, of those the fund has heard of: it may start a day before it hears one."""
        heard = [e for e in self.editions if e["told"] <= self.fund_now]
        taken = [e for e in heard if e["year"] == on.year and day(e["in_force_from"]) <= on]
        return max(taken, key=lambda e: (e["in_force_from"], e["edition"]), default=None)

    def latest(self, year: int) -> Data | None:
        return max((e for e in self.editions if e["year"] == year), key=lambda e: int(e["edition"]), default=None)

    def committed(self, year: int, source: str, article: str | None = None) -> int:
        paid = [a for a in self.apart if (a["year"], source) == (year, "PSDF") and article in (None, a["article"])]
        return sum(a["amount_cents"] for a in paid) + sum(
            p["unordered"] + p["ordered"]
            for (_, y), p in self.payments.items()
            if y == year and p["source"] == source and article in (None, p["article"])
        )

    def in_month(self, source: str, month: str) -> int:
        """Committed in a month for days without a budget, by the pay day of each."""
        unordered = sum(
            int(p["unordered"])
            for p in self.payments.values()
            if p["source"] == source and p["pay_on"][:7] == month and self.edition(day(p["pay_on"])) is None
        )
        paid = [a for a in self.apart if source == "PSDF" and a["paid_on"][:7] == month]
        apart = sum(int(a["amount_cents"]) for a in paid if self.edition(day(a["paid_on"])) is None)
        return (
            unordered
            + apart
            + sum(
                int(o["amount_cents"])
                for o in self.orders.values()
                if o["outcome"] not in CAME_BACK
                and o["source"] == source
                and o["pay_on"][:7] == month
                and self.edition(day(o["pay_on"])) is None
            )
        )

    def over_plan(self, year: int, article: str | None = None) -> int:
        return sum(a["amount_cents"] for a in self.allotted if a["year"] == year and article in (None, a["article"]))

    def excesses(self, payment: Data, year: int) -> dict[str, int]:
        """How far each limit that binds a scheduled payment is exceeded."""
        source, article, on = payment["source"], payment["article"], day(payment["pay_on"])
        law = self.edition(on)
        if law is None:
            last = self.latest(on.year - 1)
            total = (last["expenses_total_cents"] if source == "PSDF" else last["state_funds_cents"]) if last else 0
            return {"I7": self.in_month(source, payment["pay_on"][:7]) - total // 12}
        if source == "STATE":
            return {"I8": self.committed(year, source) - law["state_funds_cents"]}
        limit = sum(line["amount_cents"] for line in law["expenses"] if line["article"] == article)
        told = self.told.get((article, year), 0)
        return {
            "I2": self.committed(year, source) - law["expenses_total_cents"] - self.over_plan(year),
            "I3": self.committed(year, source, article) - limit - self.over_plan(year, article) - told,
        }

    # contracts

    def counts(self, contract: Data) -> int:
        if contract["ceiling_cents"] is None:
            return 0
        own = [i for i in self.accepted.values() if i["contract_id"] == contract["contract_id"]]
        accepted = sum(i["amount_cents"] if i["kind"] == "invoice" else -i["amount_cents"] for i in own)
        return int(accepted if contract["ended_on"] else max(contract["ceiling_cents"], accepted))

    def check_share(self, event: Event, contract: Data) -> None:
        """I6: ceilings within the share when one is concluded or raised."""
        year, source = contract["year"], contract["source"]
        own = [c for c in self.contracts.values() if c["year"] == year and c["source"] == source]
        if source == "PSDF":
            pot = (contract["payer"], contract["article"])
            own = [c for c in own if (c["payer"], c["article"]) == pot]
            limit = self.shares.get((year, *pot), 0)
        else:
            latest = self.latest(year)
            limit = latest["state_funds_cents"] if latest else 0
        if sum(map(self.counts, own)) > limit:
            self.fault("I6", event, f"{contract['contract_id']}: {sum(map(self.counts, own))} contracted of {limit}")

    # reading

    def read(self, batch: Sequence[Event]) -> None:
        """One decision, event by event: what each adds against the limits as they stand."""
        self.move_merged(moment(batch[0]["time"]))
        if batch[0]["source"] == "/payments":
            days = [e["data"]["accepted_on"] for e in batch if "accepted_on" in e["data"]]  # of a late event, its day
            said = [moment(batch[0]["time"]), *(moment(f"{on}T00:00:00+03:00") for on in days)]
            self.fund_now = max(self.fund_now, *said)
        back = self.turn_of_month(batch[0])
        said = {e["data"].get("invoice_id") for e in batch if e["type"] in ("payment.scheduled", "payment.deferred")}
        back = {key: unordered for key, unordered in back.items() if key[0] not in said}
        runs: set[tuple[str, str]] = set()
        for event in batch:
            kind, data = event["type"], event["data"]
            if kind in ("payment.ordered", "shortage.declared"):
                self.passed_again(back)
                account = (data["payer"], data["source"])
                if account not in runs:
                    runs.add(account)
                    self.check_run(event, account, batch)
            before = self.excesses(data, data["year"]) if kind == "payment.scheduled" else {}
            self.take(event)
            after = self.excesses(data, data["year"]) if kind == "payment.scheduled" else {}
            for invariant, excess in after.items():
                if excess > max(0, before[invariant]):
                    self.fault(invariant, event, f"{data['payment_id']}: {excess} above the limit")
        self.passed_again(back)

    def passed_again(self, back: dict[Key, int]) -> None:
        """What went back and of which nothing is said has passed its tests again, before the run of the day."""
        while back:
            key, unordered = back.popitem()
            self.payments[key]["unordered"] = unordered

    def turn_of_month(self, first: Event) -> dict[Key, int]:
        """What goes back to its queue; what nothing is said about passed again with the same sum and day."""
        now = moment(first["time"])
        on, back = vilnius(now), {}
        if first["source"] == "/payments" and now == midnight(on) and on.day == 1 and self.edition(on) is None:
            for key, payment in self.payments.items():
                if payment["unordered"] and self.edition(day(payment["pay_on"])) is None:
                    back[key] = payment["unordered"]
                    payment["unordered"] = 0
        return back

    def move_merged(self, now: datetime) -> None:
        while self.merges and self.merges[0][0] <= now:
            _, payer, into = self.merges.pop(0)
            self.into[payer] = into
            for (year, name, article), share in list(self.shares.items()):
                if name == payer:
                    del self.shares[year, name, article]
                    key = (year, self.payer(into), article)
                    self.shares[key] = self.shares.get(key, 0) + share
            for record in (*self.contracts.values(), *self.payments.values()):
                if record["payer"] == payer:
                    record["payer"] = into

    def take(self, event: Event) -> None:
        """Remember one event, and check what it must agree with."""
        kind, data = event["type"], event["data"]
        self.year = max(self.year, vilnius(moment(event["time"])).year)
        match kind:
            case "budget.adopted":
                self.editions.append({**data, "told": moment(event["time"])})
            case "distribution.adopted":
                self.take_shares(data)
            case "contract.concluded":
                self.contracts[data["contract_id"]] = {**data, "ended_on": None}
                if data["ceiling_cents"] is not None:
                    self.check_share(event, self.contracts[data["contract_id"]])
            case "contract.account.confirmed":
                self.held -= {i for i in self.held if self.accepted[i]["contract_id"] == data["contract_id"]}
            case "contract.changed":
                self.take_change(event, data)
            case "invoice.accepted" | "compensation.due":
                self.accepted[data["invoice_id"]] = {"kind": "invoice", "contract_id": None, "source": "PSDF", **data}
            case "surplus.allotted":
                self.allotted.append(data)
            case "administration.counted":
                self.apart.append(data)
            case _ if kind.startswith("payment."):
                self.take_payment(event, data)

    def take_shares(self, data: Data) -> None:
        named = {s["article"] for s in data["shares"]} | {q["article"] for q in data["quarters"]}
        self.shares = {k: v for k, v in self.shares.items() if k[0] != data["year"] or k[2] not in named}
        for share in data["shares"]:
            key = (data["year"], self.payer(share["payer"]), share["article"])
            self.shares[key] = self.shares.get(key, 0) + share["amount_cents"]

    def take_change(self, event: Event, data: Data) -> None:
        contract = self.contracts[data["contract_id"]]
        old = self.counts(contract)
        contract["payer"] = data.get("payer") or contract["payer"]
        contract["ended_on"] = data.get("ended_on")
        if contract["ended_on"] is None:
            contract["ceiling_cents"] = data["ceiling_cents"]
        if self.counts(contract) > old:
            self.check_share(event, contract)

    def take_payment(self, event: Event, data: Data) -> None:
        match event["type"]:
            case "payment.scheduled":
                key = (data["invoice_id"], data["year"])
                ordered = self.ordered(*key)
                old = self.payments.get(key, {"over_appropriation_cents": 0})["over_appropriation_cents"]
                over, place = data["over_appropriation_cents"] - old, (data["article"], data["year"])
                self.told[place] = self.told.get(place, 0) + over
                self.payments[key] = {**data, "ordered": ordered, "unordered": data["amount_cents"] - ordered}
                self.check_sum(event, data["invoice_id"])
            case "payment.deferred":
                self.take_deferral(data)
            case "payment.lowered":
                self.lowered[data["invoice_id"]] = self.lowered.get(data["invoice_id"], 0) + data["lowered_cents"]
                if data.get("payment_id"):
                    self.payments[data["invoice_id"], self.year]["unordered"] = data["amount_cents"]
                self.check_sum(event, data["invoice_id"])
            case "payment.carried":
                if payment := self.payments.get((data["invoice_id"], data["from_year"])):
                    payment["unordered"] = 0
            case "payment.ordered":
                self.take_order(event, data)
            case "payment.executed" | "payment.rejected" | "payment.returned":
                self.take_report(event, data)

    def take_deferral(self, data: Data) -> None:
        """Of a month without a budget: what was scheduled is back in its queue."""
        payment = self.payments.get((data["invoice_id"], data["year"]))
        if payment and payment["unordered"] and self.edition(day(payment["pay_on"])) is None:
            payment["unordered"] = 0

    def ordered(self, invoice_id: str, year: int) -> int:
        return sum(
            o["amount_cents"]
            for o in self.orders.values()
            if o["invoice_id"] == invoice_id and o["year"] == year and o["outcome"] not in CAME_BACK
        )

    def check_sum(self, event: Event, invoice_id: str) -> None:
        """I1: what is paid of an invoice and what lowered it is at most its accepted sum."""
        paid = sum(o["amount_cents"] for o in self.own_orders(invoice_id))
        whole = paid + self.lowered.get(invoice_id, 0)
        whole += sum(p["unordered"] for (i, _), p in self.payments.items() if i == invoice_id)
        if whole > self.accepted[invoice_id]["amount_cents"]:
            self.fault("I1", event, f"{invoice_id}: {whole} of {self.accepted[invoice_id]['amount_cents']}")

    def own_orders(self, invoice_id: str) -> Iterator[Data]:
        return (o for o in self.orders.values() if o["invoice_id"] == invoice_id and o["outcome"] not in CAME_BACK)

    def take_order(self, event: Event, data: Data) -> None:
        invoice_id, payment = data["invoice_id"], self.payments.get((data["invoice_id"], data["year"]))
        if data["order_id"] in self.orders:
            self.fault("I10", event, f"{data['order_id']} twice")
        if payment is None or not 0 < data["amount_cents"] <= payment["unordered"]:
            self.fault("I10", event, f"{data['order_id']}: {data['amount_cents']} is not scheduled")
            return
        if data["on"] < self.accepted[invoice_id]["accepted_on"]:
            self.fault("I4", event, f"{data['order_id']} before acceptance")
        if data["source"] != self.accepted[invoice_id]["source"] or data["source"] != payment["source"]:
            self.fault("I8", event, f"{data['order_id']}: {data['source']} money")
        payment["unordered"] -= data["amount_cents"]
        payment["ordered"] += data["amount_cents"]
        self.orders[data["order_id"]] = {**data, "outcome": None, "pay_on": payment["pay_on"]}
        self.check_sum(event, invoice_id)

    def take_report(self, event: Event, data: Data) -> None:
        order = self.orders.get(data["order_id"])
        outcome = event["type"].removeprefix("payment.")
        before = "executed" if outcome == "returned" else None
        if order is None or order["outcome"] != before or order["amount_cents"] != data["amount_cents"]:
            self.fault("I10", event, f"{data['order_id']} was not ordered so, or was told before")
            return
        order["outcome"] = outcome
        if outcome == "returned" and self.accepted[order["invoice_id"]]["contract_id"]:
            self.held.add(order["invoice_id"])
        if outcome in CAME_BACK:
            payment = self.payments[order["invoice_id"], order["year"]]
            payment["ordered"] -= order["amount_cents"]
            if order["year"] == self.year:
                payment["unordered"] += order["amount_cents"]

    # the run of a day

    def check_run(self, event: Event, account: tuple[str, str], batch: Sequence[Event]) -> None:
        """I5: earliest acceptance first, the split group pro rata to the cent, later ones nothing; never above cash."""
        on = vilnius(moment(event["time"]))
        due = [
            {**p, "id": i, "accepted": self.accepted[i]}
            for (i, year), p in self.payments.items()
            if (p["payer"], p["source"]) == account
            and year == on.year
            and p["unordered"]
            and p["pay_on"] <= str(on)
            and i not in self.held
        ]
        said = [e["data"] for e in batch if e["type"] == "shortage.declared"]
        short = next((s for s in said if (s["payer"], s["source"]) == account), None)
        got = {
            e["data"]["invoice_id"]: e["data"]["amount_cents"]
            for e in batch
            if e["type"] == "payment.ordered" and (e["data"]["payer"], e["data"]["source"]) == account
        }
        whole = sum(p["unordered"] for p in due)
        cash = short["cash_cents"] if short else whole
        if short and (short["due_cents"] != whole or cash >= whole):
            self.fault("I5", event, f"{account}: due {whole}, told {short['due_cents']} with cash {cash}")
        right = pro_rata(cash, [Due(p["accepted_on"], arrival(p["accepted"]), p["id"], p["unordered"]) for p in due])
        if got != right:
            self.fault("I5", event, f"{account}: ordered {got}, pro rata is {right}")
        if not self.into and sum(got.values()) > self.cash(account, on, moment(event["time"])):
            self.fault("I8", event, f"{account}: more ordered than is on the account")

    def cash(self, account: tuple[str, str], on: date, now: datetime) -> int:
        """Credits less orders; of a territorial payer, those of the year."""
        payer, source = account
        credited = sum(
            int(c["amount_cents"])
            for c in self.credits
            if (c["payer"], c["source"]) == account
            and c["told"] <= now
            and day(c["value_on"]) <= on
            and (payer == VLK or day(c["value_on"]).year == on.year)
        )
        return credited - sum(
            int(o["amount_cents"])
            for o in self.orders.values()
            if (o["payer"], o["source"]) == (payer, source)
            and o["outcome"] not in CAME_BACK
            and (payer == VLK or o["year"] == on.year)
        )


def said_by_services(emitted: Iterable[Event]) -> list[Event]:
    """Without what was parked."""
    return [e for e in emitted if e["type"].startswith(IN_SERVICE) and not e["type"].endswith(".parked")]


def audit(inbound: Sequence[Event], emitted: Sequence[Event]) -> list[str]:
    """Every breach of I1-I8, I10 and I12 that the stream shows."""
    books, said = Books(inbound), said_by_services(emitted)
    for _, batch in groupby(said, key=decision):
        books.read(list(batch))
    return books.faults + [line for event in said for line in wrong_terms(event)]


def decision(event: Event) -> tuple[Any, ...]:
    """What events of one decision share."""
    return event["time"], event["source"], event.get("causationid")
