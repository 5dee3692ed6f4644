"""``psdf keys`` as it is typed: in a home, at a running fund, and what is refused."""

import json
import resource
import stat
from pathlib import Path

import httpx
import pytest

from deploy.local import free_port
from shared.edge.again import keys_of
from shared.edge.keys import KeyFileError, OwnKey, keyid_of, read_key
from shared.edge.signatures import sign
from shared.journal.home import Home
from tests.runtime.funds import invoice, psdf, running_fund, worked_start

AT = "2022-02-07T10:00:00+02:00"
PERSONS = ("--by", "Ona Onaitė", "--approved-by", "Petras Petraitis")
EVENT = {"Content-Type": "application/cloudevents+json"}


def test_a_key_is_made_registered_used_changed_and_revoked(tmp_path: Path) -> None:
    home, files = tmp_path / "home", tmp_path / "start.jsonl"
    files.write_bytes(b"\n".join(worked_start()[:4]))
    assert psdf("publish", files, "--moment", "event", home=home).returncode == 0
    made = psdf("keys", "new", "/providers/300111224", "--out", tmp_path / "a", "--valid-from", "2022-01-01")
    assert made.returncode == 0, made.stderr
    assert stat.S_IMODE((tmp_path / "a" / "key.pem").stat().st_mode) == 0o600
    again = psdf("keys", "new", "/providers/300111224", "--out", tmp_path / "a")
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    request = tmp_path / "a" / "request.json"
    alone = psdf("keys", "register", request, "--by", "Ona", "--approved-by", "ONA", home=home, PSDF_MOMENT="event")
    assert (alone.returncode, "by and approved_by are one person" in alone.stderr) == (2, True)
    done = psdf("keys", "register", request, *PERSONS, home=home, PSDF_MOMENT="event")
    assert (done.returncode, "signs with key" in done.stdout) == (0, True), done.stderr
    twice = psdf("keys", "register", request, *PERSONS, home=home, PSDF_MOMENT="event")
    assert (twice.returncode, "was registered before" in twice.stderr) == (1, True)
    unsigned = tmp_path / "a1.json"
    unsigned.write_bytes(invoice("A1", 500, AT))
    sent = psdf("publish", unsigned, "--moment", "event", home=home)
    assert "signature is missing: /providers/300111224 signs its events" in sent.stdout


def test_the_end_of_a_key_that_another_follows_is_proposed_where_both_would_be_valid_over_thirty_days(
    tmp_path: Path,
) -> None:
    home, files, ids, told = tmp_path / "home", tmp_path / "start.jsonl", list[str](), list[str]()
    files.write_bytes(b"\n".join(worked_start()[:4]))
    assert psdf("publish", files, "--moment", "event", home=home).returncode == 0
    for name, since in (("a", "2022-01-01"), ("b", "2022-02-01"), ("c", "2023-01-20")):
        psdf("keys", "new", "/providers/300111224", "--out", tmp_path / name, "--valid-from", since)
        ids.append(keyid_of(read_key(tmp_path / name / "key.pem")))
        done = psdf("keys", "register", tmp_path / name / "request.json", *PERSONS, home=home, PSDF_MOMENT="event")
        assert done.returncode == 0, done.stderr
        told.append(" ".join(done.stdout.split()))
    proposal = "key {} is valid until 2023-01-02 too: psdf keys revoke {} by 2022-03-03".format(*ids[:1] * 2)
    assert [proposal in each for each in told] == [False, True, True]
    assert ids[1] not in told[2].partition("from now on")[2], "the last begins shortly before the second ends"
    listed = " ".join(psdf("keys", "list", home=home, COLUMNS="300").stdout.split())
    assert listed.count("another follows: revoke by 2022-03-03") == 1
    revoke = ("keys", "revoke", ids[0], "--reason", "another follows", *PERSONS)
    assert psdf(*revoke, home=home, PSDF_MOMENT="event").returncode == 0
    assert "revoke by" not in psdf("keys", "list", home=home, COLUMNS="300").stdout


def test_a_request_says_nothing_that_two_persons_have_to_say(tmp_path: Path) -> None:
    """Its proof is of the key and its days alone: whoever carries the file could write the rest into it."""
    home, files = tmp_path / "home", tmp_path / "start.jsonl"
    files.write_bytes(b"\n".join(worked_start()[:4]))
    assert psdf("publish", files, "--moment", "event", home=home).returncode == 0
    for name in ("a", "b"):
        psdf("keys", "new", "/providers/300111224", "--out", tmp_path / name, "--valid-from", "2022-01-01")
    first, second = (tmp_path / name / "request.json" for name in ("a", "b"))
    assert psdf("keys", "register", first, *PERSONS, "--mtls", home=home, PSDF_MOMENT="event").returncode == 0
    asked = json.loads(second.read_bytes())
    for more in ({"mtls": False}, {"window_hours": 8_784}, {"by": "Ona"}):
        second.write_text(json.dumps(asked | more))
        done = psdf("keys", "register", second, *PERSONS, home=home, PSDF_MOMENT="event")
        told = f"says {', '.join(more)}, which the fund's two persons say"
        assert (done.returncode, told in done.stderr) == (1, True), done.stderr
    second.write_text(json.dumps(asked))
    assert psdf("keys", "register", second, *PERSONS, home=home, PSDF_MOMENT="event").returncode == 0
    assert keys_of(Home(path=home)).needs_certificate("/providers/300111224")


def test_a_key_is_registered_at_a_running_fund_and_the_door_asks_for_it_at_once(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    url = f"http://127.0.0.1:{port}"
    with running_fund(home, port):
        lines = {"Content-Type": "application/x-ndjson"}
        httpx.post(f"{url}/events", content=b"\n".join(worked_start()[:4]), headers=lines)
        assert (
            psdf(
                "keys", "new", "/providers/300111224", "--out", tmp_path / "a", "--valid-from", "2022-01-01"
            ).returncode
            == 0
        )
        request, key = tmp_path / "a" / "request.json", read_key(tmp_path / "a" / "key.pem")
        done = psdf("keys", "register", request, *PERSONS, home=home)
        assert done.returncode == 0, done.stderr
        raw = invoice("A1", 500, AT)
        assert httpx.post(f"{url}/events", content=raw, headers=EVENT).status_code == 422
        signed = httpx.post(f"{url}/events", content=sign(raw, keyid_of(key), key), headers=EVENT)
        assert signed.json()["answers"][0]["outcome"] == "accepted"
        (own,) = httpx.get(f"{url}/.well-known/jwks.json").json()["keys"]
        assert (own["kty"], own["crv"], own["use"]) == ("OKP", "Ed25519", "sig"), "the source's is of 2022"
        word = json.dumps({"specversion": "1.0"})
        nobody = httpx.post(f"{url}/keys", content=word, headers={"Content-Type": "application/json"})
        assert (nobody.status_code, nobody.json()["type"]) == (401, "urn:psdf:problem:no-token")
        gone = psdf("keys", "revoke", keyid_of(key), "--reason", "lost", *PERSONS, home=home)
        assert gone.returncode == 0, gone.stderr
        late = httpx.post(f"{url}/events", content=sign(invoice("A2", 500, AT), keyid_of(key), key), headers=EVENT)
        assert "was revoked at" in late.json()["detail"]
        assert stat.S_IMODE((home / "operator.token").stat().st_mode) == 0o600


def test_a_fund_without_keys_does_not_open_to_others_and_says_who_may_call(tmp_path: Path) -> None:
    refused = psdf("run", "--http", f"0.0.0.0:{free_port()}", "--open-to", "fund.example.lt", home=tmp_path / "home")
    assert refused.returncode == 2
    assert "no source has a key yet" in refused.stderr
    assert "psdf keys register" in refused.stderr


def test_a_key_whose_id_looks_like_an_option_is_named_as_any_other(tmp_path: Path) -> None:
    """One in 64 begins with a hyphen."""
    for keyid in ("-i" + 41 * "A", "--" + 41 * "b"):
        done = psdf("keys", "revoke", keyid, "--reason", "lost", *PERSONS, home=tmp_path / "home")
        assert (done.returncode, f"key {keyid} is not registered" in done.stderr) == (1, True), done.stderr


def test_half_a_key_is_not_left_where_there_was_no_room_for_it(tmp_path: Path) -> None:
    """Else the fund, which makes its own key at its first start, never starts again."""
    path, (soft, hard) = tmp_path / "receipts.pem", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, hard))
    try:
        with pytest.raises(KeyFileError, match="File too large"):
            OwnKey(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert OwnKey(path).keyid == OwnKey(path).keyid
