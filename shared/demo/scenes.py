"""The demo as a story: what happened, on which day, by which point, and the command that proves it.

Every number of a scene is taken from what the services said; a scene that does not happen is not told. ``{home}`` in a
command stands for the folder of the demo.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeAlias

from shared.demo import plot
from shared.demo.budgets import VLK
from shared.demo.example import first, second
from shared.demo.post import Data, Event
from shared.kernel.money import Cents, euro
from shared.reports.close import Close

A1, A2 = first()["invoice_id"], second()["invoice_id"]
EVENTS: Final = "{home}/events.jsonl"
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene: its day, a title with its point of the Rules, what happened, and a command that shows it."""

    on: date
    title: str
    text: str
    command: str


@dataclass(slots=True)
class Waiting:
    """An invoice that waits: how much of it, why, by which numbers, and in which pot."""

    cents: Cents
    reason: str
    terms: Data
    payer: str
    article: str


Tells: TypeAlias = Iterator[Scene]


@dataclass(slots=True)
class Scenes:
    """Hears the year and tells its scenes, each once, when it is complete."""

    waiting: dict[str, Waiting] = field(default_factory=dict)
    accepted: dict[str, Data] = field(default_factory=dict)
    refused_share: str = ""
    refused_edition: str = ""
    contracts: list[Data] = field(default_factory=list)
    shortage: Data | None = None
    faults: int = 0
    notice: Data | None = None
    carried: list[Data] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    ears: dict[str, tuple[Callable[[date, Data], Tells], ...]] = field(init=False)

    def __post_init__(self) -> None:
        """Say who hears which event."""
        self.ears = {
            "budget.adopted": (self._budget,),
            "contract.refused": (self._contract_refused,),
            "distribution.adopted": (self._distribution,),
            "distribution.refused": (self._share_refused,),
            "invoice.accepted": (self._accepted,),
            "invoice.check.overdue": (self._check_overdue,),
            "invoice.returned": (self._returned,),
            "overrun.notified": (self._notified,),
            "payment.carried": (self._carried,),
            "payment.deferred": (self._deferred,),
            "payment.executed": (self._executed,),
            "payment.ordered": (self._ordered,),
            "payment.scheduled": (self._scheduled, self._over),
            "shortage.declared": (self._short,),
            "sodra.statement.returned": (self._statement_returned,),
            "surplus.allotted": (self._allotted,),
        }

    def day(self, on: date, events: Iterable[Event]) -> Tells:
        """Tell what a day brought: ``events`` are all that the services said on it, in order."""
        for event in events:
            for hear in self.ears.get(event["type"], ()):
                for scene in hear(on, event["data"]):
                    yield from self._once(scene)
        for scene in (*self._too_much_asked(on), *self._turned(on)):
            yield from self._once(scene)

    def _once(self, scene: Scene) -> Tells:
        if scene.title not in self.done:
            self.done.add(scene.title)
            yield scene

    # ------------------------------------------------------------------------------------------------ what is kept

    def _deferred(self, _on: date, data: Data) -> Tells:
        self.waiting[data["invoice_id"]] = Waiting(
            data["amount_cents"], data["reason"], data["terms"], data["payer"], data["article"]
        )
        yield from ()

    def _scheduled(self, _on: date, data: Data) -> Tells:
        self.waiting.pop(data["invoice_id"], None)
        yield from ()

    def _accepted(self, _on: date, data: Data) -> Tells:
        if data["invoice_id"] in {A1, A2}:
            self.accepted[data["invoice_id"]] = data
        yield from ()

    def _notified(self, _on: date, data: Data) -> Tells:
        if A2 in data["invoices"]:
            self.notice = data
        yield from ()

    def _returned(self, _on: date, data: Data) -> Tells:
        if data["invoice_id"] == A2:
            self.faults = len(data["reasons"])
        yield from ()

    def _carried(self, _on: date, data: Data) -> Tells:
        if data["from_year"] == plot.YEAR:
            self.carried.append(data)
        yield from ()

    def _contract_refused(self, _on: date, data: Data) -> Tells:
        self.contracts.append(data)
        yield from ()

    def _short(self, _on: date, data: Data) -> Tells:
        self.shortage = data
        yield from ()

    def _share_refused(self, _on: date, data: Data) -> Tells:
        (off,) = data["reasons"][0]["terms"]["articles"]
        self.refused_edition = f"{data['year']}-{data['edition']}"
        self.refused_share = (
            f"the shares of article {off['article']} add up to {euro(off['sum_cents'])} EUR, and the article has "
            f"{euro(off['article_sum_cents'])} EUR"
        )
        yield from ()

    # ---------------------------------------------------------------------------------------------------- the scenes

    def _budget(self, on: date, data: Data) -> Tells:
        found = {i: w for i, w in self.waiting.items() if w.reason in {"one_twelfth", "earlier_unpaid"}}
        capped = [i for i, w in found.items() if w.reason == "one_twelfth"]
        if data["year"] == plot.YEAR and capped:
            cap = found[capped[0]].terms["cap_cents"]
            yield Scene(
                on,
                "A month without a budget (point 11)",
                f"Until today {plot.YEAR} had no budget. A month may then pay a twelfth of last year's expenses, "
                f"{euro(cap)} EUR. That is used up, and nobody overtakes: {counted(found, 'invoice')} of "
                f"{total(found.values())} EUR wait. Today {data['law']} is in force.",
                why(capped[0]),
            )

    def _distribution(self, on: date, data: Data) -> Tells:
        if self.refused_share:
            yield Scene(
                on,
                "A distribution that is a cent off (point 12)",
                f"The VLK (Valstybinė ligonių kasa) shares the budget out to itself and the five TLK (territorial "
                f"funds). Its first table is refused: {self.refused_share}. The mended one is adopted.",
                said("distribution.refused", self.refused_edition),
            )
        yield from self._shared_out_again(on, data)

    def _shared_out_again(self, on: date, data: Data) -> Tells:
        articles = {share["article"] for share in data["shares"]}
        found = {
            i: w
            for i, w in self.waiting.items()
            if w.reason in {"payer_share", "earlier_unpaid"} and w.payer != VLK and {w.article} == articles
        }
        short = [i for i, w in found.items() if w.reason == "payer_share"]
        if on.year == plot.YEAR and short:
            payers = " and ".join(sorted({w.payer for w in found.values()}))
            first_short, (article,) = found[short[0]], articles
            yield Scene(
                on,
                "Shares run out, and are shared out anew (points 12, 16)",
                f"{payers} used up the share of article {article} (that of {first_short.payer} is "
                f"{euro(first_short.terms['share_cents'])} EUR): {counted(found, 'invoice')} of "
                f"{total(found.values())} EUR waited, though others had money left. The VLK shares the article out by "
                f"need today, and they are scheduled.",
                why(short[0]),
            )

    def _too_much_asked(self, on: date) -> Tells:
        found = [(each["contract_id"], each["reasons"][0]["terms"]) for each in self.contracts]
        self.contracts = []
        asked = [(contract, terms) for contract, terms in found if terms.get("share_cents")]
        if asked:
            contract, terms = asked[0]
            yield Scene(
                on,
                "Contracts within the share (point 13)",
                f"Contract {contract} asks for {euro(terms['asked_cents'])} EUR. The share is "
                f"{euro(terms['share_cents'])} EUR, {euro(terms['contracted_cents'])} EUR is contracted, so "
                f"{euro(terms['free_cents'])} EUR is free. It is refused, by these numbers, and comes again for less.",
                said("contract.refused", contract),
            )

    def _executed(self, on: date, data: Data) -> Tells:
        if data["invoice_id"] == A1:
            invoice = self.accepted[A1]
            yield Scene(
                on,
                "An invoice on its way (points 15, 16)",
                f"Invoice {A1} was checked and accepted on {long(invoice['accepted_on'])}, and is due on "
                f"{long(invoice['due_on'])}. The bank transfers its {euro(data['amount_cents'])} EUR today.",
                why(A1),
            )

    def _statement_returned(self, on: date, data: Data) -> Tells:
        terms = data["reasons"][0]["terms"]
        stated, recorded = terms["stated_cents"], terms["recorded_cents"]
        yield Scene(
            on,
            "Sodra's statement (point 22)",
            f"Sodra (the social insurance fund) collects most of the money, and states each quarter what it handed "
            f"over: {euro(stated)} EUR. The fund's own record says {euro(recorded)} EUR: "
            f"{euro(abs(stated - recorded))} EUR apart, sent back.",
            said("sodra.statement.returned", f"{data['year']}-Q{data['quarter']}"),
        )

    def _check_overdue(self, on: date, data: Data) -> Tells:
        yield Scene(
            on,
            "A clerk forgets (point 15)",
            f"Invoice {data['invoice_id']} came on {long(data['received_on'])} and had to be checked by "
            f"{long(data['check_by'])}. Nobody looked, so the fund says it today. It is never accepted by silence.",
            why(data["invoice_id"]),
        )

    def _ordered(self, on: date, data: Data) -> Tells:
        short = self.shortage
        if short and data["partial"] and (data["payer"], data["source"]) == (short["payer"], short["source"]):
            yield Scene(
                on,
                "Cash is short (point 17)",
                f"{short['payer']} has {euro(short['cash_cents'])} EUR for {euro(short['due_cents'])} EUR that is due. "
                f"The earliest accepted are paid first; those of {long(short['group_accepted_on'])} do not fit whole "
                f"and share {euro(short['group_paid_cents'])} EUR of {euro(short['group_due_cents'])} EUR to the cent.",
                why(data["invoice_id"]),
            )

    def _over(self, on: date, data: Data) -> Tells:
        notice = self.notice
        if data["invoice_id"] == A2 and data["over_appropriation_cents"] and notice:
            yield Scene(
                on,
                "Above an appropriation: the ministry is told first (point 18)",
                f"Invoice {A2} was returned with {self.faults} faults, mended and accepted. Article {data['article']} "
                f"has {euro(notice['allotted_cents'])} EUR, and {euro(notice['exceeding_cents'])} EUR more is owed. "
                f"Notice {notice['notice_no']} tells the ministry four sums in writing "
                f"(ministry/{notice['notice_no']}.pdf); now that it is delivered, A2 is scheduled for "
                f"{long(data['pay_on'])}.",
                why(A2),
            )

    def _allotted(self, on: date, data: Data) -> Tells:
        found = {i: w for i, w in self.waiting.items() if w.article == data["article"] and w.reason != "next_year"}
        held = [i for i, w in found.items() if w.reason == "year_total"]
        if held:
            yield Scene(
                on,
                "The year's total holds, and a surplus helps (HIL 14(3), point 23)",
                f"All expenses of the year may not exceed its total, "
                f"{euro(found[held[0]].terms['total_limit_cents'])} EUR: {counted(found, 'invoice')} of article "
                f"{data['article']}, {total(found.values())} EUR, waited behind that. More revenue came than was "
                f"planned; {euro(data['amount_cents'])} EUR of it is allotted to article {data['article']} today.",
                why(held[0]),
            )

    def _turned(self, on: date) -> Tells:
        if on == date(plot.YEAR + 1, 1, 1) and self.carried:
            cents = sum(data["amount_cents"] for data in self.carried)
            yield Scene(
                on,
                "The year turns (point 24)",
                f"{counted(self.carried, 'invoice')} accepted in {plot.YEAR} and not yet ordered, {euro(cents)} EUR, "
                f"are the debt with which {plot.YEAR + 1} begins, each with its own dates and its place in the queue.",
                f"psdf report {plot.YEAR} --home {{home}} --out {{home}}/reports",
            )


def last_scene(
    close: Close, ordered_cents: Cents, executed_cents: Cents, rejected_cents: Cents, currency: str = "EUR"
) -> Scene:
    """The end: the year is closed with its proof, or what is still open of it."""
    unanswered = ordered_cents - executed_cents - rejected_cents
    answered = (
        f"Of all that was ordered since the start, {euro(ordered_cents)} {currency}, the bank executed "
        f"{euro(executed_cents)} {currency} and rejected {euro(rejected_cents)} {currency}; {euro(unanswered)} "
        f"{currency} is not answered yet."
    )
    if close.proof:
        count, title = len(close.proof.heads), "The year is closed (points 24, 25)"
        text = (
            f"Nothing of {close.year} is open. The proof names the last hash of {count} journals and every balance of "
            f"the year; its own sha256 is {close.sha256}. {answered}"
        )
    else:
        title = "The year is not closed yet (points 24, 25)"
        text = f"Still open: {counted(close.open, 'matter')}, the first is {close.open[0].line()}. {answered}"
    return Scene(close.cut_off, title, text, f"psdf close {close.year} --home {{home}}")


def why(invoice_id: str) -> str:
    """The command that tells an invoice's story."""
    return f"psdf why {invoice_id} --home {{home}}"


def said(kind: str, subject: str) -> str:
    """The command that shows the first event of a kind about a subject."""
    return f"grep -m 1 '{kind}.*{subject}' {EVENTS}"


def counted(found: Iterable[object], what: str) -> str:
    """So many of something: ``1 invoice``, ``1 340 invoices``."""
    number = len(list(found))
    return f"{number:,} {what}{'' if number == 1 else 's'}".replace(",", " ")


def total(found: Iterable[Waiting]) -> str:
    """What waits, in euro."""
    return euro(sum(each.cents for each in found))


def long(day: date | str) -> str:
    """A date as people say it: ``7 February 2022``."""
    on = day if isinstance(day, date) else date.fromisoformat(day)
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"
