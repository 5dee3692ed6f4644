"""F8, F11, L2: an event from outside can be read in one way only, and what is blank is not given."""

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from shared.events.catalogue import CATALOGUE
from shared.kernel.fields import Id
from shared.messages.examples import EXAMPLES
from shared.messages.read import parse
from shared.messages.schema import event_schema
from tests.messages.strictly import INVOICE, KINDS, Json, Place, encode, error_of, full, leaves, put, taken

# -------------------------------------------------------------------------------------------- F8: identifiers and texts

UNSEEN = [
    "\u200b",
    "\u200d",
    "\u202e",
    "\u2066",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u3164",
    "\ufe0f",
    "\U000e0061",
    "\u2028",
]
LOOK_ALIKES = ["\u0410", "\u03bf", "\uff21", "e\u0301", "\u00a0", "\u2013", "\u0131", "\u2160", "\u00d0", "\U0001d400"]
IDENTIFIERS = {
    "id",
    "causationid",
    "number",
    "contract_id",
    "reference",
    "claim_id",
    "service_code",
    "services.code",
    "corrects",
    "notice_no",
}


def texts(kind: str) -> list[tuple[Place, str, bool]]:
    """Each text of a type that may hold more than a pattern's few characters, and whether it is an identifier."""
    found = []
    for way, value in leaves(full(kind)):
        if (
            not isinstance(value, str)
            or way[-1] in ("order_id", "source", "invoice_id")
            or not taken_with(kind, way, f"{value} Ž")
        ):
            continue
        name = ".".join(key for key in way[1 if way[0] == "data" else 0 :] if isinstance(key, str))
        found.append((way, value, name in IDENTIFIERS or str(way[-1]) in IDENTIFIERS))
    return found


def written(kind: str, way: Place, value: str) -> Json:
    event = put(full(kind), way, value)
    if way == ("data", "number"):
        event["data"]["invoice_id"] = f"{event['data']['provider_code']}/{value}"
    return event


def taken_with(kind: str, way: Place, value: str) -> bool:
    return taken(encode(written(kind, way, value)))


def path_of(way: Place) -> str:
    return ".".join(map(str, way))


def test_F8_the_texts_of_all_types_are_found() -> None:
    found = {(way[-1], identifier) for kind in KINDS for way, _, identifier in texts(kind)}
    names = {"id", "causationid", "number", "contract_id", "reference", "claim_id", "service_code"}
    assert {(name, True) for name in names} <= found
    assert {
        (name, False) for name in ("name", "law", "document", "purpose", "reason", "rule", "text", "tracestate")
    } <= found


@pytest.mark.parametrize("kind", KINDS)
def test_F8_what_nobody_sees_or_turns_a_text_is_parked_with_the_field(kind: str) -> None:
    for way, value, _ in texts(kind):
        for unseen in UNSEEN:
            for text in (unseen + value, value[:1] + unseen + value[1:], value + unseen):
                for raw in (encode(written(kind, way, text)), encode(written(kind, way, text), ascii_only=True)):
                    assert f"{path_of(way)}: " in error_of(raw)


@pytest.mark.parametrize("kind", KINDS)
def test_F8_a_blank_at_an_end_and_what_is_not_nfc_is_parked_with_the_field(kind: str) -> None:
    for way, value, _ in texts(kind):
        for text in (f" {value}", f"{value} ", f"{value}\u00a0", f"{value}e\u0301"):
            assert f"{path_of(way)}: " in error_of(encode(written(kind, way, text)))


@pytest.mark.parametrize("kind", KINDS)
def test_F8_look_alikes_are_parked_in_identifiers_and_any_script_may_be_in_free_text(kind: str) -> None:
    for way, value, identifier in texts(kind):
        for other in LOOK_ALIKES:
            error = error_of(encode(written(kind, way, value + other))) if identifier else ""
            assert not identifier or f"{path_of(way)}: " in error
        assert taken_with(kind, way, value + " ĄČĘĖĮŠŲŪŽąčęėįšųūž")
        if not identifier:
            for script in ("Київ", "Αθήνα", "日本", "العربية", "– „kabutės“ № 5 €", "a\u00a0b"):
                assert taken_with(kind, way, script)


def test_F8_lines_of_free_text_may_break_and_end_in_none() -> None:
    assert taken_with("recovery.claimed", ("data", "reason"), "one\n\ttwo\r\n  three")
    assert "data.reason: " in error_of(encode(written("recovery.claimed", ("data", "reason"), "one\n")))


@pytest.mark.parametrize("invoice_id", ["302223334/A\u200b1", "302223334/A1 ", "302223334/А1"])
def test_F8_an_invoice_is_named_by_what_nothing_looks_like(invoice_id: str) -> None:
    assert error_of(encode(put(full("invoice.reviewed"), ("data", "invoice_id"), invoice_id))).startswith(
        "data.invoice_id:"
    )


def test_F8_an_order_is_reported_under_the_id_that_the_fund_gave_it() -> None:
    """An order of an invoice that was accepted before look-alikes were parked is still paid to its end."""
    assert taken_with("payment.reported", ("data", "order_id"), "300111224/A\u200b1 #1")


def test_F8_the_error_tells_the_character() -> None:
    assert error_of(encode(written(INVOICE, ("data", "contract_id"), "C\u200b-1"))) == (
        "data.contract_id: 'C\\u200b-1' has U+200B ZERO WIDTH SPACE: an identifier is of ASCII characters and Latin letters, each one character"
    )


def test_F8_ten_thousand_wrong_lines_are_told_in_one() -> None:
    event = full(INVOICE)
    event["data"]["lines"] = [event["data"]["lines"][0] | {"service_code": "\u0410"}] * 10_000
    assert error_of(encode(event)).count(";") == 4


ANY_TEXT = st.lists(
    st.sampled_from([*"aZ1-/: \n\tŽč", *UNSEEN, *LOOK_ALIKES]) | st.characters(exclude_categories=["Cs"]), max_size=6
).map("".join)


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT)
def test_F8_the_schema_takes_every_identifier_that_is_taken_and_no_other(text: str) -> None:
    schema = Draft202012Validator(event_schema("contract.ended"))
    event = written("contract.ended", ("data", "contract_id"), text)
    valid = schema.is_valid(event) and not text.endswith(
        "\n"
    )  # in Python's patterns a text's last break is no character
    assert valid == taken(encode(event))


@settings(max_examples=300, deadline=None)
@given(
    ANY_TEXT,
    st.sampled_from([("recovery.claimed", "reason"), ("reserve.use.proposed", "document"), ("budget.approved", "law")]),
)
def test_F8_the_schema_takes_every_free_text_that_is_taken(text: str, field: tuple[str, str]) -> None:
    kind, name = field
    event = written(kind, ("data", name), text)
    if taken(encode(event)):
        assert Draft202012Validator(event_schema(kind)["$defs"][CATALOGUE[kind].__name__]["properties"][name]).is_valid(
            text
        )


# ------------------------------------------------------------------------------------------------------ F11: the subject


@pytest.mark.parametrize("kind", KINDS)
def test_F11_the_subject_is_what_the_data_says_or_left_out(kind: str) -> None:
    event = deepcopy(EXAMPLES[kind])
    assert taken(encode(event))
    del event["subject"]
    assert taken(encode(event))
    due = EXAMPLES[kind]["subject"]
    for subject in ("somebody/else", due.lower() + "x", "", due + " "):
        error = error_of(encode(event | {"subject": subject}))
        assert error == f"subject: '{subject}' is not '{due}', which is {CATALOGUE[kind].subject} of the data"


# ------------------------------------------------------------------------------------------- L2: blank is not given


@pytest.mark.parametrize("blank", ["", " ", " \n\t", "\u00a0"])
@pytest.mark.parametrize(
    ("kind", "way"),
    [
        ("recovery.claimed", ("data", "reason")),
        ("budget.approved", ("data", "law")),
        ("budget.approved", ("data", "revenue", 0, "name")),
        ("budget.approved", ("data", "expenses", 0, "name")),
        ("contract.proposed", ("data", "provider", "name")),
        ("invoice.reviewed", ("data", "reasons", 0, "terms", "text")),
        ("invoice.reviewed", ("data", "reasons", 0, "rule")),
        ("sodra.statement.reviewed", ("data", "reasons", 0, "terms", "text")),
        ("contract.ended", ("data", "contract_id")),
        (INVOICE, ("id",)),
    ],
)
def test_L2_a_blank_text_that_a_decision_needs_is_parked_as_not_given(kind: str, way: Place, blank: str) -> None:
    assert error_of(encode(put(full(kind), way, blank))).startswith(f"{path_of(way)}: '")


@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
def test_L2_what_has_a_code_of_the_contract_goes_to_its_rule(blank: str) -> None:
    for kind in ("surplus.proposed", "reserve.use.proposed", "reserve.transfer.approved", "recovery.settled"):
        assert taken_with(kind, ("data", "document"), blank)
    assert taken_with("reserve.use.proposed", ("data", "purpose"), blank)


# ----------------------------------------------------------------------------------- what was taken before stays readable


def test_F7_F8_F11_what_was_taken_before_and_what_a_service_says_is_read_as_ever() -> None:
    old = encode(written(INVOICE, ("data", "number"), "A\u200b1 ") | {"subject": "somebody/else"})
    old = old.replace(b'"kind"', b'"kind": "invoice", "kind"')
    assert not taken(old)
    assert parse(old, outside=False).subject == "somebody/else"
    said = deepcopy(EXAMPLES["invoice.accepted"])
    said["data"]["contract_id"] = said["data"]["content"] = "C\u200b "
    for topic in (None, "invoice.accepted"):
        assert parse(encode(said), outside=False, topic=topic).data.contract_id == "C\u200b "  # type: ignore[attr-defined]


def test_F8_models_read_what_was_taken_before() -> None:
    assert TypeAdapter(Id).validate_python("А\u200b ") == "А\u200b "
    with pytest.raises(ValidationError):
        TypeAdapter(Id).validate_python("a\nb")
