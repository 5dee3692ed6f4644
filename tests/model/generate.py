"""Random histories of inbound events, from a seed: small sums, few payers, a turn of the year, and much that is wrong.

The history is made while the reference model plays it: bank reports need the orders that came out.
"""

import random
from collections.abc import Callable
from datetime import date, datetime, time
from typing import TypeAlias

from shared.kernel.calendar import DAY, VILNIUS
from tests.model.plain import Event
from tests.model.teller import Teller
from tests.model.tells_budgets import credit_account, merge, new_distribution, new_edition, start_year
from tests.model.tells_contracts import bad_proposal, change_contract, confirm_account, contract, end_contract
from tests.model.tells_invoices import (
    again,
    changed_again,
    credit_note,
    early_invoice,
    faulty_invoice,
    invoice,
    late_invoice,
    malformed,
    review,
)
from tests.model.tells_the_year import (
    administration,
    claim,
    come_back,
    report,
    reserve_use,
    revenue,
    settle,
    statement,
    strange_report,
    surplus,
    transfer,
    year_report,
)

Action: TypeAlias = Callable[[Teller], None]


def history(seed: int, most_days: int | None = None) -> list[Event]:
    """A random history of inbound events, of so many days at the most."""
    teller = Teller(seed)
    teller.days = min(teller.days, most_days or teller.days)
    return told(teller, features_of(teller, seed))


def features_of(teller: Teller, seed: int) -> dict[Action, float]:
    """How often each thing happens in a history, beside others; some never do."""
    rng = teller.rng
    features: dict[Action, float] = {
        action: weight * rng.choice((0, 1, 1, 3))
        for action, weight in (
            (faulty_invoice, 3.0),
            (credit_note, 3.0),
            (again, 1.5),
            (changed_again, 1.5),
            (review, 3.0),
            (new_edition, 0.7),
            (new_distribution, 1.5),
            (change_contract, 1.0),
            (end_contract, 0.4),
            (strange_report, 0.7),
            (malformed, 0.5),
            (merge, 0.15),
            (bad_proposal, 0.7),
            (late_invoice, 0.7),
            (early_invoice, 0.3),
            (revenue, 2.0),
            (administration, 1.0),
            (surplus, 1.0),
            (reserve_use, 0.7),
            (transfer, 1.0),
            (statement, 1.2),
            (year_report, 1.2),
            (claim, 0.8),
            (settle, 1.2),
        )
    }
    returns = random.Random(f"again {seed}").choice((0, 0, 1, 3))  # the other histories stay as they are
    features |= {confirm_account: 0.7 * returns, come_back: 1.0 * returns}
    features |= {invoice: 9.0, contract: 2.0, credit_account: 3.0, report: 6.0}
    return features


def told(teller: Teller, features: dict[Action, float]) -> list[Event]:
    rng = teller.rng
    if rng.random() < 0.25:
        rich_december(teller, features)
    if rng.random() < 0.8:
        start_year(teller, teller.on.year - 1)
    if rng.random() < 0.9:
        start_year(teller, teller.on.year)
    for _ in range(rng.randint(3, 10)):
        contract(teller)
    for _ in range(teller.days):
        teller.on += DAY
        start_day(teller)
        if teller.on.year not in teller.budgets and rng.random() < 0.04 + 0.3 * teller.budget_chance:
            start_year(teller, teller.on.year)
        if teller.on.month == 12 and teller.on.year + 1 not in teller.budgets and rng.random() < 0.05:
            start_year(teller, teller.on.year + 1)
        for _ in range(int(rng.expovariate(1 / teller.pace) + 0.5)):
            action = rng.choices(list(features), list(features.values()))[0]
            action(teller)
    last_day(teller)
    return teller.events


def rich_december(teller: Teller, features: dict[Action, float]) -> None:
    """Begin in late autumn, with last year's Sodra money known and this year's plan nearly reached."""
    rng = teller.rng
    teller.on = date(teller.on.year, 11, rng.randint(15, 30))
    teller.days, teller.pace = 60, rng.choice((1.0, 2.0))
    features |= {surplus: 6.0, reserve_use: 2.0, revenue: 3.0}
    for year, most in ((teller.on.year - 1, teller.scale), (teller.on.year, 8 * teller.scale)):
        for code in ("01.01", "04"):
            teller.send(
                "revenue.received",
                "/treasury",
                {
                    "year": year,
                    "code": code,
                    "amount_cents": rng.randint(1, most),
                    "received_on": f"{year}-10-05",
                    "offset": False,
                    "reference": f"V{teller.n}",
                },
            )


def start_day(teller: Teller) -> None:
    teller.tick = 0
    if teller.rng.random() < 0.88:
        teller.send(
            "day.started",
            "/clock",
            {"date": str(teller.on)},
            datetime.combine(teller.on, time(0, 0, 1), VILNIUS),
        )


def last_day(teller: Teller) -> None:
    teller.on += DAY
    teller.tick = 0
    teller.send("day.started", "/clock", {"date": str(teller.on)}, datetime.combine(teller.on, time(0), VILNIUS))
