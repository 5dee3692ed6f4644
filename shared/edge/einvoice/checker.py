"""Whether a document is valid: asked of a process of its own, within a time; what can't be said is never "valid"."""

import logging
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock
from time import monotonic

import msgspec

from shared.edge.einvoice.artefacts import Artefacts, Kind
from shared.edge.einvoice.frames import Ask, Said, receive, send
from shared.edge.einvoice.records import CannotSay, Finding
from shared.edge.einvoice.worker import MEMORY

log = logging.getLogger(__name__)

WALL_S = 10.0
"""How long one document may take, in seconds."""
START_S = 60.0
"""How long the process may take to compile the rules."""
USES = 500
"""Documents after which a new process takes over, so that nothing gathers in the old one."""

STEPS: dict[Kind, tuple[str, ...]] = {
    "Invoice": ("XSD:Invoice", "CEN", "PEPPOL"),
    "CreditNote": ("XSD:CreditNote", "CEN", "PEPPOL"),
    "ApplicationResponse": ("XSD:ApplicationResponse", "T111"),
}


class Checker:
    """Judges documents, one at a time. Threads may share it."""

    def __init__(self, artefacts: Artefacts, *, wall_s: float = WALL_S, memory: int = MEMORY, uses: int = USES) -> None:
        self._artefacts, self._wall_s, self._memory, self._uses = artefacts, wall_s, memory, uses
        self._turn = Lock()
        self._worker: _Worker | None = None

    @property
    def pid(self) -> int | None:
        """The process that judges now, if there is one."""
        return self._worker.process.pid if self._worker else None

    def check(self, xml: str, kind: Kind) -> tuple[Finding, ...]:
        """What the document breaks, warnings too; nothing where it is valid. Raises CannotSay."""
        return self.ask(xml, STEPS[kind])

    def ask(self, xml: str, steps: Sequence[str]) -> tuple[Finding, ...]:
        """The same by the steps that are named. Raises CannotSay."""
        with self._turn:
            return self._asked(Ask(xml=xml, steps=tuple(steps)))

    def close(self) -> None:
        """End the process."""
        with self._turn:
            self._end()

    def _asked(self, ask: Ask) -> tuple[Finding, ...]:
        if self._worker is None or self._worker.uses >= self._uses:
            self._end()
            self._worker = _Worker(self._artefacts, self._memory)
        try:
            return self._worker.ask(ask, self._wall_s)
        except TimeoutError:
            why = f"its check took longer than {self._wall_s:.0f} seconds"
        except (OSError, msgspec.MsgspecError) as error:
            why = f"the process that checks ended over it ({error})"
        log.error("%s; the process is replaced", why)
        self._end()
        raise CannotSay(why)

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker:
            worker.end()


class _Worker:
    """The process, ready to judge."""

    def __init__(self, artefacts: Artefacts, memory: int) -> None:
        self.uses = 0
        command = [sys.executable, "-IB", "-m", "shared.edge.einvoice.worker", str(artefacts.folder), str(memory)]
        try:
            self._line, theirs = socket.socketpair()
            with theirs:
                self.process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={"PATH": ""},
                    cwd="/",
                )
        except OSError as error:
            raise CannotSay(f"the process that checks can't be started ({error.strerror})") from error
        try:
            ready = receive(self._line, monotonic() + START_S)
        except OSError:
            ready = None
        if ready is None:
            self.end()
            raise CannotSay(f"the process that checks did not start (exit code {self.process.returncode})")

    def ask(self, ask: Ask, wall_s: float) -> tuple[Finding, ...]:
        """What was found. Raises OSError, TimeoutError too, where it can't say."""
        self.uses += 1
        until = monotonic() + wall_s
        self._line.settimeout(wall_s)
        send(self._line, ask)
        raw = receive(self._line, until)
        if raw is None:
            raise ConnectionError("it closed the line")
        return msgspec.json.decode(raw, type=Said).findings

    def end(self) -> None:
        """Kill it: it holds nothing that could be lost."""
        with suppress(OSError):
            self._line.close()
        self.process.kill()
        self.process.wait()
