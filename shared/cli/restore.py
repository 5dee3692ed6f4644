"""``psdf restore`` and ``psdf restore-offsets``: put a back-up where nothing is, and let the groups read again."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError

from services.all import SERVICES
from shared.adapters.kafka.offsets import alive
from shared.adapters.sqlite.backup import BackupError, Manifest, fault_of, heads_of, unpack
from shared.adapters.sqlite.heads import Heads
from shared.cli.backup import Store, store_of
from shared.cli.options import HomeOption, settings
from shared.cli.screen import progress, say, screen, table
from shared.desk.home import JOURNAL, people_of
from shared.desk.people import PEOPLE
from shared.desk.person import PeopleError
from shared.engine.faults import Broken, Unavailable
from shared.journal.home import DESK, Home, HomeError, held
from shared.kernel.stop import Stop, Wrong
from shared.runtime.settings import Settings, fund_of

if TYPE_CHECKING:
    from shared.adapters.kafka.broker import Kafka
    from shared.adapters.kafka.offsets import Plan

FOUND = frozenset({"lost+found"})
"""What an empty disk holds."""
NAMES = [service.name for service in SERVICES]


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="what psdf backup wrote", show_default=False)],
    home: HomeOption = None,
) -> None:
    """Put a back-up into a home, or the cluster's database (PSDF_MONGO), that holds nothing yet.

      psdf restore fund.backup --home /srv/fund-again
      psdf restore /backup/psdf-2026-03-04T2330Z.backup
      psdf verify                                      afterwards: every chain and every balance
      psdf restore-offsets                             of the cluster, before any service is started

    Nothing is ever overwritten, and a damaged file is put nowhere. Who works at the desk (people.json) comes to where
    PSDF_PEOPLE says, if nobody is named there; of a cluster it is kept apart, as keys and certificates are.
    """
    chosen = settings(home=home)
    store = None if home else store_of(chosen)
    if store:
        asyncio.run(_into_database(chosen, store, file))
    else:
        _into_home(chosen, file)


# --- a home


def _into_home(settings: Settings, path: Path) -> None:
    home, fund_id = Home(path=settings.home), fund_of(settings).fund_id
    try:
        there = sorted(each.name for each in home.path.iterdir() if each.name not in FOUND)
    except FileNotFoundError:
        there = []
    except OSError as error:
        raise HomeError(f"{home.path}: {error.strerror}") from error
    if there:
        raise HomeError(f"{home.path} is not empty ({', '.join(there[:3])}): a fund is never overwritten; --home NEW")
    whole = False
    try:
        with held(home, fund_id):
            home.heads.unlink()  # so a fund lives here whose journal is gone: nothing starts on what a kill leaves
            manifest = _unpacked(home, path, fund_id)
            whole = True
    finally:
        if not whole:
            _leave_nothing(home)
    console = screen()

    beside = [
        sum(name.startswith(f"{folder.name}/") for name in manifest.files) for folder in (home.letters, home.documents)
    ]
    told = (
        f"{home.path}: fund {manifest.fund} as it was at {manifest.taken}, "
        f"{beside[0]} letters and {beside[1]} files of e-invoices"
    )
    for line in (told, *_people(home, settings.people), f"prove it: psdf verify --home {home.path}"):
        console.print(line, soft_wrap=True, markup=False)


def _unpacked(home: Home, path: Path, fund_id: str) -> Manifest:
    copy = home.journal.with_suffix(".partial")

    try:
        manifest = unpack(path, lambda name: copy if name == home.journal.name else _beside(home, name))
        if manifest.fund != fund_id:
            raise Stop(f"{path} is of fund {manifest.fund}, not of {fund_id}: PSDF_FUND says which fund this is")
        if not copy.exists():
            raise Stop(f"{path} holds no {home.journal.name}")
        if fault := fault_of(copy):
            raise Stop(f"{path}: its {home.journal.name} is no journal: {fault}")
        hear_anew(home.bank / DESK)
        heads = Heads(home.heads)
        heads.write(heads_of(copy))
        heads.close()
        copy.rename(home.journal)
    except BackupError as error:
        raise Stop(str(error)) from error
    except (OSError, sqlite3.Error, Unavailable) as error:
        raise Stop(f"{path} can't be put into {home.path}: {error}") from error
    return manifest


def _people(home: Home, named: Path | None) -> Iterator[str]:
    """Lay who works at the desk where PSDF_PEOPLE says, if nobody is named there; and say what a person has to know."""
    restored = home.desk / PEOPLE
    if not restored.is_file():
        return
    restored.chmod(0o600)
    if named and named.resolve() != home.desk.resolve():
        try:
            if not people_of(home, named).bring(restored.read_bytes()):
                yield f"{named / PEOPLE} stays as it is and says who works at the desk; the back-up's is {restored}"
                return
        except PeopleError as error:
            yield f"nobody can sign in at the desk: {error}; {restored} is to be put there"
            return
        restored.unlink()
        restored = named / PEOPLE
    yield f"{restored}: who worked at the desk then, also who was removed since: psdf people list, psdf people remove"


def hear_anew(desk: Path) -> None:
    """Let a desk read the fund's journal from its beginning: it may be shorter now. What it knows it keeps."""
    if not desk.is_file():
        return
    with closing(sqlite3.connect(desk, isolation_level=None)) as connection:
        connection.execute("DELETE FROM heard")


def _beside(home: Home, name: str) -> Path | None:
    """Where a file beside the journal goes: a letter, an e-invoice, a desk's journal, its people. None for others."""
    if name in (home.seen.name, home.dismissed.name):
        return home.path / name
    folder, _, file = name.partition("/")
    for known, its_own in ((home.bank, (DESK,)), (home.desk, (JOURNAL, PEOPLE))):
        if folder == known.name and file in its_own:
            known.mkdir(exist_ok=True)
            return known / file
    for known in (home.letters, home.documents):
        if folder == known.name and file and Path(file).name == file:
            known.mkdir(exist_ok=True)
            return known / file
    return None


def _leave_nothing(home: Home) -> None:
    """Remove what was begun: the folder was empty before."""
    for each in home.path.iterdir() if home.path.is_dir() else ():
        if each.name in FOUND:
            continue
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()


# --- a database


async def _into_database(settings: Settings, store: Store, path: Path) -> None:
    from shared.adapters.mongo import backup as mongo_backup
    from shared.adapters.mongo.client import connected

    async with connected(store.mongo) as client:
        try:
            head, end = await asyncio.to_thread(mongo_backup.read, path)
            if head.fund != store.fund_id:
                raise Stop(f"{path} is of fund {head.fund}, not of {store.fund_id}: PSDF_FUND says which fund this is")
            if settings.kafka:
                await _nobody_alive(settings)
            with progress(screen(), "documents") as bar:
                task = bar.add_task("restoring", total=sum(end.documents.values()))
                await mongo_backup.load(client, store.database, path, lambda: bar.advance(task))
        except (mongo_backup.BackupError, Unavailable, Broken) as error:
            raise Stop(str(error)) from error
    console = screen()
    rows = sorted(end.documents.items())
    console.print(table(f"Database {store.database} as it was at {head.taken}", ["collection", ">documents"], rows))
    then = "prove it: psdf verify; before any process is started: psdf restore-offsets; before bank: psdf bank hear"
    console.print(then, soft_wrap=True, markup=False)
    apart = f"not in it, for they are kept apart: who works at the desk ({PEOPLE} of PSDF_PEOPLE), keys, certificates"
    console.print(apart, soft_wrap=True, markup=False)


async def _nobody_alive(settings: Settings) -> None:
    fund_id, unknown = fund_of(settings).fund_id, []
    for name in NAMES:
        try:
            found = await alive(_kafka(settings), fund_id, [name])
        except GroupAuthorizationFailedError:
            unknown.append(name)
            continue
        except (KafkaError, OSError) as error:
            raise Stop(f"{settings.kafka} does not say whether the services are stopped: {error!r}") from None
        if found:
            raise Stop(_alive(found))
    if unknown:
        told = f"whether {', '.join(unknown)} are stopped may not be asked with this certificate: see that they are"
        say(told)


def _alive(found: dict[str, list[str]]) -> str:
    told = "; ".join(f"group {group} has members at {', '.join(hosts)}" for group, hosts in sorted(found.items()))
    return f"{told}: stop every process of the services first (one that was killed counts for ten seconds more)"


# --- offsets


def restore_offsets(
    services: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVICE]...", help="all, unless named", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be set")] = False,
) -> None:
    """Set the services' consumer groups back to what their journals have heard, so that what was lost comes again.

      psdf restore-offsets --dry-run
      psdf restore-offsets
      psdf restore-offsets payments

    A journal keeps how far it has heard each topic. Where a group is ahead of it (a journal was restored), the service
    does not start that partition until this is done, while all its processes are stopped. A group that is behind, or
    that does not exist, is left: what is known changes nothing when it comes again. Again is harmless.
    """
    chosen, names = settings(), services or NAMES
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        raise Wrong(f"there is no service {unknown[0]}: {', '.join(NAMES)}")
    store = store_of(chosen)
    if store is None:
        raise Wrong(
            "PSDF_MONGO says where the cluster's store is; it is not set, and a fund in a folder has no offsets"
        )
    asyncio.run(_restore_offsets(chosen, store, names, dry_run=dry_run))


async def _restore_offsets(settings: Settings, store: Store, names: Sequence[str], *, dry_run: bool) -> None:
    from shared.adapters.kafka import offsets as kafka_heard
    from shared.adapters.mongo import store as mongo
    from shared.adapters.mongo.backup import hear_only
    from shared.adapters.mongo.client import close, motor_client

    kafka = _kafka(settings)
    topics = {service.name: {*service.routes, "day.started"} for service in SERVICES}
    client, plans = motor_client(store.mongo), []
    try:
        if found := await kafka_heard.alive(kafka, store.fund_id, names):
            raise Stop(_alive(found))
        for name in names:
            heard = await (await mongo.open_store(client, store.database, name)).heard()
            plan = await kafka_heard.restore(kafka, store.fund_id, name, topics[name], heard, only_say=dry_run)
            if plan.anew and not dry_run:
                kept = {place: offset for place, offset in heard.items() if place not in plan.anew}
                await hear_only(client, store.database, name, kept)
            plans.append(plan)
    except kafka_heard.Alive as error:
        raise Stop(f"{error}: stop every process of the services first") from error
    except (KafkaError, OSError) as error:
        raise Stop(f"{settings.kafka}: the offsets can't be set: {error!r}") from error
    except (Unavailable, Broken) as error:
        raise Stop(str(error)) from error
    finally:
        await close(client)
    _show(plans, dry_run=dry_run)


def _show(plans: Sequence["Plan"], *, dry_run: bool) -> None:
    done, forgot = ("to be set back", "would forget") if dry_run else ("set back", "has forgotten")
    told: list[str] = []
    for plan in plans:
        told.append(f"{plan.group}: {len(plan.moved)} {done}, {plan.stay} stay")
        told += [f"  {each.topic}-{each.partition}: from {each.was} to {each.now}, {each.why}" for each in plan.moved]
        if plan.anew:
            places = ", ".join(sorted(plan.anew))
            told.append(f"  the journal {forgot} how far it heard of topics made anew: {places}")
    for line in told:
        say(line)


def _kafka(settings: Settings) -> "Kafka":
    from shared.runtime.cluster import kafka_of

    return kafka_of(settings, fund_of(settings))
