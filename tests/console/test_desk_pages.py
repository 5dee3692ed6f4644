"""The desk over a real socket: who may ask what, and what others would send in somebody's name."""

import re
from pathlib import Path

import httpx
import pytest

from shared.console.gate import COOKIE
from shared.console.pages.render import NAV
from shared.desk.acts import ACTS
from shared.desk.home import people_of
from shared.journal.home import Home
from tests.console.conftest import shown
from tests.console.desks import CONTRACT, NAMES, PERSONS, a_fund, as_, desk, desk_of, signed_in
from tests.console.test_console_pages import PAGES
from tests.runtime.funds import FUND

__all__ = ["desk"]

SCRIPT = "<script>alert(1)</script>"
READ = [path for path in PAGES if "on=" not in path and not path.startswith("/open")]
"""What is read by whoever signed in; ``/open`` is anybody's."""


# ------------------------------------------------------------------------------------------------ route by role


@pytest.mark.parametrize("role", [*NAMES, ""])
def test_each_route_is_answered_to_the_roles_that_it_is_for_and_to_no_other(
    desk: tuple[str, dict[str, str], Path], role: str
) -> None:
    """Nobody but who signed in reads; each form is for the roles that draft it, of a payer that may say it."""
    url, tokens, _ = desk
    with httpx.Client(base_url=url, timeout=60, headers={"Accept": "text/html"}) as client:
        if role:
            client.headers["Authorization"] = f"Bearer {tokens[NAMES[role]]}"
        assert client.get("/work", follow_redirects=bool(role)).status_code == (200 if role else 303)
        assert client.get("/open").status_code == 200
        forms = {name: client.get(f"/desk/new/{name}").status_code for name in ACTS}
        open_to = {name for name, act in ACTS.items() if role in act.drafts and name != "payer-year"}
        assert forms == {name: (200 if name in open_to else 403) if role else 303 for name in ACTS}
        assert client.get("/livez").status_code == client.get("/static/console.css").status_code == 200
        assert client.get("/sign-in").status_code == 200


MONEY = {"clerk", "contracts", "planner", "second", "director", "ministry", "auditor"}
ALL = MONEY | {"operator"}
READERS = {
    **dict.fromkeys(("/fund", "/notices", "/rules", "/seals", "/tour", "/work"), ALL),
    **dict.fromkeys(
        ("/articles", "/bank", "/budget", "/claims", "/contracts", "/days", "/events", "/invoices", "/payers", "/payments", "/providers", "/queues",
         "/reports", "/reserve", "/search", "/statements", "/terms", "/what-if", "/years"),
        MONEY,
    ),
    "/ops": {"planner", "director", "ministry", "auditor", "operator"},
    "/parked": ALL - {"contracts"},
}  # fmt: skip
"""Who reads what: the operator opens no account and no invoice, who concludes contracts and who runs the fund each their own."""
CHEAP = [path for path in READ if not path.startswith(("/what-if?", "/reports/"))]
"""A what-if and a year's report take seconds: one role asks for them."""


@pytest.mark.parametrize("role", [*NAMES, ""])
def test_each_page_is_read_by_the_roles_that_it_is_for_and_by_no_other(
    desk: tuple[str, dict[str, str], Path], role: str
) -> None:
    url, tokens, _ = desk
    with httpx.Client(base_url=url, timeout=60, headers={"Accept": "text/html"}) as client:
        if role:
            client.headers["Authorization"] = f"Bearer {tokens[NAMES[role]]}"
        paths = (*(READ if role == "auditor" else CHEAP), "/providers/300111224", "/events/x", "/invoices/300111224/R1")
        for path in paths:
            status = client.get(path, follow_redirects=bool(role)).status_code
            if not role:
                assert status == 303, path
            elif role in READERS["/" + re.split(r"[/?]", path)[1]]:
                assert status in (200, 404, 422), path  # 422: what the page asks is not of this small fund
            else:
                assert status == 403, path
                assert client.get(path, headers={"Accept": "application/json"}).status_code == 403, path
                assert client.get(path, params={"as": "csv"}).status_code == 403, path


def test_the_list_of_pages_names_those_alone_that_a_role_reads(desk: tuple[str, dict[str, str], Path]) -> None:
    for role in NAMES:
        with signed_in(desk[0], as_(desk, role)) as client:
            pages = client.get("/seals").text.partition('<nav class="pages"')[2].partition("</nav>")[0]
        named = re.findall(r'href="([^"?]+)', pages)
        assert named == [path for _, path, *_ in NAV if role in READERS.get(path, ALL)], role


def test_files_are_kept_from_whom_their_pages_are_kept(desk: tuple[str, dict[str, str], Path]) -> None:
    with signed_in(desk[0], as_(desk, "operator")) as client:
        paper = client.get("/reports/2022/summary.pdf")
        assert paper.status_code == 403
        for words in ("Šį puslapį mato: mokėjimų specialistas", "Jūsų pareigos: eksploatacija", "Ona Onaitė"):
            assert words in paper.text
        assert "This page is read by:" in client.get("/invoices?lang=en").text
        assert client.get("/seals/1/file").status_code == 404, "seals are everybody's"


def test_a_page_that_is_not_for_a_role_says_for_which_it_is_and_whom_to_ask(
    desk: tuple[str, dict[str, str], Path],
) -> None:
    with signed_in(desk[0], as_(desk, "auditor")) as client:
        page = client.get("/desk/new/contract")
        assert page.status_code == 403
        for words in (
            "Jūsų pareigos to neleidžia",
            "Tai daro: sutarčių specialistas. Jūsų pareigos: auditorius.",
            "Rasa Rasaitė",
        ):
            assert words in page.text
        assert "This is done by: contracts clerk" in client.get("/desk/new/contract?lang=en").text


def test_a_sign_in_without_a_role_sees_nothing_but_whom_to_ask(desk: tuple[str, dict[str, str], Path]) -> None:
    url, _, home = desk
    people = people_of(Home(path=home))
    token = people.add(FUND, "Nulė Nulaitė", None, "VLK")
    try:
        with signed_in(url, "") as client:
            for page in (
                client.post("/sign-in", data={"token": token}),
                client.get("/fund"),
                client.get("/desk/new/contract"),
                client.get("/notices/2022-04-1/letter.pdf"),
            ):
                assert page.status_code == 403
                assert "Pareigas (--role) skiria eksploatacija: Oskaras Oskaris." in page.text
                assert "/contracts/C-1" not in page.text
    finally:
        people.remove("Nulė Nulaitė")


def test_who_was_removed_is_out_at_once(desk: tuple[str, dict[str, str], Path]) -> None:
    url, _, home = desk
    people = people_of(Home(path=home))
    with signed_in(url, people.add(FUND, "Laikina", "clerk", "VLK")) as client:
        assert client.get("/work").status_code == 200
        people.remove("Laikina")
        assert "Prisijungimas" in client.get("/work").text
        people.add(FUND, "Laikina", "second", "VLK")
        assert "Prisijungimas" in client.get("/work").text, "a new token is another sign-in"
        people.remove("Laikina")


def test_a_wrong_token_is_nobodys_and_a_sign_out_ends_it(desk: tuple[str, dict[str, str], Path]) -> None:
    with signed_in(desk[0], as_(desk, "clerk")) as client:
        assert "Ona Onaitė, mokėjimų specialistas" in client.get("/work").text
        cookie = client.cookies[COOKIE]
        assert "Prisijungimas" in client.post("/sign-out").text
        client.cookies.set(COOKIE, cookie)
        assert "Prisijungimas" in client.get("/work").text
        wrong = client.post("/sign-in", data={"token": "x" * 43})
        assert wrong.status_code == 401
        assert "Tokio rakto nėra" in wrong.text


def test_the_cookie_is_of_this_site_alone_and_no_script_reads_it(desk: tuple[str, dict[str, str], Path]) -> None:
    with httpx.Client(base_url=desk[0], headers={"Origin": desk[0]}) as client:
        set_ = client.post("/sign-in", data={"token": as_(desk, "clerk")}).headers["set-cookie"]
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(set_.split("; "))
        assert as_(desk, "clerk") not in set_
        for then in ("//evil.example", "https://evil.example", "/\\evil.example"):
            assert (
                client.post("/sign-in", params={"then": then}, data={"token": as_(desk, "clerk")}).headers["location"]
                == "/work"
            )


def test_behind_an_ingress_with_tls_the_cookie_goes_over_tls_alone(desk: tuple[str, dict[str, str], Path]) -> None:
    with httpx.Client(base_url=desk[0], headers={"Origin": desk[0]}) as client:
        for through, secure in (({"X-Forwarded-Proto": "https"}, True), ({"X-Forwarded-Proto": "http"}, False)):
            answer = client.post("/sign-in", data={"token": as_(desk, "clerk")}, headers=through)
            assert ("Secure" in answer.headers["set-cookie"].split("; ")) == secure, through


# ------------------------------------------------------------------------------------------- what others would send


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "SELF"},
        {},
    ],
)
def test_a_form_of_another_site_changes_nothing(
    desk: tuple[str, dict[str, str], Path], headers: dict[str, str]
) -> None:
    url, _, _ = desk
    with signed_in(url, as_(desk, "contracts")) as client:
        del client.headers["Origin"]
        sent = {name: url if value == "SELF" else value for name, value in headers.items() if value}
        for path in ("/desk/new/contract", "/sign-out", "/sign-in"):
            answer = client.post(path, data=CONTRACT, headers=sent, follow_redirects=False)
            assert answer.status_code == 403, path
        assert "Dar nieko nesiūlėte" in client.get("/work").text


def test_nothing_is_sent_anywhere_else(desk: tuple[str, dict[str, str], Path]) -> None:
    with signed_in(desk[0], as_(desk, "contracts")) as client:
        for path in ("/fund", "/work", "/contracts/C-1", "/parked"):
            assert client.post(path, data=CONTRACT).status_code == 405
        assert client.delete("/desk/D-1").status_code == 405


def test_a_script_in_a_name_is_a_name(desk: tuple[str, dict[str, str], Path]) -> None:
    with signed_in(desk[0], as_(desk, "contracts")) as client:
        for sent in (
            CONTRACT | {"provider.name": SCRIPT, "contract_id": "S-1"},
            CONTRACT | {"ceiling": SCRIPT},
            CONTRACT | {'"><script>alert(1)//': "1", "year": "x"},
        ):
            page = client.post("/desk/new/contract", data=sent)
            assert "<script>alert" not in page.text
            assert page.status_code in (200, 422)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text or page.status_code == 422
        assert "<script>alert" not in client.get("/work").text
        assert "<script>alert" not in client.get(f"/desk/{SCRIPT}").text
        assert "<script>alert" not in client.get("/desk/new/contract", params={"contract_id": SCRIPT}).text


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"a=" + b"x" * 1_000_001, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a%d=1" % n for n in range(20_001)), "application/x-www-form-urlencoded", 400),
        (b"a=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x", 415),
    ],
)
def test_what_no_form_of_ours_holds_is_not_read(
    desk: tuple[str, dict[str, str], Path], content: bytes, kind: str, status: int
) -> None:
    with signed_in(desk[0], as_(desk, "contracts")) as client:
        answer = client.post("/desk/new/contract", content=content, headers={"Content-Type": kind})
        assert (answer.status_code, "<h1>Tai nepriimta</h1>" in answer.text) == (status, True)
        assert "xxxxxxxx" not in answer.text


def test_what_is_not_there_has_its_page(desk: tuple[str, dict[str, str], Path]) -> None:
    with signed_in(desk[0], as_(desk, "contracts")) as client:
        assert client.get("/desk/D-999").status_code == 404
        assert client.get("/desk/new/nothing").status_code == 404
        assert client.post("/desk/D-999", data={"action": "confirm"}).status_code == 404


# ------------------------------------------------------------------------------------------------- nobody, and copies


def test_without_people_it_only_reads_and_says_how_to_begin(tmp_path: Path) -> None:
    a_fund(tmp_path)
    for name in PERSONS:
        people_of(Home(path=tmp_path)).remove(name)
    with desk_of(tmp_path) as url, httpx.Client(base_url=url) as client:
        page = client.get("/work")
        assert (page.status_code, "psdf people add" in page.text) == (200, True)
        assert client.get("/fund").status_code == 200
        assert client.post("/desk/new/contract", data=CONTRACT, headers={"Origin": url}).status_code == 405


def test_over_a_copy_of_the_cluster_there_is_no_desk(tmp_path: Path) -> None:
    a_fund(tmp_path)
    Home(path=tmp_path).cluster_prefix.write_text("psdf")
    with desk_of(tmp_path) as url, httpx.Client(base_url=url) as client:
        assert "Tai kopija" in client.get("/work").text
        assert client.get("/desk/new/contract").status_code == 404
        assert client.post("/desk/new/contract", data=CONTRACT, headers={"Origin": url}).status_code == 405


def test_a_console_of_readers_alone_has_no_desk(tmp_path: Path) -> None:
    a_fund(tmp_path)
    with shown(tmp_path) as url, httpx.Client(base_url=url) as client:
        assert client.get("/desk/new/contract").status_code == 404
