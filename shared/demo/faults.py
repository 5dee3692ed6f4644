"""What goes wrong with invoices: faults that the check finds, and messages that cannot be read at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

from shared.demo import plot
from shared.demo.days import plus, start_of_next
from shared.demo.deals import Deal
from shared.demo.invoices import Invoice, line, number_of, renumbered, total
from shared.demo.post import Draft

MONTH_NOT_OVER = "month_not_over"
DUPLICATE_MONTH = "duplicate_month"
WEIGHTS = {
    "line_arithmetic": 5,
    "sum_mismatch": 4,
    "unknown_service": 6,
    "price_mismatch": 5,
    DUPLICATE_MONTH: 3,
    MONTH_NOT_OVER: 3,
    "wrong_article": 2,
    "wrong_payer": 1,
    "unknown_contract": 3,
    "number_reused": 2,
    "outside_contract": 2,
}
OF_PRICE_LISTS = frozenset({"unknown_service", "price_mismatch"})
OF_EARLIER_MONTHS = frozenset({"number_reused", "outside_contract"})
EARLY_DAYS = (0, 2)
OTHER_ARTICLE = {"01": "05", "02": "01", "03": "01", "04": "02", "05": "01"}
MALFORMED_SECONDS_BEFORE = 40
MALFORMED_KINDS = ("unknown_field", "float", "broken", "other_speaker", "bad_month", "negative")

# Sums must stay near the plan in the last weeks of the year, and nothing of the first month may come before the start.
FAULTLESS = frozenset({("VLK", "2022-10"), ("VLK", "2022-11")})


def fault_of(chance: Random, deal: Deal, month: str) -> str | None:
    """Which fault the provider makes that month, if any."""
    faultless = deal.big or deal.late_contract or (deal.article == "02" and (deal.payer, month) in FAULTLESS)
    if faultless or chance.random() >= plot.FAULT_SHARE:
        return None
    kinds = dict(WEIGHTS)
    if not deal.priced:
        kinds = {kind: weight for kind, weight in kinds.items() if kind not in OF_PRICE_LISTS}
    if month < "2022-02" or month <= deal.from_month:
        kinds = {kind: weight for kind, weight in kinds.items() if kind not in OF_EARLIER_MONTHS}
    if month == plot.FIRST_MONTH:
        del kinds[MONTH_NOT_OVER]
    return chance.choices(list(kinds), list(kinds.values()))[0]


def early_day(chance: Random, month: str) -> date:
    """A day on which the month is not over yet."""
    return plus(start_of_next(month), -1 - chance.randint(*EARLY_DAYS))


def _line_arithmetic(chance: Random, invoice: Invoice) -> Invoice:
    lines = [dict(item) for item in invoice["lines"]]
    chance.choice(lines)["amount_cents"] += chance.randint(1, 90)
    return invoice | {"lines": lines, "amount_cents": total(lines)}


def _sum_mismatch(chance: Random, invoice: Invoice) -> Invoice:
    return invoice | {"amount_cents": invoice["amount_cents"] + chance.choice((1, 10, 100, 900))}


def _unknown_service(chance: Random, invoice: Invoice) -> Invoice:
    lines = [dict(item) for item in invoice["lines"]]
    chance.choice(lines)["service_code"] = f"NEZ-{chance.randint(100, 999)}"
    return invoice | {"lines": lines}


def _price_mismatch(chance: Random, invoice: Invoice) -> Invoice:
    lines = [dict(item) for item in invoice["lines"]]
    place = chance.randrange(len(lines))
    item = lines[place]
    price = item["unit_price_cents"] + chance.randint(1, 1 + item["unit_price_cents"] // 10)
    lines[place] = line(item["service_code"], item["quantity"], price)
    return invoice | {"lines": lines, "amount_cents": total(lines)}


def _wrong_article(_chance: Random, invoice: Invoice) -> Invoice:
    return invoice | {"article": OTHER_ARTICLE[invoice["article"]]}


def _wrong_payer(_chance: Random, invoice: Invoice) -> Invoice:
    return invoice | {"payer": "TLK-KAUNAS" if invoice["payer"] == "VLK" else "VLK"}


def _unknown_contract(chance: Random, invoice: Invoice) -> Invoice:
    return invoice | {"contract_id": f"{invoice['contract_id'][:-4]}9{chance.randint(100, 999)}"}


def _outside_contract(_chance: Random, invoice: Invoice) -> Invoice:
    contract = invoice["contract_id"]
    return invoice | {"contract_id": f"{int(contract[:4]) - 1}{contract[4:]}"}


SPOILERS: dict[str, Callable[[Random, Invoice], Invoice]] = {
    "line_arithmetic": _line_arithmetic,
    "sum_mismatch": _sum_mismatch,
    "unknown_service": _unknown_service,
    "price_mismatch": _price_mismatch,
    "wrong_article": _wrong_article,
    "wrong_payer": _wrong_payer,
    "unknown_contract": _unknown_contract,
    "outside_contract": _outside_contract,
}


def spoiled(kind: str, chance: Random, invoice: Invoice, deal: Deal) -> Invoice:
    """The invoice with the fault in it."""
    if kind == "number_reused":
        month = invoice["service_month"]
        year, number = int(month[:4]), int(month[5:])
        before = f"{year}-{number - 1:02d}" if number > 1 else f"{year - 1}-12"
        taken = number_of(deal, before)
        return invoice | {"number": taken, "invoice_id": f"{deal.provider.code}/{taken}"}
    spoiler = SPOILERS.get(kind)
    return spoiler(chance, invoice) if spoiler else invoice


def replacement(kind: str, good: Invoice) -> Invoice:
    """What is sent after a refusal: the number is used up, unless it was another month's."""
    return good if kind == "number_reused" else renumbered(good, "A")


def malformed(kind: str, draft: Draft, other: str) -> Draft:
    """Write a message that is parked, sent shortly before the good one; ``other`` is another provider's code."""
    data = draft.data
    at = max(0, draft.at - MALFORMED_SECONDS_BEFORE)
    if kind == "broken":
        return replace(draft, at=at, broken=True)
    if kind == "other_speaker":
        return replace(draft, at=at, source=f"/providers/{other}")
    changed = {
        "unknown_field": {"pastaba": "siunčiame antrą kartą"},
        "float": {"amount_cents": data["amount_cents"] / 100},
        "bad_month": {"service_month": data["service_month"][:5] + "13"},
        "negative": {"amount_cents": -data["amount_cents"]},
    }[kind]
    return replace(draft, at=at, data=data | changed)
