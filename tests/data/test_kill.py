"""kill -9 at any moment of download and encoding; the next run ends with the same bytes."""

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

CHILD = """
import sys, time
from pathlib import Path
from autoloss.data import blocks, download
from autoloss.data.build import encode_into
from autoloss.datasets import movielens
from autoloss.datasets._format import Archive
from autoloss.schema import Dataset
url, root = sys.argv[1], Path(sys.argv[2])
blocks.BLOCK = 20_000  # many blocks
movielens.ARCHIVES["ml-latest-small"] = Archive("ml.zip", (url,), ("ratings.csv",))
entry = Dataset(name="ml", use="movielens", task="multiclass", n_classes=5, source="remote",
                params={"archive": "ml-latest-small"})
print("ready", flush=True)
encode_into(entry, root / "encoded" / "ml", root / "raw", root / "work")
print("done", flush=True)
"""


def _start(url: str, root: Path) -> subprocess.Popen:
    environment = {k: v for k, v in os.environ.items() if k != "AUTOLOSS_MIRROR"}
    child = subprocess.Popen([sys.executable, "-c", CHILD, url, str(root)], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, env=environment)  # fmt: skip
    assert child.stdout.readline() == b"ready\n"
    return child


def _content(root: Path) -> dict[str, bytes]:
    files = [*(root / "encoded" / "ml").iterdir(), root / "raw" / "ml.zip"]
    return {path.name: path.read_bytes() for path in files}


def test_killed_at_ten_random_moments_and_resumed_gives_identical_bytes(tmp_path):
    Movielens(archive="ml-latest-small").planted(tmp_path, 20_000, 0)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ml/ratings.csv", (tmp_path / "ratings.csv").read_bytes())
    draw = random.Random(0)
    with lying_server.LyingServer(buffer.getvalue(), ["slow"]) as server:
        child, begin = _start(server.url, tmp_path / "whole"), time.perf_counter()
        assert child.wait() == 0
        duration = time.perf_counter() - begin
        killed = 0
        while killed < 10:
            child = _start(server.url, tmp_path / "killed")
            time.sleep(draw.uniform(0, duration))
            child.send_signal(signal.SIGKILL)
            killed += child.wait() == -signal.SIGKILL
            if (tmp_path / "killed" / "encoded" / "ml").exists():  # it was faster: from the start again
                assert _content(tmp_path / "killed") == _content(tmp_path / "whole")
                shutil.rmtree(tmp_path / "killed")
                duration *= 0.9
        child = _start(server.url, tmp_path / "killed")
        assert child.wait() == 0
    assert _content(tmp_path / "killed") == _content(tmp_path / "whole")
    assert [p.name for p in (tmp_path / "killed" / "work").iterdir()] == ["ml.lock"]
