"""Keys, signatures and their envelope, by the vectors of their standards."""

import base64
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.kernel.dsse import signing_bytes
from shared.messages.examples import EXAMPLES
from shared.proof.envelope import NotSigned, sign, signed_text, text_of
from shared.proof.keys import KeyFault, decoded, is_signed, new_key, public_bytes, read_key, signer_of, thumbprint
from shared.proof.seal import TYPE, Statement
from tests.proof.sealed import FUNDS, MINISTRY
from tests.runtime.funds import psdf

RFC_8032_2 = (
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
)
"""Secret key, public key, and the signature of the byte 72 (RFC 8032, 7.1, test 2)."""


def test_a_signature_is_that_of_rfc_8032() -> None:
    secret, public, signature = map(bytes.fromhex, RFC_8032_2)
    signer = signer_of(Ed25519PrivateKey.from_private_bytes(secret))
    assert public_bytes(signer.public) == public
    assert base64.b64decode(signer.sign(b"\x72")) == signature
    assert is_signed(b"\x72", signer.sign(b"\x72"), signer.public)
    assert not is_signed(b"\x73", signer.sign(b"\x72"), signer.public)


def test_a_key_is_named_as_rfc_8037_names_it() -> None:
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    public = base64.b64encode(base64.urlsafe_b64decode(x + "=")).decode()
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_what_is_signed_is_written_as_dsse_writes_it() -> None:
    assert signing_bytes("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_an_envelope_is_of_its_type_its_text_and_its_key() -> None:
    envelope = sign("a/b", b"what is said", FUNDS)
    assert signed_text(envelope, "a/b", FUNDS.public) == text_of(envelope, "a/b") == b"what is said"
    with pytest.raises(NotSigned, match="of type a/b, not a/c"):
        signed_text(envelope, "a/c", FUNDS.public)
    with pytest.raises(NotSigned, match=f"not signed by key {MINISTRY.keyid}, but by {FUNDS.keyid}"):
        signed_text(envelope, "a/b", MINISTRY.public)


def test_base64_has_one_spelling() -> None:
    assert decoded("AA==") == b"\0"
    for other in ("AB==", "AA", "AA==\n", "A"):
        with pytest.raises(ValueError, match=r"base64|padding|characters"):
            decoded(other)


def test_a_key_s_file_is_its_owner_s_alone_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "fund.key"
    made = new_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(path).public == made.public
    with pytest.raises(KeyFault, match="is there: a key is never overwritten"):
        new_key(path)


def test_a_file_that_is_no_key_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(KeyFault, match=r"there is no key .*: psdf proof key new makes one"):
        read_key(tmp_path / "no.key")
    none, other, open_ = tmp_path / "none.key", tmp_path / "other.key", tmp_path / "open.key"
    none.write_bytes(b"-----BEGIN")
    other.write_bytes(
        generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    new_key(open_).sign(b"")
    for path in (none, other):
        path.chmod(0o600)
    open_.chmod(0o604)
    for path, told in (
        (none, "is no private key"),
        (other, "of another kind"),
        (open_, "read by everybody: chmod 600"),
    ):
        with pytest.raises(KeyFault, match=told):
            read_key(path)


def test_the_command_makes_a_key_beside_the_home_and_shows_its_public_one(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = psdf("proof", "key", "new", home=home)
    assert made.returncode == 0, made.stderr
    signer = read_key(tmp_path / "home.key")
    assert f"public key  {signer.public}\nkeyid       {signer.keyid}\n" in made.stdout
    assert psdf("proof", "key", "show", home=home).stdout in made.stdout
    assert psdf("proof", "key", "new", home=home).returncode == 1
    missing = psdf("proof", "key", "show", home=tmp_path / "other")
    assert (missing.returncode, "psdf proof key new makes one" in missing.stderr) == (1, True)


def test_the_contract_s_example_of_a_seal_is_signed() -> None:
    data = EXAMPLES["proof.sealed"]["data"]
    said = {name: data[name] for name in ("fund", "number", "streams", "events", "root", "previous")}
    statement = Statement(day=date.fromisoformat(data["day"]), **said)
    assert is_signed(signing_bytes(TYPE, statement.text()), data["signature"], data["public_key"])
