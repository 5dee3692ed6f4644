"""11. A year without a budget: what each of its months and articles may cost, and what is committed of that.

Sums are in euro cents, each by the rule's own function: nothing is decided here.
"""

from collections.abc import Iterator
from datetime import date

from services.payments.appropriation import plan_of
from services.payments.overrun import transferred
from services.payments.state import PSDF, STATE, State
from services.payments.views import MonthStanding, month_of_sources
from shared.kernel.calendar import month_of
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.value import value


@value
class ArticleTwelfth:
    """An article of last year's budget: what it appropriated, and a twelfth of that, which binds nobody by itself."""

    article: str
    name: str
    base_cents: Cents
    twelfth_cents: Cents


@value
class WithoutBudget:
    """11. The months and articles of a year without a budget; ``base`` is the edition of last year that counts.

    The cap is a ``parts``-th of what it plans of a source (``plan_cents``). Of the fund's own money so much is
    committed (K) and transferred (P) this year.
    """

    base: str
    parts: int
    plan_cents: dict[str, Cents]
    months: tuple[MonthStanding, ...]
    articles: tuple[ArticleTwelfth, ...]
    committed_cents: Cents
    transferred_cents: Cents


def without_budget(state: State, fund: Fund) -> WithoutBudget | None:
    """11. "iki patvirtinimo jo išlaidos kiekvieną mėnesį negali viršyti 1/12": the year's months, from January on.

    To today's, or to the last of which something is committed. None while a budget is in force, and where there is no
    cap: the law has none, or last year's budget is not known.
    """
    today = state.today
    if today is None or state.editions.in_force(today):
        return None
    last, parts = state.editions.latest(today.year - 1), fund.statute.amount("one_twelfth", today)
    if last is None or not parts:
        return None
    return WithoutBudget(
        base=f"{last.year}-{last.edition} ({last.law})",
        parts=parts,
        plan_cents={source: plan_of(last, source) for source in (PSDF, STATE)},
        months=tuple(_months(state, fund, today)),
        articles=tuple(
            ArticleTwelfth(
                article=line.article,
                name=line.name,
                base_cents=line.amount_cents,
                twelfth_cents=line.amount_cents // parts,
            )
            for line in last.expenses
        ),
        committed_cents=state.book.committed_of_source.get(PSDF, 0),
        transferred_cents=sum(transferred(state, article) for article in state.book.committed_of_article),
    )


def _months(state: State, fund: Fund, today: date) -> Iterator[MonthStanding]:
    committed = [month for months in state.book.committed_of_month.values() for month, cents in months.items() if cents]
    until = max([month_of(today), *committed])
    for number in range(1, 13):
        first = date(today.year, number, 1)
        if month_of(first) <= until:
            yield from month_of_sources(state, fund, first)
