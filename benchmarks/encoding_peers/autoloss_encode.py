"""Encodes the first rows of a synthetic file: python autoloss_encode.py DATASET SOURCE OUT ROWS."""

import json
import sys
import time
from pathlib import Path

from autoloss import registry
from autoloss.config import dataset
from autoloss.data.encode.build import encode
from autoloss.data.facts import Origin
from autoloss.data.fetch.archives import members
from autoloss.data.fetch.raw_file import RawFile

use, source, out, rows = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
defaults = registry.constant("datasets", use, "defaults")
entry = dataset(use, {**defaults, "source": str(source), "rows": rows}, "benchmark")
out.mkdir(parents=True)
begin = time.perf_counter()
raw = RawFile(source, members(source, (source.name,)), Origin("local"), truth=source.with_name("truth.npy"))
encode(entry, registry.load("datasets", use)(), raw, out, "")
print(json.dumps({"seconds": time.perf_counter() - begin}))
