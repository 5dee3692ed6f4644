"""The registry of sources' keys: what was registered and revoked, folded; read by whoever checks a signature."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from shared.events.keys import KeyRegistered, KeyRevoked

MATERIAL, DETACHED = SIGNATURES = "dssematerial", "jws"
"""The attributes of an event that may hold a signature: a DSSE envelope, a detached JWS."""
UNSIGNED = "signature is missing"
"""How the reason begins for which an event was parked that nobody has signed, also where it was parked long ago."""


@dataclass(slots=True, kw_only=True)
class Key:
    """A source's key: valid between two moments of the event's own time, and for what arrives before it is revoked."""

    source: str
    keyid: str
    public_key: str
    valid_from: datetime
    valid_to: datetime
    window_hours: int
    registered_at: datetime
    revoked_at: datetime | None = None

    def is_active(self, moment: datetime) -> bool:
        """Whether something that arrives at the moment may be signed with it."""
        return self.valid_from <= moment <= self.valid_to and not self.was_revoked(moment)

    def was_revoked(self, moment: datetime) -> bool:
        """Whether it was revoked when something arrived."""
        return self.revoked_at is not None and moment >= self.revoked_at


@dataclass(slots=True, kw_only=True)
class Keys:
    """All keys there ever were, by their ids: an old event is proved with the key of its time."""

    by_id: dict[str, Key] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    """Whose keys there are, and how many: a source that has ever had one signs for ever."""
    by_certificate: dict[str, tuple[datetime, bool]] = field(default_factory=dict)
    """By source: when it was last said how it connects, and whether by a client certificate alone."""

    def why_not(self, said: KeyRegistered | KeyRevoked) -> str | None:
        """Why an event of the registry changes nothing; None where it is to be folded."""
        known = self.by_id.get(said.keyid)
        if isinstance(said, KeyRevoked):
            if known is None:
                return f"key {said.keyid} is not registered"
            return f"key {said.keyid} was revoked before" if known.revoked_at else None
        return f"key {said.keyid} was registered before, for {known.source}: make a new one" if known else None

    def fold(self, said: KeyRegistered | KeyRevoked) -> None:
        """Take what was registered or revoked; ``at`` is said."""
        assert said.at is not None
        if isinstance(said, KeyRevoked):
            self.by_id[said.keyid].revoked_at = said.at
            return
        self.by_id[said.keyid] = Key(
            source=said.source,
            keyid=said.keyid,
            public_key=said.public_key,
            valid_from=said.valid_from,
            valid_to=said.valid_to,
            window_hours=said.window_hours,
            registered_at=said.at,
        )
        self.sources[said.source] = self.sources.get(said.source, 0) + 1
        if said.mtls is not None:
            known = self.by_certificate.get(said.source)
            if known is None or said.at >= known[0]:
                self.by_certificate[said.source] = (said.at, said.mtls)

    def needs_certificate(self, source: str) -> bool:
        """Whether a source is heard over connections with a client certificate alone: the last word on it counts."""
        return source in self.by_certificate and self.by_certificate[source][1]

    def of(self, source: str) -> Iterator[Key]:
        """The keys of a source."""
        return (key for key in self.by_id.values() if key.source == source)
