"""Processes started as a manifest says: its command, its environment and nothing else; asked as the outside asks."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from deploy.local import free_port
from tests.telemetry.prometheus import samples

PROGRAMS = {"psdf": Path(sys.executable).with_name("psdf"), "python": Path(sys.executable)}
"""What the image has on its PATH."""
HTTP = "PSDF_HTTP"
STOP_S = 60.0


@dataclass(kw_only=True)
class Started:
    """A process, and the port of this machine that stands for the port of its container."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    log: Path
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    async def get(self, path: str) -> httpx.Response | None:
        async with httpx.AsyncClient(timeout=5) as client:
            try:
                return await client.get(f"http://127.0.0.1:{self.port}{path}")
            except httpx.TransportError:
                return None

    async def ready(self) -> bool:
        assert self.lives, f"{self.name} ended with {self.process.returncode}: {self.said()}"
        answer = await self.get("/readyz")
        return answer is not None and answer.status_code == httpx.codes.OK

    async def scrape(self, path: str = "/metrics") -> dict[str, float]:
        """What Prometheus reads there."""
        answer = await self.get(path)
        assert answer is not None, f"{self.name} answers nobody on its port"
        assert answer.status_code == httpx.codes.OK
        return samples(answer.text)

    async def healthy(self, check: Sequence[str]) -> None:
        """See that the container's own check finds it well."""
        kind, program, *words = check
        assert kind == "CMD"
        asked = [word.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}") for word in words]
        assert asked != words
        checking = await asyncio.create_subprocess_exec(str(PROGRAMS[program]), *asked)
        assert await checking.wait() == 0, self.name

    def listens_on(self) -> set[str]:
        """The addresses on which it takes connections, with its port."""
        found = psutil.Process(self.process.pid).net_connections(kind="tcp")
        return {f"{each.laddr.ip}:{each.laddr.port}" for each in found if each.status == psutil.CONN_LISTEN}


@dataclass(kw_only=True)
class Processes:
    """Those that were started, by their names; a test's folder holds what they say."""

    folder: Path
    of: dict[str, Started] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Started:
        """Start one. Its port becomes a free one of this machine, which all share: no container is around it."""
        port = free_port(taken={each.port for each in self.of.values()})
        host, _, _wanted = environment[HTTP].rpartition(":")
        told = {**environment, HTTP: f"{host}:{port}", "PATH": str(PROGRAMS["psdf"].parent)}
        return self._run(name, command, told, port)

    def kill(self, name: str) -> None:
        """Kill one as ``kill -9`` does."""
        self.of[name].process.kill()
        self.of[name].process.wait()

    def again(self, name: str) -> Started:
        """Start one that has ended, as it was started first and under its port."""
        before = self.of[name]
        return self._run(name, before.command, before.environment, before.port)

    def _run(self, name: str, command: Sequence[str], told: Mapping[str, str], port: int) -> Started:
        log = self.folder / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [str(PROGRAMS[command[0]]), *command[1:]], env=told, cwd=self.folder, stdout=out, stderr=out
            )
        self.of[name] = Started(name=name, process=process, port=port, log=log, command=command, environment=told)
        return self.of[name]

    def stop(self) -> dict[str, int]:
        """End all as an orchestrator does; their exit codes."""
        for each in self.of.values():
            if each.lives:
                each.process.terminate()
        try:
            return {name: each.process.wait(STOP_S) for name, each in self.of.items()}
        finally:
            self.of = {}


@contextmanager
def processes(folder: Path) -> Iterator[Processes]:
    """No process yet; what was started is killed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Processes(folder=folder)
    try:
        yield made
    finally:
        for each in made.of.values():
            each.process.kill()
            each.process.wait()


def elsewhere(environment: Mapping[str, str], places: Mapping[str, str]) -> dict[str, str]:
    """The environment with these addresses and folders replaced by those of this machine; the port is not touched."""
    there = "|".join(re.escape(place) for place in sorted(places, key=len, reverse=True))
    moved = re.compile(rf"(?<![\w.-])(?:{there})")
    return {
        name: given if name == HTTP else moved.sub(lambda found: places[found[0]], given)
        for name, given in environment.items()
    }
