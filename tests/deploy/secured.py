"""A real Kafka that asks each client for its certificate, and lets its principal do what its KafkaUser says."""

import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.protocol.admin import CreateAclsRequest, CreateAclsRequest_v1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from deploy.local import Stack
from deploy.local.artefacts import Say
from deploy.local.servers import Kafka, Mongo
from deploy.local.state import State, load

AUTHORITY, BROKER = "psdf-cluster-ca-cert", "broker"
"""Strimzi's name for the Secret with the authority of the brokers; one authority signs the clients' too here."""
# Kafka's numbers of what an ACL is of: a resource's type, the pattern of its name, the operation, and that it is allowed.
TYPES = {"topic": 2, "group": 3, "cluster": 4}
PATTERNS = {"literal": 3, "prefix": 4}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
ALLOW = 3

SETTINGS = """
listeners=CLIENTS://127.0.0.1:{kafka},CONTROLLER://127.0.0.1:{controller},TLS://127.0.0.1:{tls}
advertised.listeners=CLIENTS://127.0.0.1:{kafka},TLS://127.0.0.1:{tls}
listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:ANONYMOUS
listener.name.tls.ssl.client.auth=required
listener.name.tls.ssl.keystore.type=PEM
listener.name.tls.ssl.keystore.location={secrets}/broker/chain.pem
listener.name.tls.ssl.truststore.type=PEM
listener.name.tls.ssl.truststore.location={secrets}/psdf-cluster-ca-cert/ca.crt
"""


class SecuredKafka(Kafka):
    """The local Kafka with a second listener for clients with certificates. The first is the operators', who may all."""

    ports = ("kafka", "controller", "tls")  # type: ignore[assignment]

    def __init__(self, heap: str, secrets: Path, config: Mapping[str, object]) -> None:
        super().__init__(heap)
        self.secrets, self.config = secrets, config

    def prepare(self, state: State, folder: Path, say: Say) -> Sequence[str]:
        argv = super().prepare(state, folder, say)
        file, more = folder / "server.properties", SETTINGS.replace("{secrets}", str(self.secrets))
        for port in self.ports:
            more = more.replace(f"{{{port}}}", str(state.ports[port]))
        changed = dict(line.split("=", 1) for line in more.split()) | {
            k: str(v).lower() for k, v in self.config.items()
        }
        kept = [line for line in file.read_text().splitlines() if line.split("=")[0] not in changed]
        file.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in changed.items())]) + "\n")
        return argv


class SecuredStack(Stack):
    """The local stack with that Kafka. ``config`` is the broker's, as the Kafka resource has it."""

    def __init__(self, home: Path, secrets: Path, config: Mapping[str, object], *, heap: str) -> None:
        super().__init__(home, heap=heap)
        self._servers = (SecuredKafka(heap, secrets, config), Mongo())

    @property
    def tls(self) -> str:
        """Where clients with certificates come in."""
        return f"127.0.0.1:{load(self._file).ports['tls']}"  # type: ignore[index]


def make_secrets(folder: Path, users: Sequence[str]) -> None:
    """A folder for each Secret that Strimzi makes: the authority's, and each user's certificate and key."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("psdf-ca", authority_key, "psdf-ca", authority_key)
    _write(folder / AUTHORITY, {"ca.crt": _pem(authority)})
    for user in (*users, BROKER):
        key = ec.generate_private_key(ec.SECP256R1())
        own = _pem(_certificate(user, key, "psdf-ca", authority_key))
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(folder / user, {"user.crt": own, "user.key": secret, "chain.pem": secret + own + _pem(authority)})


def folder_of(secrets: Path, user: str) -> Path:
    """What a client of ours is given as PSDF_KAFKA_TLS."""
    (secrets / user / "ca.crt").write_bytes((secrets / AUTHORITY / "ca.crt").read_bytes())
    return secrets / user


def context_of(secrets: Path, user: str) -> ssl.SSLContext:
    """What a client shows and asks for."""
    made = ssl.create_default_context(cafile=secrets / AUTHORITY / "ca.crt")
    made.load_cert_chain(secrets / user / "user.crt", secrets / user / "user.key")
    return made


async def apply(admin: AIOKafkaAdminClient, topics: Sequence[dict[str, Any]], users: Sequence[dict[str, Any]]) -> None:
    """Make KafkaTopics, and give KafkaUsers their rights, as Strimzi's operators do."""
    answer = await admin.create_topics(
        [
            NewTopic(
                topic["metadata"]["name"],
                topic["spec"]["partitions"],
                topic["spec"]["replicas"],
                topic_configs={name: str(value) for name, value in topic["spec"]["config"].items()},
            )
            for topic in topics
        ]
    )
    assert not [error for error in answer.topic_errors if error[1]], answer
    rights = [
        (
            TYPES[acl["resource"]["type"]],
            acl["resource"]["name"],
            PATTERNS[acl["resource"]["patternType"]],
            f"User:CN={user['metadata']['name']}",
            "*",
            OPERATIONS[operation],
            ALLOW,
        )
        for user in users
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    ]
    made = await admin._send_request(Rights(rights))
    assert not [error for error in made.creation_responses if error[0]], made


class Rights(CreateAclsRequest):
    """Many rights in one request; the client's own class takes one."""

    def __init__(self, rights: Sequence[tuple[object, ...]]) -> None:
        self._rights = list(rights)

    def build(self, _: type) -> CreateAclsRequest_v1:
        return CreateAclsRequest_v1(self._rights)


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    since = datetime.now(UTC) - timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=7))
        .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(signer, SHA256())
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
