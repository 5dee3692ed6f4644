"""The payers' side: contracts are proposed, changed and ended; what is refused is proposed again for less."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import count

from shared.demo import plot
from shared.demo.budgets import VLK, budget_2022, shares
from shared.demo.days import calendar, plus, working_day_from
from shared.demo.deals import PSDF, STATE, Deal
from shared.demo.dice import dice
from shared.demo.post import Data, Draft, Ears, clock, speaker
from shared.demo.volumes import Planned, Pot
from shared.kernel.calendar import first_day
from shared.kernel.money import Cents

SECONDS_APART = 4
MORNING, AFTER_INVOICES = clock(9), clock(14)
UNCAPPED_DAYS = (date(2022, 1, 3), date(2022, 1, 4), date(2022, 1, 5), date(2022, 1, 6), date(2022, 1, 7))
CAPPED_DAYS = (date(2022, 1, 21), date(2022, 1, 24), date(2022, 1, 25), date(2022, 1, 26))
EARLY_DAY = date(2022, 1, 5)  # ceilings asked for before there are shares
EARLY_ASKED = 3
OVERASKED_DAY = date(2022, 1, 27)
OVERASKED = 2
OVERASKED_CENTS = 5_000_000  # more than the share leaves
STATE_REFUSED_PLACE = 7  # of the clinic whose contract asks more than the state funds leave
NEXT_UNCAPPED_DAYS = tuple(date(2022, 12, day) for day in (22, 23, 27, 28))
NEXT_CAPPED_DAYS = (date(2022, 12, 29), date(2022, 12, 30), date(2023, 1, 3), date(2023, 1, 4))
BEFORE_START_DAYS = 12
LATE_BY_DAYS = 2
CHANGED_ON = date(2022, 6, 14)
RAISED, LOWERED = 4, 2
RAISED_PERMILLE, LOWERED_PERMILLE = 1003, 997
TOO_LOW_CENTS = 100_000


class Contracting:
    """All contracts of three years, on the days on which they are proposed."""

    def __init__(self, seed: int, deals: list[Deal], planned: Iterable[Planned]) -> None:
        """Take the deals with their ceilings set, and when their invoices are sent."""
        self._seed = seed
        self._drafts: dict[date, list[Draft]] = {}
        self._places: dict[date, count[int]] = {}
        self._own: dict[str, Deal] = {}  # contracts that ask too much at first
        first_sent = {item.deal.number: item.on for item in planned if item.month == f"{plot.YEAR}-01"}
        plain = [deal for deal in deals if deal.ceiling == "full" and not deal.big and deal.source == PSDF]
        plain = [d for d in plain if not d.late_contract and not d.ended_on and d.from_month == plot.FIRST_MONTH]
        self._asked = self._contracted_by(deals, plain[:OVERASKED])
        for deal in deals:
            self._of_last_year(deal)
            self._of_the_year(deal, first_sent, over=deal in plain[:OVERASKED])
            self._of_next_year(deal)
            if deal.ended_on:
                self._end(deal, deal.ended_on)
        for deal in plain[OVERASKED : OVERASKED + EARLY_ASKED]:
            self._propose(EARLY_DAY, deal, plot.YEAR, deal.ceilings[plot.YEAR])
        self._changes(plain[OVERASKED + EARLY_ASKED :] or plain)
        self.ears: Ears = {"contract.refused": self._refused}

    def morning(self, day: date) -> Iterator[Draft]:
        """Proposals and changes of the day."""
        yield from self._drafts.pop(day, [])

    # ------------------------------------------------------------------------------------------------------ the plan

    def _add(self, day: date, kind: str, deal: Deal, data: Data, start: int = MORNING) -> None:
        at = start + SECONDS_APART * next(self._places.setdefault(day, count()))
        source, subject = speaker(deal.payer), data["contract_id"]
        self._drafts.setdefault(day, []).append(Draft(at=at, source=source, kind=kind, subject=subject, data=data))

    def _propose(self, day: date, deal: Deal, year: int, ceiling: Cents | None, start: int = MORNING) -> None:
        first = max(first_day(deal.from_month), date(year, 1, 1))
        data = {
            "contract_id": deal.contract_id(year),
            "year": year,
            "payer": deal.payer,
            "article": deal.article,
            "source": deal.source,
            "provider": deal.provider.party(),
            "ceiling_cents": ceiling,
            "valid_from": first.isoformat(),
            "valid_to": f"{year}-12-31",
            "payment_days": deal.payment_days,
            "services": [{"code": code, "unit_price_cents": price} for code, price in deal.services * deal.priced],
            "review": "clerk" if deal.clerk else "automatic",
        }
        self._add(day, "contract.proposed", deal, data, start)

    def _of_last_year(self, deal: Deal) -> None:
        """Carried in without ceilings: what of them was used before the start is not known here."""
        if deal.from_month == plot.FIRST_MONTH:
            self._propose(plot.OPENS_ON, deal, plot.YEAR - 1, None, clock(9, 30))

    def _of_the_year(self, deal: Deal, first_sent: dict[int, date], *, over: bool) -> None:
        ceiling = deal.ceilings[plot.YEAR]
        if deal.late_contract:
            after = LATE_BY_DAYS * (deal.number % 2)
            day = working_day_from(plus(first_sent[deal.number], after))
            self._propose(day, deal, plot.YEAR, ceiling, AFTER_INVOICES)
        elif deal.from_month > f"{plot.YEAR}-01":
            day = working_day_from(plus(first_day(deal.from_month), -BEFORE_START_DAYS))
            self._propose(day, deal, plot.YEAR, ceiling)
        elif ceiling is None:
            self._propose(UNCAPPED_DAYS[deal.number % len(UNCAPPED_DAYS)], deal, plot.YEAR, None)
        elif deal.source == STATE and deal.payer == VLK and deal.provider.place == STATE_REFUSED_PLACE:
            self._ask_too_much(deal, budget_2022().state_funds_cents)
        elif over:
            share = shares(budget_2022())[deal.article][deal.payer]
            self._ask_too_much(deal, share - self._asked.get(deal.pot, 0) + OVERASKED_CENTS)
        else:
            self._propose(CAPPED_DAYS[deal.number % len(CAPPED_DAYS)], deal, plot.YEAR, ceiling)

    @staticmethod
    def _contracted_by(deals: list[Deal], without: list[Deal]) -> dict[Pot, Cents]:
        """What is contracted of each pot when some ask for more than is left."""
        sums: dict[Pot, Cents] = {}
        for deal in deals:
            if not deal.late_contract and deal.from_month == plot.FIRST_MONTH and deal not in without:
                sums[deal.pot] = sums.get(deal.pot, 0) + (deal.ceilings[plot.YEAR] or 0)
        return sums

    def _ask_too_much(self, deal: Deal, ceiling: Cents) -> None:
        self._own[deal.contract_id(plot.YEAR)] = deal
        self._propose(OVERASKED_DAY, deal, plot.YEAR, ceiling)

    def _of_next_year(self, deal: Deal) -> None:
        if deal.ended_on:
            return
        year = plot.YEAR + 1
        days = NEXT_UNCAPPED_DAYS if deal.ceilings[year] is None else NEXT_CAPPED_DAYS
        self._propose(days[deal.number % len(days)], deal, year, deal.ceilings[year])

    def _end(self, deal: Deal, on: date) -> None:
        data = {"contract_id": deal.contract_id(plot.YEAR), "on": on.isoformat()}
        self._add(calendar().bank_day_until(on), "contract.ended", deal, data, AFTER_INVOICES)

    def _changes(self, deals: list[Deal]) -> None:
        """In June some ceilings are raised, some lowered, and one would be lowered under what is accepted already."""
        picked = dice(self._seed, "changes").sample(deals, min(len(deals), RAISED + LOWERED + 1))
        for place, deal in enumerate(picked):
            ceiling = deal.ceilings[plot.YEAR] or 0
            changed = ceiling * (RAISED_PERMILLE if place <= RAISED else LOWERED_PERMILLE) // 1000
            data = {
                "contract_id": deal.contract_id(plot.YEAR),
                "ceiling_cents": TOO_LOW_CENTS if place == 0 else changed,
            }
            self._add(CHANGED_ON, "contract.change.proposed", deal, data)

    # ------------------------------------------------------------------------------------------------------- answers

    def _refused(self, day: date, data: Data) -> tuple[Draft, ...]:
        """What asked more than the share leaves is proposed again on the next day for what is needed."""
        deal = self._own.pop(data["contract_id"], None)
        if deal:
            ceiling = deal.ceilings[plot.YEAR] or 0
            free = [reason.get("terms", {}).get("free_cents", ceiling) for reason in data["reasons"]]
            self._propose(working_day_from(plus(day, 1)), deal, plot.YEAR, min([ceiling, *free]))
        return ()
