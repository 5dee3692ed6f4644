"""What ``psdf run`` runs: the embedded stack with HTTP and the clock, until it is told to stop."""

import asyncio
import json
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from shared.cli.screen import screen
from shared.edge.connections import ProbeConnection, config_of
from shared.edge.einvoice.artefacts import has_engine
from shared.edge.tokens import operator_token
from shared.effects.clock import tell_days
from shared.engine.faults import Broken
from shared.journal.home import Home, HomeError, held
from shared.kernel.fund import Fund
from shared.kernel.stop import Wrong
from shared.runtime.embedded import Stack
from shared.runtime.http import fund_app, probes_app
from shared.runtime.listening import Server, address_of, listening, names_of
from shared.runtime.loop import run as run_loop
from shared.runtime.mutual import Mutual, mutual_of
from shared.runtime.reach import open_as_set
from shared.runtime.settings import Settings, bank_of, fund_of
from shared.telemetry.logs import configure

log = logging.getLogger(__name__)

WHAT_THEN = (
    ": then each source signs what it sends with a key that is registered (psdf keys register), and shows a token for "
    "what it asks"
)


def serve(settings: Settings, *, seed: bool = False) -> None:
    """Run the fund of a home; ``seed`` gives a new one what it takes to try it out.

    Raises Stop where it can't be held, opened, or listened for; HomeError where a fund of another kind lives there.
    """
    configure(settings.log)
    names, fund, home = names_of(settings, WHAT_THEN, "fund.example.lt"), fund_of(settings), Home(path=settings.home)
    if seed and home.journal.exists() and not seeded(home).exists():
        raise HomeError(f"{home.path} holds a fund already: --seed is for a new one, give --home another folder")
    mutual = mutual_of(settings)
    with (
        held(home, fund.fund_id) as tell,
        listening(settings.http) as listener,
        listening(settings.https, "PSDF_HTTPS") if settings.https else nullcontext() as secured,
        listening(settings.probes, "PSDF_PROBES") if settings.probes else nullcontext() as probes,
    ):
        url = f"http://{address_of(listener)}"
        doors = Doors(listener, secured, probes, names, mutual)
        run_loop(_serve(settings, fund, home, doors, lambda: tell(url), seed=seed))


def seeded(home: Home) -> Path:
    """The file that says that a home is a fund to try out."""
    return home.path / "seeded"


@dataclass(frozen=True)
class Doors:
    """Where the fund listens: to all, over TLS and to probes if these have ports of their own; and by which names."""

    all: socket.socket
    secured: socket.socket | None
    probes: socket.socket | None
    names: list[str]
    mutual: Mutual | None


async def _serve(
    settings: Settings, fund: Fund, home: Home, doors: Doors, tell: Callable[[], None], *, seed: bool
) -> None:
    try:
        async with open_as_set(settings, home, fund) as stack:
            if doors.names:
                sign_all(stack, settings)
            if seed:
                await _sow(stack)
            tell()
            await _serve_until_signal(stack, doors, settings)
    except Broken as error:
        raise HomeError(f"{home.path}: {error}; psdf verify --home {home.path} shows where") from error


async def _sow(stack: Stack) -> None:
    """Publish what a fund to try out begins with; again is harmless."""
    from shared.demo.example import CONTRACT, seed

    seeded(stack.home).write_text("made by psdf run --seed\n", encoding="utf-8")
    await stack.publish([json.dumps(event).encode() for event in seed()], own=True)
    screen().print(f"a fund to try out: the budget of 2022, its distribution, contract {CONTRACT}")


def sign_all(stack: Stack, settings: Settings) -> None:
    """Take nothing without a signature, now that others can call. Raises Wrong where nobody could sign."""
    stack.signatures.all_sign = True
    if not stack.registry.keys.sources:
        raise Wrong(
            f"PSDF_HTTP={settings.http} with --open-to {settings.open_to}: no source has a key yet, so nobody could "
            "send or ask anything. Register the keys first: psdf keys new, then psdf keys register"
        )


def _who_may_call(stack: Stack, doors: Doors) -> str:
    """Who is known, and who is not: in plain words, each time it starts."""
    signing = (
        f"{len(stack.registry.keys.sources)} sources have keys and sign"
        if stack.registry.keys.sources
        else "nobody signs"
    )
    if doors.names:
        return f"open to other machines as {', '.join(doors.names)}: {signing}; what is not signed is parked"
    return (
        f"open to this machine alone: {signing}; whoever is on this machine may speak for every source that has no key"
    )


async def _serve_until_signal(stack: Stack, doors: Doors, settings: Settings) -> None:
    """Answer requests and tell the days until SIGTERM or SIGINT."""
    names = [*doors.names, doors.all.getsockname()[0]]
    operator = operator_token(stack.home.operator_token)
    app = fund_app(stack, names, probes=not doors.probes, operator=operator, mutual=doors.mutual)
    served = [(Server(config_of(app)), doors.all)]
    if doors.secured and doors.mutual:
        served.append((Server(doors.mutual.config(app)), doors.secured))
    if doors.probes:
        served.append((Server(config_of(probes_app(stack, names), ProbeConnection)), doors.probes))

    def stop() -> None:
        for server, _ in served:
            server.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    say = screen().print
    say(f"{stack.fund.name_en}: http://{address_of(doors.all)}, home {stack.home.path}")
    if doors.secured:
        say(f"over TLS: https://{address_of(doors.secured)}, with client certificates of {settings.tls}/ca.crt")
    say(_who_may_call(stack, doors), markup=False)
    if not has_engine():
        say("no e-invoices at /ubl: saxonche is not installed (pip install 'psdf[ubl]' brings it)", markup=False)
    say(f"letters to {settings.ministry_url or 'nobody (PSDF_MINISTRY_URL is not set)'}, Ctrl-C stops it")
    beside = [asyncio.create_task(work) for work in (_clock(stack), _bank(stack, settings), _webhooks(stack))]
    try:
        await asyncio.gather(*(server.serve(sockets=[listener]) for server, listener in served))
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
    say("stopped; nothing is lost")


async def _clock(stack: Stack) -> None:
    """Tell the days by our clock; where events bring their own moment, they bring their days too."""

    async def tell(day: bytes) -> Sequence[datetime]:
        await stack.publish([day], own=True)
        return ()

    if stack.moment == "arrival":
        try:
            await tell_days(tell)
        except Broken:
            log.exception("the clock stops with the fund")


async def _bank(stack: Stack, settings: Settings) -> None:
    """Keep the bank's desk by our clock; where events bring their own moment, the bank is theirs too."""
    from shared.effects.bank.embedded import keep_desk

    bank = bank_of(settings, stack.fund)
    if stack.moment != "arrival" or bank is None:
        return
    alarms: list[str] = []

    def tell(found: Sequence[str]) -> None:
        alarms[:] = found

    stack.telemetry.metrics.watch_bank(lambda: len(alarms))
    await keep_desk(stack.home, stack.fund, bank, partial(stack.publish, own=True), tell)


async def _webhooks(stack: Stack) -> None:
    """Call the sources that are registered."""
    from shared.edge.calls import Calls
    from shared.edge.keys import OwnKey
    from shared.edge.outward import Outward
    from shared.edge.webhooks import WebhookCalls

    calls, outward = Calls(stack.home.webhooks), Outward()
    own = OwnKey(stack.home.receipt_key)
    made = WebhookCalls(lambda: stack.registry.webhooks, lambda: stack.library, own, calls, outward)
    stack.listeners.append(made.listen)
    stack.telemetry.metrics.watch_webhooks(made.disabled)
    try:
        await made.run()
    finally:
        await outward.close()
        calls.close()
