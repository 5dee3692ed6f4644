"""Who says what in an event, before it is read: as much as may be asked of bytes that may be anything."""

import msgspec

NOT_READ = (msgspec.MsgspecError, ValueError, RecursionError)
"""All that a decoder raises for bytes that may be anything; base64 too. Who forgets one is stopped by a stranger."""


class Head(msgspec.Struct):
    """As much of an event as tells who says what; empty where it can't be read."""

    source: str = ""
    type: str = ""


_head = msgspec.json.Decoder(Head)
UNREADABLE = Head()


def head_of(raw: bytes) -> Head:
    """Who says what in an event."""
    try:
        return _head.decode(raw)
    except NOT_READ:
        return UNREADABLE
