"""Locks that the kernel of this machine does not know all about: DVC's own, and those of other machines."""

from collections.abc import Iterator
from pathlib import Path

from autoloss.errors import UserError
from autoloss.files import read_json

RWLOCK = Path(".dvc", "tmp", "rwlock")


def held_by_dvc(root: Path) -> str | None:
    """Which commands DVC's file of locks names, and whether they run; None if none.

    DVC tells by the process ids alone, which mean nothing on another machine or after a restart.
    """
    if not (root / RWLOCK).is_file():
        return None
    try:
        content = read_json(root / RWLOCK)
    except UserError as error:
        return str(error)
    pids = sorted({holder["pid"] for holder in _holders(content)})
    return ", ".join(f"process {pid} ({_about(pid)})" for pid in pids) or None


def _holders(content: object) -> Iterator[dict]:
    for each in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        if isinstance(each, dict) and "pid" in each:
            yield each
        else:
            yield from _holders(each)


def _about(pid: int) -> str:
    try:
        command = Path("/proc", str(pid), "cmdline").read_bytes()
    except OSError:
        return "not on this machine"
    return "running" if b"dvc" in command else "another program on this machine"


def keeps_locks_to_itself(root: Path, mounts: str) -> str | None:
    """The mount of a folder, if machines that share it do not see each other's kernel locks there; else None.

    Args:
        root: the folder.
        mounts: the text of /proc/mounts.
    """
    found = [line.split() for line in mounts.splitlines()]
    above = [mount for mount in found if root.resolve().is_relative_to(mount[1])]
    if not above:
        return None
    deepest = max(reversed(above), key=lambda mount: len(mount[1]))  # of two on one place, the later
    _, place, kind, options = deepest[:4]
    locals_ = {"local_lock=all", "local_lock=flock", "nolock", "localflock"} & set(options.split(","))
    if kind == "fuse.sshfs" or locals_:
        return " ".join([place, kind, *sorted(locals_)])
    return None
