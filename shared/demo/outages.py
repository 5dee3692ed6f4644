"""What only the cluster can lose, taken away by switches and given back: a process, Kafka, the store.

Switches are pressed from the console's threads; all is done in the loop that plays the year.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Literal, NoReturn

from deploy.local import Stack, StackError
from shared.demo.supervisor import Supervisor
from shared.demo.switches import Act, Switchboard
from shared.kernel.stop import Stop

AWAY_S: Final = 20.0
"""So long is a process kept down."""
STOPPED_S: Final = 8.0
"""So long are Kafka and the store stopped, before they are started again."""
Server = Literal["kafka", "mongo"]
SERVERS: Final[dict[str, tuple[Server, str]]] = {"kafka": ("kafka", "Kafka"), "store": ("mongo", "the store")}
"""What is stopped, by the switch, and how it is called."""


class Outages:
    """Who takes away and gives back. ``under_way`` says whether anything is away on order."""

    def __init__(
        self, crew: Supervisor, stack: Stack, say: Callable[[str], None], *, stopped_s: float = STOPPED_S
    ) -> None:
        """Take the processes, the stack, how to say something; in the loop that plays."""
        self._crew, self._stack, self._say, self._stopped_s = crew, stack, say, stopped_s
        self._loop = asyncio.get_running_loop()
        self._asked: asyncio.Queue[str] = asyncio.Queue()
        self._stopped = 0

    def connect(self, board: Switchboard, names: Sequence[str]) -> None:
        """Connect the switches; ``names`` are the processes that may be killed."""
        board.connect("kill", partial(self._soon, self._crew.kill), names)
        board.connect("away", partial(self._soon, partial(self._crew.kill, down_s=AWAY_S)), names)
        for key in SERVERS:
            board.connect(key, partial(self._soon, partial(self._stop, key)))

    def _soon(self, act: Act, choice: str) -> None:
        """Do it in the loop that plays. Raises Stop where that has ended."""
        try:
            self._loop.call_soon_threadsafe(act, choice)
        except RuntimeError as error:
            raise Stop("the year is over: nothing runs any more") from error

    def _stop(self, key: str, _choice: str) -> None:
        self._stopped += 1
        self._asked.put_nowait(key)

    @property
    def under_way(self) -> bool:
        """Whether anything is away on order, or soon will be."""
        return self._stopped > 0 or self._crew.holds_down

    async def keep(self) -> NoReturn:
        """Stop and start what is asked for, one after another, for ever. Raises Stop for what does not come back."""
        while True:
            key = await self._asked.get()
            try:
                await self._stop_and_start(*SERVERS[key])
            except StackError as error:
                raise Stop(str(error)) from error
            finally:
                self._stopped -= 1
                self._asked.task_done()

    async def settled(self) -> None:
        """Return when all servers that were asked to stop are back."""
        await asyncio.sleep(0)  # what was pressed a moment ago is asked for then
        await self._asked.join()

    async def _stop_and_start(self, server: Server, name: str) -> None:
        try:
            self._say(f"{name} is stopped for {self._stopped_s:.0f} s")
            await asyncio.to_thread(self._stack.down, server)
            await asyncio.sleep(self._stopped_s)
        finally:  # also where who plays is stopped meanwhile: the stack may be another's
            await asyncio.to_thread(self._stack.up)
        self._say(f"{name} is started again")
