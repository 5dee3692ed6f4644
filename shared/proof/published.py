"""Seals as files: what the fund makes public, and what others sign too and keep.

A file is the envelope of the seal's statement (``envelope``), with the ends of the streams that had moved, so that a
past that was rewritten is found with its place, and with the signatures of those who saw it.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from shared.proof.envelope import Envelope, NotSigned, Signature, sign, signed_by, signed_text, text_of
from shared.proof.keys import Signer
from shared.proof.seal import TYPE, End, Seal, Statement

COUNTERSIGNED = "application/vnd.psdf.countersignature+json"
"""The type under which a countersignature is signed."""


class SealFault(Exception):  # noqa: N818 - what is so, not what went wrong
    """A file is no seal, or not what it should be: one line."""


class Countersignature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody else signs: who they are, and the digest of the statement that they saw."""

    name: str
    seal: str


class SealFile(msgspec.Struct, frozen=True, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """A published seal."""

    payload_type: str
    payload: str
    signatures: tuple[Signature, ...]
    public_key: str
    moved: tuple[End, ...]
    countersignatures: tuple[Envelope, ...] = ()

    @property
    def envelope(self) -> Envelope:
        """The signed statement alone."""
        return Envelope(payload_type=self.payload_type, payload=self.payload, signatures=self.signatures)

    def statement(self) -> Statement:
        """What it says, whoever signed it. Raises SealFault."""
        return statement_in(self.envelope, None)


def statement_in(envelope: Envelope, public: str | None) -> Statement:
    """The statement of an envelope, signed by a key if one is given. Raises SealFault."""
    try:
        text = text_of(envelope, TYPE) if public is None else signed_text(envelope, TYPE, public)
        statement = msgspec.json.decode(text, type=Statement)
    except (NotSigned, msgspec.MsgspecError) as error:
        raise SealFault(f"it is no seal: {error}") from None
    if statement.text() != text:
        raise SealFault("it is no seal: its statement is not written as a seal's is")
    return statement


def file_of(seal: Seal) -> SealFile:
    """A seal as a file, without countersignatures."""
    envelope = signed_by(TYPE, seal.statement.text(), seal.public, seal.signature)
    return SealFile(
        payload_type=envelope.payload_type,
        payload=envelope.payload,
        signatures=envelope.signatures,
        public_key=seal.public,
        moved=tuple(moved.end() for moved in seal.moved),
    )


def name_of_file(statement: Statement) -> str:
    """How the file of a seal is called."""
    return f"seal-{statement.number:06d}-{statement.day}.json"


def is_in(folder: Path, seal: Seal) -> bool:
    """Whether a folder has the file of a seal."""
    return (folder / name_of_file(seal.statement)).exists()


def write_seal(folder: Path, seal: Seal) -> Path:
    """Publish a seal in a folder; a file that is there is left, with whatever others signed. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name_of_file(seal.statement)
    if not is_in(folder, seal):
        write_file(path, file_of(seal))
    return path


def write_file(path: Path, seal: SealFile) -> None:
    """Write the file of a seal, whole or not at all. Raises OSError."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(seal), indent=1) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)


def read_file(path: Path) -> SealFile:
    """The seal of a file. Raises SealFault."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=SealFile)
    except OSError as error:
        raise SealFault(f"{path} can't be read: {error.strerror}") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise SealFault(f"{path} is no seal: {error}") from None


def files_in(path: Path) -> list[Path]:
    """A file, or all seals of a folder in order."""
    return sorted(path.glob("seal-*.json")) if path.is_dir() else [path]


# --- who else signed


def countersigned(seal: SealFile, name: str, signer: Signer) -> SealFile:
    """The seal, signed by somebody else too. Raises SealFault where it is none, or they signed it before."""
    digest = seal.statement().digest()
    if any(signature.keyid == signer.keyid for each in seal.countersignatures for signature in each.signatures):
        raise SealFault(f"key {signer.keyid} has signed it before")
    text = msgspec.json.encode(Countersignature(name=name, seal=digest))
    signed = sign(COUNTERSIGNED, text, signer)
    return msgspec.structs.replace(seal, countersignatures=(*seal.countersignatures, signed))


def countersigners(seal: SealFile, keys: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """Who signed it too: name, thumbprint, and whether that was checked with a key given for the name.

    Raises SealFault for a countersignature of another seal, or that a given key did not make; and for a key that is
    given of somebody who has not signed.
    """
    found = [_countersigner(seal, each, keys) for each in seal.countersignatures]
    missing = keys.keys() - {name for name, _, _ in found}
    if missing:
        raise SealFault(f"{', '.join(sorted(missing))} did not sign it")
    return found


def _countersigner(seal: SealFile, each: Envelope, keys: Mapping[str, str]) -> tuple[str, str, bool]:
    try:
        said = msgspec.json.decode(text_of(each, COUNTERSIGNED), type=Countersignature)
        key = keys.get(said.name)
        if key is not None:
            signed_text(each, COUNTERSIGNED, key)
    except (NotSigned, msgspec.MsgspecError) as error:
        raise SealFault(f"a countersignature does not hold: {error}") from None
    if said.seal != seal.statement().digest():
        raise SealFault(f"the countersignature of {said.name} is of another seal")
    return said.name, ", ".join(signature.keyid for signature in each.signatures), key is not None


def holding(paths: Iterable[Path]) -> list[tuple[Path, SealFile]]:
    """The seals of files and folders. Raises SealFault."""
    return [(path, read_file(path)) for given in paths for path in files_in(given)]
