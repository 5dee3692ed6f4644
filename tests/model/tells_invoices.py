"""What of a random history providers send, and what is said of it: good, faulty, again, changed, not to be read."""

from datetime import datetime, time

from shared.kernel.calendar import DAY, VILNIUS
from tests import sent
from tests.model.plain import VLK, Data, month_end
from tests.model.teller import HEALTH, PROVIDERS, Teller
from tests.model.tells_contracts import propose


def months(year: int) -> list[str]:
    return [f"{year}-{n:02d}" for n in range(1, 13)]


def free_months(teller: Teller, contract: Data) -> list[str]:
    over = [
        m
        for m in months(contract["year"])
        if contract["valid_from"][:7] <= m <= contract["valid_to"][:7] and month_end(m) < teller.on
    ]
    return [m for m in over if (contract["contract_id"], m) not in teller.used]


def invoice_of(teller: Teller, contract: Data, month: str, amount: int) -> Data:
    teller.n += 1
    price = 7 if contract["services"] else amount
    line = sent.line("X", max(1, amount // price), price)
    return sent.invoice(contract, f"A{teller.n}", month, str(teller.on), [line])


def some_invoice(teller: Teller) -> Data | None:
    rng = teller.rng
    contracts = [c for c in teller.contracts.values() if free_months(teller, c)]
    if not contracts:
        return None
    contract = rng.choice(contracts)
    month = rng.choice(free_months(teller, contract))
    amount = rng.choice((rng.randint(1, 9), rng.randint(1, teller.scale // 4), rng.randint(1, teller.scale)))
    return invoice_of(teller, contract, month, amount)


def submit(teller: Teller, data: Data, when: datetime | None = None) -> None:
    told = teller.send("invoice.submitted", f"/providers/{data['provider_code']}", data, when)
    teller.sent.append(teller.events[-1])
    if any(e["type"] == "invoice.accepted" for e in told):
        teller.used.add((data["contract_id"], data["service_month"]))


def invoice(teller: Teller) -> None:
    for _ in range(teller.rng.choice((1, 1, 1, 3))):
        if data := some_invoice(teller):
            submit(teller, data)


def late_invoice(teller: Teller) -> None:
    if data := some_invoice(teller):
        when = datetime.combine(
            teller.on - teller.rng.randint(1, 4) * DAY, time(teller.rng.randint(0, 23), 30), VILNIUS
        )
        submit(teller, data, when)


def early_invoice(teller: Teller) -> None:
    """Comes before its contract is known."""
    year = teller.on.year
    if teller.on.month == 1:
        return
    code = teller.rng.choice(PROVIDERS)
    contract = sent.contract(f"C-early-{teller.n}", year, code, {}, payment_days=10, review="automatic")
    data = invoice_of(teller, contract, f"{year}-01", teller.rng.randint(1, teller.scale // 4))
    if teller.rng.random() < 0.3:
        data["amount_cents"] += 1
    submit(teller, data)
    if teller.rng.random() < 0.5:
        propose(teller, contract)


def faulty_invoice(teller: Teller) -> None:
    rng = teller.rng
    data = some_invoice(teller)
    if data is None:
        return
    for _ in range(rng.choice((1, 1, 2))):
        line = data["lines"][0]
        match rng.randint(0, 10):
            case 0:
                data["payer"] = rng.choice(teller.payers)
            case 1:
                data["article"] = rng.choice(HEALTH)
            case 2:
                data["source"] = rng.choice(("PSDF", "STATE"))
            case 3:
                data["service_month"] = str(teller.on + rng.randint(-200, 40) * DAY)[:7]
            case 4:
                line["amount_cents"] += 1
            case 5:
                data["amount_cents"] += rng.randint(1, 3)
            case 6:
                line["service_code"] = "Z"
            case 7:
                line["unit_price_cents"] += 1
            case 8:
                data["corrects"] = rng.choice(teller.sent)["data"]["invoice_id"] if teller.sent else "x/1"
            case 9:
                data["contract_id"] = rng.choice([*teller.contracts, "C-none"])
            case 10 if teller.used:
                data["contract_id"], data["service_month"] = rng.choice(sorted(teller.used))
                data["provider_code"] = teller.contracts[data["contract_id"]]["provider"]["code"]
                data["invoice_id"] = f"{data['provider_code']}/{data['number']}"
    submit(teller, data)
    if rng.random() < 0.3:
        submit(teller, {**data, "amount_cents": sum(x["amount_cents"] for x in data["lines"])})


def credit_note(teller: Teller) -> None:
    rng = teller.rng
    sent = [e["data"] for e in teller.sent if e["data"]["kind"] == "invoice"]
    accepted = {e["data"]["invoice_id"]: e["data"] for e in teller.world.emitted if e["type"] == "invoice.accepted"}
    named = [d for d in sent if d["invoice_id"] in accepted] or sent
    if not named:
        return
    old = rng.choice(named[-12:])
    teller.n += 1
    amount = rng.choice((rng.randint(1, 9), rng.randint(1, old["amount_cents"]), old["amount_cents"]))
    number = f"K{teller.n}"
    data = {
        **old,
        "invoice_id": f"{old['provider_code']}/{number}",
        "number": number,
        "kind": "credit",
        "corrects": old["invoice_id"] if rng.random() < 0.95 else None,
        "lines": [{"service_code": "X", "quantity": 1, "unit_price_cents": amount, "amount_cents": amount}],
        "amount_cents": amount,
    }
    if teller.contracts.get(old["contract_id"], {}).get("services"):
        n = max(1, amount // 7)
        data["lines"] = [{"service_code": "X", "quantity": n, "unit_price_cents": 7, "amount_cents": 7 * n}]
        data["amount_cents"] = 7 * n
    submit(teller, data)


def again(teller: Teller) -> None:
    """The same content under a new event id, or the same event."""
    if not teller.sent:
        return
    old = teller.rng.choice(teller.sent[-15:])
    if teller.rng.random() < 0.3:
        teller.post(old)
    else:
        submit(teller, old["data"])


def changed_again(teller: Teller) -> None:
    """A number again with other content, or an id again with other content."""
    if not teller.sent:
        return
    old = teller.rng.choice(teller.sent[-15:])
    data = dict(old["data"])
    if teller.rng.random() < 0.3:
        teller.post({**old, "data": {**data, "issued_on": "2025-01-01"}})
        return
    data["issued_on"] = str(teller.on)
    if teller.rng.random() < 0.5:
        data["amount_cents"] = sum(x["amount_cents"] for x in data["lines"])
    submit(teller, data)


def malformed(teller: Teller) -> None:
    if not teller.sent:
        return
    data = dict(teller.rng.choice(teller.sent)["data"])
    source = f"/providers/{data['provider_code']}"
    also: Data = {}
    match teller.rng.randint(0, 9):
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
            data["number"] += teller.rng.choice(("\u200b", " ", "\u0410", "\u202e"))
            data["invoice_id"] = f"{data['provider_code']}/{data['number']}"
    teller.send("invoice.submitted", source, data, **also)


def review(teller: Teller) -> None:
    rng = teller.rng
    waiting = [d for p in teller.world.providers.values() for d in p.under_review]
    if not waiting:
        if rng.random() < 0.05:
            teller.send(
                "invoice.reviewed",
                "/vlk",
                {"invoice_id": "300111222/none", "contract_id": "C", "verdict": "accept", "reasons": []},
            )
        return
    data = rng.choice(waiting)["data"]
    reasons = [{"code": "review", "rule": "15", "terms": {"text": "be parašo"}}]
    verdict = rng.choice(("accept", "accept", "return"))
    payer = teller.contracts.get(data["contract_id"], {"payer": VLK})["payer"]
    teller.send(
        "invoice.reviewed",
        teller.by(payer),
        {
            "invoice_id": data["invoice_id"],
            "contract_id": data["contract_id"],
            "verdict": verdict,
            "reasons": reasons if verdict == "return" else [],
        },
    )
    if verdict == "return" and rng.random() < 0.6:
        submit(teller, data)
