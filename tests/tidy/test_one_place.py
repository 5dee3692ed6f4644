"""One thing, one place: what was written twice once drifted apart, and what was measured was not what ran."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for room in ("services", "shared", "deploy")
    for path in (ROOT / room).rglob("*.py")
}

OURS = {path: text for path, text in SOURCES.items() if not path.startswith("deploy/provider-kit/")}
"""All but what providers run, which has nothing of ours."""


@pytest.mark.parametrize(
    ("what", "pattern", "place"),
    [
        ("the loop of a process that runs on", r"uvloop\.run\(", "shared/runtime/loop.py"),
        ("the main of a process of the cluster", r"^def run_process\(", "shared/runtime/cluster.py"),
        ("who starts a member of a service", r"\bKafkaBus\(\n?\s*service", "shared/runtime/cluster.py"),
        ("the garbage policy of what runs on", r"\bgc\.(disable|freeze|collect)\(", "shared/engine/gc.py"),
        (
            "the signals of a process of the cluster",
            r"add_signal_handler\(number, stopped",
            "shared/runtime/process.py",
        ),
        (
            "who opens a fund as its settings say",
            r"most_days=settings\.most_days,\s*moment=",
            "shared/runtime/reach.py",
        ),
        ("the clock", r"\bmidnight\(today \+ DAY\)", "shared/effects/clock.py"),
        ("the sender of letters", r"\.deliver\(", "shared/effects/letters.py"),
        ("the answer that a letter is delivered", r"type_=NoticeDelivered\.type", "shared/effects/letters.py"),
        ("the longer and longer pause", r"min\(2 \* self\._full_s", "shared/engine/waiting.py"),
        ("chance in a pause", r"random\.random", "shared/engine/waiting.py"),
        ("how a fund or a process of it is", r"^class (Status|Health)\b", "shared/engine/waiting.py"),
        ("the attributes of a signature", r"= \(?\"dssematerial\"", "shared/engine/keys.py"),
        ("that a signature is missing", r"\"signature is missing", "shared/engine/keys.py"),
    ],
)
def test_it_stands_in_one_place(what: str, pattern: str, place: str) -> None:
    found = [path for path, text in OURS.items() if re.search(pattern, text, re.MULTILINE)]
    assert found == [place], what


def test_nothing_but_the_command_line_starts_a_process_of_the_fund() -> None:
    """The other mains make files or topics, and end; judge e-invoices, in a process that holds nothing of the fund; check
    a proof, without anything else of ours; or bring traces to a viewer, beside the local stack's servers.
    """
    mains = {path for path, text in SOURCES.items() if '__name__ == "__main__"' in text}
    makers = {
        "deploy/environment.py",
        "deploy/images.py",
        "deploy/local/topics.py",
        "deploy/render.py",
        "shared/messages/export.py",
    }
    judge, verifier = "shared/edge/einvoice/worker.py", "shared/proof/standalone/check_proof.py"
    assert mains - makers == {"shared/cli/main.py", judge, verifier, "deploy/local/relay.py"}
    assert not [path for path, text in OURS.items() if "argparse" in text]


def test_tests_and_the_benchmark_start_what_is_deployed() -> None:
    member = (ROOT / "tests/cluster/member.py").read_text(encoding="utf-8")
    assert "from shared.runtime.cluster import run_process" in member
    assert "from tests.cluster.fleet import" in (ROOT / "tests/bench_cluster.py").read_text(encoding="utf-8")
    entry = (ROOT / "shared/cli/run.py").read_text(encoding="utf-8")
    assert "from shared.runtime.cluster import run_process" in entry
