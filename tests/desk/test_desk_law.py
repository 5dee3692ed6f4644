"""The law of the desk: one drafts and proposes, another of the right role and payer confirms; all else is refused by name."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.desk.events import Answered, Confirmed, Drafted, Proposed, Refused, Withdrawn
from shared.desk.matters import answer, evolve
from shared.desk.person import Person, Role
from tests.desk.acting import (
    CHANGE,
    DORA,
    JONAS,
    KAUNAS,
    MOMENT,
    ONA,
    RASA,
    confirms,
    drafts,
    given,
    person,
    proposes,
    refuses,
    withdraws,
)

PROPOSED = (drafts(RASA), proposes(RASA))


def test_who_has_the_role_drafts_and_the_source_is_the_payers_own() -> None:
    given().when(drafts(RASA)).then(
        Drafted(
            matter="D-1", act="contract-change", data='{"contract_id":"C-1","ceiling_cents":5}', about="contract-change C-1",
            by="Rasa Rasaitė", role="contracts", payer="VLK", source="/vlk",
        )
    )  # fmt: skip


def test_another_role_drafts_nothing_and_is_told_which_role_does() -> None:
    given().when(drafts(ONA)).then_not("not_entitled", role="clerk", roles="contracts")
    given().when(drafts(person("Nulė", None))).then_not("not_entitled", role="", roles="contracts")


def test_a_territorial_fund_speaks_for_itself_alone() -> None:
    kaunas = person("Kaunietė", "clerk", "TLK-KAUNAS")
    year = {
        "payer": "TLK-KAUNAS",
        "year": 2022,
        "source": "PSDF",
        "received_cents": 1,
        "used_cents": 1,
        "balance_cents": 0,
    }
    (drafted,) = given().when(drafts(kaunas, "payer-year", year)).said
    assert isinstance(drafted, Drafted)
    assert drafted.source == "/tlk/TLK-KAUNAS"
    given().when(drafts(kaunas, "payer-year", year | {"payer": "TLK-VILNIUS"})).then_not(
        "no_voice", payer="TLK-KAUNAS", sources="/tlk/TLK-VILNIUS"
    )
    of_kaunas = {"contract_id": "K-1", "payer": "TLK-KAUNAS"}
    given().when(drafts(RASA, "contract", of_kaunas)).then_not("no_voice", payer="VLK", sources="/vlk, /tlk/TLK-KAUNAS")
    given().when(drafts(kaunas, "sodra-review", {"year": 2022})).then_not(
        "no_voice", payer="TLK-KAUNAS", sources="/vlk"
    )


def test_9_the_reserves_main_part_is_the_governments_and_its_risk_part_the_ministers() -> None:
    milda = person("Milda", "ministry", "")
    for part, source in (("main", "/government"), ("risk", "/ministry")):
        (drafted,) = given().when(drafts(milda, "reserve-use", {"part": part})).said
        assert isinstance(drafted, Drafted)
        assert drafted.source == source


def test_a_draft_is_mended_by_who_wrote_it_and_by_nobody_else() -> None:
    (mended,) = given(drafts(RASA)).when(drafts(RASA, data=CHANGE | {"ceiling_cents": 7}, again="D-1")).said
    assert isinstance(mended, Drafted)
    assert (mended.matter, mended.data) == ("D-1", '{"contract_id":"C-1","ceiling_cents":7}')
    other = person("Kita", "contracts")
    given(drafts(RASA)).when(drafts(other, again="D-1")).then_not("not_yours", matter="D-1", name="Rasa Rasaitė")


def test_what_was_proposed_is_not_changed_any_more() -> None:
    given(*PROPOSED).when(drafts(RASA, again="D-1")).then_not(
        "decided", matter="D-1", stage="proposed", name="Rasa Rasaitė"
    )


def test_a_proposal_waits_for_another() -> None:
    given(drafts(RASA)).when(proposes(RASA)).then(Proposed(matter="D-1", by="Rasa Rasaitė"))
    given(drafts(RASA)).when(confirms(JONAS)).then_not("decided", matter="D-1", stage="drafted", name="Rasa Rasaitė")


def test_who_has_another_role_by_now_or_speaks_for_another_payer_proposes_nothing_of_before() -> None:
    for role in ("auditor", None):
        given(drafts(RASA)).when(proposes(person(RASA.name, role))).then_not(
            "not_entitled", role=role or "", roles="contracts"
        )
    elsewhere = person(RASA.name, "contracts", "TLK-KAUNAS")
    given(drafts(RASA)).when(proposes(elsewhere)).then_not("no_voice", payer="TLK-KAUNAS", sources="/vlk")
    given(drafts(RASA)).when(withdraws(elsewhere)).then(Withdrawn(matter="D-1", by=RASA.name))


def test_the_same_of_two_people_is_proposed_once() -> None:
    other = person("Kita", "contracts")
    given(*PROPOSED, drafts(other)).when(proposes(other, "D-2")).then_not(
        "twice", matter="D-1", about="contract-change C-1", name="Rasa Rasaitė"
    )
    given(*PROPOSED, confirms(JONAS), drafts(other)).when(proposes(other, "D-2")).then(
        Proposed(matter="D-2", by="Kita")
    )


def test_another_person_of_the_role_confirms() -> None:
    given(*PROPOSED).when(confirms(JONAS)).then(Confirmed(matter="D-1", by="Jonas Jonaitis", role="second", raw="{}"))


WRITTEN_OFF, SET_OFF = ({"claim_id": "C-1/A1", "how": how} for how in ("written_off", "set_off"))
RELEASED = {"ids": ["p-1"], "why": "mended"}
A_DAY, LATER = MOMENT + timedelta(hours=24), MOMENT + timedelta(days=2)


@pytest.mark.parametrize(("act", "data", "by"), [("settle", WRITTEN_OFF, DORA), ("release", RELEASED, JONAS)])
def test_a_write_off_and_a_release_wait_a_day_and_are_proposed_anew_then(
    act: str, data: Mapping[str, Any], by: Person
) -> None:
    proposed = (drafts(ONA, act, dict(data)), proposes(ONA))
    (done,) = given(*proposed).when(confirms(by, now=A_DAY)).said
    assert isinstance(done, Confirmed)
    given(*proposed).when(confirms(by, now=LATER)).then_not(
        "expired", matter="D-1", name="Ona Onaitė", at="2022-02-07 10:01"
    )
    anew, other = (*proposed, drafts(ONA, act, dict(data))), proposes(ONA, "D-2", now=LATER)
    given(*anew).when(proposes(ONA, "D-2")).then_not("twice", matter="D-1", about=about(act, data), name="Ona Onaitė")
    given(*anew).when(other).then(Proposed(matter="D-2", by="Ona Onaitė"))
    (taken_back,) = given(*proposed).when(withdraws(ONA)).said
    assert isinstance(taken_back, Withdrawn)


def about(act: str, data: Mapping[str, Any]) -> str:
    return f"{act} {data.get('claim_id', '')}"


def test_whatever_else_is_proposed_waits_over_holidays() -> None:
    for who, by, act, data in ((RASA, JONAS, "contract-change", CHANGE), (ONA, JONAS, "settle", SET_OFF)):
        (done,) = given(drafts(who, act, data), proposes(who)).when(confirms(by, now=LATER)).said
        assert isinstance(done, Confirmed)


@pytest.mark.parametrize(
    "spelt",
    [
        *("Rasa Rasaitė", "rasa  rasaitė", " RASA RASAITĖ", "Ra\u200bsa Rasaite\u0307", "Rasa\u2028Rasaitė"),
        *("Rasa Rasaitė\u3164", "Rasa\u2800Rasaitė", "Ra\ufe0fsa Ras\u034faitė", "Rasa Rasaitė\U000e0100"),
    ],
)
def test_the_same_person_never_confirms_however_the_name_is_spelt_and_whatever_the_role_is_now(spelt: str) -> None:
    for role in ("contracts", "second"):
        given(*PROPOSED).when(confirms(person(spelt, role))).then_not(  # type: ignore[arg-type]
            "same_person", name="Rasa Rasaitė", matter="D-1"
        )


ISSUER = "https://login.example.lt"


def known(name: str, role: Role, sub: str) -> Person:
    """One of an identity provider's."""
    return replace(person(name, role), identity=f"{ISSUER} {sub}")


def test_people_of_a_provider_are_told_apart_by_it_and_not_by_their_names() -> None:
    rasa, married = known("Rasa Rasaitė", "contracts", "1"), known("Rasa Kitaitė", "second", "1")
    steps = (drafts(rasa), proposes(rasa))
    given(*steps).when(confirms(married)).then_not("same_person", name="Rasa Rasaitė", matter="D-1")
    given(*steps).when(confirms(known("Rasa Rasaitė", "second", "2"))).then(
        Confirmed(matter="D-1", by="Rasa Rasaitė", role="second", raw="{}", identity=f"{ISSUER} 2")
    )
    given(*steps).when(refuses(known("RASA", "second", "2"), "no")).then(
        Refused(matter="D-1", by="RASA", role="second", words="no", identity=f"{ISSUER} 2")
    )
    given(drafts(rasa)).when(proposes(known("Kita", "contracts", "1"))).then(
        Proposed(matter="D-1", by="Kita", identity=f"{ISSUER} 1")
    )
    given(drafts(rasa)).when(withdraws(known("Rasa Rasaitė", "contracts", "2"))).then_not(
        "not_yours", name="Rasa Rasaitė", matter="D-1"
    )


def test_a_person_of_the_file_and_one_of_a_provider_confirm_nothing_of_each_other() -> None:
    rasa = known("Rasa Rasaitė", "contracts", "1")
    given(drafts(rasa), proposes(rasa)).when(confirms(JONAS)).then_not(
        "not_told_apart", name="Rasa Rasaitė", matter="D-1"
    )
    given(*PROPOSED).when(confirms(known("Jonas Jonaitis", "second", "2"))).then_not(
        "not_told_apart", name="Rasa Rasaitė", matter="D-1"
    )
    given(*PROPOSED).when(confirms(known("rasa  rasaitė", "second", "2"))).then_not(
        "same_person", name="Rasa Rasaitė", matter="D-1"
    )


def test_another_payers_second_person_confirms_nothing_of_the_states_payer() -> None:
    given(*PROPOSED).when(confirms(KAUNAS)).then_not("other_payer", payer="VLK", own="TLK-KAUNAS")
    of_kaunas = person("Kaunietė", "contracts", "TLK-KAUNAS")
    steps = (drafts(of_kaunas), proposes(of_kaunas))
    given(*steps).when(confirms(KAUNAS)).then(Confirmed(matter="D-1", by="Kazys Kaunietis", role="second", raw="{}"))
    given(*steps).when(confirms(JONAS)).then(Confirmed(matter="D-1", by="Jonas Jonaitis", role="second", raw="{}"))


def test_21_a_claim_is_written_off_by_the_director_and_met_before_the_second_person() -> None:
    claim = {"claim_id": "R-1", "amount_cents": 1, "document": "D"}
    steps = lambda how: (drafts(ONA, "settle", claim | {"how": how}), proposes(ONA))  # noqa: E731
    given(*steps("written_off")).when(confirms(JONAS)).then_not("not_entitled", role="second", roles="director")
    assert given(*steps("written_off")).when(confirms(DORA)).error is None
    given(*steps("repaid")).when(confirms(DORA)).then_not("not_entitled", role="director", roles="second")


def test_it_is_confirmed_once() -> None:
    given(*PROPOSED, confirms(JONAS)).when(confirms(person("Trečia", "second"))).then_not(
        "decided", matter="D-1", stage="confirmed", name="Jonas Jonaitis"
    )


def test_it_is_given_back_with_words_and_never_without() -> None:
    given(*PROPOSED).when(refuses(JONAS, " Kita suma. ")).then(
        Refused(matter="D-1", by="Jonas Jonaitis", role="second", words="Kita suma.")
    )
    given(*PROPOSED).when(refuses(JONAS, "  ")).then_not("no_words", most="2000")
    given(*PROPOSED).when(refuses(JONAS, "ž" * 2_001)).then_not("no_words", most="2000")
    given(*PROPOSED, refuses(JONAS, "ne")).when(confirms(JONAS)).then_not(
        "decided", matter="D-1", stage="refused", name="Jonas Jonaitis"
    )


def test_who_drafted_it_takes_it_back_until_it_is_decided() -> None:
    for before in ((drafts(RASA),), PROPOSED):
        given(*before).when(withdraws(RASA)).then(Withdrawn(matter="D-1", by="Rasa Rasaitė"))
    given(*PROPOSED).when(withdraws(JONAS)).then_not("not_yours", matter="D-1", name="Rasa Rasaitė")
    given(*PROPOSED, confirms(JONAS)).when(withdraws(RASA)).then_not(
        "decided", matter="D-1", stage="confirmed", name="Jonas Jonaitis"
    )


def test_what_nobody_drafted_is_not_there() -> None:
    given().when(confirms(JONAS, "D-9")).then_not("unknown", matter="D-9")


def test_the_funds_answer_is_kept_the_first_time_it_is_heard() -> None:
    state = given(*PROPOSED, confirms(JONAS)).state
    answered = Answered(matter="D-1", outcome="taken")
    (kept,) = answer(state, answered)
    evolve(state, kept, MOMENT)
    assert list(answer(state, Answered(matter="D-1", outcome="known"))) == []
    assert state.matters["D-1"].outcome == "taken"
    assert [done for _, done, _ in state.matters["D-1"].history] == ["drafted", "proposed", "confirmed", "answered"]
