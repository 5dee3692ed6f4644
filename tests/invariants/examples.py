"""How many examples: 200, the same on every run and told as they are when one fails.

``PSDF_HYPOTHESIS_EXAMPLES=2000`` plays so many random ones, and takes the minutes to make a failing one small.
"""

import os

from hypothesis import HealthCheck, Phase, settings

ASKED = os.environ.get("PSDF_HYPOTHESIS_EXAMPLES")
MANY = int(ASKED or "200")

many = settings(
    max_examples=MANY,
    deadline=None,
    derandomize=ASKED is None,
    phases=tuple(Phase) if ASKED else (Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""For what is asserted after every step."""
fewer = settings(many, max_examples=max(MANY // 8, 10))
"""For what plays each history several times."""
