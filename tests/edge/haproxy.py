"""HAProxy itself before a door: as the runbook writes it, and as its ingress makes it from the Ingress of the gate."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from deploy.local import free_port
from deploy.render import BASE, DEPLOY
from tests.cluster.quiet import until

HAPROXY = "haproxy"
RUNBOOK = (DEPLOY / "README.md").read_text(encoding="utf-8")
(RECIPE,) = re.findall(r"in HAProxy:\n```\n(.*?)```", RUNBOOK, re.DOTALL)
INGRESS = yaml.safe_load((BASE / "ingress.yaml").read_text(encoding="utf-8"))
LETS_IN_ALL = "ca-ignore-err all crt-ignore-err all"
COMMON = """
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
"""


def by_runbook(folder: Path, port: int) -> tuple[Sequence[str], Sequence[str]]:
    """The lines of a frontend and of its backend, as the runbook writes them."""
    files = {":443": f"127.0.0.1:{port}", "gate.pem": f"{folder}/gate.pem", "clients.pem": f"{folder}/ca.crt"}
    said = RECIPE
    for written, here in files.items():
        assert written in said
        said = said.replace(written, here)
    return [*said.splitlines(), "default_backend gate"], []


def by_ingress(folder: Path, port: int) -> tuple[Sequence[str], Sequence[str]]:
    """The same as the ingress makes them: it lets any certificate into TLS, and a rule of its own sends bad ones away."""
    annotations = {name.partition("/")[2]: said for name, said in INGRESS["metadata"]["annotations"].items()}
    assert annotations["auth-tls-verify-client"] == "optional"
    (rule,) = INGRESS["spec"]["rules"]
    paths = [each["path"] for each in rule["http"]["paths"]]
    return [
        f"bind 127.0.0.1:{port} ssl crt {folder}/gate.pem ca-file {folder}/ca.crt verify optional {LETS_IN_ALL}",
        "http-request deny if { ssl_c_used 1 } !{ ssl_c_verify 0 }",
        *(f"use_backend gate if {{ path {path} }} || {{ path_beg {path}/ }}" for path in paths),
    ], annotations["config-backend"].splitlines()


FRONTS = {"runbook": by_runbook, "ingress": by_ingress}


@asynccontextmanager
async def haproxied(folder: Path, behind: str, *, how: str) -> AsyncIterator[str]:
    """HAProxy with the certificates of a folder; loud where it is not here, a failure where CI asks for it."""
    if shutil.which(HAPROXY) is None:
        why = "haproxy IS NOT HERE (apt install haproxy): what the runbook and the Ingress write for it is not run"
        if os.environ.get("PSDF_REQUIRE_CONNECTED") == "1":
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    port = free_port()
    (folder / "gate.pem").write_bytes((folder / "tls.crt").read_bytes() + (folder / "tls.key").read_bytes())
    front, back = FRONTS[how](folder, port)
    back = [*back, f"server gate {behind.removeprefix('http://')}"]
    sections = {"frontend outside": front, "backend gate": back}
    told = [COMMON] + [line for name, lines in sections.items() for line in (name, *(f"    {each}" for each in lines))]
    (folder / "haproxy.cfg").write_text("\n".join(told) + "\n")
    with (folder / "haproxy.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            HAPROXY, "-db", "-f", str(folder / "haproxy.cfg"), stdout=log, stderr=log
        )
    try:
        await until(lambda: _listens(port), "HAProxy listens", why_not=(folder / "haproxy.log").read_text)
        yield f"https://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
