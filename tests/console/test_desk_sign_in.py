"""People of an identity provider at the desk: the same table of routes and roles, who is who, and tokens that don't hold."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from time import time

import httpx
import pytest

from shared.console import gate
from shared.desk.home import open_desk
from shared.journal.home import Home
from shared.runtime.settings import Settings
from tests.console import test_desk_form_pages as form_pages
from tests.console import test_desk_pages as pages
from tests.console.conftest import shown
from tests.console.desks import NAMES, PERSONS, a_fund, signed_in
from tests.desk.provider import IdentityProvider, issuer_file, provider
from tests.runtime.funds import FUND, psdf

Desk = tuple[str, dict[str, str], Path]
PAYERS = {"VLK": "vlk", "TLK-KAUNAS": "kaunas", "": None}
CONTRACT = pages.CONTRACT


def login(name: str) -> str:
    return name.encode("ascii", "ignore").decode().replace(" ", "").lower()


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    people = {
        login(name): {"name": name, "roles": [f"psdf-{role}"], "payer": PAYERS[payer]}
        for name, (role, payer) in PERSONS.items()
    }
    with provider(tmp_path_factory.mktemp("provider"), people) as found:
        yield found


@pytest.fixture(scope="module")
def desk(there: IdentityProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with people in its file too; by name, the token that each gets at the provider."""
    home = tmp_path_factory.mktemp("desk") / "home"
    of_file = a_fund(home)
    (home / "of-the-file.json").write_text(json.dumps(of_file))
    tokens = {name: there.signed_in(login(name)) for name in PERSONS}
    with shown(home, Settings(home=home, moment="event", traces=0, oidc=there.file)) as url:
        yield url, tokens, home


# ---------------------------------------------------------------------------------- the same tables, with these tokens


@pytest.mark.parametrize("role", [*NAMES, ""])
def test_each_route_is_answered_to_the_roles_that_it_is_for(desk: Desk, role: str) -> None:
    pages.test_each_route_is_answered_to_the_roles_that_it_is_for_and_to_no_other(desk, role)


@pytest.mark.parametrize("role", [*NAMES, ""])
def test_each_page_is_read_by_the_roles_that_it_is_for(desk: Desk, role: str) -> None:
    pages.test_each_page_is_read_by_the_roles_that_it_is_for_and_by_no_other(desk, role)


def test_files_and_payers_matters_are_kept_as_they_are(desk: Desk) -> None:
    pages.test_files_are_kept_from_whom_their_pages_are_kept(desk)
    form_pages.test_another_payers_people_see_and_decide_only_their_own(desk)


# ---------------------------------------------------------------------------------------------------------- who is who


def test_one_person_is_one_in_two_sessions_and_two_of_one_name_are_two(there: IdentityProvider, desk: Desk) -> None:
    url = desk[0]
    rasa = there.forged(there.says("rasa-1", name="Rasa Rasaitė", roles=["psdf-contracts"]))
    as_second = there.forged(there.says("rasa-1", name="Rasa Kitaitė", roles=["psdf-second"]))  # married, and promoted
    namesake = there.forged(there.says("rasa-2", name="Rasa Rasaitė", roles=["psdf-second"]))
    with signed_in(url, rasa) as one, signed_in(url, as_second) as again, signed_in(url, namesake) as other:
        here = one.post("/desk/new/contract", data=CONTRACT | {"contract_id": "C-21"}).url.path
        assert one.post(here, data={"action": "propose"}).status_code == 200
        refused = again.post(here, data={"action": "confirm"})
        assert (refused.status_code, "patvirtinti turi kitas asmuo" in refused.text) == (403, True)
        done = other.post(here, data={"action": "confirm"})
        assert (done.status_code, "Fondas priėmė." in done.text) == (200, True)
    matter = in_the_journal(desk, "C-21")
    assert (matter["identity"], matter["decided_identity"]) == (f"{there.url} rasa-1", f"{there.url} rasa-2")
    verified = psdf("verify", home=desk[2])
    assert verified.returncode == 0, verified.stdout + verified.stderr


def in_the_journal(desk: Desk, contract: str) -> dict[str, str | None]:
    with open_desk(Home(path=desk[2]), FUND) as found:
        asyncio.run(found.load())
        (one,) = (each for each in found.state.matters.values() if contract in each.about)
    return {"identity": one.identity, "decided_identity": one.decided_identity}


def test_who_signs_in_in_another_way_confirms_nothing_of_theirs_for_they_may_be_one(
    desk: Desk,
) -> None:
    url, tokens, home = desk
    of_file = json.loads((home / "of-the-file.json").read_text())
    with (
        signed_in(url, tokens["Rasa Rasaitė"]) as rasa,
        signed_in(url, of_file["Jonas Jonaitis"]) as jonas,
        signed_in(url, tokens["Jonas Jonaitis"]) as known,
    ):
        here = rasa.post("/desk/new/contract", data=CONTRACT | {"contract_id": "C-22"}).url.path
        rasa.post(here, data={"action": "propose"})
        refused = jonas.post(here, data={"action": "confirm"})
        assert (refused.status_code, "prisijungęs kitu būdu nei Jūs" in refused.text) == (403, True)
        assert "Patvirtinti ir išsiųsti" not in jonas.get(here).text
        assert "Fondas priėmė." in known.post(here, data={"action": "confirm"}).text


def test_on_the_command_line_the_token_lies_in_a_file_too(there: IdentityProvider, desk: Desk, tmp_path: Path) -> None:
    token, late = tmp_path / "rasa.token", tmp_path / "late.token"
    token.write_text(desk[1]["Rasa Rasaitė"])
    late.write_text(there.forged(there.says("rasa", iat=int(time()) - 600, exp=int(time()) - 60)))
    env = {"PSDF_OIDC": str(there.file), "PSDF_MOMENT": "event"}
    shows = psdf("work", "--token", token, home=desk[2], **env)
    assert (shows.returncode, "contract-change" in shows.stdout) == (0, True), shows.stderr
    refused = psdf("work", "--token", late, home=desk[2], **env)
    assert (refused.returncode, "the token has expired at" in refused.stderr) == (1, True)
    nobody = psdf("work", "--token", token, home=desk[2], PSDF_MOMENT="event")
    assert (nobody.returncode, "who are you?" in nobody.stderr) == (1, True), "without a provider it is nobody's"


# --------------------------------------------------------------------------------------------------- what does not hold


def test_a_token_that_does_not_hold_is_401_with_its_reason_in_a_program_and_at_the_form(
    there: IdentityProvider, desk: Desk
) -> None:
    another = there.signed_in(login("Ona Onaitė"), "urn:another:place")
    for token, why, lithuanian in (
        (another, "the token is for urn:another:place", "raktas skirtas urn:another:place, o čia"),
        (there.forged(there.says(exp=int(time()) - 60, iat=int(time()) - 600)), "has expired at", "raktas galiojo iki"),
        (there.forged(there.says(), {"kid": "two"}), "key two is none of", "rakto parašui nurodytas two, o"),
        ("a.b.c", "the token is no JWT", "tai ne trijų dalių JWT"),
    ):
        with httpx.Client(base_url=desk[0], headers={"Authorization": f"Bearer {token}"}) as client:
            for path in ("/fund", "/work", "/invoices", "/open"):
                answer = client.get(path)
                assert (answer.status_code, why in answer.text) == (401, True), path
                assert answer.headers["www-authenticate"] == 'Bearer realm="psdf", error="invalid_token"'
        with httpx.Client(base_url=desk[0], headers={"Origin": desk[0]}) as browser:
            page = browser.post("/sign-in", data={"token": token})
            assert f"tinka ir {there.url} prieigos raktas" in page.text
            told = f"Tapatybės tiekėjo raktas netinka: {lithuanian}"
            assert (page.status_code, why in page.text, told in page.text) == (401, False, True)
            assert why in browser.post("/sign-in?lang=en", data={"token": token}).text


def test_without_a_role_one_sees_nothing_but_whom_to_ask(there: IdentityProvider, desk: Desk) -> None:
    with signed_in(desk[0], "") as client:
        for roles in (["others"], None):
            client.cookies.clear()
            token = there.forged(there.says("nule", roles=roles, name="Nulė Nulaitė"))
            for page in (client.post("/sign-in", data={"token": token}), client.get("/fund"), client.get("/work")):
                assert (page.status_code, "Nulė Nulaitė: prisijungėte" in page.text) == (403, True)


def test_a_session_ends_with_the_token_with_which_it_began(
    there: IdentityProvider, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = there.forged(there.says("ona", exp=int(time()) + 60))
    with signed_in(desk[0], token) as client:
        assert client.get("/fund").status_code == 200
        later = gate.monotonic() + 61
        monkeypatch.setattr(gate, "monotonic", lambda: later)
        assert "Prisijungimas" in client.get("/fund").text


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Cookie": "psdf-session=x"}]
)
def test_behind_a_proxy_that_adds_the_token_a_form_of_another_site_changes_nothing(
    desk: Desk, headers: dict[str, str]
) -> None:
    """A browser sends the form, and the proxy adds whose browser it is."""
    bearer = {"Authorization": f"Bearer {desk[1]['Rasa Rasaitė']}", "Accept": "text/html"}
    with httpx.Client(base_url=desk[0], headers=bearer) as client:
        sent = CONTRACT | {"contract_id": "C-23"}
        assert client.post("/desk/new/contract", data=sent, headers=headers).status_code == 403
        assert client.post("/desk/new/contract", data=sent, headers={"Origin": desk[0]}).status_code == 303
        assert client.post("/desk/new/contract", data=sent | {"contract_id": "C-24"}).status_code == 303, "a program"


def test_where_the_provider_is_away_nobody_of_it_is_let_in_and_those_of_the_file_are(tmp_path: Path) -> None:
    of_file = a_fund(tmp_path / "home")
    nowhere = issuer_file(tmp_path / "oidc.toml", "http://127.0.0.1:9")
    settings = Settings(home=tmp_path / "home", moment="event", traces=0, oidc=nowhere)
    header = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Im9uZSJ9"
    with shown(tmp_path / "home", settings) as url:
        answer = httpx.get(f"{url}/fund", headers={"Authorization": f"Bearer {header}.e30.AAAA"})
        assert (answer.status_code, "the keys of http://127.0.0.1:9 can't be read" in answer.text) == (503, True)
        with signed_in(url, of_file["Ona Onaitė"]) as ona:
            assert ona.get("/fund").status_code == 200


def test_with_a_provider_nobody_reads_who_has_not_signed_in_though_the_file_is_empty(tmp_path: Path) -> None:
    a_fund(tmp_path / "home")
    (tmp_path / "home" / "desk" / "people.json").unlink()
    file = issuer_file(tmp_path / "oidc.toml", "http://127.0.0.1:9")
    with shown(tmp_path / "home", Settings(home=tmp_path / "home", moment="event", traces=0, oidc=file)) as url:
        assert httpx.get(f"{url}/fund").status_code == 401
