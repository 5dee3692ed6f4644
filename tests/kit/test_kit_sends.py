"""The kit sends and hears: at the fund as it runs, and at the double that it brings for tests, which answer alike."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

import httpx
import pytest

from deploy.local import free_port
from psdf_provider import Do, Door, Key, NotReached, NotTaken, Outbox, Patience, Provider, check, invoice, mend
from psdf_provider.door import seconds_of
from psdf_provider.testing import Fund
from tests.edge.signing import PERSONS
from tests.kit.invoices import AT, CONTRACT, SOURCE, data
from tests.runtime.funds import psdf, running_fund

WHEN = datetime.fromisoformat(AT)
TYPED_WRONG = data(amount_cents=300_001)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    with running_fund(tmp_path_factory.mktemp("kit") / "home", port, "--seed"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def double() -> Iterator[Fund]:
    with Fund(contracts=[CONTRACT], on=date(2022, 2, 7)) as fund:
        yield fund


@pytest.fixture
def provider(double: Fund, tmp_path: Path) -> Iterator[Provider]:
    with closing(sending_to(double.url, tmp_path)) as made:
        yield made


def sending_to(url: str, folder: Path, key: Key | None = None, *, token_key: Key | None = None) -> Provider:
    """A provider that does not wait long, and whose clock is that of the invoice."""
    pauses: list[float] = []
    door = Door(url, SOURCE, token_key or key, patience=Patience(tries=4, pause=pauses.append))
    made = Provider(door, Outbox(folder / "outbox.sqlite3"), key, clock=lambda: WHEN)
    made.pauses = pauses  # type: ignore[attr-defined]
    return made


def sent(provider: Provider) -> list[tuple[str, str]]:
    return [(entry.invoice.number, answer.outcome) for entry, answer in provider.send()]


def heard(provider: Provider) -> list[str]:
    return [told.type for told in provider.follow(0, forever=False)]


# ----------------------------------------------------------------------------------------------------------- both alike


@pytest.mark.parametrize("kind", ["real", "double"])
def test_an_invoice_goes_back_is_mended_by_its_answer_and_accepted(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("real") if kind == "real" else request.getfixturevalue("double").url
    with closing(sending_to(url, tmp_path)) as provider:
        provider.put(invoice(TYPED_WRONG))
        ((entry, answer),) = provider.send()
        assert (answer.outcome, [each["code"] for each in answer.reasons or ()]) == ("returned", ["sum_mismatch"])
        contract = provider.door.contract("C-1")
        assert {each["code"] for each in contract["services"]} == {"ORT-1", "ORT-2"}
        told = [each for each in provider.follow(0, forever=False) if each.invoice_id]
        assert [(each.type, each.do) for each in told] == [("invoice.returned", Do.MEND)]
        mended = mend(entry.invoice, told[0].reasons, contract)
        assert (mended.changed, mended.left) == (["amount_cents 300001 -> 300000"], [])
        assert check(mended.invoice, contract, WHEN.date()) == []
        provider.put(mended.invoice)
        assert sent(provider) == [("A1", "accepted")]
        assert "invoice.accepted" in heard(provider)
        receipt = provider.door.receipt(digest_of(provider))
        assert receipt["receipt"]["source"] == SOURCE
        assert [each.outcome for each in provider.outbox.of_invoice("300111224/A1")] == ["returned", "accepted"]
        assert sent(provider) == [], "what was answered is not sent again"
        with pytest.raises(NotTaken, match="has no contract C-9"):
            provider.door.contract("C-9")


def digest_of(provider: Provider) -> str:
    from hashlib import sha256

    return sha256(provider.outbox.all()[-1].raw).hexdigest()


@pytest.mark.parametrize("kind", ["real", "double"])
def test_what_comes_in_wrong_is_answered_alike(kind: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("real") if kind == "real" else request.getfixturevalue("double").url

    def posted(body: bytes, kind: str = "application/cloudevents+json") -> tuple[int, list[str]]:
        answer = httpx.post(f"{url}/events", content=body, headers={"Content-Type": kind})
        return answer.status_code, [each["outcome"] for each in answer.json().get("answers", ())]

    good, bad = invoice(data("B1", "2022-03")).event(WHEN), b'{"specversion": "1.0"}'
    assert posted(bad) == (422, ["parked"])
    assert posted(b"[]", "application/cloudevents-batch+json") == (202, [])
    assert posted(b"x", "text/plain") == (415, [])
    assert posted(b"{", "application/cloudevents-batch+json") == (422, ["parked"])
    assert posted(b"\n".join([good, bad]), "application/x-ndjson") == (200, ["returned", "parked"])
    other = json.dumps(json.loads(good) | {"data": data("B2", "2022-03")}).encode()
    assert posted(other.replace(b'300111224/B1"', b'300111224/B2"'))[0] == 422, "an id once"
    assert httpx.put(f"{url}/events").status_code == 405
    assert httpx.get(f"{url}/answers").status_code == 400
    assert httpx.get(f"{url}/answers", params={"source": SOURCE, "after": "%"}).status_code == 400


def test_what_is_signed_with_a_registered_key_is_taken_by_the_fund(tmp_path: Path) -> None:
    home, port, old, now = tmp_path / "home", free_port(), tmp_path / "old", tmp_path / "now"
    with running_fund(home, port, "--seed"):
        for folder, since in ((old, datetime(2022, 1, 1, tzinfo=UTC)), (now, datetime.now(UTC) - timedelta(days=1))):
            (folder / "request.json").parent.mkdir()
            (folder / "request.json").write_bytes(Key.new(folder / "key.pem").request(SOURCE, since))
            persons = ("--by", PERSONS["by"], "--approved-by", PERSONS["approved_by"])
            done = psdf("keys", "register", folder / "request.json", *persons, home=home)
            assert done.returncode == 0, done.stderr
        # the fund to try out lives in 2022, in which the invoice is signed; who asks for answers asks today
        with closing(
            sending_to(
                f"http://127.0.0.1:{port}", tmp_path, Key.read(old / "key.pem"), token_key=Key.read(now / "key.pem")
            )
        ) as provider:
            provider.put(invoice(data()))
            assert sent(provider) == [("A1", "accepted")]
            assert heard(provider)[-2:] == ["invoice.accepted", "payment.scheduled"]
        bare = tmp_path / "bare"
        with closing(sending_to(f"http://127.0.0.1:{port}", bare)) as stranger:
            stranger.put(invoice(data("A2", "2022-02")))
            ((_, answer),) = stranger.send()
            assert (answer.outcome, "signature is missing" in (answer.error or "")) == ("parked", True)
            with pytest.raises(NotTaken, match="401: a token is needed"):
                stranger.door.answers()


# -------------------------------------------------------------------------------------------------------- what may fail


def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_counts_twice(double: Fund, provider: Provider) -> None:
    double.will_fail(0)
    provider.put(invoice(data()))
    assert sent(provider) == [("A1", "accepted")]
    assert len(double.came) == 2, "it came twice"
    assert len(set(double.came)) == 1, "with the same bytes"
    assert len(double.taken) == 1
    assert heard(provider) == ["invoice.accepted"]


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_the_door_says_when_to_come_again(status: int, double: Fund, provider: Provider) -> None:
    double.will_fail(status, retry_after=7)
    double.will_fail(status)
    provider.put(invoice(data()))
    assert sent(provider) == [("A1", "accepted")]
    asked, own = provider.pauses  # type: ignore[attr-defined]
    assert (asked, 0.5 <= own <= 1) == (7, True)


def test_patience_ends_and_the_outbox_holds(double: Fund, provider: Provider) -> None:
    double.will_fail(503, times=4)
    provider.put(invoice(data()))
    with pytest.raises(NotReached, match="tried 4 times, the last time 503: as the test asked for"):
        sent(provider)
    assert [(entry.outcome, entry.tries) for entry in provider.outbox.all()] == [(None, 1)]
    assert sent(provider) == [("A1", "accepted")]


def test_nobody_who_listens_is_not_the_end(tmp_path: Path) -> None:
    with closing(sending_to(f"http://127.0.0.1:{free_port()}", tmp_path)) as provider:
        provider.put(invoice(data()))
        with pytest.raises(NotReached, match="ConnectError"):
            sent(provider)
        assert provider.outbox.unanswered(10, 10**6)[0].id == invoice(data()).event_id


def test_a_batch_that_is_too_large_is_halved(double: Fund, provider: Provider) -> None:
    for number in range(5):
        provider.put(invoice(data(f"A{number}")))
    double.will_fail(413)
    assert [number for number, _ in sent(provider)] == [f"A{number}" for number in range(5)]
    assert len(double.came) == 5
    double.will_fail(413)
    provider.put(invoice(data("B")))
    with pytest.raises(NotTaken, match="413"):
        sent(provider)


def test_an_old_signature_is_made_anew_under_the_same_id(tmp_path: Path) -> None:
    key, hours = Key.new(tmp_path / "key.pem"), [0]
    with Fund(public_keys=[key.public], on=date(2022, 2, 7)) as fund:
        door = Door(fund.url, SOURCE, key, patience=Patience(tries=1))
        late = Provider(door, Outbox(tmp_path / "outbox"), key, clock=lambda: WHEN + timedelta(hours=hours[0]))
        fund.will_fail(0)
        late.put(invoice(data()))
        with pytest.raises(NotReached):
            sent(late)
        hours[0] = 20
        assert sent(late) == [("A1", "accepted")]
        first, second = map(json.loads, fund.came)
        assert first["id"] == second["id"]
        assert first["time"] != second["time"]
        assert len(fund.taken) == 1
        late.close()


def test_what_could_not_be_read_is_sent_again_when_the_program_is_repaired(tmp_path: Path) -> None:
    key = Key.new(tmp_path / "key.pem")
    with Fund(public_keys=[key.public], on=date(2022, 2, 7)) as fund:
        with closing(sending_to(fund.url, tmp_path)) as unsigned:
            unsigned.put(invoice(data()))
            assert sent(unsigned) == [("A1", "parked")]
        with closing(sending_to(fund.url, tmp_path, key)) as provider:
            provider.put(invoice(data()))
            assert sent(provider) == [("A1", "accepted")]


# --------------------------------------------------------------------------------------------------------------- hearing


@pytest.mark.parametrize("stream", [False, True])
def test_each_answer_is_heard_once_and_the_one_under_way_again(stream: bool, double: Fund, tmp_path: Path) -> None:
    for day in range(1, 6):
        double.say(SOURCE, "payment.executed", {"invoice_id": f"300111224/A{day}"})
    with closing(sending_to(double.url, tmp_path)) as provider:
        first = [told.invoice_id for told in islice(provider.listen() if stream else provider.follow(0), 3)]
    with closing(sending_to(double.url, tmp_path)) as provider:
        rest = [told.invoice_id for told in islice(provider.listen() if stream else provider.follow(0), 3)]
    assert [each[-2:] for each in first if each] == ["A1", "A2", "A3"]
    assert [each[-2:] for each in rest if each] == ["A3", "A4", "A5"], "A3 was not heard to its end"


def test_what_waited_is_known_when_it_is_decided(double: Fund, provider: Provider) -> None:
    double.will_answer("300111224/A1", "waiting")
    provider.put(invoice(data()))
    assert sent(provider) == [("A1", "waiting")]
    found = [{"code": "review", "terms": {}}]
    double.say(SOURCE, "invoice.returned", {"invoice_id": "300111224/A1", "reasons": found})
    assert heard(provider) == ["invoice.returned"]
    (entry,) = provider.outbox.all()
    assert entry.answer
    assert (entry.outcome, [each["code"] for each in entry.answer["reasons"]]) == ("returned", ["review"])


def test_a_refusal_wants_a_new_number_and_a_person_where_nobody_can_know(double: Fund, provider: Provider) -> None:
    double.will_answer(
        "300111224/A1",
        "refused",
        wrong_payer={"got": "VLK", "contract": "TLK-KAUNAS"},
        duplicate_month={"month": "2022-01", "accepted": "300111224/A0"},
    )
    provider.put(invoice(data()))
    ((entry, answer),) = provider.send()
    (told,) = provider.follow(0, forever=False)
    assert (answer.outcome, told.do) == ("refused", Do.NEW_NUMBER)
    assert told.reasons[0]["why"]["lt"] == "nurodytas mokėtojas VLK, o sutartis sudaryta su TLK-KAUNAS"
    mended = mend(entry.invoice, told.reasons, CONTRACT | {"payer": "TLK-KAUNAS"}, number="A9")
    assert (mended.invoice.payer, mended.invoice.invoice_id) == ("TLK-KAUNAS", "300111224/A9")
    assert mended.left == ["duplicate_month"]
    with pytest.raises(ValueError, match="no codes"):
        double.will_answer("300111224/A1", "refused", no_such_code={})


def test_prices_products_and_the_sum_are_mended_in_this_order() -> None:
    lines = [
        {"service_code": "ORT-1", "quantity": 2, "unit_price_cents": 1, "amount_cents": 5},
        {"service_code": "ORT-2", "quantity": 3, "unit_price_cents": 45_000, "amount_cents": 7},
    ]
    wrong = invoice(data(lines=lines, amount_cents=9))
    found = [{"code": each.code} for each in check(wrong, CONTRACT, WHEN.date())]
    mended = mend(wrong, found, CONTRACT)
    assert check(mended.invoice, CONTRACT, WHEN.date()) == []
    assert mended.invoice.amount_cents == 335_000
    assert mended.changed == [
        "line 1: unit_price_cents 1 -> 100000",
        "line 1: amount_cents 5 -> 200000",
        "line 2: amount_cents 7 -> 135000",
        "amount_cents 9 -> 335000",
    ]
    assert mend(wrong, [{"code": "price_mismatch"}]).left == ["price_mismatch"], "without the contract nobody knows it"


@pytest.mark.parametrize(
    ("given", "seconds"), [("0", 0), ("17", 17), ("Sat, 01 Jan 2000 00:00:00 GMT", 0), ("soon", None)]
)
def test_retry_after_is_seconds_or_a_moment(given: str, seconds: float | None) -> None:
    assert seconds_of(given) == seconds
