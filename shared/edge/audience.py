"""Whose answer an event of the fund is: the sources that may read it, and nobody else.

What is about an invoice or a contract is its provider's; what answers a proposal is its sender's; what could not be
read goes back to whom it names as its sender.
"""

import base64
from collections.abc import Mapping
from typing import Any, TypeAlias

from shared.edge.head import head_of
from shared.engine.outbox import parked_topic
from shared.events.catalogue import CATALOGUE, beginnings
from shared.events.providers import SODRA

Data: TypeAlias = Mapping[str, Any]

VLK, TREASURY, OF_SODRA = "/vlk", "/treasury", "/sodra"
FIXED: Mapping[str, tuple[str, ...]] = {
    "budget.": (VLK,),
    "distribution.": (VLK,),
    "overrun.": (VLK,),
    "shortage.": (VLK,),
    "payer.merger.": (VLK,),
    "reserve.transfer.": (VLK, TREASURY),
    "surplus.": ("/ministry",),
    "reserve.use.": ("/ministry", "/government"),
    "sodra.statement.": (OF_SODRA,),
    "compensation.": (OF_SODRA,),
    "payment.ordered": (TREASURY,),
    "recovery.demanded": (TREASURY,),
    "balance.return.": (TREASURY,),
}
"""Who reads the types that begin so, whatever they say."""
CAUSES: Mapping[str, tuple[str, ...]] = {
    "budget.refused": ("budget.approved",),
    "distribution.refused": ("distribution.proposed",),
    "month.plan.refused": ("month.plan.approved",),
    "contract.refused": ("contract.proposed",),
    "contract.change.refused": ("contract.change.proposed", "contract.ended", "contract.account.proposed"),
    "payer.merger.refused": ("payer.merged",),
    "invoice.review.refused": ("invoice.reviewed",),
    "administration.refused": ("administration.paid",),
    "overrun.delivery.refused": ("overrun.delivered",),
    "surplus.refused": ("surplus.proposed",),
    "reserve.use.refused": ("reserve.use.proposed",),
    "reserve.transfer.refused": ("reserve.transfer.approved", "reserve.transfer.reported"),
    "payer.year.refused": ("payer.year.reported",),
    "recovery.refused": ("recovery.claimed", "recovery.settled"),
    "contract.changed": ("contract.change.proposed", "contract.ended"),
    "contract.account.confirmed": ("contract.account.proposed",),
}
"""What each refusal, and each answer that names no payer, may answer to. It names its cause by an id alone, which
another sender's event may have too."""
SENDERS: Mapping[str, tuple[str, ...]] = {
    type_: beginnings(CATALOGUE[cause] for cause in causes) for type_, causes in CAUSES.items()
}
"""How the sources begin that may have sent the cause: a contract is changed by the clock too, when payers merge."""
OF_ITS_PAYER = ("contract.", "payer.year.", "balance.return.", "shortage.")
"""Types that the payer reads whom they name."""


def audience(type_: str, data: Data, state_payer: str, sender: str | None) -> set[str]:
    """The sources that may read an event; ``sender`` is who sent its cause, where that is known."""
    if type_.endswith(parked_topic("")):
        return {source for source in [head_of(raw_of(data)).source] if source}
    readers = {reader for stem, fixed in FIXED.items() if type_.startswith(stem) for reader in fixed}
    if provider := _provider(data):
        readers.add(OF_SODRA if provider == SODRA else f"/providers/{provider}")
    if type_.startswith(OF_ITS_PAYER) and (payer := data.get("payer")):
        readers.add(VLK if payer == state_payer else f"/tlk/{payer}")
    if sender and sender.startswith(SENDERS.get(type_, ())):
        readers.add(sender)
    return readers


def _provider(data: Data) -> str | None:
    """The code of the provider that an event is about."""
    if invoice_id := data.get("invoice_id"):
        return str(invoice_id).partition("/")[0]
    if code := data.get("provider_code"):
        return str(code)
    provider = data.get("provider")
    return str(provider["code"]) if isinstance(provider, Mapping) else None


def raw_of(data: Data) -> bytes:
    """What was parked, as it came; empty where nothing of it was kept."""
    return base64.b64decode(str(data.get("raw_base64", "")))
