"""kill -9 at any moment of download and encoding; the next run ends with the same bytes."""

import contextlib
import importlib.util
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from autoloss.datasets.movielens import Movielens

_spec = importlib.util.spec_from_file_location("lying_server", Path(__file__).with_name("lying_server.py"))
lying_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(lying_server)

# imports everything once; then each line of its input names a folder, for which it forks a child that does the work
NURSERY = """
import os, sys
from pathlib import Path
from autoloss.data.encode import value_counts
from autoloss.data.encode.read import blocks
from autoloss.data.preparation import encode_into
from autoloss.datasets import movielens
from autoloss.datasets import Archive
from autoloss.config import Dataset
blocks.BLOCK, value_counts.MOST = 20_000, 4000  # many blocks, and counts on the disk
movielens.ARCHIVES["ml-latest-small"] = Archive("ml.zip", (sys.argv[1],), ("ratings.csv",))
entry = Dataset(name="ml", use="movielens", task="multiclass", n_classes=5, source="remote",
                params={"archive": "ml-latest-small"})
for line in sys.stdin:
    root = Path(line.strip())
    child = os.fork()
    if not child:
        encode_into(entry, root / "encoded" / "ml", root / "raw", root / "work")
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Nursery:
    """Children that prepare the data from `url`, each in a process of its own."""

    def __init__(self, url: str):
        environment = {k: v for k, v in os.environ.items() if k != "AUTOLOSS_MIRROR"}
        self._process = subprocess.Popen([sys.executable, "-c", NURSERY, url], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                         env=environment)  # fmt: skip

    def run(self, root: Path, kill_after: float | None = None) -> int:
        """Exit code of a child that works in `root`; it is killed after so many seconds, if it still runs."""
        self._process.stdin.write(f"{root}\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        return int(self._process.stdout.readline())

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def _content(root: Path) -> dict[str, bytes]:
    files = [*(root / "encoded" / "ml").iterdir(), root / "raw" / "ml.zip"]
    return {path.name: path.read_bytes() for path in files}


def _phase(root: Path) -> str:
    return "encoding" if (root / "raw" / "ml.zip").exists() else "download"


def test_killed_at_ten_random_moments_of_download_and_of_encoding_and_resumed_gives_identical_bytes(tmp_path):
    Movielens(archive="ml-latest-small").synthetic(tmp_path, 8_000, 0)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ml/ratings.csv", (tmp_path / "ratings.csv").read_bytes())
    draw, whole, root = random.Random(0), tmp_path / "whole", tmp_path / "killed"
    with lying_server.LyingServer(buffer.getvalue(), ["slow"]) as server, Nursery(server.url) as nursery:
        nursery.run(tmp_path / "warm")
        duration, killed = {}, {"download": 0, "encoding": 0}
        for phase in killed:  # the second run finds the archive
            begin = time.perf_counter()
            assert nursery.run(whole) == 0
            duration[phase] = time.perf_counter() - begin
            shutil.rmtree(whole / "encoded")
        assert nursery.run(whole) == 0
        while min(killed.values()) < 10:
            if nursery.run(root, draw.uniform(0, duration[_phase(root)])) == -signal.SIGKILL:
                killed[_phase(root)] += 1
            if (root / "encoded" / "ml").exists():  # it was faster
                assert _content(root) == _content(whole)
                shutil.rmtree(root)
            elif _phase(root) == "encoding" and killed["encoding"] >= 10:
                shutil.rmtree(root)
        assert nursery.run(root) == 0
    assert _content(root) == _content(whole)
    assert not any((root / "work").iterdir())
