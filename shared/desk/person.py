"""A person who works at the desk: name, role and payer; who of two names is one; why a token lets nobody in."""

from datetime import datetime
from typing import Literal, TypeAlias, get_args

from shared.events.keys import as_seen
from shared.kernel.stop import Stop
from shared.kernel.value import value

Role: TypeAlias = Literal["clerk", "contracts", "planner", "second", "director", "ministry", "auditor", "operator"]
ROLES: tuple[Role, ...] = get_args(Role)


class TokenError(Stop):
    """A provider's token that lets nobody in: why."""


class PeopleError(Stop):
    """The file of people can't be used, or says otherwise: what, and what to do."""


@value
class Person:
    """Somebody: ``role`` is None for who may sign in and do nothing yet, ``payer`` for whom the person acts.

    The state payer's people see what all propose; an empty one is the ministry's. ``identity`` is who a provider says
    that it is (``iss`` and ``sub``), ``until`` how long it says so; both are empty for who is in the file. Where the
    fund asks for a sign-in of now before something is confirmed, ``sure_until`` is how long this one is.
    """

    name: str
    role: Role | None
    payer: str
    token_sha256: str
    identity: str = ""
    until: datetime | None = None
    sure_until: datetime | None = None

    def is_same(self, name: str, identity: str | None = None) -> bool:
        """Whether this person did it: by identity where there are two, else by name, however it is written."""
        return is_one(self.name, self.identity, name, identity)


def is_one(name: str, identity: str | None, other_name: str, other_identity: str | None) -> bool:
    """Whether two are one person: two of a provider's are told apart by it, all others by their names."""
    if identity and other_identity:
        return identity == other_identity
    return as_seen(name) == as_seen(other_name)


def named(name: str, identity: str | None) -> str:
    """A person as a journal names them: with who the provider says that it is, where one does."""
    return f"{name} ({identity})" if identity else name
