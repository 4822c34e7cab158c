"""A disk that is full, in every stage: one line, nothing half-written, and the run goes on when there is room.

Opt-in: `make test-crashes`; as root, because a small file system is mounted.
"""

import os
import shutil
import subprocess

import pytest
import undisturbed

SIZE = 96_000_000  # bytes of the disk, which holds the project
pytestmark = pytest.mark.crashes


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder]
    if os.getuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("cannot mount a file system: not root, or not allowed to")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def leave(free: int, folder) -> None:
    """Fills a disk, but for so many bytes."""
    with (folder / "ballast").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(folder).free - free))


def tried(project, stage: str) -> tuple[int, str]:
    done = subprocess.run(
        undisturbed.STAGES[stage], cwd=project.root, env=project.environment, timeout=300,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.parametrize("stage", ["data", "quality", "timing", "report", "track"])
def test_a_full_disk_is_one_line_and_nothing_is_lost(stage, at_peace, small_disk):
    root, ballast = small_disk / "project", small_disk / "ballast"
    project = at_peace.start(stage, root)
    for free in (0, 60_000, 160_000, 400_000):  # bytes: too few to begin; to end with
        there = undisturbed.results(project)["cells"]
        leave(free, small_disk)
        code, printed = tried(project, stage)
        print(f"{stage}, {free} bytes free: {code}, {printed.splitlines()[-1:]}")
        assert "Traceback" not in printed
        said = any(words in printed for words in ("disk is full", "No space left", "are free"))
        assert said if free == 0 else said or code == 0, printed
        assert code or free, "it ended well without a byte"
        assert undisturbed.damaged(root) == []
        assert undisturbed.results(project)["cells"].items() >= there.items()
        ballast.unlink()
    code, printed = tried(project, stage)
    assert code == 0, printed
    project.run(*undisturbed.STAGES["all"])
    assert undisturbed.results(project) == undisturbed.results(at_peace.project)
