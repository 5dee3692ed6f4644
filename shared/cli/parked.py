"""``psdf parked``: what could not be meant, its release, and that somebody has looked."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeAlias
from urllib.parse import quote

import httpx
import typer

from shared.cli.desk import TokenOption
from shared.cli.options import HomeOption, settings
from shared.cli.persons import by_two, data_of
from shared.cli.screen import screen, table
from shared.edge.again import keys_of
from shared.edge.signatures import Signatures, as_it_came
from shared.explain.results import answers
from shared.journal.home import Home, reading
from shared.journal.parked import ParkedEvent, dismiss, dismissed, find_parked, look_at_all, parked_events, released
from shared.kernel.stop import Stop
from shared.runtime.embedded import Stack
from shared.runtime.reach import reach
from shared.runtime.settings import Settings, fund_of
from shared.telemetry.logs import configure

app = typer.Typer(no_args_is_help=True)
ParkedArgument: TypeAlias = Annotated[str, typer.Argument(help="the id, or how it begins", show_default=False)]
SHORT = 8
TIMEOUT_S = 60.0


@app.callback()
def about() -> None:
    """List, show, release and dismiss what was laid aside because it can't be meant.

    psdf parked list
    psdf parked show 6f0c1c9e
    psdf parked release 6f0c1c9e
    psdf parked dismiss 6f0c1c9e
    psdf parked seen

    Where the fund has an identity provider (PSDF_OIDC) two persons release or dismiss: they type the same command
    within a day, a clerk or operator first, each with a token of their own (--token, PSDF_TOKEN).
    """


@app.command("list")
def show_list(
    *,
    home: HomeOption = None,
    everything: Annotated[bool, typer.Option("--all", help="released ones too")] = False,
) -> None:
    """List what was laid aside and not released."""
    place = Home(path=settings(home=home).home)
    gone = dismissed(place)
    with reading(place) as connection:
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


@app.command("show")
def show_one(parked_id: ParkedArgument, home: HomeOption = None) -> None:
    """Show one with its error and its bytes."""
    event = _find(Home(path=settings(home=home).home), parked_id)
    console = screen()
    rows = [("id", event.id), ("type", event.topic), ("moment", event.received), ("parked by", event.service),
            ("error", event.error), ("released", "yes" if event.released else "no")]  # fmt: skip
    console.print(table("", ["what", "value"], rows))
    console.print(event.raw.decode(errors="backslashreplace"), markup=False, soft_wrap=True)


@app.command("seen")
def seen(home: HomeOption = None) -> None:
    """Say that a person has looked at all that is parked: the alarm ends, and all of it stays as evidence.

    In the cluster (where PSDF_KAFKA says where that is, and no --home is given) as in a home.
    """
    chosen, of_home = settings(home=home), home is not None
    found = look_at_all(Home(path=chosen.home)) if of_home or not chosen.kafka else _on_kafka(chosen)
    rows = [(topic, str(count)) for topic, count in sorted(found.items()) if count]
    screen().print(table(f"Looked at: {sum(found.values())}", ["topic", ">messages"], rows))


@app.command("release")
def release(parked_id: ParkedArgument, token: TokenOption = None, home: HomeOption = None) -> None:
    """Give it to the door again, now that it can be meant; at a running fund, or in a home that nobody holds.

    What was parked for its signature is taken if that is proved now, as of when it came (its key was registered late);
    else its sender has to send it again.
    """
    configure("warning", for_people=True)
    chosen = settings(home=home)
    place = _own(chosen)
    event = _find(place, parked_id)
    if chosen.oidc:  # what can't be released waits for nobody
        released(event, as_it_came(Signatures(lambda: keys_of(place)), chosen.moment))
    if not _agreed(chosen, "release", event, token, of_home=home is not None):
        return

    async def here(stack: Stack) -> str:
        raw = released(event, as_it_came(stack.signatures, stack.moment))
        told = await stack.publish([raw], own=True)
        (answer,) = answers([raw], told, stack.engine("invoicing"), lambda: reading(place))
        return f"{answer.type} {answer.outcome}" + (f" ({answer.error})" if answer.error else "")

    outcome = reach(chosen, place, fund_of(chosen), here, lambda url: _there(place, url, event))
    screen().print(f"{event.id} was released: {outcome}", markup=False)


@app.command("dismiss")
def dismiss_one(parked_id: ParkedArgument, token: TokenOption = None, home: HomeOption = None) -> None:
    """Say that nothing follows from it: it stands in no list any more, and stays as evidence."""
    chosen = settings(home=home)
    place = _own(chosen)
    event = _find(place, parked_id)
    if _agreed(chosen, "dismiss", event, token, of_home=home is not None):
        dismiss(place, [event.id])
        screen().print(f"{event.id} was dismissed", markup=False)


def _own(settings: Settings) -> Home:
    """The home of the fund itself. Raises Stop for a copy of a cluster's journals, in which nothing is said."""
    home = Home(path=settings.home)
    if home.cluster_prefix.exists():
        raise Stop(f"{home.path} is a copy: at the cluster's desk two do it, by psdf propose release or dismiss")
    return home


def _agreed(settings: Settings, deed: str, event: ParkedEvent, token: Path | None, *, of_home: bool) -> bool:
    """Whether two persons have agreed on it, where people sign in here; else whoever is at the machine does it."""
    what = data_of({deed: event.id})
    return settings.oidc is None or by_two(settings, deed, what, None, None, token, of_home=of_home) is not None


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


def _find(home: Home, prefix: str) -> ParkedEvent:
    with reading(home) as connection:
        return find_parked(parked_events(connection), prefix)


def _there(home: Home, url: str, event: ParkedEvent) -> str:
    """At the running fund, with the token that its home holds."""
    try:
        headers = {"Authorization": f"Bearer {home.operator_token.read_text(encoding='utf-8')}"}
        answer = httpx.post(f"{url}/parked/{quote(event.id)}/release", json={}, headers=headers, timeout=TIMEOUT_S)
        said = answer.json()
    except (OSError, httpx.HTTPError, ValueError) as error:
        raise Stop(f"{url} does not answer: {error}") from error
    if "answers" not in said:
        raise Stop(str(said["detail"]))
    (first,) = said["answers"]
    return f"{first['type']} {first['outcome']}" + (f" ({first['error']})" if "error" in first else "")
