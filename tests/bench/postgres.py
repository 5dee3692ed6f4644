"""The same checks in a PostgreSQL database that all share: what a monolith would do on this machine.

As such programs are written, one transaction an invoice; and in its best form, as many invoices a transaction as our
batch has. A server of its own in a folder of its own, durable as it comes (fsync, synchronous commit); the load is
pgbench's, with prepared statements.
"""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

SCHEMA = Path(__file__).with_suffix(".sql")
PROGRAMS = ("postgres", "initdb", "pg_ctl", "psql", "pgbench")
CLIENTS, SECONDS = 8, 10
"""How many send one a transaction, and how long a turn of either form lasts."""
SETTLED = "SELECT count(*) FROM payments"
SUBMIT = "SELECT submit(invoice(nextval('numbers') - 1))"


def found() -> Mapping[str, str] | None:
    """The programs, or None where one is missing: some distributions put the server's beside each other off the PATH."""
    server = shutil.which("postgres")
    places = os.environ["PATH"] + (os.pathsep + str(Path(server).resolve().parent) if server else "")
    programs = {name: shutil.which(name, path=places) for name in PROGRAMS}
    return None if None in programs.values() else {name: str(path) for name, path in programs.items()}


@contextmanager
def server(programs: Mapping[str, str]) -> Iterator["Server"]:
    """A server in a temporary folder; it refuses to be root's, so root hands it to another user."""
    with tempfile.TemporaryDirectory(prefix="psdf-postgres-") as name:
        user = _user()
        if user:
            shutil.chown(name, user)
        made = Server(programs, Path(name), user)
        made.run("initdb", "-D", f"{name}/data", "-U", "psdf", "-A", "trust", "-E", "UTF8", "--locale=C")
        options = f"-c listen_addresses='' -c unix_socket_directories='{name}'"
        made.run("pg_ctl", "-D", f"{name}/data", "-l", f"{name}/log", "-o", options, "-w", "start")
        try:
            made.run("psql", *made.where, "-q", "-v", "ON_ERROR_STOP=1", told=SCHEMA.read_text())
            yield made
        finally:
            made.run("pg_ctl", "-D", f"{name}/data", "-m", "immediate", "stop")


class Server:
    """A running server, and pgbench against it."""

    def __init__(self, programs: Mapping[str, str], folder: Path, user: str | None) -> None:
        self._programs, self._folder, self._user = programs, folder, user
        self.where = ("-h", str(folder), "-U", "psdf", "postgres")

    def run(self, name: str, *words: str, told: str = "") -> str:
        """What a program says. Raises CalledProcessError."""
        return subprocess.run(
            [self._programs[name], *words],
            user=self._user,
            cwd=self._folder,
            input=told,
            text=True,
            check=True,
            stdout=subprocess.PIPE,
        ).stdout

    def per_second(self, seconds: int, at_once: int = 1) -> float:
        """Invoices a second, so many a transaction; every one must have been scheduled.

        One a transaction comes from eight clients, who wait for the disk together; a batch from one, as ours does: two
        would lock each other's rows of the share and the total.
        """
        clients = CLIENTS if at_once == 1 else 1
        script = self._folder / "submit.sql"
        script.write_text(f"{SUBMIT} FROM generate_series(1, {at_once});\n")
        script.chmod(0o644)
        before = int(self._asked(SETTLED))
        how = [
            "-n",
            "-M",
            "prepared",
            "-c",
            str(clients),
            "-j",
            str(min(clients, 2)),
            "-T",
            str(seconds),
            "-f",
            str(script),
        ]
        said = self.run("pgbench", *how, *self.where)
        done = re.search(r"transactions actually processed: (\d+)", said)
        rate = re.search(r"tps = ([0-9.]+)", said)
        assert done, said
        assert rate, said
        assert int(self._asked(SETTLED)) - before == int(done[1]) * at_once, "an invoice was not scheduled"
        return float(rate[1]) * at_once

    def _asked(self, question: str) -> str:
        return self.run("psql", *self.where, "-t", "-A", "-c", question)


def measure(at_once: int, runs: int = 3, seconds: int = SECONDS) -> dict[str, int]:
    """Medians of both forms, in turns; nothing where PostgreSQL is not on PATH."""
    programs = found()
    if programs is None:
        return {}
    with server(programs) as running:
        turns = [(running.per_second(seconds), running.per_second(seconds, at_once)) for _ in range(runs)]
    single, batched = (round(median(rates)) for rates in zip(*turns, strict=True))
    return {"postgres_per_s": single, "postgres_batched_per_s": batched}


def _user() -> str | None:
    if os.getuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
