"""``psdf verify``: prove a journal offline."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from shared.adapters.sqlite.bodies import teach
from shared.adapters.sqlite.store import SqliteStore
from shared.cli.backup import store_of
from shared.cli.options import DatabaseOption, HomeOption, MongoOption, settings
from shared.cli.screen import progress, screen, table
from shared.desk.audit import contradictions
from shared.desk.desk import NAME as DESK
from shared.desk.desk import Desk
from shared.desk.home import JOURNAL
from shared.edge.again import unfit
from shared.effects.bank.desk import NAME as BANK
from shared.engine.faults import Unavailable
from shared.engine.gc import calmed
from shared.engine.ingress import INGRESS
from shared.engine.journal import Store
from shared.journal.home import DESK as BANK_JOURNAL
from shared.journal.home import Home, reading
from shared.journal.journals import MongoJournals, SqliteJournals
from shared.journal.proven import Proven, keep
from shared.journal.verify import Checked, chained
from shared.journal.verify import verify as verify_journals
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop, Wrong
from shared.kernel.value import value
from shared.proof.keys import KeyFault, thumbprint
from shared.proof.published import SealFault, SealFile, files_in, holding
from shared.proof.verify import Verdict, check
from shared.runtime.settings import fund_of

SHOWN = 20
"""Streams shown one by one; a service with more of them is shown as one line."""


RESTORE = "a fund lives there: restore it from a back-up; if nothing was ever sent to it, remove the folder"
OUTSIDE = (
    "not compared: what came from outside, of which only Kafka has the bytes; what was decided because of it is "
    "compared from service to service"
)
"""What is said of the cluster."""


def verify(
    home: HomeOption = None,
    mongo: MongoOption = None,
    database: DatabaseOption = None,
    seal: Annotated[
        list[Path] | None,
        typer.Option(help="a seal that was kept elsewhere, or a folder of them", show_default=False),
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option(help="the public key that must have signed the seals", show_default=False)
    ] = None,
) -> None:
    """Prove the journals offline: chains, folds, balances, each against the others and against every seal.

    It is the fund's folder that is read, or the cluster's store where PSDF_MONGO says where that is. Exit code 1 names
    what is wrong. A seal that somebody else has kept shows a past that was rewritten in all journals alike.

    psdf verify
    psdf verify --home /srv/fund-copy --seal seal-000041-2022-02-10.json
    psdf verify --mongo mongodb://127.0.0.1:27017/
    """
    if home and mongo:
        raise Wrong("--home is a fund's folder, --mongo a cluster's store: give the one that is meant")
    chosen = settings(home=home, mongo=mongo)
    store = None if home else store_of(chosen)
    place = Home(path=chosen.home)
    given = Given(seals=_held(None if store else place.proof, seal or []), keys=_public(key or []))
    with calmed():
        if store:
            door = False
            total, found, sealed = asyncio.run(
                _of_the_cluster(fund_of(chosen), store.mongo, database or store.database, given)
            )
        else:
            total, found, sealed, door = _of_the_home(fund_of(chosen), place, given)
    console = screen()
    columns = ["service", "stream", ">commits", ">events", "snapshot", "balances", "holds"]
    console.print(table("Chains, folds, balances, and journals against each other", columns, map(_row, _summed(found))))
    if not door:
        console.print(OUTSIDE, markup=False)
    console.print(_told(sealed), markup=False, soft_wrap=True)
    faults = [each.fault for each in found if each.fault] + list(sealed.faults)
    fault = "".join(faults[:1]) + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else "")
    if not store:
        try:
            keep(place, Proven(at=datetime.now(UTC), commits=total - sealed.seals, fault=fault))
        except OSError as error:
            console.print(f"not kept for /ops: {error}", markup=False, soft_wrap=True)
    if fault:
        raise Stop(fault)
    console.print(f"{total - sealed.seals} commits in {len(found)} streams hold", markup=False)


@value
class Given:
    """What the journals are held against beside themselves: published seals, and the keys that may have signed."""

    seals: Sequence[tuple[Path, SealFile]]
    keys: Sequence[str]


def _held(published: Path | None, seals: Sequence[Path]) -> list[tuple[Path, SealFile]]:
    """The seals that are published in a home, and those that are given. Raises Stop."""
    if nothing := [path for path in seals if not files_in(path)]:
        raise Stop(f"{nothing[0]}: no seal is called seal-*.json there, so there is nothing to compare with")
    try:
        return holding([*([published] if published and published.is_dir() else []), *seals])
    except SealFault as error:
        raise Stop(str(error)) from None


def _public(keys: Sequence[str]) -> Sequence[str]:
    try:
        for key in keys:
            thumbprint(key)
    except KeyFault as error:
        raise Wrong(f"--key {error}") from None
    return keys


def _told(sealed: Verdict) -> str:
    """What is said of the seals."""
    if not sealed.last:
        return "not sealed: who holds the journals can rewrite them all alike; psdf proof seal"
    later = f"; {sealed.unsealed} commits are later than the last" if sealed.unsealed else ""
    keys = ", ".join(sealed.keyids)
    return f"{sealed.seals} seals, the last {sealed.last}, signed by key {keys}{later}"


def _of_the_home(fund: Fund, home: Home, given: Given) -> tuple[int, list[Checked], Verdict, bool]:
    """Where a fund lives there is a journal, and it is not empty: whatever was decided is in it.

    One that was copied from the cluster has no door.
    """
    lives = home.fund_id.is_file()
    if lives and not home.journal.is_file():
        raise Stop(f"{home.journal} is missing, and {home.fund_id.name} beside it says that {RESTORE}")
    with reading(home) as connection:
        journals = SqliteJournals(connection)
        door = not home.cluster_prefix.is_file() or INGRESS.name in asyncio.run(journals.services())
        total, found, sealed = asyncio.run(_checked(fund, journals, given, door=door))
    for file, name in ((home.bank / BANK_JOURNAL, BANK), (home.desk / JOURNAL, DESK)):
        if file.is_file():
            found.append(_kept_beside(fund, file, name))
            total += found[-1].commits
    if lives and not total:
        raise Stop(f"{home.journal} is empty, and {home.fund_id.name} beside it says that {RESTORE}")
    return total, found, sealed, door


def _kept_beside(fund: Fund, file: Path, name: str) -> Checked:
    """The journal of a desk that lies in the home beside the fund's. Raises Stop where it can't be read."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            teach(connection)
            store = SqliteStore(connection, name)
            checked = asyncio.run(chained(name, store))
            return asyncio.run(_two_persons(fund, store, checked)) if name == DESK else checked
    except sqlite3.Error as error:
        raise Stop(f"{file} can't be read: {error}") from error


async def _asked_more(fund: Fund, journals: SqliteJournals | MongoJournals, checked: Checked) -> Checked:
    """What else has to hold: of the desk two persons, of the door each signature that it has kept."""
    if checked.service == DESK:
        return await _two_persons(fund, journals.store(DESK), checked)
    if checked.service == INGRESS.name and not checked.fault:
        async for told in unfit(journals.store(INGRESS.name)):
            return replace(checked, fault=f"{INGRESS.name}: {told}")
    return checked


async def _two_persons(fund: Fund, store: Store, checked: Checked) -> Checked:
    """The desk's journal, whose chain was checked: whether it says what may be."""
    if checked.fault:
        return checked
    desk = Desk(fund, store)
    await desk.load()
    told = next(contradictions(desk), None)
    return replace(checked, fault=f"{DESK}: {told}") if told else checked


async def _of_the_cluster(fund: Fund, mongo: str, database: str, given: Given) -> tuple[int, list[Checked], Verdict]:
    from shared.adapters.mongo.client import connected

    async with connected(mongo) as client:
        try:
            journals = MongoJournals(client, database)
            total, found, sealed = await _checked(fund, journals, given, door=False)
        except Unavailable as error:
            raise Stop(str(error)) from None
    if not found:
        raise Stop(f"{mongo}: there is no journal in its database {database}")
    return total, found, sealed


async def _checked(
    fund: Fund, journals: SqliteJournals | MongoJournals, given: Given, *, door: bool
) -> tuple[int, list[Checked], Verdict]:
    total = await journals.count()
    with progress(screen(), "commits") as bar:
        verifying = bar.add_task("verifying", total=total)
        found = [
            await _asked_more(fund, journals, each)
            for each in await verify_journals(journals, lambda: bar.advance(verifying), door=door)
        ]
        sealing = bar.add_task("against the seals", total=total)
        sealed = await check(journals, given.seals, given.keys, lambda: bar.advance(sealing))
        return total, found, sealed


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
