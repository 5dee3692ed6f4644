"""Keys of sources for tests, registered as ``psdf keys`` does it."""

from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.edge.keys import keyid_of, request_of
from shared.edge.registry import read_word, word_on
from shared.edge.signatures import sign
from shared.events.keys import KeyRegistered, KeyRevoked
from shared.kernel.calendar import VILNIUS
from shared.runtime.embedded import Stack

PROVIDER = "/providers/300111224"
SINCE = datetime(2022, 1, 1, tzinfo=VILNIUS)
PERSONS = {"by": "Ona Onaitė", "approved_by": "Petras Petraitis"}


class Signer:
    """A source with a key."""

    def __init__(self, source: str = PROVIDER) -> None:
        self.key, self.source = Ed25519PrivateKey.generate(), source
        self.keyid = keyid_of(self.key)

    def sign(self, raw: bytes) -> bytes:
        return sign(raw, self.keyid, self.key)

    def word(self, since: datetime = SINCE, days: int = 366, **more: object) -> bytes:
        asked = msgspec.json.decode(request_of(self.key, self.source, since, since + timedelta(days=days)))
        return word_on(KeyRegistered.type, asked | PERSONS | more)

    async def registered(self, stack: Stack, since: datetime = SINCE, days: int = 366, **more: object) -> "Signer":
        await stack.register(read_word(self.word(since, days, **more)))
        return self

    async def revoked(self, stack: Stack) -> None:
        data = {"keyid": self.keyid, "reason": "the laptop was lost", **PERSONS}
        await stack.register(read_word(word_on(KeyRevoked.type, data)))
