"""``psdf parked``: what could not be meant, its release, and that somebody has looked."""

import asyncio
from collections.abc import Mapping
from urllib.parse import quote

import httpx

from shared.cli.screen import screen, table
from shared.explain.results import answers
from shared.journal.home import Home, reading
from shared.journal.parked import ParkedEvent, dismissed, find_parked, look_at_all, parked_events, released
from shared.kernel.stop import Stop
from shared.runtime.embedded import Stack
from shared.runtime.reach import reach
from shared.runtime.settings import Settings, fund_of
from shared.telemetry.logs import configure

SHORT = 8
TIMEOUT_S = 60.0


def show_list(settings: Settings, *, everything: bool) -> None:
    """List what is parked; released and dismissed ones too, where everything is asked for."""
    home = Home(path=settings.home)
    gone = dismissed(home)
    with reading(home) as connection:
        shown = [e for e in parked_events(connection) if everything or not (e.released or e.id in gone)]
    columns = ["id", "type", "moment", "said by", "error"] + (["released"] if everything else [])
    rows = (
        (
            e.id[:SHORT],
            e.topic,
            e.received[:16],
            e.service,
            e.error,
            *(["yes" if e.released else "dismissed" if e.id in gone else ""] * everything),
        )
        for e in shown
    )
    screen().print(table(f"Parked: {len(shown)}", columns, rows))


def show_one(settings: Settings, prefix: str) -> None:
    """Show one parked event with its bytes. Raises ReleaseError where there is none."""
    event = _find(settings, prefix)
    console = screen()
    rows = [("id", event.id), ("type", event.topic), ("moment", event.received), ("parked by", event.service),
            ("error", event.error), ("released", "yes" if event.released else "no")]  # fmt: skip
    console.print(table("", ["what", "value"], rows))
    console.print(event.raw.decode(errors="backslashreplace"), markup=False, soft_wrap=True)


def release(settings: Settings, prefix: str) -> None:
    """Give the bytes to the door again. Raises ReleaseError where that can't help."""
    configure("warning", for_people=True)
    fund, home, event = fund_of(settings), Home(path=settings.home), _find(settings, prefix)
    raw = released(event)

    async def here(stack: Stack) -> str:
        told = await stack.publish([raw])
        (answer,) = answers([raw], told, stack.engine("invoicing"), lambda: reading(home))
        return f"{answer.type} {answer.outcome}" + (f" ({answer.error})" if answer.error else "")

    outcome = reach(settings, home, fund, here, lambda url: _there(url, event))
    screen().print(f"{event.id} was released: {outcome}", markup=False)


def look_at(settings: Settings, *, of_home: bool) -> None:
    """Say that a person has looked at all that is parked. Raises Stop where neither home nor Kafka can be asked."""
    found = look_at_all(Home(path=settings.home)) if of_home or not settings.kafka else _on_kafka(settings)
    rows = [(topic, str(count)) for topic, count in sorted(found.items()) if count]
    screen().print(table(f"Looked at: {sum(found.values())}", ["topic", ">messages"], rows))


def _on_kafka(settings: Settings) -> Mapping[str, int]:
    from aiokafka.errors import KafkaError

    from shared.adapters.kafka.parked import ParkedTopics
    from shared.events.catalogue import OUTSIDE
    from shared.messages.read import UNKNOWN
    from shared.runtime.cluster import kafka_of

    fund = fund_of(settings)
    try:
        return asyncio.run(ParkedTopics(kafka_of(settings, fund), fund.fund_id, OUTSIDE | {UNKNOWN}).seen())
    except (KafkaError, OSError) as error:
        raise Stop(f"PSDF_KAFKA={settings.kafka}: nothing was marked: {error!r}") from error


def _find(settings: Settings, prefix: str) -> ParkedEvent:
    with reading(Home(path=settings.home)) as connection:
        return find_parked(parked_events(connection), prefix)


def _there(url: str, event: ParkedEvent) -> str:
    try:
        answer = httpx.post(f"{url}/parked/{quote(event.id)}/release", json={}, timeout=TIMEOUT_S)
        said = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Stop(f"{url} does not answer: {error}") from error
    if "answers" not in said:
        raise Stop(str(said["error"]))
    (first,) = said["answers"]
    return f"{first['type']} {first['outcome']}" + (f" ({first['error']})" if "error" in first else "")
