"""What the stack remembers between commands: `stack.json`, written whole or not at all."""

import json
import secrets
import socket
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from deploy.local.processes import Process
from deploy.local.records import Name, StackError

Port = Literal["kafka", "controller", "mongo", "zipkin", "relay", "prometheus"]
PORTS: tuple[Port, ...] = ("kafka", "controller", "mongo", "zipkin", "relay", "prometheus")
# Below the range from which systems take the ports of outgoing connections: a port kept here stays free.
FIRST_PORT, LAST_PORT = 20_000, 32_000
LAST_THREAD_S = 3.0
PAUSE_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A server that was started and not told to stop."""

    process: Process
    program: str
    since: str


@dataclass(slots=True, kw_only=True)
class State:
    """Ports and identity from the first start on; what was started since."""

    mark: str = field(default_factory=lambda: f"psdf-{secrets.token_hex(8)}")
    cluster: str = field(default_factory=lambda: urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
    engine: Literal["ferretdb", "mongod"] | None = None
    ports: dict[Port, int] = field(default_factory=dict)
    started: dict[Name, Started] = field(default_factory=dict)


def load(file: Path) -> State:
    """Read the file; a stack that was never started has a fresh state."""
    try:
        known = json.loads(file.read_text())
        started = {
            name: Started(process=Process(**entry["process"]), program=entry["program"], since=entry["since"])
            for name, entry in known.pop("started").items()
        }
        return State(**known, started=started)
    except FileNotFoundError:
        return State()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StackError(
            f"{file} cannot be read ({error}). Stop the servers by hand and remove the folder {file.parent}"
        ) from error


def save(file: Path, state: State) -> None:
    """Replace the file at once: a reader sees the old one or the new one."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(json.dumps(asdict(state), indent=2) + "\n")
    new.replace(file)


def take_ports(state: State, wanted: tuple[Port, ...]) -> list[str]:
    """See that each wanted port is free, and take another where it is not; one sentence for each that moved."""
    notes = []
    for port in wanted:
        kept = state.ports.get(port)
        if kept is not None and _becomes_free(kept):
            continue
        state.ports[port] = free_port(taken=set(state.ports.values()))
        if kept is not None:
            notes.append(f"port {kept} ({port}) is taken by another program: now {state.ports[port]}")
    return notes


def free_port(taken: Collection[int] = ()) -> int:
    """A port of this machine that is free, and below those that the machine gives to outgoing connections.

    Whoever starts a server there a moment later finds it free still. Raises StackError where there is none.
    """
    for _ in range(1000):
        port = FIRST_PORT + secrets.randbelow(LAST_PORT - FIRST_PORT)
        if port not in taken and _is_free(port):
            return port
    raise StackError(f"no free port between {FIRST_PORT} and {LAST_PORT} on 127.0.0.1")


def _becomes_free(port: int) -> bool:
    """Wait a moment: a server that was killed holds its port until its last thread is gone."""
    end = time.monotonic() + LAST_THREAD_S
    while not _is_free(port):
        if time.monotonic() > end:
            return False
        time.sleep(PAUSE_S)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: an old connection is no bar
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
