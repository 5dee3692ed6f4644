"""Processes of a fund on this machine, kept alive: one that dies is started again, and the screen says so."""

import asyncio
import json
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NoReturn

import httpx

from deploy.local import free_port, processes
from deploy.local.observers import tell_targets
from deploy.local.processes import Process
from shared.kernel.stop import Stop
from shared.runtime.cluster import MINISTRY

LOOK_S = 0.1
READY_S, STOP_S = 60.0, 30.0
OFTEN, OFTEN_S = 5, 60.0
"""What dies so often in so many seconds has a fault that no start mends."""
LAST_LINES = 5


@dataclass(slots=True, kw_only=True)
class Member:
    """One process: what it is, where it answers, when it died, and until when it is to be down."""

    name: str
    port: int
    log: Path
    environment: Mapping[str, str]
    process: Process
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=OFTEN))
    ordered: int | None = None
    """The process that was killed on order: it did not die of a fault."""
    down_until: float = 0.0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"


class Supervisor:
    """``psdf run NAME`` for each of a fund's processes; a file remembers them, should who started them be killed."""

    def __init__(self, home: Path, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._home, self._say, self._clock = home.absolute(), say, clock
        self._file = self._home / "crew.json"
        self.members: dict[str, Member] = {}

    def start(self, names: Iterable[str], environment: Mapping[str, str]) -> None:
        """Start processes; they need some time to be ready."""
        for name in names:
            port = free_port(taken={each.port for each in self.members.values()})
            log = self._home / "logs" / f"{name}.log"
            process = self._process(name, port, log, environment)
            self.members[name] = Member(name=name, port=port, log=log, environment=environment, process=process)
            self._remember()

    async def ready(self) -> None:
        """Return when all are. Raises Stop for one that is not in time."""
        end = time.monotonic() + READY_S
        async with httpx.AsyncClient(timeout=5) as client:
            for member in self.members.values():
                while not await _answers(client, member):
                    if time.monotonic() > end:
                        raise Stop(f"{member.name} is not ready after {READY_S:.0f} s; {_last_words(member)}")
                    await asyncio.sleep(LOOK_S)
        numbers = ", ".join(f"{member.name} {member.process.pid}" for member in self.members.values())
        self._say(f"processes: {numbers}; one that is killed is started again")

    async def keep(self) -> NoReturn:
        """Start again what dies, for ever. Raises Stop for one that dies again and again."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Start again what has died, but for who is to be down still. Raises Stop for one that dies again and again."""
        for member in self.members.values():
            if self._clock() >= member.down_until and not processes.runs(member.process):
                self._again(member)

    def kill(self, name: str, down_s: float = 0.0) -> None:
        """Kill a process as ``kill -9`` does; it is not started again for so many seconds."""
        member = self.members[name]
        member.ordered, member.down_until = member.process.pid, max(member.down_until, self._clock() + down_s)
        if processes.runs(member.process):
            with suppress(ProcessLookupError):
                os.kill(member.process.pid, signal.SIGKILL)
        if down_s:
            self._say(f"{name} (process {member.process.pid}) is killed, and stays down for {down_s:.0f} s")

    @property
    def holds_down(self) -> bool:
        """Whether some process is to be down now."""
        return any(self._clock() < member.down_until for member in self.members.values())

    def _again(self, member: Member) -> None:
        now, died = self._clock(), member.process.pid
        if died != member.ordered:
            if len(member.deaths) == OFTEN and now - member.deaths[0] < OFTEN_S:
                raise Stop(f"{member.name} died {OFTEN} times in {OFTEN_S:.0f} s; {_last_words(member)}")
            member.deaths.append(now)
        member.process = self._process(member.name, member.port, member.log, member.environment)
        self._remember()
        self._say(f"{member.name} (process {died}) has died; started again as process {member.process.pid}")

    async def stop(self) -> None:
        """Ask all to end in good order, and make those end that don't."""
        running = [member.process for member in self.members.values()]
        self.members = {}
        tell_targets(self._home / "stack", {})
        await asyncio.gather(*(asyncio.to_thread(processes.stop, each, patience_s=STOP_S) for each in running))
        self._file.unlink(missing_ok=True)

    def stop_left_behind(self) -> None:
        """End what runs on since whoever started it was killed."""
        with suppress(FileNotFoundError):
            for each in json.loads(self._file.read_text(encoding="utf-8")).values():
                processes.stop(Process(**each), patience_s=STOP_S)
            self._file.unlink()

    def _process(self, name: str, port: int, log: Path, environment: Mapping[str, str]) -> Process:
        home = str(self._home)
        argv = [sys.executable, "-m", "shared.cli.main", "run", name]
        argv += ["--home", home, "--http", f"127.0.0.1:{port}"]
        return processes.start(argv, mark=home, cwd=Path.cwd(), log=log, environment=environment)

    def _remember(self) -> None:
        known = {member.name: asdict(member.process) for member in self.members.values()}
        self._file.write_text(json.dumps(known), encoding="utf-8")
        ours = (member for member in self.members.values() if member.name != MINISTRY)
        at = {member.name: f"127.0.0.1:{member.port}" for member in ours}
        tell_targets(self._home / "stack", at)


async def _answers(client: httpx.AsyncClient, member: Member) -> bool:
    """Whether it is ready; a stand-in for somebody outside is when it answers at all."""
    try:
        answer = await client.get(f"{member.url}/readyz")
    except httpx.TransportError:
        return False
    return answer.status_code in {httpx.codes.OK, httpx.codes.NOT_FOUND}


def _last_words(member: Member) -> str:
    try:
        lines = member.log.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        lines = []
    return f"{member.log} ends: {' | '.join(lines[-LAST_LINES:]) or '(empty)'}"
