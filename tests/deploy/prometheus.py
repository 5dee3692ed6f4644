"""A real Prometheus for tests: rules checked and tried by promtool, a server over past days or over a live fund.

Both programs are of Debian's package ``prometheus``. Where they are missing the tests are left out, loudly;
``PSDF_REQUIRE_CONNECTED=1`` (CI) makes that a failure.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from deploy.local import free_port

PROGRAMS = ("prometheus", "promtool")
PATIENCE_S = 60.0
LONGEST_BLOCK = "20000h"


def require_prometheus() -> None:
    """Skip the test, or fail it where CI asks for it, if this machine has no Prometheus."""
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    if not lacking:
        return
    reason = f"NO PROMETHEUS HERE: {' and '.join(lacking)} not on PATH; apt-get install prometheus brings both"
    if os.environ.get("PSDF_REQUIRE_CONNECTED") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def promtool(*arguments: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run promtool to its end."""
    command = ["promtool", *map(str, arguments)]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=120, check=False)


class Prometheus:
    """A running server, to be asked."""

    def __init__(self, url: str) -> None:
        self.url, self._client = url, httpx.Client(base_url=url, timeout=60)

    def ready(self) -> bool:
        try:
            return self._client.get("/-/ready").is_success
        except httpx.TransportError:
            return False

    def now(self, expression: str) -> list[dict[str, Any]]:
        """The series of an expression at this moment, each with ``metric`` and ``value``."""
        return self._asked("query", {"query": expression})

    def over(self, expression: str, first: datetime, last: datetime, step_s: int) -> list[dict[str, Any]]:
        """The series of an expression over time, each with ``metric`` and ``values``."""
        span = {"start": str(first.timestamp()), "end": str(last.timestamp()), "step": str(step_s)}
        return self._asked("query_range", {"query": expression, **span})

    def _asked(self, what: str, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        answer = self._client.post(f"/api/v1/{what}", data=asked).json()
        assert answer["status"] == "success", f"{asked['query']}: {answer.get('error')}"
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def close(self) -> None:
        self._client.close()


@contextmanager
def serving(folder: Path, scraped: Mapping[str, str] | None = None) -> Iterator[Prometheus]:
    """A server on the blocks of a folder; ``scraped`` are ``host:port`` by job, each read every other second."""
    jobs = [{"job_name": job, "static_configs": [{"targets": [at]}]} for job, at in (scraped or {}).items()]
    config = folder / "prometheus.yaml"
    every = {"scrape_interval": "2s", "scrape_timeout": "2s"}
    config.write_text(yaml.safe_dump({"global": every, "scrape_configs": jobs}), encoding="utf-8")
    port = free_port()
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    command += ["--storage.tsdb.retention.time=20y", f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"]
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    asked = Prometheus(f"http://127.0.0.1:{port}")
    try:
        until(lambda: process.poll() is not None or asked.ready(), "Prometheus is ready")
        assert process.poll() is None, (folder / "prometheus.log").read_text()
        yield asked
    finally:
        asked.close()
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def backfill(folder: Path, lines: Iterable[str]) -> None:
    """Make blocks of samples, ``name{labels} value seconds``, each series in the order of time."""
    (folder / "data").mkdir()
    text = folder / "samples.txt"
    with text.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.write("# EOF\n")
    made = promtool(
        "tsdb",
        "create-blocks-from",
        f"--max-block-duration={LONGEST_BLOCK}",
        "openmetrics",
        text,
        folder / "data",
    )
    assert made.returncode == 0, made.stderr


def until(holds: Callable[[], Any], what: str) -> None:
    """Wait for a condition of another process."""
    until_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until_s, f"{what}: not within {PATIENCE_S:.0f} s"
        time.sleep(0.02)
