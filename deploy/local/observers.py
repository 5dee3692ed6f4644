"""Who looks on beside the stack: Zipkin shows traces, a relay brings them there, Prometheus keeps metrics.

All three listen to this machine alone, fetch nothing from elsewhere once they run, and can be thrown away: traces lie
in Zipkin's memory, metrics in ``prometheus/`` of the stack's folder.
"""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from deploy.local import artefacts, tools
from deploy.local.artefacts import Say
from deploy.local.records import Name
from deploy.local.state import Port, State

ZIPKIN = Path(__file__).parent / "zipkin"
ZIPKIN_PROGRAM = "Zipkin 3.5.1"
ZIPKIN_HEAP = "512m"
MOST_SPANS = 200_000
"""That Zipkin keeps; then the oldest traces go."""
LOOK_BACK_MS = 24 * 3600 * 1000
"""How far back its search looks unless told."""
TARGETS = "targets"
"""The folder in which others say what Prometheus reads, each in a file of its own, while it runs."""
PROMETHEUS_IS_MISSING = (
    "there is no prometheus on PATH, so metrics are not kept: each process still tells them at /metrics "
    "(Debian: apt-get install prometheus)"
)


class Zipkin:
    """Shows traces, and leads from each back to the console."""

    name: Name = "zipkin"
    ports: tuple[Port, ...] = ("zipkin",)

    def __init__(self, console_url: str) -> None:
        """Take the address of the console."""
        self._console_url = console_url

    def program(self, state: State) -> str:
        """Release as pinned."""
        del state
        return ZIPKIN_PROGRAM

    def mark(self, state: State, folder: Path) -> str:
        """Set a property that Java carries and nobody reads."""
        del folder
        return f"-Dpsdf.stack={state.mark}"

    def prepare(self, state: State, folder: Path, say: Say) -> Sequence[str]:
        """Its jar."""
        java = tools.find(replace(tools.JAVA, needed_for="running Zipkin"))
        maven = replace(tools.MAVEN, needed_for="fetching Zipkin, once")
        (jar,) = artefacts.jars_of(ZIPKIN, ZIPKIN_PROGRAM, "131 MB", maven, say).iterdir()
        return [
            java,
            self.mark(state, folder),
            f"-Xmx{ZIPKIN_HEAP}",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:ErrorFile=logs/zipkin-crash-%p.log",
            "-jar",
            str(jar),
            "--armeria.ports[0].address=127.0.0.1",
            f"--armeria.ports[0].port={state.ports['zipkin']}",
            "--armeria.ports[0].protocols[0]=http",
            f"--zipkin.storage.mem.max-spans={MOST_SPANS}",
            f"--zipkin.ui.default-lookback={LOOK_BACK_MS}",
            f"--zipkin.ui.logs-url={self._console_url}/traces/{{traceId}}",
        ]


class Relay:
    """Takes traces by OTLP, and gives them to Zipkin."""

    name: Name = "relay"
    ports: tuple[Port, ...] = ("relay",)

    def program(self, state: State) -> str:
        """Name it as a person does."""
        del state
        return "the relay from OTLP to Zipkin"

    def mark(self, state: State, folder: Path) -> str:
        """Take a mark that it does not read."""
        del folder
        return state.mark

    def prepare(self, state: State, folder: Path, say: Say) -> Sequence[str]:
        """It is ours, and there."""
        del say
        at = f"127.0.0.1:{state.ports['relay']}"
        zipkin = f"http://127.0.0.1:{state.ports['zipkin']}"
        return [sys.executable, "-m", "deploy.local.relay", at, zipkin, self.mark(state, folder)]


class Prometheus:
    """Keeps metrics, where a ``prometheus`` is on PATH."""

    name: Name = "prometheus"
    ports: tuple[Port, ...] = ("prometheus",)

    def __init__(self, fund: str) -> None:
        """Take host:port of a fund that runs in one process."""
        self._fund = fund

    def program(self, state: State) -> str:
        """Name it as a person does."""
        del state
        return "Prometheus"

    def mark(self, state: State, folder: Path) -> str:
        """It is known by its data folder."""
        del state
        return str(folder / "prometheus")

    def prepare(self, state: State, folder: Path, say: Say) -> Sequence[str]:
        """Say what it reads: the fund in one process, and whatever stands in the files of ``targets``."""
        del say
        config = folder / "prometheus.yaml"
        (folder / TARGETS).mkdir(exist_ok=True)
        config.write_text(scraped(self._fund))
        return [
            shutil.which("prometheus") or "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={self.mark(state, folder)}",
            f"--web.listen-address=127.0.0.1:{state.ports['prometheus']}",
            "--log.level=warn",
        ]


def tell_targets(folder: Path, processes: Mapping[str, str]) -> None:
    """Say in a stack's folder which processes to read, host:port by job; none ends what was said. No stack, no word."""
    if not folder.is_dir():
        return
    (folder / TARGETS).mkdir(exist_ok=True)
    said = [{"targets": [at], "labels": {"job": job}} for job, at in processes.items()]
    file = folder / TARGETS / "processes.json"
    new = file.with_suffix(".new")
    new.write_text(json.dumps(said))
    new.replace(file)


def scraped(fund: str) -> str:
    """Settings of Prometheus: JSON, which is YAML too. Files of targets are read again when they change."""
    jobs = [
        {"job_name": "fund", "static_configs": [{"targets": [fund]}]},
        {"job_name": "processes", "file_sd_configs": [{"files": [f"{TARGETS}/*.json"]}]},
    ]
    settings = {"global": {"scrape_interval": "5s", "scrape_timeout": "4s"}, "scrape_configs": jobs}
    return json.dumps(settings, indent=2) + "\n"
