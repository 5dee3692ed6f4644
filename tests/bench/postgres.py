"""The same checks as one PostgreSQL transaction an invoice: what a shared database would do on this machine.

A server of its own in a folder of its own, durable as it comes (fsync, synchronous commit); the load is pgbench's.
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

SCHEMA = Path(__file__).with_suffix(".sql")
PROGRAMS = ("postgres", "initdb", "pg_ctl", "psql", "pgbench")
CLIENTS, SECONDS = 8, 10
SETTLED = "SELECT count(*) FROM payments"
SCRIPT = "SELECT submit(invoice(nextval('numbers') - 1));\n"


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

    def per_second(self) -> float:
        """Invoices a second from so many clients; every one must have been scheduled."""
        script = self._folder / "submit.sql"
        script.write_text(SCRIPT)
        script.chmod(0o644)
        before = int(self._asked(SETTLED))
        how = ["-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "-f", str(script)]
        said = self.run("pgbench", *how, *self.where)
        done = re.search(r"transactions actually processed: (\d+)", said)
        rate = re.search(r"tps = ([0-9.]+)", said)
        assert done, said
        assert rate, said
        assert int(self._asked(SETTLED)) - before == int(done[1]), "an invoice was not scheduled"
        return float(rate[1])

    def _asked(self, question: str) -> str:
        return self.run("psql", *self.where, "-t", "-A", "-c", question)


def _user() -> str | None:
    if os.getuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
