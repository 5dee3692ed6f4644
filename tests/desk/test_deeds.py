"""Two signed-in persons do what a command does: who may, what the second agrees to, and for how long the first waits."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.adapters.sqlite.store import SqliteStore, connect
from shared.desk.acts import DEEDS
from shared.desk.audit import contradictions
from shared.desk.deeds import WAITS, agree, hurry
from shared.desk.desk import NAME, Desk
from shared.desk.events import Agreed, Asked, Hurried
from shared.desk.matters import NotDone, State, evolve
from shared.desk.person import ROLES, Person, Role
from tests.desk.acting import MOMENT, person
from tests.runtime.funds import FUND

WHAT, OTHER = b"a key", b"another key"
TWO = [deed for deed in DEEDS.values() if deed.second]


def known(sub: str, role: Role, name: str = "Ona Onaitė", payer: str = "VLK") -> Person:
    return replace(person(name, role, payer), identity=f"https://login.example.lt {sub}")


def does(state: State, who: Person, deed: str = "key", sha256: str = "1", hours: float = 0) -> list[Asked | Agreed]:
    at = MOMENT + timedelta(hours=hours)
    found = list(agree(state, FUND, who, DEEDS[deed], sha256, at))
    for event in found:
        evolve(state, event, at)
    return found


def why_not(state: State, who: Person, **more: object) -> str:
    with pytest.raises(NotDone) as refused:
        does(state, who, **more)  # type: ignore[arg-type]
    return refused.value.why


@pytest.mark.parametrize("deed", TWO, ids=lambda deed: deed.name)
def test_each_role_is_first_and_second_where_the_table_says_so_and_nowhere_else(deed: object) -> None:
    name = deed.name  # type: ignore[attr-defined]
    for first in ROLES:
        state = State()
        if first not in DEEDS[name].first:
            assert why_not(state, known("1", first), deed=name) == "not_entitled"
            continue
        for second in ROLES:
            state = State()
            assert [type(each) for each in does(state, known("1", first), name)] == [Asked]
            if second in DEEDS[name].second:
                assert [type(each) for each in does(state, known("2", second), name)] == [Agreed]
                assert not state.asked
            else:
                assert why_not(state, known("2", second), deed=name) == "not_entitled"


def test_one_person_is_never_two_whatever_the_name_and_two_of_one_name_are() -> None:
    state = State()
    does(state, known("1", "operator"))
    assert why_not(state, known("1", "second", "Ona Kitaitė")) == "same_asked"
    assert [type(each) for each in does(state, known("2", "second"))] == [Agreed]


def test_another_payers_person_is_neither() -> None:
    state = State()
    assert why_not(state, known("1", "operator", payer="TLK-KAUNAS")) == "other_payer"
    does(state, known("1", "operator"))
    assert why_not(state, known("2", "second", payer="TLK-KAUNAS")) == "other_payer"


def test_the_first_waits_a_day_and_then_it_is_asked_for_anew() -> None:
    state = State()
    does(state, known("1", "operator"))
    late = WAITS.total_seconds() / 3600 + 0.01
    assert why_not(state, known("2", "second"), hours=late) == "not_entitled", "a second is not the first"
    assert [type(each) for each in does(state, known("1", "operator"), hours=late)] == [Asked]
    assert [type(each) for each in does(state, known("2", "second"), hours=2 * late - 0.02)] == [Agreed]


async def test_over_a_journal_two_agree_to_the_same_bytes_of_the_same_deed_alone(tmp_path: Path) -> None:
    ona, jonas = known("1", "operator"), known("2", "operator", "Jonas")
    with closing(connect(tmp_path / "desk.sqlite3")) as connection:
        desk = Desk(FUND, SqliteStore(connection, NAME))
        assert await desk.agree(ona, DEEDS["key"], WHAT, MOMENT) is None
        again = Desk(FUND, SqliteStore(connection, NAME))
        await again.load()
        assert await again.agree(jonas, DEEDS["key"], OTHER, MOMENT) is None
        assert await again.agree(jonas, DEEDS["webhook"], WHAT, MOMENT) is None
        first = await again.agree(jonas, DEEDS["key"], WHAT, MOMENT)
        assert first
        assert (first.by, first.identity) == (ona.name, ona.identity)
        assert list(contradictions(again)) == []


def test_a_journal_in_which_one_person_is_both_is_found() -> None:
    desk = Desk(FUND, None)  # type: ignore[arg-type]
    asked = Asked(deed="key", sha256="1", by="Ona", role="operator", identity="x 1")
    agreed = Agreed(deed="key", sha256="1", by="Jonas", role="second", identity="x 1")
    for event in (asked, agreed):
        evolve(desk.state, event, MOMENT)
    assert list(contradictions(desk)) == ["key 1: Ona asked for it, and agreed to it too"]


async def test_one_person_has_a_letter_tried_and_the_last_word_on_each_is_known(tmp_path: Path) -> None:
    who = known("1", "operator", "Oskaras Oskaris")
    for role in (each for each in ROLES if each != "operator"):
        with pytest.raises(NotDone, match="This is done by: operator"):
            list(hurry(FUND, person("Ona Onaitė", role), "2022-04-1"))
    with pytest.raises(NotDone, match="you act for TLK-KAUNAS"):
        list(hurry(FUND, known("1", "operator", payer="TLK-KAUNAS"), "2022-04-1"))
    with closing(connect(tmp_path / "desk.sqlite3")) as connection:
        desk = Desk(FUND, SqliteStore(connection, NAME))
        for hours in (0, 1):
            await desk.hurry(who, "2022-04-1", MOMENT + timedelta(hours=hours))
        again = Desk(FUND, SqliteStore(connection, NAME))
        await again.load()
    said = Hurried(notice_no="2022-04-1", by=who.name, role="operator", identity=who.identity)
    assert again.state.hurried == {"2022-04-1": (said, MOMENT + timedelta(hours=1))}
    assert not [*contradictions(again)]
