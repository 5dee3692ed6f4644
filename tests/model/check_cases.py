"""The hand-computed cases of ``../shared/check`` played through the reference model."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

from tests.model.model import play

CHECK = Path(__file__).parents[2].parent / "shared" / "check"


def checker() -> ModuleType:
    """The project's ``run.py`` as a module."""
    spec = importlib.util.spec_from_file_location("check_run", CHECK / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> int:
    """Print which cases hold."""
    run, failed = checker(), 0
    for path in sorted((CHECK / "cases").glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        found = run.faults(case, play(case["input"]))
        print("FAIL" if found else "ok  ", path.stem)
        for line in found:
            print("      ", line)
        failed += bool(found)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
