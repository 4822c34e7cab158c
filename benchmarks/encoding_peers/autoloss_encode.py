"""Encodes the first rows of a synthetic file: python autoloss_encode.py DATASET SOURCE OUT ROWS."""

import json
import sys
import time
from pathlib import Path

from autoloss import registry
from autoloss.config import dataset
from autoloss.data.archives import members
from autoloss.data.build import encode
from autoloss.data.stream import Raw

use, source, out, rows = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
defaults = registry.constant("datasets", use, "defaults")
entry = dataset(use, {**defaults, "source": str(source), "rows": rows}, "benchmark")
out.mkdir(parents=True)
begin = time.perf_counter()
raw = Raw(source, members(source, (source.name,)), {}, {"kind": "local"}, source.with_name("truth.npy"))
encode(entry, registry.load("datasets", use)(), raw, out, "")
print(json.dumps({"seconds": time.perf_counter() - begin}))
