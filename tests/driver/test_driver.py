"""The driver against DVC itself, on a small pipeline of shell commands."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from gbench.core.files import UserError
from gbench.driver import doctor, public, room
from gbench.driver.alone import alone
from gbench.driver.books import Books
from gbench.driver.command import Command
from gbench.driver.jobs import Local
from gbench.driver.launch import Warm, launcher, parsed
from gbench.driver.loop import Driver
from gbench.driver.memory import state
from gbench.driver.mend import mend, release
from gbench.driver.plan import Plan, weights
from gbench.driver.room import Room
from gbench.driver.run import open_books, stale
from gbench.driver.view import Times, View, duration

PIPELINE = """
stages:
  source:
    cmd: exec cp params.yaml source.txt
    deps: [params.yaml]
    outs: [source.txt]
  double:
    matrix: {n: "${numbers}"}
    cmd: exec sh -c 'echo $((2 * ${item.n})) > double-${item.n}.txt'
    deps: [source.txt]
    params: ["factors.${item.n}"]
    outs: ["double-${item.n}.txt"]
  folder:
    cmd: ["mkdir folder", "cp double-1.txt folder/one", "cp double-2.txt folder/two"]
    deps: [double-1.txt, double-2.txt]
    outs: [folder]
  total:
    cmd: exec sh -c 'cat folder/one folder/two > total.json'
    deps: [folder]
    metrics: [{total.json: {cache: false}}]
"""
PARAMS = "numbers: [1, 2, 3]\nfactors: {'1': {a: 1}, '2': {a: 1}, '3': {a: 1}}\n"


def dvc(root: Path, *arguments: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments], cwd=root, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def lock(root: Path) -> object:
    return YAML(typ="safe").load(root / "dvc.lock")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    dvc(tmp_path, "init", "--no-scm", "-q")
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    (tmp_path / "params.yaml").write_text(PARAMS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drive(root: Path, *targets: str, keep_going: bool = False) -> dict[str, int]:
    books = Books(root)
    driver = Driver(books, Local(), Room(2), root, keep_going)
    driver.run(stale(books, targets))
    return driver.counts


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_the_lock_is_what_dvc_would_have_written(root: Path) -> None:
    assert drive(root) == {"ran": 6, "from the cache": 0, "unchanged": 0}
    mine = lock(root)
    assert json.loads(dvc(root, "status", "--json")) == {}
    (root / "dvc.lock").unlink()
    dvc(root, "repro", "-q", "--force")
    assert lock(root) == mine
    assert (root / "total.json").read_text() == "2\n4\n"


def test_the_command_line_books_agree(root: Path) -> None:
    books = public.Books(root)
    driver = Driver(books, Local(), Room(2), root)
    driver.run(stale(books, ["total"]))
    assert (root / "total.json").exists()
    assert not (root / "double-3.txt").exists()
    mine = lock(root)
    (root / "dvc.lock").unlink()
    drive(root, "total")
    assert lock(root) == mine


def test_an_unknown_dvc_is_used_by_its_command_line(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert type(open_books(root)) is Books
    monkeypatch.setattr("dvc.__version__", "9.9.9")
    monkeypatch.delitem(sys.modules, "gbench.driver.books")
    assert type(open_books(root)) is public.Books
    assert "DVC 9.9.9, known is 3.67" in capsys.readouterr().out


def test_only_what_changed_runs_and_old_results_come_from_the_cache(root: Path) -> None:
    drive(root)
    assert stale(Books(root), ()) == {}
    edit(root / "dvc.yaml", "2 * ${item.n}", "3 * ${item.n}")
    assert drive(root) == {"ran": 5, "from the cache": 0, "unchanged": 0}
    assert (root / "total.json").read_text() == "3\n6\n"
    edit(root / "dvc.yaml", "3 * ${item.n}", "2 * ${item.n}")
    assert drive(root) == {"ran": 0, "from the cache": 5, "unchanged": 0}
    assert (root / "total.json").read_text() == "2\n4\n"
    # What comes out the same stops the wave: `total` is left as it is.
    edit(root / "dvc.yaml", "mkdir folder", "mkdir ./folder")
    assert drive(root) == {"ran": 1, "from the cache": 0, "unchanged": 1}


def test_a_lost_lock_is_restored_from_the_cache(root: Path) -> None:
    drive(root)
    before = lock(root)
    torn = (root / "dvc.lock").read_bytes()
    (root / "dvc.lock").write_bytes(torn[: len(torn) // 2])
    (root / ".dvc" / "tmp" / "rwlock").write_text("")
    assert len(mend(root)) == 2
    assert mend(root) == []
    assert drive(root) == {"ran": 0, "from the cache": 6, "unchanged": 0}
    assert lock(root) == before


def test_a_failure_leaves_out_what_depends_on_it_and_nothing_else(root: Path) -> None:
    edit(root / "dvc.yaml", "echo $((2 * ${item.n}))", "[ ${item.n} != 2 ] && echo ${item.n}")
    with pytest.raises(UserError, match=r"double@2 failed: exit status 1") as failure:
        drive(root, keep_going=True)
    assert "2 stages were not run because of that" in str(failure.value)
    assert (root / "double-3.txt").read_text() == "3\n"
    assert set(json.loads(dvc(root, "status", "--json"))) == {"double@2", "folder", "total"}


def test_inputs_changed_during_a_run_are_not_recorded(root: Path) -> None:
    edit(root / "dvc.yaml", "exec cp params.yaml source.txt", "cp params.yaml source.txt; sleep 1")
    books = Books(root)
    assert books.begin("source") is not None
    (root / "source.txt").write_text("read before the edit")
    edit(root / "params.yaml", "{a: 1}", "{a: 2}")
    assert not books.succeeded("source")
    books.write()
    assert not (root / "dvc.lock").exists()


def test_any_edit_in_a_folder_changes_its_state(tmp_path: Path) -> None:
    """DVC's hash of a folder is asked for again when this differs, and only then."""
    inner, file = tmp_path / "a" / "b", tmp_path / "a" / "b" / "c.py"
    inner.mkdir(parents=True)

    def now() -> list[object]:
        seen = state(str(tmp_path))
        assert seen is not None and state(str(tmp_path)) == seen
        return sorted(seen, key=str)

    seen = [now()]
    for edit_it in (
        lambda: file.write_text("one"),
        lambda: (time.sleep(0.01), file.write_text("two")),  # as long as before
        lambda: file.rename(inner / "d.py"),
        lambda: (inner / "d.py").unlink(),
        inner.rmdir,
    ):
        edit_it()
        assert now() not in seen
        seen.append(now())
    assert state(str(tmp_path / "missing")) is None
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert state(str(tmp_path)) is None  # what lies behind is not looked at


def test_an_edit_in_a_folder_is_seen_while_the_driver_runs(root: Path) -> None:
    drive(root)
    books = Books(root)
    assert not books.changed("total")
    (root / "folder" / "one").unlink()
    (root / "folder" / "one").write_text("3\n")
    assert books.changed("total")


def test_a_missing_output_is_a_message(root: Path) -> None:
    edit(root / "dvc.yaml", "exec cp params.yaml source.txt", "exec true")
    with pytest.raises(UserError, match=r"source failed: DVC: .*source\.txt.* does not exist"):
        drive(root)


def test_unknown_targets_name_what_there_is(root: Path) -> None:
    with pytest.raises(UserError, match=r"no stage 'totl' .*double, folder, source, total"):
        drive(root, "totl")


def test_only_one_driver_at_a_time(root: Path) -> None:
    with alone(root), pytest.raises(UserError, match=f"process {os.getpid()}"), alone(root):
        pass
    with alone(root):
        pass


@pytest.mark.parametrize("kind", [Local, Warm])
def test_launchers_run_report_and_cancel(kind: Callable[[], Local | Warm], tmp_path: Path) -> None:
    stages = tmp_path / "stages"
    stages.mkdir()
    (stages / "__init__.py").touch()
    (stages / "say.py").write_text(
        "import os, sys, time\n"
        "print(sys.argv[1], os.environ['WORD'], os.getcwd(), flush=True)\n"
        "if sys.argv[1] == 'wait': time.sleep(60)\n"
        "sys.exit({'fail': 3, 'text': 'a message'}.get(sys.argv[1]))\n"
    )

    def command(word: str) -> Command:
        text = f"exec python -m stages.say {word}"
        python = str(Path(sys.executable).parent)
        environment = {"WORD": "hello", "PATH": python}
        return Command(text, ["/bin/sh", "-c", text], str(tmp_path), environment)

    chosen = kind()
    words = {"well": 0, "fail": 3, "text": 1}
    jobs = {
        word: chosen.submit(word, "", command(word), tmp_path / f"{word}.log") for word in words
    }
    long = chosen.submit("wait", "", command("wait"), tmp_path / "wait.log")
    deadline = time.monotonic() + 60
    while any(job.poll() is None for job in jobs.values()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert {word: job.poll() for word, job in jobs.items()} == words
    for word in words:
        assert (tmp_path / f"{word}.log").read_text().startswith(f"{word} hello {tmp_path}\n")
    assert "a message" in (tmp_path / "text.log").read_text()
    assert long.poll() is None
    long.cancel()
    assert long.poll() == -signal.SIGTERM
    chosen.close()


def test_more_waiting_means_earlier() -> None:
    upstream = {"a": set[str](), "b": {"a"}, "c": {"a"}, "d": {"b", "c"}, "e": set[str]()}
    assert weights(upstream) == {"a": 3, "b": 1, "c": 1, "d": 0, "e": 0}
    plan = Plan(upstream, upstream)
    assert (plan.next(), plan.next(), plan.next()) == ("a", "e", None)
    plan.finish("a", True)
    assert (plan.next(), plan.next(), plan.next()) == ("b", "c", None)
    plan.finish("b", False)
    assert plan.left_out == {"d"}


def test_the_doctor_mends_locks_folders_and_orphans(root: Path) -> None:
    stage = (
        "import fcntl, os, sys, time\n"
        "if os.fork(): sys.exit()\n"
        "file = open('work/locks/train-x', 'w')\n"
        "fcntl.flock(file, fcntl.LOCK_EX)\n"
        "print(os.getpid(), file=file, flush=True)\n"
        "time.sleep(60)\n"
    )
    (root / "work" / "locks").mkdir(parents=True)
    (root / "runs" / "gan" / ".0-abcd1234").mkdir(parents=True)
    (root / ".dvc" / "tmp").mkdir(exist_ok=True)
    gone = {"pid": 2**22 + 1, "cmd": "dvc repro"}
    (root / ".dvc" / "tmp" / "rwlock").write_text(json.dumps({"write": {"x": gone}, "read": {}}))
    (root / "dvc.lock").write_text("stages: {")
    subprocess.run([sys.executable, "-c", stage], cwd=root, check=True)
    lock_file = root / "work" / "locks" / "train-x"
    deadline = time.monotonic() + 20
    while not (lock_file.exists() and lock_file.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    orphan = int(lock_file.read_text())
    assert len(mend(root)) == 1
    assert len(release(root)) == 1
    assert [finding.mended for finding in doctor.half_written(root)] == [True]
    assert [finding.problem.split(" ")[0] for finding in doctor.orphans(root)] == ["stage"]
    assert not Path(f"/proc/{orphan}").exists()
    assert not (root / "runs" / "gan" / ".0-abcd1234").exists()
    assert [*mend(root), *release(root)] == []
    assert [*doctor.half_written(root), *doctor.orphans(root)] == []


def test_a_dead_drivers_locks_do_not_hold_when_its_number_is_anothers(root: Path) -> None:
    """Where numbers are few, another process soon has that of a driver that was killed."""
    drive(root)
    file = root / ".dvc" / "tmp" / "rwlock"
    source = str(root / "source.txt")
    ours = {"pid": os.getppid(), "cmd": "gbench double@1"}
    file.write_text(json.dumps({"write": {}, "read": {source: [ours]}}))
    edit(root / "params.yaml", "{a: 1}", "{a: 2}")
    with pytest.raises(UserError, match=r"source\.txt. is busy"):
        drive(root)
    assert release(root) == [f"DVC's rwlock named process {os.getppid()}, which is gone: removed"]
    assert drive(root)["ran"] == 4

    with subprocess.Popen(["dvc", "60"], executable=shutil.which("sleep")) as busy:
        while not Path(f"/proc/{busy.pid}/cmdline").read_bytes():
            time.sleep(0.01)  # Popen returns a moment before the new program has its name
        theirs = {"write": {source: {"pid": busy.pid, "cmd": "dvc repro"}}, "read": {}}
        file.write_text(json.dumps(theirs))
        assert release(root) == []
        assert json.loads(file.read_text()) == theirs
        busy.kill()


def test_the_doctor_names_what_nothing_switches_on(root: Path) -> None:
    drive(root)
    (root / "runs" / "old" / "0").mkdir(parents=True)
    evaluated = root / "results" / "outside" / "digits"  # no stage's: `gbench evaluate` made it
    evaluated.mkdir(parents=True)
    (finding,) = doctor.stale_results(root, clean=False)
    assert finding.problem.startswith("runs/old is of nothing")
    assert not finding.mended
    assert [finding.mended for finding in doctor.stale_results(root, clean=True)] == [True]
    assert not (root / "runs" / "old").exists()
    assert (root / "folder" / "one").exists() and evaluated.exists()


FAKE_SLURM = {
    "sbatch": """
        number=$$
        export SLURM_JOB_ID=$number SLURM_NTASKS=1 SLURM_JOB_NUM_NODES=1
        export SLURM_NODEID=0 SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_JOB_NODELIST=here
        for script; do :; done
        cp "$script" "$SLURM_FAKE.$number"  # as SLURM does: submitit moves its own away
        setsid sh "$SLURM_FAKE.$number" > /dev/null 2>&1 &
        echo $! > "$SLURM_FAKE.new"
        mv "$SLURM_FAKE.new" "$SLURM_FAKE/$number"  # so that sacct never reads an empty file
        echo "Submitted batch job $number"
    """,
    "srun": """
        while :; do case "$1" in
            --output|--error) shift 2;; --*) shift;; *) break;;
        esac; done
        exec "$@"
    """,
    "sacct": """
        echo 'JobID|State|NodeList'
        for file in "$SLURM_FAKE"/*; do
            state=COMPLETED; kill -0 $(cat "$file") 2> /dev/null && state=RUNNING
            echo "$(basename "$file")|$state|here"
        done
    """,
    "scancel": 'kill -- -$(cat "$SLURM_FAKE/$1")',
}


def fake_slurm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that look like SLURM's and run a job on this machine."""
    commands, jobs = folder / "bin", folder / "jobs"
    commands.mkdir()
    jobs.mkdir()
    for name, script in FAKE_SLURM.items():
        (commands / name).write_text(f"#!/bin/sh\n{script}\n")
        (commands / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(commands), prepend=os.pathsep)
    monkeypatch.setenv("SLURM_FAKE", str(jobs))


@pytest.fixture(params=["submitit", "slurm", "ray"])
def kind(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """The launcher for a cluster, with something on this machine that stands for the cluster."""
    if request.param == "slurm":
        fake_slurm(tmp_path_factory.mktemp("slurm"), monkeypatch)
    if request.param != "ray":
        yield request.param
        return
    utils = pytest.importorskip("ray.cluster_utils")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))  # for the nodes' processes
    nodes = utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    nodes.add_node(num_cpus=1)
    monkeypatch.setenv("RAY_ADDRESS", nodes.address)
    yield "ray"
    nodes.shutdown()


def slurm_jobs() -> int:
    return len([*Path(os.environ["SLURM_FAKE"]).iterdir()])


def on(root: Path, kind: str, *targets: str) -> dict[str, int]:
    books = Books(root)
    driver = Driver(books, launcher(kind, "", root), Room(8), root)
    driver.run(stale(books, targets))
    return driver.counts


def test_a_cluster_runs_the_same_pipeline(kind: str, root: Path) -> None:
    assert on(root, kind) == {"ran": 6, "from the cache": 0, "unchanged": 0}
    assert (root / "total.json").read_text() == "2\n4\n"
    assert json.loads(dvc(root, "status", "--json")) == {}
    assert kind != "slurm" or slurm_jobs() == 6
    edit(root / "dvc.yaml", "exec cp params.yaml source.txt", "echo a reason; false")
    with pytest.raises(UserError, match=r"source failed: exit status 1\n  a reason"):
        on(root, kind)


def test_a_killed_drivers_jobs_are_found_again(kind: str, root: Path) -> None:
    edit(root / "dvc.yaml", "exec cp params", "echo $$ >> began; sleep 3; cp params")
    code = (
        f"from tests.driver.test_driver import on; on(__import__('pathlib').Path.cwd(), {kind!r})"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    first = subprocess.Popen([sys.executable, "-c", code], cwd=root, env=environment)
    deadline = time.monotonic() + 60
    while not (root / "began").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert first.poll() is None, "it ended before it could be killed"
    first.kill()
    first.wait()
    release(root)
    assert on(root, kind, "double@1") == {"ran": 2, "from the cache": 0, "unchanged": 0}
    assert len((root / "began").read_text().split()) == 1
    assert kind != "slurm" or slurm_jobs() == 2


def test_launchers_and_their_options_are_checked(root: Path) -> None:
    with pytest.raises(UserError, match="no launcher 'slrum'; there are warm, local, slurm"):
        launcher("slrum", "", root)
    with pytest.raises(UserError, match="'mem' is not key=value"):
        launcher("submitit", "mem", root)
    with pytest.raises(UserError, match="slurm_partitoin"):
        launcher("submitit", "slurm_partitoin=gpu", root)
    assert parsed("timeout_min=5,slurm_partition=gpu") == {
        "timeout_min": 5,
        "slurm_partition": "gpu",
    }
    with pytest.raises(UserError, match="srun"):
        launcher("slurm", "", root)


def test_gpus_are_shared_out_by_declared_memory() -> None:
    needs = {"train": 5.0, "train@big": 9.0, "attack": 4.0}
    shared = Room(8, {"0": 10.0, "1": 12.0}, needs)
    assert shared.take("train@a") == {"CUDA_VISIBLE_DEVICES": "1"}  # 12 GB left there, 10 on 0
    assert shared.take("train@big") == {"CUDA_VISIBLE_DEVICES": "0"}
    assert not shared.fits("train@big")
    assert shared.take("train@b") == {"CUDA_VISIBLE_DEVICES": "1"}
    assert not shared.fits("attack")
    assert shared.take("report") == {"CUDA_VISIBLE_DEVICES": ""}
    shared.give("train@big")
    assert shared.fits("attack")
    shared.check(["train@a", "report"])
    with pytest.raises(UserError, match="train@x is to take 20 GB, the largest GPU has 12"):
        Room(1, {"0": 12.0}, {"train": 20.0}).check(["train@x"])
    assert Room(2).take("train@a") == {}


def test_cores_are_shared_out() -> None:
    shared = Room(2)
    assert [shared.take("a"), shared.fits("b"), shared.take("b"), shared.fits("c")] == [
        {},
        True,
        {},
        False,
    ]
    shared.give("a")
    assert shared.fits("c")


def test_gpus_are_chosen_by_number_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "installed", lambda: {"0": 24.0, "1": 48.0})
    assert room.gpus("") == {"0": 24.0, "1": 48.0}
    assert room.gpus("1") == {"1": 48.0}
    assert room.gpus("0:10,1") == {"0": 10.0, "1": 48.0}
    assert room.gpus("none") == {}
    with pytest.raises(UserError, match="no GPU 2; there are: 0, 1"):
        room.gpus("0,2")
    with pytest.raises(UserError, match="not like 0,1 or 0:40,1:40"):
        room.gpus("0:much")


def test_memory_is_read_off_nvidias_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho '0, 24576'\necho '1, 81920'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert room.installed() == {"0": 24.0, "1": 80.0}


def test_the_time_left_is_guessed_from_the_last_run(tmp_path: Path) -> None:
    times = Times(tmp_path / "seconds.json")
    assert times.left(["train@a"], {}, 2) is None
    times.note("train@a", 100.0)
    times.note("train@b", 50.0)
    times.note("report", 3.0)
    times.save()
    times = Times(tmp_path / "seconds.json")
    assert times.expected("train@a") == 100.0
    assert times.expected("train@c") == 75.0
    times.note("train@ring-gan-0", 7.0)
    assert times.expected("train@ring-gan-1") == times.expected("train@ring-vae-0") == 7.0
    assert times.expected("judge") is None  # nothing like it was ever timed
    assert times.left(["train@a", "train@b"], {"report": 1.0}, 2) == 100.0  # the longest alone
    assert times.left(["train@b"] * 4, {"report": 1.0}, 2) == 101.0
    assert times.left([], {"report": 9.0}, 2) == 0.0
    assert [duration(s) for s in (42, 600, 12_000)] == ["42 s", "10 min", "3 h 20 min"]


def test_the_view_tells_what_is_done_and_what_runs() -> None:
    line = View(9).line({"ran": 3, "unchanged": 0, "failed": 1}, 90.0, {"train@a": 12.0})
    assert line == "4 of 9 stages (3 ran, 1 failed) | about 2 min left | train@a 12 s"


def test_the_view_is_due_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a driver with hundreds of stages would do nothing but guess how long they take."""
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    view, shown = View(9), 0
    for _ in range(6500):
        now += 0.01
        if view.due():
            view.show({"ran": 3}, None, {})
            shown += 1
    assert shown in (3, 64)  # in a file every 20 seconds, on a terminal every second


def test_a_run_ends_when_nobody_reads_what_it_says(root: Path) -> None:
    """It ends its stages then, and holds no lock."""
    edit(root / "dvc.yaml", "exec cp params", "echo $$ > began; sleep 60; cp params")
    code = "from tests.driver.test_driver import drive; drive(__import__('pathlib').Path.cwd())"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    reader, writer = os.pipe()
    driver = subprocess.Popen(
        [sys.executable, "-c", code], cwd=root, env=environment, stderr=writer
    )
    os.close(writer)
    deadline = time.monotonic() + 60
    while not (root / "began").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.close(reader)
    driver.terminate()
    assert driver.wait(timeout=60) != 0
    assert not Path(f"/proc/{(root / 'began').read_text().strip()}").exists()
    assert release(root) == []


FULL_DISK = """
from pathlib import Path
from gbench.core.files import UserError, full_disk_as_user_error
from tests.driver import test_driver as t

root = Path.cwd()
t.dvc(root, "init", "--no-scm", "-q")
(root / "dvc.yaml").write_text(t.PIPELINE)
(root / "params.yaml").write_text(t.PARAMS)
t.edit(root / "dvc.yaml", "mkdir folder", "mkdir folder; head -c 600000 /dev/urandom > folder/big")
(root / "filler").write_bytes(bytes(1_000_000))
try:
    with full_disk_as_user_error():
        t.drive(root)
except UserError as error:
    print(error)
else:
    raise SystemExit("the disk was not full")
(root / "filler").unlink()
print(t.drive(root))
assert t.stale(t.Books(root), ()) == {}
assert (root / "total.json").read_text() == "2\\n4\\n"
mine = t.lock(root)
(root / "dvc.lock").unlink()
t.dvc(root, "commit", "--force", "-q")
assert t.lock(root) == mine
"""


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    mount = f"mount -t tmpfs -o size=2m tmpfs {tmp_path} && cd {tmp_path}"
    if subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    answer = subprocess.run(
        ["unshare", "-rm", "sh", "-c", f'{mount} && exec "$0" -c "$1"', sys.executable, FULL_DISK],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "No space left" in answer.stdout
