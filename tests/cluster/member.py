"""A process of the cluster, forked from one that has loaded the program already: it starts without importing anew.

It is a process as any other: it has its own memory, log and port, and is killed by its number.
"""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx
import psutil

from deploy.local import free_port
from tests.cluster.quiet import PATIENCE_S, until

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "shared.runtime.cluster",
        "shared.runtime.console_cluster",
        "shared.runtime.gate",
        "shared.statute.load",
        "motor.motor_asyncio",
        "tests.cluster.member",
    ]
)


VERSION = "PSDF_TEST_VERSION"
ANSWER_S = 20.0
"""So long a process of a busy machine may take to answer."""
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Made once, for making one takes longer than asking."""


def work(name: str, env: Mapping[str, str], session_ms: int, log: str) -> None:
    """Be one process of the cluster: the main of `psdf run`, told by its environment alone."""
    from shared.runtime.cluster import run_process
    from shared.runtime.settings import read_settings

    for word in [word for word in os.environ if word.startswith("PSDF_")]:
        del os.environ[word]
    os.environ.update(env)
    if env.get(VERSION) == "newer":
        from tests.cluster import newer

        newer.install()

    with Path(log).open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    run_process(read_settings(), name, session_ms=session_ms)


@dataclass(kw_only=True)
class Member:
    """One process: what it is, and where it answers."""

    name: str
    process: ForkServerProcess
    port: int
    log: Path
    cpu_s: float = 0.0

    @property
    def lives(self) -> bool:
        return self.process.is_alive()

    async def answers(self, path: str) -> httpx.Response | None:
        try:
            async with httpx.AsyncClient(timeout=ANSWER_S, verify=NO_TLS) as client:
                return await client.get(f"http://127.0.0.1:{self.port}/{path}")
        except httpx.TransportError:
            return None

    async def ready(self) -> bool:
        assert self.lives, f"{self.name} ended with {self.process.exitcode}:\n{self.log.read_text()[-3000:]}"
        answer = await self.answers("readyz")
        return answer is not None and answer.status_code == 200

    async def waits(self) -> dict[str, str]:
        answer = await self.answers("readyz")
        return dict(answer.json()["waits"]) if answer else {}

    async def told_waiting(self, what: str, why: str = "") -> str:
        """Wait until it says that it waits for this, and why; the sentence."""
        sentence = ""

        async def says_so() -> bool:
            nonlocal sentence
            told = await self.waits()
            sentence = told.get(what, "")
            return what in told and why in sentence

        await until(says_so, f"{self.name} waits for {what}: {why}", why_not=self.log.read_text)
        return sentence

    async def count(self, name: str) -> float:
        answer = await self.answers("metrics")
        lines = answer.text.splitlines() if answer else []
        return next((float(line.split()[-1]) for line in lines if line.startswith(f"psdf_{name}_total{{")), 0.0)

    def kill(self) -> None:
        """As ``kill -9``."""
        self.measure()
        self.process.kill()
        self.process.join()

    async def stop(self) -> int | None:
        """As an orchestrator does; the exit code."""
        self.measure()
        assert self.process.pid
        os.kill(self.process.pid, signal.SIGTERM)
        await asyncio.to_thread(self.process.join, PATIENCE_S)
        return self.process.exitcode

    def measure(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = psutil.Process(self.process.pid).cpu_times()
            self.cpu_s = times.user + times.system


def start(
    name: str, env: Mapping[str, str], session_ms: int, folder: Path, number: int, taken: Collection[int] = ()
) -> Member:
    """Start a process of the cluster; ``env`` is all that it is told, but for its port.

    ``taken`` are the ports of those started a moment ago: they are given away, and not listened on yet.
    """
    port = free_port(taken)
    log = folder / f"{name}-{number}.log"
    told = {**env, "PSDF_HTTP": f"127.0.0.1:{port}"}
    process = FORKS.Process(target=work, args=(name, told, session_ms, str(log)), daemon=True)
    process.start()
    return Member(name=name, process=process, port=port, log=log)
