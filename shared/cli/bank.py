"""``psdf bank``: the desk of a home, or of the cluster where PSDF_MONGO says where its store is."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from shared.adapters.bank.answers import BankFileError
from shared.adapters.bank.orders import BankUnavailable
from shared.cli.backup import store_of
from shared.cli.desk import TokenOption
from shared.cli.options import HomeOption, JsonOption, settings
from shared.cli.persons import ByOption, by_one
from shared.cli.screen import say, screen, table
from shared.desk.acts import DEEDS
from shared.desk.deeds import may_do
from shared.desk.matters import is_sure
from shared.desk.person import Person, named
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.desk import NAME, Desk
from shared.effects.bank.embedded import open_desk
from shared.effects.bank.state import State
from shared.engine.faults import Broken, Unavailable
from shared.journal.home import Home, HomeHeld, held
from shared.journal.journals import MongoJournals
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.money import euro
from shared.kernel.stop import Stop, Wrong
from shared.runtime.reach import open_as_set
from shared.runtime.settings import Settings, bank_of, fund_of
from shared.telemetry.logs import configure

app = typer.Typer(no_args_is_help=True)
SHOWN_FILES = 20


@app.callback()
def about() -> None:
    """Orders to the bank: seal, approve, send; answers of the bank: read and tell.

    psdf bank status
    psdf bank seal
    psdf bank approve MF3K --by "Ona Onaitė"
    psdf bank in camt.054.xml camt.053.xml

    Where the fund has an identity provider (PSDF_OIDC) who approves is whose token it is (--token, PSDF_TOKEN), and has
    the role second or director; else it is a name as it is typed, and the command says so.
    Where PSDF_MONGO says where the cluster's store is, all this is of the cluster: its process bank sends and tells.
    """


@app.command("status")
def show_status(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show accounts, files, and what a person must look at."""

    async def show(desk: Desk, now: datetime) -> None:
        if as_json:
            print(json.dumps(status_of(desk, now), ensure_ascii=False, indent=2))
            return
        console, status = screen(), status_of(desk, now)
        rows = [tuple(str(cell) for cell in row.values()) for row in status["accounts"]]
        columns = ["payer", "source", "account", *SUMS, "closed"]
        console.print(table("Accounts, EUR", columns, rows))
        rows = [tuple(str(cell) for cell in row.values()) for row in status["files"]]
        console.print(table("Files", ["file", "account", "day", "orders", "EUR", "state", "approved by"], rows))
        for alarm in status["alarms"]:
            console.print(f"! {alarm}", markup=False, soft_wrap=True)

    _run(settings(home=home), show)


def status_of(desk: Desk, now: datetime) -> dict[str, list[dict[str, object]]]:
    """Accounts with their sums, the last files, alarms: for a table or a program. Sums in euro, as text."""
    state, sums = desk.state, sums_of(desk.state)
    accounts: list[dict[str, object]] = []
    for (payer, source), account in desk.settings.accounts.items():
        statement = state.statements.get(account.iban)
        accounts.append(
            {
                "payer": payer,
                "source": source,
                "iban": account.iban,
                **{name: euro(cents) for name, cents in sums.get((payer, source), dict.fromkeys(SUMS, 0)).items()},
                "closed": f"{euro(statement.closing_cents)} ({statement.on})" if statement else "",
            }
        )
    files: list[dict[str, object]] = [
        {
            "file": file_id,
            "account": f"{file.sealed.payer} {file.sealed.source}",
            "day": file.sealed.on.isoformat(),
            "orders": len(file.sealed.orders),
            "sum": euro(file.sealed.sum_cents),
            "state": file.state,
            "approved_by": ", ".join(file.approved_by) or ("-" if file.sealed.approvals else "not needed"),
        }
        for file_id, file in list(state.files.items())[-SHOWN_FILES:]
    ]
    return {"accounts": accounts, "files": files, "alarms": [{"text": text} for text in desk.alarms(now)]}


SUMS = ("waits", "ordered", "executed", "rejected", "returned", "open")


def sums_of(state: State) -> dict[tuple[str, str], dict[str, int]]:
    """What became of the orders of each account, in cents: ordered = executed + rejected + returned + open."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for order in state.orders.values():
        sums = found.setdefault((order.payer, order.source), dict.fromkeys(SUMS, 0))
        sums["ordered"] += order.amount_cents
        sums[order.outcome or "open"] += order.amount_cents
        if order.order_id in state.waiting:
            sums["waits"] += order.amount_cents
    return found


@app.command("seal")
def seal(home: HomeOption = None) -> None:
    """Seal what waits now, without waiting for the cut-off; below the limit it leaves at once."""

    async def act(desk: Desk, now: datetime) -> None:
        sealed = await desk.seal(now, at_once=True)
        await desk.send(now)
        for one in sealed:
            file = desk.state.files.get(one.file_id)
            if file:
                waits = f"; waits for {one.approvals} to approve it" if one.approvals else ""
                told = f"{len(one.orders)} orders of {one.payer} {one.source}, {euro(one.sum_cents)} EUR"
                say(f"{one.file_id}: {told}, {file.state}{waits}")
            for refused in one.refused:
                say(f"order {refused.order_id} goes into no file: {refused.reason}")
        if not sealed:
            say("nothing waits for a file")

    _run(settings(home=home), act)


@app.command("approve")
def approve(
    file: Annotated[str, typer.Argument(help="the file's id, or how it begins", show_default=False)],
    by: ByOption = None,
    token: TokenOption = None,
    home: HomeOption = None,
) -> None:
    """Let a file go; above the limit two different persons do, each by a command of one's own."""
    chosen = settings(home=home)
    person = by_one(chosen, fund_of(chosen), by, token)

    async def act(desk: Desk, now: datetime) -> None:
        _may(person, desk, "bank-file", desk.state.files[desk.file_id(file)].sealed.payer)
        is_sure(person, now)
        let_go = await desk.approve(file, person.name, now, person.identity or None)
        await desk.send(now)
        sealed = let_go.sealed
        missing = sealed.approvals - len(let_go.approved_by)
        say(
            f"{sealed.file_id}: {len(sealed.orders)} orders, {euro(sealed.sum_cents)} EUR, SHA-256 "
            f"{sealed.sha256}, approved by {', '.join(let_go.approved_by)}; "
            + (f"waits for {missing} more" if missing > 0 else f"{let_go.state} {let_go.receipt}".strip())
        )

    _run(chosen, act)


@app.command("in")
def take_in(
    files: Annotated[list[Path], typer.Argument(help="pain.002, camt.054, camt.053, pacs.004", show_default=False)],
    home: HomeOption = None,
) -> None:
    """Read answers of the bank, each once, and tell the fund what follows; 1 where one is refused."""
    refused: list[str] = []

    async def act(desk: Desk, now: datetime) -> None:
        for path in files:
            try:
                taken = await desk.take(path.name, path.read_bytes(), now)
            except (BankFileError, OSError) as error:
                refused.append(f"{path}: {getattr(error, 'strerror', None) or error}")
                continue
            if taken is None:
                say(f"{path}: read before, nothing follows from it again")
                continue
            outcomes = [each.outcome for each in taken.answered]
            told = ", ".join(f"{outcomes.count(each)} {each}" for each in dict.fromkeys(outcomes))
            say(f"{path}: {taken.kind}: {told or 'no order answered'}, {len(taken.credits)} credits, "
                 f"{len(taken.statements)} statements, {len(taken.aside)} set aside")  # fmt: skip

    _run(settings(home=home), act)
    if refused:
        raise Stop("; ".join(refused))


@app.command("settle")
def settle(
    number: Annotated[int, typer.Argument(help="as psdf bank status shows it", show_default=False)],
    word: Annotated[str, typer.Option("--word", help="what came of it", show_default=False)],
    by: ByOption = None,
    token: TokenOption = None,
    home: HomeOption = None,
) -> None:
    """Say that a person has looked at what was set aside; it is kept, with the name."""
    chosen = settings(home=home)
    person = by_one(chosen, fund_of(chosen), by, token)

    async def act(desk: Desk, now: datetime) -> None:
        _may(person, desk, "bank-settle", desk.fund.state_payer)
        await desk.settle(number, named(person.name, person.identity), word, now)
        say(f"{number} is settled by {person.name}: {word}")

    _run(chosen, act)


@app.command("again")
def again(
    order: Annotated[str, typer.Argument(help="a transfer or a return that the bank rejected", show_default=False)],
    by: ByOption = None,
    token: TokenOption = None,
    home: HomeOption = None,
) -> None:
    """Order once more what the bank did not carry out and the fund does not order again by itself."""
    chosen = settings(home=home)
    person = by_one(chosen, fund_of(chosen), by, token)

    async def act(desk: Desk, now: datetime) -> None:
        known = desk.state.orders.get(order)
        _may(person, desk, "bank-again", known.payer if known else desk.fund.state_payer)
        is_sure(person, now)
        say(f"{await desk.again(order, named(person.name, person.identity), now)} waits for its file")

    _run(chosen, act)


@app.command("hear")
def hear(home: HomeOption = None) -> None:
    """Take up what the journals have ordered and the desk has not heard: after a restore of the cluster.

    A home's desk hears its journals by itself. What is known changes nothing.
    """
    chosen = settings(home=home)
    store = store_of(chosen)
    if store is None:
        raise Wrong("a home's desk hears the fund's journals by itself; of the cluster PSDF_MONGO says where they are")

    async def act(desk: Desk, now: datetime) -> None:
        from shared.adapters.mongo.client import connected
        from shared.effects.bank.journals import heard_in

        known = set(desk.state.orders)
        async with connected(store.mongo) as client:
            found, _ = await heard_in(MongoJournals(client, store.database).store, {})
        await desk.collect(found, now)
        new = [order for name, order in desk.state.orders.items() if name not in known]
        say(f"{len(new)} orders, {euro(sum(each.amount_cents for each in new))} EUR, were not known here")
        for order in new:
            say(f"{order.order_id}, {euro(order.amount_cents)} EUR, of {order.on}: waits for its file")

    _run(chosen, act)


def _may(person: Person, desk: Desk, deed: str, payer: str) -> None:
    """See that who has signed in may do it for a payer; of a typed name nothing is known. Raises NotDone."""
    if person.identity:
        may_do(person, desk.fund, DEEDS[deed].first, payer)


def _run(settings: Settings, act: Callable[[Desk, datetime], Awaitable[None]]) -> None:
    """Act at the desk, and let the fund know what follows: at once, or by whoever runs it. Raises Stop."""
    configure("warning", for_people=True)
    fund = fund_of(settings)
    bank = bank_of(settings, fund)
    if bank is None:
        raise Stop(f"the fund {fund.fund_id} has no bank file: PSDF_BANK names one, with its accounts")
    try:
        asyncio.run(_act(settings, fund, bank, act))
    except Broken as error:
        raise Stop(f"the bank's desk: {error}") from error
    except (BankUnavailable, Unavailable) as error:
        raise Stop(f"{error}; what was done so far is kept, the next turn goes on") from error


async def _act(
    settings: Settings, fund: Fund, bank: BankSettings, act: Callable[[Desk, datetime], Awaitable[None]]
) -> None:
    async with _desk(settings, fund, bank) as desk:
        await act(desk, datetime.now(VILNIUS))
        if not settings.mongo:
            await _tell(settings, fund, desk)


@asynccontextmanager
async def _desk(settings: Settings, fund: Fund, bank: BankSettings) -> AsyncIterator[Desk]:
    store = store_of(settings)
    if store is None:
        async with open_desk(Home(path=settings.home), fund, bank) as opened, opened.acting(wait=True) as desk:
            yield desk
        return
    from shared.adapters.mongo.client import connected
    from shared.adapters.mongo.store import open_store

    async with connected(store.mongo) as client:
        desk = Desk(fund, bank, await open_store(client, store.database, NAME), None)
        await desk.load()
        yield desk


async def _tell(settings: Settings, fund: Fund, desk: Desk) -> None:
    """Tell the fund of the home; where it runs, its own desk does within a second."""
    home = Home(path=settings.home)
    if not home.journal.is_file():
        return
    try:
        with held(home, fund.fund_id):
            async with open_as_set(settings, home, fund) as stack:
                await desk.tell(partial(stack.publish, own=True))
    except HomeHeld:
        print("the fund runs: its own desk tells it what follows", file=sys.stderr)  # what is printed stays JSON
