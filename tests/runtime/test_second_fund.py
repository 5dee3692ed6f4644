"""Two legal funds side by side by configuration alone: another payer answers for articles, other terms, other holidays."""

import json
from pathlib import Path

import pytest

from deploy.local import Report
from shared.runtime.cluster import cluster_of
from shared.runtime.settings import fund_of, read_settings
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


def test_on_the_cluster_each_fund_has_topics_and_a_database_of_its_own(tmp_path: Path) -> None:
    """The packaged fund keeps the bare names; a second one needs nothing but its file."""
    fund = tmp_path / "air.toml"
    fund.write_text(AIR, encoding="utf-8")
    where = {"kafka": "broker:9092", "mongo": "mongodb://store:27017/"}
    ours, theirs = read_settings(**where), read_settings(**where, fund=str(fund))
    first, second = (cluster_of(settings, fund_of(settings)) for settings in (ours, theirs))
    assert (first.kafka.prefix, first.database) == ("", "psdf")
    assert (second.kafka.prefix, second.database) == ("air.", "air")
    assert (first.kafka.bootstrap, first.mongo_url) == (second.kafka.bootstrap, second.mongo_url)


@pytest.mark.connected
def test_topics_of_a_second_fund_lie_beside_others_on_one_broker(tmp_path: Path, stack: Report, fund: str) -> None:
    file = tmp_path / "second.toml"
    file.write_text(AIR.replace('"air"', f'"{fund}"'), encoding="utf-8")
    env = {"PSDF_KAFKA": stack.bootstrap, "PSDF_FUND": str(file)}
    missing = psdf("topics", "check", **env)
    assert missing.returncode == 1
    assert f"topic {fund}.invoice.submitted is missing" in missing.stdout
    assert psdf("topics", "apply", **env).returncode == 0
    assert psdf("topics", "check", **env).returncode == 0


@pytest.mark.connected
def test_A15_verify_of_a_second_fund_reads_its_own_database(tmp_path: Path, stack: Report, fund: str) -> None:
    file = tmp_path / "second.toml"
    file.write_text(AIR.replace('"air"', f'"{fund}"'), encoding="utf-8")
    told = psdf("verify", PSDF_MONGO=stack.mongo_url, PSDF_FUND=str(file))
    assert told.returncode == 1
    assert told.stderr.endswith(f"there is no journal in its database {fund}\n")
