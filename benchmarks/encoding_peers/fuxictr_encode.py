"""FuxiCTR's own preprocessing of Criteo rows: python fuxictr_encode.py SOURCE OUT ROWS.

All 39 columns as categories, integers by its Criteo bucketing, threshold 10, one part of training rows.
"""

import json
import sys
import time
from pathlib import Path

import ray
from fuxictr.datasets.criteo import CustomizedFeatureProcessor
from fuxictr.preprocess.build_dataset import build_dataset

source, out, rows = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
integers, categories = [f"I{i}" for i in range(1, 14)], [f"C{i}" for i in range(1, 27)]
out.mkdir(parents=True)
table = out / "train.csv"  # it wants csv with a header line: written before the clock starts
with source.open() as raw, table.open("w") as csv:
    csv.write(",".join(["label", *integers, *categories]) + "\n")
    csv.writelines(line.replace("\t", ",") for line in raw)
begin = time.perf_counter()
processor = CustomizedFeatureProcessor(
    feature_cols=[
        {"name": integers, "active": True, "dtype": "float", "type": "categorical", "preprocess": "convert_to_bucket",
         "fill_na": 0},
        {"name": categories, "active": True, "dtype": "str", "type": "categorical", "fill_na": ""},
    ],
    label_col={"name": "label", "dtype": "float"}, dataset_id="criteo", data_root=str(out),
)  # fmt: skip
build_dataset(processor, train_data=str(table), min_categr_count=10)
seconds = time.perf_counter() - begin
ray.shutdown()
print(json.dumps({"seconds": seconds, "rows": rows}))
