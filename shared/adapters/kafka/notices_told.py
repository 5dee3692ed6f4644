"""Of which notices the ministry is told, however: read from ``overrun.notified`` before a letter is sent."""

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.to_the_end import ToTheEnd
from shared.events.payments import OverrunNotified
from shared.messages.read import Malformed, parse


class TopicTold:
    """The numbers of notices that are told, from the topic."""

    def __init__(self, kafka: Kafka) -> None:
        self._topic = ToTheEnd(kafka, OverrunNotified.type)
        self._told: set[str] = set()

    async def __call__(self, notice_no: str) -> bool:
        """Whether the ministry is told by this notice. Raises Unavailable where the broker does not answer."""
        for raw in await self._topic.new():
            self._take(raw)
        return notice_no in self._told

    def _take(self, raw: bytes) -> None:
        """A notice that is told; what can't be read is none of ours."""
        try:
            self._told.add(parse(raw, outside=False, topic=OverrunNotified.type).of(OverrunNotified).notice_no)
        except Malformed:
            return
