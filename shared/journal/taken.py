"""What each service takes over from what it hears: the facts that an event must share with its cause.

``psdf verify`` compares them field by field, as JSON, and knows no rule of the law: what a service decides on these
facts is the second book's matter. A payer is the same where one was merged into the other.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, TypeAlias

from shared.kernel.value import value

Json: TypeAlias = dict[str, Any]
Pair: TypeAlias = tuple[str, object, object]
"""A field, what the event says, what its cause says."""
ANY = "*"
"""Whatever else an event may be decided because of: a day that starts, a contract that an invoice waited for."""

OMITTED: Json = {"payment_days": 30, "review": "automatic", "source": "PSDF"}
"""What a field means that the cause leaves out; of others that it says nothing."""
PAYERS = frozenset({"payer"})


@value
class Link:
    """How an event follows from a cause: pairs that must be equal, of which ``payer`` is so through mergers."""

    needs: frozenset[str]
    pairs: Callable[[Json, Json], Iterator[Pair]]


def same(names: str, **renamed: str) -> Link:
    """The event says what its cause says: under the same name, or another (``here="there.inside"``)."""
    fields = {**{name: name for name in names.split()}, **{here.replace("__", "."): it for here, it in renamed.items()}}

    def pairs(said: Json, cause: Json) -> Iterator[Pair]:
        return ((here, found(said, here), found(cause, there)) for here, there in fields.items())

    return Link(needs=frozenset(there.partition(".")[0] for there in fields.values()), pairs=pairs)


def found(data: Json, path: str) -> object:
    """The value at a path; a field that is left out means what the contract says it means."""
    at: Any = data
    for name in path.split("."):
        if not isinstance(at, dict) or name not in at:
            return OMITTED.get(name)
        at = at[name]
    return at


def also(link: Link, needs: str, more: Callable[[Json, Json], Iterator[Pair]]) -> Link:
    """A link with pairs of another shape."""

    def pairs(said: Json, cause: Json) -> Iterator[Pair]:
        yield from link.pairs(said, cause)
        yield from more(said, cause)

    return Link(needs=link.needs | set(needs.split()), pairs=pairs)


def is_(field: str, expected: str) -> Callable[[Json, Json], Iterator[Pair]]:
    """The cause says this in a field."""

    def pairs(_said: Json, cause: Json) -> Iterator[Pair]:
        yield field, expected, found(cause, field)

    return pairs


FREE = Link(needs=frozenset(), pairs=lambda _said, _cause: iter(()))
"""Decided by rules on what is in the state: nothing of it stands in the cause."""

EDITION = (
    "year edition law in_force_from revenue revenue_total_cents expenses expenses_total_cents working_capital_cents "
    "reserve_main_cents reserve_risk_cents state_funds_cents working_capital_before_cents"
)
ADOPTED = same("", **{f"edition__{name}": name for name in EDITION.split()})
"""An edition as a service takes it from budget.adopted."""


def _shares(said: Json, cause: Json) -> Iterator[Pair]:
    """The sums of each article, over all payers: payers are read through mergers."""
    heard = Counter[str]()
    for share in cause["shares"]:
        heard[share["article"]] += share["amount_cents"]
    taken = {article: sum(of.values()) for article, of in said["shares"].items()}
    yield "shares", +Counter(taken), +heard


def _shares_in_order(said: Json, cause: Json) -> Iterator[Pair]:
    """The sums one by one: payers are read through mergers."""
    ours, theirs = ([(share["article"], share["amount_cents"]) for share in of["shares"]] for of in (said, cause))
    yield "shares", ours, theirs


def _counted(said: Json, cause: Json) -> Iterator[Pair]:
    sign = -1 if cause["kind"] == "credit" else 1
    yield "amount_cents", said["amount_cents"], sign * cause["amount_cents"]


def _prices(said: Json, cause: Json) -> Iterator[Pair]:
    yield "prices", said["prices"], {service["code"]: service["unit_price_cents"] for service in cause["services"]}


def _by_merger(said: Json, _cause: Json) -> Iterator[Pair]:
    yield "payer", bool(said["payer"]), True


def _rejected(rejected: str) -> Callable[[Json, Json], Iterator[Pair]]:
    def pairs(said: Json, _cause: Json) -> Iterator[Pair]:
        yield "rejected", said["rejected"], rejected == "rejected"

    return pairs


INVOICE = "invoice_id contract_id provider_code kind corrects service_month amount_cents"
CONTRACT = "contract_id payer article source ceiling_cents valid_from valid_to payment_days review"
USE = "year part amount_cents purpose article decided_on document"
DELIVERED = "notice_no delivered_by delivered_on delivered_at document"
DELIVERY = f"{DELIVERED} how letter_sha256 document_sha256"
ANSWERED = {"invoice.submitted": same("invoice_id contract_id"), ANY: FREE}
SETTLED = {"recovery.settled": same("claim_id amount_cents invoice_id")}
EDITION_TAKEN = {"budget.adopted": ADOPTED}
AWAITED = {"payer.merged": same("into on", payer="payer")}

TAKEN: Mapping[tuple[str, str], Mapping[str, Link]] = {
    ("contracts", "budget.adopted"): {"budget.approved": same(EDITION)},
    ("contracts", "distribution.adopted"): {
        "distribution.proposed": also(same("year edition quarters revenue_quarters"), "shares", _shares_in_order)
    },
    ("contracts", "contract.concluded"): {"contract.proposed": same(f"{CONTRACT} year provider services")},
    ("contracts", "contract.changed"): {
        "contract.change.proposed": same("contract_id ceiling_cents"),
        "contract.ended": same("contract_id", ended_on="on"),
        ANY: also(FREE, "", _by_merger),
    },
    ("contracts", "contract.account.known"): {"contract.account.proposed": same("contract_id iban")},
    ("contracts", "contract.account.confirmed"): {"contract.account.proposed": same("contract_id iban")},
    ("contracts", "contracts.accepted_counted"): {
        "invoice.accepted": also(same("contract_id"), "kind amount_cents", _counted)
    },
    ("contracts", "contracts.merger_awaited"): AWAITED,
    ("invoicing", "invoicing.contract_learned"): {
        "contract.concluded": also(same(f"{CONTRACT} formerly", iban="provider.iban"), "services", _prices)
    },
    ("invoicing", "invoicing.account_learned"): {"contract.account.known": same("contract_id iban")},
    ("invoicing", "invoicing.change_learned"): {
        "contract.changed": same("contract_id ceiling_cents ended_on payer formerly")
    },
    ("invoicing", "invoicing.merger_learned"): {"payer.merger.known": same("into on", payer="payer")},
    ("invoicing", "invoicing.invoice_waits"): {"invoice.submitted": same(f"{INVOICE} payer article source"), ANY: FREE},
    ("invoicing", "invoice.accepted"): {"invoice.submitted": same(INVOICE), ANY: FREE},
    ("invoicing", "invoice.returned"): ANSWERED,
    ("invoicing", "invoice.refused"): ANSWERED,
    ("payments", "payments.invoice_entered"): {
        "invoice.accepted": also(
            same(
                "invoice_id contract_id provider_code iban payer article source service_month amount_cents accepted_on "
                "due_on arrived_at"
            ),
            "kind",
            is_("kind", "invoice"),
        ),
        "compensation.due": same("invoice_id payer article amount_cents accepted_on due_on"),
    },
    ("contracts", "month.plan.adopted"): {"month.plan.approved": same("month expenses document")},
    ("contracts", "month.plan.refused"): {"month.plan.approved": same("month expenses document")},
    ("payments", "payments.credit_opened"): {
        "invoice.accepted": also(
            same("contract_id provider_code amount_cents", by="invoice_id"), "kind", is_("kind", "credit")
        ),
        "recovery.set_off": same("contract_id amount_cents", by="claim_id"),
    },
    ("payments", "payments.edition_taken"): EDITION_TAKEN,
    ("payments", "payments.shares_taken"): {"distribution.adopted": also(same("year"), "shares", _shares)},
    ("payments", "payments.allotment_taken"): {"surplus.allotted": same("year article amount_cents")},
    ("payments", "payments.cash_credited"): {"account.credited": same("payer source amount_cents value_on reference")},
    ("payments", "administration.counted"): {
        "administration.paid": same("payer year article amount_cents paid_on reference")
    },
    ("payments", "administration.refused"): {
        "administration.paid": same("payer year article amount_cents paid_on reference")
    },
    ("payments", "payments.merger_awaited"): AWAITED,
    ("payments", "overrun.notified"): {"notice.delivered": same("notice_no"), "overrun.delivered": same(DELIVERY)},
    ("payments", "overrun.delivery.refused"): {"overrun.delivered": same(DELIVERED)},
    ("payments", "payments.set_aside_returned"): {"balance.return.ordered": same("payer source year amount_cents")},
    ("payments", "payment.executed"): {
        "payment.reported": also(same("order_id on"), "outcome", is_("outcome", "executed"))
    },
    ("payments", "payment.rejected"): {
        "payment.reported": also(same("order_id on reason"), "outcome", is_("outcome", "rejected"))
    },
    ("payments", "payment.returned"): {
        "payment.reported": also(same("order_id on reason"), "outcome", is_("outcome", "returned"))
    },
    ("payments", "payments.account_confirmed"): {"contract.account.confirmed": same("contract_id iban")},
    ("reserve", "reserve.edition_taken"): EDITION_TAKEN,
    ("reserve", "reserve.revenue_received"): {"revenue.received": same("year code amount_cents reference")},
    ("reserve", "surplus.allotted"): {"surplus.proposed": same("year article amount_cents document")},
    ("reserve", "surplus.refused"): {"surplus.proposed": same("year article amount_cents document")},
    ("reserve", "reserve.use.allowed"): {"reserve.use.proposed": same(USE)},
    ("reserve", "reserve.use.refused"): {"reserve.use.proposed": same(USE)},
    ("reserve", "reserve.transfer_approved"): {"reserve.transfer.approved": same("year kind document")},
    ("reserve", "reserve.transfer.done"): {"reserve.transfer.reported": same("year kind amount_cents")},
    ("reconciliation", "sodra.edition_taken"): EDITION_TAKEN,
    ("reconciliation", "sodra.revenue_received"): {"revenue.received": same("code amount_cents received_on reference")},
    ("reconciliation", "sodra.statement_submitted"): {
        "sodra.statement.submitted": same(
            "year quarter submission transferred_cents offset_cents related_cents compensation_cents"
        )
    },
    ("reconciliation", "close.shares_taken"): {"distribution.adopted": same("year")},
    ("reconciliation", "close.credit_counted"): {"account.credited": same("payer source amount_cents reference")},
    ("reconciliation", "close.order_counted"): {"payment.ordered": same("order_id payer source year amount_cents")},
    ("reconciliation", "close.order_settled"): {
        "payment.executed": also(same("order_id"), "", _rejected("executed")),
        "payment.rejected": also(same("order_id"), "", _rejected("rejected")),
    },
    ("reconciliation", "close.order_returned"): {"payment.returned": same("order_id")},
    ("reconciliation", "close.merger_awaited"): AWAITED,
    ("reconciliation", "payer.year.accepted"): {"payer.year.reported": same("payer source year balance_cents")},
    ("reconciliation", "payer.year.refused"): {"payer.year.reported": same("payer source year balance_cents")},
    ("reconciliation", "claims.invoice_known"): {
        "invoice.accepted": same("invoice_id provider_code contract_id service_month amount_cents")
    },
    ("reconciliation", "claims.claim_opened"): {
        "recovery.claimed": same("claim_id provider_code invoice_id amount_cents basis reason"),
        "payment.credit.unused": same("provider_code", claim_id="by", invoice_id="by", amount_cents="open_cents"),
    },
    ("reconciliation", "recovery.demanded"): {
        "recovery.claimed": same("claim_id amount_cents invoice_id"),
        "payment.credit.unused": same("", claim_id="by", amount_cents="open_cents"),
    },
    ("reconciliation", "recovery.repaid"): SETTLED,
    ("reconciliation", "recovery.set_off"): SETTLED,
    ("reconciliation", "recovery.written_off"): SETTLED,
}
"""By service and event: what it may be decided because of, and what it then shares with it."""

ONCE = frozenset(
    {
        "administration.counted",
        "claims.invoice_known", "close.credit_counted", "close.order_counted", "close.order_settled",
        "close.order_returned", "contracts.accepted_counted", "payment.executed", "payment.rejected",
        "payment.returned", "payments.allotment_taken",
        "payments.cash_credited", "payments.credit_opened", "payments.invoice_entered", "payments.set_aside_returned",
        "recovery.demanded", "reserve.revenue_received", "reserve.use.allowed", "sodra.revenue_received",
        "surplus.allotted",
    }
)  # fmt: skip
"""What counts, and may be taken from a cause only once."""

Natural: TypeAlias = Callable[[Json], Hashable]


def key(*names: str) -> Natural:
    """Some fields as one key."""
    return lambda data: tuple(data[name] for name in names)


ALWAYS: Natural = lambda _data: None  # noqa: E731 - a rule of the table below like the others
"""It leaves a decision whenever it is heard."""

NOTHING = object()
"""It leaves no decision."""


def of_an_invoice(data: Json) -> Hashable:
    """A credit leaves no decision."""
    return None if data["kind"] == "invoice" else NOTHING


MUST: Mapping[tuple[str, str], Mapping[str, Natural]] = {
    ("contracts", "contracts"): {
        "budget.approved": key("year", "edition"),
        "distribution.proposed": ALWAYS,
        "contract.proposed": key("contract_id"),
        "contract.change.proposed": ALWAYS,
        "contract.ended": ALWAYS,
        "month.plan.approved": ALWAYS,
        "invoice.accepted": ALWAYS,
    },
    ("invoicing", "provider"): {"invoice.submitted": key("invoice_id"), "contract.concluded": ALWAYS},
    ("payments", "fund"): {
        "invoice.accepted": ALWAYS,
        "compensation.due": ALWAYS,
        "recovery.set_off": ALWAYS,
        "budget.adopted": ALWAYS,
        "distribution.adopted": ALWAYS,
        "surplus.allotted": ALWAYS,
        "account.credited": key("reference"),
        "administration.paid": key("reference"),
        "payment.reported": key("order_id"),
        "balance.return.ordered": ALWAYS,
    },
    ("reserve", "reserve"): {
        "budget.adopted": ALWAYS,
        "revenue.received": key("reference"),
        "surplus.proposed": ALWAYS,
        "reserve.use.proposed": ALWAYS,
    },
    ("reconciliation", "sodra"): {
        "budget.adopted": ALWAYS,
        "revenue.received": key("reference"),
        "sodra.statement.submitted": ALWAYS,
    },
    ("reconciliation", "close"): {
        "distribution.adopted": ALWAYS,
        "account.credited": key("reference"),
        "payment.ordered": ALWAYS,
    },
    ("reconciliation", "claims"): {
        "invoice.accepted": of_an_invoice,
        "recovery.claimed": key("claim_id"),
        "recovery.settled": ALWAYS,
        "payment.credit.unused": ALWAYS,
    },
}
"""By service and kind of stream: what leaves a decision there, unless what its natural key names is known already."""

KNOWN: Mapping[tuple[str, str], tuple[tuple[str, Natural], ...]] = {
    ("contracts", "budget.adopted"): (("budget.approved", key("year", "edition")),),
    ("contracts", "contract.concluded"): (("contract.proposed", key("contract_id")),),
    ("invoicing", "invoicing.invoice_waits"): (("invoice.submitted", key("invoice_id")),),
    ("invoicing", "invoice.accepted"): (("invoice.submitted", key("invoice_id")),),
    ("invoicing", "invoice.refused"): (("invoice.submitted", key("invoice_id")),),
    ("payments", "payments.cash_credited"): (("account.credited", key("reference")),),
    ("payments", "administration.counted"): (("administration.paid", key("reference")),),
    ("payments", "payment.executed"): (("payment.reported", key("order_id")),),
    ("payments", "payment.rejected"): (("payment.reported", key("order_id")),),
    ("payments", "payment.returned"): (("payment.reported", key("order_id")),),
    ("reserve", "reserve.revenue_received"): (("revenue.received", key("reference")),),
    ("reconciliation", "sodra.revenue_received"): (("revenue.received", key("reference")),),
    ("reconciliation", "close.credit_counted"): (("account.credited", key("reference")),),
    ("reconciliation", "claims.claim_opened"): (("recovery.claimed", key("claim_id")),),
}
"""By service and event: which natural keys it makes known, and of which causes."""

NEEDED: Mapping[str, frozenset[str]] = {
    cause: frozenset().union(*(links[cause].needs for links in TAKEN.values() if cause in links))
    | {
        "provider_code",
        "provider",
        "order_id",
        "reference",
        "invoice_id",
        "claim_id",
        "contract_id",
        "year",
        "edition",
        "date",
    }
    for cause in {
        *(cause for links in TAKEN.values() for cause in links),
        *(cause for causes in MUST.values() for cause in causes),
        "day.started",
    }
}
"""Of a cause, the fields that anybody compares."""
