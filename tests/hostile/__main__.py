"""So many hostile inputs, seeded, over every way into the fund.

make hostile ARGS="--inputs 100000 --seed 7"

Exit code 1 where the fund answers one by a fault of its own, stops, changes, or where one raises what nobody declared.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from tests.hostile.ways import campaign


def main() -> None:
    """Play the campaign, and print what came of each way's inputs."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--inputs", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="psdf-hostile-") as folder:
        tallies, grown = asyncio.run(campaign(Path(folder), given.inputs, given.seed))
    print(f"{'way':<10} {'inputs':>8} {'slowest ms':>11}  outcomes of requests")
    for name, tally in sorted(tallies.items()):
        outcomes = ", ".join(f"{what} {many}" for what, many in tally.outcomes.most_common())
        print(f"{name:<10} {tally.inputs:>8} {tally.slowest_ms:>11.1f}  {outcomes}")
    total = sum(tally.inputs for tally in tallies.values())
    print(f"{total} inputs in {time.monotonic() - began:.0f} s, seed {given.seed}; the process grew by {grown:.0f} MB; no 5xx, no "
          "stop, the fund as before")  # fmt: skip


if __name__ == "__main__":
    main()
