"""I12. Every number that goes with a code, as the catalogue names them; and which points may decide an event."""

from collections.abc import Iterator

from tests.engine.story import Json

NO_MONEY = {
    "behind",
    "year",
    "pay_on",
    "month",
    "got",
    "contract",
    "valid_from",
    "valid_to",
    "corrects",
    "received_on",
    "part",
}

SHARE = "share payer_committed article_limit article_committed notified asked"
TOTAL = "total_limit total_committed asked"
DEFERRED = {
    "earlier_unpaid": "behind",
    "next_year": "year pay_on",
    "no_budget": "year",
    "one_twelfth": "month cap committed asked",
    "state_funds": "funds committed asked",
    "payer_share": SHARE,
    "appropriation": f"{SHARE} kept_for_tlk",
    "year_total": TOTAL,
}
SCHEDULED = {
    ("16", "HIL 14(3)"): f"{SHARE} {TOTAL}",
    ("11",): "month cap committed asked",
    ("19", "16"): "funds committed asked",
    ("18", "HIL 14(3)"): TOTAL,
}
REASONS = {
    "invoice": {
        "wrong_payer": "got contract",
        "wrong_article": "got contract",
        "wrong_source": "got contract",
        "outside_contract": "month valid_from valid_to",
        "duplicate_month": "month accepted!",
        "number_reused": "",
        "not_yours": "sender! owner!",
        "unknown_correction": "corrects",
        "unknown_contract": "",
        "month_not_over": "month received_on",
        "line_arithmetic": "lines!",
        "sum_mismatch": "lines_sum asked",
        "unknown_service": "lines!",
        "price_mismatch": "lines!",
        "ceiling_exceeded": "ceiling accepted asked free",
        "credit_too_large": "invoice credited asked",
    },
    "budget": {
        "edition_reused": "",
        "revenue_sum": "sum total",
        "expenses_sum": "sum total",
        "reserve_main": "stated computed",
        "expenses_over_revenue": "",
        "below_contracted": "articles!",
    },
    "distribution": {"unknown_edition": "", "quarters_sum": "articles!", "shares_sum": "articles!"},
    "contract": {
        "share_exceeded": "share contracted asked free",
        "contract_id_reused": "",
        "not_yours": "sender! owner!",
        "not_health_care": "",
        "outside_year": "",
        "unknown_contract": "",
        "contract_ended": "",
        "under_accepted": "asked accepted",
    },
    "surplus": {
        "not_december": "",
        "not_health_care": "",
        "no_surplus": "received planned",
        "no_last_year": "",
        "reserve_under_5_percent": "reserve last_year_sodra",
        "more_than_surplus": "surplus allotted asked",
        "no_document": "",
    },
    "reserve": {
        "wrong_decider": "",
        "no_document": "",
        "no_purpose": "",
        "more_than_reserve": "part left asked",
        "no_last_year": "",
        "reserve_under_5_percent": "reserve last_year_sodra",
        "unplanned_transfer": "planned asked",
    },
    "month": {
        "budget_in_force": "month",
        "no_budget": "year",
        "over_twelfth": "month cap asked",
        "no_document": "",
    },
    "administration": {
        "not_administration": "article!",
        "administration_over": "article_limit article_committed asked",
        "year_total": TOTAL,
        "one_twelfth": "month cap committed asked",
        "no_budget": "year",
    },
    "recovery": {
        "more_than_claim": "rest asked",
        "not_yours": "sender! owner!",
        "unknown_claim": "",
        "unknown_invoice": "",
        "no_document": "",
    },
    "sodra": {
        "already_submitted": "",
        "sum_mismatch": "stated recorded",
        "compensation_over_article": "left asked",
        "quarter_not_over": "",
    },
    "payer": {
        "state_payer": "payer!",
        "differs_from_ledger": "received used balance received_ours used_ours balance_ours",
        "year_not_over": "",
        "unknown_payer": "",
    },
}


def names(line: str) -> set[str]:
    """Terms as they are written: ``_cents`` is left out in the catalogue, and a mark keeps a name as it is."""
    return {name.rstrip("!") if name in NO_MONEY or name.endswith("!") else f"{name}_cents" for name in line.split()}


def wrong_terms(told: Json) -> Iterator[str]:
    """What a decision does not name, or names beyond the catalogue."""
    data, kind = told["data"], told["type"]
    if not data.get("rules"):
        yield f"I12: {kind} names no point"
    if kind == "payment.deferred" and set(data["terms"]) != names(DEFERRED.get(data["reason"], "")):
        yield f"I12: {kind} {data['reason']} has the terms {sorted(data['terms'])}"
    if kind == "payment.scheduled" and set(data["terms"]) != names(SCHEDULED.get(tuple(data["rules"]), "")):
        yield f"I12: {kind} by {data['rules']} has the terms {sorted(data['terms'])}"
    known = REASONS.get(kind.partition(".")[0], {})
    for reason in (*data.get("reasons", ()), *data.get("flags", ())):
        code, terms = reason["code"], set(reason["terms"])
        if not reason["rule"]:
            yield f"I12: {kind} {code} names no point"
        if code != "review" and (code not in known or terms != names(known[code])):
            yield f"I12: {kind} {code} has the terms {sorted(terms)}"
    if kind.endswith((".refused", ".returned")) and kind != "payment.returned" and not data["reasons"]:
        yield f"I12: {kind} has no reason"
