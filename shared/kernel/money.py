"""Money is whole euro cents in a Python integer; a pro rata reaches 4e20, so never 64 bits and never float."""

from collections.abc import Sequence
from typing import TypeAlias

Cents: TypeAlias = int


def share_out(total_cents: Cents, weights: Sequence[int]) -> list[Cents]:
    """Divide a sum pro rata by weights, to the cent, by largest remainder (point 17).

    ``q_i = total * w_i // W``; the cents left over go one each to the largest remainders, ties to the earlier place
    in the sequence, so the caller's order is the tie-break. The shares add up to the total exactly, and where the
    total is at most the sum of the weights no share exceeds its weight.

    Raises ValueError for a negative total or weight, and for a total to divide among no weight at all.
    """
    whole = sum(weights)
    if total_cents < 0 or any(weight < 0 for weight in weights):
        message = f"share_out divides sums >= 0 by weights >= 0, not {total_cents} by {list(weights)}"
        raise ValueError(message)
    if whole == 0:
        if total_cents:
            message = f"share_out has no weight to divide {total_cents} cents by"
            raise ValueError(message)
        return [0] * len(weights)
    shares = [total_cents * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total_cents * weights[i] % whole), i))
    for i in by_remainder[: total_cents - sum(shares)]:
        shares[i] += 1
    return shares


def equal_parts(total_cents: Cents, parts: int) -> list[Cents]:
    """Split a sum into equal parts, the remainder cents to the last (point 12): 100 003 -> 25 000 x3, 25 003."""
    each = total_cents // parts
    return [each] * (parts - 1) + [total_cents - each * (parts - 1)]


def euro(cents: Cents) -> str:
    """Write cents as engineers and operators read them, and the command line: ``1 234 567.89``."""
    sign, whole = ("-" if cents < 0 else ""), f"{abs(cents) // 100:,}".replace(",", " ")
    return f"{sign}{whole}.{abs(cents) % 100:02d}"
