"""What providers are called, as their contracts say it: read from ``contract.concluded`` when a letter needs it.

Of several contracts with a provider the last one's name counts.
"""

from collections.abc import Collection, Mapping

from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.to_the_end import ToTheEnd
from shared.events.contracts import ContractConcluded
from shared.messages.read import Malformed, parse


class TopicNames:
    """The names of providers by their codes, from the topic."""

    def __init__(self, kafka: Kafka) -> None:
        self._topic = ToTheEnd(kafka, ContractConcluded.type)
        self._names: dict[str, str] = {}

    async def __call__(self, codes: Collection[str]) -> Mapping[str, str]:
        """The names of these providers, by all that is on the topic now; one of whom no contract tells is left out.

        Raises Unavailable where the broker does not answer.
        """
        for raw in await self._topic.new():
            self._take(raw)
        return {code: self._names[code] for code in codes if code in self._names}

    def _take(self, raw: bytes) -> None:
        """A contract names its provider; what can't be read is contracts' and invoicing's to tell of."""
        try:
            provider = parse(raw, outside=False, topic=ContractConcluded.type).of(ContractConcluded).provider
        except Malformed:
            return
        self._names[provider.code] = provider.name
