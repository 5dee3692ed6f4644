"""Numbers as Prometheus has them: each with its labels; by name, those that are read together."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

Sample: TypeAlias = tuple[Mapping[str, str], float]
Samples: TypeAlias = Iterable[Sample]
Look: TypeAlias = Mapping[str, Samples]
