"""What a service counts since its process started. Every counter stands at 0 from the start: a first one is a rise too.

A counter that is born with its first value has no rise for Prometheus, and the alarm on it is silent.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_type_hints

from services.all import RECEIVES
from shared.engine.ingress import INGRESS
from shared.engine.outbox import ParkedRecord
from shared.events.catalogue import CATALOGUE, INTERNAL, OUTSIDE, SERVICE
from shared.events.invoicing import InvoiceAccepted, InvoiceRefused, InvoiceReturned
from shared.events.payments import PaymentDeferred, PaymentExecuted, PaymentOrdered, PaymentRejected
from shared.kernel.reason import REGISTER
from shared.messages.read import UNKNOWN

SAYS: dict[str, tuple[str, ...]] = {
    name: tuple(kind for kind in CATALOGUE if kind in SERVICE and f"/{name}" in CATALOGUE[kind].sources)
    for name in RECEIVES
}
"""The types that each service says."""

IN_CENTS = (InvoiceAccepted.type, PaymentOrdered.type, PaymentExecuted.type, PaymentRejected.type)
"""Types whose sums are counted: each names a sum once. A credit is no sum that is accepted for payment."""
CREDIT = "credit"

DEFERRED: tuple[str, ...] = get_args(get_type_hints(PaymentDeferred)["reason"])
"""Why an accepted invoice waits."""

_OF_INVOICES = tuple(kind.code for kind in REGISTER.values() if {"14", "15"} & set(kind.points))
REASONS: dict[str, tuple[str, ...]] = {
    InvoiceReturned.type: _OF_INVOICES,
    InvoiceRefused.type: _OF_INVOICES,
    PaymentDeferred.type: DEFERRED,
}
"""Types whose reasons are counted, and the reasons that each may have."""


class Counts:
    """What a service told, by type, reason and sum, and laid aside, by topic; snapshots that were thrown away."""

    def __init__(self, service: str = "") -> None:
        """All at 0 that the service may count; nothing for a process that is none of the five."""
        kinds = SAYS.get(service, ())
        self.decided = Counter(dict.fromkeys(kinds, 0))
        self.cents = Counter(dict.fromkeys((kind for kind in kinds if kind in IN_CENTS), 0))
        self.reasons = Counter({(kind, code): 0 for kind in kinds for code in REASONS.get(kind, ())})
        self.parked = Counter(dict.fromkeys(_parked_by(service), 0))
        self.thrown_away = 0

    def take(self, told: Iterable[Any]) -> None:
        """Count events that were told."""
        for each in told:
            kind = each.type
            self.decided[kind] += 1
            if kind in IN_CENTS and getattr(each, "kind", None) != CREDIT:
                self.cents[kind] += each.amount_cents
            if kind in REASONS:
                self.reasons.update((kind, code) for code in _codes(each))
            if isinstance(each, ParkedRecord):
                self.parked[known_topic(each.topic)] += 1


def known_topic(topic: str) -> str:
    """The topic, or ``unknown`` for one that somebody made up: a label that anyone may choose grows without end."""
    return topic if topic in CATALOGUE or topic in INTERNAL else UNKNOWN


def _parked_by(service: str) -> Iterator[str]:
    """The topics of which a service lays aside what it can't read or can't be meant; the door's are all of outside."""
    heard = RECEIVES.get(service, sorted(OUTSIDE) if service == INGRESS.name else ())
    yield from (topic for topic in heard if topic in OUTSIDE)
    if heard:
        yield UNKNOWN


def _codes(said: Any) -> Iterator[str]:  # noqa: ANN401 - an event of any type in REASONS
    if isinstance(said, PaymentDeferred):
        yield said.reason
    else:
        yield from (reason.code for reason in said.reasons)
