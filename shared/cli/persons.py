"""Who stands for what a command does: signed in, where the fund has an identity provider; else a typed name."""

import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import msgspec
import typer

from shared.cli.desk import asks, at_the_desk
from shared.cli.screen import say
from shared.desk.acts import DEEDS
from shared.desk.person import Person, named
from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop, Wrong
from shared.runtime.people import people_as_set
from shared.runtime.settings import Settings

ByOption: TypeAlias = Annotated[
    str | None, typer.Option("--by", help="who does it, where nobody signs in (PSDF_OIDC)", show_default=False)
]
ApprovedOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--approved-by", help="who has approved it: another person, where nobody signs in", show_default=False
    ),
]


def by_one(settings: Settings, fund: Fund, by: str | None, token: Path | None) -> Person:
    """Who does it; of a typed name the role and the identity are nobody's. Raises Stop, Wrong."""
    if settings.oidc is None:
        return Person(name=_typed(by, "--by"), role=None, payer="", token_sha256="")
    _nothing_typed(by)
    home = Home(path=settings.home)
    return _signed_in(asks(people_as_set(settings, home, fund), token))


def by_two(
    settings: Settings, deed: str, what: bytes, by: str | None, approved_by: str | None, token: Path | None,
    *, of_home: bool,
) -> tuple[str, str] | None:  # fmt: skip
    """Who does it and who has approved it, as the journal names them; None where it waits for the second.

    ``what`` are the bytes on which both agree. Raises Stop, Wrong.
    """
    if settings.oidc is None:
        return _typed(by, "--by"), _typed(approved_by, "--approved-by")
    _nothing_typed(by or approved_by)
    if settings.kafka and not settings.mongo:
        raise Stop("PSDF_MONGO says where the desk is at which two persons agree; it is not set")
    with at_the_desk(settings, token, of_home=of_home) as seat:
        person = _signed_in(seat.person)
        first = asyncio.run(seat.desk.agree(person, DEEDS[deed], what, datetime.now(UTC)))
    if first is None:
        say(f"{person.name} has asked for it: another person types the same command within a day, with another token")
        return None
    return named(first.by, first.identity), named(person.name, person.identity)


def data_of(what: Mapping[str, Any]) -> bytes:
    """Data as bytes on which two agree, the same for the same data."""
    return msgspec.json.encode(what, order="deterministic")


def _signed_in(person: Person) -> Person:
    if not person.identity:
        raise Stop(f"{person.name}'s token is not of the fund's identity provider (PSDF_OIDC): this takes one that is")
    return person


def _nothing_typed(name: str | None) -> None:
    if name:
        raise Wrong("who does it is whose token it is (--token, PSDF_TOKEN), not a typed name: leave --by and such out")


def _typed(name: str | None, option: str) -> str:
    if not name or not name.strip():
        raise Wrong(f"{option} NAME says who does it: the fund has no identity provider (PSDF_OIDC)")
    print(f"{option} {name}: a name as it is typed, nobody has signed in (PSDF_OIDC is not set)", file=sys.stderr)
    return name
