"""What can go wrong, as one tree: each error is a message to a person."""

from typing import Any


class ProviderError(Exception):
    """Whatever the kit raises on purpose: what, where, and what to do."""


class FileError(ProviderError):
    """A file of invoices, a key or an outbox that can't be used."""


class SignatureError(ProviderError):
    """A signature that does not hold, or none where one is needed."""


class NotReached(ProviderError):  # noqa: N818 - what is so
    """The door could not be reached, or had no time, for as long as was asked: nothing is lost, try again later."""


class NotTaken(ProviderError):  # noqa: N818 - what is so
    """The door answered that trying again as it is will not help.

    ``status`` is the HTTP status, ``problem`` the body by RFC 9457, where it was one.
    """

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status}: {problem.get('detail') or problem.get('title') or 'no reason was given'}")
        self.status, self.problem = status, problem
