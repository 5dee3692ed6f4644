"""The second verifier, loaded as the file that it is."""

import importlib.util
from pathlib import Path
from types import ModuleType

FILE = Path(__file__).parents[2] / "shared" / "proof" / "standalone" / "check_proof.py"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_proof", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check_proof = _loaded()
FAULTS = (check_proof.Wrong, KeyError, TypeError, ValueError, AttributeError)
"""How it says that a proof does not hold: in words, or as the fault of what is no proof at all."""
