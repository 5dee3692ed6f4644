"""What is said at the desk, from an empty form to what two persons decided of it, and what would follow."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeAlias

from shared.console.banking import Opens
from shared.console.pages import budget_file, matter, nowhere, work
from shared.console.pages.blocks import Page
from shared.console.pages.drafting import drafting
from shared.console.pages.view import View
from shared.console.posted import File
from shared.desk.acts import ACTS, Act, may_see
from shared.desk.budget_file import filled
from shared.desk.budget_parts import BUDGET
from shared.desk.desk import Desk, event_of
from shared.desk.drafts import begun, begun_like, checked, codes_of, parked_with
from shared.desk.dry import Clock, Foreseen, Understood, foresee, moment_of, understood
from shared.desk.forms import Fault, written_of
from shared.desk.letters import begun_letter, letter_faults
from shared.desk.matters import Matter, NotDone, may_begin
from shared.desk.person import Person
from shared.engine.ingress import Check
from shared.events.vlk import OverrunDelivered
from shared.explain.results import Answer
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop

FORBIDDEN = frozenset(
    {"not_entitled", "same_person", "not_told_apart", "other_payer", "not_yours", "no_voice", "not_of_provider"}
)
Send: TypeAlias = Callable[[Desk, Matter], Matter]
"""Gives a confirmed matter to the fund, and keeps its answer. Raises Stop where it can't now."""


class Acting:
    """Forms in, matters out. ``clock`` and ``most_days`` are those of the fund that the desk speaks to.

    ``opened`` opens the desk, loaded; ``check`` proves whose it is what was parked; ``seen`` waits until what was just
    decided stands on the pages.
    """

    def __init__(
        self,
        home: Home,
        fund: Fund,
        opened: Opens,
        send: Send,
        seen: Callable[[], object],
        *,
        clock: Clock,
        most_days: int | None,
        check: Check,
    ) -> None:
        self._home, self._fund, self._desk, self._send, self._seen = home, fund, opened, send, seen
        self._clock: Clock = clock
        self._most_days, self._check = most_days, check

    def work(self, view: View, _: dict[str, str], person: Person, __: Mapping[str, str]) -> Page:
        """What waits for who reads, and what became of their own."""
        with self._desk() as desk:
            return work.work(view, desk, person)

    def new(self, view: View, parts: dict[str, str], person: Person, sent: Mapping[str, str]) -> Page | str | None:
        """A form, empty, begun or mended; what was written into it becomes a draft when it fits."""
        act = ACTS.get(parts["act"])
        if act is None:
            return None
        may_begin(person, act, self._fund)
        action = _action(view, act)
        if not sent and act.name == "budget" and (like := view.asked.get("like")):
            adopted = [event.data for event in view.index.of_type("budget.adopted")]
            lines = begun_like(act, adopted, like)
            return self._form(view, act, lines, (), action) if lines else nowhere.no_such_edition(view, like)
        if not sent:
            return self._form(view, act, self._begun(view, act), (), action)
        if sent.get("action") == "rows":
            return self._form(view, act, sent, (), action, more_rows=True)
        with self._desk() as desk:
            data, faults = checked(self._fund, act, person, sent)
            faults = faults or list(letter_faults(self._home, self._fund, act, data))
            if faults:
                return self._form(view, act, sent, faults, action)
            again = view.asked.get("again") or None
            return view.url(f"/desk/{asyncio.run(desk.draft(person, act, data, _now(), again)).id}")

    def _form(
        self,
        view: View,
        act: Act,
        written: Mapping[str, str],
        faults: Sequence[Fault],
        action: str,
        *,
        more_rows: bool = False,
    ) -> Page:
        accepted = self._accepted(written) if act.name == "review" else None
        return drafting(view, act, written, faults, action=action, more_rows=more_rows, accepted=accepted)

    def filled(
        self, view: View, _: dict[str, str], person: Person, sent: Mapping[str, str], *, file: File | None
    ) -> Page:
        """The form of a budget as a file fills it."""
        may_begin(person, BUDGET, self._fund)
        chosen = file or File(name="", content=b"")
        known = codes_of(event.data for event in view.index.of_type("budget.adopted"))
        now, faults = filled(self._fund, person, chosen.content, sent, known)
        said = () if faults else (budget_file.filled_from(view, chosen.name, now),)
        return drafting(view, BUDGET, now, faults, action=_action(view, BUDGET), said=said)

    def _begun(self, view: View, act: Act) -> Mapping[str, str]:
        """What is filled in before anything was written: an earlier matter, or what the journal and the link say."""
        if earlier := view.asked.get("again") or view.asked.get("of"):
            with self._desk() as desk:
                found = desk.matter(earlier)
            return written_of(act, found.said) if found.act == act.name else {}
        if not act.is_event and (error := view.asked.get("error")):
            return {"ids": "\n".join(parked_with(self._home, error))}
        if act.record is OverrunDelivered:
            return begun_letter(self._home, self._fund, view.asked.get("notice_no", "")) | dict(view.asked)
        return begun(self._home, act, self._fund) | dict(view.asked)

    def _accepted(self, written: Mapping[str, str]) -> dict[str, object] | None:
        """What accepting the invoice now would say: its day and its term, by the service's own rules."""
        invoice, contract = written.get("invoice_id", ""), written.get("contract_id", "")
        if not (invoice and contract):
            return None
        data = {"invoice_id": invoice, "contract_id": contract, "verdict": "accept", "reasons": []}
        raw = event_of(ACTS["review"], data, "/vlk", "desk-asks", moment_of(self._home, self._fund, self._clock))
        told = foresee(self._home, self._fund, self._clock, self._most_days, [raw]).told
        return next((data for type_, data in told if type_ == "invoice.accepted"), None)

    def one(self, view: View, parts: dict[str, str], person: Person, sent: Mapping[str, str]) -> Page | str | None:
        """One matter; what was sent is done first."""
        fault = ""
        with self._desk() as desk:
            one = desk.matter(parts["matter"])
            if not (person.is_same(one.by, one.identity) or may_see(person, self._fund, one.payer)):
                raise NotDone("other_payer", payer=one.payer or "ministry", own=person.payer or "ministry")
            if sent:
                try:
                    moved = self._act(view, desk, one, person, sent)
                except NotDone as why:
                    if why.why in (*FORBIDDEN, "anew"):
                        raise
                    fault = why.said(view.base)
                else:
                    return moved
            one = desk.matter(one.id)
            foreseen = self._foreseen(one) if one.stage in ("drafted", "proposed") else None
            return matter.matter(view, desk, person, one, foreseen, fault)

    def _act(self, view: View, desk: Desk, one: Matter, person: Person, sent: Mapping[str, str]) -> str:
        here = view.url(f"/desk/{one.id}")
        match sent.get("action"):
            case "propose":
                asyncio.run(desk.propose(person, one.id, _now()))
            case "withdraw":
                asyncio.run(desk.withdraw(person, one.id, _now()))
            case "refuse":
                asyncio.run(desk.refuse(person, one.id, sent.get("words", ""), _now()))
            case "confirm":
                moment = moment_of(self._home, self._fund, self._clock)
                confirmed = asyncio.run(desk.confirm(person, one.id, _now(), moment))
                self._sent(desk, confirmed)
            case "mend":
                return view.url(f"/desk/new/{one.act}", again=one.id)
        return here

    def _sent(self, desk: Desk, matter: Matter) -> None:
        """Give it to the fund now; where that fails, it is given again until it is taken, and the page says so."""
        with suppress(Stop):
            self._send(desk, matter)
            self._seen()

    def _foreseen(self, one: Matter) -> Foreseen:
        act = ACTS[one.act]
        moment = moment_of(self._home, self._fund, self._clock)
        if act.is_event:
            raw = event_of(act, one.said, one.source, f"desk-asks-{one.id}", moment)
            return foresee(self._home, self._fund, self._clock, self._most_days, [raw])
        found = understood(self._home, act, one.said, self._check)
        raws = [each.raw for each in found if each.raw]
        played = foresee(self._home, self._fund, self._clock, self._most_days, raws)
        return Foreseen(answers=(*_faults(found), *played.answers), told=played.told)


def _faults(found: Sequence[Understood]) -> list[Answer]:
    """What still can't be read, as answers; and how many now can."""
    return [Answer(id=each.id, type="", outcome="parked", error=each.fault) for each in found if each.fault]


def _action(view: View, act: Act) -> str:
    """Where the form of an act is sent to: what it mends, or is begun with, goes along."""
    return view.url(f"/desk/new/{act.name}", of=view.asked.get("of", ""), again=view.asked.get("again", ""))


def _now() -> datetime:
    return datetime.now(VILNIUS)
