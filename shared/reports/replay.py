"""Replay: inbound events one by one, each to quiescence, in their own time; the same input gives the same bytes.

The ministry is simulated: a notice is delivered right after the day that prepared it. Bank reports come from the input.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from services.all import SERVICES
from services.contracts.service import CONTRACTS, CONTRACTS_STREAM
from services.contracts.views import provider_names
from shared.adapters.local import LocalBus
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.engine import Engine
from shared.engine.ingress import INGRESS
from shared.engine.outbox import Message
from shared.events.catalogue import INTERNAL, OUTSIDE
from shared.events.internal import NoticeDelivered, NoticePrepared
from shared.kernel.fund import Fund

Sink = Callable[[bytes], None]


def deliver_at_once(
    event: Any,  # noqa: ANN401 - any event of any domain
    names: Mapping[str, str] = MappingProxyType({}),
    fund: Fund | None = None,
) -> NoticeDelivered | None:
    """The simulated ministry: it receives a letter, with its providers' names, in the moment of its notice."""
    if not isinstance(event, NoticePrepared):
        return None
    from shared.effects.letter import form_of, overrun_letter

    letter = overrun_letter(msgspec.to_builtins(event), names, form_of(fund) if fund else None)
    return NoticeDelivered(notice_no=event.notice_no, letter_sha256=hashlib.sha256(letter).hexdigest())


def told_outside(messages: Iterable[Message]) -> Iterator[Message]:
    """What services say and what was parked; not what came from outside, nor internal messages."""
    return (m for m in messages if m.topic not in OUTSIDE and m.topic not in INTERNAL)


async def replay(raws: Iterable[bytes], sink: Sink, fund: Fund) -> None:
    """Play the events of ``raws`` and hand every event that the services emit to ``sink``, in order."""
    connection = connect(None)

    def listen(messages: Sequence[Message]) -> None:
        for message in told_outside(messages):
            sink(message.raw)

    def deliver(event: Any) -> NoticeDelivered | None:  # noqa: ANN401 - any event of any domain
        if not isinstance(event, NoticePrepared):
            return None
        return deliver_at_once(event, provider_names(engines[CONTRACTS.name].state(CONTRACTS_STREAM)), fund)

    engines = {s.name: Engine(s, fund, SqliteStore(connection, s.name), answer=deliver) for s in SERVICES}
    door = Engine(INGRESS, fund, SqliteStore(connection, INGRESS.name))
    bus = LocalBus(door, list(engines.values()), [listen], check=True)
    await bus.start()
    for raw in raws:
        await bus.receive([raw])
