"""The proof of an invoice, as the commands make and check it, and as an auditor does who trusts nothing of ours."""

import ast
import asyncio
import importlib.metadata
import json
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from shared.proof.check import check
from shared.proof.keys import new_key, read_key
from shared.proof.pack import ProofFault
from shared.proof.published import read_file
from tests.proof.standalone import FILE, check_proof
from tests.runtime.forger import Forger
from tests.runtime.funds import day, event, fund, ministry, psdf, worked_start

LINES, BYTES = 200, 20_000
"""The most of the second verifier, and of the proof of a usual invoice."""
A2 = "300111224/A2"
"""An invoice that waited for its article, was covered by a letter to the ministry, and was paid."""
ROOM = Path(__file__).parents[2] / "shared" / "proof"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a fund that has lived its first weeks, each day sealed."""
    home = tmp_path_factory.mktemp("sealed") / "home"
    new_key(home.with_name("home.key"))

    async def live() -> None:
        async with ministry(home.parent / "ministry") as url, fund(home, url) as stack:
            await stack.publish(worked_start())
            await stack.publish([day("2022-04-04")])
            data = {"order_id": f"{A2}#1", "outcome": "executed", "on": "2022-04-04"}
            await stack.publish([event("/treasury", "paid", "payment.reported", "2022-04-04T15:00:00+03:00", data)])

    asyncio.run(live())
    done("proof", "seal", home=home)
    return home


@pytest.fixture
def home(lived: Path, tmp_path: Path) -> Path:
    """A copy of it, with its key."""
    shutil.copytree(lived, tmp_path / "home")
    shutil.copy2(lived.with_name("home.key"), tmp_path / "home.key")
    return tmp_path / "home"


def done(*words: str | Path, home: Path | None = None) -> str:
    """What a command prints that must succeed."""
    ran = psdf(*words, home=home)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def refused(*words: str | Path, home: Path | None = None) -> str:
    """Why a command does not."""
    ran = psdf(*words, home=home)
    assert ran.returncode == 1, ran.stdout
    assert ran.stderr.count("\n") == 1, ran.stderr
    return ran.stderr


def public(home: Path) -> str:
    return read_key(home.with_name("home.key")).public


@pytest.fixture
def proof(home: Path) -> Path:
    """The proof of the invoice."""
    out = home.with_name("proof.json")
    done("proof", "invoice", A2, "--out", out, home=home)
    return out


def seals(home: Path) -> list[Path]:
    return sorted((home / "proof").iterdir())


# -------------------------------------------------------------------------------------------------------- made and checked


def test_the_whole_way_of_an_invoice_is_proven_with_its_law_and_its_letter(home: Path, proof: Path) -> None:
    assert len(proof.read_bytes()) < BYTES
    (letter,) = (home / "letters").glob("*.pdf")
    told = done("proof", "check", proof, "--key", public(home), "--letter", letter)
    for sentence in (
        "came: 30 000.00 EUR",
        "checked and accepted",
        "the article has",
        "was told by notice",
        "executed",
    ):
        assert sentence in re.sub(r"\s+", " ", told), told
    assert re.search(r"\b18 +Nutarimas Nr. 589, Nr. 1181 redakcija +2020-10-28 to", told), told
    assert "letter 2022-04-1: SHA-256" in told
    told = done("proof", "check", proof, "--key", public(home), "--lang", "lt")
    assert "Sąskaita patikrinta ir priimta" in told
    assert "Galiojusi teisė" in told


def test_another_letter_another_key_and_a_changed_cent_are_refused(home: Path, proof: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(b"%PDF")
    assert "other.pdf is none of its letters" in refused(
        "proof", "check", proof, "--key", public(home), "--letter", other
    )
    another = new_key(tmp_path / "another.key").public
    assert "it is not signed by key" in refused("proof", "check", proof, "--key", another)
    proof.write_bytes(proof.read_bytes().replace(b"3000000", b"3000001"))
    assert "its signature is not that of what it says" in refused("proof", "check", proof, "--key", public(home))
    proof.write_bytes(proof.read_bytes().replace(A2.encode(), rb"\ud800", 1))
    assert "it is no proof: 'utf-8' codec can't encode" in refused("proof", "check", proof, "--key", public(home))


def test_an_invoice_that_nobody_sent_has_no_proof(home: Path) -> None:
    assert "there is nothing of invoice 300111224/B7" in refused("proof", "invoice", "300111224/B7", home=home)


def test_under_a_seal_that_somebody_holds_the_proof_is_of_what_was_then(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "earlier.json"
    done("proof", "invoice", A2, "--under", "3", "--out", out, home=home)
    types = [type_ for _, _, _, type_, _ in events(out, home)]
    assert "payment.deferred" in types
    assert "payment.executed" not in types
    assert "there is no seal 99" in refused("proof", "invoice", A2, "--under", "99", "--out", out, home=home)


def events(proof: Path, home: Path) -> list[tuple[str, str, str, str, dict[str, object]]]:
    """The events of a proof, as the second verifier reads them."""
    said = json.loads(proof.read_bytes())
    seal = check_proof.read(check_proof.opened(said["seal"], "seal", check_proof.key_of(public(home)), "the seal"))
    return [event for way in said["streams"] for event in check_proof.events_of(way, seal)]


def test_a_fund_without_seals_proves_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done("publish", Path(__file__).parents[1] / "runtime" / "worked-start.jsonl", "--moment", "event", home=home)
    done("proof", "key", "new", home=home)
    assert "nothing is sealed yet: psdf proof seal" in refused("proof", "invoice", A2, home=home)
    assert "there is no key" in refused("proof", "invoice", A2, "--key", tmp_path / "no.key", home=home)
    assert "holds no fund yet" in refused("proof", "seal", "--key", tmp_path / "home.key", home=tmp_path / "nowhere")


# ------------------------------------------------------------------------------------------------------- countersignatures


def test_who_has_seen_a_seal_signs_it_too_and_comes_with_the_proof(home: Path, tmp_path: Path) -> None:
    last = seals(home)[-1]
    theirs = new_key(tmp_path / "ministry.key").public
    done("proof", "countersign", last, "--key", tmp_path / "ministry.key", "--name", "Ministry of Health")
    assert "has signed it before" in refused(
        "proof", "countersign", last, "--key", tmp_path / "ministry.key", "--name", "Ministry of Health"
    )
    out = tmp_path / "proof.json"
    done("proof", "invoice", A2, "--out", out, home=home)
    by_them = f"Ministry of Health={theirs}"
    assert "signed by Ministry of Health too" in done(
        "proof", "check", out, "--key", public(home), "--countersigned", by_them
    )
    assert "not checked: --countersigned" in done("proof", "check", out, "--key", public(home))
    assert "Auditor did not sign it" in refused(
        "proof", "check", out, "--key", public(home), "--countersigned", f"Auditor={theirs}"
    )
    forged = f"Ministry of Health={public(home)}"
    assert "a countersignature does not hold" in refused(
        "proof", "check", last, "--key", public(home), "--countersigned", forged
    )
    assert "holds: root" in done("proof", "check", last, "--key", public(home), "--countersigned", by_them)
    assert check_proof.check(out.read_bytes(), public(home), {"Ministry of Health": theirs})
    with pytest.raises(check_proof.Wrong, match="Auditor did not sign"):
        check_proof.check(out.read_bytes(), public(home), {"Auditor": theirs})
    for name, key, why in (
        ("Ministry of Health", "", "is no public key"),
        ("Ministry of Health", public(home), "signed by key"),
    ):
        with pytest.raises(check_proof.Wrong, match=why):  # a key that was never filled in proves nothing
            check_proof.check(out.read_bytes(), public(home), {name: key})
        with pytest.raises(ProofFault, match=why):
            check(out.read_bytes(), public(home), {name: key})
    done("verify", home=home)


def test_a_countersignature_of_another_seal_is_refused(home: Path, tmp_path: Path) -> None:
    new_key(tmp_path / "ministry.key")
    first, second = seals(home)[:2]
    done("proof", "countersign", first, "--key", tmp_path / "ministry.key", "--name", "M")
    pasted = json.loads(second.read_bytes()) | {
        "countersignatures": json.loads(first.read_bytes())["countersignatures"]
    }
    second.write_text(json.dumps(pasted), encoding="utf-8")
    assert "the countersignature of M is of another seal" in refused("proof", "check", second, "--key", public(home))


# ----------------------------------------------------------------------------------------- an insider with all the hashes


def test_a_past_that_is_rewritten_in_every_journal_alike_contradicts_a_published_root(
    home: Path, tmp_path: Path
) -> None:
    """Every hash, every digest and every seal is made anew: the journals hold, and a seal that was given away does not."""
    kept = tmp_path / "kept"
    kept.mkdir()
    for seal in seals(home):
        shutil.copy2(seal, kept)
    key = public(home)
    rewritten_from_the_contract_on(home)
    shutil.rmtree(home / "proof")
    assert "no seal is there, and the given key has to have signed some" in refused("verify", "--key", key, home=home)
    done("proof", "seal", home=home)
    told = done("verify", "--key", key, home=home)
    assert "hold" in told
    (last,) = [path for path in kept.iterdir() if read_file(path).statement().number == len(list(kept.iterdir()))]
    assert re.search(
        rf"seal \d+ of 2022-04-04 in {last}: the journals end with seal 1 of .*: seals were removed, or this is an older copy",
        refused("verify", "--seal", last, home=home),
    )
    told = psdf("verify", "--seal", kept, "--key", key, home=home).stderr
    assert re.search(
        r"seal 1 of 2022-01-03 in .* has root .*, and that of the journals .*: what had been decided was changed", told
    )
    assert "and" in told


def test_seals_of_another_key_and_a_changed_file_are_found(home: Path, tmp_path: Path) -> None:
    another = new_key(tmp_path / "another.key").public
    assert f"is signed by key {read_key(home.with_name('home.key')).keyid}, which is none" in refused(
        "verify", "--key", another, home=home
    )
    first = seals(home)[0]
    said = json.loads(first.read_bytes())
    said["moved"][0]["version"] += 1
    first.write_text(json.dumps(said), encoding="utf-8")
    assert f"in {first}: what stands beside its statement, streams or key, was changed" in refused("verify", home=home)
    first.write_text("{}", encoding="utf-8")
    assert f"{first} is no seal: " in refused("verify", home=home)
    kept = tmp_path / "kept"
    kept.mkdir()
    shutil.move(first, kept / "the seal of 2022-01-03.json")
    assert f"{kept}: no seal is called seal-*.json there" in refused("verify", "--seal", kept, home=home)


def test_a_back_up_has_the_seals_and_their_files_are_written_again(home: Path, tmp_path: Path) -> None:
    """Its key is in no back-up; who restores a fund brings it."""
    done("backup", tmp_path / "copy.backup", home=home)
    again = tmp_path / "again"
    done("restore", tmp_path / "copy.backup", home=again)
    assert "seals, the last seal" in done("verify", "--seal", home / "proof", home=again)
    assert "there is no key" in refused("proof", "seal", home=again)
    shutil.copy2(home.with_name("home.key"), tmp_path / "again.key")
    done("proof", "seal", home=again)
    assert [path.read_bytes() for path in seals(again)] == [path.read_bytes() for path in seals(home)]


def rewritten_from_the_contract_on(home: Path) -> None:
    """The account of a contract is another, from its proposal on, in all journals with all their digests."""
    db = sqlite3.connect(home / "fund.sqlite3", isolation_level=None)
    forger = Forger(db)
    for service in ("door", "contracts", "invoicing", "payments", "reconciliation", "reserve"):
        forger.replace(service, b"LT601010012345678901", b"LT121000011101001000")
    for service in ("door", "contracts", "invoicing", "payments", "reconciliation", "reserve"):
        forger.digest_again(service)
    db.execute("DELETE FROM commits WHERE service = 'psdf'")
    db.execute("DELETE FROM published WHERE service = 'psdf'")
    db.close()
    (home / "fund.heads").unlink()


# ------------------------------------------------------------------------------------------------- the second verifier


def test_the_second_verifier_is_short_and_imports_nothing_of_ours() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert text.count("\n") < LINES
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in getattr(node, "names", ())]
        )
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported - sys.stdlib_module_names == {"cryptography"}


def test_it_checks_a_proof_in_an_empty_environment(home: Path, proof: Path, tmp_path: Path) -> None:
    """Nothing is there but Python and the package of signatures with what that needs; the file alone is copied."""
    python = empty_environment(tmp_path / "empty")
    alone = shutil.copy2(FILE, tmp_path / "empty")

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-I", *words], capture_output=True, text=True, check=False, cwd=tmp_path / "empty"
        )

    assert "No module named 'shared'" in run("-c", "import shared").stderr
    held = run(alone, proof, public(home))
    assert held.returncode == 0, held.stderr
    assert f"invoice {A2}: " in held.stdout
    assert "payment.executed  (payments: stream fund, event" in held.stdout
    proof.write_bytes(proof.read_bytes().replace(b"3000000", b"3000001"))
    changed = run(alone, proof, public(home))
    assert (changed.returncode, changed.stderr) == (
        1,
        "it proves nothing: the proof: the signature is not that of what it says, one of them was changed\n",
    )
    assert run(alone).returncode == 1


def empty_environment(folder: Path) -> Path:
    """An environment of its own, with cryptography and what that needs, as they are installed here."""
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    wanted = ["cryptography"]
    while wanted:
        name = wanted.pop()
        try:
            installed = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:  # needed on another platform only
            continue
        wanted += [re.split(r"[^\w-]", line)[0] for line in installed.requires or () if "extra ==" not in line]
        for file in installed.files or ():
            if ".." not in file.parts and not (packages / file).exists():
                (packages / file).parent.mkdir(parents=True, exist_ok=True)
                (packages / file).symlink_to(installed.locate_file(file))
    return folder / "bin" / "python"


# ------------------------------------------------------------------------------------------------------------- the page


def test_each_command_of_the_page_for_auditors_does_what_it_says(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOM / "README.md").read_text(encoding="utf-8")
    commands = [
        line.split("  #")[0]
        for block in re.findall(r"```\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
        if line.startswith(("psdf ", "python "))
    ]
    assert len(commands) > 7
    monkeypatch.chdir(tmp_path)
    shutil.copytree(home, "psdf-demo")
    shutil.copy2(home.with_name("home.key"), "psdf-demo.key")
    said = {"PUBLIC": public(home), "SEAL": str(Path("psdf-demo", "proof", seals(home)[-1].name)), "INVOICE": A2}
    for command in commands:
        if "THEIRS" in command:
            said["THEIRS"] = read_key(Path("auditor.key")).public
        words = [
            re.sub(r"[A-Z]{4,}", lambda found: said.get(found[0], found[0]), word) for word in shlex.split(command)
        ]
        if words[0] == "python":
            ran = subprocess.run([sys.executable, FILE, *words[2:]], capture_output=True, text=True, check=False)
        else:
            ran = psdf(*words[1:])
        assert ran.returncode == 0, (command, ran.stderr)
