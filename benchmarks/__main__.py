"""`make bench`: every benchmark, one after another."""

import subprocess
import sys
from pathlib import Path

for file in sorted(Path(__file__).parent.glob("*.py")):
    if not file.stem.startswith("_") and "__main__" in file.read_text():
        print(f"--- {file.stem}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{file.stem}"], check=True)
