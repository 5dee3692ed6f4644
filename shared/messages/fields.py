"""What the fields of events are made of: money, days, codes, reasons; and ``Data``, which each event's data is.

Everything is strict: a whole number is no float, text or boolean, an unknown field is an error. Limits keep one
message from outside from costing more than it may: in memory, in digits, or in years to walk through.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from shared.kernel.calendar import in_vilnius
from shared.messages.written import IDENTIFIER, SEEN, SEEN_ON_LINES, Written

MAX_CENTS = 100_000_000_000_000
"""10^14 cents, a trillion euro: the most one amount may be. A sum of 10 000 lines still fits 64 bits."""
MAX_SUM_CENTS = 10**24
"""The most a sum of amounts may be: ten thousand million amounts of the highest kind. More than 64 bits."""
MAX_QUANTITY = 1_000_000_000
MAX_ENTRIES = 10_000
"""The most entries of a list, such as the lines of an invoice."""
MAX_TERMS = 100
MAX_TEXT = 2_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a value must be, in words: the error of one that is not, and its title in the schema."""

    phrase: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Answer every failure inside with the one phrase."""
        return core_schema.custom_error_schema(
            handler(source), custom_error_type="not_expected", custom_error_message=self.phrase
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Name the value in the exported schema."""
        return {"title": self.phrase, **handler(schema)}


class _DayInJson:
    """A date is text ``YYYY-MM-DD`` in JSON and a ``date`` in Python, never a number or a moment."""

    PATTERN = "^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(pattern=cls.PATTERN, strict=True)
        return core_schema.json_or_python_schema(
            json_schema=core_schema.chain_schema([text, core_schema.date_schema(strict=False)]),
            python_schema=core_schema.date_schema(strict=True),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "date", "pattern": cls.PATTERN}


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime:
    """The moment of a text, in Vilnius time; one message says the same one several times."""
    return in_vilnius(datetime.fromisoformat(text.upper()))


class _MomentInJson:
    """A moment is text of RFC 3339 in JSON and an aware ``datetime`` in Python; here it shows Vilnius time."""

    PATTERN = "^20[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-5][0-9])$"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(pattern=cls.PATTERN, strict=True)
        aware = core_schema.datetime_schema(tz_constraint="aware", strict=True)
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(_moment, text),
            python_schema=core_schema.no_info_after_validator_function(in_vilnius, aware),
            serialization=core_schema.plain_serializer_function_ser_schema(datetime.isoformat, when_used="json"),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "date-time", "pattern": cls.PATTERN}


# ---------------------------------------------------------------------------------------------------- money and numbers

Cents = Annotated[int, Field(ge=0, le=MAX_CENTS), Expected(f"a whole number of cents from 0 to {MAX_CENTS}")]
PositiveCents = Annotated[int, Field(gt=0, le=MAX_CENTS), Expected(f"a whole number of cents from 1 to {MAX_CENTS}")]
SumCents = Annotated[int, Field(ge=0, le=MAX_SUM_CENTS), Expected("a whole number of cents, 0 or more")]
"""A sum that a service made of many amounts; it may need more than 64 bits."""
Quantity = Annotated[int, Field(gt=0, le=MAX_QUANTITY), Expected(f"a whole number from 1 to {MAX_QUANTITY}")]
Year = Annotated[int, Field(ge=2000, le=2199), Expected("a year from 2000 to 2199")]
Quarter = Annotated[int, Field(ge=1, le=4), Expected("a quarter from 1 to 4")]
Count = Annotated[int, Field(ge=1, le=1_000_000), Expected("a whole number from 1 to 1000000")]
"""The number of an edition or a submission."""
PaymentDays = Annotated[int, Field(ge=0, le=3650), Expected("a number of days from 0 to 3650")]

# ------------------------------------------------------------------------------------------------------ days and months

Day = Annotated[date, _DayInJson, Expected("a day YYYY-MM-DD from 2000 to 2199")]
Moment = Annotated[
    datetime,
    _MomentInJson,
    Expected("a moment of 2000 to 2099 by RFC 3339 with its offset, such as 2022-02-07T10:00:00+02:00"),
]
Month = Annotated[str, Field(pattern="^2[01][0-9]{2}-(0[1-9]|1[0-2])$"), Expected("a month YYYY-MM from 2000 to 2199")]

# ------------------------------------------------------------------------------------------------------ texts and codes

_PRINTED = r"[^\x00-\x1f\x7f-\x9f]"
_ON_A_LINE = f"^{_PRINTED}*$"
_ON_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"

Id = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=_ON_A_LINE),
    Expected("an id: text of 1 to 200 characters without control characters"),
    Written("identifier", f"^{IDENTIFIER}$"),
]
Number = Annotated[
    str,
    Field(min_length=1, max_length=100, pattern=_ON_A_LINE),
    Expected("a number of an invoice: text of 1 to 100 characters without control characters"),
    Written("identifier", f"^{IDENTIFIER}$"),
]
ProviderCode = Annotated[
    str,
    Field(pattern="^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$"),
    Expected("a provider's code: 1 to 40 letters, digits, dots, underscores or hyphens"),
]
InvoiceId = Annotated[
    str,
    Field(max_length=141, pattern=f"^[0-9A-Za-z][0-9A-Za-z._-]{{0,39}}/{_PRINTED}+$"),
    Expected("an id of an invoice: {provider_code}/{number}"),
    Written("identifier", f"^[0-9A-Za-z][0-9A-Za-z._-]{{0,39}}/{IDENTIFIER}$"),
]
PayerCode = Annotated[
    str,
    Field(pattern="^[A-Z][A-Z0-9-]{0,39}$"),
    Expected("a payer's code: 1 to 40 capitals, digits or hyphens, such as VLK or TLK-VILNIUS"),
]
Code = Annotated[
    str,
    Field(pattern="^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$"),
    Expected("a code: 1 to 40 letters, digits, dots, underscores or hyphens"),
]
"""The code of an article or of a line of revenue: data of the budget law."""
ServiceCode = Annotated[
    str,
    Field(min_length=1, max_length=100, pattern=_ON_A_LINE),
    Expected("a service's code: text of 1 to 100 characters without control characters"),
    Written("identifier", f"^{IDENTIFIER}$"),
]
Iban = Annotated[
    str,
    Field(pattern="^[0-9A-Za-z]{1,34}$"),
    Expected("an account number: 1 to 34 letters or digits without spaces"),
]
"""Its check digits are tested where a person enters it, not by the contract."""
Name = Annotated[
    str,
    Field(min_length=1, max_length=300, pattern=_ON_A_LINE),
    Expected("a name: text of 1 to 300 characters without control characters"),
    Written("line", f"^{SEEN}+$", needed=True),
]
Document = Annotated[
    str,
    Field(max_length=200, pattern=_ON_A_LINE),
    Expected("a document's number: text of at most 200 characters without control characters"),
    Written("line", f"^{SEEN}*$"),
]
"""May be empty: whether a decision needs a document is a rule (``no_document``)."""
Text = Annotated[
    str,
    Field(max_length=MAX_TEXT, pattern=_ON_LINES),
    Expected(f"text of at most {MAX_TEXT} characters without control characters"),
    Written("lines", SEEN_ON_LINES),
]
"""A person's own words; lines may break."""
Reasoned = Annotated[Text, Written("lines", SEEN_ON_LINES, needed=True)]
"""The words that a decision needs: blank ones from outside are not given."""
Echo = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=_ON_A_LINE),
    Expected("an id: text of 1 to 200 characters without control characters"),
    Written("as_it_was"),
]
"""An id that the fund gave, said back to it: as it was given, however long ago."""
EventType = Annotated[str, Field(pattern="^[a-z_]+([.][a-z_]+)+$"), Expected("a type of event")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$"), Expected("a SHA-256 digest in 64 hexadecimal digits")]
EndToEndId = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z/?:().,'+ -]{1,35}$"),
    Expected("an end-to-end id: 1 to 35 characters of the bank's set"),
]

MoneySource = Literal["PSDF", "STATE"]
"""Out of which money: the fund's budget, or what the state's budget gives for point 19. The two never mix."""

All: TypeAlias = Annotated[tuple[T, ...], Field(fail_fast=True)]
"""A list that a service made of many events, as long as it must be."""
Many: TypeAlias = Annotated[tuple[T, ...], Field(max_length=MAX_ENTRIES, fail_fast=True)]
"""A list of at most 10 000 entries. Its first wrong entry is told, so that a long wrong list costs no more."""

# ---------------------------------------------------------------------------------------------------- reasons and rules

_ReasonCode = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,59}$"), Expected("a code of a reason")]
Rule = Annotated[
    str,
    Field(min_length=1, max_length=40, pattern=_ON_A_LINE),
    Expected("a point of the Rules, such as 16 or 9.1, or of a law, such as HIL 14(3)"),
    Written("line", f"^{SEEN}+$", needed=True),
]
_Integer = Annotated[int, Field(ge=-MAX_SUM_CENTS, le=MAX_SUM_CENTS)]
_Scalar: TypeAlias = _Integer | Text
_TermName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,59}$"), Expected("a name of a term")]
_Record: TypeAlias = Annotated[dict[_TermName, _Scalar], Field(max_length=MAX_TERMS)]
_Entries: TypeAlias = Annotated[list[_Scalar | _Record], Field(max_length=MAX_ENTRIES, fail_fast=True)]
Term: TypeAlias = Annotated[
    _Integer | Text | _Entries | _Record | None,
    Expected("a whole number, a text, null, or a list or record of these"),
]


def _as_in_json(term: object) -> object:
    """Write a term as JSON does: days as text, tuples as lists."""
    match term:
        case date():
            return term.isoformat()
        case list() | tuple():
            return [_as_in_json(entry) for entry in term]
        case dict():
            return {name: _as_in_json(value) for name, value in term.items()}
        case _:
            return term


class _TermsInPython:
    """A service may give days and tuples as terms; in JSON they are text and lists."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        terms = handler(source)
        return core_schema.json_or_python_schema(
            json_schema=terms, python_schema=core_schema.no_info_before_validator_function(_as_in_json, terms)
        )


Terms: TypeAlias = Annotated[dict[_TermName, Term], Field(max_length=MAX_TERMS), _TermsInPython]
"""Every number of a test, by name. Money ends in ``_cents``."""


class Entry(BaseModel):
    """A part of an event's data, such as one line of an invoice: strict and frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class Reason(Entry):
    """One failed test: its code, the point of law, and every number that decided it."""

    code: _ReasonCode
    rule: Rule
    terms: Terms = Field(default_factory=dict)


class Data(Entry):
    """The data of an event, and what its envelope must say.

    ``subject`` is a template on the fields; ``speaker`` are the sources that may send it, where ``{payer}`` stands for
    the data's own payer (or, without one, for any) and ``{provider_code}`` for the data's provider; ``keyed_by`` names
    the field that is the Kafka key, None for the fund's id; ``points`` are the points of the Rules it serves.
    """

    type: ClassVar[str]
    subject: ClassVar[str]
    speaker: ClassVar[tuple[str, ...]]
    keyed_by: ClassVar[str | None] = None
    points: ClassVar[tuple[str, ...]] = ()

    def key(self, fund_id: str) -> str:
        """Give the Kafka key: the provider's code where invoicing decides, the fund's id for all else."""
        return fund_id if self.keyed_by is None else str(getattr(self, self.keyed_by))

    def about(self) -> str:
        """Give the subject of the event; it may be empty where a document is."""
        return self.subject.format_map(dict(self))


class Decision(Data):
    """The data of an event that a service emits."""

    rules: Annotated[tuple[Rule, ...], Field(min_length=1, max_length=MAX_TERMS)] = Field(
        description="the points that decided it"
    )


def contradiction(text: str, **facts: Any) -> PydanticCustomError:  # noqa: ANN401 - whatever the text names
    """Two fields that do not agree; the text names both."""
    return PydanticCustomError("contradiction", text, facts or None)


def twice(keys: list[T]) -> T | None:
    """Find the first entry that stands in a list for the second time; None where each stands once."""
    seen: set[T] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    return None
