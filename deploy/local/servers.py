"""How each server of the stack is prepared and started; every path is relative to the stack's folder."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from deploy.local import artefacts, tools
from deploy.local.artefacts import Say
from deploy.local.records import Name, StackError
from deploy.local.state import Port, State


class Server(Protocol):
    """A server that the stack can start: its name, its ports, and its command line once its files are in place."""

    name: Name
    ports: tuple[Port, ...]

    def prepare(self, state: State, folder: Path, say: Say) -> Sequence[str]:
        """Fetch or build what is needed, write the settings; the command line to start it with."""

    def program(self, state: State) -> str:
        """Name it as a person does."""

    def mark(self, state: State, folder: Path) -> str:
        """Give what stands in an argument of this process and of no other."""


class Kafka:
    """One Apache Kafka node, broker and controller in one."""

    name: Name = "kafka"
    ports: tuple[Port, ...] = ("kafka", "controller")

    def __init__(self, heap: str) -> None:
        self.heap = heap

    def program(self, state: State) -> str:
        """Release as pinned."""
        del state
        return artefacts.KAFKA_PROGRAM

    def mark(self, state: State, folder: Path) -> str:
        """Set a property that Java carries and nobody reads."""
        del folder
        return f"-Dpsdf.stack={state.mark}"

    def prepare(self, state: State, folder: Path, say: Say) -> Sequence[str]:
        """Jars, server.properties, and at the first start the formatted data folder."""
        java = tools.find(tools.JAVA)
        classes = f"{artefacts.kafka_jars(say)}/*"
        settings = (artefacts.KAFKA / "server.properties").read_text()
        for port in self.ports:
            settings = settings.replace(f"{{{port}}}", str(state.ports[port]))
        (folder / "server.properties").write_text(settings)
        if not (folder / "kafka" / "meta.properties").exists():
            tool = ["kafka.tools.StorageTool", "format", f"--cluster-id={state.cluster}", "-c", "server.properties"]
            said = tools.run([java, "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", classes, *tool], cwd=folder)
            if not said.ok:
                raise StackError(f"Kafka's data folder {folder / 'kafka'} cannot be prepared: {said.last_line}")
        return [
            java,
            self.mark(state, folder),
            f"-Xmx{self.heap}",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:ErrorFile=logs/kafka-crash-%p.log",
            f"-Dlog4j2.configurationFile={(artefacts.KAFKA / 'log4j2.properties').as_uri()}",
            "-cp",
            classes,
            "kafka.Kafka",
            "server.properties",
        ]


class Mongo:
    """A server that speaks MongoDB's wire protocol: a mongod found on PATH, else FerretDB over SQLite.

    The first start decides which, for its data files are only its own.
    """

    name: Name = "mongo"
    ports: tuple[Port, ...] = ("mongo",)

    def program(self, state: State) -> str:
        """Name of the engine in use."""
        return "mongod" if state.engine == "mongod" else artefacts.FERRETDB_PROGRAM

    def mark(self, state: State, folder: Path) -> str:
        """FerretDB takes a mark; mongod is known by its data folder."""
        return state.mark if state.engine == "ferretdb" else str(folder / "mongod")

    def prepare(self, state: State, folder: Path, say: Say) -> Sequence[str]:
        """Program and data folder."""
        mongod = shutil.which("mongod")
        state.engine = state.engine or ("mongod" if mongod else "ferretdb")
        data = folder / state.engine
        data.mkdir(exist_ok=True)
        port = str(state.ports["mongo"])
        if state.engine == "ferretdb":
            program = str(artefacts.ferretdb(say))
            return [program, "-stack", self.mark(state, folder), "-listen", f"127.0.0.1:{port}", "-data", str(data)]
        if mongod is None:
            raise StackError(f"{data} was written by a mongod, and there is none on PATH now")
        return [mongod, "--quiet", "--bind_ip", "127.0.0.1", "--port", port, "--dbpath", self.mark(state, folder)]
