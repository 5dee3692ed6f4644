"""psdf bank, as a person types it, from the fund's order to its execution by a bank that somebody else wrote."""

import asyncio
import json
import re
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from shared.journal.events import facts
from shared.journal.home import Home, reading
from shared.kernel.calendar import DAY as A_DAY
from shared.kernel.calendar import VILNIUS
from tests.bank.independent import FUND, SETTINGS, Place, banking, iban
from tests.runtime.funds import event, fund, psdf
from tests.runtime.runbook import commands, does

TODAY = datetime.now(VILNIUS).date()
PAY_DAY = FUND.calendar.bank_day_from(TODAY + A_DAY)
MONTH = (TODAY.replace(day=1) - A_DAY).replace(day=1)


def beginnings(cents: int) -> list[bytes]:
    """A fund that has budget and cash, and an invoice of last month that is due at once."""
    at = datetime.combine(TODAY, time(0, 1), VILNIUS)

    def told(source: str, type_: str, data: dict[str, object]) -> bytes:
        nonlocal at
        at += timedelta(seconds=1)
        return event(source, f"{type_}-{at:%H%M%S}", type_, at.isoformat(), data)

    events = []
    for year in sorted({MONTH.year, TODAY.year, PAY_DAY.year}):
        line = {"code": "01.01", "name": "Sodra", "sodra": True, "amount_cents": 10**12}
        article = {"article": "04", "name": "gydymas", "health_care": True, "sodra": False, "amount_cents": 10**12}
        quarters = {"article": "04", "q1_cents": 10**12, "q2_cents": 0, "q3_cents": 0, "q4_cents": 0}
        share = {"payer": "VLK", "article": "04", "amount_cents": 10**12}
        budget = {
            "year": year, "edition": 1, "law": "XV-1", "in_force_from": f"{year}-01-01", "revenue": [line],
            "revenue_total_cents": 10**12, "expenses": [article], "expenses_total_cents": 10**12,
            "working_capital_cents": 0, "reserve_main_cents": 0, "reserve_risk_cents": 0, "state_funds_cents": 0,
        }  # fmt: skip
        events.append(told("/vlk", "budget.approved", budget))
        events.append(
            told(
                "/vlk", "distribution.proposed", {"year": year, "edition": 1, "quarters": [quarters], "shares": [share]}
            )
        )
    contract = {
        "contract_id": "C-1", "year": MONTH.year, "payer": "VLK", "article": "04", "source": "PSDF",
        "provider": {"code": "300111224", "name": "VšĮ Klinika", "iban": iban(1)}, "ceiling_cents": None,
        "valid_from": f"{MONTH.year}-01-01", "valid_to": f"{MONTH.year}-12-31", "payment_days": 0, "services": [],
        "review": "automatic",
    }  # fmt: skip
    credit = {"payer": "VLK", "amount_cents": cents, "value_on": f"{TODAY}", "reference": "K-1"}
    line = {"service_code": "S", "quantity": 1, "unit_price_cents": cents, "amount_cents": cents}
    invoice = {
        "invoice_id": "300111224/A1", "number": "A1", "kind": "invoice", "corrects": None, "contract_id": "C-1",
        "provider_code": "300111224", "payer": "VLK", "article": "04", "source": "PSDF",
        "service_month": f"{MONTH:%Y-%m}", "issued_on": f"{TODAY}", "lines": [line], "amount_cents": cents,
    }  # fmt: skip
    events.append(told("/vlk", "contract.proposed", contract))
    events.append(told("/treasury", "account.credited", credit))
    events.append(told("/providers/300111224", "invoice.submitted", invoice))
    at = datetime.combine(PAY_DAY, time(0), VILNIUS)
    events.append(event("/clock", f"{PAY_DAY}", "day.started", at.isoformat(), {"date": f"{PAY_DAY}"}))
    return events


def begin(home: Path, cents: int) -> None:
    """The fund has ordered a sum."""

    async def publish() -> None:
        async with fund(home) as stack:
            await stack.publish(beginnings(cents))

    asyncio.run(publish())


def told(home: Path, type_: str) -> list[dict[str, object]]:
    with reading(Home(path=home)) as connection:
        return [fact.data for fact in facts(connection, [b":"], service="payments") if fact.type == type_]


def bank(*words: object, home: Path, code: int = 0) -> str:
    """A command, with what it says on one line."""
    done = psdf("bank", *map(str, words), home=home, PSDF_MOMENT="event")
    assert done.returncode == code, done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def run(place: Place, home: Path, cents: int) -> str:
    """The fund ordered a sum, and a person seals it; gives the file's id."""
    place.bank.patch("/_mock/accounts/VLK-PSDF", json={"balance": cents}).raise_for_status()
    (ordered,) = told(home, "payment.ordered")
    assert (ordered["amount_cents"], ordered["on"]) == (cents, f"{PAY_DAY}")
    said = bank("seal", home=home)
    found = re.match(r"(\w{30,35}): 1 orders of VLK PSDF", said)
    assert found, said
    return found[1]


def give_over(place: Place, home: Path) -> list[Path]:
    """What lies in the fund's folder is carried to the bank, and what the bank answers is carried back."""
    for path in (home / "bank" / "out").glob("*.xml"):
        path.rename(place.out / path.name)
    place.scan()
    return sorted(place.inbox.glob("*VLK-PSDF*.xml"))


def test_from_the_order_to_the_execution_by_commands(home: Path, tmp_path: Path) -> None:
    begin(home, 250_000)
    with banking(tmp_path / "bank", clock=datetime.combine(PAY_DAY, time(9), VILNIUS)) as place:
        file_id = run(place, home, 250_000)
        assert (home / "bank" / "out" / f"{file_id}.xml").is_file()
        assert bank("seal", home=home) == "nothing waits for a file"
        assert "there is nothing to approve" in bank("approve", file_id, "--by", "Ona", home=home, code=1)
        answers = give_over(place, home)
        said = bank("in", *answers, home=home)
        assert "1 executed" in said
        assert "read before" in bank("in", *answers, home=home)
        place.advance()
        bank("in", *[each for each in place.inbox.glob("*VLK-PSDF*.xml") if each not in answers], home=home)
    assert [(data["on"], data["amount_cents"]) for data in told(home, "payment.executed")] == [(f"{PAY_DAY}", 250_000)]
    status = json.loads(psdf("bank", "status", "--json", home=home).stdout)
    (vlk,) = [row for row in status["accounts"] if (row["payer"], row["source"]) == ("VLK", "PSDF")]
    assert (vlk["ordered"], vlk["executed"], vlk["open"]) == ("2 500.00", "2 500.00", "0.00")
    assert [file["state"] for file in status["files"]] == ["closed"]


def test_above_the_limit_two_different_persons_let_a_file_go(home: Path, tmp_path: Path) -> None:
    cents = SETTINGS.four_eyes_cents
    begin(home, cents)
    with banking(tmp_path / "bank", clock=datetime.combine(PAY_DAY, time(9), VILNIUS)) as place:
        file_id = run(place, home, cents)
        out = home / "bank" / "out"
        assert not list(out.glob("*.xml"))
        assert "waits for 1 more" in bank("approve", file_id[:8], "--by", "Ona Onaitė", home=home)
        assert "another person must" in bank("approve", file_id, "--by", "ona  onaitė", home=home, code=1)
        assert not list(out.glob("*.xml"))
        assert "sent" in bank("approve", f"{file_id}.xml", "--by", "Jonas Jonaitis", home=home)
        assert [path.name for path in out.glob("*.xml")] == [f"{file_id}.xml"]
        bank("in", *give_over(place, home), home=home)
    assert len(told(home, "payment.executed")) == 1


def test_a_back_up_has_the_desk_and_a_restored_one_orders_nothing_again(home: Path, tmp_path: Path) -> None:
    begin(home, 100)
    sealed = bank("seal", home=home).partition(":")[0]
    copy, new = tmp_path / "copy.backup", tmp_path / "new"
    assert psdf("backup", copy, home=home).returncode == 0
    done = psdf("restore", copy, home=new)
    assert "0 letters" in done.stdout, done.stderr
    assert bank("seal", home=new) == "nothing waits for a file"
    status = json.loads(psdf("bank", "status", "--json", home=new).stdout)
    assert [(file["file"], file["state"]) for file in status["files"]] == [(sealed, "sent")]


def test_the_commands_of_the_runbook_do_what_it_says(home: Path, tmp_path: Path) -> None:
    begin(home, SETTINGS.four_eyes_cents)
    lines = commands("The day's files by hand")
    with banking(tmp_path / "bank", clock=datetime.combine(PAY_DAY, time(9), VILNIUS)) as place:
        place.bank.patch("/_mock/accounts/VLK-PSDF", json={"balance": SETTINGS.four_eyes_cents}).raise_for_status()
        words = {"HOME": home}
        for line in lines:
            if "ANSWER" in line:
                words["ANSWER"] = next(path for path in give_over(place, home) if "camt.054" in path.name)
            done = does(line, words, PSDF_MOMENT="event")
            assert done.returncode == 0, (line, done.stderr)
            if " seal " in line:
                words["FILE"] = Path(done.stdout.partition(":")[0])
    assert "closed" in done.stdout
    assert len(told(home, "payment.executed")) == 1


def test_what_can_not_be_taken_is_said_with_what_and_why(home: Path, tmp_path: Path) -> None:
    begin(home, 100)
    strange = tmp_path / "strange.xml"
    strange.write_text("<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><d>&x;</d>")
    assert "declares no document type" in bank("in", strange, home=home, code=1)
    assert "No such file" in bank("in", tmp_path / "none.xml", home=home, code=1)
    assert "there is no such file" in bank("approve", "MNONE", "--by", "Ona", home=home, code=1)
    assert "nothing is set aside" in bank("settle", 7, "--by", "Ona", "--word", "x", home=home, code=1)
    assert "payments are ordered anew" in bank("again", "300111224/A1#1", "--by", "Ona", home=home, code=1)
    other = psdf("bank", "status", home=home, PSDF_BANK=str(tmp_path / "no.toml"))
    assert other.returncode
    assert "names the accounts of the fund" in " ".join(other.stderr.split())
    assert date.fromisoformat(f"{PAY_DAY}") > TODAY
