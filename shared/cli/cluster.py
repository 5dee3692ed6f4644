"""``psdf stack`` and ``psdf topics``: the cluster on this machine."""

import asyncio
from typing import Annotated, Literal

import typer

from deploy.local import Report, Stack, StackError
from deploy.local import topics as topic_files
from shared.cli.options import HomeOption, settings
from shared.cli.screen import screen, table
from shared.kernel.stop import Stop, Wrong
from shared.runtime.settings import fund_of


def stack(
    what: Annotated[Literal["up", "down", "status", "logs"], typer.Argument(help="what to do")],
    name: Annotated[str | None, typer.Argument(help="of logs: kafka or mongo")] = None,
    home: HomeOption = None,
) -> None:
    """Start a real Kafka and a MongoDB-wire server on this machine, without containers; stop and show them.

    psdf stack up
    psdf stack logs kafka
    """
    local, console = Stack(settings(home=home).home), screen()
    try:
        if what == "logs":
            console.print(local.logs(name or "kafka"), markup=False, highlight=False)
            return
        report = local.up(say=console.print) if what == "up" else local.down() if what == "down" else local.status()
    except StackError as error:
        raise Stop(str(error)) from None
    show(report)


def show(report: Report) -> None:
    """The children of the stack, and how to use them."""
    console = screen()
    rows = [(child.name, child.state, child.address, str(child.pid or "")) for child in (report.kafka, report.mongo)]
    console.print(table("Local stack", ["process", "state", "address", ">pid"], rows))
    for note in report.notes:
        console.print(note)
    if report.running:
        console.print(f"export PSDF_KAFKA={report.bootstrap} PSDF_MONGO={report.mongo_url}", soft_wrap=True)


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
