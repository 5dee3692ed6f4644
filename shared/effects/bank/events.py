"""What happens at the bank's desk: facts that are kept in its journal, each before the act that it names.

Money is in euro cents, days are legal days in Vilnius, moments have their offset.
"""

from datetime import date
from typing import ClassVar, Literal, TypeAlias

from shared.kernel.money import Cents
from shared.kernel.value import value

Kind: TypeAlias = Literal["payment", "transfer", "return"]
"""A payment to a provider or Sodra, a transfer to the reserve (9, 10), a balance that returns to the VLK (25)."""


@value
class ProviderNamed:
    """A provider's registered name: its bank compares it with the name in the order."""

    type: ClassVar[str] = "bank.provider_named"
    provider_code: str
    name: str


@value
class OrderCollected:
    """The fund ordered a sum, which waits for its file. ``about``: the invoice, the year and kind, the payer's year."""

    type: ClassVar[str] = "bank.order_collected"
    order_id: str
    kind: Kind
    payer: str
    source: str
    about: str
    creditor: str
    iban: str
    amount_cents: Cents
    on: date
    end_to_end_id: str


@value
class OrderWithdrawn:
    """The fund knows from elsewhere what became of an order that is in no file, or not heard yet: it goes into none."""

    type: ClassVar[str] = "bank.order_withdrawn"
    order_id: str
    outcome: Literal["executed", "rejected"]


@value
class Refused:
    """An order that no bank takes: it is in no file."""

    order_id: str
    reason: str


@value
class FileSealed:
    """The file of an account: its bytes are never built again. ``approvals`` is how many persons must approve it."""

    type: ClassVar[str] = "bank.file_sealed"
    file_id: str
    payer: str
    source: str
    iban: str
    on: date
    orders: tuple[str, ...]
    sum_cents: Cents
    approvals: int
    content: bytes
    sha256: str
    refused: tuple[Refused, ...]
    told: tuple[str, ...]


@value
class FileApproved:
    """A person looked at a file and lets it go; ``sha256`` is what was looked at.

    ``identity`` is who an identity provider says that it is (``iss`` and ``sub``); None of a name that was typed.
    """

    type: ClassVar[str] = "bank.file_approved"
    left_out: ClassVar[tuple[str, ...]] = ("identity",)
    file_id: str
    by: str
    sha256: str
    identity: str | None = None


@value
class FileLeaves:
    """The file is about to be handed to the bank; after a crash nobody knows whether it was."""

    type: ClassVar[str] = "bank.file_leaves"
    file_id: str


@value
class FileSent:
    """The bank has the file, or its folder has; ``receipt`` is what the carrier said."""

    type: ClassVar[str] = "bank.file_sent"
    file_id: str
    receipt: str


@value
class OrderAnswered:
    """What became of an order, on the bank's day."""

    order_id: str
    outcome: Literal["executed", "rejected", "returned"]
    on: date
    reason: str


@value
class Credited:
    """Money that came to an account of ours from elsewhere; ``reference`` is the bank's own."""

    iban: str
    reference: str
    amount_cents: Cents
    on: date
    value_on: date


@value
class StatementTaken:
    """An account's day as the bank closed it; ``ours_cents`` is what the fund was told of it."""

    iban: str
    number: int
    on: date
    closing_cents: int
    ours_cents: int


@value
class AnswerTaken:
    """A file of the bank was read, once for ever by its digest.

    ``acknowledged`` are files that it has, ``early`` are returns of what is not told executed yet, ``aside`` is what a
    person must look at. ``told`` are the events that follow, as they are told.
    """

    type: ClassVar[str] = "bank.answer_taken"
    sha256: str
    name: str
    kind: str
    acknowledged: tuple[str, ...]
    answered: tuple[OrderAnswered, ...]
    early: tuple[OrderAnswered, ...]
    credits: tuple[Credited, ...]
    statements: tuple[StatementTaken, ...]
    aside: tuple[str, ...]
    told: tuple[str, ...]


@value
class AnswerRefused:
    """A file that came from the bank could not be taken, for the reason; it may be given again."""

    type: ClassVar[str] = "bank.answer_refused"
    sha256: str
    name: str
    reason: str


@value
class Settled:
    """A person has looked at what was set aside, and says what came of it."""

    type: ClassVar[str] = "bank.settled"
    number: int
    by: str
    word: str


@value
class OrderRepeated:
    """A person orders once more what the bank did not carry out, and what the fund does not order again by itself."""

    type: ClassVar[str] = "bank.order_repeated"
    order_id: str
    by: str
    new_order_id: str
    end_to_end_id: str


Event: TypeAlias = (
    ProviderNamed
    | OrderCollected
    | OrderWithdrawn
    | FileSealed
    | FileApproved
    | FileLeaves
    | FileSent
    | AnswerTaken
    | AnswerRefused
    | Settled
    | OrderRepeated
)
