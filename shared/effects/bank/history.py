"""What became of one order at the bank's desk, out of its journal: its file, who approved that, when it left."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from shared.effects.bank.desk import STREAM
from shared.effects.bank.events import AnswerTaken, Event, FileApproved, FileSealed, FileSent, StatementTaken
from shared.engine.codec import Codec, decode_decisions
from shared.engine.journal import Store


@dataclass(slots=True)
class Handled:
    """An order's file: as it was sealed, who approved it when, when it was sent, the statement of its day."""

    sealed: FileSealed
    approved: list[tuple[str, datetime]] = field(default_factory=list)
    by_signed_in: bool = False
    sent_at: datetime | None = None
    receipt: str = ""
    statement: StatementTaken | None = None


async def handled(store: Store, order_ids: set[str]) -> dict[str, Handled]:
    """What became of these orders; one that is in no file yet is left out. Raises Unavailable."""
    found: dict[str, Handled] = {}
    files: dict[str, Handled] = {}
    executed: set[str] = set()
    async for event, moment in _events(store):
        match event:
            case FileSealed() if order_ids & set(event.orders):
                files[event.file_id] = Handled(event)
                found |= dict.fromkeys(order_ids & set(event.orders), files[event.file_id])
            case FileApproved() if event.file_id in files:
                file = files[event.file_id]
                if event.identity and not file.by_signed_in:
                    file.approved, file.by_signed_in = [], True  # as File.counted
                file.approved.append((event.by, moment))
            case FileSent() if event.file_id in files:
                files[event.file_id].sent_at, files[event.file_id].receipt = moment, event.receipt
            case AnswerTaken():
                executed |= {each.order_id for each in event.answered if each.outcome == "executed"}
                for order_id in found.keys() & executed:
                    file = found[order_id]
                    days = [each for each in event.statements if each.iban == file.sealed.iban]
                    file.statement = file.statement or next((d for d in days if d.on >= file.sealed.on), None)
            case _:
                pass
    return found


async def _events(store: Store) -> AsyncIterator[tuple[Event, datetime]]:
    codec = Codec(Event)
    async for commit in store.read(STREAM, 0):
        for decision in decode_decisions(commit.body):
            for entry in decision.events:
                yield codec.decode(entry), datetime.fromisoformat(decision.moment)
