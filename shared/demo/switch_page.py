"""``/tour/faults``: the switches, and under them the line that proves that nothing is lost and nothing doubled.

It is there in the console of a demo that is watched, for this machine alone, and in no other.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.console.counter import Pages
from shared.console.pages.blocks import Block, Button, Cell, Form, Page, Row, Table, Tag, Text
from shared.console.pages.ties import Ties, ties_of
from shared.console.pages.view import View
from shared.console.posted import NotAForm, sent_form
from shared.demo.sent import Handed, Ledger
from shared.demo.switches import Switch, Switchboard
from shared.edge.callers import is_loopback
from shared.kernel.money import Cents

PATH = "/tour/faults"
SHOWN = 20
PACE = "pace"
KEYS = {"pause": " ", "slower": "-", "faster": "+"}
"""What the buttons of the pace are at the terminal."""


class Paced(Protocol):
    """How fast days pass, and the keys that change it."""

    days_a_second: float
    paused: bool

    def press(self, key: str) -> None:
        """Pause or go on, slower, faster: as at the terminal."""


class SwitchPages:
    """What a watched demo's console has beside its own pages."""

    changes: Sequence[str] = (PATH,)

    def __init__(self, board: Switchboard, ledger: Ledger, pace: Paced | None = None) -> None:
        """Take the switches, who knows what was handed over, and the pace where it can be changed."""
        self._board, self._ledger, self._pace = board, ledger, pace
        self._ties: Ties | None = None

    def routes(self, pages: Pages) -> list[Route]:
        """The one address; a switch is pressed by a form of its own page."""

        async def answer(request: Request) -> Response:
            if not (request.client and is_loopback(request.client.host)):
                return await asyncio.to_thread(pages.answer, _not_here, request)
            try:
                sent = await sent_form(request) if request.method == "POST" else {}
            except NotAForm as error:
                return await asyncio.to_thread(pages.answer, error.page, request)
            return await asyncio.to_thread(pages.answer, partial(self._page, sent=sent), request)

        return [Route(PATH, answer, methods=["GET", "POST"])]

    def _page(self, view: View, _: dict[str, str], *, sent: Mapping[str, str]) -> Page | str | None:
        if sent:
            key, _sep, choice = sent.get("action", "").partition(" ")
            if self._pace and key == PACE and choice in KEYS:
                self._pace.press(KEYS[choice])
                return view.url(PATH, on="")
            return view.url(PATH, on="") if self._board.press(key, choice, view.today) else None
        return switches_page(view, self._board, self._ledger.stands(), self._ties_now(view), self._pace)

    def _ties_now(self, view: View) -> Ties | None:
        """The sums; of an index in which something is on its way, those that stood before it. None before any."""
        if view.index.on:
            return ties_of(view)
        if self._ledger.is_whole(view.index.read):
            self._ties = ties_of(view)
        return self._ties


def _not_here(_: View, __: dict[str, str]) -> None:
    """What is at this address for other machines."""


def switches_page(view: View, board: Switchboard, handed: Handed, ties: Ties | None, pace: Paced | None) -> Page:
    """The switches that are there now, what was pressed, and the line."""
    offered = board.offered()
    holds = not handed.lost and (ties is None or ties.hold)
    blocks: list[Block] = [_form(view, switch, choices) for switch, choices in offered]
    if offered and pace:
        blocks.insert(0, _tempo(view, pace))
    if not offered:
        blocks.append(Text(text=view.t("Metai baigėsi: griauti nebėra ko. Eilutė apačioje galutinė.", "The year is over: there is nothing left to break. The line below is final.")))  # fmt: skip
    blocks += [line(view, ties, handed), _pressed(view, board)]
    return Page(
        title=view.t("Jungikliai: griaukite", "Switches: break it"),
        lead=view.t(
            "Kiekvienas jungiklis daro tai iš tikrųjų: metai vyksta dabar, o po jungikliais eilutė įrodo, kad niekas nedingo ir nesidvigubino.",
            "Each switch does it in earnest: the year is played now, and the line under them proves that nothing is lost and nothing doubled.",
        ),
        blocks=tuple(blocks),
        nav="tour",
        crumbs=(view.link(view.t("Gidas", "A tour"), "/tour"),),
        tag=Tag(text=view.t("sutampa", "it ties"), tone="good") if holds else Tag(text=view.t("nesutampa", "it does not tie"), tone="bad"),
        data={
            "holds": holds, "handed": handed.count, "again": handed.again, "lost": list(handed.lost),
            "under_way": handed.under_way,
        },
    )  # fmt: skip


def _tempo(view: View, pace: Paced) -> Form:
    """How fast days pass, with a button for each key of the terminal."""
    said = f"{view.t('Dienų per sekundę', 'Days a second')}: {pace.days_a_second:g}"
    words = {
        "pause": view.t("Tęsti", "Go on") if pace.paused else view.t("Sustabdyti", "Pause"),
        "slower": view.t("Lėčiau", "Slower"),
        "faster": view.t("Greičiau", "Faster"),
    }
    return Form(
        title=view.t("Tempas", "The pace"),
        action=view.url(PATH),
        text=f"{said} ({view.t('sustabdyta', 'paused')})" if pace.paused else said,
        inputs=(),
        buttons=tuple(Button(action=f"{PACE} {key}", text=text) for key, text in words.items()),
    )


def _form(view: View, switch: Switch, choices: Sequence[str]) -> Form:
    """A switch: what will be seen, where, what must hold; and a button for each choice."""
    press = view.t("Paspausti", "Press it")
    return Form(
        title=switch.name[view.base],
        action=view.url(PATH),
        text=f"{switch.seen[view.base]} {view.t('Turi likti', 'What must hold')}: {switch.holds[view.base]}",
        inputs=(),
        buttons=tuple(Button(action=f"{switch.key} {choice}".strip(), text=choice or press) for choice in choices),
        links=(view.link(view.t("Kur žiūrėti", "Where to look"), switch.path, hint=switch.path, on=""),),
    )


def line(view: View, ties: Ties | None, handed: Handed) -> Table:
    """The line: sums that are one, no payment made twice, no event lost; each with what differs."""
    return Table(
        key="line",
        title=view.t("Niekas nedingo ir nesidvigubino", "Nothing is lost, nothing is doubled"),
        columns=view.columns(
            what="Kas|What", **{"is": "Kiek|How much"}, parts="Iš ko|Of what", verdict="Ar sutampa|Does it tie"
        ),
        rows=tuple(_rows(view, ties, handed)),
    )


def _rows(view: View, ties: Ties | None, handed: Handed) -> Iterator[Row]:
    if ties:
        yield _sum(
            view,
            view.t("priimta = numatyta + laukia + sumažinta", "accepted = scheduled + waiting + reduced"),
            ties.accepted,
            (ties.scheduled, ties.waiting, ties.reduced),
            ties.astray,
        )
        yield _sum(
            view,
            view.t("pateikta = įvykdyta + atmesta + neatsakyta", "ordered = executed + refused + unanswered"),
            ties.ordered,
            (ties.executed, ties.refused, ties.unanswered),
            ties.unexplained,
        )
        yield _none(view, view.t("dvigubų mokėjimų", "double payments"), ties.doubles, "")
    came = view.t(
        f"perduota pranešimų {handed.count}, iš jų pakartotinai {handed.again}",
        f"{handed.count} messages were handed over, {handed.again} of them again",
    )
    if handed.under_way:
        came += view.t(f", dar pakeliui {handed.under_way}", f", {handed.under_way} are under way")
    lost = f"{came}: {', '.join(handed.lost[:SHOWN])}" if handed.lost else came
    yield _none(view, view.t("prarastų įvykių", "lost events"), len(handed.lost), lost)


def _sum(view: View, what: str, cents: Cents, parts: tuple[Cents, ...], apart: Cents) -> Row:
    verdict: Cell = (
        Tag(text=view.t(f"skiriasi {view.eur(apart)}", f"{view.eur(apart)} apart"), tone="bad")
        if apart
        else Tag(text=view.t("iki cento", "to the cent"), tone="good")
    )
    return Row.of(what, view.eur(cents), " + ".join(view.money(part) for part in parts), verdict)


def _none(view: View, what: str, count: int, of_what: str) -> Row:
    tag = Tag(text=view.t("taip", "yes"), tone="good") if not count else Tag(text=view.t("ne", "no"), tone="bad")
    return Row.of(what, str(count), of_what, tag)


def _pressed(view: View, board: Switchboard) -> Table:
    """What was pressed, the last first."""
    return Table(
        key="pressed",
        title=view.t("Kas paspausta", "What was pressed"),
        columns=view.columns(
            day="Teisinė diena|Legal day|date", switch="Jungiklis|Switch", choice="Pasirinkta|Choice",
            how="Kas iš to|What came of it",
        ),
        rows=tuple(
            Row.of(
                each.day, each.switch.name[view.base], each.choice,
                Tag(text=each.fault, tone="warn") if each.fault
                else view.link(view.t("Kur žiūrėti", "Where to look"), each.switch.path, on=""),
            )
            for each in reversed(board.pressed)
        )[:SHOWN],
        empty=view.t("Dar nieko: metai vyksta, kaip sumanyta.", "Nothing yet: the year goes as it was meant to."),
    )  # fmt: skip
