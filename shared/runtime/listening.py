"""Where a process listens for HTTP, by which names it may be called, and the server that leaves its end to us."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from shared.edge.callers import is_loopback
from shared.kernel.stop import Stop, Wrong
from shared.runtime.settings import Settings

EVERYWHERE = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104 - it is compared with, not listened on
"""Addresses to listen on that are nobody's name."""


class Server(uvicorn.Server):
    """A server that is stopped by us, so that the fund is closed in good order after it."""

    def stop(self) -> None:
        """Finish what is under way; asked twice, at once."""
        self.force_exit = self.should_exit
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to us."""
        yield


def names_of(settings: Settings, unless_meant: str, example: str) -> list[str]:
    """By which names it is called beside those of this machine.

    Raises Wrong where one is due: it says what follows for those who did not mean it, and gives an example of a name.
    """
    names = [name for name in settings.open_to.split(",") if name]
    host = settings.http.rpartition(":")[0]
    if is_loopback(host):
        return names
    if not names:
        raise Wrong(
            f"PSDF_HTTP={settings.http} listens to other machines{unless_meant}. If that is meant, say by which names "
            f"it is called: --open-to {example} (PSDF_OPEN_TO)"
        )
    return names if host in EVERYWHERE else [*names, host]


def address_of(listener: socket.socket) -> str:
    """Where this machine calls a listener."""
    host, port = listener.getsockname()[:2]
    if host in EVERYWHERE:
        host = "127.0.0.1"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@contextmanager
def listening(where: str, by: str = "--http") -> Iterator[socket.socket]:
    """Take the address before the fund is opened. Raises Stop where it is taken, or not ours."""
    host, _, port = where.rpartition(":")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, int(port)), family=family)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise Stop(f"{where} can't be listened on: {why}; give {by} another host:port") from error
    with listener:
        yield listener
