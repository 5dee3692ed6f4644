"""Which notices are ended, told or withdrawn: read from the topics before a letter is sent."""

import logging

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.to_the_end import ToTheEnd
from shared.events.payments import OverrunNotified, OverrunWithdrawn
from shared.messages.read import Malformed, parse

log = logging.getLogger(__name__)

ENDED_BY = (OverrunNotified, OverrunWithdrawn)


class TopicEnded:
    """The numbers of notices that are ended, from the topics."""

    def __init__(self, kafka: Kafka) -> None:
        self._topics = [(record, ToTheEnd(kafka, record.type)) for record in ENDED_BY]
        self._ended: set[str] = set()

    async def __call__(self, notice_no: str) -> bool:
        """Whether this notice is ended. Raises Unavailable where the broker does not answer."""
        for record, topic in self._topics:
            for raw in await topic.new():
                self._take(raw, record)
        return notice_no in self._ended

    def _take(self, raw: bytes, record: type[OverrunNotified | OverrunWithdrawn]) -> None:
        """A notice that is ended; what can't be read is none of ours, and is said."""
        try:
            self._ended.add(parse(raw, outside=False, topic=record.type).of(record).notice_no)
        except Malformed as error:
            log.warning("%s holds what can't be read, and no notice ends by it: %s", record.type, error)
