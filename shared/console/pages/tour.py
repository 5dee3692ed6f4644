"""P20. The tour: twelve stops of a year, found in the journal (the first of its kind), so that any fund has its own."""

from collections.abc import Iterator

from shared.console.pages.blocks import Block, Link, Page, Row, Table, Text
from shared.console.pages.story import said
from shared.console.pages.view import View
from shared.journal.events import RecordedEvent
from shared.kernel.calendar import DAY
from shared.kernel.value import value

WAITS_FOR = "json_extract(body, '$.reason') = '{}'"
REFUSED_FOR = "json_extract(body, '$.reasons[0].code') = '{}'"
SEVERAL = "json_array_length(body, '$.reasons') > 1"

LAST_YEAR = "json_extract(body, '$.year') = (SELECT max(json_extract(body, '$.year')) FROM event WHERE type = 'payer.year.accepted')"
"""Of all years that were reported, the last: the one that has gone through all stops."""


@value
class Sight:
    """A stop: what is to be seen, by which events it is found, and where to look."""

    lt: str
    en: str
    type: str
    path: str
    where: str = ""
    by_day: bool = False


STOPS = (
    Sight(lt="Mėnuo be biudžeto: išlaidos neviršija 1/12 (11 p.)", en="A month without a budget: no more than 1/12 (p. 11)", type="payment.deferred", where=WAITS_FOR.format("one_twelfth"), path="/fund", by_day=True),
    Sight(lt="Paskirstymas, kuris nesutampa vienu centu (12 p.)", en="A distribution that is a cent off (p. 12)", type="distribution.refused", path="/budget/{year}"),
    Sight(lt="Sutartis, viršijanti mokėtojo dalį (13 p.)", en="A contract over its payer's share (p. 13)", type="contract.refused", where=REFUSED_FOR.format("share_exceeded") + " AND json_extract(body, '$.reasons[0].terms.share_cents') > 0", path="/contracts/{contract_id}"),
    Sight(lt="Sąskaita su visomis klaidomis, išvardytomis iš karto (15 p.)", en="An invoice with all its faults, told at once (p. 15)", type="invoice.returned", where=SEVERAL, path="/invoices/{invoice_id}"),
    Sight(lt="Pamirštas patikrinimas: praėjo 15 dienų (15 p.)", en="A forgotten review: the 15 days have passed (p. 15)", type="invoice.check.overdue", path="/invoices/{invoice_id}"),
    Sight(lt="Pinigų neužtenka: dalijama proporcingai, iki cento (17 p.)", en="Cash is short: shared pro rata, to the cent (p. 17)", type="shortage.declared", path="/payments/{on}"),
    Sight(lt="Straipsnis baigiasi: eilė, raštas ministerijai, mokėjimas (18 p.)", en="An article runs out: queue, letter, payment (p. 18)", type="overrun.notified", path="/notices/{notice_no}"),
    Sight(lt="Mokėtojo dalis išnaudota: laukiama perskirstymo (16 p.)", en="A payer's share is used up: a redistribution frees it (p. 16)", type="payment.deferred", where=WAITS_FOR.format("payer_share") + " AND json_extract(body, '$.terms.share_cents') > 0", path="/invoices/{invoice_id}"),
    Sight(lt="Gruodis: viršplaninės pajamos ir 5 proc. užraktas (23 p.)", en="December: over-plan revenue, and the 5 % lock (p. 23)", type="surplus.allotted", path="/reserve/{year}"),
    Sight(lt="Bendra metų suma neviršijama niekada (SDĮ 14 str. 3 d.)", en="The year's total holds (HIL 14(3))", type="payment.deferred", where=WAITS_FOR.format("year_total"), path="/invoices/{invoice_id}"),
    Sight(lt="Metų riba: perkelta skola ir ataskaita, kuri skiriasi centu (24, 25 p.)", en="The turn: debt carried, and a report that is a cent off (p. 24, 25)", type="payer.year.refused", path="/years/{year}"),
    Sight(lt="Įrodymas: kas dar neužbaigta ir kuo remtis", en="The proof: what is still open, and what to rely on", type="payer.year.accepted", where=LAST_YEAR, path="/years/{year}"),
)  # fmt: skip


def tour(view: View) -> Page:
    """The stops that this fund's journal has."""
    rows = tuple(Row.of(number, link, event.day, said(view, event)) for number, link, event in _stops(view))
    missing = len(STOPS) - len(rows)
    return Page(
        title=view.t("Gidas", "A tour"),
        lead=view.t("Metai dvylika stotelių: kas nutiko, kodėl, ir kur tai matyti.", "A year in twelve stops: what happened, why, and where to see it."),
        blocks=(
            *_break_it(view),
            Table(
                key="stops",
                title=view.t("Stotelės", "Stops"),
                columns=view.columns(
                    number="#|#|count", stop="Kur žiūrėti|Where to look", day="Diena|Day|date", what="Kas nutiko|What happened"
                ),
                rows=rows,
                empty=view.t("Žurnalas dar tuščias: pradėkite „psdf demo“.", "The journal is empty: begin with psdf demo."),
                note=view.t(f"Dar neįvyko: {missing}.", f"{missing} have not happened here.") if missing and rows else "",
            ),
        ),
        nav="tour",
    )  # fmt: skip


def _break_it(view: View) -> Iterator[Block]:
    """To the switches, where somebody plays the year and has some beside the console."""
    for path in view.beside:
        text = view.t(
            "Pabandykite sugriauti: kas nors suklys, o eilutė po jungikliais parodys, ar niekas nedingo.",
            "Try to break it: somebody errs, and the line under the switches shows whether anything was lost.",
        )
        yield Text(text=text, links=(view.link(view.t("Jungikliai", "The switches"), path, on=""),))


def _stops(view: View, *, ever: bool = False) -> Iterator[tuple[int, Link, RecordedEvent]]:
    """The stops that the journal has until the page's day, or ``ever``: number, link to the page, and the event by which it was found."""
    for number, stop in enumerate(STOPS, 1):
        where = "type = ?" + (f" AND {stop.where}" if stop.where else "")
        event = view.index.first(where, [stop.type], ever=ever)
        if event is None:
            continue
        path = stop.path.format_map({**event.data, "day": event.day})
        on = event.day.isoformat() if stop.by_day else ""
        if stop.path.startswith("/invoices") and stop.type == "payment.deferred":
            on = (event.day + DAY).isoformat()
        yield number, view.link(view.t(stop.lt, stop.en), path, on=on, tour=str(number)), event


@value
class Along:
    """Where a page is a stop of the tour: what is to be seen, and the way on; from the last stop back to the tour."""

    stop: str
    tour: Link
    next: Link | None


def along(view: View) -> Along | None:
    """The stop that the page was asked for as (``?tour=4``); None where it is none."""
    asked = view.asked.get("tour", "")
    stops = {str(number): link for number, link, _ in _stops(view, ever=True)} if asked else {}
    if asked not in stops:
        return None
    of = view.t(f"{asked} iš {len(STOPS)}: {stops[asked].text}", f"{asked} of {len(STOPS)}: {stops[asked].text}")
    following = next((link for number, link in stops.items() if int(number) > int(asked)), None)
    return Along(stop=of, tour=view.link(view.t("Gidas", "A tour"), "/tour", on=""), next=following)
