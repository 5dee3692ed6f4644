"""The scenes of the demo: told once, when they are complete, and the last one of a year that is not closed."""

from datetime import date
from typing import Any

from shared.demo.example import mistyped, second, seed
from shared.demo.scenes import Scenes, last_scene
from shared.messages.read import parse
from shared.reports.close import Close, Matter
from tests.demo.echo import raw

ON = date(2022, 4, 20)
FORGOTTEN = {"invoice_id": "390000000/2203-0001", "received_on": "2022-04-04", "check_by": "2022-04-19"}


def overdue(**data: str) -> dict[str, Any]:
    return {"type": "invoice.check.overdue", "data": FORGOTTEN | data}


def test_a_scene_is_told_once_and_what_does_not_happen_is_not_told() -> None:
    scenes = Scenes()
    assert list(scenes.day(date(2022, 4, 19), [])) == []
    (scene,) = scenes.day(ON, [overdue()])
    assert scene.on == ON
    assert "390000000/2203-0001 came on 4 April 2022 and had to be checked by 19 April 2022" in scene.text
    assert scene.command == "psdf why 390000000/2203-0001 --home {home}"
    assert list(scenes.day(ON, [overdue(invoice_id="390000000/2203-0002")])) == []


def test_a_year_that_is_not_closed_says_what_is_open_and_what_the_bank_owes_an_answer() -> None:
    matter = Matter(kind="claim", what="Z-2022-001", amount=123_456, by=None, rule="21")
    close = Close(fund="psdf", year=2022, cut_off=date(2022, 12, 30), open=(matter,), proof=None)
    scene = last_scene(close, ordered_cents=1000, executed_cents=700, rejected_cents=100)
    assert scene.title.startswith("The year is not closed yet")
    assert scene.text == (
        "Still open: 1 matter, the first is claim: Z-2022-001 1 234.56 EUR, until it is settled, point 21. Of all that "
        "was ordered since the start, 10.00 EUR, the bank executed 7.00 EUR and rejected 1.00 EUR; 2.00 EUR is not "
        "answered yet."
    )


def test_the_example_errs_in_two_lines_and_its_seed_is_of_the_contract() -> None:
    assert mistyped()["invoice_id"] == second()["invoice_id"]
    assert mistyped()["amount_cents"] == sum(line["amount_cents"] for line in mistyped()["lines"])
    assert [parse(raw(event), outside=True).type for event in seed()] == [
        "budget.approved", "distribution.proposed", "contract.proposed", "account.credited",
    ]  # fmt: skip
    assert seed() == seed()
