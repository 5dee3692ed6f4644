"""What a page offers at the desk, person by person: the acts of the role, of the payer whose matter it is, and no other."""

import re
from pathlib import Path

import pytest

from shared.journal.home import Home
from shared.journal.parked import dismiss
from tests.console.desks import PERSONS, a_fund, desk, desk_of, signed_in

__all__ = ["desk"]

VLK = "VLK"
OFFERED: dict[str, dict[str, tuple[str, ...]]] = {
    "/invoices/300111224/R1": {"clerk": ("review", "claim")},
    "/contracts/C-2": {"contracts": ("contract-change", "contract-account", "contract-end")},
    "/budget/2022": {"planner": ("budget", "distribution", "month-plan", "merge")},
    "/budget/draft": {"planner": ("budget",)},
    "/reserve/2022": {"planner": ("reserve-transfer",), "ministry": ("surplus", "reserve-use")},
    "/statements": {"clerk": ("sodra-review",)},
    "/parked": {"clerk": ("release", "dismiss"), "operator": ("release", "dismiss")},
    "/queues/VLK/04/PSDF": {"planner": ("distribution",)},
    "/years/2022": {},
    "/notices": {},
    "/fund": {},
}
"""What who acts for the VLK may begin, page by page: all in these matters is the VLK's."""
ANYBODYS: dict[str, dict[str, tuple[str, ...]]] = {
    "/contracts": {"contracts": ("contract",)},
    "/claims": {"clerk": ("claim", "settle")},
}
"""Where the matter is nobody's yet: a payer's person begins one of its own."""
A_TLKS = {"/years/2022": {"clerk": ("payer-year",)}}
LINK = re.compile(r'href="(/desk/new/([^"?]*)[^"]*)"')


def expected(name: str, path: str) -> set[str]:
    role, payer = PERSONS[name]
    own = OFFERED if payer in (VLK, "") else A_TLKS
    return {*own.get(path, {}).get(role, ()), *ANYBODYS.get(path, {}).get(role, ())}


@pytest.mark.parametrize("name", PERSONS)
def test_a_page_offers_what_is_open_to_who_reads_it_and_each_link_opens(
    desk: tuple[str, dict[str, str], Path], name: str
) -> None:
    url, tokens, _ = desk
    with signed_in(url, tokens[name]) as client:
        offered, links = dict[str, set[str]](), set[str]()
        for path in (*OFFERED, *ANYBODYS):
            found = LINK.findall(client.get(path).text)
            offered[path] = {act for _, act in found}
            links |= {link.replace("&amp;", "&") for link, _ in found}
        assert offered == {path: expected(name, path) for path in offered}
        assert {client.get(link).status_code for link in links} <= {200}


def test_a_desk_without_people_counts_what_is_parked_for_everybody_and_with_people_for_no_stranger(
    tmp_path: Path,
) -> None:
    a_fund(tmp_path)
    people = tmp_path / "desk" / "people.json"
    kept = people.read_bytes()
    people.unlink()
    with desk_of(tmp_path) as url, signed_in(url, "") as stranger:
        assert stranger.get("/parked").status_code == 200, "while nobody is known, pages are open"
        assert ">Atidėti (3)<" in stranger.get("/fund").text
        people.write_bytes(kept)
        assert stranger.get("/parked").url.path == "/sign-in"
        for path in ("/open", "/sign-in", "/fund"):
            assert ">Atidėti<" in stranger.get(path).text


def test_the_navigation_counts_what_is_parked_for_who_may_read_it(tmp_path: Path) -> None:
    tokens = a_fund(tmp_path)
    with (
        desk_of(tmp_path) as url,
        signed_in(url, tokens["Ona Onaitė"]) as clerk,
        signed_in(url, tokens["Rasa Rasaitė"]) as contracts,
        signed_in(url, "") as stranger,
    ):
        assert ">Atidėti (3)<" in clerk.get("/fund").text
        assert ">Atidėti<" in clerk.get("/fund?on=2022-01-03").text, "nothing had come on that day"
        for other in (stranger.get("/open"), stranger.get("/sign-in")):
            assert ">Atidėti<" in other.text
        assert "Atidėti" not in contracts.get("/fund").text, "who may not read the page is not led there"
        (one, *_) = clerk.get("/parked?as=json").json()["parked"]
        with_all = next(iter(re.findall(rf"/parked/({one['id']}[^\"?]*)", clerk.get("/parked").text)))
        dismiss(Home(path=tmp_path), [with_all])
        assert ">Atidėti (2)<" in clerk.get("/fund").text
