"""TLS of the door: the files of a folder, as cert-manager and Kubernetes name them.

::

    ca.crt      the authorities whose client certificates count
    tls.crt     the door's own certificate, with what it takes to reach its authority
    tls.key     its key
"""

import logging
import ssl
from pathlib import Path

from cryptography import x509

from shared.kernel.stop import Stop

log = logging.getLogger(__name__)

AUTHORITIES, CERTIFICATE, KEY = "ca.crt", "tls.crt", "tls.key"


class TlsError(Stop):
    """A file of TLS can't be used: which, and why."""


class _Outspoken(ssl.SSLObject):
    """A side of TLS that says why it does not come to terms: asyncio closes before the alert is sent.

    So the fault is kept back until what is to be sent has been: the client closes, or its time is over.
    """

    fault: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        """Raise SSLWantReadError where the fault was just found, and the fault where more comes all the same."""
        if self.fault:
            raise self.fault
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as fault:
            self.fault = fault
            log.warning("a client certificate was refused in TLS: %s", fault.verify_message)
            raise ssl.SSLWantReadError from None


def authorities(folder: Path) -> list[x509.Certificate]:
    """Whose client certificates count. Raises TlsError."""
    path = folder / AUTHORITIES
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        files = f"{AUTHORITIES}, {CERTIFICATE}, {KEY}"
        raise TlsError(f"{path}: {error.strerror}; PSDF_TLS is a folder of {files}") from None
    except ValueError:
        raise TlsError(f"{path} holds no certificates in PEM") from None
    return found


def server_context(folder: Path) -> ssl.SSLContext:
    """TLS 1.2 and 1.3, which asks a client for a certificate of the authorities. Raises TlsError.

    Who shows none is let in, for not every source has one; who shows one of another authority, or an old one, is not.
    """
    authorities(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode, context.sslobject_class = ssl.CERT_OPTIONAL, _Outspoken
    try:
        context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
        context.load_verify_locations(folder / AUTHORITIES)
    except (OSError, ssl.SSLError) as error:
        why = error.strerror or error
        raise TlsError(f"{folder}: {CERTIFICATE} and {KEY} are no certificate and its key: {why}") from None
    return context
