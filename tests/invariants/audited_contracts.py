"""I6, and I8 of contracts: ceilings within the share when one is concluded or raised, invoices within the ceiling.

And 12: a distribution adds up to the same by quarters and by payers.
"""

from collections import Counter

from tests.engine.story import Json
from tests.invariants.findings import Findings, Word
from tests.invariants.knowledge import Knowledge


class Contracts:
    """The contracts, and what was accepted under each."""

    def __init__(self, findings: Findings) -> None:
        self.knows = Knowledge()
        self._must, self._must_in_order = findings.must, findings.must_in_order
        self._contracts = dict[str, Json]()
        self.steps = {
            "distribution.adopted": self._distributed,
            "contract.concluded": self._concluded,
            "contract.changed": self._changed,
            "invoice.accepted": self._accepted,
        }

    def _distributed(self, word: Word) -> None:
        quarters, shares = Counter[str](), Counter[str]()
        for row in word.data["quarters"]:
            quarters[row["article"]] += sum(row[f"q{quarter}_cents"] for quarter in (1, 2, 3, 4))
        for share in word.data["shares"]:
            shares[share["article"]] += share["amount_cents"]
        agree = quarters == shares and shares.keys() <= quarters.keys()
        self._must(agree, f"12: {dict(quarters)} by quarters, {dict(shares)} by payers: {word.data}")

    def _concluded(self, word: Word) -> None:
        data = word.data
        self._contracts[data["contract_id"]] = {**data, "accepted": 0, "ended": False}
        if data["ceiling_cents"] is not None:
            self._ceiling(data["contract_id"])

    def _changed(self, word: Word) -> None:
        data, contract = word.data, self._contracts[word.data["contract_id"]]
        before = contract["ceiling_cents"]
        contract["payer"] = data["payer"] or contract["payer"]
        if data["ended_on"]:
            contract["ended"] = True
            return
        contract["ceiling_cents"] = data["ceiling_cents"]
        if data["ceiling_cents"] is not None and (before is None or data["ceiling_cents"] > before):
            self._ceiling(data["contract_id"])

    def _ceiling(self, contract_id: str) -> None:
        asked = self._contracts[contract_id]
        pot = ("source",) if asked["source"] == "STATE" else ("source", "article", "payer")
        counted = 0
        for one in self._contracts.values():
            alike = one["year"] == asked["year"] and all(one[part] == asked[part] for part in pot)
            if alike and one["ceiling_cents"] is not None:
                counted += one["accepted"] if one["ended"] else max(one["ceiling_cents"], one["accepted"])
        latest = self.knows.latest(asked["year"])
        state_funds = latest["state_funds_cents"] if latest else 0
        of_payer = self.knows.share(asked["year"], asked["article"], asked["payer"])
        limit = state_funds if asked["source"] == "STATE" else of_payer
        self._must(counted <= limit, f"I6: {contract_id}: {counted} contracted of {limit}")

    def _accepted(self, word: Word) -> None:
        data, sign = word.data, -1 if word.data["kind"] == "credit" else 1
        contract = self._contracts[data["contract_id"]]
        contract["accepted"] += sign * data["amount_cents"]
        ceiling, accepted = contract["ceiling_cents"], contract["accepted"]
        within = ceiling is None or accepted <= ceiling or sign < 0
        self._must_in_order(within, f"I6: {data['invoice_id']}: {accepted} accepted of {ceiling}")
        self._must(contract["source"] == data["source"], f"I8: {data['invoice_id']} is of another source")
