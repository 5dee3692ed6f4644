"""Webhooks: a source is called when the fund has said something to it (Standard Webhooks, Ed25519, ``v1a``).

A call is thin: what was said, about what, and where to read it; nothing of it is a secret. Calls of a source go out one
after another, each until it is answered with 2xx: after a pause that grows to a day, and for five days at most. Then,
or after 410, the source is not called any more, an alarm says so, and it reads its answers by its cursor as before; two
persons who register it anew begin where it was.
"""

import asyncio
import base64
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
import msgspec

from shared.edge.answers import Library
from shared.edge.book import Item, text_of
from shared.edge.calls import Call, Progress
from shared.edge.keys import OwnKey
from shared.edge.outward import NotAllowed, Outward
from shared.engine.faults import Conflict, Unavailable
from shared.engine.outbox import Message
from shared.engine.waiting import Backoff
from shared.engine.webhooks import Webhook, Webhooks
from shared.events.webhooks import networks_of
from shared.journal.home import HomeError

log = logging.getLogger(__name__)

AT_ONCE = 20
"""Answers of one source that are read from the book at a time."""


@dataclass(frozen=True)
class Patience:
    """How long is waited after each failure, in seconds, up to a half less by chance; and when it is given up."""

    pauses_s: Sequence[float] = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
    give_up: timedelta = timedelta(days=5)

    def pause_s(self, tries: int) -> float:
        """How long to wait after so many tries that failed."""
        full_s = self.pauses_s[min(tries, len(self.pauses_s)) - 1]
        return Backoff(full_s, full_s).next_s()


class WebhookCalls:
    """Calls the sources; a listener of the fund. ``library`` is asked for when there is a webhook."""

    def __init__(
        self,
        webhooks: Callable[[], Webhooks],
        library: Callable[[], Library],
        own: OwnKey,
        progress: Progress,
        outward: Outward,
        patience: Patience | None = None,
    ) -> None:
        self._webhooks, self._library, self._own, self._progress = webhooks, library, own, progress
        self._outward, self._patience = outward, patience or Patience()
        self._changed = asyncio.Event()
        self._tasks: dict[str, tuple[Webhook, asyncio.Task[None]]] = {}
        self._calls: dict[str, Call] = {}

    def listen(self, _messages: Sequence[Message]) -> None:
        """Something was told."""
        self.look()

    def look(self) -> None:
        """Something may have been registered."""
        self._changed.set()

    def disabled(self) -> int:
        """How many are not called any more."""
        known = self._webhooks().by_source
        return sum(call.disabled for call in self._calls.values() if call.source in known)

    async def run(self) -> None:
        """Call whoever is registered, until it is cancelled."""
        self._changed.set()
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                await self._follow_registry()
        finally:
            await self._stop(*self._tasks)

    async def _follow_registry(self) -> None:
        """Begin with what was registered, and end with what was removed."""
        wanted = self._webhooks().by_source
        await self._stop(*(source for source, (webhook, _) in self._tasks.items() if wanted.get(source) != webhook))
        for source, webhook in wanted.items():
            if source not in self._tasks:
                self._tasks[source] = (webhook, asyncio.create_task(self._serve(webhook)))

    async def _stop(self, *sources: str) -> None:
        ended = [self._tasks.pop(source)[1] for source in sources]
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)

    async def _serve(self, webhook: Webhook) -> None:
        """Tell one source everything, as it comes; where disk or store give nothing, again after a while."""
        backoff = Backoff()
        while True:
            try:
                await self._tell_all(webhook)
            except (HomeError, sqlite3.Error, Unavailable, Conflict) as error:
                log.warning("webhook of %s: %s", webhook.source, error)
                await backoff.wait()
            else:
                return

    async def _tell_all(self, webhook: Webhook) -> None:
        """Tell until it is disabled. Raises HomeError, sqlite3.Error, Unavailable, Conflict."""
        library = self._library()
        await library.fresh()
        call = await self._progress.of(webhook, text_of(await asyncio.to_thread(library.book.next)))
        self._calls[webhook.source] = call
        while not call.disabled:
            if call.next_at:
                await asyncio.sleep((call.next_at - datetime.now(UTC)).total_seconds())
            news = library.news.next()
            await library.fresh()
            page = await asyncio.to_thread(library.book.page, webhook.source, call.cursor, AT_ONCE)
            for item in page.items:
                await self._tell(webhook, call, item)
                await self._progress.keep(call)
                if call.tries:
                    break
            if not page.items:
                await news.wait()

    async def _tell(self, webhook: Webhook, call: Call, item: Item) -> None:
        """Call once, and note what came of it."""
        body, headers = signed(item, call.cursor, self._own, datetime.now(UTC))
        status, fault, later_s = 0, "", 0.0
        try:
            status, answered = await self._outward.post(webhook.url, body, headers, networks_of(webhook.networks))
            fault = f"it answered {status}"
            with suppress(ValueError):
                later_s = float(answered.get("Retry-After", "0"))
        except (NotAllowed, httpx.HTTPError, TimeoutError, OSError) as error:
            fault = f"{type(error).__name__}: {error}"
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            call.cursor, call.tries, call.failing_since, call.next_at, call.fault = item.cursor, 0, None, None, None
            return
        now = datetime.now(UTC)
        call.tries, call.fault, call.failing_since = call.tries + 1, fault[:200], call.failing_since or now
        pause_s = max(self._patience.pause_s(call.tries), min(later_s, self._patience.pauses_s[-1]))
        call.next_at = now + timedelta(seconds=pause_s)
        call.disabled = status == HTTPStatus.GONE or now - call.failing_since >= self._patience.give_up
        level = logging.ERROR if call.disabled else logging.WARNING
        said = "is not called any more" if call.disabled else f"is called again in {pause_s:.0f} seconds"
        log.log(level, "webhook of %s at %s, try %d: %s; it %s", call.source, webhook.url, call.tries, fault, said)


def signed(item: Item, before: str, own: OwnKey, now: datetime) -> tuple[bytes, dict[str, str]]:
    """The body of a call and its headers: ``webhook-id`` is the event's own, the same however often it is sent."""
    event: dict[str, Any] = msgspec.json.decode(item.raw)
    data = {"id": event["id"], "subject": event.get("subject"), "invoice_id": event["data"].get("invoice_id")}
    said = {name: value for name, value in data.items() if value}
    read = f"/answers?{httpx.QueryParams({'after': before, 'limit': '1'})}"
    body = msgspec.json.encode({"type": event["type"], "timestamp": event["time"], "data": {**said, "answers": read}})
    at = str(int(now.timestamp()))
    signature = base64.b64encode(own.sign(f"{event['id']}.{at}.".encode() + body)).decode()
    return body, {
        "Content-Type": "application/json",
        "User-Agent": "psdf-webhooks",
        "webhook-id": event["id"],
        "webhook-timestamp": at,
        "webhook-signature": f"v1a,{signature}",
    }
