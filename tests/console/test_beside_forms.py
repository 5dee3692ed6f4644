"""What must be seen beside a decision: terms of a check, our ledger and record, claims with a rest and where they can be met."""

from pathlib import Path

import pytest

from tests.console.desks import WHEN, a_fund, desk_of, signed_in
from tests.runtime.funds import day, event


def claim(id_: str, cents: int, on: str) -> bytes:
    said = {
        "claim_id": id_,
        "provider_code": "300111224",
        "invoice_id": None,
        "amount_cents": cents,
        "basis": "21",
        "reason": "Klaida",
    }
    return event("/vlk", id_, "recovery.claimed", on, said)


def met(id_: str, cents: int, on: str) -> bytes:
    said = {"claim_id": id_, "amount_cents": cents, "how": "repaid", "invoice_id": None, "document": "V-1"}
    return event("/vlk", f"{id_}-met", "recovery.settled", on, said)


@pytest.mark.parametrize(
    ("today", "said", "english"),
    [
        ("2022-02-21", "Patikrinti liko 1\u00a0diena.", "1 day left for its check."),
        ("2022-02-24", "Tikrinimo terminas praleistas prieš 2\u00a0dienas.", "2 days past the term of its check."),
    ],
)
def test_15_the_term_of_a_check_stands_on_its_page_and_beside_its_review(
    tmp_path: Path, today: str, said: str, english: str
) -> None:
    tokens = a_fund(tmp_path, day(today))
    with desk_of(tmp_path) as url, signed_in(url, tokens["Ona Onaitė"]) as ona:
        for path in ("/invoices/300111224/R1", "/desk/new/review?invoice_id=300111224/R1&contract_id=C-2"):
            assert f"2022-02-22</span>. {said}" in ona.get(path).text
            assert f"2022-02-22</span>. {english}" in ona.get(f"{path}{'&' if '?' in path else '?'}lang=en").text


def test_21_claims_with_a_rest_are_to_be_met_and_the_providers_unpaid_invoices_stand_beside(tmp_path: Path) -> None:
    when = WHEN.replace("10:00", "11:00")
    tokens = a_fund(tmp_path, claim("R-1", 500, when), claim("R-2", 700, when), met("R-1", 500, when))
    with desk_of(tmp_path) as url, signed_in(url, tokens["Ona Onaitė"]) as ona:
        work = ona.get("/work").text
        assert ("/claims/R-1" in work, "/claims/R-2" in work) == (False, True)
        form = ona.get("/desk/new/settle?claim_id=R-2").text
        claims, _, unpaid = form.partition('id="unpaid"')
        assert ("R-1" in claims, "/claims/R-2" in claims) == (False, True)
        assert "Neapmokėtų sąskaitų nėra" in unpaid, "R1 is not accepted yet"


def test_22_a_statement_is_reviewed_beside_our_own_record(tmp_path: Path) -> None:
    tokens = a_fund(tmp_path)
    with desk_of(tmp_path) as url, signed_in(url, tokens["Ona Onaitė"]) as ona:
        form = ona.get("/desk/new/sodra-review").text
        assert "Pažymų dar nebuvo." in form.partition('<form action="/desk')[0]
