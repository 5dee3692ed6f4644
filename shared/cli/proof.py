"""What ``psdf proof`` does: keys, seals, countersignatures, the proof of an invoice and its check."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from shared.cli.backup import store_of
from shared.cli.screen import screen, short, table
from shared.cli.why import language_of
from shared.engine.faults import Broken, Unavailable
from shared.engine.journal import SEALER, Store
from shared.engine.outbox import Message
from shared.explain.sentences import Lang, has_words, sentence
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

SHOWN = 17
"""Signs shown of a digest that stands whole in the proof."""
SHOWN_FILES = 5
HEADS: dict[str, dict[str, Any]] = {
    "lt": {
        "invoice": "Sąskaita {}: įrodyti {} fondo {} įvykiai",
        "events": ["kada", "kur", "kas"],
        "law": "Galiojusi teisė",
        "points": ["punktas", "aktas", "dienos", "teksto SHA-256"],
        "to": "–",
        "letter": "raštas {}: SHA-256 {}",
        "seal": "antspaudas {}, {}, šaknis {}",
    },
    "en": {
        "invoice": "Invoice {}: {} events of fund {} are proven",
        "events": ["when", "where", "what"],
        "law": "The law that was in force",
        "points": ["point", "act", "days", "SHA-256 of the wording"],
        "to": "to",
        "letter": "letter {}: SHA-256 {}",
        "seal": "under seal {} of {}, root {}",
    },
}


def key_file(settings: Settings, key: Path | None) -> Path:
    """The file of the fund's key."""
    return key or Home(path=settings.home).key


def signer_in(path: Path) -> Signer:
    """The key of a file. Raises Stop."""
    try:
        return read_key(path)
    except KeyFault as error:
        raise Stop(str(error)) from None


def make_key(settings: Settings, key: Path | None) -> None:
    """Make a key. Raises Stop where there is one."""
    path = key_file(settings, key)
    try:
        signer = new_key(path)
    except KeyFault as error:
        raise Stop(str(error)) from None
    screen().print(f"{path}: made, for its owner alone; keep a copy of it where the journals are not", soft_wrap=True)
    _say_key(signer)


def show_key(settings: Settings, key: Path | None) -> None:
    """Show the public key. Raises Stop where there is none."""
    _say_key(signer_in(key_file(settings, key)))


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
        from shared.adapters.mongo.client import close, motor_client

        client = motor_client(store.mongo)
        try:
            journals = MongoJournals(client, store.database)
            yield Place(journals=journals, seals=journals.store(SEALER))
        finally:
            await close(client)
    except (Unavailable, Broken, ProofFault) as error:
        raise Stop(str(error)) from None


def seal(settings: Settings, key: Path | None, out: Path | None, *, of_home: bool) -> None:
    """Seal what was decided so far, and publish it; files of earlier seals that are not there are written again.

    Raises Stop.
    """
    signer = signer_in(key_file(settings, key))
    folder = out or Home(path=settings.home).proof
    try:
        made, last, paths = asyncio.run(_seal(settings, signer, folder, of_home=of_home))
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


def countersign(path: Path, key: Path, name: str) -> None:
    """Sign a seal too. Raises Stop."""
    signer = signer_in(key)
    try:
        sealed = countersigned(read_file(path), name, signer)
        write_file(path, sealed)
    except (SealFault, OSError) as error:
        raise Stop(f"{path}: {error}") from None
    said = sealed.statement()
    screen().print(f"{path}: seal {said.number} of {said.day} is signed by {name} too", markup=False, soft_wrap=True)
    _say_key(signer)


# --- the proof of an invoice


def prove(
    settings: Settings, invoice_id: str, out: Path, under: int | None, key: Path | None, *, of_home: bool
) -> None:
    """Write the proof of an invoice. Raises Stop."""
    signer = signer_in(key_file(settings, key))
    fund = fund_of(settings)

    async def made() -> bytes:
        async with _place(settings, of_home=of_home, write=False) as place:
            pack, sealed = await pack_of(place.journals, fund, invoice_id, under)
            others = _countersignatures(Home(path=settings.home).proof, sealed)
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


def check(path: Path, public: str, others: Sequence[str], letters: Sequence[Path], lang: Lang) -> None:
    """Check a proof or a seal and show what it proves. Raises Stop, naming what does not hold."""
    keys = _keys(others)
    try:
        raw = path.read_bytes()
        thumbprint(public)
    except (OSError, KeyFault) as error:
        raise Wrong(str(error)) from None
    try:
        if b'"payloadType"' in raw and b'"invoice"' not in raw:
            _check_seal(path, public, keys)
            return
        proven = check_pack(raw, public, keys)
        _check_letters(proven, letters)
    except (ProofFault, SealFault) as error:
        raise Stop(f"{path} proves nothing: {error}") from None
    _show(proven, tag_of(proven.statement.fund, lang))


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
    _say_countersigned(countersigners(file, keys))


def _check_letters(proven: Proven, letters: Sequence[Path]) -> None:
    known = {letter.sha256: letter.notice_no for letter in proven.pack.letters}
    for path in letters:
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise Wrong(f"{path} can't be read: {error.strerror}") from error
        if digest not in known:
            raise ProofFault(f"{path} is none of its letters: its digest is {digest}")


def _say_countersigned(others: Sequence[tuple[str, str, bool]]) -> None:
    for name, keyid, checked in others:
        told = "" if checked else ", not checked: --countersigned NAME=PUBLIC gives the key"
        screen().print(f"signed by {name} too (key {keyid}{told})", markup=False, soft_wrap=True)


def _show(proven: Proven, lang: Lang) -> None:
    """The proven way, event by event, the law in force, the letters."""
    console, said, heads = screen(), proven.statement, HEADS.get(lang, HEADS["en"])
    console.print(heads["invoice"].format(proven.invoice, len(proven.steps), said.fund), markup=False)
    rows = [
        (step.moment[:16], f"{step.service} {step.number}", _sentence(step.type, step.data, lang))
        for step in proven.steps
    ]
    console.print(table("", heads["events"], rows))
    law = [
        (law.point, law.act, f"{law.from_} {heads['to']} {law.to or '...'}", short(law.wording_sha256, SHOWN))
        for law in proven.pack.law
    ]
    console.print(table(heads["law"], heads["points"], law))
    for letter in proven.pack.letters:
        console.print(heads["letter"].format(letter.notice_no, letter.sha256), markup=False, soft_wrap=True)
    console.print(heads["seal"].format(said.number, said.day, said.root), markup=False, soft_wrap=True)
    _say_countersigned(proven.countersigned)


def _sentence(type_: str, data: Mapping[str, object], lang: Lang) -> str:
    return sentence(type_, data, lang) if has_words(type_) else type_
