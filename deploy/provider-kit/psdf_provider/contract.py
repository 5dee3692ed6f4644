"""The records of the door, as it describes them. Made by ``psdf schema --write``: change nothing here."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from psdf_provider.days import Day


class InvoiceLine(BaseModel):
    """One line of an invoice, in cents. Whether quantity times price is the amount is a check of point 15."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    service_code: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            pattern="^[!-~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț]+( [!-~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț]+)*$",
            title="a service's code: text of 1 to 100 characters without control characters",
        ),
    ]
    quantity: Annotated[int, Field(gt=0, le=1000000000, title="a whole number from 1 to 1000000000")]
    unit_price_cents: Annotated[
        int,
        Field(
            ge=0,
            le=100000000000000,
            title="a whole number of cents from 0 to 100000000000000",
        ),
    ]
    amount_cents: Annotated[
        int,
        Field(
            gt=0,
            le=100000000000000,
            title="a whole number of cents from 1 to 100000000000000",
        ),
    ]


class InvoiceSubmitted(BaseModel):
    """A provider presents an invoice, or a credit to one, for a month of care (point 14). Positive cents."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    invoice_id: Annotated[
        str,
        Field(
            max_length=141,
            pattern="^[0-9A-Za-z][0-9A-Za-z._-]{0,39}/[!-~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț]+( [!-~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț]+)*$",
            title="an id of an invoice: {provider_code}/{number}",
        ),
    ]
    number: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            pattern="^[!-~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț]+( [!-~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț]+)*$",
            title="a number of an invoice: text of 1 to 100 characters without control characters",
            description="the provider's own number, never used twice with other content",
        ),
    ]
    kind: Literal["invoice", "credit"]
    corrects: Annotated[
        str | None,
        Field(
            max_length=141,
            pattern="^[0-9A-Za-z][0-9A-Za-z._-]{0,39}/[!-~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț]+( [!-~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț]+)*$",
            title="an id of an invoice: {provider_code}/{number}",
            description="of a credit: the accepted invoice that it corrects",
        ),
    ]
    contract_id: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            pattern="^[!-~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț]+( [!-~À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț]+)*$",
            title="an id: text of 1 to 200 characters without control characters",
        ),
    ]
    provider_code: Annotated[
        str,
        Field(
            pattern="^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$",
            title="a provider's code: 1 to 40 letters, digits, dots, underscores or hyphens",
        ),
    ]
    payer: Annotated[
        str,
        Field(
            pattern="^[A-Z][A-Z0-9-]{0,39}$",
            title="a payer's code: 1 to 40 capitals, digits or hyphens, such as VLK or TLK-VILNIUS",
        ),
    ]
    article: Annotated[
        str,
        Field(
            pattern="^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$",
            title="a code: 1 to 40 letters, digits, dots, underscores or hyphens",
        ),
    ]
    source: Literal["PSDF", "STATE"]
    service_month: Annotated[
        str,
        Field(
            pattern="^2[01][0-9]{2}-(0[1-9]|1[0-2])$",
            title="a month YYYY-MM from 2000 to 2199",
        ),
    ]
    issued_on: Annotated[Day, Field(title="a day YYYY-MM-DD from 2000 to 2199")]
    lines: Annotated[list[InvoiceLine], Field(min_length=1, max_length=10000, description="1 to 10000 lines")]
    amount_cents: Annotated[
        int,
        Field(
            gt=0,
            le=100000000000000,
            title="a whole number of cents from 1 to 100000000000000",
        ),
    ]


class Answer(BaseModel):
    """How one event was taken: `dates` are those of the invoice's answer, `error` is why it was parked.

    `parked_id` is the id under which it was parked; none where the same was parked before at the same moment.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    id: str | None
    type: str
    outcome: Literal["accepted", "known", "parked", "queued", "refused", "returned", "taken", "waiting"]
    invoice_id: str | None = None
    reasons: list[dict[str, Any]] | None = None
    error: str | None = None
    waits_for: str | None = None
    dates: dict[str, str] | None = None
    parked_id: str | None = None
    status: int = 0
    receipt: str | None = None


class Receipt(BaseModel):
    """That an event was taken: the SHA-256 of its bytes, whose it is, when it came, and where it lies."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    digest: str
    source: str
    id: str
    type: str
    received_at: str
    lies_at: str
