"""One example of every type, from a year of the fund (``examples.jsonl``, one CloudEvent a line)."""

import json
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("examples.jsonl")

EXAMPLES: dict[str, dict[str, Any]] = {
    example["type"]: example for example in map(json.loads, _FILE.read_text(encoding="utf-8").splitlines())
}
"""The examples by type."""
