"""``psdf stack`` and ``psdf topics``: the cluster on this machine."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Literal

import typer

from deploy.local import Report, Stack, StackError
from deploy.local import topics as topic_files
from deploy.local.stack import CONSOLE_URL
from shared.cli.options import HomeOption, settings
from shared.cli.screen import screen, table
from shared.kernel.stop import Stop, Wrong
from shared.runtime.settings import fund_of


def stack(
    what: Annotated[Literal["up", "down", "status", "logs"], typer.Argument(help="what to do")],
    name: Annotated[str | None, typer.Argument(help="of logs: kafka, mongo, zipkin, relay or prometheus")] = None,
    home: HomeOption = None,
    observe: Annotated[
        bool, typer.Option("--observe", help="of up: traces and metrics too, by Zipkin and Prometheus")
    ] = False,
) -> None:
    """Start a real Kafka and a MongoDB-wire server on this machine, without containers; stop and show them.

    psdf stack up
    psdf stack up --observe
    psdf stack logs kafka
    """
    chosen, console = settings(home=home), screen()
    if observe and what != "up":
        raise Wrong(f"--observe is for psdf stack up, and not for {what}")
    console_url = chosen.console_url or CONSOLE_URL
    local = Stack(chosen.home, console_url=console_url.rstrip("/"), fund=chosen.http)
    try:
        if what == "logs":
            console.print(local.logs(name or "kafka"), markup=False, highlight=False)
            return
        if what == "up":
            report = local.up(say=console.print, observe=observe)
        else:
            report = local.down() if what == "down" else local.status()
    except StackError as error:
        raise Stop(str(error)) from None
    show(report, console_url)


def show(report: Report, console_url: str) -> None:
    """The children of the stack, and how to use them."""
    console, children = screen(), (*report.children, *report.observers)
    rows = [(child.name, child.state, child.address, str(child.pid or "")) for child in children]
    console.print(table("Local stack", ["process", "state", "address", ">pid"], rows))
    for note in report.notes:
        console.print(note)
    for line in used_by(report, console_url):
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def used_by(report: Report, console_url: str) -> Iterator[str]:
    """What to look at, and what to tell the processes of a fund, line by line."""
    if zipkin := report.url_of("zipkin"):
        yield f"traces: {zipkin}/zipkin/"
    if prometheus := report.url_of("prometheus"):
        yield f"metrics: {prometheus}/"
        yield f"boards: psdf console --prometheus {prometheus}"
    if report.running:
        yield f"export PSDF_KAFKA={report.bootstrap} PSDF_MONGO={report.mongo_url}"
    if (relay := report.url_of("relay")) and report.traces_url:
        yield f"export PSDF_OTLP={relay} PSDF_TRACES_URL='{report.traces_url}' PSDF_CONSOLE_URL={console_url}"


def topics(
    what: Annotated[Literal["apply", "check"], typer.Argument(help="create what is missing, or compare")],
) -> None:
    """Create the topics of deploy/topics.toml on the broker of PSDF_KAFKA, or say what differs.

    psdf topics apply
    PSDF_FUND=/srv/air.toml psdf topics check     another fund: the same topics, its id before each name
    """
    chosen = settings()
    if not chosen.kafka:
        raise Wrong("PSDF_KAFKA says where the broker is; it is not set")
    from shared.runtime.cluster import prefix_of

    prefix = chosen.prefix or prefix_of(fund_of(chosen))
    if what == "apply":
        applied = asyncio.run(topic_files.apply(chosen.kafka, prefix))
        screen().print(f"{len(applied.created)} topics created, {len(applied.existing)} were there")
        differences = applied.differences
    else:
        differences = asyncio.run(topic_files.check(chosen.kafka, prefix))
    for difference in differences:
        screen().print(str(difference))
    if any(difference.fatal for difference in differences):
        raise Stop("topics are not as deploy/topics.toml says")
