"""Who exists: providers and pharmacies with names, legal codes and accounts that are valid and plainly generated.

Legal codes begin with 39, which the register has not reached; accounts lie with the bank code 10000 of the IBAN
registry's example. Both have correct check digits.
"""

from dataclasses import dataclass
from typing import Final

from schwifty import IBAN
from stdnum.lt import pvm

from shared.demo.budgets import weights
from shared.demo.dice import dice

PHARMACY: Final = "pharmacy"
CLINIC: Final = "clinic"
REHABILITATION: Final = "rehabilitation"
ORTHOPAEDICS: Final = "orthopaedics"
PROGRAMME: Final = "programme"

# Per thousand providers, and the names they bear.
KINDS: Final[dict[str, tuple[int, tuple[str, ...]]]] = {
    PHARMACY: (340, ("vaistinė",)),
    CLINIC: (460, ("šeimos klinika", "poliklinika", "ligoninė", "slaugos namai", "odontologijos klinika")),
    REHABILITATION: (100, ("reabilitacijos centras", "sanatorija")),
    ORTHOPAEDICS: (40, ("ortopedijos dirbtuvės",)),
    PROGRAMME: (60, ("prevencijos centras", "laboratorija")),
}
HOSPITAL: Final = "ligoninė"
FEWEST: Final = {PHARMACY: 13, CLINIC: 12, REHABILITATION: 7, ORTHOPAEDICS: 3, PROGRAMME: 3}
TOWNS: Final = {
    "TLK-VILNIUS": ("Vilniaus", "Vilniaus", "Alytaus", "Trakų", "Ukmergės", "Druskininkų", "Varėnos", "Elektrėnų"),
    "TLK-KAUNAS": ("Kauno", "Kauno", "Marijampolės", "Jonavos", "Kėdainių", "Prienų", "Birštono", "Raseinių"),
    "TLK-KLAIPEDA": ("Klaipėdos", "Klaipėdos", "Palangos", "Kretingos", "Šilutės", "Gargždų", "Tauragės"),
    "TLK-SIAULIAI": ("Šiaulių", "Šiaulių", "Telšių", "Mažeikių", "Radviliškio", "Joniškio", "Kelmės", "Plungės"),
    "TLK-PANEVEZYS": ("Panevėžio", "Panevėžio", "Utenos", "Biržų", "Rokiškio", "Pasvalio", "Anykščių", "Visagino"),
}
BANK_CODE: Final = "10000"
ROUNDS_BEFORE_CHANCE: Final = 2  # every TLK has two providers of a kind before the weights decide
CODES_APART: Final = 100


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider: ``place`` counts within its kind, ``home`` is the TLK of its town."""

    code: str
    name: str
    iban: str
    kind: str
    title: str
    home: str
    place: int

    def party(self) -> dict[str, str]:
        """The provider as a contract names it."""
        return {"code": self.code, "name": self.name, "iban": self.iban}


def legal_code(number: int) -> str:
    """A Lithuanian legal code of nine digits with its check digit."""
    body = f"39{number:06d}"
    return body + str(pvm.calc_check_digit(body))


def account(number: int) -> str:
    """A Lithuanian IBAN with its check digits."""
    return str(IBAN.generate("LT", bank_code=BANK_CODE, account_code=f"{number:011d}"))


def how_many(providers: int) -> dict[str, int]:
    """Providers by kind; clinics take what rounding leaves."""
    counts = {kind: max(FEWEST[kind], providers * permille // 1000) for kind, (permille, _) in KINDS.items()}
    counts[CLINIC] += providers - sum(counts.values())
    return counts


def who_exists(seed: int, providers: int) -> list[Provider]:
    """All providers, the same for the same seed and number."""
    chance = dice(seed, "providers", providers)
    homes, permille = list(weights()), list(weights().values())
    found: list[Provider] = []
    for kind, count in how_many(providers).items():
        for place in range(count):
            in_turn = place < ROUNDS_BEFORE_CHANCE * len(homes)
            home = homes[place % len(homes)] if in_turn else chance.choices(homes, permille)[0]
            title = KINDS[kind][1][place % len(KINDS[kind][1])]
            number = len(found) + 1
            found.append(
                Provider(
                    code=legal_code(chance.randrange(CODES_APART) + CODES_APART * number),
                    name=f"{chance.choice(TOWNS[home])} {title} Nr. {number}",
                    iban=account(1_000_000 * seed % 9_000_000_000 + number),
                    kind=kind,
                    title=title,
                    home=home,
                    place=place,
                )
            )
    return found
