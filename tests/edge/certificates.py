"""Authorities and certificates for tests, made as ``openssl`` or a public authority makes them; TLS around an app."""

import asyncio
import ipaddress
import socket
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from starlette.types import ASGIApp

from shared.edge.tls import server_context
from shared.runtime.listening import Server
from shared.runtime.mutual import Mutual

PrivateKey = Ed25519PrivateKey | RSAPrivateKey
YEAR = timedelta(days=365)


def name(of: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, of)])


def pem_of(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass
class Authority:
    """One who issues certificates."""

    folder: Path
    called: str = "An authority"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        rights = [x509.BasicConstraints(ca=True, path_length=0)]
        self.certificate = self._made(self.called, self.key, timedelta(), YEAR, rights)
        (self.folder / "ca.crt").write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def _made(
        self, to: str, key: PrivateKey, since: timedelta, valid: timedelta, more: list[x509.ExtensionType]
    ) -> x509.Certificate:
        begins = datetime.now(UTC) - timedelta(minutes=1) + since
        builder = x509.CertificateBuilder(name(self.called), name(to), key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(begins).not_valid_after(begins + valid)
        for each in more:
            builder = builder.add_extension(each, critical=isinstance(each, x509.BasicConstraints))
        signs_by = SHA256() if isinstance(self.key, RSAPrivateKey) else None
        return builder.sign(self.key, signs_by)

    def certify(self, key: PrivateKey, to: str, since: timedelta = timedelta(), valid: timedelta = YEAR) -> Path:
        """A client's certificate and key in one file, as curl takes it."""
        rights: list[x509.ExtensionType] = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])]
        made = self._made(to, key, since, valid, rights)
        path = self.folder / f"client-{made.serial_number}.pem"
        path.write_bytes(made.public_bytes(Encoding.PEM) + pem_of(key))
        return path

    def signs(self, request: Path, to: Path) -> None:
        """The certificate of a request (PKCS #10), as ``openssl x509 -req`` makes it."""
        asked = x509.load_pem_x509_csr(request.read_bytes())
        assert asked.is_signature_valid
        begins = datetime.now(UTC) - timedelta(minutes=1)
        builder = x509.CertificateBuilder(name(self.called), asked.subject, asked.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begins)
        made = builder.not_valid_after(begins + YEAR).sign(self.key, None)
        to.write_bytes(made.public_bytes(Encoding.PEM))

    def serves(self) -> Path:
        """Write ``tls.crt`` and ``tls.key`` of this machine beside ``ca.crt``; gives the folder."""
        key = Ed25519PrivateKey.generate()
        rights: list[x509.ExtensionType] = [
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        ]
        made = self._made("fund.example.lt", key, timedelta(), YEAR, rights)
        (self.folder / "tls.crt").write_bytes(made.public_bytes(Encoding.PEM))
        (self.folder / "tls.key").write_bytes(pem_of(key))
        return self.folder

    def trusts(self, shows: Path | None = None) -> ssl.SSLContext:
        """TLS of a client that trusts this authority, and shows a certificate if it is given one."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        if shows:
            context.load_cert_chain(shows)
        return context

    def client(self, url: str, shows: Path | None = None) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=url, verify=self.trusts(shows), timeout=30)


def der_of(shown: Path) -> bytes:
    return x509.load_pem_x509_certificate(shown.read_bytes()).public_bytes(Encoding.DER)


def client_cert(shown: Path) -> str:
    """The header of RFC 9440."""
    return f":{b64encode(der_of(shown)).decode()}:"


@asynccontextmanager
async def over_tls(app: ASGIApp, mutual: Mutual) -> AsyncIterator[str]:
    """Serve an app over TLS, as ``psdf run`` does with PSDF_HTTPS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(mutual.config(app))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def proxied(folder: Path, behind: str) -> AsyncIterator[str]:
    """A small proxy that ends TLS: it strips a Client-Cert that it is sent, and says the one of RFC 9440."""
    host, _, port = behind.removeprefix("http://").rpartition(":")

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith((b"client-cert", b"connec"))]
        lines += [b"Connection: close"] + ([b"Client-Cert: :%s:" % b64encode(shown)] if shown else [])
        length = next((int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")), 0)
        body = await reader.readexactly(length)
        back, there = await asyncio.open_connection(host, int(port))
        there.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        writer.write(await back.read())
        await writer.drain()
        for each in (there, writer):
            each.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=server_context(folder))
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
