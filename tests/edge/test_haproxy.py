"""HAProxy before the door, as the runbook and the Ingress say it: what gets through, and what it says of a certificate."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from deploy.ingress import OPEN
from tests.adapters.serving import running
from tests.edge import certificates
from tests.edge.certificates import Authority, client_cert
from tests.edge.haproxy import FRONTS, haproxied


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path / "ca")
    made.serves()
    return made


@pytest.fixture(params=FRONTS)
async def front(request: pytest.FixtureRequest, authority: Authority) -> AsyncIterator[str]:
    """HAProxy, and behind it what says which path came, and what was said of certificates."""

    async def says(request: Request) -> JSONResponse:
        return JSONResponse({"path": request.url.path, "certificates": request.headers.getlist("client-cert")})

    app = Starlette(routes=[Route("/{path:path}", says)])
    async with running(app) as url, haproxied(authority.folder, url, how=request.param) as tls:
        yield tls


async def test_what_sources_ask_for_comes_through_and_nothing_else(front: str, authority: Authority) -> None:
    async with authority.client(front) as client:
        for path in OPEN:
            for asked in (path, f"{path}/x/y"):
                assert (await client.get(asked)).json() == {"path": asked, "certificates": []}
        for path in ("/", "/livez", "/readyz", "/metrics", "/fund", "/keys", "/desk", "/eventsx", "/x/events"):
            assert (await client.get(path)).status_code in (404, 503), path


async def test_a_certificate_is_handed_on_by_rfc_9440_once_and_what_a_client_says_of_one_never(
    front: str, authority: Authority
) -> None:
    shown = authority.certify(Ed25519PrivateKey.generate(), "x")
    stolen = [("Client-Cert", "x"), ("client-cert", client_cert(shown)), ("Client-Cert", ":AAAA:")]
    async with authority.client(front, shown) as client:
        said = (await client.get("/answers", headers=stolen)).json()["certificates"]
        assert said == [client_cert(shown)]
    async with authority.client(front) as client:
        assert (await client.get("/answers", headers=stolen)).json()["certificates"] == []


@pytest.mark.parametrize("bad", ["another", "of the same name", "old"])
async def test_a_certificate_that_is_no_good_gets_nothing_through(
    front: str, authority: Authority, tmp_path: Path, bad: str
) -> None:
    key = Ed25519PrivateKey.generate()
    shown = {
        "another": lambda: Authority(tmp_path / "another", "Another").certify(key, "x"),
        "of the same name": lambda: Authority(tmp_path / "same").certify(key, "x"),
        "old": lambda: authority.certify(key, "x", -2 * certificates.YEAR),
    }[bad]()
    async with authority.client(front, shown) as client:
        try:
            status = (await client.get("/answers")).status_code
        except (httpx.TransportError, ssl.SSLError) as refused:
            status = 403 if "alert" in str(refused) else 0  # TLS ends it by its own word
    assert status == 403
