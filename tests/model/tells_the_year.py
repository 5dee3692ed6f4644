"""What of a random history banks, Sodra, the ministry and payers tell: reports, revenue, reserve, years, claims."""

from shared.kernel.calendar import DAY
from tests.model.plain import VLK
from tests.model.teller import HEALTH, PROVIDERS, Teller


def report(teller: Teller) -> None:
    rng = teller.rng
    open_orders = [o for o in teller.world.fund.orders if o["outcome"] is None]
    for o in rng.sample(open_orders, min(len(open_orders), rng.choice((1, 2, 5)))):
        outcome = "executed" if rng.random() < 0.75 else "rejected"
        teller.send(
            "payment.reported",
            "/treasury",
            {
                "order_id": o["order_id"],
                "outcome": outcome,
                "on": str(teller.on),
                "reason": "AC04" if outcome == "rejected" else None,
            },
        )
        teller.reported.append(teller.events[-1])


def come_back(teller: Teller) -> None:
    """The money of an executed order comes back, while banks still return; now and then of one not executed."""
    rng = teller.rng
    since = teller.on - 30 * DAY
    paid = [o for o in teller.world.fund.orders if o["outcome"] == "executed" and o["entry"]["on"] >= since]
    orders = teller.world.fund.orders if rng.random() < 0.1 else paid
    if orders:
        data = {"order_id": rng.choice(orders)["order_id"], "outcome": "returned", "on": str(teller.on)}
        teller.send("payment.reported", "/treasury", {**data, "reason": "AC04"})


def strange_report(teller: Teller) -> None:
    if not teller.reported:
        return
    data = dict(teller.rng.choice(teller.reported)["data"])
    match teller.rng.randint(0, 2):
        case 0:
            data["outcome"] = "executed" if data["outcome"] == "rejected" else "rejected"
        case 1:
            data["order_id"] += "9"
    teller.send("payment.reported", "/treasury", data)


def revenue(teller: Teller) -> None:
    rng, on = teller.rng, teller.on - teller.rng.choice((0, 0, 0, 5, 40)) * DAY
    plan = teller.budgets.get(on.year)
    whole = plan["revenue_total_cents"] if plan else teller.scale
    teller.send(
        "revenue.received",
        "/treasury",
        {
            "year": on.year + (rng.random() < 0.04),
            "code": rng.choice(("01.01", "01.01", "04")),
            "amount_cents": rng.choice((rng.randint(1, 99), rng.randint(1, max(1, whole // 2)))),
            "received_on": str(on),
            "offset": rng.random() < 0.2,
            "reference": f"V{teller.n - (rng.random() < 0.05)}",
        },
    )


def administration(teller: Teller) -> None:
    rng, on = teller.rng, teller.on - teller.rng.choice((0, 0, 0, 5, 40, -1)) * DAY
    teller.send(
        "administration.paid",
        "/treasury",
        {
            "payer": rng.choice([VLK, *teller.payers]),
            "year": on.year + (rng.random() < 0.04),
            "article": rng.choice(("06", "06", "06", "06", "01", "07", "99")),
            "amount_cents": rng.choice((rng.randint(1, 99), rng.randint(1, teller.scale))),
            "paid_on": str(on),
            "reference": f"A{teller.n - (rng.random() < 0.05)}",
        },
    )


def decided(teller: Teller) -> str:
    return str(teller.on - teller.rng.choice((0, 0, 0, 2, 20)) * DAY)


def surplus(teller: Teller) -> None:
    rng, year = teller.rng, teller.on.year - (teller.rng.random() < 0.05)
    plan = teller.budgets.get(year)
    if plan is None or (teller.on.month != 12 and rng.random() < 0.9):
        return
    received = sum(r["amount_cents"] for r in teller.world.reserve.revenue if r["year"] == year)
    over = received - plan["revenue_total_cents"]
    teller.send(
        "surplus.proposed",
        "/ministry",
        {
            "year": year,
            "article": rng.choice((*HEALTH[:2], "06")) if rng.random() < 0.9 else "99",
            "amount_cents": rng.choice((rng.randint(1, max(1, teller.scale // 4)), max(1, over), max(1, over // 2))),
            "decided_on": decided(teller),
            "document": f"V-{teller.n}",
        },
    )


def reserve_use(teller: Teller) -> None:
    rng = teller.rng
    part = rng.choice(("main", "risk"))
    source = {"main": "/government", "risk": "/ministry"}[part]
    if rng.random() < 0.1:
        source = rng.choice(("/government", "/ministry"))
    if teller.on.year in teller.budgets:
        teller.send(
            "reserve.use.proposed",
            source,
            {
                "year": teller.on.year,
                "part": part,
                "amount_cents": rng.choice((1, rng.randint(1, teller.scale))),
                "purpose": "ekstremali situacija" if rng.random() < 0.95 else rng.choice(("", " ")),
                "article": None,
                "decided_on": decided(teller),
                "document": f"N-{teller.n}" if rng.random() < 0.95 else rng.choice(("", " ")),
            },
        )


def transfer(teller: Teller) -> None:
    rng, known = teller.rng, list(teller.world.reserve.transfers.values())
    if not known:
        return
    t = rng.choice(known)
    if not t["amount_cents"]:
        return
    told = {"year": t["year"], "kind": t["kind"], "amount_cents": t["amount_cents"] + (rng.random() < 0.1)}
    if t["state"] == "ordered":
        told["amount_cents"] = t["amount_cents"]
        teller.send("reserve.transfer.reported", "/treasury", {**told, "on": str(teller.on)})
    elif t["state"] == "planned":
        document = f"P-{teller.n}" if rng.random() < 0.95 else ""
        teller.send("reserve.transfer.approved", "/vlk", {**told, "document": document})


def statement(teller: Teller) -> None:
    rng, on = teller.rng, teller.on - teller.rng.choice((0, 60, 90, 90, 90, 180)) * DAY
    year, quarter = on.year, (on.month + 2) // 3
    if not teller.budgets:
        return
    own = [
        r
        for r in teller.world.sodra.revenue
        if r["code"] == "01.01" and r["year"] == year and (int(r["received_on"][5:7]) + 2) // 3 == quarter
    ]
    offset = sum(r["amount_cents"] for r in own if r["offset"])
    teller.send(
        "sodra.statement.submitted",
        "/sodra",
        {
            "year": year,
            "quarter": quarter,
            "submission": rng.randint(1, 3),
            "transferred_cents": sum(r["amount_cents"] for r in own) - offset + rng.choice((0, 0, 3)),
            "offset_cents": offset,
            "related_cents": rng.randint(0, 9),
            "compensation_cents": rng.choice((0, 5, rng.randint(1, teller.scale // 4))),
        },
    )


def year_report(teller: Teller) -> None:
    rng, close = teller.rng, teller.world.close
    payers = [p for p in teller.payers if p != VLK]
    if teller.on.month > 2 and rng.random() < 0.9:
        return
    owed = sorted(k for k in close.owes if k[2] == teller.on.year - 1 and k not in close.accepted)
    year = teller.on.year - rng.randint(0, 1)
    if rng.random() < 0.1 and payers:
        key = (rng.choice(payers), rng.choice(("PSDF", "STATE")), year)
    elif owed:
        key = rng.choice(owed)
    else:
        return
    received, used = close.ledger(key)
    wrong = rng.choice((0, 0, 0, 1))
    teller.send(
        "payer.year.reported",
        teller.by(key[0]),
        {
            "payer": key[0],
            "year": key[2],
            "source": key[1],
            "received_cents": received + wrong,
            "used_cents": used,
            "balance_cents": max(0, received - used),
        },
    )


def claim(teller: Teller) -> None:
    rng = teller.rng
    own = [i for i in teller.world.claims.invoices.values()]
    if not own:
        return
    invoice = rng.choice(own)
    teller.send(
        "recovery.claimed",
        "/vlk",
        {
            "claim_id": f"CL{teller.n}",
            "provider_code": invoice["provider_code"] if rng.random() < 0.95 else PROVIDERS[0],
            "invoice_id": invoice["invoice_id"] if rng.random() < 0.6 else None,
            "amount_cents": rng.randint(1, max(1, teller.scale // 4)),
            "basis": rng.choice(("20", "21")),
            "reason": "žala",
        },
    )


def settle(teller: Teller) -> None:
    rng, claims = teller.rng, teller.world.claims
    open_claims = [(k, c) for k, c in claims.claims.items() if c["rest"]]
    if not open_claims:
        return
    claim_id, claim = rng.choice(open_claims)
    how = rng.choice(("repaid", "set_off", "set_off", "set_off", "written_off"))
    own = [i for i in claims.invoices.values() if i["provider_code"] == claim["provider_code"]]
    own = own if rng.random() < 0.95 else list(claims.invoices.values())
    teller.send(
        "recovery.settled",
        "/vlk",
        {
            "claim_id": claim_id if rng.random() < 0.97 else "CL-none",
            "amount_cents": rng.choice((claim["rest"], rng.randint(1, claim["rest"]), claim["rest"] + 1)),
            "how": how,
            "invoice_id": rng.choice(own)["invoice_id"] if how == "set_off" and own else None,
            "document": f"D-{teller.n}" if rng.random() < 0.9 else "",
        },
    )
