"""The year of a fund with data of its own as a story: few scenes, each when it first happens."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from shared.demo.post import Data, Event
from shared.demo.scenes import Scene, Tells, why
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.reports.year.words import Say


@dataclass(slots=True)
class FundScenes:
    """Hears the year and tells each kind of scene once."""

    fund: Fund
    told: set[str] = field(default_factory=set)
    waiting: dict[str, Cents] = field(default_factory=dict)

    def day(self, on: date, events: Sequence[Event]) -> Tells:
        """The scenes of a day, by what was said on it."""
        hears: dict[str, Callable[[date, Data], Iterator[Scene]]] = {
            "payment.deferred": self._deferred,
            "budget.adopted": self._budget,
            "invoice.returned": self._returned,
            "shortage.declared": self._short,
            "overrun.notified": self._notified,
            "sodra.statement.returned": self._statement,
            "surplus.allotted": self._surplus,
            "payment.carried": self._carried,
        }
        for event in events:
            for scene in hears[event["type"]](on, event["data"]) if event["type"] in hears else ():
                if scene.title not in self.told:
                    self.told.add(scene.title)
                    yield scene

    def _sum(self, cents: Cents) -> str:
        return Say(self.fund, self.fund.languages[1]).eur(cents).replace("\u00a0", " ")

    def _point(self, number: str, on: date) -> str:
        return self.fund.statute.cited(number, on)

    def _deferred(self, on: date, data: Data) -> Tells:
        if data["reason"] == "no_budget":
            self.waiting[data["invoice_id"]] = data["amount_cents"]
            yield Scene(
                on,
                f"No budget, no payment ({self._point('11', on)})",
                f"The budget of {data['year']} is not in force, and this fund's law has no twelfth of last year's "
                f"expenses to live on: invoice {data['invoice_id']}, {self._sum(data['amount_cents'])}, waits, and so "
                f"does all that follows.",
                why(data["invoice_id"]),
            )

    def _budget(self, on: date, data: Data) -> Tells:
        if self.waiting:
            yield Scene(
                on,
                f"The budget of {data['year']} comes late ({self._point('7', on)})",
                f"Law {data['law']} is in force: expenses {self._sum(data['expenses_total_cents'])}. The "
                f"{len(self.waiting)} invoices that waited, {self._sum(sum(self.waiting.values()))}, are scheduled.",
                "psdf fund --home {home}",
            )
            self.waiting = {}

    def _returned(self, on: date, data: Data) -> Tells:
        yield Scene(
            on,
            f"An invoice goes back to be mended ({self._point('15', on)})",
            f"Invoice {data['invoice_id']} does not agree with its contract. Every fault is named, with what to do.",
            f"{why(data['invoice_id'])} --lang {self.fund.languages[0].partition('@')[0]}",
        )

    def _short(self, on: date, data: Data) -> Tells:
        yield Scene(
            on,
            f"Cash does not suffice ({self._point('17', on)})",
            f"{data['payer']} has {self._sum(data['cash_cents'])} for {self._sum(data['due_cents'])} that is due. What "
            f"was accepted first, on {data['group_accepted_on']}, shares {self._sum(data['group_paid_cents'])} of "
            f"{self._sum(data['group_due_cents'])} pro rata.",
            "psdf fund --home {home}",
        )

    def _notified(self, on: date, data: Data) -> Tells:
        yield Scene(
            on,
            f"The ministry is told first ({self._point('18', on)})",
            f"Article {data['article']} has {self._sum(data['allotted_cents'])}, and "
            f"{self._sum(data['exceeding_cents'])} more is owed. The letter in the fund's own form was delivered; only "
            f"then is it scheduled.",
            f"ls {{home}}/letters/{data['notice_no']}.pdf",
        )

    def _statement(self, on: date, data: Data) -> Tells:
        (first, *_) = data["reasons"]
        terms = first["terms"]
        yield Scene(
            on,
            f"The collector's statement does not agree ({self._point('22', on)})",
            f"It states {self._sum(terms['stated_cents'])}; the fund's own record says "
            f"{self._sum(terms['recorded_cents'])}. It goes back.",
            "grep -m 1 sodra.statement.returned {home}/events.jsonl",
        )

    def _surplus(self, on: date, data: Data) -> Tells:
        yield Scene(
            on,
            f"More came than was planned ({self._point('23', on)})",
            f"{self._sum(data['amount_cents'])} of it is allotted to article {data['article']} by decision "
            f"{data['document']}.",
            "psdf fund --home {home}",
        )

    def _carried(self, on: date, data: Data) -> Tells:
        yield Scene(
            on,
            f"The year turns ({self._point('24', on)})",
            f"What was accepted and is not ordered goes on with its dates and its place: invoice {data['invoice_id']}, "
            f"{self._sum(data['amount_cents'])}, is carried to {data['to_year']}.",
            why(data["invoice_id"]),
        )
