"""P19. Is anybody behind: each process on each topic that it hears, as far as its group has heard it."""

from datetime import datetime

from shared.adapters.kafka.said import Behind, TopicLag
from shared.console.pages.blocks import Row, Table
from shared.console.pages.view import View
from shared.kernel.calendar import VILNIUS

RUNBOOK = "Instrukcijos skyrius|Chapter of the runbook|id"


def behind(view: View, seen: Behind | None, *, has_topics: bool) -> Table:
    """Service by topic, who is behind first; ``has_topics`` is false where services hear one another in one process."""
    topics = seen.topics if seen else ()
    return Table(
        key="topics",
        title=view.t("Ar kas vėluoja: tarnyba ir tema", "Is anybody behind: service and topic"),
        columns=view.columns(
            service="Tarnyba|Service", topic="Tema|Topic", end="Temos pabaiga|End of the topic|count",
            heard="Išgirsta|Heard|count", lag="Neskaityta|Unread|count", oldest="Seniausia neskaityta|Oldest unread",
            runbook=RUNBOOK,
        ),
        rows=tuple(_row(each) for each in sorted(topics, key=lambda each: (-each.lag, each.process, each.topic))),
        empty=_empty(view, seen, has_topics=has_topics),
        note=_note(view, seen) if seen and topics else "",
    )  # fmt: skip


def _row(each: TopicLag) -> Row:
    oldest = _moment(each.oldest) if each.oldest else None
    chapter = "PsdfConsumerLag" if each.lag else None
    return Row.of(each.process, each.topic, each.end, each.heard, each.lag, oldest, chapter)


def _empty(view: View, seen: Behind | None, *, has_topics: bool) -> str:
    if not has_topics:
        return view.t(
            "Čia tarp tarnybų temų nėra: ką viena paskelbia, kitos išgirsta tame pačiame procese. Kas nuspręsta ir dar nepaskelbta, sako tarnybų žurnalai.",
            "There is no topic between services here: what one tells, the others hear in the same process. What is decided and not yet told, the services' journals say.",
        )
    if seen is None:
        return view.t(
            "Tai žurnalų kopija: kiek kas perskaitė, ji nežino.",
            "This is a copy of the journals: it does not know how far each has read.",
        )
    return _fault(view, seen) or view.t("Nė vienos temos nėra.", "There is no topic.")


def _note(view: View, seen: Behind) -> str:
    said = view.t(
        "Klausiama kas kelias sekundes. Kas ištrinta neperskaičius, čia laikoma išgirsta.",
        "Asked every few seconds. What was deleted unread counts as heard here.",
    )
    at = view.t(f"Taip buvo {_moment(seen.at)}.", f"It was so at {_moment(seen.at)}.") if seen.at else ""
    return " ".join(filter(None, (at, _fault(view, seen), said)))


def _fault(view: View, seen: Behind) -> str:
    return view.t(f"Dabar nežinoma: {seen.fault}.", f"Not known now: {seen.fault}.") if seen.fault else ""


def _moment(at: datetime) -> str:
    return f"{at.astimezone(VILNIUS):%Y-%m-%d %H:%M}"
