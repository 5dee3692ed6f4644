"""A fund to try out: for a new home, in the time of its events, and nothing else."""

from pathlib import Path

from tests.runtime.funds import psdf, worked_start


def test_a_fund_to_try_out_is_not_put_into_the_home_of_another(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"\n".join(worked_start()[:1]))
    assert psdf("publish", events, "--home", tmp_path / "home", "--moment", "event").returncode == 0
    refused = psdf("run", "--seed", "--home", tmp_path / "home", "--http", "127.0.0.1:0")
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        f"psdf: {tmp_path / 'home'} holds a fund already: --seed is for a new one, give --home another folder"
    )


def test_it_is_a_fund_of_one_process_whose_events_bring_their_time(tmp_path: Path) -> None:
    for words in (["payments"], ["--moment", "arrival"]):
        refused = psdf("run", *words, "--seed", "--home", tmp_path)
        assert refused.returncode == 2
        assert "--seed is for a fund of one process whose events bring their own time" in refused.stderr
