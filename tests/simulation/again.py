"""Each decision once more, by the services' own pure functions on what stands before it in its journal."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from services.all import SERVICES
from shared.engine.codec import Codec, Decision, StateCodec, decode_decisions
from shared.engine.journal import Commit
from shared.engine.service import Domain, Service
from shared.events.catalogue import OUTSIDE
from shared.kernel.calendar import VILNIUS, midnight
from shared.kernel.clock import Now, StartDay
from shared.messages.read import Event as Read
from shared.messages.read import Malformed, arrived, parse
from tests.simulation.journal import Journals, laid_aside
from tests.simulation.others import FUND
from tests.simulation.world import World

Said = tuple[str, bytes]
"""An event of a service as it is stored: its type and its data."""


def decided_again(world: World, found: Journals) -> Iterator[str]:
    """Each decision of each stream once more, by the service's own pure functions on what stands before it."""
    said: dict[tuple[str, str, str], Read] = {}
    arrival = world._kafka.arrival
    for record in world.log.taken:
        outside = record.topic in OUTSIDE
        try:
            event = parse(record.value or b"", outside=outside, topic=record.topic)
            if outside and arrival:
                event = arrived(event, datetime.fromtimestamp(record.timestamp / 1000, UTC).astimezone(VILNIUS))
        except Malformed:
            continue
        said.setdefault((event.source, event.id, event.content.hex()), event)
    for service in SERVICES:
        for stream, commits in found[service.name].items():
            yield from _stream_again(service, stream, commits, said)


def _stream_again(
    service: Service, stream: str, commits: Sequence[Commit], said: dict[tuple[str, str, str], Read]
) -> Iterator[str]:
    domain = service.domain(stream)
    codec, state = Codec(domain.events), domain.state()
    for commit in commits:
        for decision in decode_decisions(commit.body):
            if laid_aside(decision):
                continue
            where = f"{service.name} {stream} {commit.version}, because of {decision.source} {decision.id}"
            event = said.get((decision.source, decision.id, decision.content))
            if event is None:
                yield f"again: {where}: nobody has said that"
                return
            if _stored(decision) != list(_decide(service, stream, state, event, decision, codec)):
                yield f"again: {where}: it does not follow from what stands before it"
                return


def _stored(decision: Decision) -> list[Said]:
    return [(entry.type, bytes(entry.data)) for entry in decision.events]


def _decide(
    service: Service,
    stream: str,
    state: Any,  # noqa: ANN401 - any service's
    event: Read,
    decision: Decision,
    codec: Codec,
) -> Iterator[Said]:
    """What a decision's cause leads to; the state is then the one after it."""
    domain, moment = service.domain(stream), datetime.fromisoformat(decision.moment)
    commands = (
        [command for name, command in service.routes[event.type](event) if name == stream]
        if event.type in service.routes
        else []
    )
    starts = moment == midnight(decision.day)
    if starts and commands and event.time == moment:  # the day, or what the event says: only one of them gives this
        states = StateCodec(domain.state)
        asked = StartDay(), Now(moment=moment, day=decision.day, fund=FUND)
        starts = list(_run(domain, states.decode(states.encode(state)), *asked, codec)) == _stored(decision)
    if not starts and not commands:
        return  # the stream does not hear such an event: nothing follows from it
    if starts:
        command, now = StartDay(), Now(moment=moment, day=decision.day, fund=FUND)
    else:
        command = commands[0]
        now = Now(moment=event.time, day=decision.day, fund=FUND, source=event.source, content=event.content)
    yield from _run(domain, state, command, now, codec)


def _run(domain: Domain, state: Any, command: Any, now: Now, codec: Codec) -> Iterator[Said]:  # noqa: ANN401
    for each in domain.decide(now, command, state):
        domain.evolve(state, each)
        entry = codec.entry(each)
        yield entry.type, bytes(entry.data)
