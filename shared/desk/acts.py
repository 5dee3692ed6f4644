"""What can be said at the desk, and who may: roles by act, as the Rules name who prepares and who approves.

An act is an event from outside whose record stands in ``shared/events``, or a word on what was parked. Each needs two
persons: one of ``drafts``, another of ``confirms``.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from shared.desk.person import Person, Role
from shared.events.ministry import ReserveUseProposed, SurplusProposed
from shared.events.record import Record
from shared.events.vlk import (
    BudgetApproved,
    ContractAccountProposed,
    ContractChangeProposed,
    ContractEnded,
    ContractProposed,
    DistributionProposed,
    InvoiceReviewed,
    MonthPlanApproved,
    OverrunDelivered,
    PayerMerged,
    PayerYearReported,
    RecoveryClaimed,
    RecoverySettled,
    ReserveTransferApproved,
    SodraStatementReviewed,
)
from shared.kernel.fields import Id, Many, Reasoned
from shared.kernel.fund import Fund
from shared.kernel.value import value


@value
class ParkedReleased(Record):
    """Parked messages go to the door again, byte for byte."""

    ids: Many[Id]
    why: Reasoned


@value
class ParkedDismissed(Record):
    """Parked messages were looked at, and nothing follows from them."""

    ids: Many[Id]
    why: Reasoned


@value
class Act:
    """An act by its short name: its record, who may draft it and who may confirm it."""

    name: str
    record: type[Record]
    drafts: tuple[Role, ...]
    confirms: tuple[Role, ...]

    @property
    def is_event(self) -> bool:
        """Whether an event of the catalogue is sent; else parked messages are meant."""
        return bool(self.record.type)


@value
class Deed:
    """What commands and the bank's page do: who may be first of two persons, who second; nobody: one is enough."""

    name: str
    first: tuple[Role, ...]
    second: tuple[Role, ...] = ()


OWN = "/tlk/{payer}"
"""The source that is a payer's own."""
Persons: TypeAlias = tuple[tuple[Role, ...], tuple[Role, ...]]
"""Who drafts, and who confirms."""
PLAN: Persons = ("planner",), ("director",)
CONTRACT: Persons = ("contracts",), ("second",)
CHECK: Persons = ("clerk",), ("second",)
CHECK_OR_DIRECTOR: Persons = ("clerk",), ("second", "director")
MINISTRY: Persons = ("ministry",), ("ministry",)
PARKED: Persons = ("clerk", "operator"), ("second", "operator")

_TABLE: tuple[tuple[str, type[Record], Persons], ...] = (
    ("review", InvoiceReviewed, CHECK),
    ("contract", ContractProposed, CONTRACT),
    ("contract-change", ContractChangeProposed, CONTRACT),
    ("contract-account", ContractAccountProposed, CONTRACT),
    ("contract-end", ContractEnded, CONTRACT),
    ("claim", RecoveryClaimed, CHECK),
    ("settle", RecoverySettled, CHECK_OR_DIRECTOR),
    ("budget", BudgetApproved, PLAN),
    ("distribution", DistributionProposed, PLAN),
    ("month-plan", MonthPlanApproved, PLAN),
    ("letter-delivered", OverrunDelivered, CHECK),
    ("reserve-transfer", ReserveTransferApproved, PLAN),
    ("merge", PayerMerged, PLAN),
    ("sodra-review", SodraStatementReviewed, CHECK),
    ("payer-year", PayerYearReported, CHECK_OR_DIRECTOR),
    ("surplus", SurplusProposed, MINISTRY),
    ("reserve-use", ReserveUseProposed, MINISTRY),
    ("release", ParkedReleased, PARKED),
    ("dismiss", ParkedDismissed, PARKED),
)
ACTS = {
    name: Act(name=name, record=record, drafts=drafts, confirms=confirms) for name, record, (drafts, confirms) in _TABLE
}
"""All acts, in the order in which they are offered."""

FILES: tuple[Role, ...] = ("second", "director")
KEYS: Persons = ("operator",), ("operator", "second", "director")
DEEDS = {
    deed.name: deed
    for deed in (
        Deed(name="bank-file", first=FILES, second=FILES),
        Deed(name="bank-settle", first=("clerk", *FILES)),
        Deed(name="bank-again", first=FILES),
        Deed(name="bank-answer", first=("clerk", *FILES), second=FILES),
        *(Deed(name=name, first=KEYS[0], second=KEYS[1]) for name in ("key", "key-end", "webhook", "webhook-end")),
        Deed(name="letter-now", first=("operator",)),
        Deed(name="statement", first=("clerk",), second=("second",)),
        *(Deed(name=name, first=PARKED[0], second=PARKED[1]) for name in ("release", "dismiss")),
        Deed(name="told", first=("clerk", "second", "operator")),
    )
}
"""What signed-in persons do at the command line, at the pages of the bank and of notices, and on a parked message."""


def confirmers(act: Act, data: Mapping[str, Any]) -> tuple[Role, ...]:
    """The roles that may confirm what is said: a claim is written off by a director's word (point 21)."""
    if act.name == "settle":
        return ("director",) if data.get("how") == "written_off" else ("second",)
    return act.confirms


def waits_a_day(act: Act, data: Mapping[str, Any]) -> bool:
    """Whether who confirms has a day for it: what lets a message in, and what gives up money."""
    return act.name == "release" or (act.name == "settle" and data.get("how") == "written_off")


def offered(person: Person, fund: Fund) -> list[Act]:
    """The acts that a person may draft: by role, and for whom the person speaks."""
    return [act for act in ACTS.values() if person.role in act.drafts and has_voice(person, act, fund)]


def has_voice(person: Person, act: Act, fund: Fund, payer: str | None = None) -> bool:
    """Whether a person can say an act of a payer's matter, or of its own: each payer speaks for itself."""
    return source_of(act, person, fund, {"payer": payer or person.payer}) is not None


def source_of(act: Act, person: Person, fund: Fund, data: Mapping[str, Any]) -> str | None:
    """Who the event is from when this person says it; None where the person can't speak for whom it takes."""
    if not act.is_event:
        return "" if person.payer == fund.state_payer else None
    sources = act.record.sources
    if person.role == "ministry":
        named = "/government" if data.get("part") == "main" else "/ministry"
        return named if named in sources else None
    if OWN in sources and data.get("payer", person.payer) != person.payer:
        return None
    if person.payer == fund.state_payer:
        return "/vlk" if "/vlk" in sources else None
    return OWN.replace("{payer}", person.payer) if OWN in sources else None


def voices(act: Act, fund: Fund, data: Mapping[str, Any]) -> str:
    """Who may say it of this data, for a person; parked messages are the state payer's to look at."""
    payer = str(data.get("payer") or "...")
    return ", ".join(source.replace("{payer}", payer) for source in act.record.sources) or fund.state_payer


def may_see(person: Person, fund: Fund, payer: str) -> bool:
    """Whether a payer's matter is this person's to see and confirm: the state payer's people all, others their own."""
    return person.payer in (payer, fund.state_payer)
