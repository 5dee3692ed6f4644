"""What the fields of records are made of: money, days, codes, texts; their limits stand beside them, as data.

Whoever reads from outside reads strictly: a whole number is no float, text or boolean, an unknown field is an error.
Limits keep one message from costing more than it may: in memory, in digits, or in years to walk through. The rules
see plain numbers, dates and texts; pydantic, where it reads, asks the marks below for its schema (plain dictionaries).
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from annotated_types import Ge, Gt, Le, MaxLen, MinLen

from shared.kernel.calendar import in_vilnius
from shared.kernel.written import IDENTIFIER, SEEN, SEEN_ON_LINES, Written

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


Schema: TypeAlias = dict[str, Any]
Handler: TypeAlias = Any
"""Pydantic's: gives the schema of what is inside."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a value must be, in words: the error of one that is not, and its title in the schema."""

    phrase: str

    def __get_pydantic_core_schema__(self, source: object, handler: Handler) -> Schema:
        """Answer every failure inside with the one phrase."""
        return {
            "type": "custom-error",
            "schema": handler(source),
            "custom_error_type": "not_expected",
            "custom_error_message": self.phrase,
        }

    def __get_pydantic_json_schema__(self, schema: Schema, handler: Handler) -> Schema:
        """Name the value in the exported schema."""
        return {"title": self.phrase, **handler(schema)}


@dataclass(frozen=True, slots=True)
class Doc:
    """What a field says, for those who read the schema."""

    text: str

    def __get_pydantic_json_schema__(self, schema: Schema, handler: Handler) -> Schema:
        """Describe the field in the exported schema."""
        return {**handler(schema), "description": self.text}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text has this form."""

    regex: str

    def __get_pydantic_core_schema__(self, source: object, handler: Handler) -> Schema:
        """Let the text be tested."""
        return {**handler(source), "pattern": self.regex}


@dataclass(frozen=True, slots=True)
class Published:
    """The one text that the exported schema has for a field, where others are taken too."""

    text: str

    def __get_pydantic_json_schema__(self, _schema: Schema, _handler: Handler) -> Schema:
        """Say it."""
        return {"const": self.text, "type": "string"}


class FailFast:
    """The first wrong entry of a list is told, so that a long wrong list costs no more."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: Handler) -> Schema:
        """Stop at the first."""
        return {**handler(source), "fail_fast": True}


class _DayInJson:
    """A date is text ``YYYY-MM-DD`` in JSON and a ``date`` in Python, never a number or a moment."""

    PATTERN = "^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: Handler) -> Schema:
        text = {"type": "str", "pattern": cls.PATTERN, "strict": True}
        return {
            "type": "json-or-python",
            "json_schema": {"type": "chain", "steps": [text, {"type": "date", "strict": False}]},
            "python_schema": {"type": "date", "strict": True},
        }

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Schema, _handler: Handler) -> Schema:
        return {"type": "string", "format": "date", "pattern": cls.PATTERN}


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime:
    """The moment of a text, in Vilnius time; one message says the same one several times."""
    return in_vilnius(datetime.fromisoformat(text.upper()))


class _MomentInJson:
    """A moment is text of RFC 3339 in JSON and an aware ``datetime`` in Python; here it shows Vilnius time."""

    PATTERN = "^20[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-5][0-9])$"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: Handler) -> Schema:
        text = {"type": "str", "pattern": cls.PATTERN, "strict": True}
        aware = {"type": "datetime", "tz_constraint": "aware", "strict": True}
        return {
            "type": "json-or-python",
            "json_schema": {"type": "function-after", "function": _no_info(_moment), "schema": text},
            "python_schema": {"type": "function-after", "function": _no_info(in_vilnius), "schema": aware},
            "serialization": {"type": "function-plain", "function": datetime.isoformat, "when_used": "json"},
        }

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Schema, _handler: Handler) -> Schema:
        return {"type": "string", "format": "date-time", "pattern": cls.PATTERN}


def _no_info(function: object) -> Schema:
    return {"type": "no-info", "function": function}


# ---------------------------------------------------------------------------------------------------- money and numbers

Cents = Annotated[int, Ge(0), Le(MAX_CENTS), Expected(f"a whole number of cents from 0 to {MAX_CENTS}")]
PositiveCents = Annotated[int, Gt(0), Le(MAX_CENTS), Expected(f"a whole number of cents from 1 to {MAX_CENTS}")]
SumCents = Annotated[int, Ge(0), Le(MAX_SUM_CENTS), Expected("a whole number of cents, 0 or more")]
"""A sum that a service made of many amounts; it may need more than 64 bits."""
Quantity = Annotated[int, Gt(0), Le(MAX_QUANTITY), Expected(f"a whole number from 1 to {MAX_QUANTITY}")]
LAST_YEAR = 2199
"""Days and years of events end with it."""
Year = Annotated[int, Ge(2000), Le(2199), Expected("a year from 2000 to 2199")]
Quarter = Annotated[int, Ge(1), Le(4), Expected("a quarter from 1 to 4")]
Count = Annotated[int, Ge(1), Le(1_000_000), Expected("a whole number from 1 to 1000000")]
"""The number of an edition or a submission."""
PaymentDays = Annotated[int, Ge(0), Le(3650), Expected("a number of days from 0 to 3650")]

# ------------------------------------------------------------------------------------------------------ days and months

Day = Annotated[date, _DayInJson, Expected("a day YYYY-MM-DD from 2000 to 2199")]
Moment = Annotated[
    datetime,
    _MomentInJson,
    Expected("a moment of 2000 to 2099 by RFC 3339 with its offset, such as 2022-02-07T10:00:00+02:00"),
]
Hour = Annotated[
    str, Pattern("^([01][0-9]|2[0-3]):[0-5][0-9]$"), Expected("an hour HH:MM from 00:00 to 23:59, in Vilnius")
]
Month = Annotated[str, Pattern("^2[01][0-9]{2}-(0[1-9]|1[0-2])$"), Expected("a month YYYY-MM from 2000 to 2199")]

# ------------------------------------------------------------------------------------------------------ texts and codes

_PRINTED = r"[^\x00-\x1f\x7f-\x9f]"
_ON_A_LINE = f"^{_PRINTED}*$"
_ON_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"

Id = Annotated[
    str,
    MinLen(1),
    MaxLen(200),
    Pattern(_ON_A_LINE),
    Expected("an id: text of 1 to 200 characters without control characters"),
    Written("identifier", f"^{IDENTIFIER}$"),
]
Number = Annotated[
    str,
    MinLen(1),
    MaxLen(100),
    Pattern(_ON_A_LINE),
    Expected("a number of an invoice: text of 1 to 100 characters without control characters"),
    Written("identifier", f"^{IDENTIFIER}$"),
]
ProviderCode = Annotated[
    str,
    Pattern("^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$"),
    Expected("a provider's code: 1 to 40 letters, digits, dots, underscores or hyphens"),
]
InvoiceId = Annotated[
    str,
    MaxLen(141),
    Pattern(f"^[0-9A-Za-z][0-9A-Za-z._-]{{0,39}}/{_PRINTED}+$"),
    Expected("an id of an invoice: {provider_code}/{number}"),
    Written("identifier", f"^[0-9A-Za-z][0-9A-Za-z._-]{{0,39}}/{IDENTIFIER}$"),
]
PayerCode = Annotated[
    str,
    Pattern("^[A-Z][A-Z0-9-]{0,39}$"),
    Expected("a payer's code: 1 to 40 capitals, digits or hyphens, such as VLK or TLK-VILNIUS"),
]
Code = Annotated[
    str,
    Pattern("^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$"),
    Expected("a code: 1 to 40 letters, digits, dots, underscores or hyphens"),
]
"""The code of an article or of a line of revenue: data of the budget law."""
ServiceCode = Annotated[
    str,
    MinLen(1),
    MaxLen(100),
    Pattern(_ON_A_LINE),
    Expected("a service's code: text of 1 to 100 characters without control characters"),
    Written("identifier", f"^{IDENTIFIER}$"),
]
Iban = Annotated[
    str,
    Pattern("^[0-9A-Za-z]{1,34}$"),
    Expected("an account number: 1 to 34 letters or digits without spaces"),
]
"""Its check digits are tested where a person enters it, not by the contract."""
Name = Annotated[
    str,
    MinLen(1),
    MaxLen(300),
    Pattern(_ON_A_LINE),
    Expected("a name: text of 1 to 300 characters without control characters"),
    Written("line", f"^{SEEN}+$", needed=True),
]
Document = Annotated[
    str,
    MaxLen(200),
    Pattern(_ON_A_LINE),
    Expected("a document's number: text of at most 200 characters without control characters"),
    Written("line", f"^{SEEN}*$"),
]
"""May be empty: whether a decision needs a document is a rule (``no_document``)."""
Text = Annotated[
    str,
    MaxLen(MAX_TEXT),
    Pattern(_ON_LINES),
    Expected(f"text of at most {MAX_TEXT} characters without control characters"),
    Written("lines", SEEN_ON_LINES),
]
"""A person's own words; lines may break."""
Reasoned = Annotated[Text, Written("lines", SEEN_ON_LINES, needed=True)]
"""The words that a decision needs: blank ones from outside are not given."""
Echo = Annotated[
    str,
    MinLen(1),
    MaxLen(200),
    Pattern(_ON_A_LINE),
    Expected("an id: text of 1 to 200 characters without control characters"),
    Written("as_it_was"),
]
"""An id that the fund gave, said back to it: as it was given, however long ago."""
JsonType = Annotated[
    str,
    MaxLen(200),
    Pattern(r"(?i)^(application/json|text/json|[a-z]+/[0-9a-z.+-]+\+json)(\s*;[^\x00-\x1f]*)?$"),
    Expected("JSON: application/json, or a media type that ends in +json"),
    Published("application/json"),
]
"""The media type of data; parameters say nothing."""
EventType = Annotated[str, Pattern("^[a-z_]+([.][a-z_]+)+$"), Expected("a type of event")]
Sha256 = Annotated[str, Pattern("^[0-9a-f]{64}$"), Expected("a SHA-256 digest in 64 hexadecimal digits")]
EndToEndId = Annotated[
    str,
    Pattern(r"^[0-9A-Za-z/?:().,'+ -]{1,35}$"),
    Expected("an end-to-end id: 1 to 35 characters of the bank's set"),
]

DeliveredHow = Literal["by_hand", "e_delivery"]
"""How a letter reached the ministry, where it was not over HTTP."""
MoneySource = Literal["PSDF", "STATE"]
"""Out of which money: the fund's budget, or what the state's budget gives for point 19. The two never mix."""

All: TypeAlias = Annotated[tuple[T, ...], FailFast]
"""A list that a service made of many events, as long as it must be."""
Many: TypeAlias = Annotated[tuple[T, ...], MaxLen(MAX_ENTRIES), FailFast]
"""A list of at most 10 000 entries. Its first wrong entry is told, so that a long wrong list costs no more."""

# ---------------------------------------------------------------------------------------------------- reasons and rules

ReasonCode = Annotated[str, Pattern("^[a-z][a-z0-9_]{0,59}$"), Expected("a code of a reason")]
Rule = Annotated[
    str,
    MinLen(1),
    MaxLen(40),
    Pattern(_ON_A_LINE),
    Expected("a point of the Rules, such as 16 or 9.1, or of a law, such as HIL 14(3)"),
    Written("line", f"^{SEEN}+$", needed=True),
]
_Integer = Annotated[int, Ge(-MAX_SUM_CENTS), Le(MAX_SUM_CENTS)]
_Scalar: TypeAlias = _Integer | Text
_TermName = Annotated[str, Pattern("^[a-z][a-z0-9_]{0,59}$"), Expected("a name of a term")]
_Record: TypeAlias = Annotated[dict[_TermName, _Scalar], MaxLen(MAX_TERMS)]
_Entries: TypeAlias = Annotated[list[_Scalar | _Record], MaxLen(MAX_ENTRIES), FailFast]
Term: TypeAlias = Annotated[
    _Integer | Text | _Entries | _Record | None,
    Expected("a whole number, a text, null, or a list or record of these"),
]


class _TermsInJson:
    """What a rule gives as terms is anything; what is read are numbers, texts, and lists and records of them."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, handler: Handler) -> Schema:
        found: Schema = handler.generate_schema(Annotated[dict[_TermName, Term], MaxLen(MAX_TERMS)])
        return found


Terms: TypeAlias = Annotated[dict[str, object], _TermsInJson]
"""Every number of a test, by name. Money ends in ``_cents``."""

Rules: TypeAlias = Annotated[tuple[Rule, ...], MinLen(1), MaxLen(MAX_TERMS), Doc("the points that decided it")]
"""The points that decided an event of a service."""


def twice(keys: list[T]) -> T | None:
    """Find the first entry that stands in a list for the second time; None where each stands once."""
    seen: set[T] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    return None
