"""The table point -> rule -> test of the README, made from the code: ``python -m tests.docs.points`` writes it anew.

A rule is a function of a service whose docstring opens with its point; a test names its point (``test_17_...``).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BEGIN, END = "<!-- points: begin -->", "<!-- points: end -->"

OPENS_WITH_POINTS = re.compile(r"^((?:\d+(?:\.\d)?|HIL [\d()]+)(?:, (?:\d+(?:\.\d)?|HIL [\d()]+))*)\. ")
NAMES_A_POINT = re.compile(r"^test_(\d+)_(?:(\d)_)?")

WHO_MUST_OBEY = {
    "1": "says what the Rules regulate",
    "2": "says who must obey them: the payers, providers and Sodra of the event contract",
}
"""Points that decide nothing themselves."""


def rules() -> Iterator[tuple[str, str]]:
    """Each rule: a point, and the function as ``folder/file.py:name``."""
    for path in sorted([*ROOT.glob("services/*/*.py"), *ROOT.glob("shared/reports/**/*.py")]):
        if path.name == "app.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (
                found := OPENS_WITH_POINTS.match(ast.get_docstring(node) or "")
            ):
                for point in found.group(1).split(", "):
                    yield point, f"{path.relative_to(ROOT)}:{node.name}"


def named_tests() -> Iterator[tuple[str, str]]:
    """Each test that names a point, as ``folder/file.py::name``."""
    for path in sorted(ROOT.glob("tests/**/test_*.py")):
        if "statute" in path.parts:  # compares wordings, not decisions
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (found := NAMES_A_POINT.match(node.name)):
                point = found.group(1) + (f".{found.group(2)}" if found.group(1) == "9" and found.group(2) else "")
                yield point, f"{path.relative_to(ROOT)}::{node.name}"


def table() -> str:
    """The table: for each point 1 to 26 where its rules stand, and how many tests name it."""
    of_rule: dict[str, list[str]] = {}
    for point, rule in rules():
        of_rule.setdefault(point.partition(".")[0], []).append(rule)
    of_test: dict[str, dict[str, int]] = {}
    for point, test in named_tests():
        files = of_test.setdefault(point.partition(".")[0], {})
        file = test.partition("::")[0]
        files[file] = files.get(file, 0) + 1
    lines = ["| point | rule | tests |", "|---|---|---|"]
    for number in range(1, 27):
        point = str(number)
        where: dict[str, list[str]] = {}
        for rule in of_rule.get(point, []):
            file, _, name = rule.partition(":")
            where.setdefault(file, []).append(name)
        stands = "; ".join(f"[{file}]({file}): {', '.join(names)}" for file, names in sorted(where.items()))
        shown = ", ".join(
            f"[{Path(file).name}]({file}) ({count})" for file, count in sorted(of_test.get(point, {}).items())
        )
        lines.append(f"| {point} | {stands or WHO_MUST_OBEY.get(point, '')} | {shown} |")
    return "\n".join(lines)


def readme_with_table() -> str:
    """The README with the table as it should be."""
    text = README.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


if __name__ == "__main__":
    README.write_text(readme_with_table(), encoding="utf-8")
