"""A book that is made anew on Kafka reads topics one beside another: whatever it reads first, it says the same at last."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import Any

from shared.edge.book import Book, Entry, about_invoice
from shared.messages.write import cloud_event
from tests.edge.signing import PROVIDER

CODE = PROVIDER.removeprefix("/providers/")
CONCLUDED = {"contract_id": "C-1", "payer": "VLK", "provider": {"code": CODE, "iban": "LT01"}, "ceiling_cents": None}
CHANGED = {"contract_id": "C-1", "provider_code": CODE, "ceiling_cents": 900, "ended_on": "2022-06-30"}


def told(type_: str, data: dict[str, Any], at: str = "2022-02-07T10:00:00+02:00") -> Entry:
    raw = cloud_event(id_=f"{type_} {at}", source="/fund", type_=type_, subject="x", time=at, data=data)
    return Entry(place=type_, number=0, type=type_, raw=raw)


CONTRACT = (
    told("contract.concluded", CONCLUDED),
    told("contract.changed", CHANGED),
    told("contract.account.confirmed", {"contract_id": "C-1", "provider_code": CODE, "iban": "LT02"}),
)


@contextmanager
def read(path: Path, entries: Sequence[Entry]) -> Iterator[Book]:
    """A book that has read these, one after another."""
    book = Book(path, "VLK")
    for entry in entries:
        book.write([entry], {})
    yield book
    book.close()


def test_a_contract_stands_as_it_was_changed_last_in_whatever_order_it_is_read(tmp_path: Path) -> None:
    for number, entries in enumerate(permutations(CONTRACT)):
        with read(tmp_path / str(number), entries) as book:
            provider = {"code": CODE, "iban": "LT02"}
            assert book.contract("C-1", PROVIDER) == CONCLUDED | CHANGED | {"provider": provider}, entries


def test_of_a_contract_nothing_is_shown_before_it_is_read_itself(tmp_path: Path) -> None:
    with read(tmp_path / "book", CONTRACT[1:]) as book:
        assert book.contract("C-1", PROVIDER) is None


def test_of_two_answers_to_one_content_the_later_one_stands(tmp_path: Path) -> None:
    """An invoice that was returned and came again as it was, when its contract was known."""
    data = {"invoice_id": f"{CODE}/A1", "content": "c0"}
    returned = told("invoice.returned", data, "2022-10-30T03:30:00+03:00")
    accepted = told("invoice.accepted", data, "2022-10-30T03:10:00+02:00")
    for number, entries in enumerate(permutations((returned, accepted))):
        with read(tmp_path / str(number), entries) as book:
            found = book.decision(about_invoice(data["invoice_id"], "c0"))
            assert found
            assert found[0] == "invoice.accepted", entries
