"""The law of the desk: a matter is drafted, proposed, and confirmed by another person; then it is sent, once.

::

    drafted ─▶ proposed ─▶ confirmed ─▶ answered
       │           ├─────▶ refused
       └───────────┴─────▶ withdrawn

A release of parked messages and a write-off are confirmed within a day; then they are proposed anew (``has_expired``).

Pure: who acts, and when, travel with the call. What may not be is a named refusal with its terms.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias, assert_never

import msgspec

from shared.desk.acts import ACTS, Act, confirmers, has_voice, may_see, source_of, voices, waits_a_day
from shared.desk.events import (
    Agreed,
    Answered,
    Asked,
    Confirmed,
    Drafted,
    Event,
    Hurried,
    Outcome,
    Proposed,
    Refused,
    SenderTold,
    Sent,
    Withdrawn,
)
from shared.desk.person import Person
from shared.desk.words import Lang, refusal
from shared.kernel.calendar import in_vilnius
from shared.kernel.fund import Fund
from shared.kernel.reason import Reason
from shared.kernel.stop import Stop

Stage: TypeAlias = Literal["drafted", "proposed", "confirmed", "answered", "refused", "withdrawn"]
OPEN: tuple[Stage, ...] = ("drafted", "proposed")
MAX_WORDS = 2_000
WAITS = timedelta(hours=24)
"""How long another person has where it may not wait longer."""


def is_sure(person: Person, now: datetime) -> None:
    """See that who confirms has signed in lately, where the fund asks for it. Raises NotDone."""
    if person.sure_until is not None and person.sure_until < now:
        raise NotDone("anew", name=person.name)


class NotDone(Stop):
    """The desk does not do it: a named refusal with its terms, said in either language."""

    def __init__(self, why: str, **terms: str) -> None:
        """Take its name in ``words.toml``, and what its sentence names."""
        super().__init__(refusal(why, terms, "en"))
        self.why, self.terms = why, terms

    def said(self, lang: Lang) -> str:
        """The refusal for a person."""
        return refusal(self.why, self.terms, lang)


@dataclass(slots=True, kw_only=True)
class Matter:
    """One thing that somebody wants to say, and how far it is."""

    id: str
    act: str
    data: str
    about: str
    by: str
    role: str
    payer: str
    source: str
    first_drafted: datetime
    at: datetime
    identity: str | None = None
    """Who drafted it, as an identity provider says it; None of who stands in the file of people."""
    stage: Stage = "drafted"
    decided_by: str = ""
    decided_role: str = ""
    decided_identity: str | None = None
    words: str = ""
    raw: str = ""
    places: tuple[tuple[str, int], ...] = ()
    outcome: Outcome | None = None
    reasons: tuple[Reason, ...] = ()
    told: tuple[str, ...] = ()
    history: list[tuple[datetime, str, str]] = field(default_factory=list)

    @property
    def said(self) -> dict[str, Any]:
        """The event's data."""
        found: dict[str, Any] = msgspec.json.decode(self.data)
        return found


@dataclass(slots=True, kw_only=True)
class State:
    """All matters, in the order in which they were drafted first; the deeds of commands, since when they wait.

    ``told`` are the parked messages, by their ids, whose senders were told.
    """

    matters: dict[str, Matter] = field(default_factory=dict)
    asked: dict[str, tuple[Asked, datetime]] = field(default_factory=dict)
    agreed: list[tuple[Asked, Agreed]] = field(default_factory=list)
    told: dict[str, tuple[SenderTold, datetime]] = field(default_factory=dict)
    hurried: dict[str, tuple[Hurried, datetime]] = field(default_factory=dict)
    """Who had a notice's letter tried last, and when."""


def evolve(state: State, event: Event, at: datetime) -> None:
    """Fold one event, of a moment, into the state."""
    if isinstance(event, Drafted):
        _drafted(state, event, at)
        return
    if isinstance(event, Asked | Agreed | SenderTold | Hurried):
        _said_alone(state, event, at)
        return
    matter = state.matters[event.matter]
    matter.at = at
    by = "" if isinstance(event, Sent | Answered) else event.by
    matter.history.append((at, event.type.removeprefix("desk."), by))
    match event:
        case Proposed():
            matter.stage = "proposed"
        case Confirmed():
            matter.stage, matter.raw = "confirmed", event.raw
            matter.decided_by, matter.decided_role, matter.decided_identity = event.by, event.role, event.identity
        case Refused():
            matter.stage, matter.words = "refused", event.words
            matter.decided_by, matter.decided_role, matter.decided_identity = event.by, event.role, event.identity
        case Withdrawn():
            matter.stage = "withdrawn"
        case Sent():
            matter.places = event.places
        case Answered():
            matter.stage, matter.outcome = "answered", event.outcome
            matter.reasons, matter.told = event.reasons, event.told
        case _:
            assert_never(event)


def _drafted(state: State, event: Drafted, at: datetime) -> None:
    known = state.matters.get(event.matter)
    state.matters[event.matter] = Matter(
        id=event.matter,
        act=event.act,
        data=event.data,
        about=event.about,
        by=event.by,
        role=event.role,
        payer=event.payer,
        source=event.source,
        identity=event.identity,
        first_drafted=known.first_drafted if known else at,
        at=at,
        history=[*(known.history if known else ()), (at, "drafted", event.by)],
    )


def _said_alone(state: State, event: Asked | Agreed | SenderTold | Hurried, at: datetime) -> None:
    """What is of no matter: a word on the bytes of a command, a tick on a parked message, a letter tried now."""
    match event:
        case Asked():
            state.asked[event.sha256] = event, at
        case Agreed():
            state.agreed.append((state.asked.pop(event.sha256)[0], event))
        case SenderTold():
            state.told.pop(event.parked, None)
            if event.is_told:
                state.told[event.parked] = event, at
        case Hurried():
            state.hurried[event.notice_no] = event, at


# ------------------------------------------------------------------------------------------------------- what may be


def may_draft(person: Person, act: Act) -> None:
    """See that a person's role may draft an act. Raises NotDone."""
    if person.role not in act.drafts:
        raise NotDone("not_entitled", role=person.role or "", roles=",".join(act.drafts))


def may_begin(person: Person, act: Act, fund: Fund) -> None:
    """See that an act is open to a person at all, before anything of it is written. Raises NotDone."""
    may_draft(person, act)
    if not has_voice(person, act, fund):
        raise NotDone("no_voice", payer=person.payer or "ministry", sources=voices(act, fund, {}))


def may_decide(person: Person, matter: Matter, fund: Fund) -> None:
    """See that a person may confirm or refuse a matter: role, payer, and not the one who drafted it. Raises NotDone."""
    roles = confirmers(ACTS[matter.act], matter.said)
    if person.is_same(matter.by, matter.identity):
        raise NotDone("same_person", name=matter.by, matter=matter.id)
    if bool(person.identity) != bool(matter.identity):
        raise NotDone("not_told_apart", name=matter.by, matter=matter.id)
    if person.role not in roles:
        raise NotDone("not_entitled", role=person.role or "", roles=",".join(roles))
    if not may_see(person, fund, matter.payer):
        raise NotDone("other_payer", payer=matter.payer, own=person.payer)


def draft(
    state: State, fund: Fund, person: Person, act: Act, data: dict[str, Any], about: str, again: str | None = None
) -> Iterator[Event]:
    """Write something down; ``again`` is the draft that it stands instead of. Raises NotDone."""
    source = _source(person, act, fund, data)
    if again is not None:
        known = _own(state, person, again, ("drafted",))
        if known.act != act.name:
            raise NotDone("unknown", matter=again)
    yield Drafted(
        matter=again or f"D-{len(state.matters) + 1}",
        act=act.name,
        data=msgspec.json.encode(data).decode(),
        about=about,
        by=person.name,
        role=person.role or "",
        payer=str(data.get("payer") or person.payer),
        source=source,
        identity=person.identity or None,
    )


def has_expired(matter: Matter, now: datetime) -> bool:
    """Whether nobody confirmed in time what may wait a day; who drafted it proposes it anew."""
    return matter.stage == "proposed" and now - matter.at > WAITS and waits_a_day(ACTS[matter.act], matter.said)


def propose(state: State, fund: Fund, person: Person, matter_id: str, now: datetime) -> Iterator[Event]:
    """Ask another person to confirm it; two of the same at once would be decided twice. Raises NotDone."""
    matter = _own(state, person, matter_id, ("drafted",))
    if _source(person, ACTS[matter.act], fund, matter.said) != matter.source:
        raise NotDone("no_voice", payer=person.payer or "ministry", sources=matter.source)
    for other in state.matters.values():
        same = other.stage == "proposed" and (other.act, other.about) == (matter.act, matter.about)
        if same and not has_expired(other, now):
            raise NotDone("twice", matter=other.id, about=other.about, name=other.by)
    yield Proposed(matter=matter_id, by=person.name, identity=person.identity or None)


def confirm(state: State, fund: Fund, person: Person, matter_id: str, raw: str, now: datetime) -> Iterator[Event]:
    """Confirm what another person proposed: from now on it is sent, once. Raises NotDone."""
    matter = known(state, matter_id)
    may_decide(person, matter, fund)
    _in(matter, ("proposed",))
    if has_expired(matter, now):
        raise NotDone("expired", matter=matter.id, name=matter.by, at=f"{in_vilnius(matter.at):%Y-%m-%d %H:%M}")
    yield Confirmed(matter=matter_id, by=person.name, role=person.role or "", raw=raw, identity=person.identity or None)


def refuse(state: State, fund: Fund, person: Person, matter_id: str, words: str) -> Iterator[Event]:
    """Give it back with words. Raises NotDone."""
    matter = known(state, matter_id)
    may_decide(person, matter, fund)
    _in(matter, ("proposed",))
    if not words.strip() or len(words) > MAX_WORDS:
        raise NotDone("no_words", most=str(MAX_WORDS))
    said, identity = words.strip(), person.identity or None
    yield Refused(matter=matter_id, by=person.name, role=person.role or "", words=said, identity=identity)


def withdraw(state: State, person: Person, matter_id: str) -> Iterator[Event]:
    """Take back what is not decided yet. Raises NotDone."""
    _own(state, person, matter_id, OPEN)
    yield Withdrawn(matter=matter_id, by=person.name, identity=person.identity or None)


def sent(state: State, said: Sent) -> Iterator[Event]:
    """Keep where it lies, the first time that it is put there."""
    matter = known(state, said.matter)
    if matter.stage == "confirmed" and not matter.places:
        yield said


def answer(state: State, answered: Answered) -> Iterator[Event]:
    """Keep what the fund said of it, the first time it is heard."""
    if known(state, answered.matter).stage == "confirmed":
        yield answered


def known(state: State, matter_id: str) -> Matter:
    """The matter of an id. Raises NotDone for one that is not there."""
    if matter_id not in state.matters:
        raise NotDone("unknown", matter=matter_id)
    return state.matters[matter_id]


def _source(person: Person, act: Act, fund: Fund, data: dict[str, Any]) -> str:
    """Who the event is from when this person, as they are now, says it. Raises NotDone."""
    may_draft(person, act)
    source = source_of(act, person, fund, data)
    if source is None:
        raise NotDone("no_voice", payer=person.payer or "ministry", sources=voices(act, fund, data))
    return source


def _own(state: State, person: Person, matter_id: str, stages: tuple[Stage, ...]) -> Matter:
    matter = known(state, matter_id)
    if not person.is_same(matter.by, matter.identity):
        raise NotDone("not_yours", matter=matter_id, name=matter.by)
    _in(matter, stages)
    return matter


def _in(matter: Matter, stages: tuple[Stage, ...]) -> None:
    if matter.stage not in stages:
        raise NotDone("decided", matter=matter.id, stage=matter.stage, name=matter.decided_by or matter.by)
