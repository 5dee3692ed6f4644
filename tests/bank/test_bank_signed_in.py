"""A file to the bank is let go by persons of the fund's identity provider, where it has one; nobody is typed."""

import asyncio
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from time import time

from shared.adapters.sqlite.store import SqliteStore, connect
from shared.effects.bank.desk import NAME
from shared.effects.bank.history import handled
from shared.journal.home import DESK
from tests.bank.independent import SETTINGS
from tests.bank.test_bank_commands import begin, told
from tests.desk import provider
from tests.desk.provider import IdentityProvider
from tests.runtime.funds import psdf

PEOPLE = {
    "dora": {"roles": "psdf-director", "payer": "vlk", "name": "Ona Onaitė"},
    "petras": {"roles": "psdf-second", "payer": "vlk", "name": "Ona Onaitė"},
    "ona": {"roles": "psdf-clerk", "payer": "vlk", "name": "Ona Onaitė"},
    "kazys": {"roles": "psdf-second", "payer": "kaunas", "name": "Kazys Kaunietis"},
}
there, tokens = provider.there, provider.tokens


def bank(home: Path, *words: str, oidc: Path | None = None, token: str = "") -> tuple[int, str]:
    """What a command ends with, and what it says on one line."""
    more = {"PSDF_OIDC": str(oidc), "PSDF_TOKEN": token} if oidc else {}
    done = psdf("bank", *words, home=home, PSDF_MOMENT="event", **more)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_two_of_the_provider_let_a_file_go_and_a_typed_name_is_nobody(
    there: IdentityProvider, tokens: Mapping[str, str], tmp_path: Path
) -> None:
    home, file = tmp_path / "home", there.file
    begin(home, SETTINGS.four_eyes_cents)
    file_id = bank(home, "seal")[1].partition(":")[0]
    before = bank(home, "approve", file_id, "--by", "Ona Onaitė")
    assert (before[0], "a name as it is typed" in before[1]) == (0, True), before
    code, said = bank(home, "approve", file_id, "--by", "Jonas", oidc=file, token=tokens["dora"])
    assert (code, "not a typed name" in said) == (2, True), said
    for token, why in (
        ("", "who are you?"),
        (tokens["ona"], "This is done by"),
        (tokens["kazys"], "This is VLK's matter"),
        (there.signed_in("dora", "urn:another:place"), "the token is for urn:another:place"),
    ):
        code, said = bank(home, "approve", file_id, oidc=file, token=token)
        assert (code, why in said) == (1, True), said
    first = bank(home, "approve", file_id, oidc=file, token=tokens["dora"])
    assert "approved by Ona Onaitė; waits for 1 more" in first[1], "what was typed before counts no more"
    renamed = there.forged(there.says("dora", roles="psdf-second", name="Dora Kitaitė"))
    code, said = bank(home, "approve", file_id, oidc=file, token=renamed)
    assert (code, "another person must approve it" in said) == (1, True), said
    code, said = bank(home, "approve", file_id, "--by", "Jonas")
    assert (code, "a typed name is nobody's" in said) == (1, True), said
    assert not list((home / "bank" / "out").glob("*.xml"))
    assert "sent" in bank(home, "approve", file_id, oidc=file, token=tokens["petras"])[1]
    assert [path.stem for path in (home / "bank" / "out").glob("*.xml")] == [file_id]
    ((order,),) = [[data["order_id"] for data in told(home, "payment.ordered")]]
    assert [by for by, _ in asyncio.run(approvals(home, str(order)))] == ["Ona Onaitė", "Ona Onaitė"]


def test_who_lets_a_file_go_has_signed_in_lately_where_the_fund_asks_for_it(
    there: IdentityProvider, tokens: Mapping[str, str], tmp_path: Path
) -> None:
    home, file = tmp_path / "home", tmp_path / "oidc.toml"
    begin(home, SETTINGS.four_eyes_cents)
    file.write_text(f"{there.file.read_text()}\n[confirm]\nwithin_minutes = 10\n")
    file_id = bank(home, "seal")[1].partition(":")[0]
    for words in (("approve", file_id), ("again", "300111224/A1#1")):
        code, said = bank(home, *words, oidc=file, token=tokens["dora"])
        assert (code, "who confirms has signed in just now" in said) == (1, True), said
    now = there.forged(there.says("dora", roles="psdf-director", auth_time=time()))
    assert "waits for 1 more" in bank(home, "approve", file_id, oidc=file, token=now)[1]


async def approvals(home: Path, order_id: str) -> list[tuple[str, datetime]]:
    """Who let an order's file go, as ``psdf why`` tells it."""
    with closing(connect(home / "bank" / DESK)) as connection:
        return (await handled(SqliteStore(connection, NAME), {order_id}))[order_id].approved


def test_what_was_set_aside_and_what_is_ordered_again_is_a_persons_too(
    there: IdentityProvider, tokens: Mapping[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    begin(home, 100)
    for words in (("settle", "7", "--word", "x"), ("again", "300111224/A1#1")):
        assert bank(home, *words, "--by", "Ona", oidc=there.file)[0] == 2
        code, said = bank(home, *words, oidc=there.file, token=tokens["kazys"])
        assert (code, "This is VLK's matter" in said) == (1, True), said
    assert "nothing is set aside" in bank(home, "settle", "7", "--word", "x", oidc=there.file, token=tokens["ona"])[1]
    said = bank(home, "again", "300111224/A1#1", oidc=there.file, token=tokens["dora"])[1]
    assert "payments are ordered anew" in said


def test_two_spellings_of_a_typed_name_are_one_person_also_where_nobody_sees_the_difference(tmp_path: Path) -> None:
    home = tmp_path / "home"
    begin(home, SETTINGS.four_eyes_cents)
    file_id = bank(home, "seal")[1].partition(":")[0]
    bank(home, "approve", file_id, "--by", "Ona Onaitė")
    for spelt in ("ONA\u200b ONAITĖ", "Ona Onaite\u0307"):
        code, said = bank(home, "approve", file_id, "--by", spelt)
        assert (code, "another person must approve it" in said) == (1, True), said
