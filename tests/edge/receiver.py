"""Somebody who is called: a real HTTPS server of this machine, with a certificate of its own, for webhooks."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

NAME = "localhost"


@dataclass
class Receiver:
    """What came, and what is answered: the next of ``statuses``, then 204."""

    url: str
    trust: ssl.SSLContext
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    elsewhere: int = 0

    async def take(self, request: Request) -> Response:
        if request.url.path != "/hook":
            self.elsewhere += 1
        self.came.append((dict(request.headers), await request.body()))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 204, headers=self.headers)

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.came]


def certificate(folder: Path) -> Path:
    """A key and a certificate for the name, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, SHA256())
    )
    pem = folder / "receiver.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + made.public_bytes(Encoding.PEM))
    return pem


@asynccontextmanager
async def receiving(folder: Path) -> AsyncIterator[Receiver]:
    """The server, beside the test."""
    pem = certificate(folder)
    trust = ssl.create_default_context(cafile=str(pem))
    receiver = Receiver("", trust)
    app = Starlette(routes=[Route("/{rest:path}", receiver.take, methods=["POST", "GET"])])
    config = uvicorn.Config(
        app, port=0, log_level="warning", lifespan="off", ssl_keyfile=str(pem), ssl_certfile=str(pem)
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    receiver.url = f"https://{NAME}:{server.servers[0].sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        server.should_exit = True
        await task
