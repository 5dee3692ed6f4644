"""kill -9 of a real process while events are published to it: the next one goes on, with the same decisions."""

import json
import subprocess
import threading
from pathlib import Path

import pytest

from deploy.local import free_port
from shared.adapters.ministry.sim import ministry_app
from shared.cli import publish as publishing
from tests.model.generate import history
from tests.runtime.funds import (
    PSDF,
    ROOT,
    clean_env,
    decided,
    fund,
    psdf,
    psdf_process,
    served,
    start_fund,
)

pytestmark = pytest.mark.faults

SEED = 2
AFTER_ANSWERS = (3, 8)
"""After how many answered batches the fund is killed, one after the other."""
KILL_AFTER_S = 0.005
"""After a batch was sent: it takes longer than this to decide."""


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("killed") / "events.jsonl"
    file.write_text("".join(json.dumps(event, ensure_ascii=False) + "\n" for event in history(SEED)), encoding="utf-8")
    return file


async def test_a_fund_that_is_killed_while_it_takes_events_decides_the_same(
    tmp_path: Path, events: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raws = events.read_bytes().splitlines()  # noqa: ASYNC240 - nothing else runs yet
    with served(ministry_app(tmp_path / "ministry")) as url:
        async with fund(tmp_path / "undisturbed", url) as stack:
            await stack.publish(raws)
    with served(ministry_app(tmp_path / "ministry-again")) as url:
        home, port = tmp_path / "killed", free_port()
        running = [start_fund(home, port, "--ministry", url)]
        answered = [0]
        send = publishing._post

        def post(client: object, batch: publishing.Batch) -> publishing.Answers:
            """Kill the fund while it has the batch, and start it again: the publisher must go on by itself."""
            restart = threading.Thread(target=lambda: running.append(again()))
            if answered[0] in AFTER_ANSWERS:
                threading.Timer(KILL_AFTER_S, running[-1].kill).start()
                restart.start()
            given = send(client, batch)  # type: ignore[arg-type]
            if restart.ident:
                restart.join()
            answered[0] += 1
            return given

        def again() -> subprocess.Popen[str]:
            running[-1].wait()
            return start_fund(home, port, "--ministry", url)

        monkeypatch.setattr(publishing, "_post", post)
        monkeypatch.setattr(publishing, "LINES_AT_ONCE", 12)
        done = psdf("publish", events, "--url", f"http://127.0.0.1:{port}")
        assert done.returncode == 0, done.stderr
        assert len(running) == 1 + len(AFTER_ANSWERS)
        running[-1].terminate()
        running[-1].communicate(timeout=60)
    assert decided(home) == decided(tmp_path / "undisturbed")
    assert sorted(p.name for p in (tmp_path / "ministry").iterdir()) == sorted(
        p.name for p in (tmp_path / "ministry-again").iterdir()
    )
    verified = psdf_process("verify", "--home", home)
    assert verified.returncode == 0, verified.stderr


def test_a_killed_process_lets_go_of_its_home(tmp_path: Path, events: Path) -> None:
    home = tmp_path / "home"
    command = [*PSDF, "publish", str(events), "--home", str(home), "--moment", "event"]
    process = subprocess.Popen(command, cwd=ROOT, env=clean_env(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    journal = home / "fund.sqlite3"
    while not journal.exists():
        assert process.poll() is None, process.communicate()[0]
    process.kill()
    process.communicate()
    done = psdf("publish", events, "--moment", "event", home=home)
    assert done.returncode == 0, done.stderr
    assert psdf("verify", home=home).returncode == 0
