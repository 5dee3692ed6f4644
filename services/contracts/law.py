"""The rules of budgets, distributions and contract ceilings: points 4, 7, 8, 12, 13. Pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from shared.events.vlk import ArticleQuarters, MonthPlanApproved, Share
from shared.kernel.budget import Edition
from shared.kernel.money import Cents
from shared.kernel.reason import Reason, reason

# --- a month without a budget


def not_for_a_month(plan: MonthPlanApproved, *, has_budget: bool, cap: Cents | None) -> Iterator[Reason]:
    """11. Only for a month without a budget, within a twelfth of last year's expenses, by the director's order.

    ``cap`` is that twelfth; None where no budget of the year before is known.
    """
    asked = sum(line.amount_cents for line in plan.expenses)
    if has_budget:
        yield reason("budget_in_force", month=plan.month)
    elif cap is None:
        yield reason("no_budget", year=int(plan.month[:4]))
    elif asked > cap:
        yield reason("over_twelfth", month=plan.month, cap_cents=cap, asked_cents=asked)
    if not plan.document.strip():
        yield reason("no_document", "11")


# --- the budget


def reserve_main_cents(revenue_cents: Cents, permille: int, rounding_cents: Cents) -> Cents:
    """8. "PSDF biudžeto rezervo pagrindinės dalies ... lėšų sumos planuojamos vadovaujantis ... 22 str. 2 d.".

    HIL 22(2): 1.5 % of the year's approved revenue, rounded half up to a thousand euro.
    """
    return (2 * permille * revenue_cents + 1000 * rounding_cents) // (2000 * rounding_cents) * rounding_cents


def sums_that_differ(edition: Edition) -> Iterator[Reason]:
    """7. Lines must add up to the stated totals."""
    for code, lines, total in (
        ("revenue_sum", edition.revenue, edition.revenue_total_cents),
        ("expenses_sum", edition.expenses, edition.expenses_total_cents),
    ):
        lines_sum = sum(line.amount_cents for line in lines)
        if lines_sum != total:
            yield reason(code, sum_cents=lines_sum, total_cents=total)


def flags_of(edition: Edition, reserve_main: Cents, contracted: Mapping[str, Cents]) -> Iterator[Reason]:
    """What an edition makes people look at, and is no ground to refuse it.

    ``reserve_main`` is the computed main part; ``contracted`` is by article, of the fund's own money.
    """
    if edition.reserve_main_cents != reserve_main:
        yield reason("reserve_main", stated_cents=edition.reserve_main_cents, computed_cents=reserve_main)
    if edition.expenses_total_cents > edition.revenue_total_cents:
        yield reason("expenses_over_revenue")
    appropriated = edition.appropriations_cents()
    below = [
        {"article": article, "article_sum_cents": limit, "contracted_cents": cents}
        for article, cents in sorted(contracted.items())
        if (limit := appropriated.get(article, 0)) < cents
    ]
    if below:
        yield reason("below_contracted", articles=below)


# --- the distribution


def tables_that_differ(
    edition: Edition, quarters: Sequence[ArticleQuarters], shares: Sequence[Share]
) -> Iterator[Reason]:
    """12. "paskirsto ... išlaidas metų ketvirčiais, taip pat paskirsto teritorinėms ligonių kasoms lėšas".

    Each article named must add up in both tables: sum of quarters = article = sum of payers.
    """
    by_quarter: dict[str, Cents] = {}
    for row in quarters:
        by_quarter[row.article] = by_quarter.get(row.article, 0) + row.sum_cents
    by_payer: dict[str, Cents] = {}
    for share in shares:
        by_payer[share.article] = by_payer.get(share.article, 0) + share.amount_cents
    named, appropriated = sorted(by_quarter.keys() | by_payer.keys()), edition.appropriations_cents()
    for code, sums in (("quarters_sum", by_quarter), ("shares_sum", by_payer)):
        differing = [
            {
                "article": article,
                "sum_cents": sums.get(article, 0),
                "article_sum_cents": appropriated.get(article, 0),
            }
            for article in named
            if sums.get(article, 0) != appropriated.get(article, 0)
        ]
        if differing:
            yield reason(code, articles=differing)


# --- the contract ceiling


def counted_cents(ceiling: Cents | None, accepted: Cents, *, ended: bool) -> Cents:
    """13. What a contract counts with: the higher of its ceiling and its accepted sum; ended, its accepted sum only.

    A contract without a ceiling does not count, ended or not.
    """
    if ceiling is None:
        return 0
    return accepted if ended else max(ceiling, accepted)


def over_the_share(share: Cents, contracted: Cents, asked: Cents) -> Iterator[Reason]:
    """13. "sutartis sudaro neviršydama atitinkamam išlaidų straipsniui numatytų lėšų"; equality passes."""
    if contracted + asked > share:
        yield reason(
            "share_exceeded",
            share_cents=share,
            contracted_cents=contracted,
            asked_cents=asked,
            free_cents=share - contracted,
        )


def not_for_contracts(edition: Edition | None, article: str) -> Iterator[Reason]:
    """13. Contracts are for health care only; while the year has no edition the article is not tested."""
    line = edition.article(article) if edition else None
    if edition and not (line and line.health_care):
        yield reason("not_health_care")


def outside_the_year(year: int, valid_from: date, valid_to: date) -> Iterator[Reason]:
    """14(1) HIL: contracts are of one budget year; their validity lies in it."""
    if (valid_from.year, valid_to.year) != (year, year):
        yield reason("outside_year")


def under_the_accepted(ceiling: Cents | None, accepted: Cents) -> Iterator[Reason]:
    """13. Lowering releases only what is not yet accepted; a new ceiling is never under the accepted sum."""
    if ceiling is not None and ceiling < accepted:
        yield reason("under_accepted", asked_cents=ceiling, accepted_cents=accepted)
