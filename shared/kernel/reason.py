"""Why something was refused, returned, flagged or deferred: the code, the point, and every number of the test."""

from typing import TypeAlias

from shared.kernel.value import value

Terms: TypeAlias = dict[str, object]


@value
class Reason:
    """One failed test. Money in terms ends in ``_cents``; a code without numbers has empty terms."""

    code: str
    rule: str
    terms: Terms
