"""What the fund's journals say of orders: what a home's desk hears, and what a cluster's missed that was put back.

On the cluster a desk hears Kafka. Its group's offsets outlive a store that is put back: what it heard after the back-up
is not heard again, and services tell again only what the back-up did not have as told.
"""

from collections.abc import Callable, Mapping

from services.contracts.service import CONTRACTS, CONTRACTS_STREAM
from services.payments.service import FUND, PAYMENTS
from services.reconciliation.service import CLOSE, RECONCILIATION
from services.reserve.service import RESERVE, RESERVE_STREAM
from shared.effects.bank.collecting import HEARD, Heard
from shared.engine.codec import Codec, decode_decisions
from shared.engine.faults import Broken
from shared.engine.journal import is_intact
from shared.engine.outbox import name_of
from shared.engine.own_stream import Journal

STREAMS = ((CONTRACTS, CONTRACTS_STREAM), (PAYMENTS, FUND), (RESERVE, RESERVE_STREAM), (RECONCILIATION, CLOSE))
TYPES = frozenset(record.type for record in HEARD)


async def heard_in(
    journal_of: Callable[[str], Journal], since: Mapping[str, int]
) -> tuple[list[Heard], dict[str, int]]:
    """What was said after a commit of each stream (``service/stream``; 0 if not named), and the last commit of each.

    Raises Unavailable, and Broken for a commit that was changed.
    """
    found, last = list[Heard](), dict[str, int]()
    for service, stream in STREAMS:
        place, codec = f"{service.name}/{stream}", Codec(service.domain(stream).events)
        async for commit in journal_of(service.name).read(stream, since.get(place, 0)):
            if not is_intact(commit):
                raise Broken(f"{place}, commit {commit.version}: its hash is not that of its body, one was changed")
            last[place] = commit.version
            for decision in decode_decisions(commit.body):
                for offset, entry in enumerate(decision.events):
                    if entry.type in TYPES:
                        event_id = name_of(service.name, stream, decision.position + offset)
                        found.append(Heard(id=event_id, on=decision.day, said=codec.decode(entry)))
    return found, last
