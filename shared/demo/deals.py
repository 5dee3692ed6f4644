"""Which work goes on: a deal is the work of one provider for one payer under one article, with a contract each year."""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from statistics import median
from typing import Final

from shared.demo import plot
from shared.demo.budgets import VLK
from shared.demo.dice import dice
from shared.demo.providers import (
    CLINIC,
    HOSPITAL,
    ORTHOPAEDICS,
    PHARMACY,
    PROGRAMME,
    REHABILITATION,
    Provider,
)
from shared.kernel.money import Cents

PSDF: Final = "PSDF"
STATE: Final = "STATE"
SHORT: Final = {
    "VLK": "VLK",
    "TLK-VILNIUS": "VIL",
    "TLK-KAUNAS": "KAU",
    "TLK-KLAIPEDA": "KLA",
    "TLK-SIAULIAI": "SIA",
    "TLK-PANEVEZYS": "PAN",
}
SPREAD: Final = 1.15  # of the logarithm of sizes: the tail is heavy
HOSPITAL_FACTOR: Final = 6.0
VLK_PHARMACY_FACTOR: Final = 5.0
LARGEST: Final = 30.0
BIG_PERMILLE: Final = 12  # of its pot, and over the median: who is bigger never errs, so that sums stay near the plan
UNCAPPED_TLK: Final = frozenset({"TLK-KLAIPEDA", "TLK-KAUNAS"})  # their rehabilitation outgrows the share
OTHER_TERMS: Final = (10, 15, 25, 45)
SERVICES: Final = (6, 14)
SERVICES_OF_LONG: Final = (40, 64)
PREFIX: Final = {"01": "ASP", "02": "VST", "03": "REA", "04": "ORT", "05": "PRG"}
PRICES: Final = {
    "01": (950, 180_000),
    "02": (320, 9_500),
    "03": (2_800, 95_000),
    "04": (4_500, 240_000),
    "05": (700, 60_000),
}
USUAL_DAYS: Final = 30
ENDS: Final = (date(2022, 6, 30), date(2022, 8, 31))  # providers that close within the year
FEWEST_SHORT: Final = 2
MARKED_AT_LEAST: Final = 10
MARKED_OF: Final = 90
STARTS: Final = ("2022-04", "2022-06")  # and providers that open

# Shares of providers with more than one deal, and the places in their kind that have it whatever chance says.
MOST_DEALS: Final = 3
CENTRAL_CLINICS: Final = frozenset({1, 6})
CENTRAL_SHARE: Final = 0.05
REHABILITATING_SHARE: Final = 0.16
PROGRAMME_SHARE: Final = 0.18
CHAINS: Final = range(10, 13)
CHAIN_SHARE: Final = 0.3
CENTRAL_SANATORIUM: Final = 6
CENTRAL_SANATORIUM_OF: Final = 10
STATE_PLACES: Final = {0: "TLK-VILNIUS", 1: "TLK-KAUNAS", 5: VLK, 7: VLK}  # place of the clinic: payer
PROTECTION_PLACE: Final = 6
PROTECTION_SIZE: Final = 3.0


@dataclass(slots=True, kw_only=True)
class Deal:
    """The work of a provider for a payer: its size decides its part of the pot; amounts by month are planned later.

    ``ceiling`` is ``none`` (volume not capped), ``full`` (a little over the work) or ``short`` (runs out in autumn).
    """

    number: int
    provider: Provider
    payer: str
    article: str
    source: str
    size: float
    payment_days: int
    clerk: bool
    ceiling: str
    services: list[tuple[str, Cents]]
    priced: bool
    long: bool
    late_contract: bool = False
    big: bool = False
    from_month: str = plot.FIRST_MONTH
    ended_on: date | None = None
    months: dict[str, Cents] = field(default_factory=dict)
    ceilings: dict[int, Cents | None] = field(default_factory=dict)

    @property
    def pot(self) -> tuple[str, str, str]:
        """Payer, article and source."""
        return self.payer, self.article, self.source

    def contract_id(self, year: int) -> str:
        """The contract of the year, e.g. ``2022-VIL-01-0001``."""
        state = "-V" if self.source == STATE else ""
        return f"{year}-{SHORT[self.payer]}-{self.article}{state}-{self.number:04d}"

    def contract_of(self, month: str) -> str:
        """The contract under which the work of a month is done."""
        return self.contract_id(int(month[:4]))

    def works_in(self, month: str) -> bool:
        """Whether there is work in the month."""
        ended = self.ended_on is not None and month > self.ended_on.isoformat()[:7]
        return month >= self.from_month and not ended


def _ceiling(chance: Random, payer: str, article: str) -> str:
    if article in {"02", "04"} or (article == "03" and payer in UNCAPPED_TLK):
        return "none"
    return "short" if article == "01" and chance.random() < plot.SHORT_CEILING_SHARE else "full"


def _services(chance: Random, article: str, *, long: bool) -> list[tuple[str, Cents]]:
    low, high = PRICES[article]
    count = chance.randint(*(SERVICES_OF_LONG if long else SERVICES))
    codes = chance.sample(range(1000, 10_000), count)
    prices = (int(low * (high / low) ** (chance.random() ** 2)) for _ in codes)
    return [(f"{PREFIX[article]}-{code}", price) for code, price in zip(codes, prices, strict=True)]


def _size(chance: Random, provider: Provider, payer: str) -> float:
    size = min(LARGEST, chance.lognormvariate(0.0, SPREAD))
    if provider.kind == PHARMACY and payer == VLK:
        size *= VLK_PHARMACY_FACTOR
    return size * HOSPITAL_FACTOR if provider.title == HOSPITAL else size


def _deal(chance: Random, number: int, provider: Provider, payer: str, article: str, source: str = PSDF) -> Deal:
    term = USUAL_DAYS
    if article == "02" and payer == VLK:
        term = plot.PHARMACY_PAYMENT_DAYS
    elif article in {"01", "05"} and source == PSDF and chance.random() < plot.OTHER_TERMS_SHARE:
        term = chance.choice(OTHER_TERMS)
    long = chance.random() < plot.LONG_SHARE
    return Deal(
        number=number,
        provider=provider,
        payer=payer,
        article=article,
        source=source,
        size=_size(chance, provider, payer),
        payment_days=term,
        clerk=article in {"01", "03"} and source == PSDF and chance.random() < plot.CLERK_SHARE,
        ceiling=_ceiling(chance, payer, article),
        services=_services(chance, article, long=long),
        priced=chance.random() < plot.PRICED_SHARE,
        long=long,
    )


def _of_clinic(chance: Random, provider: Provider) -> list[tuple[str, str]]:
    """Beside the care of its TLK: rehabilitation, programmes, and care that the VLK buys itself."""
    found = [(provider.home, "01")]
    if provider.place in CENTRAL_CLINICS or chance.random() < CENTRAL_SHARE:
        found.append((VLK, "01"))
    if chance.random() < REHABILITATING_SHARE:
        found.append((provider.home, "03"))
    if chance.random() < PROGRAMME_SHARE:
        found.append((VLK, "05"))
    return found[:MOST_DEALS]


def _of(chance: Random, provider: Provider) -> list[tuple[str, str]]:
    """Payer and article of a provider's deals."""
    if provider.kind == PHARMACY:
        chain = provider.place in CHAINS or (provider.place >= CHAINS.stop and chance.random() < CHAIN_SHARE)
        return [(VLK if chain else provider.home, "02")]
    if provider.kind == CLINIC:
        return _of_clinic(chance, provider)
    if provider.kind == REHABILITATION:
        central = provider.place % CENTRAL_SANATORIUM_OF == CENTRAL_SANATORIUM
        return [(VLK if central else provider.home, "03")]
    assert provider.kind in {ORTHOPAEDICS, PROGRAMME}, provider.kind
    return [(VLK, "04" if provider.kind == ORTHOPAEDICS else "05")]


def _state_deals(chance: Random, providers: list[Provider], number: int) -> list[Deal]:
    """Care that the state pays for (point 19); under temporary protection since March, without a ceiling."""
    clinics = [provider for provider in providers if provider.kind == CLINIC]
    found: list[Deal] = []
    for place, payer in (*STATE_PLACES.items(), (PROTECTION_PLACE, VLK)):
        number += 1
        deal = _deal(chance, number, clinics[place], payer, "01", STATE)
        deal.size, deal.ceiling = 1.0, "full"
        if place == PROTECTION_PLACE:
            deal.size, deal.ceiling, deal.from_month = PROTECTION_SIZE, "none", plot.PROTECTION_FROM
        found.append(deal)
    return found


def _mark(deals: list[Deal], chance: Random) -> None:
    """Say who is big, who starts or ends within the year, and whose contract comes late."""
    pots: dict[tuple[str, str, str], list[float]] = {}
    for deal in deals:
        pots.setdefault(deal.pot, []).append(deal.size)
    for deal in deals:
        sizes = pots[deal.pot]
        deal.big = deal.size > max(sum(sizes) * BIG_PERMILLE / 1000, median(sizes))
        deal.ceiling = "full" if deal.big and deal.ceiling == "short" else deal.ceiling
    small = [deal for deal in deals if not deal.big and deal.article == "01" and deal.source == PSDF]
    small = [deal for deal in small if deal.ceiling == "full" and deal.payment_days == USUAL_DAYS and not deal.clerk]
    picked = chance.sample(small, min(len(small), MARKED_AT_LEAST + len(deals) // MARKED_OF))
    for place, deal in enumerate(picked):
        if place < len(ENDS):
            deal.ended_on = ENDS[place]
        elif place < len(ENDS) + len(STARTS):
            deal.from_month = STARTS[place - len(ENDS)]
        elif place < len(ENDS) + len(STARTS) + FEWEST_SHORT:
            deal.ceiling = "short"
        else:
            deal.late_contract = True


def who_works(seed: int, providers: list[Provider]) -> list[Deal]:
    """All deals: those of the fund's money, then those of the state's."""
    chance = dice(seed, "deals", len(providers))
    deals: list[Deal] = []
    for provider in providers:
        for payer, article in _of(chance, provider):
            deals.append(_deal(chance, len(deals) + 1, provider, payer, article))
    deals += _state_deals(chance, providers, len(deals))
    _mark(deals, chance)
    if not any(deal.clerk for deal in deals):
        plain = (deal for deal in deals if deal.article in {"01", "03"} and not (deal.big or deal.late_contract))
        next(plain).clerk = True
    return deals
