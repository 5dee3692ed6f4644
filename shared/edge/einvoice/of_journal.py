"""The embedded stack behind the door for e-invoices: its journal and its folder."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from shared.edge.einvoice.into_event import Terms
from shared.edge.einvoice.kept import Kept
from shared.edge.einvoice.story import Standing, standing_in
from shared.edge.signatures import Signatures, at_arrival
from shared.engine.engine import Engine
from shared.engine.outbox import Message
from shared.explain.results import Answers, no_fault
from shared.journal.home import Home
from shared.kernel.fund import Fund

if TYPE_CHECKING:
    from services.invoicing.state import State


class FundHere(Protocol):
    """The running fund, as far as it is needed here."""

    home: Home
    fund: Fund
    moment: Literal["arrival", "event"]
    signatures: Signatures

    async def publish(self, raws: Sequence[bytes], *, own: bool = False) -> list[Message]:
        """Take messages from outside; all that was told because of them. ``own``: their sender is known already."""

    def engine(self, service: str) -> Engine:
        """One service's streams, to look at."""


class OfJournal:
    """A fund of this process."""

    def __init__(self, here: FundHere) -> None:
        self._here, self.fund, self.moment = here, here.fund, here.moment
        self.documents = Kept(here.home)

    async def terms(self, seller: str, contract_id: str) -> Terms | None:
        """What invoicing knows of a contract; read on the loop, where it is changed."""
        state: State = self._here.engine("invoicing").state(f"provider:{seller}")
        contract = state.contracts.get(contract_id)
        if contract is None:
            return None
        terms = contract.terms
        return Terms(article=terms.article, source=terms.source, iban=terms.iban, payment_days=terms.payment_days)

    async def bring(self, event: bytes, *, own: bool) -> str | None:
        """Publish an event; why it was laid aside (of a year that is closed, for one). Raises Broken."""
        told = await self._here.publish([event], own=own)
        fault_of = no_fault if own else at_arrival(self._here.signatures, self.moment)
        answers = Answers(told, self._here.engine("invoicing"), fault_of)
        answers.add(event)
        (answer,) = answers.given
        return answer.error if answer.outcome == "parked" else None

    async def standing(self, invoice_id: str, document: str | None) -> Standing | None:
        """How an invoice stands, by the journal. Raises HomeError, sqlite3.Error."""
        return await asyncio.to_thread(standing_in, self._here.home, invoice_id, document)
