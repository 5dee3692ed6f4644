"""How much work: amounts by month, the day each is invoiced, and the ceilings of the contracts.

Amounts are scaled so that what falls to be paid in the fund year hits the plan of each pot, whatever the number of
providers: a permille of the payer's share; for the VLK's pharmacies, all that the total of the year leaves, and more.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from random import Random

from shared.demo import plot
from shared.demo.budgets import VLK, budget_2022, budget_2023, shares
from shared.demo.days import calendar, months, pay_day, plus, start_of_next
from shared.demo.deals import PSDF, STATE, USUAL_DAYS, Deal
from shared.demo.dice import dice
from shared.kernel.money import Cents

ALL_MONTHS = tuple(months(plot.FIRST_MONTH, plot.LAST_MONTH))
DAY_WEIGHTS = (4, 6, 8, 10, 12, 12, 13, 13, 11, 11)  # the first ten days of the month: the burst
CLOSED_DAY = 0.12  # of the weight, on a Saturday, Sunday or public holiday
LATE_DAYS = (11, 24)
OPENING_BURST = date(2021, 12, 21)  # the ten days in which the first month is invoiced
NOISE = 0.07
CLERK_DAYS = 5  # what a clerk's look takes, about
LATE_IN_YEAR = ("2022-10", "2022-11")  # nobody is late at the end of the year, when sums must be near the plan
TURN_MONTH = "2022-10"
TURN_DAY = date(2022, 11, 30)  # invoiced then, due on the last bank day of the year
CEILING_SLACK = 0.012
LEAST_SLACK = 0.001
ROUNDING = 100_000  # ceilings are written in thousands of euros
EASED_MONTHS = ("2022-11", "2022-12")  # paid in the next year
STATE_SLACK = 0.05
LEAST_QUANTITY = 60
LATER_CEILING_PERMILLE = 1060

Pot = tuple[str, str, str]


@dataclass(slots=True)
class Planned:
    """The work of a deal in a month: what it comes to, and the day its invoice is sent."""

    deal: Deal
    month: str
    on: date

    @property
    def amount(self) -> Cents:
        """What the work of the month comes to."""
        return self.deal.months[self.month]


@cache
def _burst(start: date) -> tuple[list[date], list[float]]:
    """Ten days and their weights: little comes on a day that is closed."""
    days = [plus(start, n) for n in range(len(DAY_WEIGHTS))]
    open_on = calendar().is_working_day
    return days, [w * (1.0 if open_on(day) else CLOSED_DAY) for day, w in zip(days, DAY_WEIGHTS, strict=True)]


def _burst_day(chance: Random, start: date) -> date:
    days, weights = _burst(start)
    return chance.choices(days, weights)[0]


def _sent_on(chance: Random, deal: Deal, month: str) -> date:
    if month == plot.FIRST_MONTH:
        return _burst_day(chance, OPENING_BURST)
    start = start_of_next(month)
    may_be_late = deal.article in {"01", "05"} and not deal.big and month not in LATE_IN_YEAR
    if may_be_late and chance.random() < plot.LATE_SHARE:
        return plus(start, chance.randint(*LATE_DAYS) - 1)
    return _burst_day(chance, start)


def _weight(chance: Random, deal: Deal, place: int) -> float:
    season: float = plot.MONTH_PERMILLE[deal.article][place] / 1000
    if deal.article == "02" and deal.payer == VLK:
        growth = plot.PHARMACY_GROWTH_PERMILLE / 1000
        season = 1 - growth + 2 * growth * place / (len(ALL_MONTHS) - 2)
    return deal.size * season * chance.lognormvariate(0.0, NOISE)


def paid_in(planned: Planned) -> int:
    """The year in which the work is planned to be paid."""
    accepted = plus(planned.on, CLERK_DAYS if planned.deal.clerk else 0)
    return pay_day(accepted, planned.deal.payment_days).year


def targets() -> dict[Pot, Cents]:
    """What is to be paid in the fund year, by pot."""
    budget = budget_2022()
    table = shares(budget)
    found: dict[Pot, Cents] = {}
    for article, permille in plot.USED_PERMILLE.items():
        for payer, share in table[article].items():
            part = plot.REHABILITATION_PERMILLE[payer] if article == "03" else permille
            found[payer, article, PSDF] = share * part // 1000
    compensation = plot.COMPENSATION_CENTS[2021] + 3 * plot.COMPENSATION_CENTS[2022]
    others = sum(cents for pot, cents in found.items() if pot != (VLK, "02", PSDF))
    found[VLK, "02", PSDF] = budget.total_cents - others - compensation + plot.YEAR_TOTAL_EXCESS_CENTS
    state = budget.state_funds_cents + plot.STATE_EXCESS_CENTS
    for payer, permille in plot.STATE_PERMILLE.items():
        found[payer, "01", STATE] = state * permille // 1000
    return found


def plan(seed: int, deals: list[Deal]) -> list[Planned]:
    """Every invoice of the story before anything goes wrong, by day; sets the months and ceilings of the deals."""
    weighed: list[tuple[Planned, float]] = []
    wholes: dict[Pot, float] = {}
    for deal in deals:
        chance = dice(seed, "volume", deal.number)
        for place, month in enumerate(ALL_MONTHS):
            planned = Planned(deal, month, _sent_on(chance, deal, month))
            weight = _weight(chance, deal, place)
            if deal.works_in(month):
                weighed.append((planned, weight))
    _set_turn(deals, [planned for planned, _ in weighed])
    for planned, weight in weighed:
        if paid_in(planned) == plot.YEAR:
            wholes[planned.deal.pot] = wholes.get(planned.deal.pot, 0.0) + weight
    aims = targets()
    for planned, weight in weighed:
        planned.deal.months[planned.month] = max(1, int(aims[planned.deal.pot] * weight / wholes[planned.deal.pot]))
    _set_ceilings(seed, deals)
    _fit_prices(deals)
    return sorted((planned for planned, _ in weighed), key=lambda planned: (planned.on, planned.deal.number))


def _set_turn(deals: list[Deal], planned: list[Planned]) -> None:
    """One small invoice falls due on the last bank day of the year: its order is rejected in January."""
    usual = (d for d in deals if d.payer == plot.REJECTED_AT_TURN and d.article == "01" and d.source == PSDF)
    deal = min(
        (d for d in usual if d.payment_days == USUAL_DAYS and not d.clerk and not d.ended_on), key=lambda d: d.size
    )
    next(p for p in planned if p.deal is deal and p.month == TURN_MONTH).on = TURN_DAY


def _round_up(cents: float) -> Cents:
    return (int(cents) // ROUNDING + 1) * ROUNDING


def _work_of(deal: Deal, year: int) -> Cents:
    return sum(cents for month, cents in deal.months.items() if month.startswith(str(year)))


def _set_ceilings(seed: int, deals: list[Deal]) -> None:
    """Ceilings of the fund year within the shares, those of the next year within its; the year before has none."""
    pots: dict[Pot, list[Deal]] = {}
    for deal in deals:
        deal.ceilings = {plot.YEAR - 1: None, plot.YEAR: None, plot.YEAR + 1: None}
        if deal.ceiling != "none":
            pots.setdefault(deal.pot, []).append(deal)
    table, later = shares(budget_2022()), shares(budget_2023())
    for (payer, article, source), members in pots.items():
        state = source == STATE
        room = float("inf") if state else table[article][payer] * plot.CEILINGS_PERMILLE / 1000
        _cap(seed, members, room, STATE_SLACK if state else CEILING_SLACK)
        total = sum(deal.ceilings[plot.YEAR] or 0 for deal in members)
        if not state:
            assert total * LATER_CEILING_PERMILLE <= later[article][payer] * 1000, (
                f"{payer} {article}: ceilings of 2023"
            )
        for deal in members:
            deal.ceilings[plot.YEAR + 1] = (deal.ceilings[plot.YEAR] or 0) * LATER_CEILING_PERMILLE // 1000


def _cap(seed: int, members: list[Deal], room: float, slack: float) -> None:
    """Give each contract its work and a little more; where the share leaves no more, the last months get less work."""
    room -= ROUNDING * len(members)
    cut = {deal.number: 1.0 for deal in members}
    for deal in members:
        if deal.ceiling == "short":
            cut[deal.number] = dice(seed, "short", deal.number).uniform(*plot.SHORT_CEILING_PERMILLE) / 1000
    works = {deal.number: cut[deal.number] * _work_of(deal, plot.YEAR) for deal in members}
    over = sum(works.values()) * (1 + LEAST_SLACK) - room
    if over > 0:
        last = sum(cut[deal.number] * deal.months.get(month, 0) for deal in members for month in EASED_MONTHS)
        assert over < last / 2, f"{members[0].pot}: the work of the year does not fit its share"
        for deal in members:
            for month in EASED_MONTHS:
                if month in deal.months:
                    deal.months[month] = int(deal.months[month] * (1 - over / last))
        works = {deal.number: cut[deal.number] * _work_of(deal, plot.YEAR) for deal in members}
    fits = room / sum(works.values()) - 1
    for deal in members:
        deal.ceilings[plot.YEAR] = _round_up(works[deal.number] * (1 + min(slack, fits)))


def _fit_prices(deals: list[Deal]) -> None:
    """Keep each price a small part of a month's work, so that whole quantities come near the planned amounts."""
    for deal in deals:
        most = max(1, min(deal.months.values()) // LEAST_QUANTITY)
        deal.services = [(code, min(price, most)) for code, price in deal.services]
