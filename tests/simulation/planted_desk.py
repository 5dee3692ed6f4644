"""Faults of the bank's desk and of the clock that the simulation must find, as those in ``planted.py``."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import patch

from shared.adapters.bank.carrier import Incoming
from shared.adapters.bank.orders import BankUnavailable
from shared.effects import clock
from shared.effects.bank.cluster import KafkaDesk
from shared.effects.bank.desk import Desk
from shared.effects.bank.events import FileLeaves, FileSent, OrderWithdrawn
from shared.kernel.calendar import DAY, VILNIUS, day_of, midnight
from tests.simulation.planted import planted


@planted
def a_files_bytes_are_built_again() -> Iterator[None]:
    """Each time it leaves, as with a clock in it."""
    send, tries = Desk.send, list[None]()

    async def anew(self: Desk, now: datetime) -> None:
        carrier = self._carrier
        assert carrier is not None

        class Anew:
            async def send(self, file_id: str, content: bytes) -> str:
                tries.append(None)
                return await carrier.send(file_id, content + b"<!-- %d -->" % len(tries))

        with patch.object(self, "_carrier", Anew()):
            await send(self, now)

    with patch.object(Desk, "send", anew):
        yield


@planted
def sealed_again_after_a_crash() -> Iterator[None]:
    """A file that was about to leave when its desk died is made anew, with another number."""
    load = Desk.load

    async def forget(self: Desk) -> None:
        first = not self._stream.version
        await load(self)
        for file_id, file in list(self.state.files.items()) if first and self._carrier else ():
            if file.leaves and not file.sent_at:
                del self.state.files[file_id], self.state.open_files[file_id]
                for order_id in file.sealed.orders:
                    self.state.orders[order_id].file_id = None
                    self.state.waiting[order_id] = None

    with patch.object(Desk, "load", forget):
        yield


@planted
def orders_are_acknowledged_before_they_are_kept() -> Iterator[None]:
    receive = KafkaDesk._receive

    async def too_early(self: KafkaDesk, message: Any) -> None:  # noqa: ANN401
        await message.ack()
        await receive(self, message)

    with patch.object(KafkaDesk, "_receive", too_early):
        yield


@planted
def an_answer_is_put_away_before_it_is_kept() -> Iterator[None]:
    take = Desk.take_all

    async def too_early(self: Desk, now: datetime) -> None:
        if self._carrier is not None:
            carrier = self._carrier
            came = await carrier.incoming()
            for each in came:
                await carrier.put_away(each, None)
            with patch.object(self, "_carrier", _Held(came)):
                await take(self, now)

    with patch.object(Desk, "take_all", too_early):
        yield


class _Held:
    def __init__(self, came: Sequence[Incoming]) -> None:
        self._came = came

    async def incoming(self) -> Sequence[Incoming]:
        return self._came

    async def put_away(self, incoming: Incoming, refusal: str | None) -> None:
        """It is put away already."""


@planted
def what_was_answered_is_not_told() -> Iterator[None]:
    """Marked as told before the broker has it."""
    tell = Desk.tell

    async def mark_first(self: Desk, publish: Any) -> int:  # noqa: ANN401
        if self._stream.version:
            await self._store.mark({"bank": self._stream.version})
            await self._store.mark({})
        return await tell(self, publish)

    with patch.object(Desk, "tell", mark_first):
        yield


@planted
def sent_is_said_before_it_leaves() -> Iterator[None]:
    send = Desk.send

    async def too_early(self: Desk, now: datetime) -> None:
        await self.load()
        for file_id in list(self.state.open_files):
            file = self.state.files[file_id]
            if not file.sent_at and len(file.approved_by) >= file.sealed.approvals:
                for event in (FileLeaves(file_id=file_id), FileSent(file_id=file_id, receipt="soon")):
                    await self._stream.append(lambda event=event: self._unless_gone(event), now, file_id)  # type: ignore[misc]
                assert self._carrier is not None
                with suppress(BankUnavailable):
                    await self._carrier.send(file_id, file.sealed.content)
        await send(self, now)

    with patch.object(Desk, "send", too_early):
        yield


@planted
def one_person_is_enough() -> Iterator[None]:
    """Of the file that leaves, one approval is asked; its journal still says two."""
    send = Desk.send

    async def hasty(self: Desk, now: datetime) -> None:
        await self.load()
        for file in self.state.files.values():
            if file.approved_by:
                file.sealed = replace(file.sealed, approvals=1)
        await send(self, now)

    with patch.object(Desk, "send", hasty):
        yield


@planted
def an_outcome_before_its_order_is_forgotten() -> Iterator[None]:
    """As it was: topics are heard in no order between them, and what was paid otherwise was paid again."""
    withdrawn = Desk._is_withdrawn_by

    def known(self: Desk, event: OrderWithdrawn, gone: set[str]) -> bool:
        return event.order_id in self.state.orders and withdrawn(self, event, gone)

    with patch.object(Desk, "_is_withdrawn_by", known):
        yield


async def _sleeps_after_telling(tell: Any, longest_s: float) -> None:  # noqa: ANN401
    """The clock as it was: a day that is told is told, whatever became of it."""
    while True:
        today = day_of(clock.datetime.now(VILNIUS))
        await tell(clock.day_started(today))
        until = midnight(today + DAY) + clock.AFTER_MIDNIGHT
        while (left_s := (until - clock.datetime.now(VILNIUS)).total_seconds()) > 0:  # noqa: ASYNC110 - a clock
            await asyncio.sleep(min(left_s, longest_s))


@planted
def a_clock_without_guard() -> Iterator[None]:
    """It sleeps until midnight in one go, and its clock is set meanwhile."""
    with patch("shared.runtime.cluster.tell_days", lambda tell: _sleeps_after_telling(tell, 86_400.0)):
        yield


@planted
def a_day_that_is_told_early_is_not_told_again() -> Iterator[None]:
    """It wakes up, and forgets that the day it has told may have been another's."""
    with patch("shared.runtime.cluster.tell_days", lambda tell: _sleeps_after_telling(tell, clock.LONGEST_SLEEP_S)):
        yield
