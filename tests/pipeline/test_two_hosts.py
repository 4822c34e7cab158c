"""Two hosts on one shared folder: no cell twice, nothing lost, and no lock that outlives its host.

A host is a namespace with a name and process ids of its own. It shares the kernel, which keeps the locks; between real
hosts the file system does.
"""

import os
import re
import subprocess
import time
from collections import Counter

import pytest

HOST = ["unshare", *(["--map-root-user"] if os.getuid() else []), "--uts", "--pid", "--fork", "--kill-child",
        "--mount-proc", "sh", "-c", 'hostname "$0" && exec "$@"']  # fmt: skip
TRAIN = ("train", "--experiment", "overall")
RUN = ("run", "quality")
# each training says so, and then waits for a file, so that it is known who does what when a host dies
BEGINS = """    import socket, time
    with (root / "begun").open("a") as begun:
        print(socket.gethostname(), cell.id, file=begun)
    while not (root / "go").exists():
        time.sleep(0.05)
    before = digest.loaded_modules()
"""


def _wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def shared(project):
    """A project in which each training waits for the file `go`."""
    probe = subprocess.run([*HOST, "other", "true"], capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"cannot make another host: {probe.stderr.strip()}")
    project.edit("autoloss/cells/run.py", "    before = digest.loaded_modules()\n", BEGINS)
    return project


@pytest.fixture
def on_host(shared):
    """Starts a command on a host of some name; what it prints goes to a file of that name."""
    started = []

    def start(name, *command):
        with (shared.root / name).open("w") as printed:
            process = subprocess.Popen(
                [*HOST, name, *command], cwd=shared.root, env=shared.environment, stdout=printed, stderr=printed
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()  # and with it, all of the host
        process.wait()


def _begun(project):
    """Pairs of a host and a cell whose training it began, in their order."""
    file = project.root / "begun"
    return [tuple(line.split()) for line in file.read_text().splitlines()] if file.exists() else []


def _hosts(project):
    return {host for host, _ in _begun(project)}


def _check(project, trained, lost=()):
    """All is there as on one undisturbed host, trained once, or twice where a dead host had begun it."""
    assert project.metrics() == trained.metrics()
    times = Counter(cell for _, cell in _begun(project))
    assert times == {cell: 1 + (cell in lost) for cell in project.metrics()}
    assert not (project.root / "results" / "damaged").exists()
    assert "0 damaged" in project.autoloss("verify", "--cells")


def _end(shared, trained, one, other, dies: bool) -> None:
    """Lets both go on to their end, or kills the host of `one`, which loses what it has begun."""
    lost = {cell for host, cell in _begun(shared) if host == "one"} if dies else set()
    if dies:
        one.kill()
    (shared.root / "go").touch()
    assert other.wait(120) == 0, (shared.root / "other").read_text()
    assert dies or one.wait(120) == 0, (shared.root / "one").read_text()
    _check(shared, trained, lost)


@pytest.mark.parametrize(
    ("first", "dies"),
    [
        pytest.param(TRAIN, True, id="train, dies"),
        pytest.param(TRAIN, False, id="train", marks=pytest.mark.crashes),
        pytest.param(RUN, True, id="run, dies", marks=pytest.mark.crashes),
        pytest.param(RUN, False, id="run", marks=pytest.mark.crashes),
    ],
)
def test_two_hosts_share_a_selection(shared, on_host, trained, first, dies):
    if first == RUN:
        shared.prepare()
    one = on_host("one", *shared.command(*first))
    _wait_for(lambda: _hosts(shared) == {"one"})
    if first == RUN:
        _wait_for(lambda: len(_begun(shared)) == 2)  # its jobs
    other = on_host("other", *shared.command(*TRAIN))
    _wait_for(lambda: _hosts(shared) == {"one", "other"})
    _end(shared, trained, one, other, dies)


@pytest.mark.crashes
@pytest.mark.parametrize("dies", [False, True], ids=["both live", "one dies"])
def test_the_second_run_waits_for_the_first_and_goes_on_if_its_host_dies(shared, on_host, trained, dies):
    shared.prepare()
    one = on_host("one", *shared.command(*RUN))
    _wait_for(lambda: len(_begun(shared)) == 2)
    other = on_host("other", *shared.command(*RUN))
    _wait_for(lambda: "another run holds" in (shared.root / "other").read_text())
    _end(shared, trained, one, other, dies)


@pytest.mark.crashes
def test_the_lock_of_dvc_that_a_dead_host_left_is_named_with_its_cure(shared, on_host, trained):
    shared.repository()
    one = on_host("one", "dvc", "repro", "quality")
    _wait_for(lambda: len(_begun(shared)) == 2)
    lost = {cell for _, cell in _begun(shared)}
    one.kill()
    one.wait()
    (shared.root / "go").touch()
    # DVC looks for the other host's process id here: with this one in its place, it believes that it is alive
    lock = shared.root / ".dvc" / "tmp" / "rwlock"
    content = lock.read_text()
    assert '"pid": ' in content
    lock.write_text(re.sub(r'"pid": \d+', f'"pid": {os.getpid()}', content))
    shared.dvc("repro", "quality", fails=True)
    said = shared.autoloss("doctor")
    assert f"process {os.getpid()} (another program on this machine)" in said and "rm .dvc/tmp/rwlock" in said
    lock.unlink()
    shared.dvc("repro", "quality")
    _check(shared, trained, lost)
