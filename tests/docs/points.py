"""Point, rule, test: which function carries out which point of the Rules, and which tests show it. Made from the code.

A rule is a function whose docstring opens with its point; a test names its point (``test_17_...``). ``make generate``
writes one page of all points, and in each service's README the table of its own.
"""

import ast
import os
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

from shared.kernel.statute import Point
from shared.statute import load_fund

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGE = ROOT / "shared" / "statute" / "points.md"
SERVICES = ("contracts", "invoicing", "payments", "reserve", "reconciliation")
BEGIN, END = "<!-- points: begin -->", "<!-- points: end -->"

OPENS_WITH_POINTS = re.compile(r"^((?:\d+(?:\.\d)?|HIL [\d()]+)(?:, (?:\d+(?:\.\d)?|HIL [\d()]+))*)\. ")
NAMES_A_POINT = re.compile(r"^test_(\d+)_(?:(\d)_)?")

WHO_MUST_OBEY = {
    "1": "says what the Rules regulate",
    "2": "says who must obey them: the payers, providers and Sodra of the event contract",
}
"""Points that decide nothing themselves."""
HEAD = """# Every point of the Rules, its rules and its tests
Made from the code by `make generate`; a test compares. The wording is the binding Lithuanian one, as it stands in
[points.toml](points.toml); an article of the Health Insurance Law (HIL) is summed up."""


def rules() -> Iterator[tuple[str, str]]:
    """Each rule: a point, and the function as ``folder/file.py:name``."""
    for path in sorted([*ROOT.glob("services/*/*.py"), *ROOT.glob("shared/reports/**/*.py")]):
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


def by_point(found: Iterable[tuple[str, str]], split: str) -> dict[str, dict[str, list[str]]]:
    """By point (9.1 with 9), then by file: the names, each once."""
    table: dict[str, dict[str, list[str]]] = {}
    for point, place in found:
        number = point if point.startswith("HIL") else point.partition(".")[0]
        file, _, name = place.partition(split)
        names = table.setdefault(number, {}).setdefault(file, [])
        if name not in names:
            names.append(name)
    return table


def law() -> dict[str, list[Point]]:
    """The newest wording of each point, and of the parts of it (9.1 with 9)."""
    statute, found = load_fund().statute, dict[str, list[Point]]()
    for number in dict.fromkeys(point.number for point in statute.points):
        point = max((p for p in statute.points if p.number == number), key=lambda p: p.from_day or date.min)
        found.setdefault(number if number.startswith("HIL") else number.partition(".")[0], []).append(point)
    return found


def linked(file: str, folder: Path, names: list[str] | None = None) -> str:
    """A link from a folder to a file, with the names in it."""
    path = os.path.relpath(ROOT / file, folder)
    return f"[{Path(file).name}]({path})" + (f": {', '.join(names)}" if names else "")


def table_of(service: str) -> str:
    """The points that a service carries out: what they say, by which functions, shown by which of its own tests."""
    folder, tests = ROOT / "services" / service, f"tests/rules/{service}/"
    carried, shown = by_point(rules(), ":"), by_point(named_tests(), "::")
    lines = ["| point | says | rules | tests |", "|---|---|---|---|"]
    for number, points in law().items():
        files = {f: names for f, names in carried.get(number, {}).items() if f.startswith(f"services/{service}/")}
        if not files:
            continue
        own = (
            linked(f, folder) + f" ({len(names)})" for f, names in shown.get(number, {}).items() if f.startswith(tests)
        )
        functions = "; ".join(linked(file, folder, names) for file, names in sorted(files.items()))
        lines.append(f"| {number} | {points[0].summary_en} | {functions} | {', '.join(own)} |")
    return "\n".join(lines)


def page() -> str:
    """All points in a row: the wording, what it says, and where its rules and tests stand."""
    carried, shown = by_point(rules(), ":"), by_point(named_tests(), "::")
    parts = [HEAD]
    for number, points in law().items():
        wording = "\n>\n".join(f"> {point.number}. {point.wording_lt}" for point in points)
        says = " ".join(point.summary_en for point in points)
        where = carried.get(number, {})
        stands = [f"- {linked(file, PAGE.parent, names)}" for file, names in sorted(where.items())]
        tests = ", ".join(f"{linked(f, PAGE.parent)} ({len(n)})" for f, n in sorted(shown.get(number, {}).items()))
        rows = stands or [f"- {WHO_MUST_OBEY.get(number, 'cited by the rules of other points')}"]
        parts.append(
            "\n".join([f"## {number}", wording, "", says, "", *rows, *([f"- tests: {tests}"] if tests else [])])
        )
    return "\n\n".join(parts) + "\n"


def with_table(readme: Path, table: str) -> str:
    """A README with the table as it should be."""
    text = readme.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table}\n{END}{tail}"


def pages() -> dict[Path, Callable[[], str]]:
    """Every page that is made from the code, and what makes it."""
    of_services = {
        readme: lambda readme=readme: with_table(readme, table_of(readme.parent.name))
        for readme in (ROOT / "services" / name / "README.md" for name in SERVICES)
    }
    return {PAGE: page, **of_services}


if __name__ == "__main__":
    for path, made in pages().items():
        path.write_text(made(), encoding="utf-8")
