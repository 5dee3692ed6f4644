"""Where the fund has an identity provider, two persons of it stand for keys, webhooks and statements; no typed name."""

import json
from collections.abc import Mapping
from pathlib import Path
from time import time

import httpx
import pytest

from deploy.local import free_port
from shared.journal.home import Home
from tests.desk import provider
from tests.desk.provider import IdentityProvider
from tests.edge.signing import PROVIDER, Signer
from tests.edge.test_signed_release import laid_aside
from tests.edge.test_statement import CSV
from tests.runtime.funds import psdf, running_fund, worked_start

PEOPLE = {
    "olga": {"roles": "psdf-operator", "payer": "vlk", "name": "Olga Olgaitė"},
    "petras": {"roles": "psdf-second", "payer": "vlk", "name": "Petras Petraitis"},
    "ona": {"roles": "psdf-clerk", "payer": "vlk", "name": "Ona Onaitė"},
    "ona-2": {"roles": "psdf-second", "payer": "vlk", "name": "Ona Onaitė"},
}
NAMES = ("--by", "Ona Onaitė", "--approved-by", "Petras Petraitis")
there, tokens = provider.there, provider.tokens


def typed(
    there: IdentityProvider, home: Path, *words: object, token: str = "", file: Path | None = None
) -> tuple[int, str]:
    """What a command with somebody's token ends with, and what it says on one line."""
    done = psdf(*map(str, words), home=home, PSDF_OIDC=str(file or there.file), PSDF_TOKEN=token, PSDF_MOMENT="event")
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def begun(folder: Path) -> Path:
    """A home in which a day has started."""
    home, file = folder / "home", folder / "start.jsonl"
    file.write_bytes(b"\n".join(worked_start()[:4]))
    assert psdf("publish", file, "--moment", "event", home=home).returncode == 0
    return home


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    assert psdf("keys", "new", PROVIDER, "--out", tmp_path / "a", "--valid-from", "2022-01-01").returncode == 0
    return tmp_path / "a" / "request.json"


def test_a_key_is_registered_and_revoked_by_two_who_have_signed_in_and_by_nobody_typed(
    there: IdentityProvider, tokens: Mapping[str, str], tmp_path: Path, request_file: Path
) -> None:
    home, words = begun(tmp_path), ("keys", "register", request_file)
    for names in (NAMES, NAMES[2:], NAMES[:2]):
        code, said = typed(there, home, *words, *names, token=tokens["olga"])
        assert (code, "not a typed name" in said) == (2, True), said
    for token, why in (
        ("", "who are you?"),
        ("x", "who are you?"),
        (there.signed_in("olga", "urn:another:place"), "the token is for urn:another:place"),
        (there.forged(there.says("olga", roles="psdf-operator", exp=1)), "has expired at"),
        (tokens["petras"], "This is done by: operator"),
    ):
        code, said = typed(there, home, *words, token=token)
        assert (code, why in said) == (1, True), said
    nobodys = tmp_path / "nobodys.json"
    nobodys.write_bytes(request_file.read_bytes().replace(b"300111224", b"300111225"))
    code, said = typed(there, home, "keys", "register", nobodys, token=tokens["olga"])
    assert (code, "proof: it was not made with this key" in said) == (2, True), "it waits for nobody"
    assert "Olga Olgaitė has asked for it" in typed(there, home, *words, token=tokens["olga"])[1]
    code, said = typed(there, home, *words, token=tokens["olga"])
    assert (code, "another person has to be the second" in said) == (1, True), said
    changed = typed(there, home, *words, "--mtls", token=tokens["petras"])
    assert (changed[0], "This is done by" in changed[1]) == (1, True), "that is another deed"
    in_a_file = tmp_path / "petras.token"
    in_a_file.write_text(f"{tokens['petras']}\n")
    assert "signs with key" in typed(there, home, *words, "--token", in_a_file, token=tokens["olga"])[1]
    (key,) = json.loads(psdf("keys", "list", "--json", home=home).stdout)
    assert (key["by"], key["approved_by"]) == (
        f"Olga Olgaitė ({there.url} olga)",
        f"Petras Petraitis ({there.url} petras)",
    )
    end = ("keys", "revoke", key["keyid"], "--reason", "lost")
    assert "has asked for it" in typed(there, home, *end, token=tokens["olga"])[1]
    assert "nothing that arrives from now on" in typed(there, home, *end, token=tokens["petras"])[1]


def test_the_second_of_two_has_signed_in_lately_where_the_fund_asks_for_it(
    there: IdentityProvider, tokens: Mapping[str, str], tmp_path: Path, request_file: Path
) -> None:
    home, file = begun(tmp_path), tmp_path / "oidc.toml"
    file.write_text(f"{there.file.read_text()}\n[confirm]\nwithin_minutes = 10\n")
    words = ("keys", "register", request_file)
    assert "has asked for it" in typed(there, home, *words, token=tokens["olga"], file=file)[1], "to ask, any will do"
    for said, why in (({}, True), ({"auth_time": time() - 601}, True), ({"auth_time": time()}, False)):
        second = there.forged(there.says("petras", roles="psdf-second", **said))
        code, told = typed(there, home, *words, token=second, file=file)
        assert (code, "who confirms has signed in just now" in told) == (why, why), (said, told)


def test_a_person_of_the_file_is_not_signed_in(there: IdentityProvider, tmp_path: Path, request_file: Path) -> None:
    home = begun(tmp_path)
    token = psdf("people", "add", "Ona", "--role", "operator", home=home).stdout.split()[-1]
    code, said = typed(there, home, "keys", "register", request_file, token=token)
    assert (code, "is not of the fund's identity provider" in said) == (1, True), said


def test_a_webhook_is_registered_and_removed_at_a_running_fund(
    there: IdentityProvider, tokens: Mapping[str, str], tmp_path: Path
) -> None:
    home, port = begun(tmp_path), free_port()
    with running_fund(home, port):
        register = ("webhooks", "register", PROVIDER, "https://a.example.lt/psdf")
        remove = ("webhooks", "remove", PROVIDER, "--reason", "moved")
        for words, done in ((register, "is called at"), (remove, "is not called any more")):
            assert typed(there, home, *words, *NAMES)[0] == 2
            assert "has asked for it" in typed(there, home, *words, token=tokens["olga"])[1]
            assert done in typed(there, home, *words, token=tokens["petras"])[1]
        assert httpx.get(f"http://127.0.0.1:{port}/livez").is_success


def test_a_statement_is_imported_by_two_of_one_name_whom_the_provider_tells_apart(
    there: IdentityProvider, tokens: Mapping[str, str], tmp_path: Path
) -> None:
    home, file = begun(tmp_path), tmp_path / "statement.csv"
    file.write_bytes(CSV)
    words = ("sodra", "import", file, "--at", "2022-04-14T10:00:00")
    assert typed(there, home, *words, *NAMES)[0] == 2
    assert "has asked for it" in typed(there, home, *words, token=tokens["ona"])[1]
    file.write_bytes(CSV.replace(b"\n", b"\r\n"))
    code, said = typed(there, home, *words, token=tokens["ona-2"])
    assert (code, "This is done by" in said) == (1, True), "other bytes are not what the first has asked for"
    file.write_bytes(CSV)
    assert "taken" in typed(there, home, *words, token=tokens["ona-2"])[1]


def test_what_was_laid_aside_is_released_by_two_and_dismissed_by_two_and_by_nobody_alone(
    there: IdentityProvider, tokens: Mapping[str, str], tmp_path: Path
) -> None:
    home, port = Home(path=tmp_path), free_port()
    late, unsigned = laid_aside(home, Signer())
    code, said = typed(there, home.path, "parked", "release", unsigned[:8], token=tokens["olga"])
    assert (code, "has to send it again" in said) == (1, True), "what can't be released waits for nobody"
    with running_fund(home.path, port, "--open-to", "fund.example.lt"):
        for verb, parked, done in (("release", late, "invoice.submitted accepted"), ("dismiss", unsigned, "dismissed")):
            words = ("parked", verb, parked[:8])
            assert "who are you?" in typed(there, home.path, *words)[1]
            code, said = typed(there, home.path, *words, token=tokens["petras"])
            assert (code, "This is done by: clerk" in said) == (1, True), said
            assert "has asked for it" in typed(there, home.path, *words, token=tokens["ona"])[1]
            code, said = typed(there, home.path, *words, token=tokens["ona"])
            assert (code, "another person has to be the second" in said) == (1, True), said
            assert "Parked: 0" not in psdf("parked", "list", home=home.path).stdout
            code, said = typed(there, home.path, *words, token=tokens["petras"])
            assert (code, done in said) == (0, True), said
        assert "Parked: 0" in psdf("parked", "list", home=home.path).stdout


def test_without_a_provider_a_typed_name_is_taken_and_said_to_be_one(tmp_path: Path, request_file: Path) -> None:
    home = begun(tmp_path)
    done = psdf("keys", "register", request_file, *NAMES, home=home, PSDF_MOMENT="event")
    told = " ".join(done.stderr.split())
    assert (done.returncode, "--by Ona Onaitė: a name as it is typed, nobody has signed in" in told) == (0, True), told
    assert "--approved-by Petras Petraitis: a name as it is typed" in told
    nobody = psdf("keys", "register", request_file, "--by", "Ona", home=home, PSDF_MOMENT="event")
    assert (nobody.returncode, "--approved-by NAME says who does it" in " ".join(nobody.stderr.split())) == (2, True)
