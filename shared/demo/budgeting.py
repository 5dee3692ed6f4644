"""The VLK's budget office: editions, distributions, and new distributions when payers run out of their shares."""

from collections.abc import Iterator
from datetime import date

from shared.demo import plot
from shared.demo.book import Book, Pot
from shared.demo.budgets import (
    VLK,
    Budget,
    Shares,
    budget_2021,
    budget_2021_amended,
    budget_2022,
    budget_2023,
    distribution,
    shares,
    weights,
)
from shared.demo.deals import PSDF
from shared.demo.post import Data, Draft, clock
from shared.demo.volumes import targets

REHABILITATION = "03"
REDISTRIBUTED_AT = clock(10)


def _approved(budget: Budget, at: int) -> Draft:
    subject = f"{budget.year}-{budget.edition}"
    return Draft(at=at, source="/vlk", kind="budget.approved", subject=subject, data=budget.data)


def _proposed(budget: Budget, data: Data, at: int) -> Draft:
    subject = f"{budget.year}-{budget.edition}"
    return Draft(at=at, source="/vlk", kind="distribution.proposed", subject=subject, data=data)


def _a_cent_off(budget: Budget, table: Shares) -> Data:
    """The distribution as it was first typed: the shares of one article miss its sum by a cent."""
    data = distribution(budget, table, with_revenue=True)
    data["shares"][-1] = data["shares"][-1] | {"amount_cents": data["shares"][-1]["amount_cents"] - 1}
    return data


class Budgeting:
    """Budgets and distributions by day."""

    def __init__(self, book: Book) -> None:
        """``book`` tells what is committed, and who is short."""
        self._book = book
        self._shares = shares(budget_2022())

    def morning(self, day: date) -> Iterator[Draft]:
        """What the budget office sends of its own accord."""
        if day == plot.OPENS_ON:
            last, amended = budget_2021(), budget_2021_amended()
            yield _approved(last, clock(8))
            yield _approved(amended, clock(8, 5))
            yield _proposed(amended, distribution(amended, shares(amended), with_revenue=True), clock(8, 10))
        elif day == plot.BUDGET_ON:
            budget = budget_2022()
            yield _approved(budget, clock(10))
            yield _proposed(budget, _a_cent_off(budget, self._shares), clock(11))
            yield _proposed(budget, distribution(budget, self._shares, with_revenue=True), clock(14))
        elif day == plot.NEXT_BUDGET_ON:
            yield _approved(budget_2023(), clock(10))
        elif day == plot.NEXT_DISTRIBUTION_ON:
            following = budget_2023()
            yield _proposed(following, distribution(following, shares(following), with_revenue=True), clock(11))
        elif day == plot.REHABILITATION_MOVED_ON:
            yield self._move(REHABILITATION, self._by_need())
        elif day >= plot.PHARMACIES_MOVED_FROM and day.year == plot.YEAR:
            yield from self._to_the_vlk()

    # ----------------------------------------------------------------------------------------------- redistributions

    def _move(self, article: str, parts: dict[str, int]) -> Draft:
        self._shares[article] = parts
        budget = budget_2022()
        return _proposed(budget, distribution(budget, {article: parts}), REDISTRIBUTED_AT)

    def _asked(self, payer: str, article: str) -> int:
        pot: Pot = (payer, article, PSDF)
        return self._book.asked_of(plot.YEAR, pot)

    def _by_need(self) -> dict[str, int]:
        """Share rehabilitation out anew by what each payer has committed, has waiting and still expects."""
        whole, aims = budget_2022().expenses[REHABILITATION], targets()
        needs = {p: max(aims[p, REHABILITATION, PSDF], self._asked(p, REHABILITATION)) for p in weights()}
        vlk = max(aims[VLK, REHABILITATION, PSDF], self._asked(VLK, REHABILITATION))
        total = vlk + sum(needs.values())
        parts = {payer: max(whole * need // total, self._asked(payer, REHABILITATION)) for payer, need in needs.items()}
        return {VLK: whole - sum(parts.values()), **parts}

    def _to_the_vlk(self) -> Iterator[Draft]:
        """Where the VLK is short of its share, give it what the territorial funds neither committed nor ask."""
        for article in sorted(set(self._book.short_of_share.values())):
            whole, now = budget_2022().expenses[article], self._shares[article]
            parts = {payer: min(now[payer], self._asked(payer, article)) for payer in weights() if payer in now}
            if sum(parts.values()) < sum(now.values()) - now[VLK]:
                yield self._move(article, {VLK: whole - sum(parts.values()), **parts})
