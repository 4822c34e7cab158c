"""A Slurm of one node, for tests: its daemons, started as root without systemd, to be killed and started again.

Slurm reads its configuration from /etc/slurm alone, because the executor plugin takes SLURM_* away from jobs.
"""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONF = Path("/etc/slurm")
OURS = "# made for a test by tests/pipeline/slurm_node.py"
SOCKET = Path("/run/munge/munge.socket.2")


def lacking() -> str:
    """Why this machine cannot have one, in a line; empty if it can."""
    missing = [name for name in ("slurmctld", "slurmd", "munged") if not shutil.which(name)]
    if missing:
        return f"{', '.join(missing)} not found: apt-get install slurm-wlm munge"
    if os.getuid():
        return "needs root, which Slurm's daemons have"
    conf = CONF / "slurm.conf"
    if conf.exists() and not conf.read_text().startswith(OURS):
        return f"{conf} is there: this machine's own Slurm is left alone"
    return ""


def wait_for(condition, seconds=120, process=None):
    """Waits until the condition is true, and returns what it says; fails with the output of a process that ended."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert process is None or process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)
    return found


class Node:
    """Two cores, and a file for a GPU."""

    def __init__(self, folder: Path):
        self.folder, self.processes = folder, {}
        host = socket.gethostname()
        (folder / "gpu0").touch()
        CONF.mkdir(exist_ok=True)
        (CONF / "slurm.conf").write_text(f"""{OURS}
ClusterName=test
SlurmctldHost={host}
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
KillWait=5
GresTypes=gpu
NodeName={host} CPUs=2 RealMemory=8000 Gres=gpu:1
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE
""")
        (CONF / "gres.conf").write_text(f"NodeName={host} Name=gpu File={folder}/gpu0\n")

    def start(self, daemon: str, *options: str) -> None:
        log = (self.folder / f"{daemon}.log").open("a")
        # ended with this process, however that ends
        command = ["setpriv", "--pdeathsig", "KILL", daemon, *options]
        self.processes[daemon] = subprocess.Popen(command, stdout=log, stderr=log)

    def kill(self, daemon: str) -> None:
        self.processes[daemon].kill()
        self.processes.pop(daemon).wait()

    def jobs(self) -> dict[str, str]:
        """What `scontrol` knows of each job, ended ones included, by its id."""
        text = subprocess.run(["scontrol", "show", "job", "-o"], capture_output=True, text=True).stdout
        return {m[1]: line for line in text.splitlines() if (m := re.match(r"JobId=(\d+)", line))}

    def is_idle(self) -> bool:
        return "idle" in subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True).stdout


@contextmanager
def running(folder: Path) -> Iterator[Node]:
    """A node that is up; afterwards its jobs, its daemons and its configuration are gone."""
    node, key = Node(folder), folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    files = [f"--{name}-file={folder}/munged.{name}" for name in ("pid", "seed", "log")]
    SOCKET.parent.mkdir(exist_ok=True)
    try:
        node.start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={SOCKET}", *files)
        wait_for(SOCKET.exists, 20)
        node.start("slurmctld", "-D")
        node.start("slurmd", "-D")
        wait_for(node.is_idle, 60)
        yield node
        subprocess.run(["scancel", *node.jobs()], capture_output=True)
        wait_for(node.is_idle, 60)
    finally:
        for daemon in ("slurmd", "slurmctld", "munged"):
            if daemon in node.processes:
                node.kill(daemon)
        for name in ("slurm.conf", "gres.conf"):
            (CONF / name).unlink(missing_ok=True)
