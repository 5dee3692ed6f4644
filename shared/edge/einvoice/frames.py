"""What goes over the socket between the fund and the process that judges: a length of four bytes, and JSON."""

import socket
from time import monotonic

import msgspec

from shared.edge.einvoice.records import Finding
from shared.kernel.value import value

LENGTH = 4
MOST_BYTES = 64_000_000


@value
class Ask:
    """A document and the steps to judge it by: ``XSD:Invoice``, ``CEN``, ``PEPPOL``, ``T111``."""

    xml: str
    steps: tuple[str, ...]


@value
class Said:
    """What was found."""

    findings: tuple[Finding, ...]


def send(line: socket.socket, what: Ask | Said) -> None:
    """Send a frame. Raises OSError, TimeoutError too."""
    raw = msgspec.json.encode(what)
    line.sendall(len(raw).to_bytes(LENGTH, "big") + raw)


def receive(line: socket.socket, until: float | None = None) -> bytes | None:
    """The next frame's JSON; None where the line was closed before one began.

    ``until`` is by the monotonic clock. Raises TimeoutError where it passes, OSError where the line ends too early.
    """
    head = _exactly(line, LENGTH, until)
    if not head:
        return None
    if (size := int.from_bytes(head, "big")) > MOST_BYTES:
        raise ConnectionError(f"a frame of {size} bytes")
    body = _exactly(line, size, until)
    if not body:
        raise ConnectionError("the line ended within a frame")
    return body


def _exactly(line: socket.socket, size: int, until: float | None) -> bytes:
    read = bytearray()
    while len(read) < size:
        if until is not None:
            line.settimeout(max(until - monotonic(), 0.001))
        chunk = line.recv(min(size - len(read), 1 << 16))
        if not chunk:
            if read:
                raise ConnectionError("the line ended within a frame")
            return b""
        read += chunk
    return bytes(read)
