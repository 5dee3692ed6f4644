"""Mutual TLS as the settings say: whose client certificates count, and where they are shown."""

import ipaddress
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import uvicorn
from cryptography import x509
from starlette.types import ASGIApp

from shared.edge.connections import config_of
from shared.edge.peers import Certified, Network
from shared.edge.tls import authorities, server_context
from shared.engine.keys import Keys
from shared.kernel.stop import Wrong
from shared.runtime.settings import Settings


@dataclass(frozen=True)
class Mutual:
    """Whose client certificates count; who ends TLS before the door, and the door's own TLS where it has some."""

    authorities: Sequence[x509.Certificate]
    proxies: Sequence[Network] = ()
    context: ssl.SSLContext | None = None

    def known(self, app: ASGIApp, keys: Callable[[], Keys]) -> ASGIApp:
        """The app, which knows by the registry whose each connection is."""
        return Certified(app, keys, self.authorities, self.proxies)

    def config(self, app: ASGIApp) -> uvicorn.Config:
        """How an app of the fund is served over TLS."""
        assert self.context
        context = self.context
        return config_of(app, ssl_context_factory=lambda *_: context)


def mutual_of(settings: Settings) -> Mutual | None:
    """What is set; None where nothing is. Raises Wrong for a setting that lacks another, TlsError for a file."""
    if settings.tls is None:
        for name, said in (("PSDF_HTTPS", settings.https), ("PSDF_PROXIES", settings.proxies)):
            if said:
                raise Wrong(f"{name}={said}: PSDF_TLS says where ca.crt, tls.crt and tls.key lie; it is not set")
        return None
    if not (settings.https or settings.proxies):
        raise Wrong(
            f"PSDF_TLS={settings.tls}: nobody could show a certificate: PSDF_HTTPS is where TLS is listened for, or "
            "PSDF_PROXIES whose Client-Cert is believed"
        )
    try:
        proxies = [ipaddress.ip_network(each) for each in settings.proxies.split(",") if each]
    except ValueError as error:
        raise Wrong(f"PSDF_PROXIES={settings.proxies}: {error}") from None
    context = server_context(settings.tls) if settings.https else None
    return Mutual(authorities=authorities(settings.tls), proxies=proxies, context=context)
