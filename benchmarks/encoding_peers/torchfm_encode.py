"""torchfm's cache of train.txt: python torchfm_encode.py SOURCE OUT ROWS."""

import json
import sys
import time

from torchfm.dataset.criteo import CriteoDataset

source, out, rows = sys.argv[1:]
begin = time.perf_counter()
data = CriteoDataset(source, out)
seconds = time.perf_counter() - begin
assert len(data) == int(rows), f"{len(data)} of {rows} rows"
print(json.dumps({"seconds": seconds, "values": int(data.field_dims.sum())}))
