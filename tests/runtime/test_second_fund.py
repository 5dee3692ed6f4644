"""Two legal funds side by side by configuration alone: another payer answers for articles, other terms, other holidays."""

import json
from pathlib import Path

from tests.runtime.funds import WORKED_START, decided, psdf

AIR = """
fund_id = "air"
name_lt = "Oro bendrovių sveikatos fondas"
name_en = "Airline Health Fund"
legal_code = "300111224"
state_payer = "HQ"

[[payers]]
code = "HQ"
name_lt = "Centrinė kasa"
name_en = "Head Office"

[[payers]]
code = "BASE-VNO"
name_lt = "Vilniaus bazė"
name_en = "Vilnius Base"
"""


def airs(events: str) -> str:
    """The worked start as the second fund would live it: its own payer in the place of the VLK."""
    return events.replace('"payer": "VLK"', '"payer": "HQ"').replace('"subject": "VLK"', '"subject": "HQ"')


def test_two_funds_run_side_by_side_and_their_money_never_meets(tmp_path: Path) -> None:
    fund, theirs, ours = tmp_path / "air.toml", tmp_path / "air", tmp_path / "psdf"
    fund.write_text(AIR, encoding="utf-8")
    other = tmp_path / "air.jsonl"
    other.write_text(airs(WORKED_START.read_text(encoding="utf-8")), encoding="utf-8")

    assert psdf("publish", WORKED_START, "--moment", "event", home=ours).returncode == 0
    assert psdf("publish", other, "--moment", "event", home=theirs, PSDF_FUND=str(fund)).returncode == 0

    first, second = decided(ours), decided(theirs)
    assert {kind for kind, *_ in first} == {kind for kind, *_ in second}
    assert '"payer":"HQ"' in json.dumps(second).replace("\\", "").replace(" ", "")
    assert "VLK" not in json.dumps(second)
    meeting = psdf("publish", other, "--moment", "event", home=ours, PSDF_FUND=str(fund))
    assert meeting.returncode == 1
    assert "is the home of fund psdf, not of air" in meeting.stderr
    assert psdf("verify", home=theirs, PSDF_FUND=str(fund)).returncode == 0
