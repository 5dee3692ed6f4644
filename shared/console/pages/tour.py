"""P20. The tour: twelve stops of a year, found in the journal (the first of its kind), so that any fund has its own."""

from collections.abc import Callable, Iterator

from shared.console.pages.blocks import Column, Link, Page, Row, Table
from shared.console.pages.story import said
from shared.console.pages.view import View
from shared.journal.events import RecordedEvent
from shared.kernel.calendar import DAY
from shared.kernel.value import value


def _always(_: RecordedEvent) -> bool:
    return True


def _because(code: str) -> Callable[[RecordedEvent], bool]:
    """Whether a reason of the event is of a code."""
    return lambda event: (
        event.data.get("reason") == code or any(r["code"] == code for r in event.data.get("reasons") or ())
    )


def _several(event: RecordedEvent) -> bool:
    return len(event.data["reasons"]) > 2  # noqa: PLR2004 - an invoice with more faults than two is worth a look


@value
class Stop:
    """A stop: what is to be seen, by which events it is found, and where to look."""

    lt: str
    en: str
    types: tuple[str, ...]
    holds: Callable[[RecordedEvent], bool]
    path: str
    by_day: bool = False


STOPS = (
    Stop(lt="Mėnuo be biudžeto: išlaidos neviršija 1/12 (11 p.)", en="A month without a budget: no more than 1/12 (p. 11)", types=("payment.deferred",), holds=_because("one_twelfth"), path="/fund", by_day=True),
    Stop(lt="Paskirstymas, kuris nesutampa vienu centu (12 p.)", en="A distribution that is a cent off (p. 12)", types=("distribution.refused",), holds=_always, path="/budget/{year}"),
    Stop(lt="Sutartis, viršijanti mokėtojo dalį (13 p.)", en="A contract over its payer's share (p. 13)", types=("contract.refused",), holds=_because("share_exceeded"), path="/contracts/{contract_id}"),
    Stop(lt="Sąskaita su visomis klaidomis, išvardytomis iš karto (15 p.)", en="An invoice with all its faults, told at once (p. 15)", types=("invoice.returned",), holds=_several, path="/invoices/{invoice_id}"),
    Stop(lt="Pamirštas patikrinimas: praėjo 15 dienų (15 p.)", en="A forgotten review: the 15 days have passed (p. 15)", types=("invoice.check.overdue",), holds=_always, path="/invoices/{invoice_id}"),
    Stop(lt="Pinigų neužtenka: dalijama proporcingai, iki cento (17 p.)", en="Cash is short: shared pro rata, to the cent (p. 17)", types=("shortage.declared",), holds=_always, path="/payments/{on}"),
    Stop(lt="Straipsnis baigiasi: eilė, raštas ministerijai, mokėjimas (18 p.)", en="An article runs out: queue, letter, payment (p. 18)", types=("overrun.notified",), holds=_always, path="/notices/{notice_no}"),
    Stop(lt="Mokėtojo dalis išnaudota: laukiama perskirstymo (16 p.)", en="A payer's share is used up: a redistribution frees it (p. 16)", types=("payment.deferred",), holds=_because("payer_share"), path="/invoices/{invoice_id}"),
    Stop(lt="Gruodis: viršplaninės pajamos ir 5 proc. užraktas (23 p.)", en="December: over-plan revenue, and the 5 % lock (p. 23)", types=("surplus.allotted",), holds=_always, path="/reserve/{year}"),
    Stop(lt="Bendra metų suma neviršijama niekada (SDĮ 14 str. 3 d.)", en="The year's total holds (HIL 14(3))", types=("payment.deferred",), holds=_because("year_total"), path="/invoices/{invoice_id}"),
    Stop(lt="Metų riba: perkelta skola ir ataskaita, kuri skiriasi centu (24, 25 p.)", en="The turn: debt carried, and a report that is a cent off (p. 24, 25)", types=("payer.year.refused",), holds=_always, path="/years/{year}"),
    Stop(lt="Įrodymas: kas dar neužbaigta ir kuo remtis", en="The proof: what is still open, and what to rely on", types=("payer.year.accepted",), holds=_always, path="/years/{year}"),
)  # fmt: skip


def tour(view: View) -> Page:
    """The stops that this fund's journal has."""
    rows = tuple(_stops(view))
    missing = len(STOPS) - len(rows)
    return Page(
        title=view.t("Gidas", "A tour"),
        lead=view.t("Metai dvylika stotelių: kas nutiko, kodėl, ir kur tai matyti.", "A year in twelve stops: what happened, why, and where to see it."),
        blocks=(
            Table(
                key="stops",
                title=view.t("Stotelės", "Stops"),
                columns=(
                    Column(key="number", label="#", kind="count"), Column(key="stop", label=view.t("Kur žiūrėti", "Where to look")),
                    Column(key="day", label=view.t("Diena", "Day"), kind="date"), Column(key="what", label=view.t("Kas nutiko", "What happened")),
                ),
                rows=rows,
                empty=view.t("Žurnalas dar tuščias: pradėkite „psdf demo“.", "The journal is empty: begin with psdf demo."),
                note=view.t(f"Dar neįvyko: {missing}.", f"{missing} have not happened here.") if missing and rows else "",
            ),
        ),
        nav="tour",
    )  # fmt: skip


def _stops(view: View) -> Iterator[Row]:
    for number, stop in enumerate(STOPS, 1):
        event = next((event for event in view.index.of_type(*stop.types) if stop.holds(event)), None)
        if event is None:
            continue
        path = stop.path.format_map({**event.data, "day": event.day})
        on = {"on": event.day.isoformat()} if stop.by_day else {"on": ""}
        if stop.path.startswith("/invoices") and stop.types == ("payment.deferred",):
            on = {"on": (event.day + DAY).isoformat()}
        link = Link(text=view.t(stop.lt, stop.en), href=view.url(path, **on))
        yield Row(cells=(number, link, event.day, said(view, event)))
