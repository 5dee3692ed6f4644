"""Connections of the fund's HTTP: so many at once, and nobody holds one without saying something.

uvicorn has no limit of time for a request's head and body, and its limit of connections answers 503 to everybody. Here
one who connects when there are too many takes the place of the one who has kept us waiting longest: idle sockets keep
nobody out.
"""

import asyncio
from typing import Any, ClassVar, Literal, TypeAlias

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S, BODY_S, UNREAD_S = 10.0, 30.0, 30.0
"""Seconds for a request's head, for its body, and for reading what we answer."""
KEEP_ALIVE_S = 5
PATIENCE_S = 10
"""How long requests may take that are under way when the server is told to stop."""
BACKLOG = 256
"""Connections that may come at one moment: with those that are there, fewer than a process may have files open."""

CERTIFICATE = "client-certificate"
"""Under which name of the scope's state the client's certificate stands, in DER, where it showed one."""

Waits: TypeAlias = Literal["head", "body"]


class Connection(H11Protocol):
    """A connection with limits of time, one of at most so many."""

    most: ClassVar[int] = 384
    waits: Waits | None = None
    """For what of the client it waits; None while we work on an answer."""
    since: float = 0.0
    _patience: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request; where there are too many, the one that has kept us waiting longest goes."""
        super().connection_made(transport)
        if (tls := transport.get_extra_info("ssl_object")) and (shown := tls.getpeercert(binary_form=True)):
            self.app_state = {**self.app_state, CERTIFICATE: shown}
        self._wait_for("head")
        if len(self.connections) > self.most:
            self._longest_waiting().end()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._wait_for(None)
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Who does not read our answer has so many seconds."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(UNREAD_S, self.end)

    def resume_writing(self) -> None:
        """It is read."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def end(self) -> None:
        """Close it at once."""
        self.transport.abort()

    def _look(self) -> None:
        """See for what it waits now."""
        if self.cycle is None or self.cycle.response_complete:  # type: ignore[redundant-expr] # None before the first
            self._wait_for("head")
        else:
            self._wait_for("body" if self.cycle.more_body else None)

    def _wait_for(self, what: Waits | None) -> None:
        """Begin to count where it is something else; each part that comes lengthens nothing."""
        if what == self.waits:
            return
        if self._patience is not None:
            self._patience.cancel()
        self.waits, self.since, self._patience = what, self.loop.time(), None
        if what and not self.transport.is_closing():
            self._patience = self.loop.call_later(HEAD_S if what == "head" else BODY_S, self.end)

    def _longest_waiting(self) -> "Connection":
        """Who waits for a head goes before who sends a body; where we owe everybody an answer, the newcomer itself."""
        waiting = [each for each in self.connections if isinstance(each, Connection) and each.waits]
        others = [each for each in waiting if each is not self and not each.transport.is_closing()]
        return min(others, key=lambda each: (each.waits != "head", each.since), default=self)


class ProbeConnection(Connection):
    """A connection of an orchestrator or of Prometheus."""

    most = 32


def config_of(app: ASGIApp, connection: type[Connection] = Connection, **where: Any) -> uvicorn.Config:  # noqa: ANN401
    """How an app of the fund is served; ``where`` are host and port, where no socket is given."""
    settings: dict[str, Any] = {"log_config": None, "access_log": False, "server_header": False, "proxy_headers": False}
    return uvicorn.Config(
        app,
        http=connection,
        ws="none",
        lifespan="off",
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=PATIENCE_S,
        **settings,
        **where,
    )
