"""People who work at the desk: a file of names, roles and payers, made by ``psdf people``; of a token only its hash.

A token is 256 random bits, so its SHA-256 says nothing of it, and needs no salt. Who is removed can do nothing from
the next request on: nobody is remembered beside this file but by name. Where the fund has an identity provider
(``issuer.py``) its tokens let people in too, who stand in no file.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from shared.desk.person import ROLES, PeopleError, Person, Role
from shared.kernel.fund import Fund
from shared.kernel.stop import Wrong

if TYPE_CHECKING:
    from shared.desk.issuer_client import IssuerClient

PEOPLE = "people.json"
LONGEST_NAME = 100


class Provider(Protocol):
    """Knows people by tokens that somebody else has issued."""

    @property
    def issuer(self) -> str:
        """Who has issued them."""

    @property
    def client(self) -> "IssuerClient | None":
        """With what the console signs people in there itself; None where others do that."""

    def person(self, token: str) -> Person:
        """Whom a token lets in. Raises TokenError, PeopleError."""


def is_jwt(token: str) -> bool:
    """Whether a token is of the form of a provider's; those of the file have no dots."""
    return token.count(".") == 2  # noqa: PLR2004 - three parts


class _Row(msgspec.Struct):
    """A person as the file has it."""

    name: str
    role: Role | None
    payer: str
    token_sha256: str


_people = msgspec.json.Decoder(tuple[_Row, ...])


class People:
    """The people of one desk, as its file says them now."""

    def __init__(self, folder: Path, provider: Provider | None = None) -> None:
        """Take the desk's folder, and who knows people beside the file."""
        self._folder, self._file, self._provider = folder, folder / PEOPLE, provider

    def anybody(self) -> bool:
        """Whether somebody can sign in. Raises PeopleError."""
        return self._provider is not None or bool(self.all())

    @property
    def issuer(self) -> str:
        """The identity provider whose tokens let people in; empty where there is none."""
        return self._provider.issuer if self._provider else ""

    @property
    def client(self) -> "IssuerClient | None":
        """With what the console sends browsers to the provider; None where it does not."""
        return self._provider.client if self._provider else None

    def all(self) -> Sequence[Person]:
        """Everybody, in the order in which they were added. Raises PeopleError."""
        try:
            return _read(self._file.read_bytes(), self._file)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise PeopleError(_unread(self._file, error)) from None

    def named(self, name: str) -> Person | None:
        """The person of a name; None where there is none."""
        return next((person for person in self.all() if person.is_same(name)), None)

    def by_token(self, token: str) -> Person | None:
        """Whose token it is; None where it is nobody's. Raises TokenError for a provider's that does not hold."""
        if self._provider and is_jwt(token):
            return self._provider.person(token)
        given, found = _hash(token), None
        for person in self.all():  # all are compared: how long it takes says nothing
            if compare_digest(person.token_sha256, given):
                found = person
        return found

    def add(self, fund: Fund, name: str, role: str | None, payer: str) -> str:
        """Add a person; gives the token, which is kept nowhere. Raises Wrong, PeopleError."""
        named = " ".join(name.split())
        if not named or len(named) > LONGEST_NAME or not named.isprintable():
            raise Wrong(f"a name has 1 to {LONGEST_NAME} letters, not {name!r}")
        if role is not None and role not in ROLES:
            raise Wrong(f"role {role} is none: give {', '.join(ROLES)}")
        if role == "ministry":
            payer = ""
        elif fund.payer(payer) is None:
            raise Wrong(f"payer {payer} is none of {', '.join(each.code for each in fund.payers)}")
        if role == "planner" and payer != fund.state_payer:
            raise Wrong(f"a planner is of {fund.state_payer}: the budget is the whole fund's")
        token = secrets.token_urlsafe(32)
        with self._writing():
            if self.named(named):
                raise PeopleError(f"{named} is there already: psdf people remove {named!r} takes the old one away")
            person = Person(name=named, role=role, payer=payer, token_sha256=_hash(token))
            self._write([*self.all(), person])
        return token

    def remove(self, name: str) -> None:
        """Take a person away. Raises PeopleError for one who is not there."""
        with self._writing():
            if self.named(name) is None:
                raise PeopleError(f"{name} is not there; psdf people list shows who is")
            self._write([person for person in self.all() if not person.is_same(name)])

    def bring(self, content: bytes) -> bool:
        """Take the file of a back-up where there is none; False where there is one, which stays. Raises PeopleError."""
        with self._writing():
            if self._file.exists():
                return False
            self._write(_read(content, self._file))
        return True

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Two commands at once change the file one after the other."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise PeopleError(f"{self._file}: {error.strerror}") from error

    def _write(self, people: Sequence[Person]) -> None:
        new = self._file.with_suffix(".new")
        rows = [_Row(each.name, each.role, each.payer, each.token_sha256) for each in people]
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(rows)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file)


def _read(content: bytes, file: Path) -> tuple[Person, ...]:
    """The people of a file. Raises PeopleError."""
    try:
        return tuple(Person(**msgspec.structs.asdict(row)) for row in _people.decode(content))
    except (msgspec.MsgspecError, ValueError) as error:
        raise PeopleError(_unread(file, error)) from None


def _unread(file: Path, error: Exception) -> str:
    return f"{file} can't be read: {error}; psdf people makes it"


def _hash(token: str) -> str:
    return sha256(token.encode(errors="surrogatepass")).hexdigest()
