"""What the desk confirmed goes to the fund: over its HTTP where it runs, else into its home, as the commands do."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

import httpx
import msgspec

from shared.desk.acts import ACTS
from shared.desk.desk import Desk
from shared.desk.dry import Understood, understood
from shared.desk.events import Answered
from shared.desk.home import JOURNAL, open_desk
from shared.desk.matters import Matter
from shared.edge.again import keys_of
from shared.edge.signatures import Signatures, as_it_came
from shared.engine.faults import Broken
from shared.explain.results import Answer, answers
from shared.journal.home import Home, holder, reading
from shared.journal.parked import dismiss
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.reason import Reason
from shared.kernel.stop import Stop
from shared.runtime.settings import Settings

if TYPE_CHECKING:
    from shared.engine.outbox import Message
    from shared.runtime.embedded import Stack

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(60.0, connect=5.0)
AGAIN_S = 5.0
"""How often what could not be sent is sent again, in seconds."""
Publish: TypeAlias = "Callable[[Stack], Awaitable[Sequence[Message]]]"
EVENT = "application/cloudevents+json"
ANSWERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Sender:
    """Sends what was confirmed, and keeps what the fund answers. What is sent twice is taken once."""

    def __init__(self, settings: Settings, home: Home, fund: Fund) -> None:
        """Take where the fund is."""
        self.settings, self.home, self.fund = settings, home, fund
        self.check = as_it_came(Signatures(lambda: keys_of(home)), settings.moment)
        self._sending = threading.Lock()

    def send(self, desk: Desk, matter: Matter) -> Matter:
        """Send one, and keep the answer. Raises Stop where the fund can't take it now: it is sent again later.

        Who is sending it already, in another thread, is waited for: a home is held by one at a time.
        """
        with self._sending:
            asyncio.run(desk.load())
            matter = desk.matter(matter.id)
            if matter.stage != "confirmed":
                return matter
            answered = self._of_event(matter) if ACTS[matter.act].is_event else self._of_parked(matter)
            return asyncio.run(desk.answered(answered, datetime.now(VILNIUS)))

    def send_all(self) -> None:
        """Send all that was confirmed and has no answer yet. Raises Stop where some of it can't be."""
        if not (self.home.desk / JOURNAL).is_file():
            return
        left: list[Stop] = []
        with open_desk(self.home, self.fund) as desk:
            asyncio.run(desk.load())
            for matter in desk.unsent():
                try:
                    self.send(desk, matter)
                except Stop as error:
                    left.append(error)
        if left:
            raise left[0]

    def hurry(self, notice_no: str) -> None:
        """Have the fund that runs try a letter now. Where it does not answer, the letter is tried by itself."""
        _, url = holder(self.home)
        if url:
            with suppress(OSError, httpx.HTTPError):
                self._posted(f"{url}/notices/{quote(notice_no)}/try", b"{}", "application/json")

    # --- an event

    def _of_event(self, matter: Matter) -> Answered:
        raw = matter.raw.encode()
        answer = self._given(
            lambda url: self._post(f"{url}/desk", raw, EVENT), lambda stack: stack.publish([raw], own=True), raw
        )
        reasons = tuple(msgspec.convert(each, Reason, strict=False) for each in answer.reasons or ())
        told = (answer.error,) if answer.error else ()
        outcome = "taken" if answer.outcome == "queued" else answer.outcome  # no embedded fund queues
        return Answered(matter=matter.id, outcome=outcome, reasons=reasons, told=told)

    # --- parked messages

    def _of_parked(self, matter: Matter) -> Answered:
        told = []
        found = understood(self.home, ACTS[matter.act], matter.said, self.check)
        if matter.act == "dismiss":
            dismiss(self.home, [each.id for each in found if not each.fault])
            told = [each.fault or f"{each.id} dismissed" for each in found]
            return Answered(matter=matter.id, outcome="done", told=tuple(told))
        for each in found:
            told.append(each.fault or self._released(each))
        return Answered(matter=matter.id, outcome="done", told=tuple(told))

    def _released(self, parked: Understood) -> str:
        answer = self._given(
            lambda url: self._post(f"{url}/parked/{quote(parked.id)}/release", b"{}", "application/json"),
            lambda stack: stack.publish([parked.raw], own=True),
            parked.raw,
        )
        return f"{parked.id} {answer.type} {answer.outcome}" + (f": {answer.error}" if answer.error else "")

    # --- the two ways

    def _given(self, there: Callable[[str], Answer], publish: Publish, raw: bytes) -> Answer:
        """The fund's answer: from where it runs, or given here where nobody holds the home."""
        from shared.runtime.reach import reach  # a whole fund: loaded by who gives an answer here

        async def here(stack: "Stack") -> Answer:
            told = await publish(stack)
            (answer,) = answers([raw], told, stack.engine("invoicing"), lambda: reading(self.home))
            return answer

        return reach(self.settings, self.home, self.fund, here, there)

    def _post(self, url: str, body: bytes, kind: str) -> Answer:
        try:
            answer = self._posted(url, body, kind)
        except (OSError, httpx.HTTPError) as error:
            raise Stop(f"{url} does not answer ({str(error) or type(error).__name__}); it is sent again") from None
        try:
            said = ANSWERS.decode(answer.content)
        except (msgspec.MsgspecError, ValueError):
            raise Stop(f"{url} answers {answer.status_code}: {answer.text[:200]}; it is sent again") from None
        if "answers" not in said:
            raise Stop(f"{url} answers {answer.status_code}: {answer.json().get('detail', answer.text[:200])}")
        return msgspec.json.decode(said["answers"], type=tuple[Answer])[0]

    def _posted(self, url: str, body: bytes, kind: str) -> httpx.Response:
        token = self.home.operator_token.read_text(encoding="utf-8")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        return httpx.post(url, content=body, headers=headers, timeout=TIMEOUT)


async def send_again(sender: Sender) -> None:
    """Send what could not be sent, again and again, until it is cancelled."""
    while True:
        try:
            await asyncio.to_thread(sender.send_all)
        except Stop as error:
            log.warning("desk: %s", error)
        except Broken:
            log.exception("desk: nothing more is sent")
            return
        await asyncio.sleep(AGAIN_S)
