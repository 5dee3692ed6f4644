"""The parts of the local stack that need neither Kafka nor a store."""

import os
import shutil
import socket
from pathlib import Path

import pytest

from deploy.local import Stack, StackError, artefacts, processes, state, tools
from deploy.local.servers import Kafka, Mongo
from deploy.local.state import State
from tests import stack as run_stack

JAVA_11 = 'openjdk version "11.0.20" 2023-07-18'
JAVA_8 = 'java version "1.8.0_392"'


def program(folder: Path, name: str, says: str, code: int = 0) -> None:
    """Put a program on PATH that says one thing."""
    file = folder / name
    file.write_text(f"#!/bin/sh\ncat <<'END' >&2\n{says}\nEND\nexit {code}\n")
    file.chmod(0o755)


@pytest.mark.parametrize(("says", "version"), [(JAVA_11, "11.0"), (JAVA_8, "1.8")])
def test_an_old_java_is_named_with_what_is_needed(path: Path, says: str, version: str) -> None:
    program(path, "java", says)
    with pytest.raises(StackError) as error:
        tools.find(tools.JAVA)
    assert str(error.value) == f"java 17 or newer is needed for running Apache Kafka; {path}/java is {version}"


def test_a_java_of_today_will_do(path: Path) -> None:
    program(path, "java", 'openjdk version "21" 2023-09-19')
    assert tools.find(tools.JAVA) == f"{path}/java"


def test_java_home_goes_before_path(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "jdk"
    (home / "bin").mkdir(parents=True)
    program(home / "bin", "java", 'openjdk version "21.0.1"')
    program(path, "java", JAVA_8)
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert tools.find(tools.JAVA) == f"{home}/bin/java"


def test_a_missing_program_is_named_with_what_it_is_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert tools.missing([tools.JAVA, tools.MAVEN, tools.GO]) == [
        "java 17 or newer is needed for running Apache Kafka, and there is no java on PATH",
        "mvn 3.6 or newer is needed for fetching the jars of Apache Kafka, once, and there is no mvn on PATH",
        f"go 1.22 or newer is needed for {tools.GO.needed_for}, and there is no go on PATH",
    ]


def test_a_program_that_fails_is_quoted(path: Path) -> None:
    program(path, "go", "no room on the disk", code=1)
    with pytest.raises(StackError, match="go answers: no room on the disk"):
        tools.find(tools.GO)


def test_ci_fails_where_others_skip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("PSDF_REQUIRE_CONNECTED", raising=False)
    with pytest.raises(pytest.skip.Exception, match="CONNECTED TESTS DO NOT RUN HERE: java 17 or newer is needed"):
        run_stack.require_connected()
    monkeypatch.setenv("PSDF_REQUIRE_CONNECTED", "1")
    with pytest.raises(pytest.fail.Exception, match="CONNECTED TESTS DO NOT RUN HERE"):
        run_stack.require_connected()


def test_a_stack_is_removed_when_the_last_that_used_it_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run_stack, "COMMON", tmp_path)
    for home, pids in (("left-behind", [2**22 + 1]), ("in-use", [2**22 + 1, os.getpid()]), ("empty", [])):
        (tmp_path / home / "users").mkdir(parents=True)
        for pid in pids:
            (tmp_path / home / "users" / str(pid)).touch()
    run_stack._remove_abandoned()
    assert [folder.name for folder in tmp_path.iterdir()] == ["in-use"]


def test_every_jar_that_is_not_the_listed_one_is_named(tmp_path: Path) -> None:
    jars = tmp_path / "jars"
    jars.mkdir()
    for name in ("same.jar", "other.jar", "extra.jar"):
        (jars / name).write_text(name)
    listed = tmp_path / "jars.sha256"
    same = "6e0bf6fbce9d4c3d3f9f0a3fd2f5f9be4f7a3b9a1a5b2e6c"
    listed.write_text(f"{same}  same.jar\n{same}  other.jar\n{same}  absent.jar\n")
    with pytest.raises(StackError) as error:
        artefacts.check_jars(jars, listed)
    told = str(error.value)
    assert "absent.jar is missing; extra.jar is not in the list; other.jar has sha256" in told
    assert "\n" not in told


def test_the_listed_jars_are_accepted(tmp_path: Path) -> None:
    jars = tmp_path / "jars"
    jars.mkdir()
    (jars / "empty.jar").touch()
    listed = tmp_path / "jars.sha256"
    listed.write_text("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  empty.jar\n")
    artefacts.check_jars(jars, listed)


def test_a_failed_fetch_says_why_and_leaves_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PSDF_CACHE", str(tmp_path / "cache"))
    maven = path / "mvn"
    maven.write_text('#!/bin/sh\n[ "$1" = -v ] && echo "Apache Maven 3.9.9" && exit\necho "[ERROR] no route"; exit 1\n')
    maven.chmod(0o755)
    with pytest.raises(StackError, match=r"mvn could not fetch the jars of Apache Kafka 4\.4\.0: \[ERROR\] no route"):
        artefacts.kafka_jars(print)
    assert [entry.name for entry in (tmp_path / "cache").iterdir()] == ["lock"]


def test_a_process_is_known_again_and_ends_when_told(tmp_path: Path) -> None:
    file = tmp_path / "mark-1"
    file.touch()
    process = processes.start(["tail", "-f", str(file)], mark="mark-1", cwd=tmp_path, log=tmp_path / "log")
    assert processes.runs(process)
    assert processes.stop(process, patience_s=5)
    assert not processes.runs(process)


def test_a_process_has_a_session_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mark-5").touch()
    argv = ["tail", "-f", str(tmp_path / "mark-5")]
    process = processes.start(argv, mark="mark-5", cwd=tmp_path, log=tmp_path / "log")
    try:
        assert os.getsid(process.pid) != os.getsid(0), "Ctrl-C goes to a session, and must not reach it"
    finally:
        processes.stop(process, patience_s=5)


def test_another_process_with_the_same_number_is_not_ours() -> None:
    mine = processes.Process(pid=os.getpid(), started="1", mark="pytest")
    assert not processes.runs(mine)
    assert processes.stop(mine, patience_s=1), "and it is left alone"


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    deaf = ["sh", "-c", f"trap '' TERM; touch '{ready}'; while :; do sleep 1; done", "mark-3"]
    process = processes.start(deaf, mark="mark-3", cwd=tmp_path, log=tmp_path / "log")
    while not ready.exists():
        assert processes.runs(process)
    assert not processes.stop(process, patience_s=0.2)
    assert not processes.runs(process)


def test_the_log_before_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "x.log"
    for word in ("first", "second"):
        process = processes.start(["echo", word, "mark-4"], mark="mark-4", cwd=tmp_path, log=log)
        while processes.runs(process):
            pass
        while not log.read_text():
            pass
    assert (log.read_text(), log.with_name("x.log.1").read_text()) == ("second mark-4\n", "first mark-4\n")


def test_ports_stay_while_they_are_free_and_move_when_taken() -> None:
    known = State()
    assert state.take_ports(known, state.PORTS) == []
    first = dict(known.ports)
    assert len(set(first.values())) == len(state.PORTS)
    assert state.take_ports(known, state.PORTS) == []
    assert known.ports == first
    with socket.socket() as other:
        other.bind(("127.0.0.1", first["kafka"]))
        other.listen()
        assert state.take_ports(known, ("kafka",)) == [
            f"port {first['kafka']} (kafka) is taken by another program: now {known.ports['kafka']}"
        ]


def test_the_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    process = processes.Process(pid=1, started="2", mark="m")
    known = State(engine="ferretdb", ports={"kafka": 20_001})
    known.started["kafka"] = state.Started(process=process, program="p", since="s")
    state.save(tmp_path / "stack.json", known)
    assert state.load(tmp_path / "stack.json") == known


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"started": {"kafka": {}}}', '{"started": {}, "colour": 1}'])
def test_a_damaged_state_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "stack.json").write_text(text)
    with pytest.raises(StackError, match=r"stack\.json cannot be read"):
        state.load(tmp_path / "stack.json")


def test_a_mongod_on_path_is_taken_and_stays_the_engine(path: Path, tmp_path: Path) -> None:
    program(path, "mongod", "db version v8.0.4")
    known = State(ports={"mongo": 20_002})
    argv = Mongo().prepare(known, tmp_path, print)
    assert argv[0] == f"{path}/mongod"
    assert Mongo().mark(known, tmp_path) in argv
    (path / "mongod").unlink()
    if shutil.which("mongod") is None:
        with pytest.raises(StackError, match="was written by a mongod, and there is none on PATH now"):
            Mongo().prepare(known, tmp_path, print)


def test_a_stack_that_was_never_started_says_so(tmp_path: Path) -> None:
    report = Stack(tmp_path).status()
    assert [child.state for child in report.children] == ["stopped", "stopped"]
    assert not Stack(tmp_path).down().stopped
    assert not (tmp_path / "stack").exists(), "asking leaves no trace"
    with pytest.raises(StackError, match="kafka was never started here: psdf stack up"):
        _ = report.bootstrap


def test_logs_of_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="there is no log of zookeeper: take one of kafka, mongo"):
        Stack(tmp_path).logs("zookeeper")


def test_the_heap_is_kafkas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tools, "find", lambda _tool: "java")
    monkeypatch.setattr(artefacts, "kafka_jars", lambda _say: tmp_path)
    monkeypatch.setattr(tools, "run", lambda *_, **__: tools.Said(ok=True, text=""))
    known = State(ports={"kafka": 20_003, "controller": 20_004})
    assert "-Xmx300m" in Kafka("300m").prepare(known, tmp_path, print)
    settings = (tmp_path / "server.properties").read_text()
    assert "127.0.0.1:20003" in settings
    assert "{" not in settings.replace("{braces}", "")
