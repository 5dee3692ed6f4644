"""The law of what signed-in persons do by commands: the first one's word waits a day for another's on the same bytes.

And of what one of them may say alone: that the sender of a parked message was told.

Pure, as ``matters.py`` is. A deed that nobody seconds in time is as if nobody had asked.
"""

from collections.abc import Iterator
from datetime import datetime

from shared.desk.acts import DEEDS, Deed, may_see
from shared.desk.events import Agreed, Asked, Hurried, SenderTold
from shared.desk.matters import WAITS, NotDone, State, is_sure
from shared.desk.person import Person, Role
from shared.kernel.fund import Fund

LETTER_NOW = "letter-now"


def asked(state: State, sha256: str, now: datetime) -> Asked | None:
    """The first person's word on these bytes, where it still waits."""
    first, at = state.asked.get(sha256, (None, now))
    return first if now - at <= WAITS else None


def agree(state: State, fund: Fund, person: Person, deed: Deed, sha256: str, now: datetime) -> Iterator[Asked | Agreed]:
    """Be the first, or the second of two persons. Raises NotDone."""
    first, identity = asked(state, sha256, now), person.identity or None
    if first is None:
        may_do(person, fund, deed.first, fund.state_payer)
        yield Asked(deed=deed.name, sha256=sha256, by=person.name, role=person.role or "", identity=identity)
        return
    if person.is_same(first.by, first.identity):
        raise NotDone("same_asked", name=first.by)
    may_do(person, fund, deed.second, fund.state_payer)
    is_sure(person, now)
    yield Agreed(deed=deed.name, sha256=sha256, by=person.name, role=person.role or "", identity=identity)


def tell(state: State, fund: Fund, person: Person, parked: str, *, is_told: bool) -> Iterator[SenderTold]:
    """Tick that a parked message's sender was told, or take it back; nothing where it is so. Raises NotDone."""
    may_do(person, fund, DEEDS["told"].first, fund.state_payer)
    if (parked in state.told) != is_told:
        identity = person.identity or None
        yield SenderTold(parked=parked, is_told=is_told, by=person.name, role=person.role or "", identity=identity)


def hurry(fund: Fund, person: Person, notice_no: str) -> Iterator[Hurried]:
    """Have a letter tried now. Raises NotDone."""
    may_do(person, fund, DEEDS[LETTER_NOW].first, fund.state_payer)
    yield Hurried(notice_no=notice_no, by=person.name, role=person.role or "", identity=person.identity or None)


def may_do(person: Person, fund: Fund, roles: tuple[Role, ...], payer: str) -> None:
    """See that a person's role is one of these, and the payer's matter theirs. Raises NotDone."""
    if person.role not in roles:
        raise NotDone("not_entitled", role=person.role or "", roles=",".join(roles))
    if not may_see(person, fund, payer):
        raise NotDone("other_payer", payer=payer, own=person.payer)
