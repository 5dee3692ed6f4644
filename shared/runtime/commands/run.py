"""``psdf run``: the embedded stack with HTTP and the clock, until it is told to stop."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn

from shared.engine.journal import Broken
from shared.kernel.fund import Fund
from shared.runtime.clock import tell_days
from shared.runtime.embedded import Stack, open_fund
from shared.runtime.home import Home, HomeError, held
from shared.runtime.http import fund_app
from shared.runtime.logs import configure
from shared.runtime.loop import run as run_loop
from shared.runtime.screen import screen
from shared.runtime.settings import Settings, fund_of
from shared.runtime.stop import Stop
from shared.runtime.telemetry import telemetry_of

log = logging.getLogger(__name__)

PATIENCE_S = 10
"""How long requests may take that are under way when the fund is told to stop."""


def run(settings: Settings) -> None:
    """Run the fund of a home. Raises Stop where it can't be held, opened, or listened for."""
    configure(settings.log)
    fund, home = fund_of(settings), Home(path=settings.home)
    with held(home, fund.fund_id) as tell, listening(settings.http) as listener:
        url = "http://{}:{}".format(*listener.getsockname()[:2])
        run_loop(_serve(settings, fund, home, listener, lambda: tell(url)))


async def _serve(settings: Settings, fund: Fund, home: Home, listener: socket.socket, tell: Callable[[], None]) -> None:
    try:
        telemetry = telemetry_of(settings)
        async with open_fund(
            home, fund, moment=settings.moment, ministry=settings.ministry_url, telemetry=telemetry
        ) as stack:
            tell()
            await _until_told(stack, listener, settings)
    except Broken as error:
        raise HomeError(f"{home.path}: {error}; psdf verify --home {home.path} shows where") from error


async def _until_told(stack: Stack, listener: socket.socket, settings: Settings) -> None:
    """Answer requests and tell the days until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        fund_app(stack),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=PATIENCE_S,
    )
    server = Server(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    say = screen().print
    say(f"{stack.fund.name_en}: http://{':'.join(map(str, listener.getsockname()[:2]))}, home {stack.home.path}")
    say(f"letters to {settings.ministry_url or 'nobody (PSDF_MINISTRY_URL is not set)'}, Ctrl-C stops it")
    clock = asyncio.create_task(_clock(stack))
    try:
        await server.serve(sockets=[listener])
    finally:
        clock.cancel()
        with suppress(asyncio.CancelledError):
            await clock
    say("stopped; nothing is lost")


async def _clock(stack: Stack) -> None:
    """Tell the days by our clock; where events bring their own moment, they bring their days too."""
    if stack.moment == "arrival":
        try:
            await tell_days(lambda raw: stack.publish([raw]))
        except Broken:
            log.exception("the clock stops with the fund")


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


@contextmanager
def listening(where: str) -> Iterator[socket.socket]:
    """Take the address before the fund is opened. Raises Stop where it is taken, or not ours."""
    host, _, port = where.rpartition(":")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, int(port)), family=family)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise Stop(f"{where} can't be listened on: {why}; give --http another host:port") from error
    with listener:
        yield listener
