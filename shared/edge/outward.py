"""A request that goes out to an address which somebody else has named: nowhere but where it may go.

The name is resolved once, every address of it must be allowed, and the connection goes to one of these, with the name
in TLS and in ``Host``: what it resolves to a moment later counts for nothing. No redirect is followed, no proxy is
asked, and of the answer only the status and the headers are read.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

WITHIN_S = 10.0
HTTPS = 443
TRANSLATED = tuple(ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
"""Addresses of IPv6 that lead to one of IPv4 which nobody has looked at."""


class NotAllowed(Exception):  # noqa: N818 - what is so
    """It is not called: the message says why."""


class Outward:
    """Calls others; ``trust`` is whose certificates count."""

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        self._http = httpx.AsyncClient(
            verify=trust or ssl.create_default_context(), timeout=WITHIN_S, follow_redirects=False, trust_env=False
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], networks: Sequence[Network] = ()
    ) -> tuple[int, httpx.Headers]:
        """Post a body; the status and the headers of the answer. ``networks`` may be called beside the internet.

        Raises NotAllowed for an address where nothing may go, httpx.HTTPError, TimeoutError, OSError.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise NotAllowed(f"{url} is no https")
        async with asyncio.timeout(WITHIN_S):
            try:
                port = parts.port or HTTPS
                address = await _address_of(parts.hostname, port, networks)
            except ValueError as error:  # a port or a name that there can't be
                raise NotAllowed(f"{url} is no address: {error}") from None
            there = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - of IP
            asked = self._http.build_request(
                "POST",
                httpx.URL(f"https://{there}:{port}", raw_path=(url.split(parts.netloc, 1)[1] or "/").encode()),
                content=body,
                headers={**headers, "Host": parts.netloc},
                extensions={"sni_hostname": parts.hostname},
            )
            answer = await self._http.send(asked, stream=True)
            await answer.aclose()
        return answer.status_code, answer.headers


async def _address_of(host: str, port: int, networks: Sequence[Network]) -> Address:
    """Where a name is. Raises NotAllowed where one of its addresses may not be called, OSError for no name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        if not _may_call(address, networks):
            raise NotAllowed(f"{host} is {address}, which is not of the public internet")
    return addresses[0]


def _may_call(address: Address, networks: Sequence[Network]) -> bool:
    plain = getattr(address, "ipv4_mapped", None) or address
    if any(plain in network for network in networks if network.version == plain.version):
        return True
    hidden = plain.version == 6 and any(plain in network for network in TRANSLATED)  # noqa: PLR2004 - of IP
    return plain.is_global and not plain.is_multicast and not hidden
