"""``POST /events``: the door for events over HTTP, the same on both stacks.

A stack says only what becomes of what is taken (``Ingress``). Here stands what every sender meets: the content modes,
how much one may send, what nobody may send, and what each event is answered, by the CloudEvents HTTP binding 1.0.2 and
its webhook specification: 200 where all of a request is decided, 202 where something is not decided yet, 422 where
nothing of it was taken.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from http import HTTPStatus
from typing import Protocol

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.edge.body import Room, messages_of
from shared.edge.head import Head, head_of
from shared.edge.peers import peer_of, refusal
from shared.edge.problems import problem
from shared.edge.rates import Rates
from shared.edge.words import PACKAGED, Languages, all_explained
from shared.engine.keys import Keys
from shared.events.clock import DayStarted
from shared.explain.results import Answer

NOT_DAYS = "day.started: the fund's own clock tells the days, nobody over HTTP"
MOST_WAITS = 20
"""Requests of one sender whose answers may be waited for at once: a tenth of all that may be under way."""
STATUS = {"waiting": HTTPStatus.ACCEPTED, "queued": HTTPStatus.ACCEPTED, "parked": HTTPStatus.UNPROCESSABLE_ENTITY}
"""What an event is answered that is not decided, or can't be read; of all others 200."""


class Ingress(Protocol):
    """What takes events that came over HTTP."""

    async def take(self, raws: Sequence[bytes], wait_s: float) -> list[Answer]:
        """Make the events durable, in their order; an answer for each, after at most ``wait_s`` for the undecided."""


class Door:
    """The one door; ``days`` is whether days come with the events, where no clock of the fund's own tells them.

    ``keys`` is the registry, by which a connection is a source's; without it who sends speaks for the fund's people.
    ``known`` says whether anything of a source may be taken at all.
    """

    def __init__(
        self,
        ingress: Ingress,
        *,
        days: bool = False,
        rates: Rates | None = None,
        languages: Languages = PACKAGED,
        keys: Callable[[], Keys] | None = None,
        known: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._keys, self._known = keys, known
        self._ingress, self._days, self._rates, self._room = ingress, days, rates or Rates(), Room()
        self._languages = languages
        self._waits = Counter[str]()

    async def events(self, request: Request) -> Response:
        """``POST /events``: one event, lines, or a batch; answered when all of it is durable.

        ``OPTIONS`` is the webhook's handshake: who may send here, and how much.
        """
        if request.method == "OPTIONS":
            return self._handshake(request)
        with self._room.taken() as place:
            return await self._answered(await messages_of(request, place), request)

    async def again(self, raw: bytes, request: Request) -> Response:
        """Take an event that was parked once more, on a person's word."""
        with self._room.taken() as place:
            place.grow(len(raw))
            place.stay()
            return reply(await self._ingress.take([raw], waited_for(request)), languages=self._languages)

    async def _answered(self, raws: list[bytes], request: Request) -> Response:
        heads = [head_of(raw) for raw in raws]
        if over := self._rates.take(self._sender(request, head.source[:200]) for head in heads):
            sender, seconds = over
            told = f"{sender.partition(' at ')[0]} has sent more events than {self._rates.a_second:g} a second for long"
            return problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"{told}: send it again in {seconds} seconds; nothing of it was taken",
                {"Retry-After": str(seconds)},
            )
        refused = {at: why for at, head in enumerate(heads) if (why := self._why_not(request, head))}
        taken = [raw for at, raw in enumerate(raws) if at not in refused]
        del raws[:]
        with self._waiting(request, heads) as wait_s:
            given = iter(await self._ingress.take(taken, wait_s) if taken else ())
        answers = [_refused(head, refused[at]) if at in refused else next(given) for at, head in enumerate(heads)]
        headers = {"Preference-Applied": f"wait={wait_s:g}"} if wait_s else {}
        return reply(answers, headers, self._languages)

    @contextmanager
    def _waiting(self, request: Request, heads: Sequence[Head]) -> Iterator[float]:
        """The seconds for which a request may wait; who has many that wait is answered at once (RFC 7240 allows it)."""
        wait_s, who = waited_for(request), self._sender(request, heads[0].source[:200] if heads else "")
        if not wait_s or self._waits[who] >= MOST_WAITS:
            yield 0
            return
        self._waits[who] += 1
        try:
            yield wait_s
        finally:
            self._waits[who] -= 1
            if not self._waits[who]:
                del self._waits[who]

    def _sender(self, request: Request, source: str) -> str:
        """Whose bucket an event is of: who only names a source does not use up what that may send from elsewhere."""
        address = request.client.host if request.client else ""
        if not source or not self._known(source):
            return address
        peer = peer_of(request)
        return f"{source} at {peer.keyid if peer else address}"

    def _why_not(self, request: Request, head: Head) -> str | None:
        """Why an event is not taken here, whatever it says; None where it is. What can't be read is nobody's."""
        if head.type == DayStarted.type and not self._days:
            return NOT_DAYS
        return refusal(request, head.source, self._keys()) if self._keys and head.source else None

    def _handshake(self, request: Request) -> Response:
        """Who sends is bound by its signature, not by its origin: each may, at the rate of all."""
        headers = {"Allow": "OPTIONS, POST"}
        if origin := request.headers.get("webhook-request-origin"):
            headers["WebHook-Allowed-Origin"] = origin
            headers["WebHook-Allowed-Rate"] = str(int(self._rates.a_second * 60))
        return Response(status_code=HTTPStatus.OK, headers=headers)


def reply(
    answers: Sequence[Answer], headers: dict[str, str] | None = None, languages: Languages = PACKAGED
) -> Response:
    """The response to a request with events, by what became of each."""
    for answer in answers:
        answer.status = answer.status or STATUS.get(answer.outcome, HTTPStatus.OK)
        answer.reasons = all_explained(answer.reasons, languages)
    if answers and all(answer.status >= HTTPStatus.BAD_REQUEST for answer in answers):
        first = answers[0]
        more = f" (the first of {len(answers)}, of which none was taken)" if answers[1:] else ""
        return problem(first.status, f"{first.error}{more}", headers, answers=answers)
    undecided = not answers or any(answer.status == HTTPStatus.ACCEPTED for answer in answers)
    body = msgspec.json.encode({"answers": answers})
    headers = dict(headers or {})
    if len(answers) == 1 and answers[0].receipt:
        headers["Location"] = answers[0].receipt
    return Response(
        body, HTTPStatus.ACCEPTED if undecided else HTTPStatus.OK, headers=headers, media_type="application/json"
    )


def receipt_of(raw: bytes) -> str:
    """Where the receipt of an event is: under the SHA-256 of its bytes."""
    return f"/receipts/{sha256(raw).hexdigest()}"


MOST_WAIT_S = 60


def waited_for(request: Request) -> float:
    """The seconds of ``Prefer: wait=N`` (RFC 7240), at most a minute; 0 where nothing is preferred."""
    for preference in request.headers.get("prefer", "").split(","):
        name, _, seconds = preference.partition(";")[0].strip().partition("=")
        if name.strip().lower() == "wait":
            return seconds_of(seconds.strip().strip('"'), "Prefer: wait")
    return 0


def seconds_of(text: str, name: str) -> float:
    """Whole seconds, at most a minute. Raises HTTPException 400 for what is no number."""
    if not (text.isascii() and text.isdigit()):
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"{name} is {text[:20]}: give whole seconds, at most {MOST_WAIT_S}")
    return min(int(text[:9]), MOST_WAIT_S)


def _refused(head: Head, why: str) -> Answer:
    return Answer(id=None, type=head.type, outcome="refused", error=why, status=HTTPStatus.FORBIDDEN)
