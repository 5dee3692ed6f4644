"""A letter that reached the ministry by hand or by e-delivery: point 18 asks for writing, not for a wire."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from services.payments.events import Event
from services.payments.overrun import notified, told, under_way
from services.payments.state import State
from shared.events.payments import OverrunDeliveryRefused
from shared.events.vlk import OverrunDelivered
from shared.kernel.calendar import VILNIUS, midnight
from shared.kernel.clock import Now
from shared.kernel.reason import Reason, reason

RULES = ("18",)


def deliver_otherwise(now: Now, state: State, said: OverrunDelivered) -> Iterator[Event]:
    """18. "... raštu informuoja Sveikatos apsaugos ministeriją": the same follows as where it was sent over HTTP.

    The ministry was told on the day that the document says, though it is known only now.
    """
    notice = under_way(state, said.notice_no)
    reasons = tuple(not_delivered(now, state, said))
    if reasons or notice is None:
        yield OverrunDeliveryRefused(
            notice_no=said.notice_no,
            delivered_by=said.delivered_by,
            delivered_on=said.delivered_on,
            delivered_at=said.delivered_at,
            document=said.document,
            reasons=reasons,
            rules=RULES,
        )
        return
    announced = replace(
        notified(notice, said.letter_sha256, said.delivered_on),
        how=said.how,
        delivered_by=said.delivered_by,
        delivered_at=said.delivered_at,
        document=said.document,
        document_sha256=said.document_sha256,
    )
    yield from told(now, state, notice, announced)


def not_delivered(now: Now, state: State, said: OverrunDelivered) -> Iterator[Reason]:
    """Why a delivery can't be as it is said: the number, the hour, the document."""
    notice, moment = under_way(state, said.notice_no), moment_of(said)
    if notice is None:
        yield reason(
            "notice_ended" if was_prepared(state, said.notice_no) else "unknown_notice", notice_no=said.notice_no
        )
    elif moment < midnight(notice.prepared_on):
        yield reason("before_prepared", delivered=f"{moment:%Y-%m-%d %H:%M}", prepared_on=str(notice.prepared_on))
    if moment > now.moment:
        yield reason(
            "not_yet", delivered=f"{moment:%Y-%m-%d %H:%M}", now=f"{now.moment.astimezone(VILNIUS):%Y-%m-%d %H:%M}"
        )
    if not said.document.strip():
        yield reason("no_document", "18")


def moment_of(said: OverrunDelivered) -> datetime:
    """When the letter was delivered, in Vilnius."""
    hour, minute = map(int, said.delivered_at.split(":"))
    return datetime(
        said.delivered_on.year, said.delivered_on.month, said.delivered_on.day, hour, minute, tzinfo=VILNIUS
    )


def was_prepared(state: State, notice_no: str) -> bool:
    """Whether a notice of the number ever was: each article's notices are counted in the year's book, from 1."""
    return any(
        notice_no == f"{year}-{article}-{number}"
        for year, book in state.books.items()
        for article, prepared in book.notices.items()
        for number in range(1, prepared + 1)
    )
