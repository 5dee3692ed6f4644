"""People are known by their tokens, of which only a hash is kept; who may do what is one table, and this is it."""

import threading
from pathlib import Path
from unicodedata import normalize

import pytest

from shared.desk.acts import ACTS, DEEDS, offered
from shared.desk.people import PEOPLE, People
from shared.desk.person import ROLES, PeopleError, Person, Role
from shared.kernel.stop import Wrong
from tests.runtime.funds import FUND

TABLE = {
    "review": ("clerk", "second"),
    "contract": ("contracts", "second"),
    "contract-change": ("contracts", "second"),
    "contract-account": ("contracts", "second"),
    "contract-end": ("contracts", "second"),
    "claim": ("clerk", "second"),
    "settle": ("clerk", "second director"),
    "budget": ("planner", "director"),
    "distribution": ("planner", "director"),
    "month-plan": ("planner", "director"),
    "letter-delivered": ("clerk", "second"),
    "reserve-transfer": ("planner", "director"),
    "merge": ("planner", "director"),
    "sodra-review": ("clerk", "second"),
    "payer-year": ("clerk", "second director"),
    "surplus": ("ministry", "ministry"),
    "reserve-use": ("ministry", "ministry"),
    "release": ("clerk operator", "second operator"),
    "dismiss": ("clerk operator", "second operator"),
}


def test_who_drafts_and_who_confirms_each_act_is_this_table() -> None:
    assert {name: (" ".join(act.drafts), " ".join(act.confirms)) for name, act in ACTS.items()} == TABLE
    assert not any("auditor" in roles for rows in TABLE.values() for roles in rows)
    assert {role for rows in TABLE.values() for roles in rows for role in roles.split()} | {"auditor"} == set(ROLES)


COMMANDS = {
    "bank-file": ("second director", "second director"),
    "bank-settle": ("clerk second director", ""),
    "bank-again": ("second director", ""),
    "key": ("operator", "operator second director"),
    "key-end": ("operator", "operator second director"),
    "webhook": ("operator", "operator second director"),
    "webhook-end": ("operator", "operator second director"),
    "statement": ("clerk", "second"),
    "release": ("clerk operator", "second operator"),
    "dismiss": ("clerk operator", "second operator"),
}
PAGE = {
    "bank-answer": ("clerk second director", "second director"),
    "letter-now": ("operator", ""),
    "told": ("clerk second operator", ""),
}
"""What is done at a page alone: two bring an answer of the bank, one has a letter tried, one ticks that a sender was told."""


def test_who_is_the_first_and_who_the_second_of_two_at_a_command_is_this_table() -> None:
    assert {name: (" ".join(deed.first), " ".join(deed.second)) for name, deed in DEEDS.items()} == COMMANDS | PAGE
    assert all(name == deed.name for name, deed in DEEDS.items())


def test_a_territorial_fund_is_offered_what_it_may_say_and_no_more() -> None:
    def names(role: Role, payer: str) -> list[str]:
        return [act.name for act in offered(Person(name="A", role=role, payer=payer, token_sha256=""), FUND)]

    assert names("clerk", "TLK-KAUNAS") == ["review", "claim", "settle", "payer-year"]
    assert names("clerk", "VLK") == [
        "review",
        "claim",
        "settle",
        "letter-delivered",
        "sodra-review",
        "release",
        "dismiss",
    ]
    assert names("contracts", "TLK-KAUNAS") == ["contract", "contract-change", "contract-account", "contract-end"]
    assert names("ministry", "") == ["surplus", "reserve-use"]
    assert names("planner", "VLK") == ["budget", "distribution", "month-plan", "reserve-transfer", "merge"]
    assert names("auditor", "VLK") == names("second", "VLK") == []


def test_a_token_is_nowhere_but_with_its_person(tmp_path: Path) -> None:
    people = People(tmp_path / "desk")
    token = people.add(FUND, "Ona  Onaitė", "clerk", "VLK")
    text = (tmp_path / "desk" / PEOPLE).read_text(encoding="utf-8")
    assert token not in text
    assert (tmp_path / "desk" / PEOPLE).stat().st_mode & 0o077 == 0
    found = people.by_token(token)
    assert found is not None
    assert (found.name, found.role, found.payer) == ("Ona Onaitė", "clerk", "VLK")
    assert people.by_token(token[:-1]) is None
    assert people.by_token("") is None
    assert people.by_token(found.token_sha256) is None, "the hash is no token"


def test_who_is_removed_is_known_no_more_and_a_new_one_has_a_new_token(tmp_path: Path) -> None:
    people = People(tmp_path)
    old = people.add(FUND, "Ona", "clerk", "VLK")
    with pytest.raises(PeopleError, match="is there already"):
        people.add(FUND, "ONA", "second", "VLK")
    people.remove("ona")
    assert people.by_token(old) is None
    assert people.add(FUND, "Ona", "clerk", "VLK") != old
    with pytest.raises(PeopleError, match="is not there"):
        people.remove("Niekas")


@pytest.mark.parametrize(
    "name", ["ona  onaitė", normalize("NFD", "Ona Onaitė"), "Ｏna Onaitė", "Ona\N{ZERO WIDTH SPACE} Onaitė"]
)
def test_one_name_is_one_person_however_it_is_written(tmp_path: Path, name: str) -> None:
    people = People(tmp_path)
    people.add(FUND, "Ona Onaitė", "contracts", "VLK")
    with pytest.raises((PeopleError, Wrong), match=r"is there already|a name has"):
        people.add(FUND, name, "second", "VLK")
    assert people.all()[0].is_same(name), "who drafted does not confirm under it"
    assert not people.all()[0].is_same("")


@pytest.mark.parametrize(
    ("name", "role", "payer", "told"),
    [
        ("Ona", "boss", "VLK", "role boss is none: give clerk, contracts"),
        ("Ona", "clerk", "TLK-NIDA", "payer TLK-NIDA is none of VLK"),
        ("Ona", "planner", "TLK-KAUNAS", "a planner is of VLK"),
        ("  ", "clerk", "VLK", "a name has 1 to 100 letters"),
        ("O\nna\x07", "clerk", "VLK", "a name has 1 to 100 letters"),
    ],
)
def test_a_person_who_can_t_be_is_refused(tmp_path: Path, name: str, role: str, payer: str, told: str) -> None:
    with pytest.raises(Wrong, match=told):
        People(tmp_path).add(FUND, name, role, payer)


def test_people_added_at_once_are_all_there(tmp_path: Path) -> None:
    threads = [threading.Thread(target=People(tmp_path).add, args=(FUND, f"N{n}", "clerk", "VLK")) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(People(tmp_path).all()) == 8


def test_a_file_that_is_none_is_said_and_nobody_is_let_in(tmp_path: Path) -> None:
    (tmp_path / PEOPLE).write_text("[{]")
    with pytest.raises(PeopleError, match="can't be read"):
        People(tmp_path).by_token("x")
