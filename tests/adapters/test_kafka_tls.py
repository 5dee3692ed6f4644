"""The keys of PSDF_KAFKA_TLS: what they open, and what is said where they can't be used."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from shared.kernel.stop import Wrong
from shared.runtime.cluster import security_of
from shared.runtime.settings import read_settings


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """An authority that is also the user: enough for a context."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "payments")]),
    )
    since = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=36_500))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    ).public_bytes(Encoding.PEM)
    (tmp_path / "user.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for file in ("user.crt", "ca.crt"):
        (tmp_path / file).write_bytes(certificate)
    return tmp_path


def test_without_keys_nothing_is_secured() -> None:
    assert security_of(read_settings()) is None


def test_the_keys_of_the_folder_are_shown_to_the_broker_and_its_authority_is_asked_for(keys: Path) -> None:
    security = security_of(read_settings(kafka_tls=keys))
    assert security is not None
    assert security.use_ssl
    assert security.ssl_context is not None
    (authority,) = security.ssl_context.get_ca_certs()
    assert authority["subject"] == ((("commonName", "payments"),),)


@pytest.mark.parametrize("name", ["ca.crt", "user.crt", "user.key"])
@pytest.mark.parametrize("content", [None, "rubbish"])
def test_keys_that_cannot_be_used_are_named(keys: Path, name: str, content: str | None) -> None:
    (keys / name).unlink()
    if content:
        (keys / name).write_text(content)
    with pytest.raises(Wrong, match=r"^PSDF_KAFKA_TLS=.*ca.crt, user.crt and user.key are needed"):
        security_of(read_settings(kafka_tls=keys))
