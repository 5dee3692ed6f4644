"""What a service remembers to keep an invoice in one trace: where it entered, and which decision prepared a notice."""

import logging
from collections.abc import Iterable

import msgspec

from shared.engine.journal import Commit
from shared.events.internal import NoticePrepared
from shared.runtime.telemetry_context import valid

log = logging.getLogger(__name__)

MOST_INVOICES = 100_000
"""Of which a service remembers the trace; the oldest are forgotten first."""

UNTRACED = ""
"""The home of an invoice that entered while nobody traced: nothing later becomes it."""


class Memory:
    """The memory of one service in one process. It is recalled at start: a decision is stored with its traceparent."""

    def __init__(self, most: int = MOST_INVOICES) -> None:
        self._most = most
        self._homes: dict[str, str] = {}
        self._notices: dict[str, str] = {}
        self.recalled = False

    def __contains__(self, invoice_id: object) -> bool:
        return invoice_id in self._homes

    def home(self, invoice_id: str | None) -> str | None:
        """The decision with which an invoice entered the service; None where it is not known, or was not traced."""
        return (self._homes.get(invoice_id) or None) if invoice_id else None

    def notice(self, notice_no: str | None) -> str | None:
        """The decision that prepared a notice; None where it is not known, or was not traced."""
        return (self._notices.get(notice_no) or None) if notice_no else None

    def enter(self, invoice_id: str, traceparent: str) -> None:
        """Remember where an invoice entered."""
        self._homes[invoice_id] = traceparent
        if len(self._homes) > self._most:
            del self._homes[next(iter(self._homes))]

    def prepare(self, notice_no: str, traceparent: str) -> None:
        """Remember what prepared a notice."""
        self._notices[notice_no] = traceparent

    def forget(self, invoices: Iterable[str]) -> None:
        """Forget what did not become durable."""
        for invoice_id in invoices:
            self._homes.pop(invoice_id, None)

    def recall(self, commit: Commit) -> None:
        """Learn from a stored commit; the first decision on an invoice is where it entered."""
        try:
            decisions = _stored.decode(commit.body)
        except msgspec.MsgspecError as error:
            log.warning("%s %d: the traces of its invoices are not recalled: %s", commit.stream, commit.version, error)
            return
        for decision in decisions:
            for entry in decision.events:
                traceparent = valid(entry.traceparent) or valid(decision.traceparent) or UNTRACED
                if entry.data.invoice_id and entry.data.invoice_id not in self._homes:
                    self.enter(entry.data.invoice_id, traceparent)
                if entry.type == NoticePrepared.type and entry.data.notice_no:
                    self.prepare(entry.data.notice_no, traceparent)


class _About(msgspec.Struct):
    invoice_id: str | None = None
    notice_no: str | None = None


class _Said(msgspec.Struct):
    type: str
    data: _About
    traceparent: str | None = None


class _Stored(msgspec.Struct):
    """As much of a stored decision as tells whose trace it is of."""

    events: tuple[_Said, ...]
    traceparent: str | None = None


_stored = msgspec.json.Decoder(tuple[_Stored, ...])
