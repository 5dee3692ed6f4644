"""Where a process listens for HTTP, by which names it may be called, and the server that leaves its end to us."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from shared.edge.callers import is_loopback
from shared.edge.handshakes import Handshakes
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

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; over TLS with handshakes that are bounded, as uvicorn's are not."""
        config = self.config
        if config.ssl is None or sockets is None:
            await super().startup(sockets)
            return

        def connection() -> asyncio.Protocol:
            made: asyncio.Protocol = config.http_protocol_class(  # type: ignore[call-arg] # as uvicorn does
                config=config, server_state=self.server_state, app_state=self.lifespan.state
            )
            return made

        for each in sockets:
            each.listen(config.backlog)
        self.servers = [Handshakes(each, config.ssl, connection) for each in sockets]  # type: ignore[misc]
        self.started = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to us."""
        yield


def names_of(settings: Settings, unless_meant: str, example: str) -> list[str]:
    """By which names it is called beside those of this machine.

    Raises Wrong where one is due: it says what follows for those who did not mean it, and gives an example of a name.
    """
    names = [name for name in settings.open_to.split(",") if name]
    listens = {"PSDF_HTTP": settings.http, "PSDF_HTTPS": settings.https}
    others = {name: host for name, said in listens.items() if said and not is_loopback(host := said.rpartition(":")[0])}
    if not others:
        return names
    if not names:
        name = next(iter(others))
        raise Wrong(
            f"{name}={listens[name]} listens to other machines{unless_meant}. If that is meant, say by which names "
            f"it is called: --open-to {example} (PSDF_OPEN_TO)"
        )
    return [*names, *(host for host in dict.fromkeys(others.values()) if host not in EVERYWHERE)]


def address_of(listener: socket.socket) -> str:
    """Where this machine calls a listener."""
    host, port = listener.getsockname()[:2]
    if host in EVERYWHERE:
        host = "127.0.0.1"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@contextmanager
def listening(where: str, by: str = "--http") -> Iterator[socket.socket]:
    """Take the address before the fund is opened. Raises Stop where it is taken, or not ours.

    What is written goes out at once: else the second part of an answer waits for some 40 ms on a connection that is
    kept open, until the other side says that it has the first. asyncio sees to it only for sockets that name TCP.
    """
    host, _, port = where.rpartition(":")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, int(port)), family=family)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise Stop(f"{where} can't be listened on: {why}; give {by} another host:port") from error
    with listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # every connection has it from the listener
        yield listener
