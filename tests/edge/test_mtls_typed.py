"""mTLS as shared/edge/README.md says it is typed: psdf, openssl and curl, at a fund that runs as a process of its own."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local import free_port
from shared.edge.keys import read_key
from tests.edge.certificates import Authority
from tests.edge.signing import PROVIDER
from tests.runtime.funds import invoice, psdf, running_fund, worked_start

ONE, LINES = {"Content-Type": "application/cloudevents+json"}, {"Content-Type": "application/x-ndjson"}
PERSONS = ("--by", "Ona Onaitė", "--approved-by", "Petras Petraitis")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "tls")


@pytest.fixture
def ports(tmp_path: Path, authority: Authority) -> Iterator[tuple[int, int]]:
    """A fund with a budget and a contract; its port without TLS, and the one with it."""
    plain, secured = free_port(), free_port()
    env = {"PSDF_TLS": str(authority.serves()), "PSDF_HTTPS": f"127.0.0.1:{secured}"}
    with running_fund(tmp_path / "home", plain, **env):
        httpx.post(f"http://127.0.0.1:{plain}/events", content=b"\n".join(worked_start()[:4]), headers=LINES)
        yield plain, secured


def ran(*command: str | Path, cwd: Path) -> str:
    """What a program says, run to its end; loud where it is not here, a failure where CI asks for it."""
    if shutil.which(str(command[0])) is None:
        why = f"{command[0]} IS NOT HERE: what a source types is not run"
        if os.environ.get("PSDF_REQUIRE_CONNECTED") == "1":
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_a_source_connects_as_the_page_says_it(tmp_path: Path, authority: Authority, ports: tuple[int, int]) -> None:
    plain, secured = ports
    home, at = tmp_path / "home", tmp_path / "a"
    made = psdf("keys", "new", PROVIDER, "--out", at)
    assert made.returncode == 0, made.stderr
    ran("openssl", "req", "-new", "-key", "key.pem", "-subj", "/CN=300111224", "-out", "request.csr", cwd=at)
    authority.signs(at / "request.csr", at / "client.crt")
    done = psdf("keys", "register", at / "request.json", *PERSONS, "--mtls", home=home)
    assert done.returncode == 0, done.stderr
    (known,) = json.loads(psdf("keys", "list", "--json", home=home).stdout)
    assert known["mtls"] is True
    trust, url = ("--silent", "--cacert", authority.folder / "ca.crt"), f"https://127.0.0.1:{secured}/answers"
    said = ran("curl", *trust, "--cert", "client.crt", "--key", "key.pem", url, cwd=at)
    assert json.loads(said)["source"] == PROVIDER
    bare = json.loads(ran("curl", *trust, f"{url}?source={PROVIDER}", cwd=at))
    assert bare["status"] == 401
    unsigned = httpx.post(
        f"http://127.0.0.1:{plain}/events", content=invoice("A1", 500, "2022-02-07T10:00:00+02:00"), headers=ONE
    )
    assert (unsigned.status_code, "client certificate alone" in unsigned.json()["detail"]) == (403, True)
    another = Authority(tmp_path / "another", "Another").certify(read_key(at / "key.pem"), "x")
    refused = ran("curl", "--show-error", *trust, "--cert", another, url, cwd=at)
    assert "unknown ca" in refused, "the running fund says by TLS's own alert what was wrong"
