"""``psdf verify``: prove a journal offline."""

import asyncio

from shared.runtime.home import Home, reading
from shared.runtime.screen import progress, screen, table
from shared.runtime.settings import Settings
from shared.runtime.stop import Stop
from shared.runtime.verify import Checked, verify

SHOWN = 20
"""Streams shown one by one; a service with more of them is shown as one line."""


def show_verify(settings: Settings) -> None:
    """Check everything and show it. Raises Stop, naming the first fault, where something does not hold."""
    console = screen()
    with reading(Home(path=settings.home)) as connection, progress(console, "commits") as bar:
        (total,) = connection.execute("SELECT count(*) FROM commits").fetchone()
        task = bar.add_task("verifying", total=total)
        found = asyncio.run(verify(connection, lambda: bar.advance(task)))
    columns = ["service", "stream", ">commits", ">events", "snapshot", "balances", "holds"]
    console.print(table("Chains, folds and balances", columns, map(_row, _summed(found))))
    if faults := [each.fault for each in found if each.fault]:
        raise Stop(faults[0] + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""))
    console.print(f"{total} commits in {len(found)} streams hold", markup=False)


def _row(each: Checked) -> tuple[object, ...]:
    snapshot = "same" if each.snapshot else ""
    balances = "tie" if each.balances else ""
    return each.service, each.stream, each.commits, each.events, snapshot, balances, each.fault or "yes"


def _summed(found: list[Checked]) -> list[Checked]:
    """Many streams of one service as one line; what does not hold stands alone."""
    shown: list[Checked] = []
    for service in dict.fromkeys(each.service for each in found):
        of = [each for each in found if each.service == service]
        good = [each for each in of if not each.fault]
        if len(of) > SHOWN:
            one = Checked(
                service=service,
                stream=f"{len(good)} streams",
                commits=sum(each.commits for each in good),
                events=sum(each.events for each in good),
                snapshot=max((each.snapshot or 0 for each in good), default=0) or None,
                balances=False,
                fault=None,
            )
            shown += [one, *(each for each in of if each.fault)]
        else:
            shown += of
    return shown
