"""The cluster stack on one machine: Apache Kafka and a MongoDB-wire server as child processes, and who looks on.

No container, no root. Everything the stack writes is in `home/stack/`: `kafka/` and `ferretdb/` (or `mongod/`) hold
the data, `logs/` what the servers say, `stack.json` the ports and processes. Removing the folder of a stopped stack
removes the stack.
"""

import datetime as dt
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from deploy.local import processes, ready, state
from deploy.local.artefacts import Say, held
from deploy.local.observers import PROMETHEUS_IS_MISSING, Prometheus, Relay, Zipkin
from deploy.local.records import NAMES, Child, Name, Report, StackError
from deploy.local.servers import Kafka, Mongo, Server
from deploy.local.state import Started, State

HEAP = "512m"
CONSOLE_URL, FUND = "http://127.0.0.1:8090", "127.0.0.1:8080"
"""Where the console and a fund in one process are unless told."""
READY_S = 90.0
STOP_S = 30.0
LAST_LINES = 12
TAIL_BYTES = 65_536
COMPLAINT = re.compile(r"\b(ERROR|FATAL|error)\b|Exception|Error:")


def _quiet(line: str) -> None:
    del line


class Stack:
    """The stack that lives in `home/stack/`; each call reads the folder afresh, so any process may make it.

    `heap` is Kafka's, as Java writes it (`512m`). Who looks on leads to the console at `console_url`, and reads the
    metrics of a fund in one process at `fund` (host:port).
    """

    def __init__(self, home: Path, *, heap: str = HEAP, console_url: str = CONSOLE_URL, fund: str = FUND) -> None:
        self.folder = home.expanduser().absolute() / "stack"
        self._file = self.folder / "stack.json"
        self._servers: tuple[Server, ...] = (Kafka(heap), Mongo())
        self._observers: tuple[Server, ...] = (Zipkin(console_url), Relay(), Prometheus(fund))

    def up(self, say: Say = _quiet, *, observe: bool = False, patience_s: float = READY_S) -> Report:
        """Start what does not run, and return when everything answers; with `observe` those who look on too.

        `say` hears of slow steps. StackError where a server does not come up; what this call started is then
        stopped again.
        """
        with held(self.folder / "lock"):
            known = state.load(self._file)
            servers, notes = self._wanted(observe=observe)
            lacking = [server for server in servers if not self._runs(known, server.name)]
            notes += [note for server in lacking for note in state.take_ports(known, server.ports)]
            prepared = [(server, server.prepare(known, self.folder, say)) for server in lacking]
            try:
                for server, argv in prepared:
                    self._start(known, server, argv)
                for server in servers:
                    self._wait(known, server, patience_s)
            except BaseException:
                self._stop(known, [server.name for server in lacking])
                raise
            return self._report(known, started=tuple(server.name for server in lacking), notes=tuple(notes))

    def _wanted(self, *, observe: bool) -> tuple[list[Server], list[str]]:
        """Which servers are to run, and what a person should know of one that this machine does not have."""
        there = [each for each in self._observers if each.name != "prometheus" or shutil.which("prometheus")]
        if not observe:
            return list(self._servers), []
        return [*self._servers, *there], [] if len(there) == len(self._observers) else [PROMETHEUS_IS_MISSING]

    def down(self, only: Name | None = None, *, patience_s: float = STOP_S) -> Report:
        """Stop what runs, or one server of it: asked first, then made to. Data and ports stay."""
        if not self._file.exists():
            return self._report(State())
        with held(self.folder / "lock"):
            known = state.load(self._file)
            names = (only,) if only else NAMES
            running = tuple(name for name in names if self._runs(known, name))
            notes = self._stop(known, names, patience_s)
            return self._report(known, stopped=running, notes=tuple(notes))

    def status(self) -> Report:
        """Say what runs, where, and what has crashed."""
        return self._report(state.load(self._file))

    def logs(self, name: str, lines: int = 100) -> tuple[str, ...]:
        """Read the last lines of a server's log since its last start."""
        if name not in NAMES:
            raise StackError(f"there is no log of {name}: take one of {', '.join(NAMES)}")
        return _tail(self.log(name), lines)

    def log(self, name: Name) -> Path:
        """Name the log file, for those who want to follow it."""
        return self.folder / "logs" / f"{name}.log"

    def _start(self, known: State, server: Server, argv: Sequence[str]) -> None:
        process = processes.start(
            argv, mark=server.mark(known, self.folder), cwd=self.folder, log=self.log(server.name)
        )
        since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        known.started[server.name] = Started(process=process, program=server.program(known), since=since)
        state.save(self._file, known)

    def _wait(self, known: State, server: Server, patience_s: float) -> None:
        name, port = server.name, known.ports[server.ports[0]]
        if ready.wait(name, port, alive=lambda: self._runs(known, name), patience_s=patience_s):
            return
        what = f"gives no answer on port {port} after {patience_s:.0f} s" if self._runs(known, name) else "ended"
        raise StackError(f"{server.program(known)} {what}; {self.log(name)} says: {_complaint(self.log(name))}")

    def _stop(self, known: State, names: tuple[Name, ...] | list[Name], patience_s: float = STOP_S) -> list[str]:
        notes = []
        for name in names:
            started = known.started.get(name)
            if started is not None and not processes.stop(started.process, patience_s=patience_s):
                notes.append(f"{started.program} did not end within {patience_s:.0f} s and was killed")
            known.started.pop(name, None)
        state.save(self._file, known)
        return notes

    def _runs(self, known: State, name: Name) -> bool:
        started = known.started.get(name)
        return started is not None and processes.runs(started.process)

    def _report(
        self, known: State, started: tuple[Name, ...] = (), stopped: tuple[Name, ...] = (), notes: tuple[str, ...] = ()
    ) -> Report:
        kafka, mongo = (self._child(known, server) for server in self._servers)
        begun = (each for each in self._observers if each.ports[0] in known.ports)
        observers = tuple(self._child(known, each) for each in begun)
        return Report(
            folder=self.folder,
            kafka=kafka,
            mongo=mongo,
            observers=observers,
            started=started,
            stopped=stopped,
            notes=notes,
        )

    def _child(self, known: State, server: Server) -> Child:
        started, log = known.started.get(server.name), self.log(server.name)
        running = started is not None and processes.runs(started.process)
        crashed = started is not None and not running
        port = known.ports.get(server.ports[0])
        return Child(
            name=server.name,
            program=started.program if started else server.program(known),
            state="running" if running else "crashed" if crashed else "stopped",
            address=f"127.0.0.1:{port}" if port else None,
            pid=started.process.pid if started and running else None,
            since=started.since if started else None,
            log=log,
            last_lines=_tail(log, LAST_LINES) if crashed else (),
        )


def _complaint(log: Path) -> str:
    """Pick from a log what went wrong: the last error and the exception under it, or just the last line."""
    lines = [line for line in _tail(log, 200) if line.strip()]
    errors = [line for line in lines if COMPLAINT.search(line) and not line.startswith("\t")]
    return " | ".join((errors or lines)[-2:]) or "nothing"


def _tail(log: Path, lines: int) -> tuple[str, ...]:
    """Read the last lines of a file that may be long, or not there."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ()
    return tuple(text.splitlines()[-lines:]) if lines > 0 else ()
