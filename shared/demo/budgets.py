"""The budgets of the demo and how they are shared out among the payers.

Real: the annexes of 2021 (edition 1) and 2022. Of the amendment of mid-2021 only article 01 and the total are known;
the other lines of edition 2 are assumed here, and its law says so. The budget of 2023 is generated.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from shared.demo import plot
from shared.kernel.money import Cents, equal_parts

DATA: Final = Path(__file__).parent / "data"
VLK: Final = "VLK"
THOUSAND_EUROS: Final = 100_000
AMENDED_ARTICLE_01_CENTS: Final = 167_382_300_000
AMENDED_TOTAL_CENTS: Final = 248_949_600_000
AMENDED_REVENUE_LINE: Final = "01.02"  # assumed: the state's contributions carry what the total grew by
AMENDED_ARTICLE: Final = "02"  # assumed: medicines got what the total grew by and what article 01 lost
NEXT_TRANSFER_CENTS: Final = 2_500_000_000
NEXT_CAPITAL_BEFORE_CENTS: Final = 600_000_000

Shares = dict[str, dict[str, Cents]]


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget edition as the ``data`` of its event."""

    data: dict[str, Any]

    @property
    def year(self) -> int:
        """The budget year."""
        return int(self.data["year"])

    @property
    def edition(self) -> int:
        """The number of the edition within the year."""
        return int(self.data["edition"])

    @property
    def expenses(self) -> dict[str, Cents]:
        """Appropriations by article."""
        return {line["article"]: line["amount_cents"] for line in self.data["expenses"]}

    @property
    def revenue(self) -> dict[str, Cents]:
        """Planned revenue by line."""
        return {line["code"]: line["amount_cents"] for line in self.data["revenue"]}

    @property
    def total_cents(self) -> Cents:
        """The total of expenses: the hard cap of the year."""
        return int(self.data["expenses_total_cents"])

    @property
    def state_funds_cents(self) -> Cents:
        """What the state pays for by itself (point 19)."""
        return int(self.data["state_funds_cents"])


def main_reserve(revenue_cents: Cents) -> Cents:
    """1.5 % of the revenue, rounded half up to a thousand euros (point 8)."""
    return (15 * revenue_cents + 50_000_000) // 100_000_000 * THOUSAND_EUROS


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return loaded


@cache
def weights() -> dict[str, int]:
    """Permille of each TLK: an estimate of 2024 population by county, the official split is not public here."""
    return {p["code"]: p["share_permille"] for p in _load("payers.json")["payers"] if p["share_permille"] is not None}


@cache
def payers() -> tuple[str, ...]:
    """The VLK, then the territorial funds."""
    return (VLK, *weights())


@cache
def budget_2021() -> Budget:
    """Edition 1: the annex of Law XIV-121."""
    return Budget(_load("budget-2021.json"))


@cache
def budget_2021_amended() -> Budget:
    """Edition 2: article 01 and the total as amended in mid-2021; the other lines are assumed."""
    data = _load("budget-2021.json")
    grown = AMENDED_TOTAL_CENTS - data["expenses_total_cents"]
    for line in data["revenue"]:
        line["amount_cents"] += grown if line["code"] == AMENDED_REVENUE_LINE else 0
    lost = next(line["amount_cents"] for line in data["expenses"] if line["article"] == "01") - AMENDED_ARTICLE_01_CENTS
    for line in data["expenses"]:
        line["amount_cents"] += {"01": -lost, AMENDED_ARTICLE: grown + lost}.get(line["article"], 0)
    data |= {
        "edition": 2,
        "law": "XIV-121 pakeitimas: tikri tik 01 straipsnis ir bendra suma, kitos eilutės spėjamos (demo)",
        "in_force_from": "2021-07-01",
        "revenue_total_cents": AMENDED_TOTAL_CENTS,
        "expenses_total_cents": AMENDED_TOTAL_CENTS,
        "reserve_main_cents": main_reserve(AMENDED_TOTAL_CENTS),
    }
    return Budget(data)


@cache
def budget_2022() -> Budget:
    """The annex of Law XIV-747; only that it comes late, on 20 January, is invented."""
    return Budget(_load("budget-2022.json") | {"in_force_from": plot.BUDGET_ON.isoformat()})


def _grown(cents: Cents) -> Cents:
    return cents * plot.NEXT_BUDGET_GROWTH_PERMILLE // 1000 // THOUSAND_EUROS * THOUSAND_EUROS


@cache
def budget_2023() -> Budget:
    """Generated: each line of 2022 grown alike, to thousands of euros; article 01 carries what rounding leaves."""
    data = _load("budget-2022.json")
    for line in (*data["revenue"], *data["expenses"]):
        line["amount_cents"] = _grown(line["amount_cents"])
    total = sum(line["amount_cents"] for line in data["revenue"])
    data["expenses"][0]["amount_cents"] += total - sum(line["amount_cents"] for line in data["expenses"])
    data |= {
        "year": plot.YEAR + 1,
        "law": "2023 m. biudžetas, sugeneruotas: 2022 m. eilutės padidintos 9 % (demo)",
        "in_force_from": f"{plot.YEAR + 1}-01-01",
        "revenue_total_cents": total,
        "expenses_total_cents": total,
        "reserve_main_cents": main_reserve(total),
        "reserve_risk_cents": _grown(data["reserve_risk_cents"]),
        "state_funds_cents": _grown(data["state_funds_cents"]),
        "reserve_transfer_cents": NEXT_TRANSFER_CENTS,
        "working_capital_before_cents": NEXT_CAPITAL_BEFORE_CENTS,
    }
    return Budget(data)


def shares(budget: Budget) -> Shares:
    """By article and payer: the TLK part by the weights, rounded down; the VLK has the rest."""
    table: Shares = {}
    for article, amount in budget.expenses.items():
        through_tlk = amount * (1000 - plot.VLK_PERMILLE[article]) // 1000
        parts = {payer: through_tlk * permille // 1000 for payer, permille in weights().items()}
        parts = {payer: cents for payer, cents in parts.items() if cents}
        table[article] = {VLK: amount - sum(parts.values()), **parts}
    return table


def _quarters(sums: dict[str, Cents], name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for code, amount in sums.items():
        q1, q2, q3, q4 = equal_parts(amount, 4)
        rows.append({name: code, "q1_cents": q1, "q2_cents": q2, "q3_cents": q3, "q4_cents": q4})
    return rows


def distribution(budget: Budget, table: Shares, *, with_revenue: bool = False) -> dict[str, Any]:
    """The ``data`` of a ``distribution.proposed`` for the articles of the table, in equal quarters."""
    return {
        "year": budget.year,
        "edition": budget.edition,
        "quarters": _quarters({article: budget.expenses[article] for article in table}, "article"),
        "shares": [
            {"payer": payer, "article": article, "amount_cents": cents}
            for article, parts in table.items()
            for payer, cents in parts.items()
        ],
        "revenue_quarters": _quarters(budget.revenue, "code") if with_revenue else [],
    }
