"""A real Zipkin beside the stack: an invoice's page leads to its trace, and the trace back to the page, on both stacks."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local import Stack, free_port
from deploy.local.observers import tell_targets
from shared.journal.home import Home
from shared.runtime.console import serving_console
from shared.runtime.listening import listening
from shared.runtime.settings import Settings
from tests.cluster.fleet import fleet
from tests.cluster.quiet import until
from tests.deploy.prometheus import require_prometheus
from tests.runtime.funds import FUND, clean_env, invoice, start_fund, worked_start
from tests.runtime.runbook import commands
from tests.stack import QUICK_JAVA, require_connected

pytestmark = pytest.mark.connected

A1, A2 = "300111224/A1", "300111224/A2"
WHEN = "2022-02-07T10:00:00+02:00"
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
PROGRAMS = Path(sys.prefix) / "bin"


@dataclass(kw_only=True)
class Watched:
    """A stack with those who look on: where it lies, what it said is to be exported, and how it is asked."""

    home: Path
    console: str
    fund_port: int
    env: dict[str, str]
    said: str
    psdf: Callable[[str], str]

    @property
    def zipkin(self) -> str:
        return self.env["PSDF_TRACES_URL"].partition("/zipkin/")[0]

    async def trace(self, client: httpx.AsyncClient, trace: str, names: set[str]) -> list[dict[str, Any]]:
        """The spans of a trace, as soon as Zipkin has all that are waited for."""
        spans: list[dict[str, Any]] = []

        async def whole() -> bool:
            answer = await client.get(f"{self.zipkin}/api/v2/trace/{trace}")
            spans[:] = answer.json() if answer.is_success else []
            return names <= {span["name"] for span in spans}

        await until(whole, f"Zipkin has {names} of {trace}")
        return spans

    async def found(self, client: httpx.AsyncClient, invoice_id: str) -> set[str]:
        """The traces that Zipkin finds by an invoice, as its search page asks."""
        asked = {"annotationQuery": f"psdf.invoice={invoice_id}", "lookback": "86400000", "limit": "10"}
        answer = await client.get(f"{self.zipkin}/api/v2/traces", params=asked)
        return {span["traceId"] for spans in answer.json() for span in spans}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Started, asked and stopped by the lines of the runbook."""
    require_connected()
    require_prometheus()
    home, fund_port, console_port = tmp_path_factory.mktemp("watched") / "home", free_port(), free_port()
    console = f"http://127.0.0.1:{console_port}"
    env = clean_env() | {
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "PSDF_HOME": str(home),
        "PSDF_HTTP": f"127.0.0.1:{fund_port}",
        "PSDF_CONSOLE_URL": console,
        "JAVA_TOOL_OPTIONS": QUICK_JAVA,
    }

    def done(line: str) -> str:
        made = subprocess.run(["bash", "-c", line], env=env, capture_output=True, text=True, check=False)
        assert made.returncode == 0, f"{line}\n{made.stdout}\n{made.stderr}"
        return made.stdout

    up, *more = (line.partition(" #")[0].strip() for line in commands("Local, watched"))
    exports = " && ".join(line for line in more if line.startswith(("eval ", "export ")))
    try:
        said = done(up)
        exported = done(f"{exports} && env").splitlines()
        given = dict(line.split("=", 1) for line in exported if line.startswith("PSDF_"))
        yield Watched(home=home, console=console, fund_port=fund_port, env=given, said=said, psdf=done)
        assert done("psdf stack status").count("running") == 5
    finally:
        assert done("psdf stack down").count("stopped") == 5


async def test_the_embedded_funds_invoice_leads_to_its_trace_and_the_trace_back(
    watched: Watched, tmp_path: Path
) -> None:
    env = {name: watched.env[name] for name in ("PSDF_OTLP", "PSDF_CONSOLE_URL", "PSDF_TRACES")}
    process = start_fund(tmp_path / "home", watched.fund_port, **env)
    try:
        raws = [*worked_start()[:4], invoice("A1", 500, WHEN)]
        sent = [json.loads(raw) for raw in raws]
        async with httpx.AsyncClient(timeout=20) as client:
            at = f"http://127.0.0.1:{watched.fund_port}"
            answer = await client.post(f"{at}/events", content=json.dumps(sent), headers=BATCH)
            assert answer.status_code == 200, answer.text
            settings = Settings(
                home=tmp_path / "home", traces=float(env["PSDF_TRACES"]), traces_url=watched.env["PSDF_TRACES_URL"]
            )
            with listening(watched.console.removeprefix("http://")) as listener:
                async with serving_console(Home(path=settings.home), FUND, listener, [], settings) as url:
                    assert url == watched.console
                    await there_and_back(watched, client, url, A1)
                    config = (await client.get(f"{watched.zipkin}/zipkin/config.json")).json()
                    trace = next(iter(await watched.found(client, A1)))
                    button = await client.get(config["logsUrl"].replace("{traceId}", trace), follow_redirects=True)
                    assert (button.status_code, str(button.url)) == (200, f"{watched.console}/invoices/{A1}")
            await scraped(watched, client, "fund")
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert shutil.which("prometheus")
    assert f"traces: {watched.zipkin}/zipkin/" in watched.said
    assert "metrics: http://127.0.0.1:" in watched.said


async def test_on_the_cluster_too(watched: Watched, fund: str, tmp_path: Path) -> None:
    report = Stack(watched.home).status()
    assert (report.bootstrap, report.mongo_url) == (watched.env["PSDF_KAFKA"], watched.env["PSDF_MONGO"])
    async with fleet(report, fund, tmp_path, partitions=1) as here, httpx.AsyncClient(timeout=20) as client:
        here.env = {"PSDF_OTLP": watched.env["PSDF_OTLP"], "PSDF_TRACES": "1"}
        shown = {"PSDF_HOME": str(tmp_path / "console"), "PSDF_TRACES_URL": watched.env["PSDF_TRACES_URL"]}
        console = here.start("console", **shown)
        here.members.remove(console)  # it hears no topic
        url = f"http://127.0.0.1:{console.port}"
        here.env |= {"PSDF_CONSOLE_URL": url}
        members = await here.started("contracts", "invoicing", "payments")
        tell_targets(watched.home / "stack", {member.name: f"127.0.0.1:{member.port}" for member in members})
        for raw in (*worked_start()[:4], invoice("A2", 500, WHEN)):
            await here.send([raw])
            await here.quiet()
        await until(console.ready, "the console is ready")
        await there_and_back(watched, client, url, A2)
        await scraped(watched, client, "payments")
        tell_targets(watched.home / "stack", {})


async def there_and_back(watched: Watched, client: httpx.AsyncClient, console: str, invoice_id: str) -> None:
    """From an invoice's page to its trace, by the link on it; and by what its spans say back to the page."""
    page = f"{console}/invoices/{invoice_id}"
    to_trace = re.escape(watched.env["PSDF_TRACES_URL"]).replace(r"\{trace\}", "([0-9a-f]{32})")
    links: list[re.Match[str]] = []

    async def shown() -> bool:
        links[:] = re.finditer(f'href="({to_trace})"', (await client.get(page)).text)
        return bool(links)

    await until(shown, f"{page} leads to a trace")
    (link,) = links
    assert "<title>" in (await client.get(link[1])).text, "Zipkin has a page there"
    spans = await watched.trace(client, link[2], {"invoice.accepted", "payment.scheduled"})
    assert {span["localEndpoint"]["serviceName"] for span in spans} == {"invoicing", "payments"}
    assert await watched.found(client, invoice_id) == {link[2]}
    assert {span["tags"]["psdf.invoice"] for span in spans} == {invoice_id}
    assert {span["tags"]["psdf.console"] for span in spans} == {page}
    back = await client.get(f"{console}/traces/{link[2]}", follow_redirects=True)
    assert str(back.url) == page


async def scraped(watched: Watched, client: httpx.AsyncClient, job: str) -> None:
    """Wait until Prometheus has read a process."""
    url = watched.said.partition("metrics: ")[2].split()[0]

    async def up() -> bool:
        answer = await client.get(f"{url}api/v1/query", params={"query": f'up{{job="{job}"}}'})
        return [each["value"][1] for each in answer.json()["data"]["result"]] == ["1"]

    await until(up, f"Prometheus reads {job}")
