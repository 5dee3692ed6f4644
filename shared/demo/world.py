"""The outside world of the fund: providers, payers, the ministry, Sodra and the treasury, from December to January.

The world knows only what it sends and what the fund's services say. It keeps no clock: a caller starts each day, asks
for the morning, and hands back what was emitted until nothing more follows. The same seed, the same number of
providers and the same emissions give the same bytes.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from shared.demo import plot
from shared.demo.billing import Billing
from shared.demo.book import Book
from shared.demo.budgeting import Budgeting
from shared.demo.claims import Claims
from shared.demo.closing import Closing
from shared.demo.contracting import Contracting
from shared.demo.days import plus
from shared.demo.deals import Deal, who_works
from shared.demo.example import Example
from shared.demo.post import Data, Draft, Event, Post, Sent, clock
from shared.demo.providers import Provider, who_exists
from shared.demo.reserve import Reserve
from shared.demo.revenue import Revenue
from shared.demo.sodra import Sodra
from shared.demo.treasury import Treasury
from shared.demo.volumes import Planned, plan

MORNING_ENDS = clock(15)


class World:
    """Everybody outside; ``providers`` counts care providers and pharmacies, sums are the budget's whatever it is.

    Raises ValueError for fewer providers than the pots need, and for a year of which no budget is known.
    """

    def __init__(self, seed: int, providers: int = 600, *, year: int = plot.YEAR) -> None:
        if providers < plot.FEWEST_PROVIDERS:
            raise ValueError(f"the demo needs at least {plot.FEWEST_PROVIDERS} providers, not {providers}")
        if year != plot.YEAR:
            raise ValueError(f"the demo plays the year {plot.YEAR}: of {year} it knows no budget")
        self.providers: list[Provider] = who_exists(seed, providers)
        self.deals: list[Deal] = who_works(seed, self.providers)
        self.planned: list[Planned] = plan(seed, self.deals)
        self._post = Post(seed)
        self._book = Book()
        self.treasury = Treasury(seed, self._book)
        revenue = Revenue()
        budgeting, reserve, self.sodra = Budgeting(self._book), Reserve(), Sodra(revenue)
        contracting = Contracting(seed, self.deals, self.planned)
        billing = Billing(seed, self.deals, self.planned)
        closing, claims, example = Closing(self.treasury), Claims(seed, self._book), Example()
        self._mornings = tuple(
            part.morning
            for part in (
                budgeting,
                revenue,
                self.treasury,
                contracting,
                billing,
                self.sodra,
                reserve,
                claims,
                closing,
                example,
            )
        )
        self._ears: dict[str, list[Callable[[date, Data], Iterable[Draft]]]] = {}
        for part in (self.treasury, contracting, billing, self.sodra, reserve, claims, closing, example):
            for kind, ear in part.ears.items():
                self._ears.setdefault(kind, []).append(ear)
        self._day = date.min

    def dates(self) -> Iterator[date]:
        """Every day of the story."""
        day = plot.OPENS_ON
        while day <= plot.ENDS_ON:
            yield day
            day = plus(day, 1)

    def morning(self, day: date) -> list[Sent]:
        """Tell what happens on the day of its own accord, after the day has started; once a day, days in order.

        Events are CloudEvents as dicts, in order of their times; an entry of bytes is a message that breaks off, to be
        sent on the topic ``invoice.submitted`` as it is.
        """
        self._post.open(day)
        self._day = day
        drafts = [draft for morning in self._mornings for draft in morning(day)]
        assert all(draft.at < MORNING_ENDS for draft in drafts), f"{day}: a morning's event comes after the morning"
        return self._post.send(drafts)

    def answer(self, day: date, emitted: Iterable[Event]) -> list[Sent]:
        """Tell what follows on the same day from what the services emitted since the last call.

        To be called after the morning's events were handled, with all that was emitted since the day started, then
        with what its own answers brought about, until it returns nothing.
        """
        assert day == self._day, f"the world is on {self._day}, not on {day}"
        drafts: list[Draft] = []
        for event in emitted:
            kind, data = event["type"], event["data"]
            ear = self._book.ears.get(kind)
            if ear:
                ear(day, data)
            for hear in self._ears.get(kind, ()):
                drafts.extend(hear(day, data))
        drafts.extend(self.treasury.cover(day))
        return self._post.send(drafts)
