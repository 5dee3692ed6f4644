"""Events as people read them: lines of a list, and the steps of a story with its points and all numbers."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from shared.console.pages.blocks import Cell, Link, Quote, Quotes, Row, Step, Table, Timeline, Tone
from shared.console.pages.view import View
from shared.explain.sentences import numbers, point_name, sentence
from shared.explain.why import quoted
from shared.journal.events import RecordedEvent
from shared.kernel.calendar import in_vilnius

BAD = frozenset(
    {
        "payment.overdue",
        "payment.rejected",
        "payment.returned",
        "invoice.refused",
        "invoice.check.overdue",
        "shortage.declared",
    }
)
WAITS = frozenset({"payment.deferred", "invoice.returned", "invoicing.invoice_waits", "overrun.withdrawn"})
GOOD = frozenset({"invoice.accepted", "payment.executed", "contract.concluded", "overrun.notified"})
OF_OTHERS = (
    (("budget.", "distribution."), "{year}-{edition}", "/budget/{year}"),
    (("reserve.", "surplus."), "{year}", "/reserve/{year}"),
    (("sodra.",), "{year}-Q{quarter}", "/statements"),
    (("payer.year", "balance.return"), "{payer}", "/payers/{payer}"),
    (("shortage.declared",), "{payer}", "/payments/{on}"),
)
"""What is about no invoice, notice, claim or contract: how its type begins, its words, and where they lead."""
FOLDED_DAYS = 3
"""A longer time without an event is folded to a word."""


def events_table(
    view: View, key: str, title: str, events: Iterable[RecordedEvent], empty: str = "", more: Link | None = None
) -> Table:
    """A line for each event: its day, its sentence, what it is about."""
    columns = view.columns(day="Diena|Day|date", what="Įvykis|Event", about="Apie|About")
    rows = tuple(Row.of(event.day, said(view, event), subject(view, event)) for event in events)
    return Table(key=key, title=title, columns=columns, rows=rows, empty=empty, more=more)


def said(view: View, event: RecordedEvent) -> str:
    """An event in one sentence, its sums held together."""
    return held(sentence(event.type, view.named(event.data), view.lang), view.say.language.currency)


def held(text: str, currency: str = "") -> str:
    """A sentence whose numbers don't break across lines."""
    words = text.split(" ")
    out = words[:1]
    for before, word in pairwise(words):
        joined = before[-1:].isdigit() and (word[:1].isdigit() or word.rstrip(".,;:)") in ("Eur", "EUR", currency))
        out += ["\u00a0" if joined else " ", word]
    return "".join(out)


def subject(view: View, event: RecordedEvent) -> Cell:
    """What an event is about, as a link."""
    data = event.data
    for field, path in (
        ("invoice_id", "/invoices/"), ("notice_no", "/notices/"), ("claim_id", "/claims/"), ("contract_id", "/contracts/"),
    ):  # fmt: skip
        if isinstance(key := data.get(field), str):
            hint = view.provider(key.partition("/")[0]) if field == "invoice_id" else ""
            return view.link(key, path + key, hint=hint)
    for begins, text, path in OF_OTHERS:
        if event.type.startswith(begins):
            return view.link(text.format_map(view.named(data)), path.format_map(data))
    return None


def tone(type_: str) -> Tone:
    """How an event bodes."""
    return "bad" if type_ in BAD else "warn" if type_ in WAITS else "good" if type_ in GOOD else ""


def rule_link(view: View, number: str) -> Link:
    """A point of law."""
    return view.link(point_name(view.fund.statute.cited(number, view.today), view.lang), f"/rules/{number}")


def timeline(view: View, title: str, events: Sequence[RecordedEvent]) -> Timeline:
    """A story, step by step."""
    steps, before = [], None
    for event in events:
        apart = (event.day - before).days if before else 0
        steps.append(
            Step(
                day=event.day,
                time=f"{in_vilnius(event.moment):%H:%M}",
                service=event.service,
                sentence=said(view, event),
                rules=tuple(rule_link(view, str(rule)) for rule in event.data.get("rules") or ()),
                numbers=tuple(
                    (name, held(number, view.say.language.currency))
                    for name, number in numbers(view.named(event.data), view.lang)
                ),
                event=view.link(event.type, f"/events/{event.event_id}"),
                gap=f"… {view.days(apart)} …" if apart > FOLDED_DAYS else "",
                tone=tone(event.type),
            )
        )
        before = event.day
    return Timeline(title=title, steps=tuple(steps))


def quotes(view: View, events: Sequence[RecordedEvent]) -> Quotes:
    """The points that decided, in the wording of their days."""
    found = tuple(
        Quote(point=rule_link(view, point.number), act=point.act, wording=point.wording, ours=not view.lithuanian)
        for point in quoted(events, view.fund, view.lang)
    )
    return Quotes(title=view.t("Punktai, pagal kuriuos spręsta", "The points that decided"), quotes=found)
