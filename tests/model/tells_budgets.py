"""What of a random history is law and money: budgets, distributions, credits, mergers."""

from datetime import date

from shared.kernel.calendar import DAY
from tests.model.plain import VLK, Data
from tests.model.teller import HEALTH, Teller


def budget(teller: Teller, year: int, edition: int, sums: dict[str, int], **change: int) -> Data:
    total = sum(sums.values())
    revenue = change.pop("revenue", total)
    rng = teller.rng
    first = f"{year}-01-01" if rng.random() < 0.7 else str(max(date(year, 1, 1), teller.on + rng.randint(0, 20) * DAY))
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
        "reserve_main_cents": rng.choice((0, 0, teller.scale // 20)),
        "reserve_risk_cents": rng.choice((0, teller.scale, 2 * teller.scale)),
        "state_funds_cents": rng.choice((0, teller.scale // 2, teller.scale)),
        "reserve_transfer_cents": rng.choice((0, 0, 50)),
        "working_capital_before_cents": rng.choice((None, 30)),
    }
    data.update(change)
    return data


def sums(teller: Teller) -> dict[str, int]:
    rng, scale = teller.rng, teller.scale
    sums = {a: rng.randint(scale // 2, 2 * scale) for a in HEALTH[: rng.randint(1, 3)]}
    if teller.lopsided:  # an article is passed at once, the year's total is far
        return sums | {"01": rng.randint(0, scale // 4), "06": rng.randint(2 * scale, 6 * scale), "07": scale // 4}
    return sums | {"06": rng.randint(0, scale), "07": rng.randint(0, scale // 4)}


def approve(teller: Teller, data: Data) -> None:
    told = teller.send("budget.approved", "/vlk", data)
    if any(e["type"] == "budget.adopted" for e in told):
        teller.budgets[data["year"]] = data


def start_year(teller: Teller, year: int) -> None:
    approve(teller, budget(teller, year, 1, sums(teller)))
    distribute(teller, year, whole=teller.rng.random() < 0.8)


def distribute(teller: Teller, year: int, *, whole: bool) -> None:
    budget, rng = teller.budgets.get(year), teller.rng
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
        for payer in teller.payers[1:] if x["health_care"] else ():
            part = rng.randint(0, amount) // len(teller.payers)
            shares.append({"payer": payer, "article": x["article"], "amount_cents": part})
            amount -= part
        shares.append({"payer": VLK, "article": x["article"], "amount_cents": amount})
    if shares and rng.random() < 0.06:
        shares[-1]["amount_cents"] += 1
    if quarters and rng.random() < 0.06:
        quarters[0]["q1_cents"] += 1
    edition = budget["edition"] + (rng.random() < 0.05)
    teller.send(
        "distribution.proposed",
        "/vlk",
        {"year": year, "edition": edition, "quarters": quarters, "shares": shares},
    )


def new_edition(teller: Teller) -> None:
    year = teller.rng.choice([y for y in teller.budgets if y >= teller.on.year] or [0])
    if not year:
        return
    old, rng = teller.budgets[year], teller.rng
    sums = {x["article"]: x["amount_cents"] for x in old["expenses"]}
    for article in sums:
        if rng.random() < 0.5:
            sums[article] = max(0, sums[article] + rng.randint(-teller.scale // 2, teller.scale))
    data = budget(teller, year, old["edition"] + 1, sums)
    match rng.random():
        case x if x < 0.1:
            data["revenue_total_cents"] += 1
        case x if x < 0.2:
            data["expenses_total_cents"] += 1
        case x if x < 0.3:
            data["edition"] = old["edition"]
        case x if x < 0.4:
            data = old
    approve(teller, data)
    if rng.random() < 0.6:
        distribute(teller, year, whole=rng.random() < 0.5)


def new_distribution(teller: Teller) -> None:
    if teller.budgets:
        distribute(teller, teller.rng.choice(sorted(teller.budgets)), whole=teller.rng.random() < 0.5)


def credit_account(teller: Teller) -> None:
    rng = teller.rng
    payer = rng.choice(teller.payers)
    teller.send(
        "account.credited",
        "/treasury",
        {
            "payer": payer,
            "source": rng.choice(("PSDF", "PSDF", "PSDF", "STATE")),
            "amount_cents": int(rng.randint(1, teller.scale) * (0.2 + teller.rich)),
            "value_on": str(teller.on + rng.choice((0, 0, 0, 1, 3, -1, -20)) * DAY),
            "reference": f"R{teller.n}",
        },
    )


def merge(teller: Teller) -> None:
    rng = teller.rng
    if len(teller.payers) < 2 or teller.world.fund.merges:
        return
    payer = teller.payers.pop(rng.randint(1, len(teller.payers) - 1))
    into = rng.choice([p for p in teller.payers if p != payer])
    on = teller.on + rng.choice((0, 1, 1, 5, 30)) * DAY
    if rng.random() < 0.3:
        on = date(teller.on.year + 1, 1, 1)
    teller.send("payer.merged", "/vlk", {"payer": payer, "into": into, "on": str(on)})
