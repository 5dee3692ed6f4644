"""What ``psdf proof`` does: keys, seals, countersignatures, the proof of an invoice and its check."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec
import typer

from shared.cli.backup import store_of
from shared.cli.options import HomeOption, InvoiceArgument, MongoOption, settings
from shared.cli.proven import say_countersigned, show
from shared.cli.screen import say, screen
from shared.cli.why import language_of
from shared.engine.faults import Broken, Unavailable
from shared.engine.journal import SEALER, Store
from shared.engine.outbox import Message
from shared.journal.home import Home, HomeError, reading, writing
from shared.journal.journals import MongoJournals, SqliteJournals
from shared.kernel.stop import Stop, Wrong
from shared.kernel.value import value
from shared.proof.check import Proven
from shared.proof.check import check as check_pack
from shared.proof.envelope import Envelope
from shared.proof.invoice import pack_of
from shared.proof.keys import KeyFault, Signer, new_key, read_key, thumbprint
from shared.proof.pack import ProofFault, signed_pack
from shared.proof.published import (
    SealFault,
    countersigned,
    countersigners,
    is_in,
    name_of_file,
    read_file,
    statement_in,
    write_file,
    write_seal,
)
from shared.proof.seal import STREAM, Seal, seal_of
from shared.proof.sealing import Sealer
from shared.runtime.settings import Settings, fund_of
from shared.statute.load import PACKAGED, load_fund

app = typer.Typer(no_args_is_help=True)
KeyOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--key", help="the file of the private key, if not that beside the home", show_default=False),
]
SHOWN_FILES = 5


@app.callback()
def about() -> None:
    """Seal the journals, and prove an invoice to somebody who trusts nobody.

    psdf proof key new                              once: the fund's key, beside its home
    psdf proof seal                                 the running fund does it at each day's end
    psdf proof countersign SEAL --key FILE --name WHO
    psdf proof invoice 300111224/A1 --out proof.json
    psdf proof check proof.json --key PUBLIC
    """


def key_file(settings: Settings, key: Path | None) -> Path:
    """The file of the fund's key."""
    return key or Home(path=settings.home).key


def signer_in(path: Path) -> Signer:
    """The key of a file. Raises Stop."""
    try:
        return read_key(path)
    except KeyFault as error:
        raise Stop(str(error)) from None


@app.command("key")
def of_key(
    what: Annotated[Literal["new", "show"], typer.Argument(help="make a key, or show the public one")],
    home: HomeOption = None,
    key: KeyOption = None,
) -> None:
    """Make the key that signs (Ed25519, readable by its owner alone), or show its public one and its name.

    psdf proof key new
    psdf proof key show
    psdf proof key new --key ministry.key           a key of somebody else's, to countersign
    """
    path = key_file(settings(home=home), key)
    if what == "show":
        _say_key(signer_in(path))
        return
    try:
        signer = new_key(path)
    except KeyFault as error:
        raise Stop(str(error)) from None
    screen().print(f"{path}: made, for its owner alone; keep a copy of it where the journals are not", soft_wrap=True)
    _say_key(signer)


def _say_key(signer: Signer) -> None:
    screen().print(f"public key  {signer.public}\nkeyid       {signer.keyid}", markup=False)


# --- seals


@value
class Place:
    """Where journals are: to be read, and the store of the seals, which may be written."""

    journals: SqliteJournals | MongoJournals
    seals: Store


@asynccontextmanager
async def _place(settings: Settings, *, of_home: bool, write: bool) -> AsyncIterator[Place]:
    """The journals of the home, or of the cluster where PSDF_MONGO says where those are. Raises Stop."""
    store = None if of_home else store_of(settings)
    try:
        if store is None:
            home = Home(path=settings.home)
            if not home.journal.is_file():
                raise HomeError(f"{home.path} holds no fund yet: give --home its folder")
            with (writing if write else reading)(home) as connection:
                sealed = SqliteJournals(connection)
                yield Place(journals=sealed, seals=sealed.store(SEALER))
            return
        from shared.adapters.mongo.client import connected

        async with connected(store.mongo) as client:
            journals = MongoJournals(client, store.database)
            yield Place(journals=journals, seals=journals.store(SEALER))
    except (Unavailable, Broken, ProofFault) as error:
        raise Stop(str(error)) from None


@app.command("seal")
def seal(
    home: HomeOption = None,
    mongo: MongoOption = None,
    key: KeyOption = None,
    out: Annotated[
        Path | None, typer.Option(help="the folder of the seals, if not proof/ of the home", show_default=False)
    ] = None,
) -> None:
    """Seal all that was decided so far: one signed root over the ends of all streams, chained to the last seal.

    psdf proof seal
    psdf proof seal --mongo mongodb://127.0.0.1:27017/ --key /run/secrets/proof.key --out /seals

    It is kept beside the journals, published as a file, and on the cluster as the event proof.sealed (PSDF_KAFKA).
    Give the file to somebody else: whoever holds it sees if the past is rewritten. The fund may run meanwhile.
    """
    chosen = settings(home=home, mongo=mongo)
    signer = signer_in(key_file(chosen, key))
    folder = out or Home(path=chosen.home).proof
    try:
        made, last, paths = asyncio.run(_seal(chosen, signer, folder, of_home=home is not None))
    except OSError as error:
        raise Stop(f"{error.filename or folder}: {error.strerror}") from error
    if last is None:
        raise Stop("nothing was decided yet: there is nothing to seal")
    said = last.statement
    console = screen()
    if not made:
        console.print(f"nothing was decided since {last}", markup=False)
    console.print(f"{last}: {said.events} events in {said.streams} streams, root {said.root}", soft_wrap=True)
    for path in paths[-SHOWN_FILES:]:
        console.print(f"  {path}", markup=False, soft_wrap=True)
    if paths:
        console.print("give it to somebody who does not answer to the fund, to keep and to countersign", markup=False)


async def _seal(
    settings: Settings, signer: Signer, folder: Path, *, of_home: bool
) -> tuple[Seal | None, Seal | None, list[Path]]:
    async with _place(settings, of_home=of_home, write=True) as place:
        sealer = Sealer(fund_of(settings).fund_id, place.journals, signer, place.seals)
        made = await sealer.seal()
        seals = [seal_of(commit) async for commit in place.seals.read(STREAM)]
        paths = [write_seal(folder, seal) for seal in seals if not is_in(folder, seal)]
        unpublished = await sealer.unpublished()
        if isinstance(place.journals, MongoJournals) and settings.kafka and unpublished:
            await _tell(settings, [message for _, message in unpublished])
        for seal, _ in unpublished:
            await sealer.published(seal)
        await place.seals.close()
        return made, sealer.ends.last, paths


async def _tell(settings: Settings, messages: Sequence[Message]) -> None:
    """Publish seals on the topic proof.sealed. Raises Stop where the broker is away: the seals stay to be told."""
    from aiokafka.errors import KafkaError

    from shared.adapters.kafka.broker import broker_of
    from shared.adapters.kafka.relay import Producer
    from shared.runtime.cluster import kafka_of

    fund = fund_of(settings)
    kafka = kafka_of(settings, fund)
    broker = broker_of(kafka)
    try:
        await broker.start()
        await Producer(broker, kafka.prefix, fund.fund_id, kafka.partitions).tell(messages)
    except (KafkaError, OSError) as error:
        raise Stop(f"{settings.kafka}: {error!r}; the seal is kept, and told by the next psdf proof seal") from error
    finally:
        await broker.stop()


@app.command("countersign")
def countersign(
    seal: Annotated[Path, typer.Argument(help="the file of a seal", show_default=False)],
    key: Annotated[Path, typer.Option(help="the file of your private key", show_default=False)],
    name: Annotated[str, typer.Option(help="who you are, as it shall stand there", show_default=False)],
) -> None:
    """Sign a seal as one who has seen it: the ministry, an auditor. The signature is added to its file.

    psdf proof countersign seal-000041-2022-02-10.json --key ministry.key --name "Ministry of Health"
    """
    signer = signer_in(key)
    try:
        sealed = countersigned(read_file(seal), name, signer)
        write_file(seal, sealed)
    except (SealFault, OSError) as error:
        raise Stop(f"{seal}: {error}") from None
    said = sealed.statement()
    say(f"{seal}: seal {said.number} of {said.day} is signed by {name} too")
    _say_key(signer)


# --- the proof of an invoice


@app.command("invoice")
def prove(
    invoice_id: InvoiceArgument,
    out: Annotated[Path, typer.Option(help="the file of the proof")] = Path("proof.json"),
    under: Annotated[
        int | None, typer.Option(help="the number of the seal, if not the last one", show_default=False)
    ] = None,
    home: HomeOption = None,
    mongo: MongoOption = None,
    key: KeyOption = None,
) -> None:
    """Write the proof of an invoice: its events as they are stored, and their paths to the root of a seal.

    psdf proof invoice 300111224/A1 --out proof.json
    psdf proof invoice 300111224/A1 --under 41 --out proof.json

    Under the seal that somebody already holds it convinces them. Countersignatures come from proof/ of the home.
    """
    chosen = settings(home=home, mongo=mongo)
    signer = signer_in(key_file(chosen, key))
    fund = fund_of(chosen)

    async def made() -> bytes:
        async with _place(chosen, of_home=home is not None, write=False) as place:
            pack, sealed = await pack_of(place.journals, fund, invoice_id, under)
            others = _countersignatures(Home(path=chosen.home).proof, sealed)
            shown = msgspec.structs.replace(pack.seal, countersignatures=others)
            return signed_pack(msgspec.structs.replace(pack, seal=shown), signer)

    try:
        raw = asyncio.run(made())
        out.write_bytes(raw)
    except (SealFault, OSError) as error:
        raise Stop(str(error)) from None
    console = screen()
    console.print(f"{out}: {len(raw)} bytes", markup=False, soft_wrap=True)
    console.print(f"psdf proof check {out} --key {signer.public}", markup=False, soft_wrap=True)


def _countersignatures(folder: Path, seal: Seal) -> tuple[Envelope, ...]:
    """Who else signed a seal, if its file is there."""
    if not is_in(folder, seal):
        return ()
    file = read_file(folder / name_of_file(seal.statement))
    return file.countersignatures if file.statement() == seal.statement else ()


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="a proof, or a seal", show_default=False)],
    key: Annotated[str, typer.Option(help="the fund's public key (psdf proof key show)", show_default=False)],
    countersigned: Annotated[
        list[str] | None, typer.Option(metavar="NAME=PUBLIC", help="who must have signed it too", show_default=False)
    ] = None,
    letter: Annotated[
        list[Path] | None, typer.Option(help="a letter to the ministry that must be the one", show_default=False)
    ] = None,
    lang: Annotated[str, typer.Option(help="en or lt")] = "en",
) -> None:
    """Check a proof or a seal, without store, home or network; exit code 1 says what does not hold.

    psdf proof check proof.json --key G1Hc...=
    psdf proof check proof.json --key G1Hc...= --countersigned "Ministry of Health=y5Bq...="
    psdf proof check proof.json --key G1Hc...= --letter 2022-04-4.pdf
    """
    keys = _keys(countersigned or [])
    try:
        raw = file.read_bytes()
        thumbprint(key)
    except (OSError, KeyFault) as error:
        raise Wrong(str(error)) from None
    try:
        if b'"payloadType"' in raw and b'"invoice"' not in raw:
            _check_seal(file, key, keys)
            return
        proven = check_pack(raw, key, keys)
        _check_letters(proven, letter or [])
    except (ProofFault, SealFault) as error:
        raise Stop(f"{file} proves nothing: {error}") from None
    show(proven, tag_of(proven.statement.fund, lang))


def tag_of(fund_id: str, lang: str) -> str:
    """The language of a fund by its code, where it is a packaged fund. Raises Wrong for one that it does not speak."""
    packaged = PACKAGED / "funds" / f"{fund_id}.toml"
    return language_of(load_fund(Path(str(packaged)) if packaged.is_file() else None), lang)


def _keys(others: Sequence[str]) -> Mapping[str, str]:
    pairs = [each.partition("=") for each in others]
    if wrong := next((name for name, _, public in pairs if not public), None):
        raise Wrong(f"--countersigned {wrong}: NAME=PUBLIC is needed, as psdf proof key show prints it")
    return {name: public for name, _, public in pairs}


def _check_seal(path: Path, public: str, keys: Mapping[str, str]) -> None:
    file = read_file(path)
    said = statement_in(file.envelope, public)
    screen().print(f"seal {said.number} of {said.day} of fund {said.fund} holds: root {said.root}", soft_wrap=True)
    say_countersigned(countersigners(file, keys))


def _check_letters(proven: Proven, letters: Sequence[Path]) -> None:
    known = {letter.sha256: letter.notice_no for letter in proven.pack.letters}
    for path in letters:
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise Wrong(f"{path} can't be read: {error.strerror}") from error
        if digest not in known:
            raise ProofFault(f"{path} is none of its letters: its digest is {digest}")
