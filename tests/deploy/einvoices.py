"""An e-invoice at the gate of what is deployed: judged by Saxon and the official rules that lie in the image."""

import asyncio
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil

from shared.edge.einvoice.artefacts import artefacts
from shared.edge.einvoice.worker import MEMORY
from shared.edge.keys import keyid_of, read_key
from shared.edge.tokens import token
from tests.cluster.quiet import until
from tests.deploy.manifests import Resource
from tests.deploy.started import Started
from tests.edge.einvoice.made import PROVIDER, changed, invoice, ubl
from tests.edge.einvoice.sending import XML
from tests.runtime.funds import FUND, psdf

PERSONS = ("--by", "Ona Onaitė", "--approved-by", "Petras Petraitis")
SOURCE = f"/providers/{PROVIDER}"
KNOWN_S = 60.0


def rules_of_the_image(folder: Path) -> Path:
    """The rules as the image has them: none of its processes may write beside them."""
    fetched = artefacts(print).folder
    there = folder / "rules"
    shutil.copytree(fetched, there / fetched.name)
    for each in (there / fetched.name, there):
        each.chmod(0o555)
    return there


async def an_e_invoice_is_judged_by_the_gate(
    gate: Started, keepers: Mapping[str, str], deployment: Resource | None = None
) -> None:
    """Its seller's key is registered as the runbook says; then it is told what is wrong, and what is right is taken."""
    made, request = gate.log.parent / "seller", gate.log.parent / "seller" / "request.json"
    for words in (("keys", "new", SOURCE, "--out", made), ("keys", "register", request, *PERSONS)):
        done = await asyncio.to_thread(psdf, *words, **keepers)
        assert done.returncode == 0, done.stderr
    key = read_key(made / "key.pem")
    bearer = token(SOURCE, FUND.fund_id, keyid_of(key), key, datetime.now(UTC))
    assert "HOME" not in gate.environment
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{gate.port}", timeout=60, headers=XML) as client:

        async def known() -> bool:
            return (await client.get("/answers", headers={"Authorization": f"Bearer {bearer}"})).status_code == 200

        await until(known, "the gate knows the seller's key", KNOWN_S, gate.said)
        assert (await client.post("/ubl", content=ubl())).status_code == 401
        client.headers["Authorization"] = f"Bearer {bearer}"
        wrong = changed(">3000.00</cbc:PayableAmount>", ">1.00</cbc:PayableAmount>")
        refused = await client.post("/ubl", content=wrong)
        assert (refused.status_code, [each["rule"] for each in refused.json()["errors"]]) == (422, ["BR-CO-16"])
        taken = await client.post("/ubl", content=ubl(invoice("E1")))
        assert (taken.status_code, taken.json()["invoice_id"]) == (202, f"{PROVIDER}/E1")
    if deployment:
        it_has_the_memory_for_both(gate, deployment)


def it_has_the_memory_for_both(gate: Started, deployment: Resource) -> None:
    """Its limit holds the gate and, at its most, the process that judges; what it asks for is what both take at rest."""
    (worker,) = psutil.Process(gate.process.pid).children()
    took = {"gate": peak(gate.process.pid), "worker": peak(worker.pid)}
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    asked, most = (bytes_of(container["resources"][name]["memory"]) for name in ("requests", "limits"))
    assert sum(took.values()) < asked, took
    assert took["gate"] + MEMORY < most, took


def peak(pid: int) -> int:
    """The most memory that a process has held, in bytes."""
    (line,) = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def bytes_of(quantity: str) -> int:
    """A quantity of Kubernetes, ``640Mi`` or ``2Gi``."""
    return int(quantity[:-2]) * {"Mi": 2**20, "Gi": 2**30}[quantity[-2:]]
