"""The provider kit says before sending what the fund says after it: the same records, sums, signatures, sentences."""

import json
import re
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from psdf_provider import Invoice, Key, SignatureError, check, invoice, sign, verify
from psdf_provider.errors import FileError
from psdf_provider.words import why
from services.invoicing.law import differs, lines_that_fail, month_not_over, outside_contract
from shared.edge import kit, openapi
from shared.edge.keys import unproven
from shared.edge.registry import read_word, word_on
from shared.edge.signatures import core_digest
from shared.events.keys import KeyRegistered
from shared.events.providers import InvoiceSubmitted
from shared.explain.sentences import reason_sentence
from shared.kernel.reason import REGISTER, Reason
from shared.messages.read import Malformed, parse
from shared.runtime.http import fund_app
from tests.edge import vectors
from tests.edge.signing import PERSONS
from tests.kit.invoices import AT, CONTRACT, SOURCE, data
from tests.runtime.funds import event, fund

KEY_OF_VECTORS = {vectors.KEYID: vectors.PUBLIC}
PUBLISHED = json.loads(vectors.FILE.read_text(encoding="utf-8"))["vectors"]


def test_what_the_kit_has_of_the_contract_is_made_from_the_fund_s_own_records() -> None:
    assert kit.differing() == {}, "psdf schema --write"


async def test_the_kit_s_document_is_that_of_a_running_fund(tmp_path: Path) -> None:
    mine = json.loads(kit.files()["openapi.json"])
    async with fund(tmp_path) as stack:
        app: Any = fund_app(stack)
        theirs = openapi.document(app._app.routes)
    for path, operations in mine["paths"].items():
        for method, operation in operations.items():
            assert operation | {"summary": ""} == theirs["paths"][path][method] | {"summary": ""}, (method, path)
    for name, schema in mine["components"]["schemas"].items():
        wanted = theirs["components"]["schemas"]["invoice.submitted" if name == "Event" else name]
        assert schema == wanted, name


def test_the_kit_imports_nothing_of_the_fund_and_only_what_it_declares() -> None:
    allowed = {"httpx", "pydantic", "cryptography", "psdf_provider"}
    stdlib = set(__import__("sys").stdlib_module_names)
    for path in kit.FOLDER.glob("*.py"):
        found = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(found) <= allowed | stdlib, path.name


# ------------------------------------------------------------------------------------------------------------- records

WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 10**15),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(
        ["VLK", "PSDF", "credit", "2022-02-30", "2022-13", "A\u202e1", "e\u0301", " A", "A  B", "300111224/A1", "А1"]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def records(of: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Invoices of which something was changed, left out, or added."""

    @st.composite
    def changed(draw: st.DrawFn) -> dict[str, Any]:
        found = deepcopy(of)
        for _ in range(draw(st.integers(0, 3))):
            where = draw(st.sampled_from([found, *(x for x in found.get("lines") or () if isinstance(x, dict))]))
            name = draw(st.sampled_from([*where, "more"]))
            if draw(st.booleans()):
                where[name] = draw(WRONG)
            else:
                where.pop(name, None)
            if not isinstance(found.get("lines"), list):
                break
        return found

    return changed()


@given(records(data()))
@settings(max_examples=400, deadline=None)
def test_the_kit_takes_an_invoice_if_and_only_if_the_door_can_read_it(record: dict[str, Any]) -> None:
    fault = fault_of_door(record)
    try:
        mine = invoice(record)
    except FileError as error:
        told = str(error)
    else:
        assert mine.sender != SOURCE or fault is None, f"the kit takes what the door parks: {fault}"
        parse(mine.event(), outside=True)
        return
    assert fault, f"the kit refuses what the door takes: {told}"


def fault_of_door(record: dict[str, Any]) -> str | None:
    try:
        parse(event(SOURCE, "1", "invoice.submitted", AT, record), outside=True)
    except Malformed as malformed:
        return malformed.error
    return None


def test_a_key_that_stands_twice_is_refused_as_at_the_door() -> None:
    with pytest.raises(FileError, match="'number' stands twice"):
        invoice(json.dumps(data())[:-1] + ', "number": "A1"}')


# ---------------------------------------------------------------------------------------------------------------- sums


def line(code: str, quantity: int, price: int, off: int) -> dict[str, Any]:
    amount = quantity * price + off
    return {"service_code": code, "quantity": quantity, "unit_price_cents": price, "amount_cents": amount}


LINES = st.lists(
    st.builds(
        line,
        st.sampled_from(["ORT-1", "ORT-2", "X"]),
        st.integers(1, 4),
        st.sampled_from([100_000, 45_000, 1]),
        st.sampled_from([0, 0, 1]),
    ),
    min_size=1,
    max_size=4,
)


@given(
    LINES,
    st.sampled_from([0, 0, 7]),
    st.sampled_from(["2021-12", "2022-01", "2022-02", "2023-01"]),
    st.sampled_from(["VLK", "TLK-KAUNAS"]),
    st.sampled_from(["04", "05"]),
    st.sampled_from(["PSDF", "STATE"]),
)
@settings(max_examples=200, deadline=None)
def test_the_kit_finds_what_the_fund_s_law_finds(
    lines: list[dict[str, Any]], off: int, month: str, payer: str, article: str, source: str
) -> None:
    on = date(2022, 2, 7)
    total = sum(line["amount_cents"] for line in lines) + off
    more = {"lines": lines, "amount_cents": total, "payer": payer, "article": article, "source": source}
    mine = invoice(data(month=month, **more))
    theirs = parse(mine.event(), outside=True).of(InvoiceSubmitted)
    prices = {each["code"]: each["unit_price_cents"] for each in CONTRACT["services"]}
    valid = date(2022, 1, 1), date(2022, 12, 31)
    law: list[Reason] = [
        *month_not_over(theirs.service_month, on),
        *differs("wrong_payer", theirs.payer, "VLK"),
        *differs("wrong_article", theirs.article, "04"),
        *differs("wrong_source", theirs.source, "PSDF"),
        *outside_contract(theirs.service_month, *valid),
        *lines_that_fail(theirs.lines, prices, theirs.amount_cents),
    ]
    found = check(mine, CONTRACT, on)
    assert sorted((each.code, str(each.terms)) for each in found) == sorted((r.code, str(r.terms)) for r in law)
    for each in found:
        assert each.mends is REGISTER[each.code].mends
        for lang in ("lt", "en"):
            assert why(each.code, each.terms, lang) == reason_sentence({"code": each.code, "terms": each.terms}, lang)
            assert getattr(each, lang).endswith(REGISTER[each.code].advice[lang])


# ----------------------------------------------------------------------------------------------------- keys, signatures


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda vector: vector["name"])
def test_the_kit_fulfils_the_published_vectors(vector: dict[str, Any]) -> None:
    raw = vector["event"].encode()
    if vector["fits"]:
        assert verify(raw, KEY_OF_VECTORS) == vectors.KEYID
    else:
        with pytest.raises(SignatureError):
            verify(raw, KEY_OF_VECTORS)


def test_a_request_of_the_kit_is_one_that_the_fund_registers(tmp_path: Path) -> None:
    key = Key.new(tmp_path / "key.pem")
    asked = json.loads(key.request(SOURCE, datetime(2022, 1, 1, tzinfo=UTC)))
    word = read_word(word_on(KeyRegistered.type, asked | PERSONS)).of(KeyRegistered)
    assert unproven(word) is None
    assert Key.read(tmp_path / "key.pem").id == key.id == word.keyid
    with pytest.raises(FileError, match="never written over"):
        Key.new(tmp_path / "key.pem")


@given(st.text(max_size=20), st.sampled_from(["", " ", "\n  "]))
@settings(max_examples=50, deadline=None)
def test_what_the_kit_signs_the_fund_digests_alike(number: str, blank: str) -> None:
    raw = json.dumps(
        {"specversion": "1.0", "id": number, "source": SOURCE, "type": "t", "time": AT, "data": {"n": [number, 1.5]}},
        separators=("," + blank, ":" + blank),
    ).encode()
    key = Key(vectors_key())
    signed = sign(raw, key)
    assert core_digest(signed) == core_digest(raw)
    assert verify(signed, {key.id: key.public}) == key.id
    assert verify(sign(signed, key), {key.id: key.public}) == key.id, "signed again it has one signature"


def vectors_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(vectors.SEED)


def test_the_same_content_has_the_same_id_whenever_it_is_made() -> None:
    one, again, other = invoice(data()), invoice(json.dumps(data(), indent=3)), invoice(data(amount_cents=300_001))
    assert one.event_id == again.event_id != other.event_id
    assert isinstance(one, Invoice)
    assert json.loads(one.event(datetime.fromisoformat(AT)))["data"] == data()
