"""``psdf stack`` and ``psdf topics``: the cluster on this machine."""

import asyncio
from pathlib import Path

from deploy.local import Report, Stack, StackError
from deploy.local import topics as topic_files
from shared.cli.screen import screen, table
from shared.kernel.stop import Stop, Wrong
from shared.runtime.settings import Settings, fund_of


def stack(home: Path, what: str, name: str | None) -> None:
    """Start, stop or show the local Kafka and MongoDB-wire server. Raises Stop with one line."""
    local, console = Stack(home), screen()
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


def topics(settings: Settings, what: str) -> None:
    """Create what is missing, or say what differs. Raises Stop where topics are not as they must be."""
    if not settings.kafka:
        raise Wrong("PSDF_KAFKA says where the broker is; it is not set")
    from shared.runtime.cluster import prefix_of

    prefix = settings.prefix or prefix_of(fund_of(settings))
    if what == "apply":
        applied = asyncio.run(topic_files.apply(settings.kafka, prefix))
        screen().print(f"{len(applied.created)} topics created, {len(applied.existing)} were there")
        differences = applied.differences
    else:
        differences = asyncio.run(topic_files.check(settings.kafka, prefix))
    for difference in differences:
        screen().print(str(difference))
    if any(difference.fatal for difference in differences):
        raise Stop("topics are not as deploy/topics.toml says")
